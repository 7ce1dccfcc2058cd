"""`lvws backfill`: a range of business days made good."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes

From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first business day.")]
To = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last business day.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", "-s", help="Only this source; may be given several times.")
]


def backfill(from_: From, to: To, source: Sources = None, json: Json = False, yes: Yes = False) -> int:
    """Take in every file of a range of days that is not there yet. Stopped, it goes on where it was when run again.

    In parallel, by Prefect: python -m flows.backfill.
    """
    from exchange import settings, stages  # noqa: PLC0415 - pandas and paramiko are slow to import
    from exchange.cli import progress, run_table, summary  # noqa: PLC0415
    from exchange.operating import backfill as filling  # noqa: PLC0415
    from exchange.sources import Span  # noqa: PLC0415

    loaded = settings.load()
    span = Span(from_.date(), to.date())
    parts = filling.parts(stages.configured(loaded, source or []), span)
    screen.confirm(f"This takes in what is missing from {span.first} to {span.last}", yes=yes)
    nights = []
    with progress.reporting(quiet=json) as report:
        for number, part in enumerate(parts, 1):
            done = f"{number} of {len(parts)}"
            nights.append(filling.do(loaded, part, lambda what, done=done: report(f"{done}: {what}")))  # type: ignore[misc]
        night = filling.together(nights)
        night.failures += filling.finish(loaded, report)
    if json:
        screen.document({"runs": [run_table.as_json(run) for run in night.runs]})
        summary.say_failures(night)
    else:
        summary.show_night(night)
    return night.exit_code
