"""A process at work: its settings, its connection, its number in the ledger; and how it takes a run and ends it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from exchange import database, logs
from exchange.database import Connection
from exchange.intake import vault
from exchange.ledger import acknowledgements, audit, runs
from exchange.ledger.runs import Run
from exchange.settings import Settings


@dataclass(frozen=True)
class Worker:
    """A process at work, in the loader's role."""

    settings: Settings
    connection: Connection
    number: int


@contextlib.contextmanager
def working(settings: Settings) -> Iterator[Worker]:
    """A worker for as long as the block lasts."""
    logs.open_log(settings.home)
    vault.check_permissions(settings.home)
    with database.connect(settings, "loader", doing="starting work") as connection:
        number = runs.enlist(connection, f"{audit.whoami()} {os.getpid()}")
        logs.event("worker.enlisted", worker=number)
        yield Worker(settings, connection, number)


def claim(worker: Worker, run_id: str) -> Run:
    """Take a run, or go on holding it. Raises Busy."""
    return runs.claim(worker.connection, run_id, worker.number, worker.settings.lease_seconds)


def end(worker: Worker, run: Run, state: runs.State, code: str, detail: str | None) -> None:
    """End a run that is not loaded, with its answer to the sender, in the transaction at hand."""
    runs.set_state(worker.connection, run, state=state, stage="check", code=code, detail=detail)
    acknowledgements.put_in_outbox(worker.connection, runs.read(worker.connection, run.run))
