"""A plan counts up to the figures, and each line is what the project's own rules make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.load import load
from mappings.normalise import normalise
from synth.planning.calendar import bank_holidays, days_between, out_of_the_change, summer, working
from synth.planning.offences import offences
from synth.planning.plan import MOST_ROWS, PLAN, any_period, year_one
from synth.planning.witnesses import witnesses, witnesses_of_any_period
from tests.mappings.feed_rows import DEFAULTS
from tests.synth.counting import differences, figures, plan, witness_plan

SCALES = [1.0, 0.02, 0.001, 0.0137, 0.333]
# Offences that are a reason for priority by themselves (interfaces: outcomes, Priority), by code, beside categories.
SERIOUS = {"002/00", "005/01", "036/01", "036/03", "036/06", "036/08", "056/01"}
BEREAVING_DRIVING = {"004/04", "004/08"}


# --- laws ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_a_plan_counts_up_to_the_figures(scale: float):
    assert differences(plan(scale), figures(scale)) == {}


@given(st.integers(0, 2**32), st.integers(1_000, 20_000))
@settings(max_examples=15, deadline=None)
def test_any_seed_and_scale_count_up(seed: int, millionths: int):
    wanted = figures(millionths / 10**6)
    assert differences(pa.concat_tables(year_one(wanted, seed)), wanted) == {}


@pytest.mark.parametrize("scale", SCALES)
def test_keys_and_numbers_are_unique(scale: float):
    table = plan(scale)
    assert table["number"].to_pylist() == list(range(len(table)))
    assert len(set(zip(table["source"].to_pylist(), table["key"].to_pylist(), strict=True))) == len(table)


def test_the_same_seed_gives_the_same_plan_and_another_another():
    again = pa.concat_tables(year_one(figures(0.02), 7))
    assert plan(0.02).equals(again)
    assert not plan(0.02).equals(plan(0.02, 8))


def text_of(table: pa.Table, name: str, form: str) -> pa.Array:
    return pc.fill_null(pc.strftime(table[name].combine_chunks(), format=form), "")


def rows_of(layout: str, table: pa.Table) -> pa.Table:
    """The plan's lines as rows of a layout, with plain defaults for all that a plan does not know."""
    police = layout == "police_referral"
    day = "%d/%m/%Y" if police else "%Y-%m-%d"
    names = {
        "offence_from" if police else "incident_from": text_of(table, "offence_from", day),
        "offence_to" if police else "incident_to": text_of(table, "offence_to", day),
        "ho_code" if police else "nfib_code": table["offence_code"],
        "offence_title" if police else "nfib_title": table["offence_title"],
    }
    if police:
        names |= {"incident_kind": table["incident_kind"], "hate_flags": table["hate_flags"]}
        parts = pc.split_pattern(table["key"], "|")
        names |= {"crime_reference": pc.list_element(parts, 0), "viw_number": pc.list_element(parts, 1)}
        names |= {"recorded_at": text_of(table, "recorded_at", "%d/%m/%Y %H:%M")}
    else:
        names |= {"reference": table["key"], "loss_gbp": table["loss_gbp"]}
    blank = {name: pa.repeat(pa.scalar(value), len(table)) for name, value in DEFAULTS[layout].items()}
    return pa.table(blank | names).cast(pa.schema([(name, pa.string()) for name in blank]))


def of_source(table: pa.Table, *sources: str) -> pa.Table:
    return table.filter(pc.is_in(table["source"], pa.array(sources)))


def year() -> pa.Table:
    return plan(1.0)


@cache
def recent() -> pa.Table:
    return pa.concat_tables(any_period(date(2024, 2, 1), date(2024, 4, 30), 300, 3))


