"""The watch: every quarter of an hour, what is late or wrong is noted and told, and Prefect's page shows the picture.

It changes nothing about what was loaded, and a start too many or too few tells nobody anything twice. `python -m
flows.watch` runs it at once, without any deployment.
"""

# Not `from __future__ import annotations`: Prefect reads the types of a flow's parameters where they are not defined.

import os
import resource
from typing import Any, Final

import typer
from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from exchange import settings
from exchange.alerts.watch import Watched
from exchange.alerts.watch import look as look_round
from exchange.cli import picture
from exchange.errors import EXIT_OUR_FAULT, ExchangeError
from flows import watch_page
from flows.desk import desk, safely, sitting_down
from flows.trying import never_raising, stage

# The visit that failures are noted under; no source is called so.
NAME: Final = "watch"


@stage("look", run_name="look round")
@safely
def look() -> Watched:
    """Note what is wrong and what is over, and tell people."""
    return look_round(desk().settings, desk().worker.connection)


@flow(name="watch", flow_run_name="watch", retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def watch() -> State[Watched]:
    """Look for files that are late and whatever else is wrong. Failed when looking or telling failed, not for what it
    found: that is told, and stands on the page.
    """
    service = settings.load()
    watched = Watched()
    with sitting_down(service, NAME, None, _silent) as here:
        with here.noting():
            watched = look()
            taken = picture.taken(service, here.worker.connection)
            create_markdown_artifact(
                watch_page.markdown(taken, watched.standing), key="status", description=watch_page.headline(watched)
            )
        watched.failures += here.visit.night.failures
    kind = Failed if watched.failures else Completed
    return kind(message=watch_page.headline(watched), data=watched)


def _silent(_what: str) -> None:
    """The names of the tasks say as much."""


def main() -> None:
    """Run the watch now, and end with the exit code that lvws watch would have."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told: Any = watch(return_state=True).result(raise_on_failure=False)
    if isinstance(told, Watched):
        typer.echo(watch_page.headline(told))
        for failure in told.failures:
            typer.echo(str(failure), err=True)
        raise typer.Exit(told.exit_code)
    typer.echo(str(told) if isinstance(told, ExchangeError) else "The flow broke off; see Prefect's log.", err=True)
    raise typer.Exit(told.exit_code if isinstance(told, ExchangeError) else EXIT_OUR_FAULT)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.command()(main)
    command()
