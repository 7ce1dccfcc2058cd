"""Run loads again after their last good stage: one, or all that stand still of a source or a day.

Whoever claims a run first does it. The next one is told who has it, or who loaded it when (exchange.worker).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from exchange import stages
from exchange.database import transaction
from exchange.errors import ExchangeError, NothingToRerun, PreviewOutdated
from exchange.ledger import reruns, runs
from exchange.ledger.runs import Run
from exchange.operating import previewing, taking_up
from exchange.operating.previewing import Preview
from exchange.stages import Night, Report
from exchange.worker import Worker, claim


@dataclass(frozen=True)
class Rerun:
    """A run after it was run again; `already`: it was at its end before, by whom and when."""

    run: Run
    already: bool
    by: str
    at: datetime | None


def wanted(worker: Worker, run: str | None, source: str | None, day: date | None) -> list[Run]:
    """The run that is named, or all of a source or a day that stand still: open or stopped, in the order of truth.

    Raises NotFound; NothingToRerun where nothing stands still.
    """
    if run is not None:
        return [runs.get(worker.connection, run)]
    found = [
        each
        for state in ("open", "stopped")
        for each in runs.newest_first(worker.connection, source=source, day=day, state=state)
    ]
    if not found:
        raise NothingToRerun()
    return sorted(found, key=lambda each: (each.file_order, each.source))


def preview(worker: Worker, run: Run, *, accepted_by: str | None) -> Preview | Rerun:
    """What running it again would do; nothing of it stays. Raises Busy, RefusedOnArrival, RawFileGone."""
    claimed = claim(worker, run.run)
    if claimed.state in {"loaded", "repeat"}:
        return _already(worker, claimed)
    taking_up.check(worker, claimed)
    return previewing.preview(worker, claimed, accepted_by=accepted_by)


def rerun(worker: Worker, run: Run, *, accepted_by: str | None, previewed: str | None = None) -> Rerun:
    """Run it again. `previewed`: the digest of the preview that is to be applied, and nothing else.

    Raises Busy, RefusedOnArrival, RawFileGone, PreviewOutdated (nothing is changed then).
    """
    claimed = claim(worker, run.run)
    if claimed.state in {"loaded", "repeat"}:
        return _already(worker, claimed)
    taking_up.check(worker, claimed)
    if previewed is None:
        done = taking_up.through(worker, claimed, accepted_by=accepted_by)
    else:
        with transaction(worker.connection, "applying a preview"):
            done = taking_up.through(worker, claimed, accepted_by=accepted_by)
            if previewing.digest_of(worker.connection, done) != previewed:
                raise PreviewOutdated(run=claimed.run)
    return Rerun(done, False, reruns.loaded_by(worker.connection, done), done.ended_at)


def _already(worker: Worker, run: Run) -> Rerun:
    return Rerun(run, True, reruns.loaded_by(worker.connection, run), run.ended_at)


def afterwards(worker: Worker, sources: Sequence[str], report: Report) -> Iterator[ExchangeError]:
    """What a night does after its loads: match people and answer the senders. What fails waits for the next night."""
    night = Night()
    report("matching people")
    with stages.collecting(night):
        stages.match(worker)
    for source in sources:
        if source in worker.settings.sftp:
            with stages.collecting(night):
                stages.acknowledge(worker, source)
    yield from night.failures
