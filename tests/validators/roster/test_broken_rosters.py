"""Broken rosters: each is refused whole, with the place and the rule that a finance officer is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from exchange.intake.statements.roster import checked
from tests.rosters import a_bundle, a_post, a_roster, a_workbook, an_absence, an_assignment, realistic
from validators.roster.model import COLUMNS
from validators.roster.rules import ROSTER_RULES, told

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
# What only a workbook can hold.
ONLY_EXCEL = {"a date with a time", "a formula", "an error", "yes for a number", "a number for a date", "no sheet of absences"}  # fmt: skip


def findings(data: bytes) -> list[tuple[str, int, str, str, tuple[int, ...]]]:
    found = checked(data)
    assert found.roster is None
    assert all(told(each) for each in found.findings)
    return [(each.sheet, each.row, each.column, each.rule, each.also) for each in found.findings]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_workbook_has_one_finding_in_its_place(name: str) -> None:
    lines, expected = BROKEN[name]
    assert findings(a_workbook(lines)) == [expected]


@pytest.mark.parametrize("name", sorted(BROKEN.keys() - ONLY_EXCEL))
def test_and_so_have_the_same_csv_files(name: str) -> None:
    lines, expected = BROKEN[name]
    assert findings(a_bundle(lines)) == [expected]


def test_every_rule_is_broken_by_some_roster() -> None:
    headers = {"column_missing", "column_unknown", "column_repeated"}
    seen = {rule for _, (_, _, _, rule, _) in BROKEN.values()} | headers
    assert {rule.id for rule in ROSTER_RULES.values() if rule.severity == "refuse"} == seen


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda columns: columns[:-1], [("posts", 1, "to", "column_missing", ())]),
        (lambda columns: (*columns, "name"), [("posts", 1, "", "column_unknown", ())]),
        (lambda columns: (*columns, "fte"), [("posts", 1, "fte", "column_repeated", ())]),
        (lambda columns: [*columns[:7], "wte", *columns[8:]],
         [("posts", 1, "", "column_unknown", ()), ("posts", 1, "fte", "column_missing", ())]),
        (lambda columns: [name.upper() + " " for name in columns], []),
        (lambda columns: columns[::-1], []),
    ],
)  # fmt: skip
def test_a_header_is_told_whole_and_nothing_that_rests_on_it(change: Callable[..., Any], expected: list[Any]) -> None:
    given = tuple(change(COLUMNS["posts"]))
    lines = one()
    lines["posts"] = [{name: lines["posts"][0].get(name.strip().casefold(), "x") for name in given}]
    found = checked(a_workbook(lines, headers={**COLUMNS, "posts": given}))
    assert [(each.sheet, each.row, each.column, each.rule, each.also) for each in found.findings] == expected
    assert (found.roster is None) == bool(expected)


def test_each_of_many_faults_is_told_in_the_order_of_the_file() -> None:
    lines = realistic()
    lines["absences"][0]["kind"] = "holiday"
    lines["posts"][3]["fte"] = 0
    lines["assignments"][9]["weekly_hours"] = 60
    lines["posts"][1]["role"] = ""
    assert [(sheet, row, column) for sheet, row, column, _, _ in findings(a_workbook(lines))] == [
        ("posts", 3, "role"),
        ("posts", 5, "fte"),
        ("assignments", 11, "weekly_hours"),
        ("absences", 2, "kind"),
    ]


def test_it_is_said_in_words_for_whoever_keeps_the_roster() -> None:
    lines, _ = BROKEN["three thirds and a little"]
    (finding,) = checked(a_workbook(lines)).findings
    assert told(finding) == (
        "Sheet assignments, row 4, column weekly_hours: Together, those in the post are more than its FTE on some days. "
        "It is about row 2 and 3 too. Correct hours or dates. For cover, enter the absence of the person who is covered."
    )
