"""Which counts of a return are hidden: small ones, and enough others that none of them can be computed. Pure.

The same counts give the same answer, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from math import log2
from typing import Final

from exchange.errors import TablesUnprotectable
from outputs.disclosure.audit import recovered
from outputs.disclosure.counts import GUARDED, Count, State, name_of
from outputs.disclosure.deliveries import Delivered, Draft, Setting, related
from outputs.disclosure.model import Model, blocks, model_of
from outputs.disclosure.search import Moves
from outputs.figures import Key

# What hiding costs: small counts say least. A zero is hidden where no other count will do, a total after all else.
_COST_OF_ANY: Final = 16
_COST_OF_ZERO: Final = 200
_COST_OF_TOTAL: Final = 5000
_COST_OF_PLACE: Final = 0.001


def protect(draft: Draft, before: Sequence[Delivered]) -> frozenset[Key]:
    """The counts of the draft that are hidden, given all that was delivered before.

    Raises TablesUnprotectable where no choice leaves each of them more than one possible value.
    """
    model = model_of([*related(draft, before), draft])
    hidden = {index for index, count in enumerate(model.counts) if count.state in GUARDED}
    candidates = {index for index, count in enumerate(model.counts) if count.state is State.FREE}
    failed: set[int] = set()
    for block in blocks(model, hidden | candidates):
        if not hidden.isdisjoint(block):
            chosen, stuck = _guarded(Moves.of(model, block), hidden & set(block), candidates & set(block))
            hidden |= chosen
            failed |= stuck
    if failed and (stuck := failed & recovered(model, hidden)):
        raise TablesUnprotectable(version="{} {} v{}".format(*name_of(draft)), tables=_tables(model, stuck, draft))
    alone = {index for index, count in enumerate(model.counts) if count.state in {State.SMALL_ALONE, State.KEPT_BACK}}
    places = chain.from_iterable(model.counts[index].places for index in hidden | alone)
    return frozenset(place.key for place in places if place[:3] == name_of(draft))


def protect_or_withhold(draft: Draft, before: Sequence[Delivered]) -> tuple[Draft, frozenset[Key]]:
    """The draft with those of its tables withheld that cannot be protected otherwise (itself where all can), and its
    hidden counts.

    Raises TablesUnprotectable where that does not help either.
    """
    while True:
        try:
            return draft, protect(draft, before)
        except TablesUnprotectable as caught:
            tables = caught.tables
            if all(draft.settings.get(table) == "withheld" for table in tables):
                raise
        withheld: dict[str, Setting] = dict.fromkeys(tables, "withheld")
        draft = replace(draft, settings={**draft.settings, **withheld})


def _guarded(moves: Moves, small: set[int], candidates: set[int]) -> tuple[set[int], set[int]]:
    """The counts to be hidden in a block, and those that can be computed all the same."""
    hidden, failed = set(small), set[int]()
    left = _unmoved(moves, hidden, hidden)
    while left:
        target = min(left)
        costs = {index: _cost(moves.model.counts[index]) for index in candidates - hidden}
        # Of equals the first one: which it is must not be the solver's choice.
        costs = {index: costs[index] + place * _COST_OF_PLACE for place, index in enumerate(sorted(costs))}
        costs |= dict.fromkeys(hidden, 0.0)
        changed = moves.changing(target, costs)
        if not changed:
            failed.add(target)
            left = left - {target}
            continue
        hidden |= changed
        left = _unmoved(moves, hidden, left - changed)
    return _without_needless(moves, hidden, small, failed), failed


def _unmoved(moves: Moves, hidden: set[int], wanted: Iterable[int]) -> set[int]:
    """Those wanted that no move of hidden counts changes."""
    left = set(wanted)
    while left:
        changed = moves.most(hidden, left)
        if changed.isdisjoint(left):
            break
        left -= changed
    return left


def _without_needless(moves: Moves, hidden: set[int], small: set[int], failed: set[int]) -> set[int]:
    """A later choice can make an earlier one needless: the dearest first, each is shown again if it may be."""
    for index in sorted(hidden - small, key=lambda each: (-_cost(moves.model.counts[each]), each)):
        fewer = hidden - {index}
        if not _unmoved(moves, fewer, fewer - failed):
            hidden = fewer
    return hidden


def _cost(count: Count) -> float:
    if count.is_total:
        return _COST_OF_TOTAL
    return _COST_OF_ANY + 4 * log2(count.value) if count.value else _COST_OF_ZERO


def _tables(model: Model, stuck: set[int], draft: Draft) -> list[str]:
    """The draft's tables that touch a count that is not protected: it may be a count of an earlier version."""
    named = {place.table for index in stuck for place in model.counts[index].places}
    return sorted(named & {each.table for each in draft.figures})
