"""Faults on request: every kind is there, lies where the expectations say, and ends in the service as they say."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange import cli
from exchange.errors import OutputInTheWay
from exchange.intake.reading.reader import read
from exchange.sources import SOURCES
from synth import feeds
from synth.faults import FAULTS, Expected, Faults, schedule
from synth.faults.catalogue import stories
from synth.faults.desk import LATER
from synth.faults.ground import sound_row
from synth.files import FEEDS, business_dates
from tests.service import Service, running
from validators.rules import FILE_REASONS, RULES, is_quarantined

# Twenty seeds of each with: pytest -m sweep tests/synth/test_faults.py
SHORT = (("a year", 1), ("a fortnight", 2))
LONG = tuple(itertools.product(("a year", "a fortnight", "a day"), range(1, 21)))

# Reasons to refuse that no file alone can show: they are about keys, or about names that are not read at all.
OF_NO_FILE = {"not_encrypted", "signature", "unreadable", "name"} | {"statement_unreadable", "roster"}

YEAR = (date(2019, 4, 1), date(2020, 3, 31))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        swept = metafunc.config.option.markexpr == "sweep"
        marks = [pytest.mark.sweep] if swept else []
        cases = [pytest.param(*case, marks=marks) for case in (LONG if swept else SHORT)]
        metafunc.parametrize(("period", "seed"), cases)


def orders(out: Path, seed: int, **more: Any) -> feeds.Order:
    return feeds.Order(out / "out", seed, faults=True, expect=out / "expect.csv", **more)


def a_year(out: Path, seed: int) -> None:
    """Year One at a five hundredth, a file a month."""
    feeds.year_one(orders(out, seed, monthly=True), 0.002, lambda _: None)


def a_fortnight(out: Path, seed: int) -> None:
    """Two weeks of daily files."""
    feeds.any_period(orders(out, seed), (date(2019, 6, 3), date(2019, 6, 16)), 40, lambda _: None)


def a_day(out: Path, seed: int) -> None:
    """One file a source: all steps of a story stand in it, and not every broken row has room."""
    feeds.any_period(orders(out, seed), (date(2021, 3, 28), date(2021, 3, 28)), 60, lambda _: None)


PERIODS = {"a year": a_year, "a fortnight": a_fortnight, "a day": a_day}


def listed(folder: Path) -> list[Expected]:
    """What --expect wrote, read as anybody would read it."""
    with (folder / "expect.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [field.name for field in fields(Expected)]
    number = {"night", "line", "sequence"}
    return [
        Expected(**{name: (int(text) if name in number else text) if text else None for name, text in row.items()})
        for row in rows
    ]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year")
    a_year(folder, 1)
    return folder


# --- the registry ----------------------------------------------------------------------------------


def test_every_kind_of_fault_is_in_a_default_run(year: Path):
    assert {each.fault for each in listed(year)} == set(FAULTS)


def test_every_kind_is_said_in_a_sentence():
    assert all(fault.says.endswith(".") and fault.says[0].isupper() for fault in FAULTS.values())
    assert len({fault.says for fault in FAULTS.values()}) == len(FAULTS)


def test_every_rule_that_a_row_can_break_is_shown(year: Path):
    found = {each.finding for each in listed(year) if each.line}
    assert found - {None} == set(RULES)


def test_every_reason_to_refuse_a_file_is_shown(year: Path):
    assert {each.code for each in listed(year) if each.line is None} - {None} == set(FILE_REASONS) - OF_NO_FILE


def test_every_row_of_every_layout_finds_room_in_a_year_of_monthly_files():
    dates = business_dates(*YEAR, monthly=True)
    for feed in FEEDS.values():
        assert sum(each.broken for each in stories(feed.layout)) <= schedule.MOST_BROKEN * len(dates)


def test_a_change_changes_whichever_person_the_row_is_about():
    for feed in FEEDS.values():
        rows = [sound_row(feed.layout, number, YEAR[0]) for number in range(2000)]
        for change in (step.change for story in stories(feed.layout) for step in story.steps if step.change):
            assert all(any(row[column] != value for column, value in change.items()) for row in rows), change


def test_faults_come_again_with_every_four_weeks_of_files():
    few, many = (Faults(1, *YEAR, monthly=monthly) for monthly in (True, False))
    rows = [sum(map(len, made._schedules["mps"].blocks.values())) for made in (few, many)]
    assert rows[1] == 13 * rows[0]


# --- the files -------------------------------------------------------------------------------------


def path_of(folder: Path, each: Expected) -> Path:
    return (folder / "out" if each.night == 1 else folder / "out" / LATER) / each.source / each.file


def test_expectations_are_about_rows_that_are_there(year: Path):
    """On its line a row begins that can be read, unless that is its fault."""
    for each in listed(year):
        path = path_of(year, each)
        assert path.exists() == (each.state != "missing"), each
        if each.line is not None and each.outcome != "quarantined":
            rest = path.read_bytes().decode("utf-8", "replace").split("\n")[each.line - 1 :]
            assert len(next(csv.reader(line + "\n" for line in rest))) == len(FEEDS[each.source].layout.columns), each


def test_the_rows_of_one_night_are_told_once(year: Path):
    places = Counter((each.night, each.source, each.file, each.line) for each in listed(year))
    assert set(places.values()) == {1}


def test_the_sound_rows_are_those_of_a_run_without_faults(year: Path, tmp_path: Path):
    feeds.year_one(feeds.Order(tmp_path / "out", 1, monthly=True), 0.002, lambda _: None)
    beside = {(each.source, each.file, each.line) for each in listed(year) if each.night == 1}
    for source in FEEDS:
        sound = [row for path in of_the_year(tmp_path / "out" / source) for _, row in rows_of(path, source)]
        mixed = [
            row
            for path in of_the_year(year / "out" / source)
            for line, row in rows_of(path, source)
            if (source, path.name, line) not in beside
        ]
        assert mixed == sound


def of_the_year(folder: Path) -> list[Path]:
    named = {path: SOURCES[folder.name].parse_name(path.name) for path in sorted(folder.iterdir())}
    return [path for path, name in named.items() if name and YEAR[0] <= name.business_date <= YEAR[1]]


def rows_of(path: Path, source: str) -> list[tuple[int, dict[str, str]]]:
    """Line and values of the rows that can be split into fields."""
    data = path.read_bytes()
    body = data[: data.rindex(b"TRAILER")] if b"TRAILER" in data else data
    chunks = read([body], SOURCES[source].layout)
    return [each for chunk in chunks for each in zip(chunk.lines.tolist(), chunk.table.to_pylist(), strict=True)]


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(year: Path, tmp_path: Path):
    for name, seed in (("again", 1), ("another", 2)):
        (tmp_path / name).mkdir()
        a_year(tmp_path / name, seed)

    def content(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}

    assert content(tmp_path / "again") == content(year)
    assert content(tmp_path / "another") != content(year)


@pytest.mark.parametrize("taken", ["out", "truth.parquet", "expect.csv"])
def test_nothing_is_written_when_a_place_is_taken(taken: str, tmp_path: Path):
    mine = tmp_path / taken / "mine" if taken == "out" else tmp_path / taken
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    order = orders(tmp_path, 1, monthly=True, truth=tmp_path / "truth.parquet")
    with pytest.raises(OutputInTheWay):
        feeds.year_one(order, 0.002, lambda _: None)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--year-one", "--expect", "{}/expect.csv"),
        ("--year-one", "--faults", "--expect", "{}/mine"),
    ],
)
def test_what_the_command_refuses(wrong: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    given = [each.format(tmp_path) for each in wrong]
    assert cli.run(["synth", "--scale", "0.001", "--files", "monthly", "--out", str(tmp_path / "out"), *given]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert capsys.readouterr().out == ""


def test_the_command_makes_faults_and_says_where_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given = [
        "--year-one",
        "--scale",
        "0.002",
        "--files",
        "monthly",
        "--faults",
        "--expect",
        str(tmp_path / "expect.csv"),
    ]
    assert cli.run(["synth", *given, "--out", str(tmp_path / "out")]) == 0
    assert LATER in capsys.readouterr().out
    assert {each.fault for each in listed(tmp_path)} == set(FAULTS)


# --- through the service ---------------------------------------------------------------------------


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure(*SOURCES)
        yield made


def test_every_fault_ends_as_expected(period: str, seed: int, service: Service, tmp_path: Path):
    PERIODS[period](tmp_path, seed)
    expected = listed(tmp_path)
    for night, folder in ((1, tmp_path / "out"), (2, tmp_path / "out" / LATER)):
        runs = one_night(service, folder)
        wrong = list(differences(service, runs, [each for each in expected if each.night == night]))
        assert not wrong, (len(wrong), *wrong[:20])
        assert gaps(service) == missing(expected, night)
    assert service.rows(
        "select count(*) from ledger.disposition join ledger.run using (run) where state <> 'loaded'"
    ) == [(0,)]


ENDS_IN_A_RUN = {"loaded", "refused", "stopped", "repeat"}
# What stands in these rows is a sound row's, warnings included.
AGAIN = {"again_in_file", "again_later", "again_as_update"}


def one_night(service: Service, folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Put a night's files on the servers and take them in: runs by source and file."""
    for source in SOURCES:
        for path in sorted((folder / source).glob("*")):
            service.put(source, path.name, path.read_bytes())
    ran = service.ingest()
    assert ran.code == (0 if folder.name == LATER else 3), ran.err
    return {(run["source"], run["file"]): run for run in ran.runs}


