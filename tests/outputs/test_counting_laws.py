"""Laws of counting that hold for any records: nothing is lost, nothing depends on order, everything can be traced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.sources import SOURCES
from outputs import catalogue, counting, monthly
from outputs.figures import Figure, Key, as_csv
from outputs.periods import parse
from outputs.records import SCHEMAS, Records, from_parquet, to_parquet

Row = dict[str, Any]
TABLES = catalogue.tables("monthly")
MONTHS = ("2019-04", "2019-05", "2019-06")
# What counts people, middles or the state at a day: it does not add up over parts of the records.
OF_ALL = {"people", "median_hours", "open_at_end"}

# Columns that are sums over files.
FILES = {"rows", "created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "corrected"}

# --- any records -----------------------------------------------------------------------------------


def keys(table: str, part_of: str = "total") -> list[str]:
    return [row.key for row in catalogue.table("monthly", table).rows if row.part_of == part_of]


def perhaps(values: Iterable[str]) -> st.SearchStrategy[str | None]:
    """One of these, one that no table knows, or a blank."""
    return st.sampled_from([*values, "something else", None])


POLICE = [*(key for key in keys("referral_source", "police") if key != "other_force"), "northshire"]
VICTIMS = [*((source, "police") for source in POLICE), ("contact_centre", "self"), ("contact_centre", "agency")]
WITNESS = ("witness_care_unit", "witness")
NUMBERS = st.integers(0, 10**6)
PEOPLE = st.integers(1, 5)
MONTH = st.sampled_from(MONTHS)
REASONS = [row.key for row in catalogue.table("monthly", "priority").rows][6:]
STANDARDS = [row.key for row in catalogue.table("monthly", "service_standard").rows]
ROLES = keys("support_role")


def referral(sent_by: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[Row]:
    """A referral as the database may tell it: a high risk is one of domestic abuse."""
    row = st.fixed_dictionaries(
        {
            "referral_id": NUMBERS,
            "month": MONTH,
            "sent_by": sent_by,
            "crime_category": st.sampled_from(keys("crime_category", "total_non_da")),
            "da": st.booleans(),
            "dash_risk": st.sampled_from(["S", "M", "H", None]),
            "borough_code": perhaps(keys("da_borough")),
            "age_band": perhaps(keys("age_da")),
            "gender": perhaps(keys("gender")),
            "ethnicity_group": perhaps(keys("ethnicity")),
            "disability": perhaps(keys("disability")),
            "sexual_orientation": perhaps(keys("sexual_orientation")),
            "religion": perhaps(keys("religion")),
            "priority_reasons": st.lists(st.sampled_from(REASONS), max_size=3, unique=True).map(" ".join),
            "referred_by": perhaps(keys("witness")),
            "called_by": st.sampled_from(["prosecution", "defence", None]),
            "role": st.sampled_from([*ROLES, None]),
            "support": st.sampled_from(["immediate", "ongoing", None]),
            "person_id": PEOPLE,
            "mapping_version": st.just("1"),
            "triage_version": st.just("1"),
            **dict.fromkeys(("has_phone", "has_safe_contact", "take_up"), st.booleans()),
            **dict.fromkeys(("visit_requested", "visit_undertaken"), st.booleans()),
        }
    )
    return row.map(_whole)


def _whole(row: Row) -> Row:
    source, channel = row.pop("sent_by")
    return row | {"source": source, "channel": channel, "high_risk": row["da"] and row["dash_risk"] == "H"}


def of(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries({"referral_id": NUMBERS, "month": MONTH, **columns}), max_size=5)


def _timed(row: Row) -> Row:
    return row | {"minutes": 0 if row["met"] and row["minutes"] is None else row["minutes"]}


FLAG = st.booleans()
COUNT = st.integers(0, 1000)
RECORDS = st.fixed_dictionaries(
    {
        "referrals": st.lists(referral(st.sampled_from([*VICTIMS, WITNESS])), max_size=12),
        "standards": of(
            standard=st.sampled_from(STANDARDS), met=FLAG, minutes=st.none() | st.integers(0, 10**5)
        ).map(lambda rows: [_timed(row) for row in rows]),
        "complaints": of(),
        "onward": of(destination=perhaps(keys("onward", "")), within_24h=FLAG, received=FLAG),
        "repeats": of(person_id=PEOPLE, any_crime_12m=FLAG, same_crime_12m=FLAG, persistently_targeted=FLAG),
        "restorative": of(
            person_id=PEOPLE,
            step=st.sampled_from(["offered", "accepted", "done"]),
            kind=st.sampled_from(["direct", "indirect", None]),
        ),
        "holds": st.lists(
            st.fixed_dictionaries(
                {
                    "referral_id": NUMBERS,
                    "reason": st.sampled_from(keys("held", "")),
                    "opened": st.sampled_from([*MONTHS, None]),
                    "ended": st.sampled_from([*MONTHS, None]),
                    "open_at_end": FLAG,
                }
            ),
            max_size=5,
        ),
        "files": of(
            run=st.text("0123456789abcdef", min_size=4, max_size=4),
            source=st.sampled_from(sorted(SOURCES)),
            late=FLAG,
            **dict.fromkeys(("rows", "created", "updated", "withdrawn", "duplicate"), COUNT),
            **dict.fromkeys(("quarantined", "excluded", "corrected"), COUNT),
        ).map(lambda rows: [{name: value for name, value in row.items() if name != "referral_id"} for row in rows]),
    }
)  # fmt: skip


def tables(rows: dict[str, list[Row]]) -> dict[str, pa.Table]:
    return {kind: pa.Table.from_pylist(rows.get(kind, []), schema) for kind, schema in SCHEMAS.items()}


ANY = RECORDS.map(tables)
laws = settings(max_examples=20, deadline=None)
few = settings(max_examples=8, deadline=None)  # for what looks at every figure


def values(figures: Iterable[Figure]) -> dict[Key, Any]:
    return {figure.key: figure.value for figure in figures}


def counts(figures: Iterable[Figure]) -> Counter[Key]:
    """What adds up over parts of the records."""
    return (
        Counter({each.key: each.value for each in figures if isinstance(each.value, int) and each.column not in OF_ALL})
        | Counter()
    )


# --- the laws --------------------------------------------------------------------------------------


@laws
@given(ANY)
def test_the_parts_of_every_table_sum_to_its_totals(records: Records) -> None:
    found = values(monthly.figures(records))
    for table in TABLES:
        for column in table.columns:
            if column.kind != "count" or column.key in OF_ALL:
                continue
            for row in table.rows:
                parts = [found[table.key, part.key, column.key] for part in table.rows if part.part_of == row.key]
                assert not parts or sum(parts) == found[table.key, row.key, column.key], (table.key, row.key)


@laws
@given(ANY)
def test_all_tables_of_victims_have_one_total(records: Records) -> None:
    found = values(monthly.figures(records))
    victims = [row for row in records["referrals"].to_pylist() if row["channel"] != "witness"]
    witnesses = records["referrals"].num_rows - len(victims)
    for column, of_all in (("referrals", victims), ("take_up", [row for row in victims if row["take_up"]])):
        whole, abused = len(of_all), sum(row["da"] for row in of_all)
        total = {name: found[name, "total", column] for name in ("referral_source", "crime_category", "gender")}
        total |= {name: found[name, "total", column] for name in ("ethnicity", "disability", "religion")}
        total |= {"sexual_orientation": found["sexual_orientation", "total", column]}
        total |= {"ages": found["age_non_da", "total", column] + found["age_da", "total", column]}
        total |= {"priority": found["priority", "enhanced", column] + found["priority", "not_enhanced", column]}
        three = ("da", "non_da_enhanced", "non_da_not_enhanced")
        total |= {"by abuse": sum(found["priority", row, column] for row in three)}
        assert total == dict.fromkeys(total, whole)
        of_abuse = {name: found[name, "total", column] for name in ("da_borough", "age_da", "da_source")}
        of_abuse |= {"da": found["priority", "da", column], "total_da": found["crime_category", "total_da", column]}
        assert of_abuse == dict.fromkeys(of_abuse, abused)
    assert found["witness", "total", "referrals"] == witnesses
    assert found["witness", "prosecution", "referrals"] + found["witness", "defence", "referrals"] == witnesses
    high = found["da_borough", "total", "high_risk"]
    assert high == found["crime_category", "high_risk_da", "referrals"]
    assert high == sum(
        found["da_source", f"{row}_high", "referrals"] for row in ("police", "self_referral", "other_agencies")
    )


@laws
@given(ANY, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(records: Records, random: Any) -> None:
    mixed = {}
    for kind, table in records.items():
        places = list(range(table.num_rows))
        random.shuffle(places)
        mixed[kind] = table.take(pa.array(places, pa.int64()))
    assert monthly.figures(mixed) == monthly.figures(records)


@laws
@given(ANY)
def test_what_is_kept_gives_the_same_figures_and_the_same_bytes(records: Records) -> None:
    kept = to_parquet(records)
    again = from_parquet(kept)
    assert again.keys() == SCHEMAS.keys()
    assert {kind: table.schema for kind, table in again.items()} == SCHEMAS
    assert {kind: table.to_pylist() for kind, table in again.items()} == {
        kind: table.to_pylist() for kind, table in records.items()
    }
    assert to_parquet(again) == kept == to_parquet(records)
    period = parse("2019-06")
    one, other = (as_csv("monthly", period, 1, monthly.figures(each)) for each in (records, again))
    assert one == other


@few
@given(ANY)
def test_a_figure_is_traced_to_as_many_records_as_it_counts(records: Records) -> None:
    for table in TABLES:
        basis = monthly.BASES[table.key](records, table)
        found = {figure.key: figure.value for figure in counting.figures(table, basis)}
        for row in table.rows:
            for column in table.columns:
                value = found[table.key, row.key, column.key]
                places = counting.in_figure(table, basis, row.key, column.key)
                assert len(set(places.tolist())) == len(places), "each record once"
                if column.kind == "rate":
                    assert len(places) == found[table.key, row.key, column.of.split("/")[1].partition(":")[0]]
                elif column.kind == "hours":
                    assert bool(len(places)) == (value is not None)
                elif column.key == "people":
                    assert len({records[basis.kind]["person_id"][place] for place in places}) == value
                elif column.key in FILES:
                    assert sum(records[basis.kind][column.key][place].as_py() for place in places) == value
                else:
                    assert len(places) == value


@laws
@given(ANY)
def test_the_months_sum_to_the_whole(records: Records) -> None:
    summed: Counter[Key] = Counter()
    for month in MONTHS:
        part = {kind: _of_month(kind, table, month) for kind, table in records.items()}
        summed.update(counts(monthly.figures(part)))
    assert summed | Counter() == counts(monthly.figures(records))


def _of_month(kind: str, table: pa.Table, month: str) -> pa.Table:
    if kind != "holds":
        return table.filter(pa.array([row["month"] == month for row in table.to_pylist()], pa.bool_()))
    rows = [
        row | {name: row[name] if row[name] == month else None for name in ("opened", "ended")}
        for row in table.to_pylist()
    ]
    return pa.Table.from_pylist(rows, table.schema)


@laws
@given(ANY, referral(st.just(WITNESS)))
def test_one_more_witness_changes_no_table_of_victims(records: Records, witness: Row) -> None:
    more = dict(records)
    more["referrals"] = pa.concat_tables([records["referrals"], pa.Table.from_pylist([witness], SCHEMAS["referrals"])])
    before, after = (values(monthly.figures(each)) for each in (records, more))
    moved = {key[0] for key in before if before[key] != after[key]}
    assert moved <= {"witness", "unknown_rate"}
    assert after["witness", "total", "referrals"] == before["witness", "total", "referrals"] + 1
    assert all(
        before[key] == after[key]
        for key in before
        if key[0] == "unknown_rate" and not key[1].startswith("witness_care_unit ")
    )


@laws
@given(ANY)
def test_no_figure_is_negative_and_rates_are_shares(records: Records) -> None:
    kinds = {(table.key, column.key): column.kind for table in TABLES for column in table.columns}
    for figure in monthly.figures(records):
        kind = kinds[figure.table, figure.column]
        assert (figure.value is None) == (figure.status == "not_available")
        if kind == "count":
            assert isinstance(figure.value, int)
            assert figure.value >= 0
        elif figure.value is not None:
            assert isinstance(figure.value, Fraction)
            assert figure.value >= 0
            assert kind == "hours" or figure.value <= 1


def test_every_cell_of_the_catalogue_is_there_once_in_its_order() -> None:
    nothing = {kind: schema.empty_table() for kind, schema in SCHEMAS.items()}
    figures = monthly.figures(nothing)
    assert [each.key for each in figures] == [
        (table.key, row.key, column.key) for table in TABLES for row in table.rows for column in table.columns
    ]
    assert {each.value for each in figures} == {0, None}
    assert from_parquet(to_parquet(nothing)).keys() == SCHEMAS.keys()


@pytest.mark.parametrize(
    ("minutes", "hours"), [([60], "1"), ([60, 120], "3/2"), ([0, 1, 600], "1/60"), ([1, 2], "1/40")]
)
def test_a_median_is_the_middle_or_the_mean_of_both_middles(minutes: list[int], hours: str) -> None:
    rows = [{"referral_id": place, "month": "2019-06", "standard": "contact_72h", "met": True, "minutes": each}
            for place, each in enumerate(minutes)]  # fmt: skip
    nothing = {kind: schema.empty_table() for kind, schema in SCHEMAS.items()}
    records = nothing | {"standards": pa.Table.from_pylist(rows, SCHEMAS["standards"])}
    found = values(monthly.figures(records))
    assert found["service_standard", "contact_72h", "median_hours"] == Fraction(hours)
    assert np.isclose(float(Fraction(hours)), float(np.median(minutes)) / 60)
