"""What happened and when: why a line is a priority or not, its offence, and its dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from synth.counts.cells import FORCED, MAY_BE_SERIOUS, UNDER_18
from synth.draws import Flags, Ints, Texts, chance, groups, weighted
from synth.planning.calendar import Days, Minutes, out_of_the_change, working_days_before
from synth.planning.offences import COERCION, NEW_BURGLARY, offences, pool, stands_on

KINDS: Final = ("plain", "serious", "bereaved", "hate", "child", "abuse")
PLAIN, SERIOUS, BEREAVED, HATE, CHILD, ABUSE = range(len(KINDS))

# Of the police's priority lines: by the offence itself, by a hate flag; the rest by vulnerability.
_SERIOUS_SHARE: Final = {"violence_with_injury": 0.16, "violence_without_injury": 0.07, "arson": 0.55}
_HATE_SHARE: Final = {
    "violence_without_injury": 0.12,
    "violence_with_injury": 0.05,
    "other_crime": 0.12,
    "criminal_damage": 0.05,
    "non_crime": 0.2,
}
_DEATH_ON_THE_ROAD: Final = 0.012
_ERAS: Final = (np.datetime64(COERCION), np.datetime64(NEW_BURGLARY))
_FIRST_DAYS_OF_ERAS: Final = (COERCION.replace(year=2000), COERCION, NEW_BURGLARY)

# Days from the offence to its report: same day, next day, then up to a week, two months, two years, ten years.
_LAG_UP_TO: Final = (0, 1, 7, 60, 730, 3650)
_LAG: Final = {
    "soon": (0.55, 0.22, 0.14, 0.07, 0.02, 0.0),
    "fraud": (0.2, 0.15, 0.25, 0.3, 0.095, 0.005),
    "late": (0.15, 0.15, 0.2, 0.2, 0.2, 0.1),
}
# Nobody of the band was a child so long ago, and a child of 16 or 17 was not yet much younger.
_LONGEST_LAG: Final = {UNDER_18: 150, "18_to_24": 1000}
_LONGEST_LAG_ELSEWHERE: Final = 3650
# How likely an offence is one that went on for days.
_WENT_ON: Final = {"violence_without_injury": 0.2, "fraud_and_forgery": 0.3, "burglary_dwelling": 0.25}
_WENT_ON_ELSEWHERE: Final = 0.1
# Hours of the day at which the police record, midnight first.
_HOURS: Final = (3, 2, 2, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8, 7, 7, 6, 5)


@dataclass(frozen=True, slots=True)
class Incidents:
    """Row for row: place in KINDS, place in offences(), whether vulnerable, and the dates (NaT: a single day)."""

    kind: Ints
    offence: Ints
    vulnerable: Flags
    recorded: Minutes
    first: Days
    last: Days


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of each line before: its cell, its day, and the category drawn for domestic abuse."""

    source: Texts
    category: Texts
    age_band: Texts
    da: Flags
    priority: Flags
    taken: Flags
    day: Days


def incidents(rng: Generator, known: Known) -> Incidents:
    """Draw the incidents of lines so that each is a priority exactly where its cell says so."""
    kind, vulnerable = _reasons(rng, known)
    recorded = _recorded(rng, known)
    first, last = _dates(rng, known, recorded)
    return Incidents(kind, _offences(rng, known, kind, first), vulnerable, recorded, first, last)


def _reasons(rng: Generator, known: Known) -> tuple[Ints, Flags]:
    """Kind of offence and vulnerability; without priority, neither the offence nor a flag may give a reason."""
    size = len(known.day)
    contact, fraud = known.source == "contact_centre", known.source == "action_fraud"
    forced = np.isin(known.category, FORCED) | (known.age_band == UNDER_18)
    kind = np.where(known.da, ABUSE, PLAIN).astype(np.int64)
    open_ = known.priority & ~known.da & ~forced
    kind[open_ & contact] = SERIOUS
    draw = rng.random(size)
    police = open_ & ~contact & ~fraud
    serious = _by_category(_SERIOUS_SHARE, known.category)
    kind[police & (draw < serious)] = SERIOUS
    hate = serious + _by_category(_HATE_SHARE, known.category)
    kind[police & (draw >= serious) & (draw < hate)] = HATE
    road = (known.category == MAY_BE_SERIOUS[0]) & (known.source == "mps") & ~known.taken
    kind[police & road & (draw > 1 - _DEATH_ON_THE_ROAD)] = BEREAVED
    kind[~known.da & np.isin(known.category, FORCED[1:]) & (known.age_band == UNDER_18)] = CHILD
    by_flag_alone = open_ & ~contact & (kind == PLAIN)
    may_be = known.priority & ~contact & chance(rng, 0.35, size)
    return kind, by_flag_alone | may_be


