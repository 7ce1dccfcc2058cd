"""What has to be right in a roster, in words for whoever keeps it. Ids are kept in the ledger: never renamed.

A finding says where and which rule, never a value (DESIGN section 4). Source: interfaces/idva.md, Roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from validators.roster.model import COLUMNS


@dataclass(frozen=True, slots=True)
class RosterRule:
    """A rule: what is wrong, and what to do. `refuse`: nothing of the statement is stored; `warning`: it is told."""

    id: str
    severity: Literal["refuse", "warning"]
    says: str
    do: str


@dataclass(frozen=True, slots=True, order=True)
class SheetFinding:
    """One rule broken in one place. Row 0: the sheet as a whole; column blank: the row as a whole; `also`: other rows
    of the sheet that it is about."""

    sheet: str
    row: int
    column: str
    rule: str
    also: tuple[int, ...] = ()


_RULES: Final = (
    RosterRule("sheet_missing", "refuse", "The sheet is missing.", "Add it, with its header."),
    RosterRule(
        "column_missing", "refuse", "The column is missing.", "Add it. The header has to be spelt as in the layout."
    ),
    RosterRule(
        "column_unknown",
        "refuse",
        "A column is not in the layout.",
        "Take it out: names of people and remarks may not come with a roster.",
    ),
    RosterRule("column_repeated", "refuse", "The column is there twice.", "Leave one of the two."),
    RosterRule(
        "no_rows", "refuse", "There is no row under the header.", "Send the whole roster: every post, every time."
    ),
    RosterRule("blank", "refuse", "A value is missing.", "Fill it in."),
    RosterRule("formula", "refuse", "The cell holds a formula.", "Copy it and paste its value."),
    RosterRule("error_value", "refuse", "The cell holds an error, such as #N/A.", "Type the value."),
    RosterRule("cell", "refuse", "The cell holds something that is no value of this column.", "Type the value."),
    RosterRule(
        "code", "refuse", "The value is none of those allowed.", "Use one of the layout's codes, spelt as there."
    ),
    RosterRule(
        "identifier",
        "refuse",
        "The number has other characters than letters, digits, . / - and _, or more than 20.",
        "Use the number of the post, or the staff number; never a name.",
    ),
    RosterRule("text", "refuse", "The text is longer than 60 characters, or has control characters.", "Shorten it."),
    RosterRule("number", "refuse", "It is not a number with at most 4 decimals.", "Type a number, as 0.6 or 37.5."),
    RosterRule("fte", "refuse", "FTE is not over 0 and at most 1.", "A post has at most 1 FTE: split a larger one."),
    RosterRule("hours", "refuse", "Hours are not over 0 and at most 60.", "Type the hours of a week."),
    RosterRule("over_full_time", "refuse", "Weekly hours are more than the full-time week.", "Correct one of the two."),
    RosterRule(
        "date",
        "refuse",
        "It is not a real date.",
        "Type the date as a date (in a CSV as 2026-07-01), without a time of day.",
    ),
    RosterRule("order", "refuse", "It ends before it starts.", "Correct one of the two dates; both days count."),
    RosterRule(
        "post_repeated", "refuse", "The post is there twice.", "One row a post: give the other one its own number."
    ),
    RosterRule(
        "post_unknown", "refuse", "There is no such post in the sheet posts.", "Add the post, or correct its number."
    ),
    RosterRule("row_repeated", "refuse", "The same row is there already.", "Take one of them out."),
    RosterRule(
        "absence_alone",
        "refuse",
        "The person has no assignment on any day of the absence.",
        "Correct the staff number or the dates, or take the absence out.",
    ),
    RosterRule(
        "person_over",
        "refuse",
        "Together, the person's assignments are more than full time on some days.",
        "Correct hours or dates. Who works in two posts shares the hours between them.",
    ),
    RosterRule(
        "post_over",
        "refuse",
        "Together, those in the post are more than its FTE on some days.",
        "Correct hours or dates. For cover, enter the absence of the person who is covered.",
    ),
    RosterRule(
        "beyond_post",
        "warning",
        "The assignment has days on which its post is not open: these count 0.",
        "Correct the dates of the post or of the assignment, if they are wrong.",
    ),
    RosterRule(
        "borough_elsewhere",
        "warning",
        "The borough does not lie in the post's area. The area counts.",
        "Correct one of the two, if it is wrong.",
    ),
    RosterRule("sheet_ignored", "warning", "The sheet is none of a roster's and was not read.", "Nothing."),
)
ROSTER_RULES: Final[Mapping[str, RosterRule]] = {rule.id: rule for rule in _RULES}


def is_refusal(finding: SheetFinding) -> bool:
    """Whether nothing of the statement is stored for it."""
    return ROSTER_RULES[finding.rule].severity == "refuse"


def place(finding: SheetFinding) -> str:
    """Where it is: `Sheet assignments, row 7, column weekly_hours`."""
    parts = [f"Sheet {finding.sheet}"]
    if finding.row:
        parts.append(f"row {finding.row}")
    if finding.column:
        parts.append(f"column {finding.column}")
    return ", ".join(parts)


def told(finding: SheetFinding) -> str:
    """The finding in words: where, what is wrong, with which other rows, and what to do."""
    rule = ROSTER_RULES[finding.rule]
    also = f" It is about row {_rows(finding.also)} too." if finding.also else ""
    return f"{place(finding)}: {rule.says}{also} {rule.do}"


def order_of(finding: SheetFinding) -> tuple[int, str, int, int, str]:
    """As a reader goes through the file: sheet by sheet, row by row, column by column."""
    names = list(COLUMNS)
    sheet = names.index(finding.sheet) if finding.sheet in names else len(names)
    columns = COLUMNS.get(finding.sheet, ())
    column = columns.index(finding.column) if finding.column in columns else -1
    return sheet, finding.sheet, finding.row, column, finding.rule


def _rows(rows: tuple[int, ...]) -> str:
    return ", ".join(map(str, rows[:-1])) + (" and " if len(rows) > 1 else "") + str(rows[-1])