def differences(
    service: Service, runs: dict[tuple[str, str], dict[str, Any]], expected: list[Expected]
) -> Iterator[tuple[object, ...]]:
    """Files and rows, faulted and sound, that did not end as they should."""
    files = {(each.source, each.file): each for each in expected if each.line is None}
    rows = {(each.source, each.file, each.line): each for each in expected if each.line is not None}
    for place in files.keys() | runs.keys():
        file, run = files.get(place), runs.get(place)
        found = (run["state"], run["code"]) if run else None
        if found != (("loaded", None) if file is None else ended(file)):
            yield place, file, found
    loaded = {run["run"]: place for place, run in runs.items() if run["state"] == "loaded"}
    with psycopg.connect(service.database_url) as connection:
        told: dict[tuple[str, int], set[str]] = {}
        for run, line, rule in connection.execute("select run, line, rule from ledger.finding"):
            told.setdefault((run, line), set()).add(rule)
        for run, line, *end in connection.execute("select run, line, outcome, code from ledger.disposition"):
            if run in loaded:
                wanted, findings = rows.pop((*loaded[run], line), None), told.get((run, line), set())
                if not is_as_wanted(wanted, end, findings):
                    yield loaded[run], line, wanted, end, findings
    yield from ((each,) for each in rows.values())


