"""Counts, what ties them together, and which of them a reader knows: what protecting and auditing both start from.

Pure. A line is a column of a table of a version; a reader knows that small counts are why any count of it is hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from outputs.disclosure.counts import GUARDED, KNOWN, OPEN, Count, Counts, State, Version, counts_in
from outputs.disclosure.deliveries import is_small
from outputs.disclosure.relations import Relation, relations


@dataclass(frozen=True, slots=True)
class Model:
    """`relations`: those in which some count is not known. `lines`: the counts of each line that has a small one
    hidden."""

    counts: tuple[Count, ...]
    relations: tuple[Relation, ...]
    lines: tuple[frozenset[int], ...]


def model_of(versions: Sequence[Version]) -> Model:
    """The model of all that was delivered, with a draft or without one."""
    found = counts_in(versions)
    tied = relations(found, versions)
    counts = _told(list(found.counts), tied)
    unknown = {index for index, count in enumerate(counts) if count.state not in KNOWN}
    return Model(
        counts=tuple(counts),
        relations=tuple(each for each in tied if any(index in unknown for index, _ in each.terms)),
        lines=_lines(Counts(tuple(counts), found.at), unknown),
    )


def _told(counts: list[Count], tied: Iterable[Relation]) -> list[Count]:
    """Counts that follow from what others show, whatever is hidden now, are open: hiding them would be for show.

    Where they follow from counts that only primary suppression hides, they are hidden like these.
    """
    telling = [each for each in tied if each.tells and each.high == each.low]
    found = True
    while found:
        found = False
        for relation in telling:
            unknown = [index for index, _ in relation.terms if counts[index].state not in KNOWN]
            if len(unknown) != 1 or counts[unknown[0]].state == State.HIDDEN:
                continue
            told = counts[unknown[0]]
            shown = all(counts[index].state in OPEN for index, _ in relation.terms if index != unknown[0])
            alone = State.SMALL_ALONE if is_small(told.value) else State.LARGE_ALONE
            counts[unknown[0]] = replace(told, state=State.PLAIN if shown else alone)
            found = True
    return counts


def _lines(found: Counts, unknown: set[int]) -> tuple[frozenset[int], ...]:
    lines: dict[object, set[int]] = defaultdict(set)
    for index in unknown:
        for place in found.counts[index].places:
            lines[place[:4], place.column].add(index)
    small = {index for index in unknown if found.counts[index].state in GUARDED and is_small(found.counts[index].value)}
    return tuple(sorted({frozenset(line) for line in lines.values() if line & small}, key=sorted))


def blocks(model: Model, movable: set[int]) -> list[list[int]]:
    """Movable counts in sets of which none says anything about another, each in order."""
    above = {index: index for index in movable}

    def top(index: int) -> int:
        while above[index] != index:
            above[index] = above[above[index]]
            index = above[index]
        return index

    ties = [*([index for index, _ in each.terms] for each in model.relations), *model.lines]
    for tie in ties:
        tops = sorted({top(index) for index in tie if index in movable})
        for other in tops[1:]:
            above[other] = tops[0]
    found: dict[int, list[int]] = defaultdict(list)
    for index in sorted(movable):
        found[top(index)].append(index)
    return list(found.values())
