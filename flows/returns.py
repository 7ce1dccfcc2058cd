"""The returns: built on the day on which they are due, delivered once approved, and their receipts read.

Starts every day and does something on few: what is due and not there is built, so that a start that was missed changes
nothing. `python -m flows.returns` runs it at once, without any deployment.
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

from exchange import clock, settings
from exchange.errors import EXIT_DONE, EXIT_INPUT_REFUSED, EXIT_OUR_FAULT, EXIT_PRECEDENCE, ExchangeError
from exchange.returns import delivering, due, receiving, versions
from exchange.returns.versions import RECEIVER, NothingChanged, Version
from exchange.settings import Settings
from flows import returns_page
from flows.desk import desk, safely, sitting_down
from flows.returns_page import Day
from flows.trying import never_raising, stage

# The visit that failures are noted under; no source is called so.
NAME: Final = "returns"


def built(service: Settings, of_return: str, period: str) -> Version | NothingChanged:
    """Build a return as things stand now."""
    from exchange.returns import building  # noqa: PLC0415 - pyarrow, scipy and workbooks, for who builds

    return building.build(service, of_return, period)


@stage("build", run_name="build {of_return} {period}")
@safely
def build(of_return: str, period: str) -> str:
    """Build a return that is due; what came of it, by name."""
    made = built(desk().settings, of_return, period)
    return "" if isinstance(made, NothingChanged) else made.stem


@stage("deliver", run_name="deliver {of_return} {period} v{version}")
@safely
def deliver(of_return: str, period: str, version: int) -> str:
    """Put a version that was approved on its receiver's server."""
    connection = desk().worker.connection
    return delivering.deliver(desk().settings, connection, versions.find(connection, of_return, period, version)).stem


@stage("read receipts", run_name="read receipts of returns")
@safely
def receive() -> tuple[list[str], list[str]]:
    """What the receiver says: versions that it has, and what is odd."""
    told = receiving.receive(desk().settings, desk().worker.connection)
    return [each.stem for each in told.noted], told.findings


@flow(name="returns", flow_run_name="returns", retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def returns() -> State[Day]:
    """Build what is due, deliver what is approved, read receipts. Failed when somebody has to act."""
    service, day = settings.load(), Day()
    with sitting_down(service, NAME, None, _silent) as here:
        with here.noting():
            for name, period in due.due(here.worker.connection, clock.today()):
                with here.noting():
                    day.built += filter(None, [build(name, period.name)])
        with here.noting():
            for each in versions.versions(here.worker.connection):
                if each.state == "approved":
                    with here.noting():
                        day.delivered.append(deliver(each.return_name, each.period, each.version))
        if RECEIVER in service.sftp:
            with here.noting():
                day.received, day.findings = receive()
        with here.noting():
            day.versions = versions.versions(here.worker.connection)
        day.failures = list(here.visit.night.failures)
    create_markdown_artifact(
        returns_page.markdown(clock.today(), day), key="returns", description=returns_page.headline(day)
    )
    kind = Failed if day.failed else Completed
    return kind(message=returns_page.headline(day), data=day)


def _silent(_what: str) -> None:
    """The names of the tasks say as much."""


def main() -> None:
    """Run the flow now: 0, or the exit code of what failed, or 3 where somebody has to act."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told: Any = returns(return_state=True).result(raise_on_failure=False)
    if isinstance(told, Day):
        typer.echo(returns_page.headline(told))
        for line in [*map(str, told.failures), *told.alerts]:
            typer.echo(line, err=True)
        codes = {failure.exit_code for failure in told.failures} | ({EXIT_INPUT_REFUSED} if told.alerts else set())
        raise typer.Exit(next((code for code in EXIT_PRECEDENCE if code in codes), max(codes, default=EXIT_DONE)))
    typer.echo(str(told) if isinstance(told, ExchangeError) else "The flow broke off; see Prefect's log.", err=True)
    raise typer.Exit(told.exit_code if isinstance(told, ExchangeError) else EXIT_OUR_FAULT)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.command()(main)
    command()
