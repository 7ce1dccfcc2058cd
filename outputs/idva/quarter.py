"""A quarter's figures from its days: the summary, months, areas, posts, specialisms and settings. Pure.

What each figure means: docs/idva.md and outputs/definitions (interfaces: idva, What is computed; R15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from outputs.idva.days import Days, mean
from outputs.idva.guide import guide
from outputs.idva.presence import Stretch, days_of
from outputs.periods import Period
from validators.roster.model import Post

MetBy = Literal["both", "mean", "last_day"]
Status = Literal["met", "not_met"]
NOT_GIVEN: Final = "not_given"
_NONE: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Summary:
    """The quarter against what the contract asks for. `posts` and `vacancies` are of its last day."""

    required: Fraction
    first_day: Fraction
    last_day: Fraction
    mean: Fraction
    lowest: Fraction
    lowest_on: date
    days_under: int
    shortfall: Fraction
    posts: int
    vacancies: int
    status: Status


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the quarter."""

    name: str
    days: int
    mean: Fraction
    lowest: Fraction
    last_day: Fraction
    days_under: int


@dataclass(frozen=True, slots=True)
class Area:
    """An area beside the guide: FTE over the quarter and on its last day."""

    code: str
    guide: Fraction
    mean: Fraction
    end: Fraction

    @property
    def difference(self) -> Fraction:
        """How much more than the guide was in post on the average."""
        return self.mean - self.guide


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post that was open in the quarter. Means are over the days on which it was open; `share` is its part of the
    quarter's mean, so that the shares of all posts add up to it. Vacant: funded and not in post."""

    post: Post
    days_open: int
    mean: Fraction
    share: Fraction
    end: Fraction
    open_at_end: bool

    @property
    def vacant_mean(self) -> Fraction:
        """FTE that nobody filled, over the days on which the post was open."""
        return self.post.fte - self.mean

    @property
    def vacant_end(self) -> Fraction:
        """FTE that nobody fills on the last day; none where the post is closed."""
        return self.post.fte - self.end if self.open_at_end else _NONE


@dataclass(frozen=True, slots=True)
class Group:
    """Posts of one specialism or setting."""

    name: str
    posts: int
    mean: Fraction
    end: Fraction


def status(mean_fte: Fraction, last_day: Fraction, required: Fraction, met_by: MetBy) -> Status:
    """Whether the quarter meets the contract, by the setting idva.met_by."""
    met = {
        "both": mean_fte >= required and last_day >= required,
        "mean": mean_fte >= required,
        "last_day": last_day >= required,
    }
    return "met" if met[met_by] else "not_met"


def judged(mean_fte: Fraction, last_day: Fraction, met_by: MetBy) -> Fraction:
    """The one figure that is at least the required FTE exactly where the status is `met`."""
    return {"both": min(mean_fte, last_day), "mean": mean_fte, "last_day": last_day}[met_by]


def summary(days: Days, required: Fraction, met_by: MetBy) -> Summary:
    """The quarter in a few figures."""
    lowest = min(days.fte)
    under = [required - fte for fte in days.fte if fte < required]
    lines = [line for line in by_post(days) if line.open_at_end]
    average = mean(days.fte)
    return Summary(
        required=required,
        first_day=days.fte[0],
        last_day=days.fte[-1],
        mean=average,
        lowest=lowest,
        lowest_on=days.dates[days.fte.index(lowest)],
        days_under=len(under),
        shortfall=sum(under, _NONE),
        posts=len(lines),
        vacancies=sum(line.vacant_end > 0 for line in lines),
        status=status(average, days.fte[-1], required, met_by),
    )


def by_month(days: Days, quarter: Period, required: Fraction) -> list[Month]:
    """The months of a quarter whose days these are."""
    found = []
    for month in quarter.months:
        fte = days.within(month.first, month.last)
        under = sum(each < required for each in fte)
        found.append(Month(month.name, len(fte), mean(fte), min(fte), fte[-1], under))
    return found


def by_area(days: Days) -> list[Area]:
    """Every area of the guide, whether anybody is in post there or not."""
    nobody = (_NONE,) * len(days.fte)
    found = {area: days.areas.get(area, nobody) for area in guide()}
    return [Area(area, guide()[area], mean(fte), fte[-1]) for area, fte in found.items()]


def by_post(days: Days) -> list[PostLine]:
    """The posts that were open on any of the days, by their ids."""
    start, stop = days.first.toordinal(), days.last.toordinal() + 1
    of_posts: dict[str, list[Stretch]] = defaultdict(list)
    for each in days.stretches:
        of_posts[each.post_id].append(each)
    found = []
    for post_id, post in sorted(days.posts.items()):
        opens, closes = days_of(post.first, post.last)
        days_open = min(closes, stop) - max(opens, start)
        if days_open > 0:
            fte_days = sum((_days_in(each, start, stop) * each.counted for each in of_posts[post_id]), _NONE)
            end = sum((each.counted for each in of_posts[post_id] if each.start < stop <= each.stop), _NONE)
            found.append(
                PostLine(post, days_open, fte_days / days_open, fte_days / (stop - start), end, closes >= stop)
            )
    return found


def by_group(lines: Iterable[PostLine], group: Callable[[Post], str | None]) -> list[Group]:
    """Posts by specialism or setting; their means add up to the quarter's."""
    found: dict[str, list[PostLine]] = defaultdict(list)
    for line in lines:
        found[group(line.post) or NOT_GIVEN].append(line)
    return [
        Group(
            name,
            sum(line.open_at_end for line in some),
            sum((line.share for line in some), _NONE),
            sum((line.end for line in some), _NONE),
        )
        for name, some in sorted(found.items(), key=lambda each: (each[0] == NOT_GIVEN, each[0]))
    ]


def people_on(days: Days, day: date) -> set[str]:
    """The staff numbers of those who count on a day."""
    on = day.toordinal()
    return {each.staff_number for each in days.stretches if each.start <= on < each.stop and each.counted}


def _days_in(each: Stretch, start: int, stop: int) -> int:
    return max(0, min(each.stop, stop) - max(each.start, start))
