"""`lvws quarantine`: broken rows by cause; read with a reason, corrected by hand or in a workbook, released."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange import database, settings
from exchange.cli import desk, screen
from exchange.cli.desk import Reason
from exchange.cli.screen import Json, Yes
from exchange.errors import EXIT_BUSY, EXIT_DONE, NothingQuarantined, WrongUse

if TYPE_CHECKING:
    from exchange.cms.steps import Desk
    from exchange.ledger.corrections import Correction, Waiting

app = typer.Typer(help="Broken rows: each is a person whom nobody calls until it is mended.", no_args_is_help=True)

PASSWORD = "LVWS_QUARANTINE_PASSWORD"  # noqa: S105 - the variable's name

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The load's run, as lvws quarantine list --rows shows it.")]
Line = Annotated[int, typer.Argument(metavar="LINE", help="The row's line in its file.")]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Only this source.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Only this cause, such as ho_code_unknown.")]
OfRun = Annotated[str | None, typer.Option("--run", help="Only rows of this load.")]
Rows = Annotated[bool, typer.Option("--rows", help="Row by row instead of by cause. No values.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The correction's number.")]


@app.command("list")
def list_(source: Source = None, rule: Rule = None, rows: Rows = False, json: Json = False, yes: Yes = False) -> None:
    """What is broken, by cause: how many rows, since when, who looks after it; and corrections that wait."""
    from exchange.cli import quarantine_page  # noqa: PLC0415
    from exchange.ledger import corrections  # noqa: PLC0415

    with database.connect(settings.load(), "reader", doing="listing the quarantine") as connection:
        found = corrections.waiting(connection, source=source, rule=rule)
        causes = [each for each in corrections.causes(connection, source) if rule in {None, each.rule}]
        asked = corrections.in_state(connection, "waiting")
    if json:
        screen.document(quarantine_page.as_json(causes, found, asked))
        return
    quarantine_page.rows(found) if rows else quarantine_page.causes(causes)
    quarantine_page.asked(asked)


@app.command()
def show(run: RunId, line: Line, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """One broken row: its columns, and what is wrong with which. Each look is audited."""
    from exchange.cli import quarantine_page  # noqa: PLC0415
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.ledger import audit, corrections, runs  # noqa: PLC0415
    from exchange.quarantine import rows as broken_rows  # noqa: PLC0415

    why = steps.check_reason(reason)
    loaded = settings.load()
    with desk.reading("reading a broken row") as connection:
        of_run = runs.get(connection, run)
        faults = corrections.faults(connection, of_run.run, [line])[line]
        found = broken_rows.read(loaded.home, of_run, [line])[line]
        with database.transaction(connection, "noting a look"):
            audit.record(connection, "broken row read", of_run.run, line=line, reason=why)
    quarantine_page.row_json(of_run, found, faults) if json else quarantine_page.row(of_run, found, faults)


@app.command()
def correct(run: RunId, line: Line, reason: Reason, json: Json = False, yes: Yes = False) -> int:
    """Correct one broken row, signed with your key, and replay it. Asks for each faulty column at a terminal.

    Elsewhere the values are one JSON object on standard input, column by column. What tells how somebody is reached
    safely, and keys, a second person confirms.
    """
    from exchange.cli import quarantine_page  # noqa: PLC0415
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.ledger import corrections, runs  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415
    from exchange.quarantine import rows as broken_rows  # noqa: PLC0415

    why, loaded = steps.check_reason(reason), settings.load()
    with desk.working("correcting a broken row") as at_desk:
        of_run = runs.get(at_desk.connection, run)
        _must_wait(at_desk, of_run.run, [line])
        row = broken_rows.read(loaded.home, of_run, [line])[line]
        values = broken_rows.values_of(of_run, row)
        faults = corrections.faults(at_desk.connection, of_run.run, [line])[line]
        given = quarantine_page.ask(values, faults) if sys.stdin.isatty() else _given(values)
        new = correcting.corrected(loaded, of_run, {line: given})
        changed = ", ".join(new[0].columns)
        screen.confirm(f"This corrects {changed or 'nothing'} of line {line} of {of_run.file}", yes=yes)
        asked = [correcting.ask(loaded, at_desk, of_run, new, why)]
    return _replayed(asked, json=json)


@app.command()
def export(  # noqa: PLR0913, PLR0917 - the command's options
    folder: Annotated[Path, typer.Option("--folder", "-f", help="Where to write it; nobody else may read it there.")],
    reason: Reason,
    source: Source = None,
    rule: Rule = None,
    run: OfRun = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Write broken rows into a workbook with a password: key, faulty columns and codes alone. It counts for 7 days."""
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.quarantine import handing  # noqa: PLC0415

    why, loaded = steps.check_reason(reason), settings.load()
    with desk.working("exporting broken rows") as at_desk:
        found = _wanted(at_desk, source, rule, run)
        screen.confirm(f"This writes values of {len(found)} broken rows into {folder}", yes=yes)
        made = handing.export(loaded, at_desk, found, folder, why)
    if json:
        screen.document(
            {
                **{name: getattr(made, name) for name in ("rows", "cells", "left", "password")},
                "file": str(made.path),
                "expires_at": made.expires_at.isoformat(),
            }
        )
        return
    until = f"{made.expires_at:%Y-%m-%d %H:%M} UTC"
    screen.say(f"Written: {made.path} ({made.rows} rows, {made.cells} faulty columns). It counts until {until}.")
    if made.left:
        screen.say(f"{made.left} rows are not in it: their columns cannot be told apart, or there are too many.")
    screen.say(f"Its password, which is kept nowhere: {made.password}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook that lvws quarantine export made.")],
    reason: Reason,
    json: Json = False,
    yes: Yes = False,
) -> int:
    """Take a workbook's corrections in, signed with your key, replay them, and delete the workbook.

    Its password is asked at a terminal, else read from LVWS_QUARANTINE_PASSWORD.
    """
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.quarantine import handing  # noqa: PLC0415

    why, loaded = steps.check_reason(reason), settings.load()
    with desk.working("importing corrections") as at_desk:
        screen.confirm(f"This takes the corrections of {file} in and deletes it", yes=yes)
        asked = handing.take_in(loaded, at_desk, file, _password(), why)
    return _replayed(asked, json=json)


