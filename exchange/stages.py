"""The stages of a file's way: fetch, check, triage, load, acknowledge; and match, after all files of a night.

Flows and the command call the same functions.

Each is a plain function of a worker and a run's id, leaves its artefact in the vault, and can be repeated: what is
done already is not done again, and a crash anywhere is made good by calling the same stages once more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, Final

from exchange import by_row, by_statement, keyring, logs
from exchange.cms import high_risk, known, not_passable
from exchange.cms.high_risk import HighRisk
from exchange.cms.not_passable import NotPassable
from exchange.database import Connection, guarded, in_turn, transaction
from exchange.errors import (
    EXIT_DONE,
    EXIT_INPUT_REFUSED,
    EXIT_PRECEDENCE,
    EXIT_UNSAFE,
    ArtefactMissing,
    ExchangeError,
    MatchingFailed,
    NotFound,
    NothingConfigured,
)
from exchange.intake import answer, collect, vault
from exchange.ledger import acknowledgements, runs, visits
from exchange.ledger.runs import Run
from exchange.onward import handing, places
from exchange.onward import report as standing
from exchange.onward.report import Handover
from exchange.settings import Settings
from exchange.sources import FEEDS, Span
from exchange.worker import Worker, claim, working

if TYPE_CHECKING:
    from exchange.cms.people.matching import Matched

Report = Callable[[str], None]

# How files of a form go their way: rows one by one, or a statement as a whole.
_WAYS: Final[Mapping[str, ModuleType]] = {"rows": by_row, "statement": by_statement}


@dataclass
class Night:
    """What one `lvws ingest` did: runs in the order taken, what was left, what failed, who was handed on."""

    runs: list[Run] = field(default_factory=list)
    incomplete: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    failures: list[ExchangeError] = field(default_factory=list)
    not_passable: list[NotPassable] = field(default_factory=list)
    high_risk: list[HighRisk] = field(default_factory=list)
    onward: Handover = field(default_factory=Handover)

    @property
    def exit_code(self) -> int:
        """Of several causes the first in EXIT_PRECEDENCE (interfaces: command-line)."""
        codes = {failure.exit_code for failure in self.failures}
        codes |= {
            EXIT_UNSAFE if run.code == "signature" else EXIT_INPUT_REFUSED
            for run in self.runs
            if run.state in {"refused", "stopped"}
        }
        return next((code for code in EXIT_PRECEDENCE if code in codes), EXIT_DONE)


def configured(settings: Settings, wanted: Sequence[str]) -> list[str]:
    """The sources to visit: those wanted, else all that are set up. Raises NotFound and NothingConfigured."""
    for name in wanted:
        if name not in FEEDS:
            raise NotFound(what="source", name=name, list_with="lvws doctor")
        if name not in settings.sftp:
            raise NothingConfigured(where=f"{settings.where} for {name}")
    names = list(wanted) or [name for name in FEEDS if name in settings.sftp]
    if not names:
        raise NothingConfigured(where=str(settings.where))
    return names


def ingest(settings: Settings, names: Sequence[str], day: date | None, report: Report) -> Night:
    """Everything for every source named; one that fails does not keep the others."""
    night = Night()
    with working(settings) as worker:
        vault.sweep(settings.home)
        for name in names:
            with collecting(night):
                ingest_source(worker, name, Span.of(day), night, report)
        with collecting(night):
            report("matching people")
            match(worker)
        with collecting(night):
            night.not_passable = not_passable.outstanding(worker.connection)
            night.high_risk = high_risk.of_runs(worker.connection, [run.run for run in night.runs])
        for destination in places.set_up(settings):
            report(f"handing over to {destination}")
            with collecting(night):
                hand_over(worker, destination, night)
        with collecting(night):
            look_at_onward(worker, night)
    return night


def ingest_source(worker: Worker, name: str, span: Span | None, night: Night, report: Report) -> None:
    """Fetch a source's files, carry every open run of it to its end, and answer the sender."""
    fetched = fetch(worker, name, span, report)
    night.failures += fetched.failures
    night.unknown |= {name: fetched.unknown} if fetched.unknown else {}
    night.incomplete |= {name: fetched.incomplete} if fetched.incomplete else {}
    unfinished = runs.open_runs(worker.connection, name, span)
    for run in unfinished:
        report(f"{name}: {run.file}")
        with collecting(night):
            carry_on(worker, run.run)
    taken = {run.run for run in [*fetched.runs, *unfinished]}
    night.runs += [runs.get(worker.connection, run) for run in sorted(taken, key=_place(fetched.runs, unfinished))]
    with collecting(night):
        acknowledge(worker, name)


def carry_on(worker: Worker, run: str) -> Run:
    """Take one run from where it is to its end."""
    for stage in (check, triage, load):
        try:
            stage(worker, run)
        except ArtefactMissing:
            start_over(worker, run)
            for again in (check, triage, load):
                again(worker, run)
            break
    return runs.get(worker.connection, run)


