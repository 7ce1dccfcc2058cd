"""The section "The clocks" for docs/triage.md, from mappings/triage/clocks.csv and the tested examples.

The examples are the table tests/triage/clocks.txt; the same table is a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mappings.clock_rules import Clock, load_clocks

TABLE: Final = Path(__file__).resolve().parents[2] / "tests" / "triage" / "clocks.txt"

HEAD: Final = """\
## The clocks

A clock begins when one thing happens and is met when another does (view `cms.clock`). Hours are elapsed hours, at
night and at week-ends too. Working days end with the day: n of them end at 24:00 of the n-th working day after the one
on which the clock began. Clocks run on while somebody is held. What is the service's own to do is listed by `lvws due`.

| clock | time | begins when | met when | who acts | in `lvws due` | source |
|---|---|---|---|---|---|---|
"""

OPEN: Final = "\nReadings that the documents leave open:\n\n"

EXAMPLES: Final = """
Every example is a test. Times are London's.

| began | clock | due | |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One line of the table, as written; `start` may end with BST or GMT."""

    start: str
    standard: str
    due: str
    because: str


def examples() -> list[Example]:
    """All lines of the table, in their order."""
    rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return [Example(*row) for row in rows if len(row) == 4 and row[0] != "start"]


def render() -> str:
    """The section."""
    clocks = load_clocks()
    return "".join((HEAD, *map(_row, clocks), OPEN, *_readings(clocks), EXAMPLES, *map(_example, examples())))


def _row(clock: Clock) -> str:
    time = f"{clock.amount} {clock.unit.replace('_', ' ')}"
    ours = "yes" if clock.ours else "no"
    cells = (f"`{clock.standard}`", time, clock.starts, clock.met_by, clock.whose, ours, clock.source)
    return f"| {' | '.join(cells)} |\n"


def _readings(clocks: tuple[Clock, ...]) -> Iterator[str]:
    yield from (f"- `{clock.standard}`: {clock.note}\n" for clock in clocks if not clock.verified)


def _example(example: Example) -> str:
    return f"| {example.start} | `{example.standard}` | {example.due} | {example.because} |\n"
