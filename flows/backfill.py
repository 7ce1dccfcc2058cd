"""A backfill in parallel: a source's month is a task, by processes of this machine or by a Dask cluster.

`python -m flows.backfill --from D --to D [--source S] [--workers N]`. A cluster's address is the setting dask_address;
its workers need this release, the settings (LVWS_CONFIG) and the way to database, vault and senders. Started again it
does what is missing.
"""

# Not `from __future__ import annotations`: Prefect reads the types of a flow's parameters where they are not defined.

import os
import resource
from datetime import date, datetime
from typing import Annotated, Any

import typer
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from prefect.task_runners import ProcessPoolTaskRunner
from pydantic import Field

from exchange import settings, stages
from exchange.cli import summary
from exchange.errors import EXIT_OUR_FAULT, ExchangeError
from exchange.operating import backfill as filling
from exchange.operating.backfill import Part
from exchange.settings import Settings
from exchange.sources import FEEDS, Span
from exchange.stages import Night
from flows import page
from flows.desk import Fault, safely
from flows.page import Visit
from flows.trying import never_raising

Source = Annotated[str, Field(description="Whose files to take in.", json_schema_extra={"enum": list(FEEDS)})]
Sources = Annotated[list[Source] | None, Field(description="None: of all that are set up.")]
First = Annotated[date, Field(description="The first business day.")]
Last = Annotated[date, Field(description="The last business day.")]
Workers = Annotated[int, Field(description="How many processes of this machine, where there is no cluster.", ge=1)]


@task(name="take in", task_run_name="{source} {first} to {last}", persist_result=False, cache_policy=NO_CACHE)
@safely
def take_in(source: str, first: date, last: date) -> Night:
    """A source's days, in whatever process this is; the settings are read there."""
    return filling.do(settings.load(), Part(source, Span(first, last)), _silent)


@flow(name="backfill-parts", flow_run_name="parts", retries=0, persist_result=False, log_prints=False)
@safely
def take_in_all(parts: list[tuple[str, date, date]]) -> list[Any]:
    """Every part, as many at a time as there are workers; what each came to, or what broke it off."""
    futures = [take_in.submit(*part) for part in parts]
    return [future.result(raise_on_failure=False) for future in futures]


@flow(name="backfill", flow_run_name="backfill {first} to {last}", retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def backfill(first: First, last: Last, sources: Sources = None, workers: Workers = 2) -> State[Night]:
    """Take in what is missing of a range of days. Failed when somebody has to look."""
    service = settings.load()
    parts = filling.parts(stages.configured(service, sources or []), Span(first, last))
    everywhere = take_in_all.with_options(task_runner=_runner(service, workers))
    found = everywhere([(part.source, part.span.first, part.span.last) for part in parts])
    night = filling.together([_told(each, part) for each, part in zip(found, parts, strict=True)])
    night.failures += filling.finish(service, _silent)
    visits = [_visit(name, night) for name in dict.fromkeys(part.source for part in parts)]
    visits[0].night.failures = night.failures
    create_markdown_artifact(page.markdown(last, visits), key="backfill", description=page.headline(visits))
    kind = Failed if any(visit.failed for visit in visits) else Completed
    return kind(message=page.headline(visits), data=night)


def _runner(service: Settings, workers: int) -> Any:
    if not service.dask_address:
        return ProcessPoolTaskRunner(max_workers=workers)
    from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - for who has a cluster

    return DaskTaskRunner(address=service.dask_address)


def _told(found: Any, part: Part) -> Night:
    if isinstance(found, Night):
        return found
    return Night(failures=[found if isinstance(found, ExchangeError) else Fault(where=f"the part {part.name}")])


def _visit(source: str, night: Night) -> Visit:
    return Visit(source, Night(runs=[run for run in night.runs if run.source == source]))


def _silent(_what: str) -> None:
    """The names of the tasks say as much."""


def main(
    from_: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first business day.")],
    to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last business day.")],
    source: Annotated[list[str] | None, typer.Option("--source", "-s", help="Only this source.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, where there is no cluster.")] = 2,
) -> None:
    """Run the backfill now, and end with the exit code that lvws backfill would have."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold people's records
    told: Any = backfill(from_.date(), to.date(), source, workers, return_state=True).result(raise_on_failure=False)
    if isinstance(told, Night):
        summary.show_night(told)
        raise typer.Exit(told.exit_code)
    typer.echo(str(told) if isinstance(told, ExchangeError) else "The flow broke off; see Prefect's log.", err=True)
    raise typer.Exit(told.exit_code if isinstance(told, ExchangeError) else EXIT_OUR_FAULT)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.command()(main)
    command()
