"""`lvws undo`: take one load back. What people did since stays, and is listed."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange import settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning; see lvws runs.")]
Preview = Annotated[bool, typer.Option("--preview", help="Change nothing: list what would go, change and stay.")]


def undo(run: RunId, preview: Preview = False, json: Json = False, yes: Yes = False) -> int:
    """Take one load back: its referrals go, others are folded anew. What people worked on since is kept, and listed."""
    from exchange.cli import progress, undo_page  # noqa: PLC0415 - the returns and their rules
    from exchange.ledger import audit  # noqa: PLC0415
    from exchange.operating import rerun  # noqa: PLC0415
    from exchange.operating import undo as taking_back  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    with working(settings.load()) as worker, progress.reporting(quiet=json) as report:
        who = audit.whoami()
        if preview or not (yes or json):
            told, figures = taking_back.preview(worker, run, who)
            undo_page.as_json(told, figures) if json else undo_page.show(told, figures)
            if preview:
                return 0
        screen.confirm(f"This takes run {run} back, for good", yes=yes)
        done = taking_back.undo(worker, run, who)
        failures = list(rerun.afterwards(worker, [done.run.source], report))
    undo_page.as_json(done, None) if json else undo_page.done(done)
    for failure in failures:
        typer.echo(str(failure), err=True)
    return max((failure.exit_code for failure in failures), default=0)
