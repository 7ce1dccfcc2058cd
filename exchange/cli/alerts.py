"""`lvws alerts`: what is wrong now, what somebody settled, and whether a place takes alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange import clock, database, settings
from exchange.cli import desk, screen
from exchange.cli.desk import Reason
from exchange.cli.screen import Json, Yes
from exchange.errors import NotFound

app = typer.Typer(help="What is wrong now, as the last lvws watch found it.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The alert's number, as lvws alerts list shows it.")]
Everything = Annotated[bool, typer.Option("--all", help="With those that somebody settled.")]
Route = Annotated[str, typer.Argument(help="The [alerts.<name>] block of the settings.")]


@app.command("list")
def list_(all: Everything = False, json: Json = False, yes: Yes = False) -> None:  # noqa: A002 - the option's name
    """What is wrong now: the most dangerous first, since when, and what to do."""
    from exchange.cli import alerts_page  # noqa: PLC0415
    from exchange.ledger import alerts  # noqa: PLC0415

    with database.connect(settings.load(), "reader", doing="listing alerts") as connection:
        found = alerts.standing(connection, settled=all)
    if json:
        screen.document(alerts_page.as_json(found))
    else:
        alerts_page.show(found)


@app.command()
def settle(alert: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """Say that an alert needs nobody any more although it stands: no file will come, the volume was right."""
    from exchange.cli import alerts_page  # noqa: PLC0415
    from exchange.cms import steps  # noqa: PLC0415
    from exchange.ledger import alerts  # noqa: PLC0415

    why = steps.check_reason(reason)
    screen.confirm(f"This settles alert {alert}: it is told no more, whatever becomes of it", yes=yes)
    with desk.reading("settling an alert") as connection:
        found = alerts.settle(connection, alert, why, clock.now())
    if json:
        screen.document(alerts_page.as_json([found]))
    else:
        alerts_page.show([found])


@app.command("try")
def try_(route: Route, json: Json = False, yes: Yes = False) -> None:
    """Send a word to a place where alerts are told, to see whether it arrives."""
    from exchange.alerts import telling  # noqa: PLC0415

    loaded = settings.load()
    if route not in loaded.alerts:
        raise NotFound(what="block [alerts.<name>] of that name:", name=route, list_with="lvws doctor")
    screen.confirm(f"This sends a message to {route}", yes=yes)
    telling.send(route, loaded.alerts[route].urls, "LVWS: a try", "Alerts of the service arrive here.", waiting=0)
    screen.document({"route": route, "taken": True}) if json else screen.say(f"{route} took it.")
