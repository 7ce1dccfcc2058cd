"""The figures of the sheet of IDVA posts (interfaces: idva, The workbook; docs/returns.md). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from outputs.figures import Figure, Value
from outputs.idva import moves, records
from outputs.idva.counted import Counted, counted
from outputs.records import Records

SUMMARY: Final = (
    *("fte_required", "fte_first_day", "fte_last_day", "fte_mean", "fte_lowest", "lowest_on", "days_under"),
    *("shortfall_fte_days", "posts", "vacancies", "status"),
)
_Line = tuple[str, Mapping[str, Value]]


def figures(of: Records) -> list[Figure]:
    """All figures, table by table; without a statement the summary alone, of which nothing is known but the target."""
    if not records.is_known(of):
        required = Fraction(records.terms(of)["required"])
        return [_figure("summary", row, "value", required if row == SUMMARY[0] else None) for row in SUMMARY]
    found = counted(of)
    return [
        _figure(table, row, column, value)
        for table, lines in TABLES.items()
        for row, values in lines(found)
        for column, value in values.items()
    ]


def results(of: Records) -> dict[str, int | Fraction]:
    """What the next quarter's sheet compares itself with."""
    if not records.is_known(of):
        return {}
    found = counted(of).summary
    return {"fte_mean": found.mean, "fte_last_day": found.last_day}


def _figure(table: str, row: str, column: str, value: Value) -> Figure:
    return Figure(table, row, column, value, "ok" if value is not None else "not_available")


def summary(of: Counted) -> Iterator[_Line]:
    """The quarter in a few figures."""
    found = of.summary
    values: tuple[Value, ...] = (
        *(found.required, found.first_day, found.last_day, found.mean, found.lowest, found.lowest_on.isoformat()),
        *(found.days_under, found.shortfall, found.posts, found.vacancies, found.status),
    )
    for row, value in zip(SUMMARY, values, strict=True):
        yield row, {"value": value}


def _months(of: Counted) -> Iterator[_Line]:
    for each in of.months:
        yield (
            each.name,
            {
                "days": each.days,
                "in_post_mean": each.mean,
                "in_post_lowest": each.lowest,
                "in_post_end": each.last_day,
                "days_under": each.days_under,
            },
        )


def _areas(of: Counted) -> Iterator[_Line]:
    for each in of.areas:
        yield each.code, _beside(each.guide, each.mean, each.end)
    guides = sum((each.guide for each in of.areas), Fraction(0))
    yield "total", _beside(guides, of.summary.mean, of.summary.last_day)


def _beside(guide: Fraction, mean: Fraction, end: Fraction) -> dict[str, Value]:
    return {"guide": guide, "in_post_mean": mean, "in_post_end": end, "difference": mean - guide}


def _posts(of: Counted) -> Iterator[_Line]:
    for each in of.posts:
        yield (
            each.post.post_id,
            {
                "funded": each.post.fte,
                "days_open": each.days_open,
                "in_post_mean": each.mean,
                "in_post_end": each.end,
                "vacant_mean": each.vacant_mean,
                "vacant_end": each.vacant_end,
            },
        )


def _groups(which: str) -> Callable[[Counted], Iterator[_Line]]:
    def lines(of: Counted) -> Iterator[_Line]:
        for each in getattr(of, which):
            yield each.name, {"posts": each.posts, "in_post_mean": each.mean, "in_post_end": each.end}

    return lines


def _changes(of: Counted) -> Iterator[_Line]:
    for each in of.changes:
        yield (
            each.key,
            {
                "on": each.on.isoformat(),
                "change": moves.WORDS[each.what],
                "post_id": each.post_id,
                "staff_number": each.staff_number or "none",
                "detail": each.detail,
                "fte_change": each.effect,
            },
        )


