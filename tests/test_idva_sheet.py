"""The sheet of IDVA posts through the command: built, checked by LibreOffice, signed, delivered, restated, made again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine

from exchange import clock
from outputs.workbook import accessibility, package
from tests.libreoffice import converted
from tests.operators import Staff
from tests.returns import Mopac
from tests.rosters import a_post, a_roster, a_workbook, an_absence, an_assignment, realistic
from tests.service import Service, running

PERIOD = "2026-27Q2"
BUILD = ("returns", "build", "idva", "--period", PERIOD)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def hand_over(service: Service, lines: Any, day: date = date(2026, 9, 30)) -> None:
    file = service.folder / f"IDVA_ROSTER_{day:%Y%m%d}.xlsx"
    file.write_bytes(a_workbook(lines))
    ran = service.lvws("idva", "import", str(file))
    assert ran.code == 0, ran


def build(service: Service, *more: str) -> Any:
    ran = service.lvws(*BUILD, "--json", *more)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.json


def folder(service: Service, version: int = 1) -> Path:
    return service.home / "returns" / "idva" / PERIOD / f"v{version}"


def figures(service: Service, version: int = 1) -> dict[tuple[str, str, str], str]:
    text = (folder(service, version) / "figures.csv").read_text(encoding="utf-8")
    return {(row["table"], row["row"], row["column"]): row["value"] for row in csv.DictReader(io.StringIO(text))}


def workbook(service: Service, version: int = 1) -> Path:
    return folder(service, version) / f"idva-{PERIOD}-v{version}.xlsx"


def edge() -> Any:
    """A mean of exactly 40.5 from thirds: 41 posts, one of which is filled for half of the quarter; others by thirds."""
    posts = [a_post(number, area="PAN_LONDON") for number in range(1, 42)]
    held = [an_assignment(number) for number in range(1, 40)]
    held += [an_assignment(40, staff_number=f"T{third}", weekly_hours=12.5) for third in range(3)]
    held += [an_assignment(41, from_=date(2026, 8, 16))]
    return a_roster(posts, held)


def test_figures_are_those_of_the_interface(service: Service) -> None:
    hand_over(service, realistic())
    assert build(service)["state"] == "draft"
    found = figures(service)
    summary = {row: value for (table, row, _), value in found.items() if table == "summary"}
    assert summary == {
        "fte_required": "40.5000",
        "fte_first_day": "41.5000",
        "fte_last_day": "41.5000",
        "fte_mean": "41.2717",
        "fte_lowest": "40.5000",
        "lowest_on": "2026-07-13",
        "days_under": "0",
        "shortfall_fte_days": "0.0000",
        "posts": "42",
        "vacancies": "0",
        "status": "met",
    }
    assert {table for table, _, _ in found} >= {"by_month", "by_area", "by_post", "changes", "daily", "checks"}
    assert len({row for table, row, _ in found if table == "daily"}) == 92
    assert {row: value for (table, row, column), value in found.items() if (table, column) == ("checks", "agrees")} == {
        "areas_and_daily": "yes",
        "posts_and_daily": "yes",
        "months_and_daily": "yes",
        "changes_and_daily": "yes",
        "headcount": "not_known",
        "assignments_beyond_posts": "yes",
    }


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
@pytest.mark.parametrize("lines", [realistic, edge], ids=["realistic", "exactly 40.5 by thirds"])
def test_libreoffice_works_every_formula_out_to_its_stored_value(service: Service, tmp_path: Path, lines: Any) -> None:
    """The stored values are taken out of a copy, so that what comes back was worked out."""
    hand_over(service, lines())
    build(service)
    content = workbook(service).read_bytes()
    parts = package.parts(content)
    blank = {part: re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", body) for part, body in parts.items()}
    emptied = tmp_path / "emptied.xlsx"
    emptied.write_bytes(package.packed(blank))
    before = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    told = openpyxl.load_workbook(io.BytesIO(content))
    after = openpyxl.load_workbook(converted(emptied, "xlsx", tmp_path), data_only=True)
    formulas = 0
    for sheet in before.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                found = after[sheet.title][cell.coordinate].value
                expected = cell.value
                if isinstance(expected, int | float):
                    expected = pytest.approx(expected, rel=1e-12, abs=1e-9)
                assert found == expected, (sheet.title, cell.coordinate)
                formulas += str(told[sheet.title][cell.coordinate].value).startswith("=")
    assert formulas > 300
    if lines is edge:
        assert [after["Summary"].cell(row, 2).value for row in range(1, 17)].count("met") == 1
        assert figures(service)["summary", "fte_mean", "value"] == "40.5000"


def test_it_is_accessible_and_holds_nothing_hidden(service: Service) -> None:
    hand_over(service, realistic())
    build(service)
    assert accessibility.findings(workbook(service).read_bytes()) == []


def test_without_a_roster_nothing_is_said_and_never_nought(service: Service) -> None:
    assert build(service)["state"] == "draft"
    assert {value for (_, row, _), value in figures(service).items() if row != "fte_required"} == {""}
    text = "\n".join(str(cell.value) for cell in openpyxl.load_workbook(workbook(service))["Notes"]["B"])
    assert "IDVA_ROSTER_20260930.xlsx" in text
    assert "No roster came yet" in service.lvws("idva", "status").out
    assert service.lvws("idva", "status", "--json").json == {"statement": None}


def test_a_quarter_that_is_not_over_is_refused(service: Service) -> None:
    hand_over(service, realistic())
    ran = service.lvws(*BUILD, "--cut-off", "2026-09-15")
    assert (ran.code, "lvws idva status" in ran.err) == (2, True)


def test_it_is_signed_by_another_delivered_restated_and_made_again(service: Service) -> None:
    mopac, staff = Mopac(service), Staff.of(service, "jo", "sam")
    hand_over(service, realistic())
    build(service)
    ran = staff.lvws("sam", "returns", "approve", "idva", "--period", PERIOD, "--yes")
    assert (ran.code, ran.err) == (0, ""), ran
    assert "fte_mean" in ran.out, "who approves sees what it says"
    assert service.lvws("returns", "deliver", "idva", "--period", PERIOD, "--yes").code == 0
    assert {path for path in mopac.files() if path.startswith(f"idva-{PERIOD}-v1")}
    assert service.lvws("returns", "verify", str(folder(service))).code == 0
    assert build(service)["built"] is False, "nothing changed"

    lines = realistic()
    lines["absences"].append(an_absence(20, from_=date(2026, 9, 1), to=date(2026, 9, 30), kind="long_term_sick"))
    hand_over(service, lines, date(2026, 10, 31))
    assert build(service)["version"] == 2
    after, before = figures(service, 2), figures(service)
    moved = {
        row: value for (table, row, column), value in after.items() if (table, column) == ("restated", "corrections")
    }
    for (table, row, column), value in before.items():
        key = f"{table} {row} {column}"
        if table in ("summary", "by_month", "by_area", "by_post") and re.fullmatch(r"-?\d+(\.\d+)?", value):
            difference = float(after[table, row, column]) - float(value)
            assert float(moved.get(key, 0)) == pytest.approx(difference, abs=1.01e-4), key
    assert moved["summary fte_last_day value"] == "-1.0000"
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        for version in ("1", "2"):
            ran = service.lvws("returns", "rebuild", "idva", "--period", PERIOD, "--version", version)
            assert (ran.code, "NOT" in ran.out) == (0, False), ran


def test_a_figure_is_traced_to_the_rows_of_the_roster(service: Service) -> None:
    hand_over(service, realistic())
    build(service)

    def behind(*cell: str) -> list[tuple[str, int]]:
        ran = service.lvws("returns", "trace", "idva", *cell, "--period", PERIOD, "--json")
        assert ran.code == 0, ran
        return [(line["source"], line["line"]) for line in ran.json["lines"]]

    assert behind("by_post", "P005", "in_post_mean") == [
        ("posts", 6),
        ("assignments", 6),
        ("assignments", 47),
        ("absences", 2),
    ]
    assert ("assignments", 47) not in behind("daily", "2026-07-13", "fte"), "cover had not begun"
    assert len(behind("summary", "fte_mean", "value")) == 42 + 45 + 2
    assert behind("by_area", "CITY", "in_post_end") == [("posts", 34), ("assignments", 34)]
    for cell in (("by_post", "P999", "in_post_mean"), ("caseload", "total", "in_year"), ("summary", "x", "value")):
        assert service.lvws("returns", "trace", "idva", *cell, "--period", PERIOD).code == 7
    assert service.rows("select count(*) from ledger.audit where what = 'figure traced'") == [(4,)]


def test_the_next_quarter_is_compared_with_what_was_told_and_the_indicator_says_the_same(service: Service) -> None:
    lines = realistic()
    lines["assignments"][10]["to"] = date(2026, 9, 30)
    hand_over(service, lines)
    day = "2026-11-26T09:00:00Z"
    with time_machine.travel(day, tick=True):
        build(service)
        ran = service.lvws("returns", "build", "quarterly", "--period", PERIOD, "--json")
        assert ran.code == 0, ran
        text = (service.home / "returns" / "quarterly" / PERIOD / "v1" / "figures.csv").read_text(encoding="utf-8")
    kpi = {row["column"]: row["value"] for row in csv.DictReader(io.StringIO(text)) if row["row"] == "idva_provision"}
    assert (kpi["result"], kpi["status"]) == (figures(service)["summary", "fte_mean", "value"], "met")
    status = service.lvws("idva", "status", "--json").json
    assert status["fte"] == "40.5000"
    assert [post["post_id"] for post in status["vacant"]] == [lines["assignments"][10]["post_id"]]
    assert "does not" not in service.lvws("idva", "status").out
