"""The engine around the checks: nothing of a person gets out, nobody can switch it off, and fillers are blanked."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import subprocess
import sys
import traceback

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.written import LAYOUTS, POLICE, row
from validators import checks, engine
from validators.calendar import day_number, days, years_between
from validators.engine import Checked, ChecksOff
from validators.findings import Finding, Findings
from validators.layout import Column, Kind, Layout
from validators.rules import RULES, is_quarantined

TODAY = datetime.date(2026, 3, 6)


def checked(rows: list[list[str]], layout: Layout = POLICE, **patterns: str) -> Checked:
    table = pa.table([list(column) for column in zip(*rows, strict=True)], names=list(layout.names))
    return engine.check(table, np.arange(2, len(rows) + 2), layout, today=TODAY, patterns=patterns)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_sound_row_has_no_findings_and_is_not_changed(layout: Layout) -> None:
    result = checked([row(layout)] * 3, layout)
    assert not list(result.findings)
    assert not result.bad.any()
    assert [list(each.values()) for each in result.table.to_pylist()] == [row(layout)] * 3


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_an_empty_table_is_checked(layout: Layout) -> None:
    empty = pa.schema([(name, pa.string()) for name in layout.names]).empty_table()
    result = engine.check(empty, np.empty(0, np.int64), layout, today=TODAY)
    assert (result.table.num_rows, len(result.findings), len(result.bad)) == (0, 0, 0)


def test_findings_come_by_line_with_bad_rows_marked() -> None:
    result = checked([row(POLICE, sex="X", surname="1E5"), row(POLICE), row(POLICE, ho_code="", email="none")])
    assert set(result.findings) == {
        Finding(2, "sex", "closed_list"),
        Finding(2, "surname", "name_characters"),
        Finding(4, "ho_code", "ho_code_blank"),
        Finding(4, "email", "email_shape"),
    }
    assert [each.line for each in result.findings] == [2, 2, 4, 4]
    assert result.bad.tolist() == [True, False, True]
    assert result.findings.counts()["email_shape"] == 1


def test_fillers_are_read_as_blank_and_everything_else_stays() -> None:
    fillers = {"postcode": "ZZ99 3VZ", "mobile": "00000 000000", "birth_date": "01/01/1900", "surname": "UNKNOWN"}
    result = checked([row(POLICE, **fillers), row(POLICE)])
    assert [list(each.values()) for each in result.table.to_pylist()] == [
        row(POLICE, **dict.fromkeys(fillers, "")),
        row(POLICE),
    ]
    assert {each.rule for each in result.findings} == {"filler"}
    assert not result.bad.any()
    assert result.table.schema == pa.schema([(name, pa.string()) for name in POLICE.names])


def test_a_source_may_have_references_of_its_own() -> None:
    own = row(POLICE, crime_reference="B/00017/26")
    assert checked([own]).bad.tolist() == [True]
    assert checked([own], crime_reference="B/[0-9]{5}/[0-9]{2}").bad.tolist() == [False]
    assert checked([own], crime_reference="B/[0-9]{5}").bad.tolist() == [True]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_code_of_a_list_is_in_it_and_nothing_else_is(layout: Layout) -> None:
    lists = [column for column in layout.columns if column.kind in {Kind.CODE, Kind.CODES}]
    sound = [row(layout, **{column.name: code}) for column in lists for code in column.codes]
    assert not checked(sound, layout).findings.counts().get("closed_list")
    odd = [row(layout, **{column.name: f"{column.codes[0]} "}) for column in lists]
    assert [each.column for each in checked(odd, layout).findings] == [column.name for column in lists]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_value_is_in_what_the_engine_gives_or_raises(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = [[f"ZZCANARY{number}\x01{name}" for name in layout.names] for number in range(3)]
    result = checked(canaries, layout)
    assert result.bad.all()
    assert "CANARY" not in repr(list(result.findings)) + repr(result.findings.counts())

    def fails(values: pa.Array, *_: object) -> object:
        raise ValueError(str(values))

    monkeypatch.setattr(checks, "faults", fails)
    with pytest.raises(ChecksOff) as raised:
        checked(canaries, layout)
    assert raised.value.__context__ is None
    assert "CANARY" not in "".join(traceback.format_exception(raised.value))


def test_checks_that_find_nothing_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_CHECKS", {**checks._CHECKS, Kind.PHONE: lambda *_: []})
    monkeypatch.setattr(engine, "_suite", engine._suite.__wrapped__)
    with pytest.raises(ChecksOff):
        checked([row(POLICE)])


PROGRAM = """
import datetime, numpy, pyarrow
from tests.intake.written import POLICE, row
from validators import engine
table = pyarrow.table([[value] for value in row(POLICE, sex="X")], names=list(POLICE.names))
print(list(engine.check(table, numpy.array([2]), POLICE, today=datetime.date(2026, 3, 6)).findings))
"""


def test_the_environment_cannot_switch_the_checks_off() -> None:
    off = {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"}
    environment = {**os.environ, **off, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert "closed_list" in found.stdout


def test_tables_of_another_layout_are_not_checked() -> None:
    with pytest.raises(ValueError, match="layout"):
        engine.check(pa.table({"x": ["1"]}), np.array([2]), POLICE, today=TODAY)


# --- dates -----------------------------------------------------------------------------------------


@given(st.dates(datetime.date(1850, 1, 1)))
def test_every_day_is_read_as_itself_in_either_form(day: datetime.date) -> None:
    for order, form in (("dd/mm/yyyy", f"{day.day:02}/{day.month:02}/{day.year:04}"), ("yyyy-mm-dd", day.isoformat())):
        found = days(pa.array([form, "", form]), order)  # type: ignore[arg-type]
        assert found.real.tolist() == [True, False, True]
        assert found.number[2] == day_number(day)


@given(st.text("0123456789/- .:", min_size=9, max_size=11) | st.text(max_size=12))
def test_what_is_no_day_is_never_one(text: str) -> None:
    parts = re.fullmatch("([0-9]{2})/([0-9]{2})/([0-9]{4})", text)
    expected = False
    with contextlib.suppress(ValueError):
        expected = parts is not None and datetime.date(int(parts[3]), int(parts[2]), int(parts[1])).year >= 1850
    assert bool(days(pa.array([text]), "dd/mm/yyyy").real[0]) == expected


def test_a_slice_of_a_longer_column_is_read_as_itself() -> None:
    column = pa.array(["x", "01/02/2000", "29/02/2000", "01/01/2001"]).slice(1, 2)
    assert days(column, "dd/mm/yyyy").number.tolist() == [10988, 11016]


@settings(max_examples=200)
@given(st.dates(datetime.date(1900, 1, 1)), st.dates(datetime.date(1900, 1, 1)))
def test_ages_are_counted_in_birthdays(born: datetime.date, day: datetime.date) -> None:
    expected = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    assert years_between(np.array([day_number(born)]), np.array([day_number(day)])).tolist() == [expected]


# --- layouts and findings --------------------------------------------------------------------------


# From interfaces: feeds. Layout, encoding, how a file says that it is complete, columns.
INTERFACE = [
    ("police_referral", "cp1252", "trailer", 44),
    ("fraud_referral", "utf-8-sig", "manifest", 27),
    ("contact_referral", "utf-8", "trailer", 29),
    ("witness_referral", "cp1252", "trailer", 22),
    ("case_event", "utf-8", "trailer", 10),
]


def test_the_layouts_are_those_of_the_interface() -> None:
    assert [(each.name, each.encoding, each.complete, len(each.columns)) for each in LAYOUTS] == INTERFACE
    assert [column.name for each in LAYOUTS for column in each.columns if column.multiline] == ["safe_contact_note"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_rules_of_a_layout_exist(layout: Layout) -> None:
    named = {column.rule for column in layout.columns if column.rule} | {needed.rule for needed in layout.needed}
    assert named <= set(RULES)
    assert all(column.rule and column.pattern for column in layout.columns if column.kind in {Kind.SHAPE, Kind.NUMBER})
    assert all(is_quarantined(rule) for rule in named)


def test_a_layout_that_contradicts_itself_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="repeated"):
        Layout("x", "cp1252", "trailer", "dd/mm/yyyy", ("a",), (Column("a"), Column("a")))
    with pytest.raises(ValueError, match="not there"):
        Layout("x", "cp1252", "trailer", "dd/mm/yyyy", ("b",), (Column("a"),))
    assert POLICE.column("surname").kind is Kind.NAME
    with pytest.raises(KeyError):
        POLICE.column("nothing")


def test_findings_are_joined_by_line() -> None:
    some = Findings.same(np.array([9, 3]), column="sex", rule="closed_list")
    more = Findings.same(np.array([3]), column="age", rule="number")
    joined = Findings.joined([some, more])
    assert list(joined) == [
        Finding(3, "sex", "closed_list"),
        Finding(3, "age", "number"),
        Finding(9, "sex", "closed_list"),
    ]
    assert joined.counts() == {"closed_list": 2, "number": 1}
    assert not list(Findings.joined([]))
    assert not list(Findings.none())
    with pytest.raises(ValueError, match="length"):
        Findings(np.array([1]), np.array([], object), np.array([], object))
