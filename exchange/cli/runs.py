"""`lvws runs` and `lvws show`: loads and their states, and one load whole."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange import database, settings
from exchange.cli import run_page, run_table, screen
from exchange.cli.screen import Json, Yes
from exchange.errors import WrongUse
from exchange.ledger import reports
from exchange.ledger import runs as ledger

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most (not with --json).")]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Only this source.")]


def runs(source: Source = None, limit: Limit = 30, json: Json = False, yes: Yes = False) -> None:
    """Loads and their states, newest first."""
    with database.connect(settings.load(), "reader", doing="listing runs") as connection:
        found = ledger.newest_first(connection, source=source, limit=None if json else limit)
    if json:
        screen.document({"runs": [run_table.as_json(run) for run in found]})
        return
    run_table.table("Runs, newest first", found)
    steps = [step for run in found if run.state != "loaded" and (step := run_table.next_step(run))]
    for step in steps[:10]:
        screen.say(f"  - {step}")


def show(
    run: Annotated[str, typer.Argument(help="The run's id, or its beginning (4 characters or more).")],
    json: Json = False,
    yes: Yes = False,
) -> None:
    """One load: counts, findings by rule, what the file changed, and what to do next."""
    if len(run) < 4:
        raise WrongUse(what="A run is named by at least the first 4 characters of its id.")
    with database.connect(settings.load(), "reader", doing="reading a run") as connection:
        page = reports.page(connection, ledger.get(connection, run))
    run_page.as_json(page) if json else run_page.show(page)