def ended(file: Expected) -> tuple[str, str | None] | None:
    """How its run ends, if there is to be one."""
    return (file.state, file.code) if file.state in ENDS_IN_A_RUN else None


def is_as_wanted(wanted: Expected | None, end: list[str | None], findings: set[str]) -> bool:
    if wanted is None:  # a sound row
        return end == ["created", None] and not any(map(is_quarantined, findings))
    if wanted.finding is None and wanted.outcome == "created" and wanted.fault not in AGAIN and findings:
        return False
    return end == [wanted.outcome, wanted.code] and {wanted.finding} - {None} <= findings


def gaps(service: Service) -> dict[str, set[int]]:
    """The numbers that the service says are missing, by source."""
    found: dict[str, set[int]] = {}
    for gap in service.lvws("files", "--json").json["gaps"]:
        found.setdefault(gap["source"], set()).update(range(gap["first"], gap["last"] + 1))
    return found


def missing(expected: list[Expected], night: int) -> dict[str, set[int]]:
    """The numbers that have not come until this night, by what is expected of the files."""
    numbered = [each for each in expected if each.sequence is not None]
    came = {(each.source, each.sequence) for each in numbered if each.night <= night and ended(each)}
    last = {each.source: each.sequence for each in sorted(numbered, key=lambda each: each.sequence)}
    found = {s: {n for n in range(1, last[s] + 1) if (s, n) not in came} for s in last}
    return {source: numbers for source, numbers in found.items() if numbers}
