"""Other counts that fit everything a reader knows, found by whole-number programming (HiGHS). Pure; deterministic.

A move changes some hidden counts by one, up or down, so that every relation still holds and every line still has a
small count among the hidden ones. A count that some move changes has more than one possible value. The cheapest move
that changes a count may need others that would be shown: those are what has to be hidden beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from outputs.disclosure.deliveries import LARGEST, SMALLEST
from outputs.disclosure.model import Model
from outputs.disclosure.relations import Relation

_OPTIMAL: Final = 0
_NONE_FITS: Final = 2
_EXACTLY: Final = {"mip_rel_gap": 0.0}


@dataclass(slots=True)
class Rows:
    """Constraints, one after the other, as the solver wants them."""

    where: list[tuple[int, int]] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Mapping[int, float], low: float, high: float) -> None:
        """low <= the terms' sum <= high."""
        self.where += [(len(self.low), column) for column in terms]
        self.factors += terms.values()
        self.low.append(low)
        self.high.append(high)


def solved(costs: Sequence[float], rows: Rows, high: Sequence[float]) -> list[int] | None:
    """The cheapest whole numbers from 0 to `high` that the rows allow; None where there are none.

    Raises AssertionError where the solver gives up, which it has no limit to do.
    """
    constraints = []
    if rows.low:
        lines, columns = zip(*rows.where, strict=True)
        matrix = csr_array((rows.factors, (lines, columns)), shape=(len(rows.low), len(costs)))
        constraints.append(LinearConstraint(matrix, rows.low, rows.high))
    answer: Any = milp(
        np.asarray(costs), integrality=np.ones(len(costs)), bounds=Bounds(0, high), constraints=constraints
    )
    assert answer.status in {_OPTIMAL, _NONE_FITS}, "no limit is set, and every number has its bounds"
    return None if answer.x is None else [round(value) for value in answer.x]


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves of a block of counts. Count i of the block goes up by variable i and down by variable i + its size."""

    model: Model
    block: tuple[int, ...]
    relations: tuple[Relation, ...]
    lines: tuple[frozenset[int], ...]

    @classmethod
    def of(cls, model: Model, block: Sequence[int]) -> Moves:
        """Those of a block of the model."""
        inside = set(block)
        tied = tuple(each for each in model.relations if any(index in inside for index, _ in each.terms))
        lines = tuple(each for each in model.lines if each & inside)
        return cls(model, tuple(block), tied, lines)

    def most(self, hidden: set[int], wanted: set[int]) -> set[int]:
        """What a move of hidden counts changes that changes most of those wanted."""
        costs = [-1.0 if index in wanted else 0.0 for index in self.block]
        return self._cheapest(costs, hidden, None)

    def changing(self, target: int, costs: Mapping[int, float]) -> set[int]:
        """What the cheapest move changes that changes the target; nothing where none does. Only counts that have a
        cost are moved."""
        return self._cheapest([costs.get(index, 0.0) for index in self.block], set(costs), target)

    def _cheapest(self, costs: list[float], movable: set[int], target: int | None) -> set[int]:
        size = len(self.block)
        at = {index: position for position, index in enumerate(self.block)}
        rows = Rows()
        for position in range(size):
            rows.add({position: 1.0, position + size: 1.0}, float(self.block[position] == target), 1.0)
        for relation in self.relations:
            self._keep(relation, at, rows)
        for line in self.lines:
            self._keep_small(line, at, movable, rows)
        values = [self.model.counts[index].value for index in self.block]
        can = [index in movable for index in self.block]
        up, down = map(float, can), (float(each and value > 0) for each, value in zip(can, values, strict=True))
        answer = solved([*costs, *costs], rows, [*up, *down])
        return {index for index, place in at.items() if answer and answer[place] + answer[place + size]}

    def _keep(self, relation: Relation, at: Mapping[int, int], rows: Rows) -> None:
        size = len(self.block)
        total = sum(factor * self.model.counts[index].value for index, factor in relation.terms)
        inside = [(at[index], float(factor)) for index, factor in relation.terms if index in at]
        terms = dict(inside)
        terms |= {position + size: -factor for position, factor in inside}
        high = np.inf if relation.high is None else float(relation.high - total)
        rows.add(terms, float(relation.low - total), high)

    def _keep_small(self, line: frozenset[int], at: Mapping[int, int], movable: set[int], rows: Rows) -> None:
        """Some hidden count of the line is small after the move: one that stays so, or becomes so."""
        size, staying, terms = len(self.block), 0, dict[int, float]()
        for index in line & movable & at.keys():
            value = self.model.counts[index].value
            staying += SMALLEST <= value <= LARGEST
            if value == SMALLEST:
                terms[at[index] + size] = -1.0
            elif value == LARGEST:
                terms[at[index]] = -1.0
            elif value == SMALLEST - 1:
                terms[at[index]] = 1.0
            elif value == LARGEST + 1:
                terms[at[index] + size] = 1.0
        if terms:
            rows.add(dict(sorted(terms.items())), 1.0 - staying, np.inf)
