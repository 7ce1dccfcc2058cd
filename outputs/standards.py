"""Which service standards were due and met, by the moments that start and meet their clocks. Pure.

How long each may run is mappings/triage/clocks.csv (docs/triage.md, Clocks). A clock counts once it was met, or once it
ran out by the cut-off; one that was stopped before (the referral withdrawn, declined or closed) does not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.triage import clocks
from mappings.clock_rules import Clock, load_clocks

MOMENT: Final = pa.timestamp("us", "UTC")
RAW: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        ("month", pa.string()),
        *((name, MOMENT) for name in ("recorded_at", "received_at", "contact", "third_attempt", "assessment")),
        *((name, MOMENT) for name in ("caseworker", "care_plan", "onward", "ended")),
        ("withdrawn", pa.bool_()),
        ("goes_onward", pa.bool_()),
    ]
)
COMPLAINTS: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        ("month", pa.string()),
        *((name, MOMENT) for name in ("complained_at", "acknowledged_at", "told_at", "resolved_at")),
    ]
)
# One line a clock that counts. `minutes`: from its start to the step; null where the step is not done.
STANDARDS: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        ("month", pa.string()),
        ("standard", pa.string()),
        ("met", pa.bool_()),
        ("minutes", pa.int64()),
    ]
)
# One line a complaint: which of its answers came in time, and whether it is resolved.
ANSWERS: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        ("month", pa.string()),
        *(
            (name, pa.bool_())
            for name in ("acknowledged_24h", "told_commissioner_24h", "resolved_5_working_days", "open")
        ),
    ]
)

Moments = np.ndarray[tuple[int], np.dtype[np.datetime64]]
_NEVER: Final = np.datetime64("NaT", "us")


class _Timed(NamedTuple):
    standard: str
    started: Moments
    met: Moments
    stopped: Moments


def standards(raw: pa.Table, complaints: pa.Table, cut_off: datetime) -> pa.Table:
    """The clocks that count (STANDARDS), from referrals' moments (RAW) and complaints (COMPLAINTS)."""
    rules = {clock.standard: clock for clock in load_clocks()}
    found = [_counted(raw, each, rules[each.standard], cut_off) for each in _of_referrals(raw)]
    found += [_counted(complaints, each, rules[each.standard], cut_off) for each in _of_complaints(complaints)]
    return pa.concat_tables(found)


def answers(raw: pa.Table, cut_off: datetime) -> pa.Table:
    """What came of each complaint (ANSWERS), from their moments (COMPLAINTS), by the cut-off."""
    rules = {clock.standard: clock for clock in load_clocks()}
    at = {name: _moments(raw, name) for name in COMPLAINTS.names if COMPLAINTS.field(name).type == MOMENT}
    told = _Timed("complaint_told_24h", at["complained_at"], at["told_at"], at["told_at"])
    in_time = {
        name: ~np.isnat(each.met) & (each.met <= _due(each.started, rules[each.standard]))
        for name, each in zip(
            ("acknowledged_24h", "resolved_5_working_days", "told_commissioner_24h"),
            [*_of_complaints(raw), told],
            strict=True,
        )
    }
    resolved = ~np.isnat(at["resolved_at"]) & (at["resolved_at"] < _as_moment(cut_off))
    return pa.table(
        {
            "referral_id": raw["referral_id"],
            "month": raw["month"],
            **{name: pa.array(in_time.get(name, ~resolved)) for name in ANSWERS.names[2:]},
        },
        schema=ANSWERS,
    )


def _of_referrals(raw: pa.Table) -> list[_Timed]:
    at = {name: _moments(raw, name) for name in RAW.names if RAW.field(name).type == MOMENT}
    # A withdrawal has no time of its own: its clocks are not counted unless they were met.
    ended = np.where(_true(raw, "withdrawn"), np.datetime64(0, "us"), at["ended"])
    never = np.full(raw.num_rows, _NEVER)
    onward = np.where(_true(raw, "goes_onward"), at["contact"], _NEVER)
    return [
        _Timed("contact_72h", at["received_at"], at["contact"], ended),
        _Timed("three_attempts_72h", at["received_at"], np.fmin(at["contact"], at["third_attempt"]), ended),
        _Timed("needs_assessment_24h", at["contact"], at["assessment"], ended),
        _Timed("caseworker_24h", at["assessment"], at["caseworker"], ended),
        _Timed("care_plan_72h", at["assessment"], at["care_plan"], ended),
        _Timed("onward_24h", onward, at["onward"], ended),
        _Timed("police_2_working_days", at["recorded_at"], at["received_at"], never),
    ]


def _of_complaints(raw: pa.Table) -> list[_Timed]:
    at = {name: _moments(raw, name) for name in COMPLAINTS.names if COMPLAINTS.field(name).type == MOMENT}
    never = np.full(raw.num_rows, _NEVER)
    return [
        _Timed("complaint_24h", at["complained_at"], at["acknowledged_at"], never),
        _Timed("complaint_5_working_days", at["acknowledged_at"], at["resolved_at"], never),
    ]


def _counted(of: pa.Table, each: _Timed, rule: Clock, cut_off: datetime) -> pa.Table:
    due = _due(each.started, rule)
    done = ~np.isnat(each.met) & ~np.isnat(each.started)
    stopped = ~np.isnat(each.stopped) & (each.stopped <= due)
    over = ~np.isnat(due) & (due <= _as_moment(cut_off)) & ~stopped
    counts = np.flatnonzero(done | over)
    # What was done before its clock began (a caseworker named ahead of the assessment) took no time.
    minutes = np.maximum((each.met - each.started)[counts].astype("timedelta64[m]").astype(np.int64), 0)
    return pa.table(
        {
            "referral_id": of["referral_id"].take(counts),
            "month": of["month"].take(counts),
            "standard": pa.repeat(each.standard, len(counts)),
            "met": pa.array(each.met[counts] <= due[counts]),
            "minutes": pa.array(minutes, mask=~done[counts]),
        },
        schema=STANDARDS,
    )


def _due(started: Moments, rule: Clock) -> Moments:
    """When each clock runs out; working days are looked up once for each day on which one began."""
    if rule.unit == "hours":
        return started + np.timedelta64(rule.amount, "h")
    due = np.full(len(started), _NEVER)
    known = np.flatnonzero(~np.isnat(started))
    hours, place = np.unique(started[known].astype("datetime64[h]"), return_inverse=True)
    ends = [clocks.due_at(hour.astype("datetime64[s]").item().replace(tzinfo=UTC), rule) for hour in hours]
    due[known] = np.array([_as_moment(end) for end in ends], dtype="datetime64[us]")[place] if len(known) else _NEVER
    return due


def _as_moment(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _moments(of: pa.Table, name: str) -> Moments:
    return np.asarray(pc.cast(of[name], pa.timestamp("us")).to_numpy()).astype("datetime64[us]")


def _true(of: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(pc.fill_null(of[name], False).to_numpy())
