"""The quarterly return as a whole: what it consists of, that it can be made again from its records, and laws."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.triage_rules import load_rules
from outputs import catalogue, changing, counting, monthly, quarterly
from outputs import records as kinds
from outputs.figures import as_csv
from outputs.periods import parse
from tests.outputs.quarter import records, row_of

TABLES = catalogue.tables("quarterly")


@pytest.fixture(scope="module")
def full() -> dict[str, pa.Table]:
    """One or more records of every kind."""
    return records(
        "2020-21Q3",
        referrals=[{"take_up": True, "gender": "female"}, {"channel": "witness"}],
        standards=[{"standard": "contact_72h", "met": True, "minutes": 60}],
        complaints=[{}],
        complaint_answers=[
            {"acknowledged_24h": True, "told_commissioner_24h": False, "resolved_5_working_days": True, "open": False},
            {"acknowledged_24h": False, "told_commissioner_24h": True, "resolved_5_working_days": False, "open": True},
        ],
        onward=[{"destination": "homicide_service", "within_24h": True, "received": False}],
        repeats=[{"any_crime_12m": True}],
        restorative=[{"step": "offered"}],
        holds=[{"reason": "reopened", "opened": "2020-10", "open_at_end": True}],
        files=[{"run": "r1", "source": "mps", "rows": 3, "created": 3, "late": False}],
        outcomes=[{"category": "safety", "improved": True}, {"category": "safety", "improved": False}],
        entitlements=[{"category": "victims_code", "received": True}],
        statements=[{"made": True}],
        surveys=[{"satisfied": True}],
        evidence=[{"gave_evidence": True}],
        inputs={"narrative summary": "=SUM(A1)\nand more", "partners": "0.5"},
        previous={"access_take_up": Fraction(1, 3), "access_volume": 5},
        results={"idva_provision": Fraction("40.5")},
    )


def test_all_monthly_tables_come_first_and_all_of_the_catalogue(full):
    found = list(dict.fromkeys(each.table for each in quarterly.figures(full)))
    assert found == [table.key for table in TABLES]
    assert found[: len(monthly.BASES)] == [table.key for table in catalogue.tables("monthly")]


def test_figures_stand_in_the_order_of_their_tables(full):
    found = [each.key for each in quarterly.figures(full)]
    expected = [
        (table.key, row.key, column.key)
        for table in quarterly.tables(full)
        for row in table.rows
        for column in table.columns
    ]
    assert found == expected


def test_a_version_is_made_again_from_its_records_alone(full):
    again = kinds.from_parquet(kinds.to_parquet(full))
    assert quarterly.figures(again) == quarterly.figures(full)
    assert quarterly.tables(again) == quarterly.tables(full)
    assert kinds.to_parquet(again) == kinds.to_parquet(full)


def test_what_is_not_there_is_an_empty_kind():
    empty = records("2030-31Q1")
    again = kinds.from_parquet(kinds.to_parquet(empty))
    assert quarterly.figures(again) == quarterly.figures(empty)


def test_every_kind_of_records_is_in_the_return_that_is_made_again(full):
    assert full.keys() == kinds.SCHEMAS.keys()
    assert {kind: table.schema for kind, table in full.items()} == dict(kinds.SCHEMAS)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(chance: random.Random):
    made = records(
        "2020-21Q1",
        referrals=[
            {"take_up": chance.random() < 0.5, "gender": chance.choice(["male", "female", None])} for _ in range(12)
        ],
        outcomes=[
            {"category": chance.choice(["safety", "informed"]), "improved": chance.random() < 0.5} for _ in range(9)
        ],
        entitlements=[{"category": "victims_code", "received": chance.random() < 0.5} for _ in range(5)],
        inputs={f"police_share gender {name}": "0.3" for name in ("male", "female", "other")},
    )
    shuffled = {}
    for kind, table in made.items():
        order = list(range(table.num_rows))
        chance.shuffle(order)
        shuffled[kind] = table.take(pa.array(order, pa.int64()))
    assert quarterly.figures(shuffled) == quarterly.figures(made)


def test_outcomes_and_complaints(full):
    found = quarterly.figures(full)
    assert row_of(found, "outcomes", "safety") == {"measured": 2, "improved": 1, "improved_rate": Fraction(1, 2)}
    assert row_of(found, "outcomes", "informed") == {"measured": 0, "improved": 0, "improved_rate": None}
    counted = {
        row: row_of(found, "complaints", row)["number"]
        for row in ("received", "acknowledged_24h", "told_commissioner_24h", "resolved_5_working_days", "open")
    }
    assert counted == dict(zip(counted, (2, 1, 1, 1, 1), strict=True))


def test_narrative_is_text_and_what_nobody_wrote_is_not_available(full):
    found = quarterly.figures(full)
    assert row_of(found, "narrative", "summary")["text"] == "=SUM(A1)\nand more"
    missing = [each for each in found if each.table == "narrative" and each.row != "summary"]
    assert {each.status for each in missing} == {"not_available"}
    assert b"'=SUM(A1)" in as_csv("quarterly", parse("2020-21Q3"), 1, found)


def test_every_counted_figure_can_be_traced(full):
    for table in quarterly.tables(full):
        for row in table.rows:
            basis = quarterly.basis(full, table, row.key)
            if basis is None:
                continue
            for name in [each.key for each in table.columns if each.key in basis.measures]:
                places = counting.in_figure(table, basis, row.key, name)
                assert all(0 <= place < full[basis.kind].num_rows for place in places)


def test_results_are_what_the_next_quarter_compares_with(full):
    assert quarterly.results(full)["idva_provision"] == Fraction("40.5")
    assert quarterly.results(full)["access_take_up"] == 1
    assert "quality" not in quarterly.results(records("2019-20Q1", surveys=[{"satisfied": True}]))
    after = records("2020-21Q4", previous=quarterly.results(full), referrals=[{"take_up": True}])
    assert row_of(quarterly.figures(after), "kpi", "access_take_up")["previous"] == Fraction(1)
    assert row_of(quarterly.figures(after), "kpi", "access_take_up")["status"] == "not_met"


# --- what changed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("2020-21Q3", {"rule P14 begins": ("fraud", date(2020, 10, 1))}),
        ("2020-21Q2", {}),
        ("2019-20Q1", {"format 1": ("1", date(2019, 4, 1))}),
    ],
)
def test_what_changed_in_a_period(period, found):
    told = changing.within(parse(period)).to_pylist()
    assert {each["what"]: (each["version"], each["since"]) for each in told} == found


def test_changes_say_version_and_day(full):
    assert row_of(quarterly.figures(full), "changes_of_rules", "rule P14 begins") == {
        "version": "fraud",
        "since": "2020-10-01",
    }


def test_where_nothing_changed_one_row_says_so():
    found = [each for each in quarterly.figures(records("2020-21Q2")) if each.table == "changes_of_rules"]
    assert {(each.row, each.status) for each in found} == {("nothing", "not_available")}


def test_code_tables_changed_when_their_versions_say():
    from mappings.versions import read_versions

    versions = read_versions(changing.MAPPINGS)
    told = changing.within(parse("2026-27Q3")).to_pylist()
    named = {each["what"].removeprefix("table ") for each in told}
    assert named >= {
        name for name, each in versions.items() if date(2026, 10, 1) <= each.since <= date(2026, 12, 31)
    } - {"all"}


def test_a_change_of_a_thing_that_is_no_more_keeps_its_words(full):
    gone = pa.Table.from_pylist(
        [{"what": "rule P99 ends", "words": "A rule of old", "version": "old", "since": date(2020, 10, 2)}],
        changing.CHANGES,
    )
    made = {**full, "changes": gone}
    (table,) = [each for each in quarterly.tables(made) if each.key == "changes_of_rules"]
    assert [(row.key, row.words) for row in table.rows] == [("rule P99 ends", "A rule of old")]


def test_a_rule_that_ends_changed_on_the_day_after(monkeypatch):
    book = load_rules()
    rules = tuple(replace(rule, last=date(2021, 6, 30)) if rule.id == "P14" else rule for rule in book.rules)
    monkeypatch.setattr(changing, "load_rules", lambda: replace(book, rules=rules))
    changing._all.cache_clear()
    try:
        (told,) = changing.within(parse("2021-22Q2")).to_pylist()
    finally:
        changing._all.cache_clear()
    assert (told["what"], told["since"]) == ("rule P14 ends", date(2021, 7, 1))


def test_the_rows_of_changes_are_all_in_the_catalogue(full):
    keys = [row.key for row in catalogue.table("quarterly", "changes_of_rules").rows]
    assert len(keys) == len(set(keys))
    for name in ("2019-20Q1", "2020-21Q3", "2026-27Q3"):
        assert {each["what"] for each in changing.within(parse(name)).to_pylist()} <= set(keys)


def test_the_last_format_is_the_catalogue_s():
    formats = [key for key, _ in changing.every() if key.startswith("format ")]
    assert formats[-1] == f"format {catalogue.FORMAT_VERSION}"


def test_no_kind_is_two(full):
    """Kinds lie in one file, so a column of one name has one type."""
    types: dict[str, pa.DataType] = {}
    for schema in kinds.SCHEMAS.values():
        for field in schema:
            assert types.setdefault(field.name, field.type) == field.type, field.name


def test_tables_keep_their_catalogue_but_for_changes(full):
    for mine, table in zip(quarterly.tables(full), TABLES, strict=True):
        assert replace(mine, rows=table.rows) == table
