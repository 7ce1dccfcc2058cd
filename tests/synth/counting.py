"""Count a plan and its activity again, the way the returns do, and compare with figures."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from synth.casework.activity import activity
from synth.counts.figures import CHANNELS, Figures, Pair, published
from synth.counts.scaling import scaled
from synth.planning.plan import year_one
from synth.planning.witnesses import witness_activity, witnesses

LONDON_DAY = 10  # of an ISO 8601 time: its date


@cache
def figures(scale: float) -> Figures:
    return scaled(published(), scale)


@cache
def plan(scale: float, seed: int = 7) -> pa.Table:
    return pa.concat_tables(year_one(figures(scale), seed))


@cache
def events(scale: float, seed: int = 7) -> pa.Table:
    return activity(plan(scale, seed), seed)


@cache
def witness_plan(scale: float, seed: int = 7) -> pa.Table:
    return witnesses(figures(scale), seed, plan=plan(scale, seed))


@cache
def witness_events(scale: float, seed: int = 7) -> pa.Table:
    return witness_activity(witness_plan(scale, seed), seed)


def pairs(table: pa.Table, *by: str) -> dict[object, Pair]:
    """Referrals and take-up by the values of columns."""
    counted = table.group_by(list(by)).aggregate([("taken", "count"), ("taken", "sum")])
    keys = zip(*(counted[name].to_pylist() for name in by), strict=True)
    values = zip(counted["taken_count"].to_pylist(), counted["taken_sum"].to_pylist(), strict=True)
    return {key[0] if len(by) == 1 else key: Pair(*value) for key, value in zip(keys, values, strict=True)}


def differences(table: pa.Table, wanted: Figures) -> dict[str, tuple[object, object]]:
    """Everything in which a plan is not as the figures; also every published figure's name stands here once."""
    da = table.filter(table["da"])
    rest = table.filter(pc.invert(table["da"]))
    taken = table.filter(table["taken"])
    risk = pc.if_else(pc.equal(da["dash_risk"], "H"), "high", "low_medium")
    listed = pc.is_in(da["borough_code"], pa.array([code for code in wanted.boroughs if code]))
    rest_taken = rest.filter(rest["taken"])
    immediate = pc.equal(rest_taken["support_kind"], "immediate")
    mps = table.filter(pc.equal(table["source"], "mps"))
    both = {
        "total": (Pair(len(table), len(taken)), wanted.total),
        "categories": (without_zeros(pairs(rest, "category")), without_zeros(wanted.categories)),
        "risks": (without_zeros(pairs(da.append_column("risk", risk), "risk")), without_zeros(wanted.risks)),
        "channels": (without_zeros(pairs(table, "channel")), without_zeros(wanted.channels)),
        "ages": (without_zeros(pairs(rest, "age_band")), without_zeros(wanted.ages)),
        "boroughs": (
            Counter(pc.if_else(listed, da["borough_code"], "").to_pylist()),
            Counter(wanted.boroughs),
        ),
        "mps": (
            Pair(len(mps), pc.sum(mps["taken"], min_count=0).as_py()),
            Pair(*(sum(each) for each in zip(*wanted.feeds["mps"], strict=True))),
        ),
        "priority": (
            without_zeros(pairs(rest, "priority")),
            without_zeros({True: wanted.enhanced, False: wanted.standard}),
        ),
        "da is a priority": (pc.all(da["priority"], min_count=0).as_py(), True),
        "da take-up by channel": (
            {key: pair.take_up for key, pair in pairs(da, "channel").items() if pair.take_up},
            {
                key: count
                for key, count in (
                    ("police", wanted.da_police_take_up),
                    ("self", wanted.feeds["self"].da.take_up),
                    ("agency", wanted.feeds["agency"].da.take_up),
                )
                if count
            },
        ),
        "roles": (Counter(taken["role"].to_pylist()), Counter(wanted.roles)),
        "immediate": (
            Counter(rest_taken.filter(immediate)["priority"].to_pylist()),
            Counter({True: wanted.enhanced_immediate, False: wanted.standard_immediate}),
        ),
    }
    assert set(CHANNELS.values()) >= set(table["channel"].to_pylist())
    return {name: (found, meant) for name, (found, meant) in both.items() if found != meant}


def without_zeros(counted: dict[object, Pair] | dict[str, Pair]) -> dict[object, Pair]:
    return {key: pair for key, pair in counted.items() if pair.referrals}


def standing(table: pa.Table) -> pa.Table:
    """Events that are neither voided nor voids."""
    voids = pc.equal(table["event"], "void")
    kept = table.filter(pc.invert(voids))
    return kept.filter(pc.invert(pc.is_in(kept["event_id"], table.filter(voids)["before"].combine_chunks())))


def as_supported(table: pa.Table, happened: pa.Table) -> pa.Table:
    """The plan with what the activity says in place of taken, role and support_kind; its row order is kept."""
    first: dict[tuple[str, str], set[str]] = {}
    last_role: dict[tuple[str, str], str] = {}
    kind: dict[tuple[str, str], str] = {}
    for row in standing(happened).select(["referral_source", "referral_key", "event", "role", "category"]).to_pylist():
        key = (row["referral_source"], row["referral_key"])
        if row["event"] == "take_up":
            assert key not in first, "two take_ups stand"
            first[key] = set()
        elif row["event"] == "caseworker_allocated":
            last_role[key] = row["role"]
        elif row["event"] == "support_started":
            assert key not in kind, "support started twice"
            kind[key] = row["category"]
    keys = list(zip(table["source"].to_pylist(), table["key"].to_pylist(), strict=True))
    changed = {
        "taken": [key in first for key in keys],
        "role": [last_role.get(key, "") if key in first else "" for key in keys],
        "support_kind": [kind.get(key, "") for key in keys],
    }
    for name, values in changed.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.array(values, table.schema.field(name).type))
    return table


def day_of(text: str) -> date:
    return date.fromisoformat(text[:LONDON_DAY])
