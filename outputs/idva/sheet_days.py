"""Sheets of FTE by day, month, area, post and group, with the formulas that tie them to the days. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from mappings.areas import load_boroughs
from outputs.figures import Value
from outputs.idva import figures
from outputs.idva.bcus import area_words
from outputs.idva.cells import FTE, Place, first_row, formula, live, no_post, number
from outputs.idva.counted import Counted
from outputs.idva.quarter import NOT_GIVEN, Group
from outputs.workbook.sheets import Cell, Column, Formula, Of, Row, Sheet, Table

_STATUS: Final = {"met": "met", "not_met": "not met"}


def daily(of: Counted) -> Sheet:
    """FTE in post on each day."""
    names = ("FTE in post", "Required", "Shortfall", "Funded")
    columns = (Column("Day", "date"), *(Column(name, "fte") for name in names))
    above = ("The base of every other sheet: FTE in post on each day.",)
    first = first_row(above)
    rows = []
    for row, (day, values) in enumerate(_days(of), first):
        shortfall = formula(f"=MAX(0,C{row}-B{row})", values["shortfall"])
        rows.append(Row((day, number(values["fte"]), number(values["required"]), shortfall, number(values["funded"]))))
    return Sheet("Daily", "FTE in post by day", above, Table("daily", columns, tuple(rows)), FTE)


def daily_by_area(of: Counted) -> Sheet:
    """The same by area."""
    areas = [each.code for each in of.areas]
    columns = (Column("Day", "date"), *(Column(code, "fte") for code in areas))
    rows = [Row((day, *(number(values[area]) for area in areas))) for day, values in _days(of)]
    return Sheet(
        "Daily by area",
        "FTE in post by day and area",
        ("The areas' codes are those of the sheet By area. Together they are the sheet Daily.",),
        Table("daily_by_area", columns, tuple(rows)),
        FTE,
    )


def _days(of: Counted) -> Iterator[tuple[date, Mapping[str, Value]]]:
    for day, (_, values) in zip(of.days.dates, figures.TABLES["daily"](of), strict=True):
        yield day, values


def summary(of: Counted, days: Place, posts: Place) -> Sheet:
    found, fte, required = of.summary, days.column("FTE in post"), days.cell("Required", 0)
    mean, last = f"AVERAGE({fte})", days.cell("FTE in post", -1)
    tests = {"mean": f"ROUND({mean},8)>={required}", "last_day": f"ROUND({last},8)>={required}"}
    judged = f"AND({tests['mean']},{tests['last_day']})" if of.met_by == "both" else tests[of.met_by]
    opened, vacant = posts.column("Open at the end"), posts.column("Vacant at the end")
    lines: list[tuple[str, Cell, str]] = [
        ("FTE required", live("fte", f"={required}", found.required), "The contract"),
        ("FTE in post on the first day", live("fte", f"={days.cell('FTE in post', 0)}", found.first_day), "Daily"),
        ("FTE in post on the last day", live("fte", f"={last}", found.last_day), "Daily, last day"),
        ("FTE in post, mean of the quarter", live("fte", f"={mean}", found.mean), "Daily, mean of all days"),
        ("Lowest FTE in post", live("fte", f"=MIN({fte})", found.lowest), "Daily, lowest day"),
        (
            "First day with the lowest FTE",
            Of("date", Formula(f"=INDEX({days.column('Day')},MATCH(MIN({fte}),{fte},0))", found.lowest_on)),
            "Daily",
        ),
        (
            "Days under what is required",
            live("count", f"=SUMPRODUCT(({fte}<{days.column('Required')})*1)", found.days_under),
            "Daily, days counted",
        ),
        ("Shortfall in FTE-days", live("fte", f"=SUM({days.column('Shortfall')})", found.shortfall), "Daily"),
        ("Posts open on the last day", live("count", f'=COUNTIF({opened},"yes")', found.posts), "By post"),
        (
            "Of these with a vacancy, whole or in part",
            live("count", f"=SUMPRODUCT((ROUND({vacant},8)>0)*1)", found.vacancies),
            "By post, Vacant at the end",
        ),
        (
            "Status",
            Of("text", Formula(f'=IF({judged},"met","not met")', _STATUS[found.status])),
            {"both": "Mean and last day", "mean": "Mean", "last_day": "Last day"}[of.met_by]
            + " at least what is required",
        ),
    ]  # fmt: skip
    columns = (Column("Figure", "text"), Column("Value", "fte"), Column("Where it comes from", "text"))
    return Sheet(
        "Summary",
        "IDVA posts against what the contract asks for",
        ("Only posts that MOPAC funds count. FTE is weekly hours over the full-time week, by the day.",),
        Table("summary", columns, tuple(Row(line) for line in lines)),
        "FTE, unless the row says days or posts",
    )


def months(of: Counted, days: Place) -> Sheet:
    rows, at = [], 0
    for each in of.months:
        fte, required = (days.part(name, at, at + each.days - 1) for name in ("FTE in post", "Required"))
        rows.append(
            Row(
                (
                    each.name,
                    formula(f"=COUNT({fte})", each.days),
                    formula(f"=AVERAGE({fte})", each.mean),
                    formula(f"=MIN({fte})", each.lowest),
                    formula(f"={days.cell('FTE in post', at + each.days - 1)}", each.last_day),
                    formula(f"=SUMPRODUCT(({fte}<{required})*1)", each.days_under),
                )
            )
        )
        at += each.days
    columns = (
        Column("Month", "text"),
        Column("Days", "count"),
        *(Column(name, "fte") for name in ("In post, mean", "In post, lowest", "In post, last day")),
        Column("Days under", "count"),
    )
    above = ("Means, lowest and last days are worked out from Daily.",)
    top = Place.of(Sheet("By month", "x", above, Table("by_month", columns, tuple(rows)), FTE))
    counted_days, means = top.part("Days", 0, 2), top.part("In post, mean", 0, 2)
    total = Row(
        (
            "Quarter",
            formula(f"=SUM({counted_days})", len(of.days.fte)),
            formula(f"=SUMPRODUCT({counted_days},{means})/SUM({counted_days})", of.summary.mean),
            formula(f"=MIN({top.part('In post, lowest', 0, 2)})", of.summary.lowest),
            formula(f"={top.cell('In post, last day', 2)}", of.summary.last_day),
            formula(f"=SUM({top.part('Days under', 0, 2)})", of.summary.days_under),
        ),
        is_total=True,
    )
    return Sheet("By month", "FTE in post by month", above, Table("by_month", columns, (*rows, total)), FTE)


def areas(of: Counted, days: Place) -> Sheet:
    columns = (
        Column("Area", "text"),
        Column("Code", "text"),
        *(Column(name, "fte") for name in ("Guide", "In post, mean", "In post, last day", "Difference to the guide")),
    )
    above = (
        "Guide: one for each borough of a BCU, 0.5 for the City of London, 8 for all London by need or specialism.",
        "A post counts in the area that the roster gives it. The difference is of the mean.",
    )
    first = first_row(above)
    rows = []
    for place, each in enumerate(of.areas):
        row = first + place
        rows.append(
            Row(
                (
                    area_words(each.code),
                    each.code,
                    each.guide,
                    formula(f"=AVERAGE({days.column(each.code)})", each.mean),
                    formula(f"={days.cell(each.code, -1)}", each.end),
                    formula(f"=D{row}-C{row}", each.difference),
                )
            )
        )
    guides = sum((each.guide for each in of.areas), Fraction(0))
    values = (guides, of.summary.mean, of.summary.last_day, of.summary.mean - guides)
    last = first + len(rows) - 1
    sums = [formula(f"=SUM({name}{first}:{name}{last})", value) for name, value in zip("CDEF", values, strict=True)]
    rows.append(Row(("Total", "all", *sums), is_total=True))
    return Sheet("By area", "FTE in post by area, beside the guide", above, Table("by_area", columns, tuple(rows)), FTE)


def posts(of: Counted) -> Sheet:
    columns = (
        *(Column(name, "text") for name in ("Post", "Role", "Area", "Borough", "Setting", "Specialism")),
        Column("Funded", "fte"),
        Column("Days open", "count"),
        *(Column(name, "fte") for name in ("In post, mean", "In post at the end", "Vacant, mean", "Vacant at the end")),
        Column("Open at the end", "text"),
        Column("Part of the quarter", "fte"),
    )
    above = (
        "Means are over the days on which the post was open.",
        "Its part of the quarter is what a post adds to the quarter's mean.",
    )
    first, total_days = first_row(above), len(of.days.fte)
    names = {each.code: each.name for each in load_boroughs()}
    rows = []
    for place, each in enumerate(of.posts):
        row = first + place
        post = each.post
        rows.append(
            Row(
                (
                    *(post.post_id, post.role.replace("_", " "), area_words(post.area)),
                    names.get(post.borough or "", "not given"),
                    *(post.setting or "not given", post.specialism or "not given", post.fte, each.days_open),
                    *(each.mean, each.end),
                    formula(f"=G{row}-I{row}", each.vacant_mean),
                    formula(f'=IF(M{row}="yes",G{row}-J{row},0)', each.vacant_end),
                    "yes" if each.open_at_end else "no",
                    formula(f"=I{row}*H{row}/{total_days}", each.share),
                )
            )
        )
    if not rows:
        rows = [no_post(columns)]
    return Sheet("By post", "Posts that were open in the quarter", above, Table("by_post", columns, tuple(rows)), FTE)


def groups(name: str, key: str, heading: str, groups: Sequence[Group]) -> Sheet:
    columns = (
        Column(heading, "text"),
        Column("Posts at the end", "count"),
        Column("In post, mean", "fte"),
        Column("In post at the end", "fte"),
    )
    above = ("The means add up to the quarter's.",)
    first = first_row(above)
    rows = [
        Row(("not given" if each.name == NOT_GIVEN else each.name, each.posts, each.mean, each.end)) for each in groups
    ]
    last = first + len(rows) - 1
    values: tuple[int | Fraction, ...] = (
        sum(each.posts for each in groups),
        sum((each.mean for each in groups), Fraction(0)),
        sum((each.end for each in groups), Fraction(0)),
    )
    if rows:
        sums = [formula(f"=SUM({name_}{first}:{name_}{last})", each) for name_, each in zip("BCD", values, strict=True)]
        rows.append(Row(("Total", *sums), is_total=True))
    else:
        rows = [no_post(columns)]
    return Sheet(name, f"FTE in post by {heading.lower()}", above, Table(key, columns, tuple(rows)), FTE)