def fetch(worker: Worker, name: str, span: Span | None, report: Report) -> collect.Collected:
    """Land and register every complete new file of a source; the visit is noted, and what was in its way."""
    collected = collect.collect(worker.settings, worker.connection, FEEDS[name], span, report)
    visits.note(worker.connection, name, next((failure.code for failure in collected.failures), None))
    return collected


def check(worker: Worker, run_id: str) -> None:
    """Read, check and map a fetched file; the run is refused, stopped, or goes on with its artefacts."""
    run = claim(worker, run_id)
    if run.state != "open" or run.stage != "fetch":
        return
    logs.event("check.started", run=run.run)
    _way(run).check(worker, run)
    logs.event("check.done", run=run.run)


def triage(worker: Worker, run_id: str) -> None:
    """Decide for every checked row whether it may be held and what it says about contact."""
    run = claim(worker, run_id)
    if run.state != "open" or run.stage != "check":
        return
    logs.event("triage.started", run=run.run)
    _way(run).triage(worker, run)
    logs.event("triage.done", run=run.run)


def load(worker: Worker, run_id: str) -> None:
    """Bring the run into the CMS: one transaction holds rows, outcomes, state, answers and the audit."""
    run = claim(worker, run_id)
    if run.state != "open" or run.stage != "triage":
        return
    logs.event("load.started", run=run.run)
    connection = worker.connection
    with transaction(connection, "loading"):
        connection.execute(known.CHANGING)
        connection.execute("select pg_advisory_xact_lock(hashtextextended('lvws load ' || %s, 0))", (run.source,))
        logs.event("load.locked", run=run.run)
        if _loaded_before(connection, run):
            runs.set_state(connection, run, state="repeat", stage="load")
        else:
            counts = _way(run).store(worker, run)
            logs.event("load.counted", run=run.run)
            rows = run.declared_rows if run.declared_rows is not None else sum(counts.values())
            runs.set_state(connection, run, state="loaded", stage="load", facts={"rows": rows, **counts})
        acknowledgements.put_in_outbox(connection, runs.read(connection, run.run))
        logs.event("load.before_commit", run=run.run)
    logs.event("load.committed", run=run.run)


def _way(run: Run) -> ModuleType:
    return _WAYS[FEEDS[run.source].way]


def match(worker: Worker) -> Matched:
    """Find out who of those that loads brought or changed is somebody known; a crash leaves the rest in the queue.

    Raises MatchingFailed for whatever a library raises: its text may hold a person, and the night has more to do.
    """
    from exchange.cms.people import matching  # noqa: PLC0415 - only who matches needs DuckDB

    logs.event("match.started")
    secret = matching.Secret(*keyring.secret(worker.settings.home, "match-keys"))
    try:
        return matching.match_all(worker.connection, secret)
    except ExchangeError:
        raise
    except Exception as failure:  # noqa: BLE001 - DuckDB, Arrow and NumPy have no common one
        kind = type(failure).__name__
    raise MatchingFailed(kind=kind)


def start_over(worker: Worker, run_id: str) -> None:
    """An artefact is missing or damaged: the stages after the fetch are done anew from the raw file."""
    run = claim(worker, run_id)
    with transaction(worker.connection, "starting a run over"):
        runs.set_state(worker.connection, run, state="open", stage="fetch")
    logs.event("run.started_over", run=run.run)


def acknowledge(worker: Worker, name: str) -> int:
    """Send what waits for a sender and tidy away what is loaded; how many files were sent.

    Workers take turns: two that put one file at once would be in each other's way on the server.
    """
    with in_turn(worker.connection, f"lvws answer {name}"):
        return answer.answer(worker.settings, worker.connection, name)


def hand_over(worker: Worker, destination: str, night: Night) -> None:
    """Make today's file of people for another service, read its receipts and send what waits."""
    handing.hand_over(worker.settings, worker.connection, night.onward.of(destination))


def look_at_onward(worker: Worker, night: Night) -> None:
    """Note which receipts are overdue, and who waits for a service that is not set up."""
    night.onward.overdue = standing.overdue(worker.connection)
    night.onward.not_set_up = standing.not_set_up(worker.connection, places.set_up(worker.settings))


def _loaded_before(connection: Connection, run: Run) -> bool:
    if run.declared_rows == 0:
        return False
    with guarded("looking up a content"):
        row = connection.execute(
            "select 1 from ledger.run where source = %s and content = %s and state = 'loaded' and run <> %s limit 1",
            (run.source, run.content, run.run),
        ).fetchone()
    return row is not None


def _place(*taken: Sequence[Run]) -> Callable[[str], int]:
    order = {run.run: run.file_order for some in taken for run in some}
    return order.__getitem__


@contextlib.contextmanager
def collecting(night: Night) -> Iterator[None]:
    """A failure is noted and the rest goes on."""
    try:
        yield
    except ExchangeError as failure:
        night.failures.append(failure)
