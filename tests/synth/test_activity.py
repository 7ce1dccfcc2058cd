"""What was done counts up to the figures too, in the order in which things can happen."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.casework.activity import activity, in_order
from synth.planning.plan import any_period, year_one
from tests.synth.counting import (
    as_supported,
    day_of,
    differences,
    events,
    figures,
    plan,
    standing,
    witness_events,
    witness_plan,
)

SCALES = [1.0, 0.02, 0.001, 0.0137]
LAST = date(2020, 3, 31)
# What an event may say, by column (interfaces: feeds, Case activity); None: a reason or a destination.
SAYS: dict[str, dict[str, set[str] | None]] = {
    "contact_attempt": {
        "category": {"phone", "sms", "email", "post", "face_to_face"},
        "after": {"reached", "not_reached"},
    },
    "take_up": {},
    "declined": {"category": None},
    "needs_assessment": {},
    "caseworker_allocated": {"role": {"triage_iva", "complex_iva", "idva"}},
    "care_plan": {},
    "support_started": {"category": {"immediate", "ongoing"}},
    "outcome": {
        "category": {"informed", "wellbeing", "safety", "everyday_life"},
        "before": set("12345"),
        "after": set("12345"),
    },
    "onward_referral": {"category": None},
    "onward_received": {"category": None},
    "entitlement": {"category": {"victims_code", "witness_charter"}, "after": {"received", "not_received"}},
    "victim_statement": {"after": {"made", "declined"}},
    "survey": {"after": set("12345")},
    "complaint": {},
    "complaint_acknowledged": {},
    "complaint_told_commissioner": {},
    "complaint_resolved": {},
    "visit_requested": {},
    "visit_undertaken": {},
    "attended_court": {},
    "gave_evidence": {},
    "rj_offered": {"category": {"direct", "indirect"}},
    "rj_accepted": {"category": {"direct", "indirect"}},
    "rj_done": {"category": {"direct", "indirect"}},
    "void": {"category": None, "before": None},
    "closed": {"category": None},
}
FOR_WITNESSES = {"visit_requested", "visit_undertaken", "attended_court", "gave_evidence"}


# --- laws ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_plan_and_activity_count_up_to_the_figures(scale: float):
    """Take-up, role and kind of support as the events tell them, not as the plan does."""
    assert differences(as_supported(plan(scale), events(scale)), figures(scale)) == {}


@given(st.integers(0, 2**32), st.integers(1_000, 10_000))
@settings(max_examples=10, deadline=None)
def test_any_seed_and_scale_count_up(seed: int, millionths: int):
    wanted = figures(millionths / 10**6)
    table = pa.concat_tables(year_one(wanted, seed))
    assert differences(as_supported(table, activity(table, seed)), wanted) == {}


@pytest.mark.parametrize("scale", [1.0, 0.001])
def test_nothing_is_done_before_the_referral_or_after_the_year(scale: float):
    for table, happened, source in (
        (plan(scale), events(scale), None),
        (witness_plan(scale), witness_events(scale), "witness_care_unit"),
    ):
        sources = [source] * len(table) if source else table["source"].to_pylist()
        came = dict(zip(zip(sources, table["key"].to_pylist(), strict=True), table["day"].to_pylist(), strict=True))
        keys = zip(happened["referral_source"].to_pylist(), happened["referral_key"].to_pylist(), strict=True)
        for key, day, at in zip(keys, happened["day"].to_pylist(), happened["at"].to_pylist(), strict=True):
            assert came[key] <= day <= LAST
            assert day_of(at) == day


def test_events_are_in_the_order_of_time_and_have_ids_of_their_own():
    everything = pa.concat_tables([events(1.0), witness_events(1.0)])
    assert len(set(everything["event_id"].to_pylist())) == len(everything)
    for happened in (events(1.0), witness_events(1.0)):
        days = happened["day"].to_pylist()
        assert days == sorted(days)


def test_times_have_the_offset_that_london_had():
    london = ZoneInfo("Europe/London")
    for at in set(events(1.0)["at"].to_pylist()):
        moment = datetime.fromisoformat(at)
        assert moment.astimezone(london).isoformat() == at


def test_every_event_says_what_its_kind_says_and_no_more():
    everything = pa.concat_tables([events(1.0), witness_events(1.0)])
    names = ("event", "role", "category", "before", "after")
    said = everything.select(names).group_by(list(names)).aggregate([]).to_pylist()
    for row in said:
        allowed = SAYS[row["event"]]
        for name in names[1:]:
            values = allowed.get(name, {""})
            assert row[name] if values is None else row[name] in values, row
    assert {row["event"] for row in said} == set(SAYS)
    assert not FOR_WITNESSES & set(events(1.0)["event"].to_pylist())


def test_a_void_takes_back_an_event_of_the_same_referral_that_came_before():
    rows = events(1.0).select(["event_id", "referral_key", "event", "before", "at"]).to_pylist()
    by_id = {row["event_id"]: row for row in rows}
    voids = [row for row in rows if row["event"] == "void"]
    assert len(voids) > 300
    for void in voids:
        target = by_id[void["before"]]
        assert target["referral_key"] == void["referral_key"]
        assert target["at"] < void["at"]
        assert target["event"] in ("contact_attempt", "take_up")
    assert len({void["before"] for void in voids}) == len(voids)
    assert any(by_id[void["before"]]["event"] == "take_up" for void in voids)


def test_steps_of_support_are_in_order():
    order = ["take_up", "needs_assessment", "caseworker_allocated", "support_started"]
    last: dict[str, dict[str, str]] = {}
    for row in standing(events(0.02)).to_pylist():
        if row["event"] in order:
            last.setdefault(row["referral_key"], {})[row["event"]] = row["at"]
    assert len(last) == figures(0.02).total.take_up
    for steps in last.values():
        moments = [datetime.fromisoformat(steps[name]) for name in order]
        assert moments == sorted(moments)


def test_nobody_is_contacted_whom_it_is_not_safe_to_contact():
    unsafe = set(plan(1.0).filter(pc.equal(plan(1.0)["safe_to_contact"], "N"))["key"].to_pylist())
    assert unsafe
    assert not unsafe & set(events(1.0)["referral_key"].to_pylist())


def test_the_same_seed_gives_the_same_activity():
    assert activity(plan(0.02), 7).equals(events(0.02))
    assert not activity(plan(0.02), 8).equals(events(0.02))


def test_a_plan_in_chunks_gives_its_events_in_the_order_of_days_and_each_once():
    first, last = date(2021, 1, 1), date(2021, 2, 28)
    plans = [whole.slice(start, 700) for whole in any_period(first, last, 60, 2) for start in range(0, len(whole), 700)]
    parts = list(in_order(plans, 2, last=last))
    assert [part[0].num_rows for part in parts] == [each.num_rows for each in plans]
    whole = pa.concat_tables([part[1] for part in parts])
    days = whole["day"].to_pylist()
    assert days == sorted(days)
    apart = pa.concat_tables([activity(each, 2, last=last) for each in plans])
    assert sorted(apart["event_id"].to_pylist()) == sorted(whole["event_id"].to_pylist())
    assert all(day <= last for day in days)


def test_no_referrals_no_events():
    assert len(activity(plan(0.001).slice(0, 0), 1)) == 0


# --- how it usually goes ---------------------------------------------------------------------------


def test_first_attempts_are_mostly_within_72_hours():
    table = plan(1.0)
    came = dict(zip(table["key"].to_pylist(), table["day"].to_pylist(), strict=True))
    first: dict[str, date] = {}
    attempts = standing(events(1.0))
    attempts = attempts.filter(pc.equal(attempts["event"], "contact_attempt"))
    for key, day in zip(attempts["referral_key"].to_pylist(), attempts["day"].to_pylist(), strict=True):
        first.setdefault(key, day)
    in_time = sum(day - came[key] <= timedelta(days=3) for key, day in first.items())
    assert 0.85 < in_time / len(first) < 0.99


def test_less_is_done_at_weekends():
    by_weekday = Counter(day.weekday() for day in events(1.0)["day"].to_pylist())
    assert by_weekday[5] < by_weekday[1] / 2
    assert by_weekday[6] < by_weekday[1] / 2


# --- witnesses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_witnesses_events_count_up_to_the_figures(scale: float):
    found = Counter(standing(witness_events(scale))["event"].to_pylist())
    wanted = figures(scale).witnesses
    assert found["take_up"] == wanted.take_up
    assert found["visit_requested"] == wanted.visits_requested
    assert found["visit_undertaken"] == wanted.visits_undertaken
    assert found["attended_court"] == pc.sum(witness_plan(scale)["attended"]).as_py()
    assert found["gave_evidence"] == pc.sum(witness_plan(scale)["gave_evidence"]).as_py()