def _variance(of: Counted) -> Iterator[_Line]:
    for each in of.variance:
        yield each.what, {"changes": each.events, "on_last_day": each.on_last_day, "on_mean": each.on_mean}
    yield "restated", {"changes": int(any(of.restated)), "on_last_day": of.restated[0], "on_mean": of.restated[1]}
    on_last_day = sum((each.on_last_day for each in of.variance), of.restated[0])
    on_mean = sum((each.on_mean for each in of.variance), of.restated[1])
    yield "total", {"changes": len(of.changes), "on_last_day": on_last_day, "on_mean": on_mean}


def _forecast(of: Counted) -> Iterator[_Line]:
    for each in of.forecast.months:
        yield (
            each.name,
            {"in_post_mean": each.mean, "in_post_lowest": each.lowest, "in_post_end": each.last_day,
             "days_under": each.days_under, "under_from": None},
        )  # fmt: skip
    found = of.forecast
    yield (
        "quarter",
        {
            "in_post_mean": found.mean,
            "in_post_lowest": found.lowest,
            "in_post_end": found.last_day,
            "days_under": found.days_under,
            "under_from": found.under_from.isoformat() if found.under_from else "never",
        },
    )


def _caseload(of: Counted) -> Iterator[_Line]:
    fte = {each.code: each.mean for each in of.areas}
    rows = [(each.name, each.in_quarter, each.in_year) for each in of.by_area]
    total = ("total", sum(row[1] for row in rows), sum(row[2] for row in rows))
    for name, in_quarter, in_year in (*rows, total):
        mean = of.summary.mean if name == "total" else fte.get(name)
        per_fte = Fraction(in_year) / mean if mean else None
        yield name, {"in_quarter": in_quarter, "in_year": in_year, "in_post_mean": mean, "year_per_fte": per_fte}


def _boroughs(of: Counted) -> Iterator[_Line]:
    for each in of.boroughs:
        difference = each.in_year - each.guide if each.guide else None
        yield (
            each.name,
            {"in_quarter": each.in_quarter, "in_year": each.in_year, "guide": each.guide or None,
             "difference": difference},
        )  # fmt: skip


def _daily(of: Counted) -> Iterator[_Line]:
    areas = {each.code: of.days.areas.get(each.code, (Fraction(0),) * len(of.days.fte)) for each in of.areas}
    for place, (day, fte) in enumerate(zip(of.days.dates, of.days.fte, strict=True)):
        shortfall = max(Fraction(0), of.required - fte)
        yield (
            day.isoformat(),
            {
                "fte": fte,
                "required": of.required,
                "shortfall": shortfall,
                "funded": of.days.funded[place],
                **{area: values[place] for area, values in areas.items()},
            },
        )


def checks(of: Counted) -> Iterator[_Line]:
    """What has to agree, with both sides; `agrees` is yes or no, or says that one side is not known."""
    sides: dict[str, tuple[Value, Value]] = {
        "areas_and_daily": (sum((each.mean for each in of.areas), Fraction(0)), of.summary.mean),
        "posts_and_daily": (sum((each.share for each in of.posts), Fraction(0)), of.summary.mean),
        "months_and_daily": (
            sum((each.mean * each.days for each in of.months), Fraction(0)) / len(of.days.fte),
            of.summary.mean,
        ),
        "changes_and_daily": (
            of.before.fte[-1] + moves.effect(of.changes),
            of.summary.last_day,
        ),
        "headcount": (of.people, of.headcount),
        "assignments_beyond_posts": (of.beyond, 0),
    }
    for name, (one, other) in sides.items():
        agrees = "not_known" if other is None else ("yes" if one == other else "no")
        yield name, {"this_sheet": one, "compared_with": other, "agrees": agrees}


TABLES: Final[Mapping[str, Callable[[Counted], Iterator[_Line]]]] = {
    "summary": summary,
    "by_month": _months,
    "by_area": _areas,
    "by_post": _posts,
    "by_specialism": _groups("specialisms"),
    "by_setting": _groups("settings"),
    "changes": _changes,
    "variance": _variance,
    "forecast": _forecast,
    "caseload": _caseload,
    "by_borough": _boroughs,
    "checks": checks,
    "daily": _daily,
}
