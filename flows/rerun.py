"""Run loads again from Prefect's page: its form asks which; its artifact says what would change, or what did.

The same as `lvws rerun`. `python -m flows.rerun` has no use of its own: that command is there.
"""

# Not `from __future__ import annotations`: Prefect reads the types of a flow's parameters where they are not defined.

from datetime import date
from typing import Annotated, Any, Final

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from exchange import settings
from exchange.cli import rerun_page
from exchange.errors import EXIT_DONE
from exchange.ledger import audit
from exchange.ledger import runs as ledger
from exchange.operating import rerun as again
from exchange.sources import FEEDS
from flows.desk import desk, safely, sitting_down
from flows.rerun_page import headline, markdown
from flows.trying import never_raising, stage

# The visit that failures are noted under; no source is called so.
NAME: Final = "rerun"

Run = Annotated[str | None, Field(description="A run's id, or its beginning. Else give a source, a day or both.")]
Source = Annotated[
    str | None, Field(description="All of this source that stand still.", json_schema_extra={"enum": list(FEEDS)})
]
Day = Annotated[date | None, Field(description="All of this business day that stand still.")]
Preview = Annotated[bool, Field(description="Change nothing: list what would be new, changed and blocked.")]
Accept = Annotated[bool, Field(description="Load the sound rows of a stopped file; its broken ones are quarantined.")]
Previewed = Annotated[str | None, Field(description="The digest of a preview: apply exactly that, or refuse.")]


@stage("rerun", run_name="rerun {run}")
@safely
def one(run: str, preview: bool, accept_quarantine: bool, previewed: str | None) -> Any:
    """Run one load again, or say what that would do."""
    worker = desk().worker
    found = ledger.get(worker.connection, run)
    accepted_by = audit.whoami() if accept_quarantine else None
    if preview:
        return again.preview(worker, found, accepted_by=accepted_by)
    return again.rerun(worker, found, accepted_by=accepted_by, previewed=previewed)


@flow(name="rerun", flow_run_name="rerun {run}", retries=0, persist_result=False, log_prints=False)
@never_raising
@safely
def rerun(  # noqa: PLR0917 - the form's fields
    run: Run = None,
    source: Source = None,
    day: Day = None,
    preview: Preview = True,
    accept_quarantine: Accept = False,
    previewed: Previewed = None,
) -> State[rerun_page.Told]:
    """Carry failed or stopped loads on after their last good stage. As long as `preview` is on nothing changes.

    Failed when something was refused, busy or stopped again.
    """
    service, told = settings.load(), rerun_page.Told()
    with sitting_down(service, NAME, None, _silent) as here:
        with here.noting():
            for each in again.wanted(here.worker, run, source, day):
                with told.noting():
                    made: Any = one(each.run, preview, accept_quarantine, previewed if run else None)
                    told.add(made)
            told.failures += again.afterwards(here.worker, told.sources_changed, _silent)
        told.failures += here.visit.night.failures
    create_markdown_artifact(markdown(told), key="rerun", description=headline(told))
    kind = Completed if told.exit_code == EXIT_DONE else Failed
    return kind(message=headline(told), data=told)


def _silent(_what: str) -> None:
    """The names of the tasks say as much."""
