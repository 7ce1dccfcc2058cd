"""The sheet of what has to agree before somebody signs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from outputs.idva import figures
from outputs.idva.cells import Place, first_row, live
from outputs.idva.counted import Counted
from outputs.workbook.sheets import Cell, Column, Formula, Kind, Of, Row, Sheet, Shorthand, Table

_CHECKS: Final = {
    "areas_and_daily": "The areas' means add up to the quarter's",
    "posts_and_daily": "The posts' parts of the quarter add up to its mean",
    "months_and_daily": "The months' means, weighted by their days, are the quarter's",
    "changes_and_daily": "The day before the quarter and all changes make the last day",
    "headcount": "People in post on the last day, and the payroll's headcount",
    "assignments_beyond_posts": "Assignments with days on which their post is not open",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sheets stand that are compared."""

    days: Place
    months: Place
    areas: Place
    posts: Place
    changes: Place


def checks(of: Counted, places: Places) -> Sheet:
    """Every check with both sides, live where both are in this workbook."""
    days = places.days
    mean = f"AVERAGE({days.column('FTE in post')})"
    before = of.before.fte[-1]
    total = days.cell("FTE in post", -1)
    told = {
        "areas_and_daily": (f"=SUM({places.areas.part('In post, mean', 0, len(of.areas) - 1)})", f"={mean}"),
        "posts_and_daily": (f"=SUM({places.posts.column('Part of the quarter')})", f"={mean}"),
        "months_and_daily": (f"={places.months.cell('In post, mean', -1)}", f"={mean}"),
        "changes_and_daily": (f"={float(before)!r}+{places.changes.cell('FTE change', -1)}", f"={total}"),
    }
    columns = (
        Column("What is compared", "text"),
        Column("This sheet", "fte"),
        Column("Compared with", "fte"),
        Column("Difference", "fte"),
        Column("Agrees", "text"),
    )
    above = ("Where something does not agree, look into it before you sign.",)
    first = first_row(above)
    rows = [
        Row(tuple(_check(key, values, told.get(key), first + place)))
        for place, (key, values) in enumerate(figures.checks(of))
    ]
    return Sheet(
        "Checks", "What has to agree", above, Table("checks", columns, tuple(rows)), "FTE, people or assignments"
    )


def _check(key: str, values: object, told: tuple[str, str] | None, row: int) -> Iterator[Cell]:
    assert isinstance(values, dict)
    one, other = values["this_sheet"], values["compared_with"]
    kind: Kind = "fte" if told else "count"
    yield _CHECKS[key]
    if other is None:
        yield from (Of("count", one), Shorthand.NOT_AVAILABLE, Shorthand.NOT_AVAILABLE, "not known")
        return
    yield live(kind, told[0], one) if told else Of("count", one)
    yield live(kind, told[1], other) if told else Of("count", other)
    yield live(kind, f"=ROUND(B{row}-C{row},6)", round(Fraction(one - other), 6) if told else one - other)
    yield Formula(f'=IF(D{row}=0,"yes","no")', values["agrees"])
