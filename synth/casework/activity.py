"""What caseworkers did with the referrals of a plan: contact, take-up, support and what came of it.

The events are those of interfaces: feeds (Case activity); their order and haste are those of requirements R5 to R22,
mostly met. Of each taken referral exactly one take_up stands, its last allocation has the plan's role and its
support_started the plan's kind; of all others no take_up stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from synth.casework.aftercare import Support, aftercare
from synth.casework.journal import ACTIVITY, Journal, events_of
from synth.counts.cells import OUT_OF_SCOPE, UNDER_18
from synth.counts.figures import ROLES, YEAR_ONE
from synth.draws import Flags, Ints, chance, named, weighted
from synth.planning.calendar import Minutes
from synth.planning.hours import ascending, in_office, in_time, later, within
from synth.seeds import generator

__all__ = ["ACTIVITY", "activity", "in_order"]

_METHODS: Final = ("phone", "sms", "email", "post", "face_to_face")
_TRIED: Final = (0.66, 0.18, 0.11, 0.05, 0.0)
_REACHED_BY: Final = (0.86, 0.04, 0.06, 0.0, 0.04)
_DECLINES: Final = ("no_need", "other_support", "not_now", "no_reason_given", "wants_no_contact")
_BY_DECLINE: Final = (0.48, 0.14, 0.2, 0.13, 0.05)
_MISTAKES: Final = ("wrong_person", "entered_twice", "wrong_time")
# How long the first attempt takes, in hours, and how often it comes after the 72 hours of R9.
_HASTE, _HASTE_PRIORITY, _LATE = 16.0, 7.0, 0.035
_ATTEMPTS_BEFORE_REACHED: Final = (0.62, 0.26, 0.12)
_WORKERS: Final = {"triage_iva": (0, 130), "complex_iva": (130, 45), "idva": (175, 41)}


@dataclass(frozen=True, slots=True)
class _Cases:
    """The plan's columns that matter here, and when work can begin."""

    start: Minutes
    end: np.datetime64
    taken: Flags
    priority: Flags
    role: pa.Array
    kind: pa.Array
    out_of_scope: Flags
    reachable: Flags


def activity(plan: pa.Table, seed: int, *, last: date = YEAR_ONE[1]) -> pa.Table:
    """Every event about the referrals of a plan's table until the end of `last`, ACTIVITY, in the order of time."""
    if not len(plan):
        return ACTIVITY.empty_table()
    number = plan["number"].to_numpy()
    rng = generator(seed, "activity", int(number[0]))
    cases = _cases(plan, last)
    journal = Journal()
    _supported(rng, journal, cases)
    _unsupported(rng, journal, cases)
    whole = plan.combine_chunks()
    return events_of(
        journal,
        source=whole["source"].chunk(0),
        key=whole["key"].chunk(0),
        number=number,
        last=np.datetime64(last, "D"),
        workers=_workers(rng, plan),
    )


