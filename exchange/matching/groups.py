"""Whole people: pairs join into groups, and a group is linked as a whole or not at all.

A decision by pairs alone would depend on the order of files: who comes between two people would join them. So a group
with a vetoed pair in it, with too many members, or with a member who hangs on by one weak link goes to people, with
all of its automatic pairs. A pure function of the set of pairs: no order, no yesterday.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.decide import APART, AUTOMATIC, REVIEW
from exchange.matching.keys import PAIRS

# What people decided: the pair is one person, the pair is two. Nothing is stronger.
LINKED, SEPARATED = "linked", "separated"

# More referrals of one person than this are looked at: it may be a hostel, a shop, or a typist's default.
SIZE_ALARM: Final = 8
# A member of a group of three or more who hangs on by one link has to have one of at least this weight.
STRONG: Final = 30.0

VERDICTS: Final = pa.schema(
    [*((name, pa.int64()) for name in ("left", "right")), ("weight", pa.float64()), ("verdict", pa.string())]
)
FINAL: Final = pa.schema([*VERDICTS, ("group_reason", pa.string())])
PEOPLE: Final = pa.schema([("referral_id", pa.int64()), ("person", pa.int64())])


@dataclass(frozen=True, slots=True)
class Groups:
    """What became of the pairs, and who is one person.

    - pairs: FINAL. Every pair that came; an automatic one of a group that is not linked has become review, with the
      group's reason (a code of words.WORDS). So have people's links that others of their words contradict.
    - people: PEOPLE. Everybody who is linked to somebody; `person` is the smallest referral_id of the group.
    """

    pairs: pa.Table
    people: pa.Table


def verdicts(decided: pa.Table) -> pa.Table:
    """VERDICTS of decided pairs (decide.DECIDED): those that are automatic, for review, or vetoed."""
    kept = decided.filter(pc.or_(pc.not_equal(decided["decision"], APART), decided["vetoed"]))
    return pa.table([kept[name] for name in ("left", "right", "weight", "decision")], schema=VERDICTS)


def groups(pairs: pa.Table) -> Groups:
    """Decide on whole groups.

    `pairs` (VERDICTS): all pairs that touch the groups, each once with left < right, with the verdicts automatic,
    review, apart (vetoed), linked or separated. What `unknown` names has to be among them.
    """
    rows = sorted(zip(*(pairs[name].to_pylist() for name in VERDICTS.names), strict=True))
    edges = [(left, right, weight, verdict) for left, right, weight, verdict in rows if verdict in (AUTOMATIC, LINKED)]
    root = _roots((left, right) for left, right, _, _ in edges)
    reasons = _doubts(edges, root, rows)
    contradicted = _contradicted(rows)
    final = []
    for left, right, weight, verdict in rows:
        reason = reasons.get(root[left]) if verdict == AUTOMATIC or (left, right) in contradicted else None
        final.append((left, right, weight, REVIEW if reason else verdict, reason))
    joined = _roots((left, right) for left, right, _, verdict, _ in final if verdict in (AUTOMATIC, LINKED))
    columns = list(zip(*final, strict=True)) or [()] * len(FINAL)
    return Groups(
        pairs=pa.table([list(column) for column in columns], schema=FINAL),
        people=pa.table([sorted(joined), [joined[each] for each in sorted(joined)]], schema=PEOPLE),
    )


def with_persons(found: Groups) -> pa.Table:
    """VERDICTS between all who were looked at: two referrals of one person are linked, also where that is by others."""
    members: dict[int, list[int]] = {}
    for each, person in zip(*(found.people[name].to_pylist() for name in PEOPLE.names), strict=True):
        members.setdefault(person, []).append(each)
    linked = dict.fromkeys(pair for group in members.values() for pair in combinations(sorted(group), 2))
    rows = zip(*(found.pairs[name].to_pylist() for name in VERDICTS.names), strict=True)
    made = [(*pair, 0.0, LINKED) for pair in linked] + [row for row in rows if row[:2] not in linked]
    columns = list(zip(*sorted(made), strict=True)) or [()] * len(VERDICTS)
    return pa.table([list(column) for column in columns], schema=VERDICTS)


def unknown(pairs: pa.Table) -> pa.Table:
    """PAIRS inside groups of which nothing is known: to be scored and decided before `groups`, so that a group is not
    linked across two people who shared no key. Groups that are too large are left out: they go to people anyway."""
    rows = list(zip(*(pairs[name].to_pylist() for name in ("left", "right", "verdict")), strict=True))
    root = _roots((left, right) for left, right, verdict in rows if verdict in (AUTOMATIC, LINKED))
    known = {(left, right) for left, right, _ in rows}
    members: dict[int, list[int]] = {}
    for each in sorted(root):
        members.setdefault(root[each], []).append(each)
    found = sorted(
        pair
        for group in members.values()
        if len(group) <= SIZE_ALARM
        for pair in combinations(group, 2)
        if pair not in known
    )
    return pa.table([[left for left, _ in found], [right for _, right in found]], schema=PAIRS)


_Row = tuple[int, int, float, str]


def _doubts(edges: list[_Row], root: dict[int, int], rows: list[_Row]) -> dict[int, str]:
    """Groups that are not to be linked, by their root, and why; the gravest reason where there are several."""
    size: dict[int, int] = {}
    for each in root.values():
        size[each] = size.get(each, 0) + 1
    links: dict[int, list[float]] = {}
    for left, right, weight, verdict in edges:
        for side in (left, right):
            links.setdefault(side, []).append(STRONG if verdict == LINKED else weight)
    weak = {
        root[member]: "member_by_one_weak_link"
        for member, weights in links.items()
        if size[root[member]] > 2 and len(weights) == 1 and weights[0] < STRONG
    }
    large = {each: "group_is_large" for each, count in size.items() if count > SIZE_ALARM}
    vetoed = {
        root[left]: "group_has_two_people"
        for left, right, _, verdict in rows
        if verdict in (APART, SEPARATED) and left in root and root[left] == root.get(right)
    }
    return weak | large | vetoed


def _contradicted(rows: list[_Row]) -> set[tuple[int, int]]:
    """What people linked and also separated, over somebody between: 1 is 2, 2 is 3, 1 is not 3. Nobody knows which of
    the three is wrong, so none is linked until somebody says."""
    told = [(left, right) for left, right, _, verdict in rows if verdict == LINKED]
    root = _roots(told)
    apart = {
        root[left]
        for left, right, _, verdict in rows
        if verdict == SEPARATED and left in root and root[left] == root.get(right)
    }
    return {pair for pair in told if root[pair[0]] in apart}


def _roots(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Every member's group, by the smallest member of it."""
    parent: dict[int, int] = {}

    def find(each: int) -> int:
        while parent.setdefault(each, each) != each:
            parent[each] = parent[parent[each]]
            each = parent[each]
        return each

    for left, right in edges:
        one, other = find(left), find(right)
        parent[max(one, other)] = min(one, other)
    return {each: find(each) for each in list(parent)}
