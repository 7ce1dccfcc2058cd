"""All published figures at once: the joint distribution of a year's referrals, as counts that hold every margin.

The method is the one of synth/counts/published (no solver over the whole): four blocks, domestic abuse or not by taken
up or not, known from figures.feeds; in each, one two-way table after the other with exact margins (shares.py):
category by feed, then age, then priority, role and kind of support. What cannot be, is not:

- out-of-scope referrals (under 18, homicide, rape, other sexual offences, non-crime) are taken up as self-referrals;
- Action Fraud sends frauds, none of them domestic abuse;
- the contact centre's layout has no flags, so that only an age or an offence makes a referral there a priority.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from synth.counts.figures import FEEDS, FRAUD, ROLES, Figures, Split
from synth.counts.shares import Floats, Ints, share, spread, table

SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "channel")),
        ("da", pa.bool_()),
        *((name, pa.string()) for name in ("risk_group", "category", "age_band", "borough_code")),
        ("priority", pa.bool_()),
        ("taken", pa.bool_()),
        *((name, pa.string()) for name in ("role", "support_kind")),
        ("count", pa.int64()),
    ]
)
UNDER_18: Final = "17_and_under"
SEXUAL: Final = ("rape", "other_sexual_offences")
OUT_OF_SCOPE: Final = ("non_crime", "homicide", *SEXUAL)
# Priority whoever the victim is: sexual offences, and what bereaves.
FORCED: Final = ("homicide", *SEXUAL)
# Categories in which some offences force priority and others do not (synth/planning/offences.py has both kinds).
MAY_BE_SERIOUS: Final = ("violence_with_injury", "violence_without_injury", "arson")
CONTACT: Final = ("self", "agency")
IMMEDIATE, ONGOING = "immediate", "ongoing"

# How much likelier than elsewhere, by feed and category; what is not here is 1.
_LIKELIER: Final[Mapping[str, Mapping[str, float]]] = {
    "mps": {FRAUD: 0.02, "non_crime": 0.3},
    "action_fraud": {},
    "btp": {
        "theft_from_the_person": 5.0,
        "other_sexual_offences": 2.0,
        "violence_without_injury": 2.5,
        **dict.fromkeys(("homicide", "burglary_dwelling", "arson", FRAUD), 0.05),
        "burglary_non_dwelling": 0.1,
        "criminal_damage": 0.4,
    },
    "colp": {
        "theft_from_the_person": 3.0,
        "bicycle_theft": 3.0,
        "burglary_dwelling": 0.1,
        "burglary_non_dwelling": 3.0,
        FRAUD: 0.1,
    },
    "self": {FRAUD: 0.05, "other_crime": 2.0, "non_crime": 6.0, "violence_without_injury": 1.5, "other_theft": 0.5},
    "agency": {FRAUD: 0.05, "other_crime": 3.0, "non_crime": 2.0, "rape": 3.0, "other_sexual_offences": 3.0},
}
_AGES_LIKELIER: Final[Mapping[tuple[str, str], float]] = {
    ("theft_from_the_person", "18_to_24"): 2.0,
    ("bicycle_theft", "25_to_34"): 1.5,
    ("burglary_dwelling", "65_and_over"): 1.6,
    ("burglary_dwelling", "18_to_24"): 0.6,
    (FRAUD, "65_and_over"): 1.7,
    (FRAUD, UNDER_18): 0.1,
    ("other_crime", UNDER_18): 2.0,
    ("other_sexual_offences", UNDER_18): 8.0,
    ("rape", UNDER_18): 5.0,
    ("violence_with_injury", "18_to_24"): 1.4,
}
# Of a hundred that may be priority, how many: serious harm and homes before goods.
_PROPENSITY: Final[Mapping[str, int]] = {
    "violence_with_injury": 75,
    "violence_without_injury": 65,
    "burglary_dwelling": 60,
    "arson": 60,
    FRAUD: 45,
    "other_crime": 60,
    "criminal_damage": 45,
}
_PROPENSITY_ELSEWHERE: Final = 35
_SERIOUS_AT_THE_CONTACT_CENTRE: Final = 25
# In percent of the triage IVAs' domestic abuse: the report does not print it.
_DA_IMMEDIATE_PERCENT: Final = 40
# Roles by kind of referral, from the README beside the figures; a wish, not a figure: only the sums are printed.
_ROLE_WEIGHTS: Final = np.array(
    [[1e-6, 1.0, 3_192.0], [12_556.0, 1_500.0, 1e-6], [9_973.0, 3_245.0, 1e-9], [7_770.0, 1e-6, 1e-9]]
)


def cells(figures: Figures) -> pa.Table:
    """The joint distribution, SCHEMA: cells of at least one referral, in a fixed order; their counts meet `figures`.

    Of domestic abuse, category and age band are blank (no figure speaks of them); of the rest, the borough is.
    A domestic-abuse cell with a blank borough lives in none of the 32.
    """
    roles = _roles(figures)
    rows: list[tuple[object, ...]] = []
    for taken in (True, False):
        rows += _non_da(figures, roles[2:], taken=taken)
    rows += _da(figures, roles[:2])
    arrays = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)]
    return pa.table(arrays, schema=SCHEMA)


def _source(feed: str) -> tuple[str, str]:
    return ("contact_centre", feed) if feed in CONTACT else (feed, "police")


def _roles(figures: Figures) -> Ints:
    """Take-up by high risk, low or medium risk, enhanced, standard (rows) and role (columns)."""
    take_up = [
        *(pair.take_up for pair in figures.risks.values()),
        figures.enhanced.take_up,
        figures.standard.take_up,
    ]
    return table(_ints(take_up), _ints(list(figures.roles.values())), _ROLE_WEIGHTS)


def _ints(counts: list[int]) -> Ints:
    return np.array(counts, np.int64)


# --- without domestic abuse ------------------------------------------------------------------------


def _non_da(figures: Figures, roles: Ints, *, taken: bool) -> list[tuple[object, ...]]:
    feeds = _ints([_half(split, 0, taken=taken) for split in figures.feeds.values()])
    totals = _ints([pair.take_up if taken else pair.not_taken for pair in figures.categories.values()])
    names = list(figures.categories)
    by_feed = table(feeds, totals, _category_weights(names, totals, taken=taken))
    feed, category = np.nonzero(by_feed)
    ages = _ints([pair.take_up if taken else pair.not_taken for pair in figures.ages.values()])
    kinds = [(FEEDS[row], names[column]) for row, column in zip(feed, category, strict=True)]
    by_age = table(by_feed[feed, category], ages, _age_weights(kinds, list(figures.ages), ages, taken=taken))
    kind, age = np.nonzero(by_age)
    counts = by_age[kind, age]
    whose = [(*kinds[row], list(figures.ages)[column]) for row, column in zip(kind, age, strict=True)]
    enhanced = _enhanced(figures.enhanced.take_up if taken else figures.enhanced.not_taken, counts, whose)
    if not taken:
        support = [[(False, "", "", counts - enhanced)], [(True, "", "", enhanced)]]
    else:
        immediate = (figures.enhanced_immediate, figures.standard_immediate)
        support = [
            _supported(True, enhanced, roles[0], immediate[0]),
            _supported(False, counts - enhanced, roles[1], immediate[1]),
        ]
    return [
        (*_source(who[0]), False, "", who[1], who[2], "", priority, taken, role, support_kind, int(part[place]))
        for priority, role, support_kind, part in (*support[0], *support[1])
        for place, who in enumerate(whose)
        if part[place]
    ]


def _half(split: Split, place: int, *, taken: bool) -> int:
    return split[place].take_up if taken else split[place].not_taken


def _category_weights(names: list[str], totals: Ints, *, taken: bool) -> Floats:
    weights: Floats = np.array([[_LIKELIER[feed].get(name, 1.0) for name in names] for feed in FEEDS]) * (totals + 1e-9)
    for row, feed in enumerate(FEEDS):
        for column, name in enumerate(names):
            if (feed == "action_fraud" and name != FRAUD) or (taken and name in OUT_OF_SCOPE and feed != "self"):
                weights[row, column] = 0.0
    return weights


def _age_weights(kinds: list[tuple[str, str]], bands: list[str], ages: Ints, *, taken: bool) -> Floats:
    weights: Floats = np.array([[_AGES_LIKELIER.get((name, band), 1.0) for band in bands] for _, name in kinds]) * (
        ages + 1e-9
    )
    for row, (feed, _) in enumerate(kinds):
        if taken and feed != "self":
            weights[row, bands.index(UNDER_18)] = 0.0
        if feed in CONTACT:
            weights[row, bands.index("not_given")] *= 4.0
    return weights


def _enhanced(total: int, counts: Ints, whose: list[tuple[str, str, str]]) -> Ints:
    """How many of each cell are a priority: those forced by offence or age first, then by propensity."""
    forced = np.array([name in FORCED or band == UNDER_18 for _, name, band in whose])
    able = np.array([feed not in CONTACT or name in MAY_BE_SERIOUS for feed, name, _ in whose])
    room = np.where(able & ~forced, counts, 0)
    propensity = [
        _SERIOUS_AT_THE_CONTACT_CENTRE if feed in CONTACT else _PROPENSITY.get(name, _PROPENSITY_ELSEWHERE)
        for feed, name, _ in whose
    ]
    rest = total - int(counts[forced].sum())
    weights = [int(each) * percent for each, percent in zip(room, propensity, strict=True)]
    return np.where(forced, counts, 0) + _ints(share(rest, weights, [int(each) for each in room]))


def _supported(priority: bool, counts: Ints, roles: Ints, immediate: int) -> list[tuple[bool, str, str, Ints]]:
    """Divide the taken by role and support: complex cases are ongoing, as far as the figures let them be."""
    parts = _by_role(counts, roles)
    at_once = share(immediate, [1, 0, 0], [int(each) for each in roles])
    answer = []
    for role, part, quick in zip(ROLES, parts, at_once, strict=True):
        first = spread(quick, part)
        answer += [(priority, role, IMMEDIATE, first), (priority, role, ONGOING, part - first)]
    return answer


def _by_role(counts: Ints, roles: Ints) -> list[Ints]:
    complex_part = spread(int(roles[1]), counts)
    idva = spread(int(roles[2]), counts - complex_part)
    return [counts - complex_part - idva, complex_part, idva]


# --- domestic abuse --------------------------------------------------------------------------------


def _da(figures: Figures, roles: Ints) -> list[tuple[object, ...]]:
    groups: list[tuple[str, str, bool]] = []
    counts: list[int] = []
    for taken in (True, False):
        feeds = _ints([_half(split, 1, taken=taken) for split in figures.feeds.values()])
        risks = _ints([pair.take_up if taken else pair.not_taken for pair in figures.risks.values()])
        weights = np.outer([0.0 if feed == "action_fraud" else 1.0 for feed in FEEDS], risks + 1e-9)
        by_risk = table(feeds, risks, weights)
        for row, column in zip(*np.nonzero(by_risk), strict=True):
            groups.append((FEEDS[row], list(figures.risks)[column], taken))
            counts.append(int(by_risk[row, column]))
    by_borough = table(_ints(counts), _ints(list(figures.boroughs.values())), _borough_weights(groups, figures))
    rows: list[tuple[object, ...]] = []
    for high, wanted in zip(figures.risks, roles, strict=True):
        chosen = [place for place, (_, risk, taken) in enumerate(groups) if taken and risk == high]
        part = by_borough[chosen].ravel()
        whose = [(groups[place][0], code) for place in chosen for code in figures.boroughs]
        percent = 0 if high == "high" else _DA_IMMEDIATE_PERCENT
        immediate = int(wanted[0]) * percent // 100
        for _, role, kind, shares in _supported(True, part, wanted, immediate):
            rows += [
                (*_source(feed), True, high, "", "", code, True, True, role, kind, int(each))
                for (feed, code), each in zip(whose, shares, strict=True)
                if each
            ]
    for (feed, risk, taken), line in zip(groups, by_borough, strict=True):
        if not taken:
            rows += [
                (*_source(feed), True, risk, "", "", code, True, False, "", "", int(each))
                for code, each in zip(figures.boroughs, line, strict=True)
                if each
            ]
    return rows


def _borough_weights(groups: list[tuple[str, str, bool]], figures: Figures) -> Floats:
    """By borough as printed; the City's police and the railways' see more people from elsewhere."""
    weights = np.tile(np.array(list(figures.boroughs.values())) + 1e-9, (len(groups), 1))
    elsewhere = list(figures.boroughs).index("")
    for row, (feed, _, _) in enumerate(groups):
        weights[row, elsewhere] *= {"colp": 15.0, "btp": 5.0}.get(feed, 1.0)
    return weights
