"""The clocks as data: mappings/triage/clocks.csv, one line a standard that the view cms.clock knows.

When a clock begins and is met is SQL (cms.clock); how long it may run, and who has to act, stands here. A line that is
broken, and a standard that is missing or that nobody measures, is refused: table, line, problem.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, cast

from mappings.tables import Line, Shape, Table, period, read_table
from mappings.versions import check_versions, read_versions

Unit = Literal["hours", "working_days"]
UNITS: Final = ("hours", "working_days")

# What the view cms.clock measures.
STANDARDS: Final = frozenset(
    "police_2_working_days contact_72h three_attempts_72h needs_assessment_24h caseworker_24h care_plan_72h onward_24h "
    "onward_receipt_24h high_risk_hold_24h complaint_24h complaint_told_24h complaint_5_working_days".split()
)

_ROOT: Final = Path(__file__).parent
_NAME: Final = "triage/clocks"
_AMOUNT: Final = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_NEEDED: Final = ("amount", "unit", "starts", "met_by", "whose", "ours", "source", "verified", "says")
CLOCKS: Final = Shape(
    (
        *("standard", "amount", "unit", "starts", "met_by", "whose", "ours", "valid_from", "valid_to"),
        *("source", "verified", "says", "note"),
    ),
    ("standard",),
    _NEEDED,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A standard, for clocks that begin between `first` and `last` (London days, both included).

    `whose`: who has to act; `ours`: it is this service's own to-do; `says`: what to do, for operators.
    """

    standard: str
    amount: int
    unit: Unit
    starts: str
    met_by: str
    whose: str
    ours: bool
    first: datetime.date
    last: datetime.date
    source: str
    verified: bool
    says: str
    note: str


@lru_cache(maxsize=8)
def load_clocks(root: Path = _ROOT) -> tuple[Clock, ...]:
    """All of them, in the table's order. Raises MappingInvalid: table, line and problem."""
    versions = read_versions(root)
    table = read_table(root, _NAME, CLOCKS)
    clocks = tuple(_clock(table, line) for line in table.lines)
    missing = STANDARDS - {clock.standard for clock in clocks}
    if missing:
        table.refuse(1, f"{', '.join(sorted(missing))} has no line")
    check_versions(root, versions)
    return clocks


def _clock(table: Table, line: Line) -> Clock:
    if line["standard"] not in STANDARDS:
        table.refuse(line.number, "standard is none that cms.clock measures")
    if not _AMOUNT.fullmatch(line["amount"]):
        table.refuse(line.number, "amount is not a whole number from 1 to 999")
    if line["unit"] not in UNITS:
        table.refuse(line.number, f"unit is not one of {', '.join(UNITS)}")
    if line["ours"] not in ("yes", "no"):
        table.refuse(line.number, "ours is neither yes nor no")
    if line["verified"] == "no" and not line["note"]:
        table.refuse(line.number, "it is not verified, and note does not say how it was read")
    first, last = period(table, line)
    return Clock(
        standard=line["standard"],
        amount=int(line["amount"]),
        unit=cast(Unit, line["unit"]),
        starts=line["starts"],
        met_by=line["met_by"],
        whose=line["whose"],
        ours=line["ours"] == "yes",
        first=first,
        last=last,
        source=line["source"],
        verified=line["verified"] == "yes",
        says=line["says"],
        note=line["note"],
    )
