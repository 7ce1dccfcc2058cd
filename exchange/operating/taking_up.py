"""Take up a run again from its last good stage: one that is on its way, was stopped, refused, or undone."""

from __future__ import annotations

from typing import Final

from exchange import stages
from exchange.database import transaction
from exchange.errors import RawFileGone, RefusedOnArrival, RowsWereKept
from exchange.ledger import reruns, runs
from exchange.ledger.runs import Run
from exchange.worker import Worker

# Decided before a file could be read as what it is: nothing that we correct makes another thing of the same bytes.
ON_ARRIVAL: Final = frozenset({"trailer", "manifest", "name", "not_encrypted", "signature", "unreadable"})


def through(worker: Worker, run: Run, *, accepted_by: str | None) -> Run:
    """The run from where it is to its end. `accepted_by`: who accepts that broken rows are quarantined, if anybody."""
    with transaction(worker.connection, "taking up a run"):
        if run.state != "open":
            reruns.reopen(worker.connection, run, accepted_by=accepted_by)
        elif accepted_by is not None:
            reruns.accept_quarantine(worker.connection, run, accepted_by)
    return stages.carry_on(worker, run.run)


def check(worker: Worker, run: Run) -> None:
    """Raise RefusedOnArrival, RawFileGone or RowsWereKept for a run that cannot be taken up again."""
    if run.state == "open":
        return
    with transaction(worker.connection, "looking at a run"):
        why = run.code if run.code in ON_ARRIVAL else runs.why_not_now(worker.connection, run)
        gone = worker.connection.execute(
            "select destroyed_at from ledger.content where content = %s and destroyed_at is not null", (run.content,)
        ).fetchone()
        kept = worker.connection.execute("select count(*) from cms.told_by(%s)", (run.run,)).fetchone()
    if kept and kept[0]:
        raise RowsWereKept(run=run.run, rows=kept[0])
    if why is not None:
        raise RefusedOnArrival(run=run.run, file=run.file, reason=why)
    if gone is not None:
        raise RawFileGone(run=run.run, file=run.file, day=gone[0].date())
