"""Witnesses: a plan of their referrals, and what the pre-trial and outreach service did for them."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from synth.casework.journal import ACTIVITY, Journal, events_of
from synth.counts.figures import YEAR_ONE, Figures, Witnesses, published
from synth.draws import Flags, Ints, chance, named, padded, weighted
from synth.planning.calendar import Days, Floats, Minutes, days_between, volume
from synth.planning.hours import in_office, later, within
from synth.seeds import generator

SOURCE: Final = "witness_care_unit"
_TEXT, _FLAG = pa.string(), pa.bool_()
WITNESS: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("day", pa.date32()),
        ("received_at", pa.timestamp("us")),
        ("referred_by", _TEXT),
        ("called_by", _TEXT),
        ("complainant", _FLAG),
        ("taken", _FLAG),
        ("visit_requested", _FLAG),
        ("visit_undertaken", _FLAG),
        ("attended", _FLAG),
        ("gave_evidence", _FLAG),
        ("key", _TEXT),
        ("urn", _TEXT),
        ("court", _TEXT),
        ("trial_date", pa.date32()),
        ("vulnerable", _FLAG),
        ("intimidated", _FLAG),
        ("crime_reference", _TEXT),
    ]
)
# Numbers of witnesses' events begin where no victim's referral comes.
FIRST_EVENT: Final = 10**12

_OTHER_REFERRERS: Final = ("cps", "defence_solicitor", "self", "other")
_BY_REFERRER: Final = (0.42, 0.1, 0.33, 0.15)
_COURTS: Final = (
    *("Snaresbrook Crown Court", "Southwark Crown Court", "Woolwich Crown Court", "Croydon Crown Court"),
    *("Inner London Crown Court", "Isleworth Crown Court", "Wood Green Crown Court", "Harrow Crown Court"),
    *("Kingston Crown Court", "Blackfriars Crown Court", "Central Criminal Court"),
    *("Thames Magistrates' Court", "Westminster Magistrates' Court", "Highbury Corner Magistrates' Court"),
    *("Croydon Magistrates' Court", "Uxbridge Magistrates' Court", "Bromley Magistrates' Court"),
    *("Willesden Magistrates' Court", "Romford Magistrates' Court", "Wimbledon Magistrates' Court"),
)
_TIME_FOR_A_VISIT: Final = 21  # days
_REQUESTED_BY_THE_TAKEN: Final = (4, 5)  # four of five requests


def witnesses(
    figures: Figures, seed: int, *, period: tuple[date, date] = YEAR_ONE, plan: pa.Table | None = None
) -> pa.Table:
    """The witness referrals of a period, WITNESS, by day, as many of each kind as `figures` says.

    With `plan`, about half of them name a police crime of it that was recorded before.
    """
    year = figures.witnesses
    rng = generator(seed, "witnesses")
    days = days_between(*period)
    busy = volume(SOURCE, days)
    counts = rng.multinomial(year.referrals, busy / busy.sum() if busy.any() else np.full(len(days), 1 / len(days)))
    day = np.repeat(days, counts)
    size = len(day)
    received = day.astype("datetime64[m]") + 9 * 60 + rng.integers(0, 8 * 60, size)
    taken = _some(rng, year.take_up, np.ones(size))
    requested = _requested(rng, figures, taken)
    early = day + _TIME_FOR_A_VISIT <= days[-1] if size else np.zeros(0, bool)
    undertaken = _some(rng, year.visits_undertaken, np.where(requested & taken, np.where(early, 1.0, 1e-3), 0.0))
    trial = day + rng.integers(14, 260, size)
    trial = np.where(undertaken, np.maximum(trial, day + 10), trial)
    attended = taken & (trial <= days[-1]) & chance(rng, 0.78, size)
    called_by = chance(rng, 0.06, size).astype(np.int64)
    number = np.arange(size, dtype=np.int64)
    known = (called_by == 0) & chance(rng, 0.5, size)
    columns = {
        "number": pa.array(number),
        "day": pa.array(day),
        "received_at": pa.array(received.astype("datetime64[us]")),
        "referred_by": _referrers(rng, figures, size),
        "called_by": named(called_by, ("prosecution", "defence")),
        "complainant": pa.array((called_by == 0) & chance(rng, 0.46, size)),
        "taken": pa.array(taken),
        "visit_requested": pa.array(requested),
        "visit_undertaken": pa.array(undertaken),
        "attended": pa.array(attended),
        "gave_evidence": pa.array(attended & chance(rng, 0.85, size)),
        "key": pc.binary_join_element_wise("W", padded(number, 9), ""),
        "urn": _urns(rng, number, day),
        "court": named(rng.integers(0, len(_COURTS), size), _COURTS),
        "trial_date": pa.array(trial, mask=~attended & ~undertaken & chance(rng, 0.12, size)),
        "vulnerable": pa.array(chance(rng, 0.3, size)),
        "intimidated": pa.array(chance(rng, 0.18, size)),
        "crime_reference": _crimes(rng, plan, day, known),
    }
    return pa.table([columns[field.name].cast(field.type) for field in WITNESS], schema=WITNESS)


def witnesses_of_any_period(first: date, last: date, per_day: int, seed: int) -> pa.Table:
    """Witnesses beside plan.any_period, in the proportion of Year One; WITNESS."""
    year = published()
    total = per_day * len(days_between(first, last))
    counts = (count * total // year.total.referrals for count in astuple(year.witnesses))
    few = replace(year, witnesses=Witnesses(*counts))
    return witnesses(few, seed, period=(first, last))


def _some(rng: Generator, count: int, weights: Floats) -> Flags:
    """Exactly `count` of the rows: those of the largest weight first, by chance among equals."""
    order = np.lexsort((rng.random(len(weights)), -weights))
    answer = np.zeros(len(weights), bool)
    answer[order[:count]] = True
    return answer


def _requested(rng: Generator, figures: Figures, taken: Flags) -> Flags:
    """Visits asked for: mostly by those who took the service up, and always by enough of them."""
    year = figures.witnesses
    many, of = _REQUESTED_BY_THE_TAKEN
    inside = max(year.visits_requested * many // of, year.visits_undertaken)
    inside = min(max(inside, year.visits_requested - (year.referrals - year.take_up)), year.take_up)
    return _some(rng, inside, taken.astype(float)) | _some(rng, year.visits_requested - inside, (~taken).astype(float))


def _referrers(rng: Generator, figures: Figures, size: int) -> pa.Array:
    by_wcu = _some(rng, figures.witnesses.from_wcu, np.ones(size))
    other = weighted(rng, _BY_REFERRER, size)
    return named(np.where(by_wcu, len(_OTHER_REFERRERS), other), (*_OTHER_REFERRERS, "wcu"))


def _urns(rng: Generator, number: Ints, day: Days) -> pa.Array:
    """Unique reference numbers of cases, two witnesses in some of them: force 01, a unit, five digits, the year."""
    year = padded((day.astype("datetime64[Y]").astype(np.int64) + 1970) % 100, 2)
    case = number // 2 + (number % 2) * chance(rng, 0.7, len(number)) * 40_000
    unit = named(case % 4, ("AB", "CD", "TW", "XH"))
    return pc.binary_join_element_wise("01", unit, padded(case % 100_000, 5), year, "")


def _crimes(rng: Generator, plan: pa.Table | None, day: Days, known: Flags) -> pa.Array:
    """References of crimes recorded at least two weeks before; blank where none is known."""
    rows = np.flatnonzero(known)
    blank = np.full(len(day), "", object)
    if plan is not None and len(rows):
        crimes = plan.filter(pc.and_(pc.equal(plan["source"], "mps"), pc.equal(plan["incident_kind"], "crime")))
        recorded = crimes["recorded_at"].to_numpy().astype("datetime64[D]")
        order = np.argsort(recorded, kind="stable")
        before = np.searchsorted(recorded[order], day[rows] - 14)
        rows, before = rows[before > 0], before[before > 0]
        keys = crimes["key"].take(pa.array(order[(rng.random(len(rows)) * before).astype(np.int64)]))
        blank[rows] = [key.partition("|")[0] for key in keys.to_pylist()]
    return pa.array(blank.tolist(), _TEXT)


# --- what was done ---------------------------------------------------------------------------------


def witness_activity(plan: pa.Table, seed: int, *, last: date = YEAR_ONE[1]) -> pa.Table:
    """Every event about the witnesses of a plan until the end of `last`, ACTIVITY, in the order of time."""
    if not len(plan):
        return ACTIVITY.empty_table()
    rng = generator(seed, "witness activity")
    journal = Journal()
    start = plan["received_at"].to_numpy().astype("datetime64[m]") + 15
    end = np.datetime64(last, "m") + 23 * 60
    _contacts(rng, journal, plan, start, end)
    _visits(rng, journal, plan, start, end)
    _in_court(rng, journal, plan)
    size = len(plan)
    return events_of(
        journal,
        source=pa.repeat(pa.scalar(SOURCE), size),
        key=plan.combine_chunks()["key"].chunk(0),
        number=plan["number"].to_numpy() + FIRST_EVENT,
        last=np.datetime64(last, "D"),
        workers=216 + rng.integers(0, 24, size),
    )


def _by(moments: Minutes, start: Minutes, end: np.datetime64) -> Minutes:
    """The same, or halfway between the start and the end where it would come too late."""
    return np.where(moments > end, start + (end - start) // 2, moments)


def _contacts(rng: Generator, journal: Journal, plan: pa.Table, start: Minutes, end: np.datetime64) -> None:
    taken = plan["taken"].to_numpy()
    reached = in_office(rng, later(rng, start, hours=18))
    not_taken = np.flatnonzero(~taken & chance(rng, 0.85, len(taken)))
    journal.add("contact_attempt", not_taken, reached[not_taken], category="phone", after="not_reached")
    closed = np.flatnonzero(~taken & chance(rng, 0.7, len(taken)))
    at = in_office(rng, within(rng, reached[closed], 48, 400))
    journal.add("closed", closed, at, category="no_contact")
    rows = np.flatnonzero(taken)
    at = _by(reached, start, end)[rows]
    journal.add("contact_attempt", rows, at, category="phone", after="reached")
    journal.add("take_up", rows, np.minimum(at + rng.integers(3, 20, len(rows)), end + 30))
    assessed = in_office(rng, within(rng, at, 0.4, 20))
    journal.add("needs_assessment", rows, assessed)
    told = rows[chance(rng, 0.6, len(rows))]
    received = named(chance(rng, 0.9, len(told)).astype(np.int64), ("not_received", "received"))
    at = in_office(rng, later(rng, start[told], hours=90, at_least=2000))
    journal.add("entitlement", told, at, category="witness_charter", after=received)


def _visits(rng: Generator, journal: Journal, plan: pa.Table, start: Minutes, end: np.datetime64) -> None:
    """Each visit asked for is an event, whoever asked; each undertaken comes before the trial and in the period."""
    rows = np.flatnonzero(plan["visit_requested"].to_numpy())
    asked = _by(in_office(rng, later(rng, start[rows], hours=50, at_least=60)), start[rows], end)
    journal.add("visit_requested", rows, asked)
    done = np.flatnonzero(plan["visit_undertaken"].to_numpy()[rows])
    trial = plan["trial_date"].to_numpy()[rows[done]].astype("datetime64[m]")
    until = np.minimum(trial, end)
    visited = in_office(rng, later(rng, asked[done], hours=300, at_least=600))
    visited = np.where(
        visited > until, asked[done] + np.maximum((until - asked[done]) // 2, np.timedelta64(10, "m")), visited
    )
    journal.add("visit_undertaken", rows[done], visited)


def _in_court(rng: Generator, journal: Journal, plan: pa.Table) -> None:
    rows = np.flatnonzero(plan["attended"].to_numpy())
    morning = plan["trial_date"].to_numpy()[rows].astype("datetime64[m]") + 9 * 60
    journal.add("attended_court", rows, morning + rng.integers(0, 90, len(rows)))
    spoke = np.flatnonzero(plan["gave_evidence"].to_numpy()[rows])
    journal.add("gave_evidence", rows[spoke], morning[spoke] + 120 + rng.integers(0, 300, len(spoke)))
    said = np.flatnonzero(chance(rng, 0.2, len(rows)))
    score = named(weighted(rng, (0.02, 0.03, 0.08, 0.32, 0.55), len(said)), ("1", "2", "3", "4", "5"))
    journal.add("survey", rows[said], in_office(rng, later(rng, morning[said], hours=200, at_least=1500)), after=score)
    journal.add("closed", rows, in_office(rng, later(rng, morning, hours=100, at_least=1200)), category="trial_over")
