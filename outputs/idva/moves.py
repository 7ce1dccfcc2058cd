"""What changed from day to day, by staff number and post, and by how much FTE moved with it. Pure.

A move is a day on which something about a person in a post is unlike the day before: they start or leave, work other
hours, go away or come back. The effects of all moves between two days add up to the difference of their FTE, exactly.
A contract that is renewed with the same hours is no move. A post that opens or closes is one, without an effect of its
own: that is told of the people in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from outputs.idva.days import Days
from outputs.idva.presence import FOR_EVER, Stretch, days_of

What = Literal[
    "starts", "leaves", "hours_change", "absence_begins", "absence_ends", "kind_changes", "cap", "post_opens",
    "post_closes",
]  # fmt: skip
WORDS: Final[Mapping[What, str]] = {
    "starts": "Starts in the post",
    "leaves": "Leaves the post",
    "hours_change": "Hours change",
    "absence_begins": "Absence begins",
    "absence_ends": "Absence ends",
    "kind_changes": "Kind of assignment or absence changes",
    "cap": "More hours than can count",
    "post_opens": "Post opens",
    "post_closes": "Post closes",
}
_NONE: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Move:
    """A change, on its first day. `detail`: the kinds of assignment and absence; `effect`: FTE in post that came or
    went with it. A post's own move names nobody."""

    on: date
    what: What
    post_id: str
    staff_number: str
    detail: str
    effect: Fraction

    @property
    def key(self) -> str:
        """What names it: nobody moves twice in one post on one day."""
        return " ".join(filter(None, (self.on.isoformat(), self.post_id, self.staff_number)))


def moves(days: Days, after: date, last: date) -> list[Move]:
    """Every move later than `after` and not later than `last`, by day, post and person."""
    found = [*_of_people(days.stretches), *_of_posts(days)]
    inside = [each for each in found if after < each.on <= last]
    return sorted(inside, key=lambda each: (each.on, each.post_id, each.staff_number))


def effect(found: Iterable[Move]) -> Fraction:
    """The FTE that came and went with moves."""
    return sum((each.effect for each in found), _NONE)


def effect_on_mean(found: Iterable[Move], quarter: tuple[date, date], before: tuple[date, date]) -> Fraction:
    """What moves of a quarter and of the one before it did to the difference of the two quarters' means.

    A move of this quarter lifts its mean for the days from then on; one of the quarter before had lifted that one's
    mean for fewer days than all. Of all moves of both quarters this is the whole difference.
    """
    return sum((each.effect * _part(each.on, quarter, before) for each in found), _NONE)


def _part(on: date, quarter: tuple[date, date], before: tuple[date, date]) -> Fraction:
    if on >= quarter[0]:
        return Fraction((quarter[1] - on).days + 1, (quarter[1] - quarter[0]).days + 1)
    return Fraction((on - before[0]).days, (before[1] - before[0]).days + 1)


def _of_people(stretches: Sequence[Stretch]) -> Iterator[Move]:
    held: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    for each in stretches:
        held[each.post_id, each.staff_number].append(each)
    for some in held.values():
        before: Stretch | None = None
        for now in some:
            if before is not None and before.stop < now.start:
                yield _move(before, None, before.stop)
                before = None
            yield _move(before, now, now.start)
            before = now
        assert before is not None
        if before.stop < FOR_EVER:
            yield _move(before, None, before.stop)


def _move(before: Stretch | None, now: Stretch | None, day: int) -> Move:
    known = now or before
    assert known is not None
    what, detail = _what(before, now)
    gained = (now.counted if now else _NONE) - (before.counted if before else _NONE)
    return Move(date.fromordinal(day), what, known.post_id, known.staff_number, detail, gained)


def _what(before: Stretch | None, now: Stretch | None) -> tuple[What, str]:
    if before is None or now is None:
        return ("starts", _told(now)) if now else ("leaves", _told(before))
    if before.away is None and now.away is not None:
        return "absence_begins", now.away
    if before.away is not None and now.away is None:
        return "absence_ends", before.away
    if before.share != now.share:
        return "hours_change", _told(now)
    return ("cap" if _same(before, now) else "kind_changes"), _told(now)


def _same(before: Stretch, now: Stretch) -> bool:
    return (before.kinds, before.away) == (now.kinds, now.away)


def _told(each: Stretch | None) -> str:
    return ", ".join((*each.kinds, *([each.away] if each.away else []))) if each else ""


def _of_posts(days: Days) -> Iterator[Move]:
    for post in days.posts.values():
        opens, closes = days_of(post.first, post.last)
        yield Move(date.fromordinal(opens), "post_opens", post.post_id, "", f"{post.role}, {post.area}", _NONE)
        if closes < FOR_EVER:
            yield Move(date.fromordinal(closes), "post_closes", post.post_id, "", f"{post.role}, {post.area}", _NONE)
