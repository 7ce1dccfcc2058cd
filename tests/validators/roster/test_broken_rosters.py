"""Broken rosters: each is refused whole, with the place and the rule that a finance officer is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.intake.statements.roster import checked
from tests.rosters import a_bundle, a_workbook, realistic
from tests.rosters_broken import BROKEN, one
from validators.roster.model import COLUMNS
from validators.roster.rules import ROSTER_RULES, told

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
