"""What the indicators are to reach, from which quarter they are measured, and what a result is beside it. Pure.

The table is outputs/definitions/targets.csv, dated. The contract's years count from 1 April 2019 (R14).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

import pyarrow as pa

from mappings.tables import Line, Shape, Table, period, read_table
from outputs.periods import Period
from outputs.quarterly_kinds import SCHEMAS, Number, number

ROOT: Final = Path(__file__).resolve().parent / "definitions"
YEAR_ONE: Final = 2019
SHAPE: Final = Shape(
    (
        *("key", "valid_from", "valid_to", "from_year", "from_quarter", "judged", "target", "target_words"),
        *("source", "verified"),
    ),
    ("key",),
    ("from_year", "from_quarter", "judged", "target_words", "source", "verified"),
)

Judged = Literal[
    "at_least_target", "at_most_target", "at_least_baseline", "above_baseline", "below_baseline", "above_previous"
]
Status = Literal["met", "not_met", "collecting", "not_started"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator is to reach in a period of time; `target` blank: by agreement, or set by `judged`."""

    key: str
    first: date
    last: date
    from_year: int
    from_quarter: int
    judged: Judged
    target: str
    words: str
    source: str
    verified: bool

    def started(self, quarter: Period) -> bool:
        """Whether the quarter measures it."""
        start, number_of = quarter.name.split("Q")
        year = int(start[:4]) - YEAR_ONE + 1
        return (year, int(number_of)) >= (self.from_year, self.from_quarter)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a result may be compared with; None is not available."""

    target: Number | None
    baseline: Number | None
    previous: Number | None


@cache
def load_targets(root: Path = ROOT) -> tuple[Target, ...]:
    """The table, checked. Raises MappingInvalid."""
    table = read_table(root, "targets", SHAPE)
    return tuple(_target(table, line) for line in table.lines)


def of(quarter: Period) -> pa.Table:
    """The targets in force on the last day of a quarter, as records; of what has none yet, nothing."""
    found = [
        {"key": each.key, "started": each.started(quarter), "judged": each.judged, "target": each.target or None}
        for each in load_targets()
        if each.first <= quarter.last <= each.last
    ]
    return pa.Table.from_pylist(found, SCHEMAS["targets"])


def aim(judged: Judged, beside: Beside) -> Number | None:
    """The number that a result is judged by."""
    match judged:
        case "at_least_baseline" | "above_baseline" | "below_baseline":
            return beside.baseline
        case "above_previous":
            return beside.previous
        case _:
            return beside.target


def status(judged: Judged, result: Number | None, beside: Beside, *, started: bool) -> Status:
    """The word for a result: exact, so that 40.5 meets 40.5 and nothing under it does."""
    aimed = aim(judged, beside)
    if not started:
        return "not_started"
    if result is None or aimed is None:
        return "collecting"
    met = {
        "at_least_target": result >= aimed,
        "at_least_baseline": result >= aimed,
        "at_most_target": result <= aimed,
        "above_baseline": result > aimed,
        "above_previous": result > aimed,
        "below_baseline": result < aimed,
    }[judged]
    return "met" if met else "not_met"


def _target(table: Table, line: Line) -> Target:
    first, last = period(table, line)
    judged: Judged | None = next((each for each in get_args(Judged) if each == line["judged"]), None)
    if judged is None:
        table.refuse(line.number, f"judged is not one of {', '.join(get_args(Judged))}")
    if not line["from_year"].isdecimal() or line["from_quarter"] not in {"1", "2", "3", "4"}:
        table.refuse(line.number, "from_year and from_quarter are not a year of the contract and a quarter of it")
    if line["target"] and not _is_number(line["target"]):
        table.refuse(line.number, "target is not a number")
    return Target(
        key=line["key"],
        first=first,
        last=last,
        from_year=int(line["from_year"]),
        from_quarter=int(line["from_quarter"]),
        judged=judged,
        target=line["target"],
        words=line["target_words"],
        source=line["source"],
        verified=line["verified"] == "yes",
    )


def _is_number(text: str) -> bool:
    try:
        return isinstance(number(text), int | Fraction)
    except ValueError:
        return False
