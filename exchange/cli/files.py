"""`lvws files`: what came, by source and business day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from exchange import database, settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.ledger import reports

Day = Annotated[datetime | None, typer.Option("--date", "-d", formats=["%Y-%m-%d"], help="Only this business day.")]


def files(date: Day = None, json: Json = False, yes: Yes = False) -> None:
    """What came: loaded, nil, refused, incomplete, and gaps in the sequence numbers."""
    with database.connect(settings.load(), "reader", doing="listing files") as connection:
        came = reports.files(connection, date.date() if date else None)
    if json:
        screen.document(
            {"files": [entry.as_json() for entry in came.files], "gaps": [gap.as_json() for gap in came.gaps]}
        )
        return
    screen.table(
        "Files by business day",
        ["source", "business day", "seq", "file", "what", "rows", "arrived"],
        [(f.source, f.business_date, f.sequence, f.file, f.what, f.rows or "·", f.received_at) for f in came.files],
        right=["seq", "rows"],
    )
    for gap in came.gaps:
        screen.say(
            f"  - {gap.source}: sequence numbers {gap.first} to {gap.last} are missing. "
            "Ask the sender; files that come late are taken in by themselves."
        )
