"""Everything that the sheet tells, worked out once from a version's records, for figures and workbook. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, cast

from mappings.areas import load_boroughs
from outputs import periods
from outputs.idva import days, forecast, moves, quarter, records
from outputs.idva.days import Days
from outputs.idva.forecast import Forecast
from outputs.idva.guide import CASES_A_YEAR
from outputs.idva.moves import Move, What
from outputs.idva.quarter import Area, Group, MetBy, Month, PostLine, Summary
from outputs.periods import Period
from outputs.quarterly_kinds import number
from outputs.records import Records

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
    """Every borough beside the minimum of cases a year (R19); cases of people elsewhere are told as outside."""
    found = {line["borough_code"] or "not_given": line for line in of["cases"].to_pylist()}
    named = [(each.code, CASES_A_YEAR) for each in load_boroughs()] + [("outside_london", 0), ("not_given", 0)]
    known = {code for code, _ in named}
    elsewhere = [line for code, line in found.items() if code not in known]
    told = [
        Cases(
            code,
            found[code]["in_quarter"] if code in found else 0,
            found[code]["in_year"] if code in found else 0,
            guide,
        )
        for code, guide in named
    ]
    assert not elsewhere, "every code is a borough, outside London, or not given"
    return told


def _by_area(boroughs: Sequence[Cases]) -> list[Cases]:
    area_of = {each.code: each.area for each in load_boroughs()}
    sums: dict[str, list[int]] = {}
    for each in boroughs:
        area = area_of.get(each.name, each.name)
        sums.setdefault(area, [0, 0, 0])
        for place, value in enumerate((each.in_quarter, each.in_year, each.guide)):
            sums[area][place] += value
    return [
        Cases(area, *values) for area, values in sorted(sums.items(), key=lambda each: (each[0].islower(), each[0]))
    ]


def _is_beyond(assignment: object, found: Days) -> bool:
    """Whether an assignment to a post that counts has days on which the post is not open."""
    post = found.posts.get(getattr(assignment, "post_id", ""))
    if post is None:
        return False
    first, last = getattr(assignment, "first", post.first), getattr(assignment, "last", None)
    return bool(first < post.first or (post.last is not None and (last is None or last > post.last)))
