"""Whether hidden counts can be computed from all that is delivered: their exact ranges, by whole-number programming.

Independent of how they were chosen: it starts from what the figures show. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from outputs.disclosure.counts import GUARDED, State, name_of
from outputs.disclosure.deliveries import LARGEST, SMALLEST, Delivered, Place, related, setting_of
from outputs.disclosure.model import Model, blocks, model_of
from outputs.disclosure.search import Rows, solved

# How far from its true value a count is looked for: a bound for the solver, far beyond what two values need.
_FAR: Final = 1000


def check(about: Delivered, before: Sequence[Delivered]) -> tuple[Place, ...]:
    """The hidden cells that can be computed once `about` is delivered; there must be none.

    Those of tables without secondary suppression are not looked at. True counts are used to know what holds of them,
    so that a reader is taken to know all of it.
    """
    versions = [*related(about, before), about]
    model = model_of(versions)
    hidden = {index for index, count in enumerate(model.counts) if count.state in GUARDED}
    found = recovered(model, hidden) | {index for index, count in enumerate(model.counts) if count.state is State.SHOWN}
    return tuple(sorted(_hidden_places(versions) & {place for index in found for place in model.counts[index].places}))


def _hidden_places(versions: Sequence[Delivered]) -> set[Place]:
    return {
        Place(*name_of(each), *key)
        for each in versions
        for key in each.hidden
        if setting_of(each.of_return, key[0], each.settings) in {"secondary", "withheld"}
    }


def recovered(model: Model, hidden: set[int]) -> set[int]:
    """The hidden counts that have one possible value."""
    found: set[int] = set()
    for block in blocks(model, hidden):
        programme = _Programme(model, block)
        left = dict.fromkeys(block)
        while left:
            target = next(iter(left))
            seen = programme.others(target)
            if target not in seen:
                found.add(target)
            left = {index: None for index in left if index != target and index not in seen}
    return found


class _Programme:
    """All values of a block of hidden counts that fit: x of each, then for each cell of a line whether it is small."""

    def __init__(self, model: Model, block: list[int]) -> None:
        self._block = block
        self._values = {index: model.counts[index].value for index in block}
        self._at = {index: position for position, index in enumerate(block)}
        self._high = [float(self._values[index] + _FAR) for index in block]
        self._rows = Rows()
        for relation in model.relations:
            inside = {self._at[index]: float(factor) for index, factor in relation.terms if index in self._at}
            outside = sum(f * model.counts[index].value for index, f in relation.terms if index not in self._at)
            if inside:
                high = np.inf if relation.high is None else float(relation.high - outside)
                self._rows.add(inside, float(relation.low - outside), high)
        for line in model.lines:
            if members := sorted(line & self._at.keys()):
                self._add_line([self._at[index] for index in members])

    def others(self, target: int) -> set[int]:
        """The counts that differ from their true values where the target is at its highest, or else at its lowest."""
        for sign in (-1.0, 1.0):
            costs = [0.0] * len(self._high)
            costs[self._at[target]] = sign
            differing = self._differing(solved(costs, self._rows, self._high))
            if target in differing:
                return differing
        return set()

    def _differing(self, answer: Sequence[int] | None) -> set[int]:
        assert answer is not None, "the true values fit"
        return {index for index, value in self._values.items() if answer[self._at[index]] != value}

    def _add_line(self, cells: list[int]) -> None:
        small: Mapping[int, float] = {len(self._high) + offset: 1.0 for offset in range(len(cells))}
        for cell, flag in zip(cells, small, strict=True):
            far = self._high[cell]
            self._rows.add({cell: 1.0, flag: -float(SMALLEST)}, 0.0, np.inf)
            self._rows.add({cell: 1.0, flag: far}, -np.inf, far + LARGEST)
        self._rows.add(small, 1.0, np.inf)
        self._high += [1.0] * len(cells)