@app.command()
def release(  # noqa: PLR0917 - the command's options
    reason: Reason,
    source: Source = None,
    rule: Rule = None,
    run: OfRun = None,
    json: Json = False,
    yes: Yes = False,
) -> int:
    """Replay broken rows that break no rule any more, because a code table or a rule has changed. Others stay."""
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.ledger import runs  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415

    why, loaded = steps.check_reason(reason), settings.load()
    asked, left = [], 0
    with desk.working("releasing broken rows") as at_desk:
        found = _wanted(at_desk, source, rule, run)
        of_runs = [runs.get(at_desk.connection, each) for each in dict.fromkeys(row.run for row in found)]
        sound = {}
        for of_run in of_runs:
            lines = [row.line for row in found if row.run == of_run.run]
            sound[of_run.run], still = correcting.sound_now(loaded, of_run, lines)
            left += len(still)
        rows = sum(map(len, sound.values()))
        if not rows:
            raise NothingQuarantined(more=f" that breaks no rule any more ({left} still do)")
        screen.confirm(f"This replays {rows} rows as they came; {left} are broken still", yes=yes)
        asked = [
            correcting.ask(loaded, at_desk, of_run, sound[of_run.run], why) for of_run in of_runs if sound[of_run.run]
        ]
    return _replayed(asked, json=json, left=left)


@app.command()
def columns(
    run: RunId,
    reason: Reason,
    accept: Annotated[bool, typer.Option("--accept", help="Load the file with its columns as proposed.")] = False,
    json: Json = False,
    yes: Yes = False,
) -> int:
    """What the columns of a file that was refused for them seem to be, with the evidence; and load it so, signed."""
    from exchange.cli import quarantine_page  # noqa: PLC0415
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.ledger import runs  # noqa: PLC0415
    from exchange.quarantine import columns as renamed  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    why, loaded = steps.check_reason(reason), settings.load()
    with working(loaded) as worker:
        proposal = renamed.propose(loaded, runs.get(worker.connection, run))
        if not accept:
            quarantine_page.columns_json(proposal) if json else quarantine_page.columns(proposal)
            return 0
        if not json:
            quarantine_page.columns(proposal)
        with desk.working("accepting columns") as at_desk:
            screen.confirm(f"This loads {proposal.run.file} with these columns", yes=yes)
            asked = renamed.accept(worker, at_desk, proposal, why)
    return _replayed([asked], json=json)