def _by_category(shares: dict[str, float], category: Texts) -> npt.NDArray[np.float64]:
    answer: npt.NDArray[np.float64] = np.zeros(len(category))
    for name, value in shares.items():
        answer[category == name] = value
    return answer


def _recorded(rng: Generator, known: Known) -> Minutes:
    """London minutes: the police up to 2 working days before the file, fraud 1 to 3, the contact centre that day."""
    size = len(known.day)
    contact, fraud = known.source == "contact_centre", known.source == "action_fraud"
    back = weighted(rng, (0.35, 0.45, 0.2), size)
    day = working_days_before(known.day, back)
    day = np.where(fraud, known.day - (1 + weighted(rng, (0.6, 0.3, 0.1), size)), day)
    day = np.where(contact, known.day, day)
    minute = weighted(rng, _HOURS, size) * 60 + rng.integers(0, 60, size)
    same_day = (day == known.day) & ~contact
    # What a file of the day still holds was recorded before the evening; the contact centre is open from 8 to 20.
    minute = np.where(same_day, minute * 17 // 24, minute)
    minute = np.where(contact, 480 + rng.integers(0, 720, size), minute)
    return out_of_the_change(day.astype("datetime64[m]") + minute)


def _dates(rng: Generator, known: Known, recorded: Minutes) -> tuple[Days, Days]:
    size = len(known.day)
    late = np.isin(known.category, FORCED[1:])
    lag = _lag(rng, _LAG["soon"], size)
    lag = np.where(known.category == "fraud_and_forgery", _lag(rng, _LAG["fraud"], size), lag)
    lag = np.where(late, _lag(rng, _LAG["late"], size), lag)
    longest = np.full(size, _LONGEST_LAG_ELSEWHERE)
    for band, most in _LONGEST_LAG.items():
        longest[known.age_band == band] = most
    lag = np.where(lag > longest, lag % longest, lag)
    first = (recorded.astype("datetime64[D]") - lag).astype("datetime64[D]")
    went_on = np.full(size, _WENT_ON_ELSEWHERE)
    for name, probability in _WENT_ON.items():
        went_on[known.category == name] = probability
    days = 1 + rng.integers(0, 14, size)
    has_last = chance(rng, went_on, size) & (lag > 0) & (known.source != "contact_centre")
    last = np.where(has_last, first + np.minimum(days, lag), np.datetime64("NaT", "D"))
    return first, last


def _lag(rng: Generator, weights: tuple[float, ...], size: int) -> Ints:
    step = weighted(rng, weights, size)
    upper = np.array(_LAG_UP_TO)[step]
    lower = np.array((0, *(days + 1 for days in _LAG_UP_TO[:-1])))[step]
    lag: Ints = lower + rng.integers(0, upper - lower + 1)
    return lag


def _offences(rng: Generator, known: Known, kind: Ints, first: Days) -> Ints:
    """By source, category, kind and the time of the offence: a draw for each combination that occurs."""
    sources, source = np.unique(known.source, return_inverse=True)
    categories, category = np.unique(known.category, return_inverse=True)
    era = np.searchsorted(np.array(_ERAS), first, side="right")
    sizes = (len(sources), len(categories), len(KINDS), len(_ERAS) + 1)
    answer = np.zeros(len(kind), np.int64)
    for number, rows in groups(np.ravel_multi_index((source, category, kind, era), sizes).astype(np.int64)):
        which = np.unravel_index(number, sizes)
        day = _FIRST_DAYS_OF_ERAS[int(which[3])]
        chosen = [
            place
            for place in pool(str(sources[which[0]]), str(categories[which[1]]), KINDS[int(which[2])])
            if stands_on(offences()[place].when, day)
        ]
        weights = [offences()[place].weight for place in chosen]
        answer[rows] = np.array(chosen)[weighted(rng, weights, len(rows))]
    return answer
