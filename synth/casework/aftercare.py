"""What comes of support: outcomes, entitlements, onward referrals, restorative justice, complaints, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from synth.casework.journal import Journal
from synth.draws import Flags, Ints, chance, named, weighted
from synth.planning.calendar import Minutes
from synth.planning.hours import in_office, later, within

_DAY: Final = 24.0  # hours
_OUTCOMES: Final = ("informed", "wellbeing", "safety", "everyday_life")
_SCORES: Final = ("1", "2", "3", "4", "5")
_BEFORE: Final = (0.2, 0.4, 0.28, 0.12, 0.0)
_IMPROVED: Final = 0.95  # the KPI's target (R14, cope_recover)
_SATISFIED: Final = (0.02, 0.03, 0.08, 0.32, 0.55)
_DESTINATIONS: Final = ("housing", "mental_health", "substance_misuse", "financial_advice", "specialist_by_and_for")
_OUT_OF_SCOPE_TO: Final = ("national_homicide_service", "sexual_violence_service", "children_young_people")
_ENDS: Final = ("support_completed", "disengaged", "moved_away", "transferred")
_BY_END: Final = (0.8, 0.14, 0.03, 0.03)


@dataclass(frozen=True, slots=True)
class Support:
    """Support that began, by row of the plan: when the person was reached, when it started, of what kind it is."""

    rows: Ints
    reached: Minutes
    started: Minutes
    ongoing: Flags
    out_of_scope: Flags


def aftercare(rng: Generator, journal: Journal, support: Support) -> None:
    """Add what follows; what would come after the period has not happened yet."""
    rows, started, ongoing = support.rows, support.started, support.ongoing
    ended = in_office(
        rng, np.where(ongoing, within(rng, started, 35 * _DAY, 160 * _DAY), within(rng, started, 2, 12 * _DAY))
    )
    _entitlements(rng, journal, rows, started)
    _outcomes(rng, journal, rows[ongoing], started[ongoing], ended[ongoing])
    _onward(rng, journal, support)
    _restorative_justice(rng, journal, rows[ongoing], started[ongoing])
    _complaints(rng, journal, rows, started)
    said = np.flatnonzero(chance(rng, np.where(ongoing, 0.22, 0.08), len(rows)))
    score = named(weighted(rng, _SATISFIED, len(said)), _SCORES)
    journal.add("survey", rows[said], in_office(rng, later(rng, ended[said], hours=5 * _DAY)), after=score)
    over = np.flatnonzero(chance(rng, 0.93, len(rows)))
    reasons = named(weighted(rng, _BY_END, len(over)), _ENDS)
    journal.add("closed", rows[over], ended[over], category=reasons)


def _some(rng: Generator, probability: float, rows: Ints, moments: Minutes) -> tuple[Ints, Minutes]:
    chosen = np.flatnonzero(chance(rng, probability, len(rows)))
    return rows[chosen], moments[chosen]


def _entitlements(rng: Generator, journal: Journal, rows: Ints, started: Minutes) -> None:
    told, at = _some(rng, 0.55, rows, started)
    received = named(chance(rng, 0.9, len(told)).astype(np.int64), ("not_received", "received"))
    journal.add("entitlement", told, in_office(rng, within(rng, at, 1, 60)), category="victims_code", after=received)
    asked, at = _some(rng, 0.12, rows, started)
    made = named(chance(rng, 0.7, len(asked)).astype(np.int64), ("declined", "made"))
    journal.add("victim_statement", asked, in_office(rng, within(rng, at, 2, 15 * _DAY)), after=made)


def _outcomes(rng: Generator, journal: Journal, rows: Ints, started: Minutes, ended: Minutes) -> None:
    """Measured at the start and at the end, in one to four of the categories; told when the second is known."""
    measured = chance(rng, 0.5, len(rows))
    for category in _OUTCOMES:
        chosen = np.flatnonzero(measured & chance(rng, 0.8, len(rows)))
        before = weighted(rng, _BEFORE, len(chosen))
        better = np.minimum(before + rng.integers(1, 4, len(chosen)), len(_SCORES) - 1)
        after = np.where(chance(rng, _IMPROVED, len(chosen)), better, before - rng.integers(0, 2, len(chosen)))
        at = np.maximum(ended[chosen] - rng.integers(30, 3000, len(chosen)), started[chosen] + 60)
        scores = {"before": named(before, _SCORES), "after": named(np.maximum(after, 0), _SCORES)}
        at = np.minimum(in_office(rng, at), ended[chosen] - 5)
        journal.add("outcome", rows[chosen], at, category=category, **scores)


def _onward(rng: Generator, journal: Journal, support: Support) -> None:
    """Out of scope: within 24 hours of first contact (R5); others to whom something else helps too."""
    far = support.out_of_scope
    ours, at = _some(rng, 0.07, support.rows[~far], support.started[~far])
    where = named(rng.integers(0, len(_DESTINATIONS), len(ours)), _DESTINATIONS)
    sent = in_office(rng, later(rng, at, hours=4 * _DAY))
    theirs, first = _some(rng, 0.9, support.rows[far], support.reached[far])
    where_else = named(rng.integers(0, len(_OUT_OF_SCOPE_TO), len(theirs)), _OUT_OF_SCOPE_TO)
    quickly = within(rng, first, 0.2, 6)
    for people, moments, destinations in ((ours, sent, where), (theirs, quickly, where_else)):
        journal.add("onward_referral", people, moments, category=destinations)
        came = np.flatnonzero(chance(rng, 0.88, len(people)))
        journal.add(
            "onward_received",
            people[came],
            in_office(rng, later(rng, moments[came], hours=20)),
            category=destinations.take(came),
        )


def _restorative_justice(rng: Generator, journal: Journal, rows: Ints, started: Minutes) -> None:
    people, at = _some(rng, 0.08, rows, started)
    how = chance(rng, 0.4, len(people)).astype(np.int64)
    for event, probability in (("rj_offered", 1.0), ("rj_accepted", 0.3), ("rj_done", 0.5)):
        goes_on = np.flatnonzero(chance(rng, probability, len(people)))
        people, how = people[goes_on], how[goes_on]
        at = in_office(rng, later(rng, at[goes_on], hours=12 * _DAY, at_least=60))
        journal.add(event, people, at, category=named(how, ("indirect", "direct")))


def _complaints(rng: Generator, journal: Journal, rows: Ints, started: Minutes) -> None:
    """Each with its three answers (R17), most of them in time."""
    people, at = _some(rng, 0.003, rows, started)
    at = in_office(rng, later(rng, at, hours=10 * _DAY))
    slow = chance(rng, 0.08, len(people))
    journal.add("complaint", people, at)
    acknowledged = at + rng.integers(30, 1200, len(people)) + slow * 2000
    journal.add("complaint_acknowledged", people, acknowledged)
    journal.add("complaint_told_commissioner", people, at + rng.integers(40, 1300, len(people)) + slow * 1500)
    journal.add("complaint_resolved", people, in_office(rng, within(rng, acknowledged, 20, 100)))