def in_order(plans: Iterable[pa.Table], seed: int, *, last: date) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Each chunk of a plan with the events up to its last day; later ones wait for a later chunk, or the end.

    Chunks come by day; the events of a day that two chunks share come with the second. What waits is at most the
    activity of the months that one referral takes, however long the period is.
    """
    waiting = ACTIVITY.empty_table()
    held: pa.Table | None = None
    for plan in plans:
        if held is not None:
            before = pc.less(waiting["day"], plan["day"][0])
            yield held, _sorted(waiting.filter(before))
            waiting = waiting.filter(pc.invert(before))
        waiting = pa.concat_tables([waiting, activity(plan, seed, last=last)]).combine_chunks()
        held = plan
    if held is not None:
        yield held, _sorted(waiting)


def _sorted(events: pa.Table) -> pa.Table:
    return events.sort_by([("day", "ascending"), ("at", "ascending"), ("event_id", "ascending")])


def _flags(plan: pa.Table, name: str) -> Flags:
    answer: Flags = plan[name].to_numpy()
    return answer


def _is(plan: pa.Table, name: str, *values: str) -> Flags:
    answer: Flags = pc.is_in(plan[name], pa.array(values)).to_numpy()
    return answer


def _cases(plan: pa.Table, last: date) -> _Cases:
    contact = _is(plan, "source", "contact_centre")
    received = plan["recorded_at"].to_numpy().astype("datetime64[m]") + 15
    morning = plan["day"].to_numpy().astype("datetime64[m]") + 8 * 60
    da = _flags(plan, "da")
    child = _is(plan, "age_band", UNDER_18)
    unsafe = _is(plan, "safe_to_contact", "N") | (da & _is(plan, "safe_to_contact", ""))
    whole = plan.combine_chunks()
    out_of_scope = ~da & (_is(plan, "category", *OUT_OF_SCOPE) | child)
    return _Cases(
        start=np.where(contact, received, morning),
        # The last evening; the contact centre closes at 20.00, and somebody answers those who came then.
        end=np.datetime64(last, "m") + 23 * 60 + 45,
        taken=_flags(plan, "taken"),
        priority=_flags(plan, "priority"),
        role=whole["role"].chunk(0),
        kind=whole["support_kind"].chunk(0),
        out_of_scope=out_of_scope,
        reachable=~unsafe & ~out_of_scope & ~_is(plan, "borough_code", "outside_london"),
    )


def _workers(rng: Generator, plan: pa.Table) -> Ints:
    """One member of staff for each case, from those of its role."""
    size = len(plan)
    answer = rng.integers(0, _WORKERS["triage_iva"][1], size)
    for role in ROLES[1:]:
        first, count = _WORKERS[role]
        answer = np.where(_is(plan, "role", role), first + rng.integers(0, count, size), answer)
    return answer


def _first_attempts(rng: Generator, start: Minutes, priority: Flags) -> Minutes:
    size = len(start)
    hours = rng.exponential(np.where(priority, _HASTE_PRIORITY, _HASTE), size)
    hours = np.where(chance(rng, _LATE, size), rng.uniform(74, 200, size), np.minimum(hours, 60))
    return in_office(rng, start + (hours * 60).astype(np.int64))


def _attempt(rng: Generator, journal: Journal, rows: Ints, minutes: Minutes, *, reached: bool) -> None:
    """An attempt for each row, and now and then one that was wrongly entered just before, and taken back."""
    method = named(weighted(rng, _REACHED_BY if reached else _TRIED, len(rows)), _METHODS)
    after = "reached" if reached else "not_reached"
    journal.add("contact_attempt", rows, minutes, category=method, after=after)
    wrong = np.flatnonzero(chance(rng, 0.003, len(rows)))
    places = journal.add(
        "contact_attempt", rows[wrong], minutes[wrong], category=method.take(pa.array(wrong)), after=after
    )
    _take_back(rng, journal, places, rows[wrong], minutes[wrong])


def _take_back(rng: Generator, journal: Journal, places: Ints, rows: Ints, minutes: Minutes) -> None:
    reasons = named(rng.integers(0, len(_MISTAKES), len(rows)), _MISTAKES)
    journal.void(places, rows, minutes + rng.integers(1, 4, len(rows)), reasons)


def _supported(rng: Generator, journal: Journal, cases: _Cases) -> None:
    rows = np.flatnonzero(cases.taken)
    start = cases.start[rows]
    before = weighted(rng, _ATTEMPTS_BEFORE_REACHED, len(rows))
    first = _first_attempts(rng, start, cases.priority[rows])
    second = in_office(rng, later(rng, first, hours=10, at_least=150))
    third = in_office(rng, later(rng, second, hours=12, at_least=150))
    reached = np.choose(before, [first, second, third])
    assessed = np.where(
        chance(rng, 0.93, len(rows)), within(rng, reached, 0.3, 20), within(rng, reached, 25, 90)
    ).astype("datetime64[m]")
    assessed = in_office(rng, assessed)
    allocated = in_office(rng, later(rng, assessed, hours=6, at_least=20))
    ongoing = pc.equal(cases.kind.take(pa.array(rows)), "ongoing").to_numpy(zero_copy_only=False)
    planned = in_office(rng, within(rng, allocated, 1, 50))
    started = np.where(ongoing, in_office(rng, later(rng, planned, hours=40)), allocated + 30)
    # What has to have happened by the end of the period, in its order.
    taken_up = (reached + rng.integers(3, 25, len(rows))).astype("datetime64[m]")
    steps = in_time(ascending([reached, taken_up, assessed, allocated, started]), start, cases.end)
    reached, taken_up, assessed, allocated, started = steps
    for place, moment in enumerate((first, second)):
        tried = np.flatnonzero((before > place) & (moment < reached) & (moment >= start))
        _attempt(rng, journal, rows[tried], moment[tried], reached=False)
    _attempt(rng, journal, rows, reached, reached=True)
    _take_up(rng, journal, rows, reached, taken_up)
    journal.add("needs_assessment", rows, assessed)
    _allocate(rng, journal, rows, cases.role.take(pa.array(rows)), (assessed, allocated))
    journal.add("support_started", rows, started, category=cases.kind.take(pa.array(rows)))
    care = np.flatnonzero(ongoing)
    journal.add("care_plan", rows[care], np.maximum(np.minimum(planned, started)[care], allocated[care] + 1))
    aftercare(rng, journal, Support(rows, reached, started, ongoing, cases.out_of_scope[rows]))


def _take_up(rng: Generator, journal: Journal, rows: Ints, reached: Minutes, taken_up: Minutes) -> None:
    """The take_up that counts, and for a few an earlier one that was wrongly entered."""
    wrong = np.flatnonzero(chance(rng, 0.002, len(rows)))
    places = journal.add("take_up", rows[wrong], reached[wrong])
    journal.add("take_up", rows, taken_up)
    _take_back(rng, journal, places, rows[wrong], reached[wrong])


def _allocate(rng: Generator, journal: Journal, rows: Ints, role: pa.Array, when: tuple[Minutes, Minutes]) -> None:
    """The last allocation is the plan's role; some cases turn out to be complex after all."""
    assessed, allocated = when
    complex_case = pc.equal(role, "complex_iva").to_numpy(zero_copy_only=False)
    moved = np.flatnonzero(complex_case & chance(rng, 0.1, len(rows)) & (allocated > assessed + 1))
    journal.add("caseworker_allocated", rows[moved], assessed[moved] + 1, role="triage_iva")
    journal.add("caseworker_allocated", rows, allocated, role=role)


