"""`lvws rejects`: what senders have to put right."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.clock import LONDON

app = typer.Typer(help="What senders have to put right, until it is mended.", no_args_is_help=True)

Source = Annotated[str | None, typer.Option("--source", "-s", help="Only this source.")]
Everything = Annotated[bool, typer.Option("--all/--open", help="Mended ones too, or only those that are open.")]


@app.command("list")
def list_rejects(source: Source = None, everything: Everything = False, json: Json = False, yes: Yes = False) -> None:
    """Open rejects by source, oldest first: key, what is wrong, since when, how often told."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.ledger import reject_list  # noqa: PLC0415
    from exchange.sources import known  # noqa: PLC0415

    wanted = known(source).name if source else None
    with database.connect(settings.load(), "reader", doing="listing rejects") as connection:
        found = reject_list.listed(connection, wanted, only_open=not everything)
    summary = reject_list.summed_up([reject for reject in found if reject.mended_at is None])
    if json:
        screen.document(
            {"rejects": [each.as_json() for each in found], "summary": [each.as_json() for each in summary]}
        )
        return
    screen.table(
        "Rejects" if everything else "Open rejects",
        ["source", "key", "kind", "code", "first told", "times", "days", *(["mended"] if everything else [])],
        [
            (
                *(r.source, r.key or f"line {r.line} of {r.file}", r.kind, r.code),
                *(f"{r.first_reported.astimezone(LONDON):%Y-%m-%d}", r.times, r.age_days),
                *([f"{r.mended_at.astimezone(LONDON):%Y-%m-%d}" if r.mended_at else "·"] if everything else []),
            )
            for r in found
        ],
        right=["times", "days"],
    )
    for each in summary:
        days = "1 day" if each.oldest_days == 1 else f"{each.oldest_days} days"
        screen.say(f"  - {each.source}: {each.rejects} {each.kind} for {each.code}, the oldest {days}")
