"""`lvws ingest`: what the nightly flow does, without Prefect."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes

Sources = Annotated[
    list[str] | None, typer.Option("--source", "-s", help="Only this source; may be given several times.")
]
Day = Annotated[
    datetime | None, typer.Option("--date", "-d", formats=["%Y-%m-%d"], help="Only files of this business day.")
]


def ingest(source: Sources = None, date: Day = None, json: Json = False, yes: Yes = False) -> int:
    """Fetch, check, load and acknowledge whatever is there, then hand onward referrals over. Safe to run again."""
    from exchange import settings, stages  # noqa: PLC0415 - pandas and paramiko are slow to import
    from exchange.cli import progress, run_table, summary  # noqa: PLC0415

    loaded = settings.load()
    names = stages.configured(loaded, source or [])
    with progress.reporting(quiet=json) as report:
        night = stages.ingest(loaded, names, date.date() if date else None, report)
    if json:
        onward = night.onward.as_json()
        runs = {"runs": [run_table.as_json(run) for run in night.runs]}
        screen.document(runs | ({"onward": onward} if onward else {}))
        summary.say_failures(night)
    else:
        summary.show_night(night)
    return night.exit_code
