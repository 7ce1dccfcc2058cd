"""What is wrong in a statement, place by place, for whoever keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange.cli import screen
from validators.roster.rules import ROSTER_RULES, SheetFinding

MOST = 40


def as_json(finding: SheetFinding) -> dict[str, Any]:
    """One finding."""
    rule = ROSTER_RULES[finding.rule]
    return {
        "sheet": finding.sheet,
        "row": finding.row or None,
        "column": finding.column or None,
        "rule": finding.rule,
        "other_rows": list(finding.also),
        "severity": rule.severity,
        "says": rule.says,
        "do": rule.do,
    }


def table(found: Sequence[SheetFinding]) -> None:
    """The findings, those that refuse the statement and then warnings."""
    for severity, title in (("refuse", "To correct"), ("warning", "To look at")):
        some = [each for each in found if ROSTER_RULES[each.rule].severity == severity]
        if some:
            screen.table(
                title,
                ["sheet", "row", "column", "with rows", "what is wrong", "what to do"],
                [_row(each) for each in some[:MOST]],
                right=["row"],
            )
        if len(some) > MOST:
            screen.say(f"{len(some) - MOST:,} more places; all of them with --json.")


def _row(each: SheetFinding) -> tuple[Any, ...]:
    rule = ROSTER_RULES[each.rule]
    return each.sheet, each.row or "", each.column, ", ".join(map(str, each.also)), rule.says, rule.do
