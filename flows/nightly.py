"""The nightly flow: every source's files from its server into the CMS, and a page for the morning.

The stages are those of `lvws ingest`; Prefect starts them on time, tries again what can be tried again, and shows
what came. The ledger is the truth: a start too many or too few changes nothing. `python -m flows.nightly` runs it
at once, without any deployment.
"""

# Not `from __future__ import annotations`: Prefect reads the types of a flow's parameters where they are not defined.

import os
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, ParamSpec

import typer
from prefect import flow, runtime
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from exchange import clock, settings, stages
from exchange.cli import summary
from exchange.errors import EXIT_OUR_FAULT, ArtefactMissing, ExchangeError
from exchange.sources import FEEDS
from exchange.stages import Night
from flows import page
from flows.desk import Fault, desk, safely, sitting_down, unless_taken
from flows.matching import matched
from flows.onward import handed_over
from flows.page import Visit
from flows.trying import never_raising, stage

P = ParamSpec("P")

Source = Annotated[str, Field(description="Whose files to take in.", json_schema_extra={"enum": list(FEEDS)})]
Sources = Annotated[list[Source] | None, Field(description="Whose files to take in. None: of all that are set up.")]
Day = Annotated[date | None, Field(description="Only files of this business day. None: whatever is there.")]


@stage("fetch", run_name="fetch {source}")
@safely
def fetch(source: str) -> None:
    """Land and register every complete new file."""
    desk().fetch()


@stage("check", run_name="check {run}")
@safely
@unless_taken
def check(run: str) -> None:
    """Read and check the file; it is refused, stopped or goes on."""
    stages.check(desk().worker, run)


@stage("triage", run_name="triage {run}")
@safely
@unless_taken
def triage(run: str) -> None:
    """Decide which rows may be held."""
    stages.triage(desk().worker, run)


@stage("load", run_name="load {run}")
@safely
@unless_taken
def load(run: str) -> None:
    """Bring the run into the CMS, in one transaction."""
    stages.load(desk().worker, run)


@stage("start over", run_name="start over {run}")
@safely
@unless_taken
def start_over(run: str) -> None:
    """Something that a stage left behind is missing: what follows the fetch is done anew."""
    stages.start_over(desk().worker, run)


@stage("acknowledge", run_name="acknowledge {source}")
@safely
def acknowledge(source: str) -> None:
    """Answer the sender, and tidy away what is loaded."""
    stages.acknowledge(desk().worker, source)


@flow(name="ingest-source", flow_run_name="{source}", retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def ingest_source(source: Source, day: Day = None) -> State[Visit]:
    """Take in one source's files: fetch, check, load, answer the sender. Failed when somebody has to look."""
    service = settings.load()
    (name,) = stages.configured(service, [source])
    with sitting_down(service, name, day, _report) as here:
        with here.noting():
            fetch(name)
        with here.noting():
            for run in here.unfinished():
                _report(f"{name}: {run.file}")
                with here.noting():
                    carry_on(run.run)
        with here.noting():
            acknowledge(name)
        with here.noting():
            here.read_back()
    _publish([here.visit], key=f"source-{name.replace('_', '-')}")
    return _ended([here.visit], here.visit)


def carry_on(run: str) -> bool:
    """One run from where it is to its end; whether all of it was done here."""
    try:
        return check(run) and triage(run) and load(run)
    except ArtefactMissing:
        return start_over(run) and check(run) and triage(run) and load(run)


def name_of_the_night() -> str:
    """`nightly 2019-06-04`: the day in London on which it runs, or the business day that was asked for."""
    asked = runtime.flow_run.parameters.get("day")
    return f"nightly {asked or clock.today()}"


@flow(name="nightly", flow_run_name=name_of_the_night, retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def nightly(sources: Sources = None, day: Day = None) -> State[Night]:
    """Take in every source's files, match people, hand them on; one that fails does not keep the others.

    Failed when somebody has to look.
    """
    service = settings.load()
    visits = [visited(name, day) for name in stages.configured(service, sources or [])]
    visits.append(matched(service, _report))
    visits.append(handed_over(service, _report))
    _publish(visits, key="night")
    create_table_artifact(
        page.table(visits), key="night-files", description="Every file, with the outcomes of its rows"
    )
    return _ended(visits, _whole_night(visits))


def visited(source: str, day: date | None) -> Visit:
    """One source's visit, as a flow of its own; one that broke off is a visit with that failure."""
    ended = ingest_source(source, day, return_state=True)
    told = ended.result(raise_on_failure=False)
    if isinstance(told, Visit):
        return told
    broken = told if isinstance(told, ExchangeError) else Fault(where=f"the flow of {source}")
    return Visit(source, Night(failures=[broken]))


def _publish(visits: Sequence[Visit], *, key: str) -> None:
    text = page.markdown(clock.today(), visits)
    create_markdown_artifact(text, key=key, description=page.headline(visits))


def _ended(visits: Sequence[Visit], told: Any) -> State[Any]:
    """Failed, so that it is seen, when somebody has to act (page.Visit.failed); broken rows alone are ordinary."""
    kind = Failed if any(visit.failed for visit in visits) else Completed
    return kind(message=page.headline(visits), data=told)


def _whole_night(visits: Sequence[Visit]) -> Night:
    night = Night()
    for visit in visits:
        night.runs += visit.night.runs
        night.failures += visit.faults
        night.incomplete |= visit.night.incomplete
        night.unknown |= visit.night.unknown
        night.high_risk += visit.high_risk
        night.not_passable += visit.not_passable
        night.onward.done += visit.night.onward.done
        night.onward.overdue += visit.night.onward.overdue
        night.onward.not_set_up += visit.night.onward.not_set_up
    return night


def _report(what: str) -> None:
    """Progress on a terminal. Under a worker nobody looks, and the names of the tasks say as much."""
    if sys.stderr.isatty():
        typer.echo(what, err=True)


def main(
    source: Annotated[
        list[str] | None, typer.Option("--source", "-s", help="Only this source; may be given several times.")
    ] = None,
    date: Annotated[
        datetime | None, typer.Option("--date", "-d", formats=["%Y-%m-%d"], help="Only files of this business day.")
    ] = None,
) -> None:
    """Run the nightly flow now, and end with the exit code that lvws ingest would have."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold people's records
    ended = nightly(source, date.date() if date else None, return_state=True)
    night = ended.result(raise_on_failure=False)
    if isinstance(night, Night):
        summary.show_night(night)
        raise typer.Exit(night.exit_code)
    typer.echo(str(night) if isinstance(night, ExchangeError) else "The flow broke off; see Prefect's log.", err=True)
    raise typer.Exit(night.exit_code if isinstance(night, ExchangeError) else EXIT_OUR_FAULT)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.command()(main)
    command()