@pytest.mark.parametrize("made", [year, recent])
@pytest.mark.parametrize("layout", ["police_referral", "fraud_referral"])
def test_our_mappings_give_each_line_its_category(made: Callable[[], pa.Table], layout: str):
    table = made()
    ours = of_source(table, *(("action_fraud",) if layout == "fraud_referral" else ("mps", "btp", "colp")))
    found = normalise(rows_of(layout, ours), load(layout))
    assert found.table["crime_category"].equals(ours["category"])
    assert {(each.column, each.rule) for each in found.unmapped} <= {("ho_code", "class_inferred")}


def test_a_class_is_inferred_for_residential_burglary_alone():
    ours = of_source(plan(1.0), "mps", "btp", "colp")
    basis = normalise(rows_of("police_referral", ours), load("police_referral")).table["class_basis"]
    inferred = ours.filter(pc.equal(pc.fill_null(basis, ""), "inferred"))
    assert set(inferred["category"].to_pylist()) == {"burglary_dwelling"}


def test_no_class_is_inferred_once_residential_burglary_has_one():
    ours = of_source(recent(), "mps", "btp", "colp")
    ours = ours.filter(pc.greater_equal(ours["offence_from"], pa.scalar(date(2023, 4, 1))))
    basis = normalise(rows_of("police_referral", ours), load("police_referral")).table["class_basis"]
    assert "inferred" not in set(basis.to_pylist())


def test_our_mappings_give_the_contact_centre_s_lines_their_category():
    """Its layout has no title; a crime without a code is other crime."""
    ours = of_source(plan(1.0), "contact_centre")
    assert set(ours["offence_title"].to_pylist()) == {""}
    coded = ours.filter(pc.or_(pc.not_equal(ours["offence_code"], ""), pc.equal(ours["incident_kind"], "non-crime")))
    as_police = coded.set_column(
        coded.schema.get_field_index("key"), "key", pa.repeat(pa.scalar("1000000/19|1"), len(coded))
    )
    found = normalise(rows_of("police_referral", as_police), load("police_referral"))
    assert found.table["crime_category"].equals(coded["category"])
    bare = ours.filter(pc.and_(pc.equal(ours["offence_code"], ""), pc.equal(ours["incident_kind"], "crime")))
    assert set(bare["category"].to_pylist()) == {"other_crime"}


@pytest.mark.parametrize("made", [year, recent])
def test_a_line_is_a_priority_where_rule_version_1_has_a_reason_and_nowhere_else(made: Callable[[], pa.Table]):
    table = made()
    reason = pc.or_(table["da"], table["vulnerable"])
    reason = pc.or_(reason, pc.not_equal(table["hate_flags"], ""))
    reason = pc.or_(reason, pc.equal(table["age_band"], "17_and_under"))
    reason = pc.or_(reason, pc.is_in(table["category"], pa.array(["rape", "other_sexual_offences", "homicide"])))
    reason = pc.or_(reason, pc.is_in(table["offence_code"], pa.array([*SERIOUS, *BEREAVING_DRIVING])))
    assert table["priority"].equals(reason)


def test_flags_stand_only_where_the_feed_has_their_column():
    table = plan(1.0)
    assert not pc.any(of_source(table, "contact_centre")["vulnerable"]).as_py()
    assert set(of_source(table, "contact_centre", "action_fraud")["hate_flags"].to_pylist()) == {""}
    assert set(of_source(table, "action_fraud")["safe_to_contact"].to_pylist()) == {""}
    assert not pc.any(of_source(table, "action_fraud")["da"]).as_py()


def test_consent_is_given_where_it_is_needed_and_contact_is_safe_where_it_was_made():
    table = plan(1.0)
    needs = pc.or_(table["da"], pc.is_in(table["category"], pa.array(["rape", "other_sexual_offences", "homicide"])))
    needs = pc.or_(needs, pc.is_in(table["offence_code"], pa.array(list(BEREAVING_DRIVING))))
    needs = pc.or_(needs, pc.is_in(table["source"], pa.array(["contact_centre", "action_fraud"])))
    assert set(table.filter(needs)["consent"].to_pylist()) == {"Y"}
    taken = table.filter(table["taken"])
    assert set(taken.filter(taken["da"])["safe_to_contact"].to_pylist()) == {"Y"}
    assert "N" not in set(taken["safe_to_contact"].to_pylist())
    assert "outside_london" not in set(taken["borough_code"].to_pylist())


