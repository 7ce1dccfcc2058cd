"""Runs as JSON, as a table, and what to do about each."""

from __future__ import annotations

from typing import Any

from exchange.cli import screen
from exchange.ledger.runs import Run

COUNTS = ("rows", "created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting")


def as_json(run: Run) -> dict[str, Any]:
    """A run as `lvws ingest --json` and `lvws runs --json` print it (interfaces: command-line)."""
    head = {
        name: getattr(run, name) for name in ("run", "source", "file", "business_date", "sequence", "state", "code")
    }
    return {**head, "business_date": run.business_date.isoformat(), **{name: getattr(run, name) for name in COUNTS}}


def table(title: str, runs: list[Run]) -> None:
    """Runs as a table."""
    screen.table(
        title,
        ["run", "source", "file", "state", "why", *COUNTS],
        [
            (run.run, run.source, run.file, run.state, run.code, *(getattr(run, name) or "·" for name in COUNTS))
            for run in runs
        ],
        right=COUNTS,
    )


def next_step(run: Run) -> str | None:
    """What an operator does about a run that did not end well."""
    match run.state:
        case "refused":
            return (
                f"{run.file}: refused ({run.code}). Nothing of it was loaded; the sender is told. "
                f"See: lvws show {run.run}"
            )
        case "stopped":
            return (
                f"{run.file}: stopped, too many broken rows. Nothing of it was loaded. See: lvws show {run.run}; then "
                f"a correct file from the sender, or lvws rerun {run.run} --accept-quarantine"
            )
        case "open":
            return f"{run.file}: on its way (after {run.stage}). Carry it on with: lvws rerun {run.run}"
        case _:
            return (
                f"{run.file}: {run.quarantined} {'row' if run.quarantined == 1 else 'rows'} quarantined. "
                f"See: lvws show {run.run}"
                if run.quarantined
                else None
            )
