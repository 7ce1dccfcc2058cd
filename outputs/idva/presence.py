"""Who counts in which post from when until when: a roster as stretches of days on which nothing changes. Pure.

The rule (interfaces: idva, What is computed): only posts that the contract's funder pays for; hours over the full-time
week, on days on which the post is open and the person is not on an absence that does not count; a person at most 1, a
post at most its FTE. A sound roster meets neither cap. Where one is met, every share is cut by the same part.

Days are ordinals (date.toordinal) and stretches half open: [start, stop). Shares are exact fractions, and nothing
here goes day by day: the cost follows the roster's changes, not the years.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

from validators.roster.model import FUNDER, Absence, Assignment, Away, Kind, Post, Roster

FOR_EVER: Final = date.max.toordinal()
_NONE: Final = Fraction(0)
_WHOLE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days [start, stop) on which a person has the same share of a full-time week in a post.

    `share` is what the hours say; `counted` what of it is in post after the caps, 0 on an absence that does not count;
    `away` is the kind of absence that holds then, if any.
    """

    post_id: str
    staff_number: str
    kinds: tuple[Kind, ...]
    start: int
    stop: int
    share: Fraction
    counted: Fraction
    away: Away | None


def counts(post: Post) -> bool:
    """Whether the contract's funder pays for the post."""
    return post.funder.strip().casefold() == FUNDER.casefold()


def days_of(first: date, last: date | None) -> tuple[int, int]:
    """A period, both ends in it, as a half-open stretch."""
    return first.toordinal(), FOR_EVER if last is None else last.toordinal() + 1


def stretches(roster: Roster) -> list[Stretch]:
    """All stretches of the posts that count, by post, person and day."""
    posts = {post.post_id: post for post in roster.posts if counts(post)}
    away: dict[str, list[Absence]] = defaultdict(list)
    for each in roster.absences:
        away[each.staff_number].append(each)
    of_people: dict[str, list[Stretch]] = defaultdict(list)
    for (post_id, person), held in _held(roster.assignments, posts).items():
        of_people[person] += _of_one(post_id, person, held, away.get(person, ()))
    of_posts: dict[str, list[Stretch]] = defaultdict(list)
    for found in of_people.values():
        for stretch in _capped(found, _WHOLE):
            of_posts[stretch.post_id].append(stretch)
    within = [each for post_id, found in of_posts.items() for each in _capped(found, posts[post_id].fte)]
    return _joined(sorted(within, key=lambda each: (each.post_id, each.staff_number, each.start)))


_Held = tuple[int, int, Assignment]


def _held(assignments: Iterable[Assignment], posts: Mapping[str, Post]) -> dict[tuple[str, str], list[_Held]]:
    """Assignments to posts that count, on the days on which the post is open."""
    found: dict[tuple[str, str], list[_Held]] = defaultdict(list)
    for each in assignments:
        post = posts.get(each.post_id)
        if post is None:
            continue
        opens, closes = days_of(post.first, post.last)
        start, stop = days_of(each.first, each.last)
        if max(opens, start) < min(closes, stop):
            found[each.post_id, each.staff_number].append((max(opens, start), min(closes, stop), each))
    return found


def _of_one(post_id: str, person: str, held: Sequence[_Held], absences: Iterable[Absence]) -> Iterator[Stretch]:
    """One person in one post, stretch by stretch."""
    away = [(*days_of(each.first, each.last), each) for each in absences]
    for start, stop in _between(day for each in (*held, *away) for day in each[:2]):
        now = [assignment for begins, ends, assignment in held if begins <= start < ends]
        if now:
            absence = _holding(each for begins, ends, each in away if begins <= start < ends)
            share = sum((each.weekly_hours / each.full_time_hours for each in now), _NONE)
            kinds = tuple(sorted({each.kind for each in now}))
            counted = share if absence is None or absence.counts else _NONE
            yield Stretch(post_id, person, kinds, start, stop, share, counted, absence.kind if absence else None)


def _holding(found: Iterable[Absence]) -> Absence | None:
    """Of several absences at once the one that holds: first of all one that does not count."""
    return min(found, key=lambda each: (each.counts, each.kind), default=None)


def _between(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    return itertools.pairwise(sorted(set(days)))


def _capped(found: Sequence[Stretch], most: Fraction) -> Iterator[Stretch]:
    """The stretches, of which together no more than `most` counts on any day."""
    if sum((each.counted for each in found), _NONE) <= most:
        yield from found
        return
    for start, stop in _between(day for each in found for day in (each.start, each.stop)):
        now = [each for each in found if each.start <= start < each.stop]
        together = sum((each.counted for each in now), _NONE)
        part = min(_WHOLE, most / together) if together else _WHOLE
        for each in now:
            yield replace(each, start=start, stop=stop, counted=each.counted * part)


def _joined(found: Iterable[Stretch]) -> list[Stretch]:
    """Without ends at which nothing changes: whether somebody's contract was renewed makes no difference."""
    joined: list[Stretch] = []
    for each in found:
        last = joined[-1] if joined else each
        if last.stop == each.start and replace(last, stop=each.stop) == replace(each, start=last.start):
            joined[-1] = replace(last, stop=each.stop)
        else:
            joined.append(each)
    return joined