@app.command()
def confirm(correction: Number, json: Json = False, yes: Yes = False) -> int:
    """Sign a colleague's correction as the second person, which is then replayed."""
    from exchange import operators  # noqa: PLC0415
    from exchange.cli import quarantine_page  # noqa: PLC0415
    from exchange.ledger import corrections  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415

    loaded = settings.load()
    with desk.working("confirming a correction") as at_desk:
        found = corrections.get(at_desk.connection, correction)
        if not json:
            quarantine_page.changes(loaded, at_desk.connection, found)
        by = ", ".join(found.operators)
        screen.confirm(f"This signs correction {correction} of {by} as the second person, and does it", yes=yes)
        correcting.confirm(at_desk, found, operators.known(loaded))
    return _replayed([found], json=json)


@app.command()
def refuse(correction: Number, json: Json = False, yes: Yes = False) -> None:
    """End a colleague's correction without doing it, signed with your key."""
    from exchange.ledger import corrections  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415

    with desk.working("refusing a correction") as at_desk:
        found = corrections.get(at_desk.connection, correction)
        screen.confirm(f"This ends correction {correction} without doing it", yes=yes)
        correcting.refuse(settings.load(), at_desk, found)
    said = {"correction": correction, "state": "refused"}
    screen.document(said) if json else screen.say(f"Correction {correction} is refused: nothing was changed.")


@app.command()
def assign(
    source: Annotated[str, typer.Option("--source", "-s", help="Whose rows.")],
    rule: Annotated[str, typer.Option("--rule", help="For which cause.")],
    to: Annotated[str, typer.Option("--to", help="Who looks after them: an operator of the settings.")],
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Say who looks after the broken rows of a source for a cause."""
    from exchange import operators  # noqa: PLC0415
    from exchange.ledger import corrections  # noqa: PLC0415
    from exchange.sources import known  # noqa: PLC0415
    from validators.rules import RULES  # noqa: PLC0415

    if to not in operators.known(settings.load()) or rule not in RULES:
        raise WrongUse(what=f"{to} is no operator of the settings, or {rule} no rule (docs/rules.md).")
    screen.confirm(f"This makes {to} look after {rule} of {known(source).name}", yes=yes)
    with desk.reading("noting an owner") as connection:
        corrections.give_to(connection, source, rule, to)
    if json:
        screen.document({"source": source, "rule": rule, "owner": to})
    else:
        screen.say(f"{to} has {rule} of {source} now.")


def _wanted(at_desk: Desk, source: str | None, rule: str | None, run: str | None) -> list[Waiting]:
    from exchange.ledger import corrections, runs  # noqa: PLC0415

    of_run = runs.get(at_desk.connection, run).run if run else None
    found = corrections.waiting(at_desk.connection, source=source, rule=rule, run=of_run)
    if not found:
        raise NothingQuarantined(more="")
    return found


def _must_wait(at_desk: Desk, run: str, lines: Sequence[int]) -> None:
    from exchange.ledger import corrections  # noqa: PLC0415

    waits = {each.line for each in corrections.waiting(at_desk.connection, run=run)}
    if not set(lines) <= waits:
        raise NothingQuarantined(more=f": line {lines[0]} is mended, or a newer row of its key is the one to correct")


def _given(values: Any) -> dict[str, str]:
    from exchange.cli import quarantine_page  # noqa: PLC0415

    return quarantine_page.from_json(sys.stdin.read(), values)


def _password() -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        raise WrongUse(what=f"The workbook's password is asked at a terminal, or read from {PASSWORD}.")
    return str(typer.prompt("Password", hide_input=True, err=True))


def _replayed(asked: Sequence[Correction], *, json: bool, left: int = 0) -> int:
    """Replay what is signed, do what a night does after its loads, and tell how each correction stands now."""
    from exchange.cli import progress, quarantine_page  # noqa: PLC0415
    from exchange.ledger import corrections  # noqa: PLC0415
    from exchange.operating import rerun  # noqa: PLC0415
    from exchange.quarantine import correcting  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    with progress.reporting(quiet=json) as report, working(settings.load()) as worker:
        done = correcting.replay(worker)
        failures = list(rerun.afterwards(worker, sorted({run.source for run in done}), report)) if done else []
        stand = [corrections.get(worker.connection, each.correction_id) for each in asked]
    quarantine_page.replayed_json(stand, done, left) if json else quarantine_page.replayed(stand, done, left)
    for failure in failures:
        typer.echo(str(failure), err=True)
    overtaken = EXIT_BUSY if any(each.state == "refused" for each in stand) else EXIT_DONE
    return max((failure.exit_code for failure in failures), default=overtaken)
