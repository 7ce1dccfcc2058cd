"""`lvws rerun`: carry a load on after its last good stage; or say what that would do."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from exchange import settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.errors import AnswerNeeded, WrongUse

if TYPE_CHECKING:
    from exchange.cli.rerun_page import Told
    from exchange.ledger.runs import Run
    from exchange.worker import Worker

RunId = Annotated[str | None, typer.Argument(metavar="RUN", help="The run's id, or its beginning; see lvws runs.")]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Instead: all of this source that stand still.")]
Day = Annotated[
    datetime | None, typer.Option("--date", "-d", formats=["%Y-%m-%d"], help="Instead: all of this business day.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Change nothing: list what would be new, changed, blocked.")]
Accept = Annotated[
    bool,
    typer.Option("--accept-quarantine", help="Load the sound rows although many are broken; those are quarantined."),
]
Previewed = Annotated[
    str | None, typer.Option("--previewed", metavar="DIGEST", help="Apply what that preview showed, or refuse.")
]


def rerun(  # noqa: PLR0913, PLR0917 - the command's options
    run: RunId = None,
    source: Source = None,
    date: Day = None,
    preview: Preview = False,
    accept_quarantine: Accept = False,
    previewed: Previewed = None,
    json: Json = False,
    yes: Yes = False,
) -> int:
    """Carry a failed or stopped load on after its last good stage. Shows first what it would do, and asks."""
    from exchange.cli import progress, rerun_page  # noqa: PLC0415 - the returns and their rules
    from exchange.operating import rerun as again  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    if (run is None) == (source is None and date is None):
        raise WrongUse(what="Name a run, or a source, a day or both with --source and --date")
    if previewed is not None and run is None:
        raise WrongUse(what="--previewed is about one run, which has to be named")
    if not (preview or yes or sys.stdin.isatty()):
        raise AnswerNeeded(change="a load is carried on")
    accepted_by = _whoami() if accept_quarantine else None
    told = rerun_page.Told()
    with working(settings.load()) as worker, progress.reporting(quiet=json) as report:
        for each in again.wanted(worker, run, source, date.date() if date else None):
            with told.noting():
                digest = previewed
                if preview or not yes:
                    shown = again.preview(worker, each, accepted_by=accepted_by)
                    told.add(shown)
                    if preview or isinstance(shown, again.Rerun):
                        continue
                    digest = _asked(each, told, shown.digest)
                told.add(again.rerun(worker, each, accepted_by=accepted_by, previewed=digest))
        _afterwards(worker, told, report)
    told.as_json() if json else told.show()
    return told.exit_code


def _asked(run: Run, told: Told, digest: str) -> str:
    """Show the preview and ask whether it is to be applied."""
    told.show_last()
    screen.confirm(f"This carries {run.file} on as shown", yes=False)
    return digest


def _afterwards(worker: Worker, told: Told, report: object) -> None:
    from exchange.operating import rerun as again  # noqa: PLC0415

    sources = told.sources_changed
    if sources:
        told.failures += again.afterwards(worker, sources, report)  # type: ignore[arg-type]


def _whoami() -> str:
    from exchange.ledger import audit  # noqa: PLC0415

    return audit.whoami()
