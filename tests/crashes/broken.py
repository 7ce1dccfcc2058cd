"""Programs that are broken on purpose, to see that the sweep finds it. Undisturbed, each does what it should.

`breaks` changes the program inside the fork of one trial; `points` are those of the sweep's where a crash shows the
fault; `prepare` takes what would refuse it away from the trial's database.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from exchange import logs, stages
from exchange.cms import outcomes
from exchange.database import Connection, transaction
from exchange.errors import Busy
from exchange.intake import answer, collect, sftp, vault
from exchange.ledger import acknowledgements, runs
from exchange.ledger.runs import Arrived, Run
from exchange.worker import Worker


@dataclass(frozen=True)
class Variant:
    """One fault."""

    breaks: Callable[[], None]
    points: tuple[str, ...]
    prepare: Callable[[str], None] | None = None


# --- the one transaction of a load, torn apart -----------------------------------------------------


def outcomes_by_themselves() -> None:
    copy = outcomes.copy_quarantined

    def alone(connection: Connection, run: str, quarantined: Any) -> None:
        with psycopg.connect(connection.info.dsn) as other:
            copy(other, run, quarantined)

    outcomes.copy_quarantined = alone


def state_after_the_rows() -> None:
    def load(worker: Worker, run_id: str) -> None:
        run = _ready(worker, run_id)
        if run is not None:
            with transaction(worker.connection, "loading"):
                counts = _rows(worker, run)
            logs.event("load.counted", run=run.run)
            with transaction(worker.connection, "loading"):
                _loaded(worker, run, counts)
                _answered(worker, run)

    stages.load = load


def counts_before_the_rows() -> None:
    def load(worker: Worker, run_id: str) -> None:
        run = _ready(worker, run_id)
        if run is not None:
            counts: dict[str, int] = {}
            with transaction(worker.connection, "counting") as connection, connection.transaction(force_rollback=True):
                counts = _rows(worker, run)
            with transaction(worker.connection, "counting"):
                _loaded(worker, run, counts)
            logs.event("load.counted", run=run.run)
            with transaction(worker.connection, "loading"):
                _rows(worker, run)
                _answered(worker, run)

    stages.load = load


def without_the_constraint(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("drop trigger run_counts_its_dispositions on ledger.run")


def answers_after_the_commit() -> None:
    load, put = stages.load, acknowledgements.put_in_outbox

    def later(worker: Worker, run_id: str) -> None:
        waiting: list[Run] = []
        acknowledgements.put_in_outbox = lambda _, run: waiting.append(run)
        load(worker, run_id)
        acknowledgements.put_in_outbox = put
        for run in waiting:
            with transaction(worker.connection, "answering"):
                put(worker.connection, run)

    stages.load = later


def _ready(worker: Worker, run_id: str) -> Run | None:
    run = runs.claim(worker.connection, run_id, worker.number, worker.settings.lease_seconds)
    return run if run.state == "open" and run.stage == "triage" else None


def _rows(worker: Worker, run: Run) -> dict[str, int]:
    return stages._way(run).store(worker, run)


def _loaded(worker: Worker, run: Run, counts: dict[str, int]) -> None:
    facts = {"rows": sum(counts.values()), **counts}
    runs.set_state(worker.connection, run, state="loaded", stage="load", facts=facts)


def _answered(worker: Worker, run: Run) -> None:
    acknowledgements.put_in_outbox(worker.connection, runs.read(worker.connection, run.run))


# --- arrivals in the wrong order -------------------------------------------------------------------


def taken_away_before_it_is_known() -> None:
    land = collect._land

    def greedy(visit: collect.Visit, item: collect.Offered) -> Arrived:
        arrived = land(visit, item)
        if visit.host.after_load == "delete":
            visit.remote.delete(visit.host.outgoing, item.entry.name)
        return arrived

    collect._land = greedy


def known_before_it_is_safe() -> None:
    land, after = collect._land, collect._forget_destroyed

    def aside(home: Path, content: str) -> tuple[Path, Path]:
        return home / "vault" / content, home / "vault" / f".part-{content[:32]}"

    def unsafe(visit: collect.Visit, item: collect.Offered) -> Arrived:
        arrived = land(visit, item)
        there, unfinished = aside(visit.settings.home, arrived.content)
        if there.exists():
            there.rename(unfinished)
        return arrived

    def safe_at_last(visit: collect.Visit, run: Run) -> None:
        there, unfinished = aside(visit.settings.home, run.content)
        if unfinished.exists():
            unfinished.rename(there)
        after(visit, run)

    collect._land, collect._forget_destroyed = unsafe, safe_at_last


def delivery_noted_last() -> None:
    came: dict[str, list[Arrived]] = {}
    carry_on = stages.carry_on

    def note(connection: Connection, run: str) -> None:
        for arrived in came.pop(run, []):
            connection.execute(
                "insert into ledger.delivery (source, delivered_name, remote_stamp, transfer_sha256, run, transport) "
                "values (%s, %s, %s, %s, %s, %s)",
                (arrived.source, arrived.delivered_name, arrived.remote_stamp, arrived.transfer_sha256, run, arrived.transport),
            )  # fmt: skip

    def register(connection: Connection, arrived: Arrived) -> Run:
        known = runs._open_run(connection, arrived)
        run = known or secrets.token_hex(6)
        connection.execute(
            "insert into ledger.content (content, bytes) values (%s, %s) on conflict do nothing",
            (arrived.content, arrived.bytes),
        )
        if known is None:
            runs._insert(connection, run, arrived)
        came.setdefault(run, []).append(arrived)
        found = runs.read(connection, run)
        if found.state != "open":
            note(connection, run)
        return found

    def to_the_end(worker: Worker, run: str) -> Run:
        found = carry_on(worker, run)
        with transaction(worker.connection, "noting a delivery"):
            note(worker.connection, run)
        return found

    runs.register, stages.carry_on = register, to_the_end


# --- answers, workers, leftovers -------------------------------------------------------------------


def sent_before_it_is_put() -> None:
    finish = answer.answer

    def hasty(settings: Any, connection: Connection, source: str) -> int:
        host = settings.sftp[source]
        waiting = connection.execute(
            "select outbox_id, name, body from ledger.outbox where source = %s and sent_at is null order by outbox_id",
            (source,),
        ).fetchall()
        connection.commit()
        with sftp.session(host, source=source) as remote:
            for outbox_id, name, body in waiting:
                with transaction(connection, "noting what was sent"):
                    connection.execute("update ledger.outbox set sent_at = now() where outbox_id = %s", (outbox_id,))
                logs.event("acknowledge.noted", source=source)
                remote.put(host.incoming, name, bytes(body))
        return finish(settings, connection, source)

    answer.answer = hasty


def tidied_in_the_books_first() -> None:
    finish = answer._tidy
    books = "update ledger.delivery set cleaned_at = now() where delivered_name = %s and remote_stamp = %s"

    def hasty(settings: Any, connection: Connection, source: str, real: Any = answer.answer) -> int:
        def tidy(remote: sftp.Session, host: Any, name: str, stamp: str, manifest: str) -> None:
            with transaction(connection, "noting what was tidied away"):
                connection.execute(books, (name, stamp))
            logs.event("acknowledge.tidying_noted", source=source)
            finish(remote, host, name, stamp, manifest)

        answer._tidy = tidy
        return real(settings, connection, source)

    answer.answer = hasty


def the_dead_keep_their_claims() -> None:
    claim = runs.claim

    def patient(connection: Connection, run: str, worker: int, lease_seconds: int) -> Run:
        with transaction(connection, "looking"):
            held = connection.execute(
                "select 1 from ledger.run where run = %s and state = 'open' and worker_id <> %s and lease_until > now()",
                (run, worker),
            ).fetchone()
        if held:
            raise Busy(what="run")
        return claim(connection, run, worker, lease_seconds)

    runs.claim = patient


def nobody_sweeps() -> None:
    vault.sweep = lambda _: 0


VARIANTS: dict[str, Variant] = {
    "outcomes committed by themselves": Variant(outcomes_by_themselves, ("load.findings_copied",)),
    "state set after the rows were committed": Variant(state_after_the_rows, ("load.counted",)),
    "counts committed before the rows": Variant(counts_before_the_rows, ("load.counted",), without_the_constraint),
    "answer queued after the commit": Variant(answers_after_the_commit, ("load.committed",)),
    "file deleted before it is known": Variant(taken_away_before_it_is_known, ("fetch.landed",)),
    "delivery noted before its bytes are safe": Variant(known_before_it_is_safe, ("fetch.registered",)),
    "delivery noted last, run with a new id each time": Variant(delivery_noted_last, ("load.committed",)),
    "answer marked as sent before it is put": Variant(sent_before_it_is_put, ("acknowledge.noted",)),
    "file tidied away in the books first": Variant(tidied_in_the_books_first, ("acknowledge.tidying_noted",)),
    "a dead worker keeps its claim": Variant(the_dead_keep_their_claims, ("check.rows_written",)),
    "nobody sweeps what the dead left": Variant(nobody_sweeps, ("fetch.streamed",)),
}