def test_the_checklist_agrees_with_the_risk():
    low = {"H": 14, "M": 10, "S": 1}
    high = {"H": 27, "M": 13, "S": 9}
    told = plan(1.0).filter(pc.is_valid(plan(1.0)["dash_score"]))
    for risk, score in zip(told["dash_risk"].to_pylist(), told["dash_score"].to_pylist(), strict=True):
        assert low[risk] <= score <= high[risk]
    assert set(told["source"].to_pylist()) == {"contact_centre"}
    not_abuse = plan(1.0).filter(pc.invert(plan(1.0)["da"]))
    assert set(not_abuse["dash_risk"].to_pylist()) == {""}


# --- days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [year, recent])
def test_each_source_works_on_its_days_and_records_before_it_sends(made: Callable[[], pa.Table]):
    table = made()
    day = table["day"].to_numpy()
    recorded = table["recorded_at"].to_numpy()
    contact = pc.equal(table["source"], "contact_centre").to_numpy()
    closed = bank_holidays(day) | ((day.astype(np.int64) + 3) % 7 == 6)
    assert not (closed & contact).any()
    assert (recorded.astype("datetime64[D]")[contact] == day[contact]).all()
    assert (recorded.astype("datetime64[D]") <= day).all()
    offence = table["offence_from"].to_numpy()
    assert (offence <= recorded.astype("datetime64[D]")).all()
    known = pc.is_valid(table["offence_to"]).to_numpy()
    until = table["offence_to"].to_numpy()[known]
    assert ((offence[known] < until) & (until <= recorded.astype("datetime64[D]")[known])).all()
    assert (out_of_the_change(recorded) == recorded).all()


def test_the_year_is_as_busy_as_its_days():
    by_day = Counter(of_source(plan(1.0), "mps")["day"].to_pylist())
    days = days_between(date(2019, 4, 1), date(2020, 3, 31)).astype(object)
    assert set(by_day) == set(days)
    weekdays = [by_day[day] for day in days if day.weekday() < 5]
    weekends = [by_day[day] for day in days if day.weekday() >= 5]
    assert np.mean(weekends) < 0.8 * np.mean(weekdays)


def test_no_witness_is_referred_at_a_weekend():
    day = witness_plan(1.0)["day"].to_numpy()
    assert working(day).all()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2019, 4, 19), False),  # Good Friday
        (date(2019, 4, 22), False),
        (date(2019, 12, 25), False),
        (date(2020, 1, 1), False),
        (date(2020, 5, 8), False),  # moved for the anniversary
        (date(2019, 4, 23), True),
        (date(2019, 4, 20), False),
        (date(2022, 12, 27), False),  # Christmas Day fell on a Sunday
    ],
)
def test_working_days(day: date, worked: bool):
    assert working(np.array([day], "datetime64[D]"))[0] == worked


@pytest.mark.parametrize(
    ("moment", "kept", "ahead"),
    [
        ("2020-03-29T00:59", "2020-03-29T00:59", False),
        ("2020-03-29T01:30", "2020-03-29T02:30", True),
        ("2019-10-27T01:00", "2019-10-27T02:00", False),
        ("2019-10-27T00:59", "2019-10-27T00:59", True),
        ("2019-07-01T12:00", "2019-07-01T12:00", True),
    ],
)
def test_no_time_is_in_a_clock_change(moment: str, kept: str, ahead: bool):
    found = out_of_the_change(np.array([moment], "datetime64[m]"))
    assert str(found[0]) == kept
    assert summer(found)[0] == ahead


# --- any period ------------------------------------------------------------------------------------


