"""Months sum to their quarter, over records as they come and over broken ones."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import FiguresDisagree
from outputs import catalogue, quarterly, quarters
from outputs.periods import parse
from tests.outputs.quarter import records

QUARTER = parse("2020-21Q2")
MONTHS = [month.name for month in QUARTER.months]


def keys(table: str) -> list[str]:
    return [row.key for row in catalogue.table("quarterly", table).rows]


def made(chance: random.Random, count: int) -> dict[str, pa.Table]:
    """Records of every kind that counts by month."""

    def some(**of: list) -> list[dict]:
        return [
            {"month": chance.choice(MONTHS), "person_id": chance.randint(1, 5)}
            | {name: chance.choice(values) for name, values in of.items()}
            for _ in range(chance.randint(0, count))
        ]

    flags = [True, False, None]
    return records(
        QUARTER.name,
        referrals=some(
            source=["mps", "btp", "elsewhere"],
            channel=["police", "self", "agency", "witness"],
            crime_category=[key for key in keys("crime_category") if "total" not in key and "_da" not in key],
            da=flags,
            high_risk=[False],
            age_band=[None, "65_and_over", "18_to_24"],
            gender=[None, "male", "other"],
            take_up=flags,
            role=[None, "idva"],
            support=[None, "immediate", "ongoing"],
            priority_reasons=[None, "", "fraud", "hate_crime vulnerable"],
            referred_by=[None, "cps", "wcu"],
            called_by=[None, "defence", "prosecution"],
        ),
        standards=some(standard=keys("service_standard"), met=flags, minutes=[None, 5, 900]),
        onward=some(destination=keys("onward"), within_24h=flags, received=flags),
        repeats=some(any_crime_12m=flags, same_crime_12m=flags, persistently_targeted=flags),
        restorative=some(step=["offered", "accepted", "done"], kind=[None, "direct", "indirect"]),
        holds=some(reason=keys("held"), opened=[None, *MONTHS], ended=[None, *MONTHS], open_at_end=[True, False]),
        files=some(source=["mps", "btp"], rows=[0, 4], created=[0, 3], late=[True, False], corrected=[0, 1]),
        complaint_answers=some(acknowledged_24h=[True, False], open=[True, False]),
    )


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 25))
def test_months_sum_to_the_quarter(chance: random.Random, count: int):
    quarters.check(made(chance, count), QUARTER)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_the_records_of_the_months_are_those_of_the_quarter(chance: random.Random, count: int):
    whole = made(chance, count)
    months = [quarters.of_month(whole, month) for month in QUARTER.months]
    for kind in ("referrals", "standards", "files", "complaint_answers"):
        assert sum(each[kind].num_rows for each in months) == whole[kind].num_rows


def test_people_medians_and_what_is_open_at_the_end_are_the_quarter_s_own():
    named = {(each.table, each.column) for each in quarters.summing(records(QUARTER.name))}
    for own in (
        ("repeat_victims", "people"),
        ("restorative_justice", "people"),
        ("service_standard", "median_hours"),
        ("held", "open_at_end"),
        ("referral_source", "take_up_rate"),
    ):
        assert own not in named
    for summed in (
        ("referral_source", "referrals"),
        ("referral_source", "take_up"),
        ("service_standard", "met"),
        ("data_quality", "rows"),
        ("held", "opened"),
        ("held", "released"),
        ("repeat_victims", "referrals"),
        ("complaints", "number"),
    ):
        assert summed in named


@pytest.mark.parametrize(
    ("kind", "row", "table"),
    [
        ("referrals", {"month": "2020-06"}, "referral_source"),
        ("standards", {"month": None, "standard": "contact_72h"}, "service_standard"),
        ("holds", {"reason": "reopened", "opened": "2020-03"}, "held"),
        ("files", {"month": "2021-07", "run": "r", "source": "mps", "rows": 1, "late": False}, "data_quality"),
        ("complaint_answers", {"month": "2020-10"}, "complaints"),
    ],
)
def test_a_record_of_another_month_stops_the_build(kind, row, table):
    with pytest.raises(FiguresDisagree) as stopped:
        quarters.check(records(QUARTER.name, **{kind: [row]}), QUARTER)
    assert stopped.value.facts["table"] == table
    assert stopped.value.facts["column"]


def test_months_that_were_asked_for_themselves_have_to_agree_too():
    whole = records(QUARTER.name, referrals=[{"month": MONTHS[0]}, {"month": MONTHS[2]}])
    months = {month.name: quarters.of_month(whole, month) for month in QUARTER.months}
    quarters.check(whole, QUARTER, months)
    with pytest.raises(FiguresDisagree):
        quarters.check(whole, QUARTER, months | {MONTHS[0]: months[MONTHS[2]], MONTHS[2]: months[MONTHS[1]]})


def test_a_month_outside_the_quarter_in_reserve_is_not_looked_at():
    """The parts of the quarter are its own months, whatever else was asked."""
    whole = records(QUARTER.name, referrals=[{"month": MONTHS[0]}])
    months = {month.name: quarters.of_month(whole, month) for month in QUARTER.months}
    quarters.check(whole, QUARTER, months | {"2020-10": whole})


def test_what_sums_is_a_part_of_the_return():
    named = {each.key for each in quarterly.figures(records(QUARTER.name))}
    assert {each.key for each in quarters.summing(records(QUARTER.name))} <= named
