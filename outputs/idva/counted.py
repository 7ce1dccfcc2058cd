"""Everything that the sheet tells, worked out once from a version's records, for figures and workbook. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, cast

from mappings.areas import load_boroughs
from mappings.load import OUTSIDE_LONDON
from outputs import periods
from outputs.idva import days, forecast, moves, quarter, records
from outputs.idva.days import Days
from outputs.idva.forecast import Forecast
from outputs.idva.guide import CASES_A_YEAR, guide
from outputs.idva.moves import Move, What
from outputs.idva.presence import days_of
from outputs.idva.quarter import NOT_GIVEN, Area, Group, MetBy, Month, PostLine, Summary
from outputs.periods import Period
from outputs.quarterly_kinds import number
from outputs.records import Records
from validators.roster.model import Assignment

_NONE: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Variance:
    """What a kind of change did to the FTE of the last day and to the mean, against the quarter before."""

    what: What
    events: int
    on_last_day: Fraction
    on_mean: Fraction


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases that IDVAs of a borough or area took on: in the quarter, and in the twelve months to its end."""

    name: str
    in_quarter: int
    in_year: int
    guide: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The quarter. `told_before`: mean and last day of the quarter before, as its sheet told them, if one did."""

    period: Period
    required: Fraction
    met_by: MetBy
    days: Days
    before: Days
    summary: Summary
    months: Sequence[Month]
    areas: Sequence[Area]
    posts: Sequence[PostLine]
    specialisms: Sequence[Group]
    settings: Sequence[Group]
    changes: Sequence[Move]
    variance: Sequence[Variance]
    told_before: Mapping[str, Fraction]
    forecast: Forecast
    boroughs: Sequence[Cases]
    by_area: Sequence[Cases]
    headcount: int | None
    people: int
    beyond: int
    statement_date: date

    @property
    def restated(self) -> tuple[Fraction, Fraction]:
        """How far the quarter before, as it is known now, is from what its own sheet told: last day and mean."""
        last, mean = self.before.fte[-1], days.mean(self.before.fte)
        return last - self.told_before.get("fte_last_day", last), mean - self.told_before.get("fte_mean", mean)


def counted(of: Records) -> Counted:
    """From the records of a quarter for which a statement is known."""
    terms = records.terms(of)
    period, required = periods.parse(terms["period"]), Fraction(terms["required"])
    met_by, roster = cast("MetBy", terms["met_by"]), records.roster(of)
    found = days.by_day(roster, period.first, period.last)
    before = days.by_day(roster, period.previous.first, period.previous.last)
    after = periods.quarter(date.fromordinal(period.last.toordinal() + 1))
    posts = quarter.by_post(found)
    boroughs = _by_borough(of)
    return Counted(
        period=period,
        required=required,
        met_by=met_by,
        days=found,
        before=before,
        summary=quarter.summary(found, required, met_by),
        months=quarter.by_month(found, period, required),
        areas=quarter.by_area(found),
        posts=posts,
        specialisms=quarter.by_group(posts, lambda post: post.specialism),
        settings=quarter.by_group(posts, lambda post: post.setting),
        changes=moves.moves(found, period.previous.last, period.last),
        variance=_variance(found, before, period),
        told_before={line["key"]: Fraction(number(line["value"])) for line in of["previous"].to_pylist()},
        forecast=forecast.forecast(days.by_day(roster, after.first, after.last), after, required),
        boroughs=boroughs,
        by_area=_by_area(boroughs),
        headcount=int(terms["headcount"]) if "headcount" in terms else None,
        people=len(quarter.people_on(found, period.last)),
        beyond=sum(_is_beyond(each, found) for each in roster.assignments),
        statement_date=date.fromisoformat(terms["statement_date"]),
    )


def _variance(found: Days, before: Days, period: Period) -> list[Variance]:
    """By kind of change; together the whole difference to the quarter before, exactly."""
    now, was = (period.first, period.last), (period.previous.first, period.previous.last)
    of_both = moves.moves(found, was[0], period.last)
    told = []
    for what in moves.WORDS:
        some = [each for each in of_both if each.what == what]
        here = [each for each in some if each.on >= period.first]
        if any(each.effect for each in some):
            told.append(Variance(what, len(here), moves.effect(here), moves.effect_on_mean(some, now, was)))
    assert sum((each.on_last_day for each in told), _NONE) == found.fte[-1] - before.fte[-1]
    assert sum((each.on_mean for each in told), _NONE) == days.mean(found.fte) - days.mean(before.fte)
    return told


def _by_borough(of: Records) -> list[Cases]:
    """Every borough beside the minimum of cases a year (R19), people outside London, and those of no known borough."""
    found = {line["borough_code"] or NOT_GIVEN: line for line in of["cases"].to_pylist()}
    least = {each.code: CASES_A_YEAR for each in load_boroughs()} | {OUTSIDE_LONDON: 0, NOT_GIVEN: 0}
    assert found.keys() <= least.keys(), "every code is a borough, outside London, or not given"
    none = {"in_quarter": 0, "in_year": 0}
    told = {code: found.get(code, none) for code in least}
    return [Cases(code, line["in_quarter"], line["in_year"], least[code]) for code, line in told.items()]


def _by_area(boroughs: Sequence[Cases]) -> list[Cases]:
    area_of = {each.code: each.area for each in load_boroughs()}
    sums: dict[str, list[int]] = {}
    for each in boroughs:
        area = area_of.get(each.name, each.name)
        sums.setdefault(area, [0, 0, 0])
        for place, value in enumerate((each.in_quarter, each.in_year, each.guide)):
            sums[area][place] += value
    order = [*guide(), OUTSIDE_LONDON, NOT_GIVEN]
    return [Cases(area, *sums[area]) for area in order if area in sums]


def _is_beyond(each: Assignment, found: Days) -> bool:
    """Whether an assignment to a post that counts has days on which the post is not open."""
    post = found.posts.get(each.post_id)
    if post is None:
        return False
    (start, stop), (opens, closes) = days_of(each.first, each.last), days_of(post.first, post.last)
    return start < opens or stop > closes
