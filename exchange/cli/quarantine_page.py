"""Broken rows and their corrections, for people and for --json."""

from __future__ import annotations

import contextlib
import json as formats
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from exchange import clock
from exchange.cli import contact_page, desk, run_table, screen
from exchange.errors import WrongUse
from exchange.ledger.corrections import Cause, Correction, Waiting
from validators.rules import RULES

if TYPE_CHECKING:
    from exchange.database import Connection
    from exchange.ledger.runs import Run
    from exchange.quarantine.columns import Proposal
    from exchange.quarantine.rows import Row
    from exchange.settings import Settings

Faults = Sequence[tuple[str, str]]
BLANK = "-"


def as_json(found: Sequence[Cause], waits: Sequence[Waiting], asked_for: Sequence[Correction]) -> dict[str, Any]:
    """Causes, rows and corrections as one document."""
    return {
        "causes": [
            {
                **{name: getattr(each, name) for name in ("source", "rule", "column", "rows", "files", "owner")},
                "oldest": each.oldest.isoformat(),
                "oldest_days": _days(each.oldest),
            }
            for each in found
        ],
        "rows": [
            {
                **{name: getattr(each, name) for name in ("source", "run", "line", "rule", "file", "times")},
                "key": each.referral_key,
                "first_reported": each.first_reported.isoformat(),
            }
            for each in waits
        ],
        "corrections": [_correction(each) for each in asked_for],
    }


def _correction(each: Correction) -> dict[str, Any]:
    names = ("source", "file", "of_run", "rows", "people", "state")
    return {"correction": each.correction_id, **{name: getattr(each, name) for name in names}, "by": each.operators}


def causes(found: Sequence[Cause]) -> None:
    """What is broken, by cause, and what can be done about each."""
    screen.table(
        "Broken rows by cause",
        ["source", "rule", "column", "rows", "files", "oldest", "days", "owner", "who mends it"],
        [
            (
                *(each.source, each.rule, each.column, each.rows, each.files, desk.at(each.oldest)),
                *(_days(each.oldest), each.owner or "nobody", RULES[each.rule].fixed_by),
            )
            for each in found
        ],
        right=["rows", "files", "days"],
    )
    if found:
        screen.say(
            "Correct one: lvws quarantine correct RUN LINE. Many: lvws quarantine export. After a code table changed: "
            "lvws quarantine release. Row by row: lvws quarantine list --rows"
        )


def rows(found: Sequence[Waiting]) -> None:
    """Row by row, without values."""
    screen.table(
        "Broken rows",
        ["run", "line", "source", "key", "rule", "file", "first told", "times"],
        [
            (e.run, e.line, e.source, e.referral_key or "not sound", e.rule, e.file, desk.at(e.first_reported), e.times)
            for e in found
        ],
        right=["line", "times"],
    )


def asked(found: Sequence[Correction]) -> None:
    """Corrections that wait for a second person."""
    for each in found:
        screen.say(
            f"Correction {each.correction_id} of {each.rows} rows of {each.file} by {', '.join(each.operators)} waits "
            f"for a second person: lvws quarantine confirm {each.correction_id}, or refuse."
        )


def columns_json(proposal: Proposal) -> None:
    """What the columns of a refused file seem to be."""
    names = ("column", "sent", "fit", "looked_at")
    changed = [{**{name: getattr(p, name) for name in names}, "evidence": p.evidence} for p in proposal.changed]
    screen.document({"run": proposal.run.run, "columns": changed})


def columns(proposal: Proposal) -> None:
    """The same for people."""
    screen.table(
        f"Columns of {proposal.run.file} that are not as agreed",
        ["ours", "in the file", "evidence"],
        [(pair.column, pair.sent, pair.evidence) for pair in proposal.changed],
    )
    screen.say(
        "If that is right, and the sender says so: lvws quarantine columns RUN --accept. Agree the change in writing; "
        "a layout that stays changed is a layout of its own (docs/adding-a-source.md)."
    )


