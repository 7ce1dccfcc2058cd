"""Broken rosters: what is sent; and where the one finding stands (sheet, row, column), its rule, and the other rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.rosters import a_post, a_roster, an_absence, an_assignment

D = date(2026, 7, 1)


def one(post: dict[str, Any] | None = None, holder: dict[str, Any] | None = None, *more: Any, away: Any = ()) -> Any:
    """A post and who holds it, with a few cells as given, and more assignments."""
    return a_roster([a_post(1, **post or {})], [an_assignment(1, **holder or {}), *more], away)


def two(*assignments: Any, **post: Any) -> Any:
    return a_roster([a_post(1, **post), a_post(2, **post)], assignments)


# What is sent; where the finding stands (sheet, row, column), its rule, and the other rows that it is about.
BROKEN: dict[str, tuple[Any, tuple[str, int, str, str, tuple[int, ...]]]] = {
    "no sheet of absences": ({k: v for k, v in one().items() if k != "absences"}, ("absences", 0, "", "sheet_missing", ())),
    "no posts": (a_roster([], [an_assignment()]), ("posts", 0, "", "no_rows", ())),
    "no assignments": (a_roster([a_post()]), ("assignments", 0, "", "no_rows", ())),
    "a post without FTE": (one({"fte": None}), ("posts", 2, "fte", "blank", ())),
    "FTE of two": (one({"fte": 2}), ("posts", 2, "fte", "fte", ())),
    "FTE of nothing": (one({"fte": 0}), ("posts", 2, "fte", "fte", ())),
    "FTE in words": (one({"fte": "full"}), ("posts", 2, "fte", "number", ())),
    "FTE with too many decimals": (one({"fte": 0.33333}), ("posts", 2, "fte", "number", ())),
    "an unknown role": (one({"role": "ISVA"}), ("posts", 2, "role", "code", ())),
    "an unknown area": (one({"area": "XX"}), ("posts", 2, "area", "code", ())),
    "an unknown borough": (one({"borough": "Camelot"}), ("posts", 2, "borough", "code", ())),
    "an unknown setting": (one({"setting": "pub"}), ("posts", 2, "setting", "code", ())),
    "a name for a staff number": (one(None, {"staff_number": "Ann Lee"}), ("assignments", 2, "staff_number", "identifier", ())),
    "a funder as long as a letter": (one({"funder": "M" * 61}), ("posts", 2, "funder", "text", ())),
    "a post that ends before it starts": (one({"to": date(2026, 3, 31)}), ("posts", 2, "to", "order", ())),
    "a date as text": (one({"from_": "01/04/2026"}), ("posts", 2, "from", "date", ())),
    "a date with a time": (one({"from_": datetime(2026, 4, 1, 9, 30)}), ("posts", 2, "from", "date", ())),
    "a number for a date": (one(None, {"from_": 12}), ("assignments", 2, "from", "date", ())),
    "a formula": (one({"fte": "=1/2"}), ("posts", 2, "fte", "formula", ())),
    "an error": (one({"fte": "#N/A"}), ("posts", 2, "fte", "error_value", ())),
    "yes for a number": (one({"fte": True}), ("posts", 2, "fte", "cell", ())),
    "the same post twice": (a_roster([a_post(), a_post(fte=0.5)], [an_assignment()]), ("posts", 3, "post_id", "post_repeated", (2,))),
    "a post that is not there": (one(None, None, an_assignment(2)), ("assignments", 3, "post_id", "post_unknown", ())),
    "hours of nothing": (one(None, {"weekly_hours": 0}), ("assignments", 2, "weekly_hours", "hours", ())),
    "a full-time week of two": (one(None, {"full_time_hours": 75}), ("assignments", 2, "full_time_hours", "hours", ())),
    "more than full time": (one(None, {"weekly_hours": 40}), ("assignments", 2, "weekly_hours", "over_full_time", ())),
    "an unknown kind": (one(None, {"kind": "bank"}), ("assignments", 2, "kind", "code", ())),
    "the same assignment twice": (one(None, None, an_assignment()), ("assignments", 3, "", "row_repeated", (2,))),
    "one person in two posts": (
        two(an_assignment(1), an_assignment(2, staff_number="S1001", weekly_hours=1)),
        ("assignments", 3, "weekly_hours", "person_over", (2,)),
    ),
    "two people in one post": (
        one(None, None, an_assignment(1, staff_number="S9", weekly_hours=7.5, from_=D)),
        ("assignments", 3, "weekly_hours", "post_over", (2,)),
    ),
    "one day of both": (
        one(None, {"to": D}, an_assignment(1, staff_number="S9", from_=D)),
        ("assignments", 3, "weekly_hours", "post_over", (2,)),
    ),
    "cover of somebody whose absence counts": (
        one(None, None, an_assignment(1, staff_number="S9", kind="cover", from_=D), away=[an_absence(counts_as_in_post="Y")]),
        ("assignments", 3, "weekly_hours", "post_over", (2,)),
    ),
    "three thirds and a little": (
        one(
            None,
            {"weekly_hours": 12.5},
            an_assignment(1, staff_number="S8", weekly_hours=12.5),
            an_assignment(1, staff_number="S9", weekly_hours=12.5001),
        ),
        ("assignments", 4, "weekly_hours", "post_over", (2, 3)),
    ),
    "an absence of nobody": (one(away=[an_absence(9)]), ("absences", 2, "staff_number", "absence_alone", ())),
    "an absence before the first day": (
        one(away=[an_absence(from_=date(2026, 1, 1), to=date(2026, 3, 31))]),
        ("absences", 2, "staff_number", "absence_alone", ()),
    ),
    "an absence of an unknown kind": (one(away=[an_absence(kind="sabbatical")]), ("absences", 2, "kind", "code", ())),
    "whether it counts: perhaps": (one(away=[an_absence(counts_as_in_post="?")]), ("absences", 2, "counts_as_in_post", "code", ())),
}  # fmt: skip
