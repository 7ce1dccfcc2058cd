"""Rows put side by side at random: as many pairs as fit, of two kinds of rows or of neighbours within a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synth.draws import Flags, Ints


def combined(*parts: Ints) -> Ints:
    """One number for each distinct combination; equal where all parts are equal, numbered from 0 without gaps."""
    answer = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        _, place = np.unique(part, return_inverse=True)
        answer = answer * (int(place.max(initial=0)) + 1) + place
        answer = np.unique(answer, return_inverse=True)[1].astype(np.int64)
    return answer


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows side by side: `left[i]` goes with `right[i]`; no row stands in two pairs."""

    left: Ints
    right: Ints

    def where(self, mask: Flags) -> Pairs:
        """Those of the pairs that `mask` says."""
        return Pairs(self.left[mask], self.right[mask])


def paired(rng: np.random.Generator, left: Ints, right: Ints, *, group: Ints) -> Pairs:
    """As many pairs as there can be of a row of `left` and a row of `right` of the same `group`, at random.

    `left` and `right` are row numbers, without any in common; `group` is that of every row of the table.
    """
    first, second = rng.permutation(left), rng.permutation(right)
    first = first[np.argsort(group[first], kind="stable")]
    second = second[np.argsort(group[second], kind="stable")]
    size = int(max(len(first), len(second), 1))
    one, two = group[first] * size + _ranks(group[first]), group[second] * size + _ranks(group[second])
    _, at_one, at_two = np.intersect1d(one, two, assume_unique=True, return_indices=True)
    return Pairs(first[at_one], second[at_two])


def neighbours(rng: np.random.Generator, rows: Ints, *, group: Ints) -> Pairs:
    """Pairs of `rows` of the same `group`, at random; one row of a group of odd size is left."""
    mixed = rng.permutation(rows)
    mixed = mixed[np.argsort(group[mixed], kind="stable")]
    if len(mixed) < 2:
        return Pairs(mixed[:0], mixed[:0])
    first = np.flatnonzero(_ranks(group[mixed])[:-1] % 2 == 0)
    first = first[group[mixed[first]] == group[mixed[first + 1]]]
    return Pairs(mixed[first], mixed[first + 1])


def _ranks(groups: Ints) -> Ints:
    """Each row's place in its group, from 0; `groups` is sorted."""
    if not len(groups):
        return groups
    begins = np.concatenate(([True], groups[1:] != groups[:-1]))
    place = np.arange(len(groups))
    answer: Ints = place - place[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    return answer
