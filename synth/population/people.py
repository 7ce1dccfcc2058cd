"""Who stands in the plan's lines, and how each feed writes them (synth/planning/plan.py, PLAN).

`Population.assign` takes the plan chunk by chunk, in any number of chunks; people of earlier chunks may come again,
and what is kept of them is bounded. The same seed and the same chunks give the same people.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from synth.draws import Flags, Ints, chance
from synth.population import persons, writing
from synth.population.demands import NOT_GIVEN, Lines, days_of, lines_of
from synth.population.names import EITHER
from synth.population.pairing import combined, paired
from synth.population.persons import Persons, Wanted
from synth.population.places import numbers_of
from synth.population.sharing import Shared, share
from synth.population.writing import Written
from synth.seeds import generator

# Of people with one line in a chunk, how many are somebody whom an earlier chunk knows, where one fits.
_COMES_AGAIN: Final = 0.03
_REMEMBERED: Final = 20_000
WITNESSES_FROM: Final = 1_000_000_000  # person_id of the first witness who is nobody's victim


class Population:
    """The people of one set of feeds."""

    def __init__(self, seed: int) -> None:
        """Before the first chunk."""
        self._seed = seed
        self._chunk = 0
        self._next = 0
        self._next_witness = WITNESSES_FROM
        self._witness_chunk = 0
        self._known: Persons | None = None

    def assign(self, plan: pa.Table) -> pa.Table:
        """People for the plan's lines, row for row, as synth/population/writing.py's PEOPLE."""
        lines = lines_of(plan)
        rng = generator(self._seed, "people", self._chunk)
        shared = share(rng, lines)
        wanted, person_of = _wanted(lines, shared, first_id=self._next)
        everybody = persons.make(rng, wanted)
        single = np.bincount(person_of, minlength=len(everybody)) == 1
        everybody, person_of, again = self._with_known(rng, lines, everybody, person_of, single)
        further = (shared.owner != np.arange(len(lines))) | again
        written = Written(lines=lines, person=person_of, further=further, moved=shared.moved, incident=shared.incident)
        people = writing.people(rng, written, everybody)
        self._chunk += 1
        self._next += len(wanted.person)
        return people.append_column("same_crime_number", _numbers_of(shared.told, lines)).append_column(
            "same_crime_reference", _references(shared.told, plan)
        )

    def assign_witnesses(self, witnesses: pa.Table) -> pa.Table:
        """People for the lines of witnesses, row for row: person_id, and what the feed tells of a person.

        Each is somebody new; synth/population/complainants.py puts victims of the plan in their place.
        """
        count, rng = witnesses.num_rows, generator(self._seed, "people of witnesses", self._witness_chunk)
        day = days_of(witnesses["day"])
        nobody = np.zeros(count, np.bool_)
        wanted = Wanted(
            person=self._next_witness + np.arange(count),
            band=np.full(count, NOT_GIVEN),
            borough=numbers_of(pa.nulls(count, pa.string())),
            first_birth=day - 85 * 365,
            last_birth=day - 17 * 365,
            abuse=nobody,
            sexual=nobody,
            sex=np.full(count, EITHER),
        )
        self._next_witness += count
        self._witness_chunk += 1
        return writing.witnesses(rng, persons.make(rng, wanted))

    def _with_known(
        self, rng: np.random.Generator, lines: Lines, everybody: Persons, person_of: Ints, single: Flags
    ) -> tuple[Persons, Ints, Flags]:
        """Put people of earlier chunks in the place of some new ones, and remember some of these for later chunks."""
        again = np.zeros(len(lines), np.bool_)
        fresh = np.flatnonzero(single & everybody.open)
        known = self._known
        used: Ints = np.empty(0, np.int64)
        size = len(everybody)
        if known is not None:
            every = everybody.with_others(known)
            may = fresh[chance(rng, _COMES_AGAIN, len(fresh))]
            old = size + np.arange(len(known))
            pairs = paired(rng, may, old, group=combined(every.band, every.borough))
            row_of = np.empty(size, np.int64)
            row_of[person_of] = np.arange(len(lines))
            row = row_of[pairs.left]
            born = every.birth[pairs.right]
            fits = (lines.first_birth[row] <= born) & (born <= lines.last_birth[row])
            fits &= (lines.sex[row] == EITHER) | (lines.sex[row] == every.sex[pairs.right])
            pairs, row = pairs.where(fits), row[fits]
            person_of = person_of.copy()
            person_of[row] = pairs.right
            again[row] = True
            used = pairs.right - size
            fresh = np.setdiff1d(fresh, pairs.left)
            everybody = every
        self._remember(rng, everybody, fresh, known, used)
        return everybody, person_of, again

    def _remember(
        self, rng: np.random.Generator, everybody: Persons, fresh: Ints, known: Persons | None, used: Ints
    ) -> None:
        kept = everybody.take(np.sort(rng.permutation(fresh)[:_REMEMBERED]))
        if known is not None and len(kept) < _REMEMBERED:
            left = np.setdiff1d(np.arange(len(known)), used)
            kept = kept.with_others(known.take(left[-(_REMEMBERED - len(kept)) :]))
        self._known = kept


def _wanted(lines: Lines, shared: Shared, *, first_id: int) -> tuple[Wanted, Ints]:
    """The new people that the lines need, and for each line the position of its own."""
    owners, person_of = np.unique(shared.owner, return_inverse=True)
    count = len(owners)
    first, last = np.full(count, np.iinfo(np.int64).min), np.full(count, np.iinfo(np.int64).max)
    np.maximum.at(first, person_of, lines.first_birth)
    np.minimum.at(last, person_of, lines.last_birth)
    band, borough = lines.band[owners].copy(), lines.borough[owners].copy()
    aged = lines.band != NOT_GIVEN
    band[person_of[aged]] = lines.band[aged]
    housed = (lines.borough >= 0) & ~shared.moved
    borough[person_of[housed]] = lines.borough[housed]
    abuse, sexual = (np.bincount(person_of, weights=each, minlength=count) > 0 for each in (lines.abuse, lines.sexual))
    sex = np.full(count, EITHER)
    np.maximum.at(sex, person_of, lines.sex)
    return Wanted(first_id + np.arange(count), band, borough, first, last, abuse, sexual, sex), person_of


def _numbers_of(told: Ints, lines: Lines) -> pa.Array:
    return pa.array(lines.number[told], mask=told < 0)


def _references(told: Ints, plan: pa.Table) -> pa.Array:
    """The police's crime reference of the same crime, blank for none."""
    keys = plan["key"].combine_chunks().take(pa.array(told, mask=told < 0)).to_pylist() if (told >= 0).any() else []
    if not keys:
        return pa.array([""] * len(told), pa.string())
    return pa.array([key.split("|")[0] if key else "" for key in keys], pa.string())
