"""Which rows of the roster stand behind a figure of the sheet of IDVA posts, so that it can be traced. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from outputs import periods
from outputs.figures import Key
from outputs.idva import figures, records
from outputs.idva.presence import counts, days_of
from outputs.records import Records
from validators.roster.model import Absence, Assignment, Post, Roster

# Cases of the CMS are counted there, without a row of the roster.
_OF_CASES: Final = frozenset({"caseload", "by_borough"})


@dataclass(frozen=True, slots=True)
class Behind:
    """A row of a sheet of the roster, and what it is about: post and staff number."""

    sheet: str
    row: int
    about: str


def behind(of: Records, cell: Key) -> list[Behind] | None:
    """The rows behind a cell, sheet by sheet; None where there is no such cell, or none of the roster."""
    table, row, _ = cell
    if not records.is_known(of) or table in _OF_CASES or cell not in {each.key for each in figures.figures(of)}:
        return None
    roster, period = records.roster(of), periods.parse(records.terms(of)["period"])
    posts = {post.post_id: post for post in roster.posts if counts(post) and _picks(table, row)(post)}
    first, last = _days(table, row, period)
    return list(_rows(roster, posts, first, last))


def _picks(table: str, row: str) -> Callable[[Post], bool]:
    """Which posts a row of a table is about."""
    match table:
        case "by_post":
            return lambda post: post.post_id == row
        case "by_area" if row != "total":
            return lambda post: post.area == row
        case "by_setting" | "by_specialism":
            name = table.removeprefix("by_")
            return lambda post: (getattr(post, name) or "not_given") == row
        case "changes":
            return lambda post: post.post_id == row.split(" ")[1]
        case _:
            return lambda _: True


def _days(table: str, row: str, period: periods.Period) -> tuple[date, date]:
    """Which days it is about. A forecast is of the quarter after."""
    match table:
        case "daily":
            return date.fromisoformat(row), date.fromisoformat(row)
        case "by_month":
            month = periods.parse(row)
            return month.first, month.last
        case "forecast":
            after = periods.quarter(date.fromordinal(period.last.toordinal() + 1))
            return after.first, after.last
        case "changes" | "variance":
            return period.previous.first, period.last
        case _:
            return period.first, period.last


def _rows(roster: Roster, posts: dict[str, Post], first: date, last: date) -> list[Behind]:
    start, stop = days_of(first, last)

    def touches(each: Post | Assignment | Absence) -> bool:
        begins, ends = days_of(each.first, each.last)
        return max(begins, start) < min(ends, stop)

    held = [each for each in roster.assignments if each.post_id in posts and touches(each)]
    people = {each.staff_number for each in held}
    return [
        *(Behind("posts", each.row, each.post_id) for each in posts.values() if touches(each)),
        *(Behind("assignments", each.row, f"{each.post_id} {each.staff_number}") for each in held),
        *(
            Behind("absences", each.row, each.staff_number)
            for each in roster.absences
            if each.staff_number in people and touches(each)
        ),
    ]
