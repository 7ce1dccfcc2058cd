"""Which lines of a plan are one person's, and which are one incident.

About 6 % of lines are a person's further line: the same crime told to the police and to the contact centre, a fraud
beside a police report, a second crime, a move between two crimes; a few people who are a priority already have three
to five. Nobody else has more than two, because a third crime would make a priority of the person (interfaces:
outcomes, "persistently targeted").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from synth.draws import Flags, Ints, chance
from synth.population.demands import CONTACT, FRAUD, NOT_GIVEN, Lines
from synth.population.names import EITHER, FEMALE, MALE
from synth.population.pairing import Pairs, combined, neighbours, paired

# Shares of the lines that may: the rest of the chance is in how many fit together.
SAME_CRIME: Final = 0.90  # of self-referrals and agencies' that say the police know
FRAUD_TOO: Final = 0.06  # of frauds
SECOND: Final = 0.09  # of all that are left
MOVED: Final = 0.012
LATER_AGE: Final = 0.03  # of lines without an age, whose person gave it elsewhere
OFTEN: Final = 0.02  # of priority lines


@dataclass(eq=False)
class Shared:
    """Row for row with the lines: `owner` the row that first names the person (itself for most), `incident` the row
    that first tells of the incident, `told` the police row of the same crime (-1: none), `moved` whether the person
    has moved since the owner's row."""

    owner: Ints
    incident: Ints
    told: Ints
    moved: Flags
    free: Flags = field(repr=False)


def share(rng: np.random.Generator, lines: Lines) -> Shared:
    """Put lines together. Every line belongs to one person; persons' lines all fit one birth date."""
    count = len(lines)
    rows = np.arange(count)
    shared = Shared(
        rows.copy(), rows.copy(), np.full(count, -1), np.zeros(count, np.bool_), free=np.ones(count, np.bool_)
    )
    _same_crime(rng, lines, shared)
    _often(rng, lines, shared)
    home = combined(lines.band, lines.borough)
    second = chance(rng, SECOND, count)
    _couple(
        lines,
        shared,
        _between(rng, shared, chance(rng, FRAUD_TOO, count) & (lines.source == FRAUD), lines.police)(home),
    )
    _couple(
        lines, shared, neighbours(rng, np.flatnonzero(shared.free & second & (lines.band != NOT_GIVEN)), group=home)
    )
    moves = chance(rng, MOVED, count) & (lines.band != NOT_GIVEN)
    moved = _couple(lines, shared, neighbours(rng, np.flatnonzero(shared.free & moves), group=lines.band))
    shared.moved[moved.right] = True
    unaged = chance(rng, LATER_AGE, count) & (lines.band == NOT_GIVEN)
    _couple(lines, shared, _between(rng, shared, unaged, second & (lines.band != NOT_GIVEN))(lines.borough))
    return shared


def _between(rng: np.random.Generator, shared: Shared, left: Flags, right: Flags) -> Callable[[Ints], Pairs]:
    """Pairs of free rows of two kinds, by a group that is still to be said."""
    first, second = np.flatnonzero(shared.free & left), np.flatnonzero(shared.free & right & ~left)
    return lambda group: paired(rng, first, second, group=group)


def _same_crime(rng: np.random.Generator, lines: Lines, shared: Shared) -> None:
    """The same crime at the police and at the contact centre: same kind, same offence date, same home and band."""
    both = combined(lines.crime, lines.band, lines.borough)
    asks = (lines.source == CONTACT) & lines.reported & chance(rng, SAME_CRIME, len(lines))
    pairs = _couple(lines, shared, _between(rng, shared, lines.police, asks)(both), police_first=True)
    shared.incident[pairs.right] = shared.incident[pairs.left]
    shared.told[pairs.right] = pairs.left


def _often(rng: np.random.Generator, lines: Lines, shared: Shared) -> None:
    """Three to five lines of a person, all of them priority or domestic abuse."""
    rows = np.flatnonzero(shared.free & lines.many & (lines.band != NOT_GIVEN) & chance(rng, OFTEN, len(lines)))
    mixed = rng.permutation(rows)
    home = combined(lines.band, lines.borough)
    mixed = mixed[np.argsort(home[mixed], kind="stable")]
    # Stretches of three to five in a row; one that crosses into another group is left as single lines.
    stretch = np.searchsorted(np.cumsum(rng.integers(3, 6, len(mixed))), np.arange(len(mixed)), side="right")
    if not len(mixed):
        return
    first = np.flatnonzero(np.diff(stretch, prepend=-1))
    size = np.diff(np.append(first, len(mixed)))
    whole = (home[mixed[first]] == home[mixed[first + size - 1]]) & (size >= 3)
    earliest = np.maximum.reduceat(lines.first_birth[mixed], first)
    latest = np.minimum.reduceat(lines.last_birth[mixed], first)
    whole &= earliest <= latest
    women, men = (np.logical_or.reduceat(lines.sex[mixed] == sex, first) for sex in (FEMALE, MALE))
    whole &= ~(women & men)
    kept = np.repeat(whole, size)
    shared.owner[mixed[kept]] = np.repeat(mixed[first], size)[kept]
    shared.free[mixed[kept]] = False


def _couple(lines: Lines, shared: Shared, pairs: Pairs, *, police_first: bool = False) -> Pairs:
    """Make each pair one person, where one birth date fits both; the earlier line (or the left) names the person."""
    left, right = pairs.left, pairs.right
    later = (lines.number[left] > lines.number[right]) & (not police_first)
    left, right = np.where(later, right, left), np.where(later, left, right)
    fits = np.maximum(lines.first_birth[left], lines.first_birth[right]) <= np.minimum(
        lines.last_birth[left], lines.last_birth[right]
    )
    fits &= (lines.sex[left] == lines.sex[right]) | (lines.sex[left] == EITHER) | (lines.sex[right] == EITHER)
    kept = Pairs(left, right).where(fits)
    shared.owner[kept.right] = kept.left
    shared.free[kept.left] = shared.free[kept.right] = False
    return kept
