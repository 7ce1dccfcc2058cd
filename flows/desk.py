"""Where a flow works: one visit to one source, with its worker and what it has noted so far.

Prefect stores the parameters of flows and tasks and the text of whatever they raise. So tasks are told names,
dates and run ids, everything else lies on the desk, and errors come out as ours (hazards F83).
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date
from typing import ParamSpec, TypeVar

from exchange import stages
from exchange.cli import describe_fault
from exchange.cms import high_risk, not_passable
from exchange.errors import Busy, ExchangeError, LeaseLost
from exchange.intake.collect import Collected
from exchange.ledger import reports, runs
from exchange.ledger.runs import Run
from exchange.settings import Settings
from exchange.sources import Span
from exchange.stages import Report
from exchange.worker import Worker, working
from flows.page import Visit, taken_by_another

P = ParamSpec("P")
R = TypeVar("R")


class Fault(ExchangeError):
    """A fault of ours, by kind and place; what it said may hold a value of a person's record and is dropped."""

    code = "E001"
    says = "A fault of ours ({where})."
    do = "Nothing was loaded halfway. Run lvws ingest; if it comes back, report this line and the time."


class Desk:
    """One visit to one source: settings, a worker that is opened when it is needed, and the notes."""

    def __init__(self, settings: Settings, source: str, day: date | None, report: Report) -> None:
        self.settings = settings
        self.day = day
        self.report = report
        self.visit = Visit(source)
        self._opened = contextlib.ExitStack()
        self._worker: Worker | None = None
        self._taken: set[str] = set()

    @property
    def worker(self) -> Worker:
        """The worker; a new one where its connection broke, so that a task tried again has one that works."""
        if self._worker is None or self._worker.connection.closed:
            self.close()
            self._worker = self._opened.enter_context(working(self.settings))
        return self._worker

    def close(self) -> None:
        """Give the connection back."""
        self._worker = None
        self._opened.close()

    def fetch(self) -> None:
        """Fetch and note what came. Raises the first failure that trying again may mend."""
        visit, source = self.visit, self.visit.source
        collected: Collected = stages.fetch(self.worker, source, Span.of(self.day), self.report)
        self._taken |= {run.run for run in collected.runs}
        visit.night.unknown = {source: collected.unknown} if collected.unknown else {}
        visit.night.incomplete = {source: collected.incomplete} if collected.incomplete else {}
        visit.night.failures = [failure for failure in collected.failures if not failure.retryable]
        for failure in collected.failures:
            if failure.retryable:
                raise failure

    def unfinished(self) -> list[Run]:
        """The source's runs on their way, those of earlier nights too."""
        found = runs.open_runs(self.worker.connection, self.visit.source, Span.of(self.day))
        self._taken |= {run.run for run in found}
        return found

    def read_back(self) -> None:
        """Put into the notes what the ledger says now: the runs, missing numbers, who is at high risk."""
        visit, connection = self.visit, self.worker.connection
        visit.night.runs = sorted((runs.get(connection, run) for run in self._taken), key=lambda run: run.file_order)
        came = {run.sequence for run in visit.night.runs}
        gaps = reports.gaps(connection) if came else ()
        visit.gaps = [gap for gap in gaps if gap.source == visit.source and gap.last + 1 in came]
        visit.not_passable = not_passable.outstanding(connection, visit.source)
        visit.high_risk = high_risk.of_runs(connection, [run.run for run in visit.night.runs])

    def note(self, failure: ExchangeError) -> None:
        """Note a failure, once."""
        if str(failure) not in map(str, self.visit.night.failures):
            self.visit.night.failures.append(failure)

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """What fails in here is noted, and the rest goes on."""
        try:
            yield
        except ExchangeError as failure:
            self.note(failure)


_desk: ContextVar[Desk] = ContextVar("desk")


def desk() -> Desk:
    """The desk of the visit at hand."""
    return _desk.get()


@contextlib.contextmanager
def sitting_down(settings: Settings, source: str, day: date | None, report: Report) -> Iterator[Desk]:
    """A desk for one visit."""
    made = Desk(settings, source, day, report)
    before = _desk.set(made)
    try:
        yield made
    finally:
        _desk.reset(before)
        made.close()


def safely(work: Callable[P, R]) -> Callable[P, R]:
    """Let nothing out but errors of ours, without the chain of what led to them: Prefect logs and stores both."""

    @functools.wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        failure: ExchangeError
        try:
            return work(*args, **kwargs)
        except ExchangeError as ours:
            failure = ours
        except Exception as fault:  # noqa: BLE001 - whatever it is, its text may hold a record
            failure = Fault(where=describe_fault(fault))
        failure.__cause__ = failure.__context__ = None
        raise failure.with_traceback(None)

    return guarded


def unless_taken(work: Callable[P, None]) -> Callable[P, bool]:
    """Leave a run that another worker has to that one, and say whether it was done here."""

    @functools.wraps(work)
    def tried(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            work(*args, **kwargs)
        except (Busy, LeaseLost) as taken:
            if taken_by_another(taken) is None:
                raise
            desk().note(taken)
            return False
        return True

    return tried