def _unsupported(rng: Generator, journal: Journal, cases: _Cases) -> None:
    """Nobody is contacted who is held or not ours; of the others many are not reached, and some do not want support."""
    can = ~cases.taken & cases.reachable
    tried = can & chance(rng, np.where(cases.priority, 0.95, 0.82), len(can))
    rows = np.flatnonzero(tried)
    draw = rng.random(len(rows))
    priority = cases.priority[rows]
    first = _first_attempts(rng, cases.start[rows], priority)
    second = in_office(rng, later(rng, first, hours=14, at_least=150))
    third = in_office(rng, later(rng, second, hours=16, at_least=150))
    reached_at = np.where(draw < 0.22, 0, np.where(draw < 0.32, 1, np.where(draw < 0.37, 2, 3)))
    most = np.where(priority | chance(rng, 0.25, len(rows)), 3, 1)
    for place, moment in enumerate((first, second, third)):
        not_yet = np.flatnonzero((reached_at > place) & (place < most))
        _attempt(rng, journal, rows[not_yet], moment[not_yet], reached=False)
        now = np.flatnonzero((reached_at == place) & (place < most))
        _attempt(rng, journal, rows[now], moment[now], reached=True)
        reasons = named(weighted(rng, _BY_DECLINE, len(now)), _DECLINES)
        journal.add("declined", rows[now], moment[now] + rng.integers(2, 15, len(now)), category=reasons)
        mistaken = now[chance(rng, 0.004, len(now))]
        places = journal.add("take_up", rows[mistaken], moment[mistaken] + 1)
        _take_back(rng, journal, places, rows[mistaken], moment[mistaken] + 1)
    latest = np.where(most == 3, third, first)
    over = np.flatnonzero(chance(rng, 0.6, len(rows)))
    reached = (reached_at < most)[over]
    closed = in_office(rng, within(rng, latest[over], 24, 14 * 24))
    journal.add("closed", rows[over], closed, category=named(reached.astype(np.int64), ("no_contact", "declined")))
