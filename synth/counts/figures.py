"""The published figures of Year One as numbers that have to come out (synth/counts/scaling.py: fewer of them).

Source: synth/counts/published (its README). Percentages and monthly averages are rounded there and no figures to meet.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

PUBLISHED: Final = Path(__file__).parent / "published"
YEAR_ONE: Final = (date(2019, 4, 1), date(2020, 3, 31))

FRAUD: Final = "fraud_and_forgery"
CATEGORIES: Final[Mapping[str, str]] = {
    "Non-Crime": "non_crime",
    "Homicide": "homicide",
    "Rape": "rape",
    "Other Sexual Offences": "other_sexual_offences",
    "Other Crime": "other_crime",
    "Violence without Injury": "violence_without_injury",
    "Violence with Injury": "violence_with_injury",
    "Arson": "arson",
    "Fraud & Forgery": FRAUD,
    "Burglary - Dwelling": "burglary_dwelling",
    "Criminal Damage": "criminal_damage",
    "Theft from the Person": "theft_from_the_person",
    "Other Theft": "other_theft",
    "Burglary - Non-Dwelling": "burglary_non_dwelling",
    "Bicycle Theft": "bicycle_theft",
}
RISKS: Final[Mapping[str, str]] = {"High risk DA": "high", "Low/medium risk DA": "low_medium"}
BANDS: Final[Mapping[str, str]] = {
    "17 and under": "17_and_under",
    "18 to 24": "18_to_24",
    "25 to 34": "25_to_34",
    "35 to 44": "35_to_44",
    "45 to 54": "45_to_54",
    "55 to 64": "55_to_64",
    "65 and over": "65_and_over",
    "Not Given": "not_given",
}
CHANNELS: Final[Mapping[str, str]] = {"Police": "police", "Self-referral": "self", "Other agencies": "agency"}
ROLES: Final = ("triage_iva", "complex_iva", "idva")
# The rest of the domestic abuse by borough: City of London, outside London, unknown.
ELSEWHERE: Final = ""


class Pair(NamedTuple):
    """Referrals, and how many of them took the service up."""

    referrals: int
    take_up: int

    @property
    def not_taken(self) -> int:
        """Referrals that did not take the service up."""
        return self.referrals - self.take_up


class Split(NamedTuple):
    """One feed's referrals: without and with domestic abuse."""

    non_da: Pair
    da: Pair


# What is not printed: each force's part of the police's referrals, and domestic abuse by feed. A choice with which all
# that is printed can hold (police DA referrals must lie between 33,062 and 33,320 for the printed 41 %).
SPLIT: Final[Mapping[str, Split]] = {
    "mps": Split(Pair(90_735, 9_483), Pair(33_000, 13_375)),
    "action_fraud": Split(Pair(22_000, 2_760), Pair(0, 0)),
    "btp": Split(Pair(4_050, 700), Pair(150, 60)),
    "colp": Split(Pair(923, 145), Pair(150, 60)),
    "self": Split(Pair(9_802, 7_534), Pair(2_640, 2_006)),
    "agency": Split(Pair(588, 366), Pair(2_992, 1_748)),
}
FEEDS: Final = tuple(SPLIT)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The witness service's year."""

    referrals: int
    take_up: int
    from_wcu: int
    visits_requested: int
    visits_undertaken: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All that has to come out: counts by category, risk, channel, feed, age, borough, priority, role and support.

    `boroughs` has ONS codes, and ELSEWHERE for the rest. `enhanced` and `standard` are the priority of referrals
    without domestic abuse; `*_immediate` is how much of their take-up got immediate support, the rest ongoing.
    """

    non_da: Pair
    da: Pair
    categories: Mapping[str, Pair]
    risks: Mapping[str, Pair]
    channels: Mapping[str, Pair]
    feeds: Mapping[str, Split]
    ages: Mapping[str, Pair]
    boroughs: Mapping[str, int]
    enhanced: Pair
    standard: Pair
    enhanced_immediate: int
    standard_immediate: int
    roles: Mapping[str, int]
    witnesses: Witnesses

    @property
    def total(self) -> Pair:
        """All victims' referrals."""
        return total_of([self.non_da, self.da])

    @property
    def da_police_take_up(self) -> int:
        """Take-up of domestic abuse that the police referred."""
        return sum(split.da.take_up for feed, split in self.feeds.items() if feed not in ("self", "agency"))


