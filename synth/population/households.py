"""People who share a home: couples, parents and children, brothers and sisters, twins, father and son of one name.

They are what a matching of persons has to tell apart: one surname, address and landline, and two people. A household
here is of two; both were referred, each by a line of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from synth.draws import Flags, Ints, chance
from synth.population.demands import NOT_GIVEN
from synth.population.names import MALE
from synth.population.pairing import Pairs, combined, neighbours, paired

KINDS: Final = ("", "couple", "parent_child", "same_name", "siblings", "twins")
ALONE, COUPLE, PARENT_CHILD, SAME_NAME, SIBLINGS, TWINS = range(len(KINDS))

# Shares of people of whom, where another fits, a household is made.
_COUPLES: Final = 0.03
_FAMILIES: Final = 0.03
_SIBLINGS: Final = 0.012
_SAME_NAME: Final = 0.12  # of fathers and sons
_TWINS: Final = 0.2  # of brothers and sisters of about one age
# Bands of parent and child; between the ages lie 18 to 40 years in nearly all.
_GENERATIONS: Final = ((3, 0), (4, 1), (5, 2), (6, 3))
_SMALLEST_GAP: Final = 17 * 365


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What households are made from: borough, band, sex, birth date, the stretch it may lie in, domestic abuse."""

    borough: Ints
    band: Ints
    sex: Ints
    birth: Ints
    first_birth: Ints
    last_birth: Ints
    abuse: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Households:
    """Row for row with the members: `head` (itself where alone), kind (position in KINDS), and birth dates and sexes
    as they are now: twins have one birth date."""

    head: Ints
    kind: Ints
    birth: Ints
    sex: Ints

    @property
    def others(self) -> Ints:
        """Members who are not the head of their household."""
        return np.flatnonzero(self.head != np.arange(len(self.head)))


def live_together(rng: np.random.Generator, members: Members) -> Households:
    """Put people of the same borough together. Nobody is in two households."""
    count = len(members.borough)
    made = Households(np.arange(count), np.zeros(count, np.int64), members.birth.copy(), members.sex.copy())
    free = np.ones(count, np.bool_)
    aged = members.band != NOT_GIVEN
    adult = aged & (members.band > 0) & ~members.abuse
    home = combined(members.borough, members.band)
    rows = np.flatnonzero(adult & chance(rng, _COUPLES, count))
    pairs = neighbours(rng, rows, group=home)
    pairs = pairs.where((made.sex[pairs.left] != made.sex[pairs.right]) | chance(rng, 0.08, len(pairs.left)))
    _join(made, free, pairs, COUPLE)
    for parent, child in _GENERATIONS:
        _families(rng, members, made, free, bands=(parent, child))
    rows = np.flatnonzero(free & aged & chance(rng, _SIBLINGS, count))
    _siblings(rng, members, made, free, neighbours(rng, rows, group=home))
    return made


def _families(
    rng: np.random.Generator, members: Members, made: Households, free: Flags, *, bands: tuple[int, int]
) -> None:
    may = free & chance(rng, _FAMILIES, len(free))
    parents, children = (np.flatnonzero(may & (members.band == band)) for band in bands)
    pairs = paired(rng, parents, children, group=members.borough)
    pairs = pairs.where(made.birth[pairs.right] - made.birth[pairs.left] >= _SMALLEST_GAP)
    men = (made.sex[pairs.left] == MALE) & (made.sex[pairs.right] == MALE) & (members.band[pairs.right] > 0)
    same = men & chance(rng, _SAME_NAME, len(men))
    _join(made, free, pairs, PARENT_CHILD)
    made.kind[pairs.left[same]] = made.kind[pairs.right[same]] = SAME_NAME


def _siblings(rng: np.random.Generator, members: Members, made: Households, free: Flags, pairs: Pairs) -> None:
    _join(made, free, pairs, SIBLINGS)
    birth = made.birth[pairs.left]
    fits = (members.first_birth[pairs.right] <= birth) & (birth <= members.last_birth[pairs.right])
    twins = pairs.where(fits & chance(rng, _TWINS, len(birth)))
    made.birth[twins.right] = made.birth[twins.left]
    made.kind[twins.left] = made.kind[twins.right] = TWINS


def _join(made: Households, free: Flags, pairs: Pairs, kind: int) -> None:
    made.head[pairs.right] = pairs.left
    made.kind[pairs.left] = made.kind[pairs.right] = kind
    free[pairs.left] = free[pairs.right] = False


def shares_surname(rng: np.random.Generator, households: Households) -> Ints:
    """Members who bear their head's surname: all but a third of couples."""
    others = households.others
    own_name = (households.kind[others] == COUPLE) & chance(rng, 0.34, len(others))
    answer: Ints = others[~own_name]
    return answer
