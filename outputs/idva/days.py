"""FTE in post by day, in all and by area, over a period. Pure; exact fractions.

Every other figure of the return is worked out from these days (interfaces: idva, The workbook).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from outputs.idva.presence import Stretch, counts, days_of, stretches
from validators.roster.model import Post, Roster

_NONE: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Days:
    """Each day from `first` to `last`, both counted, in order.

    - fte: in post; areas: the same by area; funded: FTE of the posts that are open.
    - stretches: what the days were made from; they tell the days before and after as well.
    """

    first: date
    last: date
    fte: tuple[Fraction, ...]
    areas: Mapping[str, tuple[Fraction, ...]]
    funded: tuple[Fraction, ...]
    posts: Mapping[str, Post]
    stretches: tuple[Stretch, ...]

    @property
    def dates(self) -> list[date]:
        """The days themselves."""
        return [self.first + timedelta(days=number) for number in range(len(self.fte))]

    def within(self, first: date, last: date) -> tuple[Fraction, ...]:
        """FTE of some of the days."""
        start = (first - self.first).days
        return self.fte[start : start + (last - first).days + 1]


def by_day(roster: Roster, first: date, last: date) -> Days:
    """The days of a period from a sound roster."""
    found = tuple(stretches(roster))
    posts = {post.post_id: post for post in roster.posts if counts(post)}
    of_areas: dict[str, list[Stretch]] = defaultdict(list)
    for each in found:
        of_areas[posts[each.post_id].area].append(each)
    areas = {area: _summed(_counted(some), first, last) for area, some in sorted(of_areas.items())}
    return Days(
        first,
        last,
        _summed(_counted(found), first, last),
        areas,
        _summed(((*days_of(post.first, post.last), post.fte) for post in posts.values()), first, last),
        posts,
        found,
    )


def mean(values: Sequence[Fraction]) -> Fraction:
    """The mean of some days; there has to be one."""
    return sum(values, _NONE) / len(values)


def _counted(found: Iterable[Stretch]) -> Iterable[tuple[int, int, Fraction]]:
    return ((each.start, each.stop, each.counted) for each in found if each.counted)


def _summed(found: Iterable[tuple[int, int, Fraction]], first: date, last: date) -> tuple[Fraction, ...]:
    """Day for day the sum of what holds on it."""
    start, stop = first.toordinal(), last.toordinal() + 1
    changes: dict[int, Fraction] = defaultdict(Fraction)
    for begins, ends, value in found:
        if begins < stop and ends > start:
            changes[max(begins, start)] += value
            changes[min(ends, stop)] -= value
    days, now = [], _NONE
    for day in range(start, stop):
        if day in changes:
            now += changes[day]
        days.append(now)
    return tuple(days)