def total_of(pairs: list[Pair]) -> Pair:
    """All of them together."""
    return Pair(sum(pair.referrals for pair in pairs), sum(pair.take_up for pair in pairs))


def _lines(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"year_one_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _pairs(name: str, column: str, keys: Mapping[str, str]) -> dict[str, Pair]:
    found = {line[column]: Pair(int(line["referrals"]), int(line["take_up"])) for line in _lines(name)}
    return {key: found[printed] for printed, key in keys.items()}


def _borough_codes() -> dict[str, str]:
    path = Path(__file__).parents[2] / "mappings" / "reference" / "boroughs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {line["name"]: line["borough_code"] for line in csv.DictReader(file)}


@cache
def published() -> Figures:
    """The figures of Year One, checked against each other."""
    other = {line["measure"]: line["value"] for line in _lines("other")}
    number = {name: int(value) for name, value in other.items() if "." not in value}
    categories = _pairs("crime_category", "category", CATEGORIES)
    risks = _pairs("crime_category", "category", RISKS)
    codes = _borough_codes()
    boroughs = {codes[line["borough"]]: int(line["da_referrals"]) for line in _lines("da_borough")}
    figures = Figures(
        non_da=total_of(list(categories.values())),
        da=total_of(list(risks.values())),
        categories=categories,
        risks=risks,
        channels=_pairs("referral_source", "source", CHANNELS),
        feeds=SPLIT,
        ages=_pairs("age_non_da", "age_band", BANDS),
        boroughs={**boroughs, ELSEWHERE: number["da_referrals_outside_32_boroughs"]},
        enhanced=Pair(number["non_da_epr_referrals"], number["non_da_epr_take_up"]),
        standard=Pair(number["non_da_non_epr_referrals"], number["non_da_non_epr_take_up"]),
        enhanced_immediate=number["epr_immediate_support"],
        standard_immediate=number["non_epr_immediate_support"],
        roles={role: number[f"supported_by_{role}"] for role in ROLES},
        witnesses=Witnesses(
            number["witness_referrals"],
            number["witness_take_up"],
            number["witness_referrals_from_wcu"],
            number["pre_trial_visits_requested"],
            number["pre_trial_visits_undertaken"],
        ),
    )
    assert figures.feeds["mps"].non_da.referrals + figures.feeds["mps"].da.referrals == number["mps_referrals"]
    check(figures)
    return figures


def check(figures: Figures) -> None:
    """Every family adds up to its parent, and no more took the service up than were referred."""
    total, feeds = figures.total, figures.feeds
    by_channel = {
        "police": [pair for feed, split in feeds.items() if feed not in ("self", "agency") for pair in split],
        "self": list(feeds["self"]),
        "agency": list(feeds["agency"]),
    }
    families: list[tuple[Pair, list[Pair]]] = [
        (figures.non_da, list(figures.categories.values())),
        (figures.non_da, list(figures.ages.values())),
        (figures.non_da, [figures.enhanced, figures.standard]),
        (figures.non_da, [split.non_da for split in feeds.values()]),
        (figures.da, list(figures.risks.values())),
        (figures.da, [split.da for split in feeds.values()]),
        (total, list(figures.channels.values())),
        *((figures.channels[channel], pairs) for channel, pairs in by_channel.items()),
    ]
    for parent, children in families:
        assert parent == total_of(children)
        assert all(0 <= child.take_up <= child.referrals for child in children)
    assert sum(figures.boroughs.values()) == figures.da.referrals
    assert sum(figures.roles.values()) == total.take_up
    assert figures.enhanced_immediate <= figures.enhanced.take_up
    assert figures.standard_immediate <= figures.standard.take_up
    witnesses = figures.witnesses
    assert witnesses.take_up <= witnesses.referrals >= witnesses.from_wcu
    assert witnesses.visits_undertaken <= witnesses.visits_requested <= witnesses.referrals
    assert witnesses.visits_undertaken <= witnesses.take_up