def row_json(run: Run, found: Row, faults: Faults) -> None:
    """One row with its values."""
    screen.document(
        {
            "run": run.run,
            "line": found.line,
            "values": dict(found.values) if found.values is not None else None,
            "findings": [{"column": column, "rule": rule, "says": RULES[rule].says} for column, rule in faults],
        }
    )


def row(run: Run, found: Row, faults: Faults) -> None:
    """One row for people: what is wrong first, then all of it."""
    screen.say(f"Run {run.run}, line {found.line} of {run.file} ({run.source})")
    screen.table(
        "What is wrong",
        ["column", "rule", "what it means", "who mends it"],
        [(column, rule, RULES[rule].says, RULES[rule].fixed_by) for column, rule in faults],
    )
    if found.values is None:
        screen.say("It has not as many fields as its layout: only the sender can mend it.")
        return
    screen.table("The row", ["column", "value"], [(name, value) for name, value in found.values.items() if value])


def ask(values: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """Each faulty column, at a terminal: blank keeps it, - says that it is blank."""
    typer.echo(f"Enter keeps what stands in brackets, {BLANK} makes it blank.", err=True)
    given = {}
    for column in dict.fromkeys(column for column, _ in faults if column):
        says = "; ".join(RULES[rule].says for name, rule in faults if name == column)
        typed = typer.prompt(f"{column} ({says}) [{values[column]}]", default="", show_default=False, err=True).strip()
        if typed:
            given[column] = "" if typed == BLANK else typed
    return given


def from_json(text: str, values: Mapping[str, str]) -> dict[str, str]:
    """Columns and values as one JSON object. Raises WrongUse, which never shows a value."""
    given: Any = None
    with contextlib.suppress(ValueError):
        given = formats.loads(text)
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise WrongUse(what="Standard input holds no JSON object of columns with texts.")
    unknown = sorted(given.keys() - values.keys())
    if unknown:
        raise WrongUse(what=f"The layout has no column {unknown[0]}.")
    return given


def changes(settings: Settings, connection: Connection, correction: Correction) -> None:
    """What a correction changes, before somebody signs it: that look is audited."""
    from exchange.database import transaction  # noqa: PLC0415
    from exchange.ledger import audit, runs  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415

    run = runs.get(connection, correction.of_run)
    for column, sent in formats.loads(correction.document).get("columns", {}).items():
        screen.say(f"Column {column} of {run.file} is called {sent} there.")
    with transaction(connection, "noting a look"):
        audit.record(connection, "correction read", run.run, correction=correction.correction_id)
    for line, told in correcting.before_and_after(settings, connection, run, correction).items():
        screen.say(f"Line {line} of {run.file}:")
        contact_page.changes(told)


def replayed_json(asked_for: Sequence[Correction], done: Sequence[Run], left: int) -> None:
    """Corrections and the runs that they became."""
    screen.document(
        {
            "corrections": [_correction(each) for each in asked_for],
            "runs": [run_table.as_json(run) for run in done],
            "still_broken": left,
        }
    )


def replayed(asked_for: Sequence[Correction], done: Sequence[Run], left: int) -> None:
    """What became of it, for people."""
    for each in asked_for:
        what = f"Correction {each.correction_id} of {each.rows} rows of {each.file}"
        if each.state == "waiting":
            screen.say(
                f"{what} is signed and not done yet: a second person has to confirm it: "
                f"lvws quarantine confirm {each.correction_id}"
            )
        elif each.state == "refused":
            screen.say(f"{what} was not done: rows of it were mended meanwhile. Look again with: lvws quarantine list")
    if done:
        run_table.table("Replayed", list(done))
    if left:
        screen.say(f"{left} rows are broken still and stay where they are.")


def _days(since: Any) -> int:
    return int((clock.now() - since).days)
