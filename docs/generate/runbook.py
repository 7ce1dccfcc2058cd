"""docs/runbook.md: each error code, state of an expected file and alert: what it means for victims, what to do.

What happened and what to do come from the code; what it means and whom to ask from docs/runbook.csv, where no entry may
be missing.
"""

from __future__ import annotations

import csv
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.generate.errors import every_error
from exchange.alerts.kinds import GROUPS, KINDS
from exchange.intake.arrivals import STATES, WANTING

TABLE: Final = Path(__file__).resolve().parents[1] / "runbook.csv"
FAULT: Final = "E001"

HEAD: Final = """\
# Runbook

What happened, what it means for victims, what to do, whom to ask. Find the code (`E...`), the state or the alert that
you were told. When several things are wrong at once, take them in this order: security, people at high risk, files,
returns.

`lvws status` shows the night in one picture, `lvws alerts list` what stands. Nothing here needs an engineer unless it
says so. A command that stopped halfway has changed nothing, or goes on where it was when it is run again.

## A bad night, step by step

1. `lvws status`. What heads the list comes first: high risk and not passable, high risk and held.
2. `lvws alerts list`. Each has its entry below. Those of the group security: two people, and call back on a number that
   you knew before.
3. `lvws files` for what should have come. Call the senders of what is late or missed; what comes is taken in by itself,
   or at once with `lvws ingest --source S`. So it is when Prefect is away, too.
4. `lvws runs`. A run that is open: `lvws rerun RUN`. A stopped one: `lvws rerun RUN --preview --accept-quarantine`,
   then decide. A refused one: ask for a correct file.
5. A load that should not have been: `lvws undo RUN --preview`, then `lvws undo RUN`.
6. `lvws quarantine list`. What you know for sure, correct: `lvws quarantine correct RUN LINE`. The rest is the
   sender's.
7. `lvws watch`. What is over is told as over.

Drilled: `make drill` plays a bad week with these commands alone, and compares the database with that of a good one.

"""


@dataclass(frozen=True)
class Entry:
    """What it means for victims, and whom to ask."""

    means: str
    ask: str


def entries() -> Mapping[str, Entry]:
    """The table, by entry."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {line["entry"]: Entry(line["means"], line["ask"]) for line in csv.DictReader(file)}


def wanted() -> list[str]:
    """Every entry that the code needs."""
    codes = [FAULT, *(error.code for error in every_error())]
    return [*codes, *STATES, *(f"alert:{name}" for name in KINDS)]


def render() -> str:
    """The page."""
    known = entries()
    return HEAD + "\n".join([*_alerts(known), *_states(known), *_errors(known)])


def _alerts(known: Mapping[str, Entry]) -> Iterator[str]:
    yield "## Alerts\n"
    for group, says in GROUPS.items():
        yield f"### {group}\n\n{says}\n"
        yield "| alert | says | for victims | do | ask |\n|---|---|---|---|---|"
        for kind in KINDS.values():
            if kind.group == group:
                entry = known[f"alert:{kind.name}"]
                yield _row(f"`{kind.name}`", _plain(kind.says), entry.means, _plain(kind.do), entry.ask)
        yield ""


def _states(known: Mapping[str, Entry]) -> Iterator[str]:
    yield "## States of an expected file\n\nAs `lvws files` shows them, for each source and business day by itself.\n"
    yield "| state | means | for victims | do | ask |\n|---|---|---|---|---|"
    for state, says in STATES.items():
        do = _plain(KINDS[state].do) if state in WANTING else "Nothing."
        yield _row(f"`{state}`", says, known[state].means, do, known[state].ask)
    yield ""


def _errors(known: Mapping[str, Entry]) -> Iterator[str]:
    yield "## Error codes\n"
    yield "| code | says | for victims | do | ask |\n|---|---|---|---|---|"
    fault = known[FAULT]
    again = "Run the command again; if it comes back, report the line and the time."
    yield _row(f"`{FAULT}`", "A fault of ours.", fault.means, again, fault.ask)
    for error in every_error():
        entry = known[error.code]
        yield _row(f"`{error.code}`", _plain(error.says), entry.means, _plain(error.do), entry.ask)


def _plain(text: str) -> str:
    """A sentence with its facts as names: `{source}` becomes SOURCE."""
    parts = string.Formatter().parse(text)
    return "".join(before + (name.upper() if name else "") for before, name, *_ in parts)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"
