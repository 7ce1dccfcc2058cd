"""`lvws watch`: one look round. What is wrong is noted and told; what is over is said to be over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from exchange import settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.alerts.watch import Watched


def watch(json: Json = False, yes: Yes = False) -> int:
    """Look for files that are late and whatever else is wrong, and tell people what is new. Safe to run again."""
    from exchange.alerts import watch as looking  # noqa: PLC0415 - returns and their rules
    from exchange.cli import alerts_page  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    with working(settings.load()) as worker:
        watched = looking.look(worker.settings, worker.connection)
    if json:
        screen.document(alerts_page.as_json(watched.standing) | {"told": watched.told})
    else:
        alerts_page.show([each for each in watched.standing if each.settled_at is None])
        _say_told(watched)
    for failure in watched.failures:
        typer.echo(str(failure), err=True)
    return watched.exit_code


def _say_told(watched: Watched) -> None:
    for route, count in watched.told.items():
        screen.say(f"Told {route}: {count or 'nothing new'}.")