@given(
    st.dates(date(2018, 1, 1), date(2027, 12, 31)),
    st.integers(0, 40),
    st.integers(0, 60),
    st.integers(0, 2**32),
)
@settings(max_examples=25, deadline=None)
def test_any_period_has_its_rows_in_the_order_of_days(first: date, length: int, per_day: int, seed: int):
    last = date.fromordinal(first.toordinal() + length)
    tables = list(any_period(first, last, per_day, seed))
    whole = pa.concat_tables([PLAN.empty_table(), *tables])
    assert len(whole) == per_day * (length + 1)
    days = whole["day"].to_pylist()
    assert days == sorted(days)
    assert not days or (first <= days[0] and days[-1] <= last)
    assert whole["number"].to_pylist() == list(range(len(whole)))


def test_many_rows_come_in_chunks_and_no_key_comes_twice():
    tables = list(any_period(date(2025, 3, 28), date(2025, 3, 30), 80_000, 1))
    assert sum(map(len, tables)) == 240_000
    assert max(map(len, tables)) <= MOST_ROWS
    whole = pa.concat_tables(tables)
    keys = pc.binary_join_element_wise(whole["source"], whole["key"], " ")
    assert pc.count_distinct(keys).as_py() == len(whole)


def test_any_period_is_in_the_proportions_of_year_one():
    whole = pa.concat_tables(any_period(date(2022, 1, 1), date(2022, 12, 31), 200, 5))
    for name in ("source", "channel", "da", "priority", "taken"):
        year = Counter(plan(1.0)[name].to_pylist())
        found = Counter(whole[name].to_pylist())
        for value, count in year.items():
            assert abs(found[value] / len(whole) - count / 167_030) < 0.01


# --- the offences ----------------------------------------------------------------------------------


@pytest.mark.parametrize("offence", offences(), ids=lambda each: f"{each.category}-{each.code}-{each.kind}")
def test_every_offence_of_the_table_can_be_written_by_every_sender(offence):
    offence.title.encode("cp1252")
    assert offence.weight > 0
    assert set(offence.who) <= set("pcf")


# --- witnesses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_witnesses_count_up_to_the_figures(scale: float):
    table, wanted = witness_plan(scale), figures(scale).witnesses
    assert len(table) == wanted.referrals == len(set(table["key"].to_pylist()))
    assert pc.sum(table["taken"]).as_py() == wanted.take_up
    assert pc.sum(pc.equal(table["referred_by"], "wcu")).as_py() == wanted.from_wcu
    assert pc.sum(table["visit_requested"]).as_py() == wanted.visits_requested
    assert pc.sum(table["visit_undertaken"]).as_py() == wanted.visits_undertaken


def test_a_visit_is_undertaken_where_it_was_asked_for_and_evidence_given_by_those_who_came():
    for row in witness_plan(1.0).to_pylist():
        assert not row["visit_undertaken"] or (row["visit_requested"] and row["taken"])
        assert not row["gave_evidence"] or row["attended"]
        assert not row["attended"] or (row["taken"] and row["trial_date"] <= date(2020, 3, 31))
        assert not row["complainant"] or row["called_by"] == "prosecution"


def test_witnesses_name_crimes_of_the_plan_that_were_recorded_before():
    crimes = {
        key.partition("|")[0]: day
        for key, day in zip(plan(0.333)["key"].to_pylist(), plan(0.333)["recorded_at"].to_pylist(), strict=True)
    }
    table = witnesses(figures(0.333), 7, plan=plan(0.333))
    known = [(row["crime_reference"], row["day"]) for row in table.to_pylist() if row["crime_reference"]]
    assert len(known) > len(table) / 4
    assert all(crimes[reference].date() < day for reference, day in known)


def test_witnesses_of_any_period_are_in_the_proportion_of_year_one():
    table = witnesses_of_any_period(date(2022, 1, 1), date(2022, 12, 31), 200, 5)
    assert len(table) == 3_785 * 200 * 365 // 167_030
    assert working(table["day"].to_numpy()).all()
    assert len(witnesses_of_any_period(date(2022, 1, 1), date(2022, 1, 1), 10, 5)) == 0
