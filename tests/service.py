"""The whole service for a test: senders on an SFTP server, a home, a database, and the command in this process.

service.put("mps", police_name(0, 1), a_police_file([a_police_row()]))
ran = service.lvws("ingest", "--json")
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange import cli, keys
from exchange import settings as configuration
from exchange.settings import Settings
from tests.servers import Faults, Server, sftp_server

SOUND = Faults()

_seconds = itertools.count(1_560_000_000, 60)


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The runs of `lvws ingest --json` and `lvws runs --json`."""
        return self.json["runs"]


@dataclass
class Service:
    """A home with its settings, in files as an operator would keep them, and the senders that it pulls from."""

    folder: Path
    server: Server
    database_url: str
    environ: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "state"

    @property
    def settings(self) -> Settings:
        return configuration.load({"LVWS_CONFIG": str(self.folder / "lvws.toml")})

    def configure(self, *sources: str, **host: Any) -> None:
        """Write lvws.toml with these sources; `host` are settings of each of them."""
        for source in sources:
            for name in ("outgoing", "incoming", "done"):
                (self.server.root / source / name).mkdir(parents=True, exist_ok=True)
            self.hosts[source] = {
                **{name: getattr(self.server, name) for name in ("host", "port", "username")},
                **{name: str(getattr(self.server, name)) for name in ("private_key", "known_hosts")},
                **{name: f"/{source}/{name}" for name in ("outgoing", "incoming", "done")},
                "timeout_seconds": 10,
                **host,
            }
        lines = ['home = "state"', f"database_url = {json.dumps(self.database_url)}"]
        for source, given in self.hosts.items():
            lines += [f"[sftp.{source}]", *(f"{name} = {json.dumps(value)}" for name, value in given.items())]
        (self.folder / "lvws.toml").write_text("\n".join(lines) + "\n")

    # --- the sender's side

    def put(self, source: str, name: str, data: bytes, *, minutes: int | None = None) -> Path:
        """Lay a file where the sender puts it; each has a time of its own, a minute after the one before."""
        path = self.server.root / source / "outgoing" / name
        path.write_bytes(data)
        at = next(_seconds) if minutes is None else 1_550_000_000 + 60 * minutes
        os.utime(path, (at, at))
        return path

    def put_fraud(self, name: str, file: tuple[bytes, bytes]) -> None:
        """A fraud file with its manifest beside it."""
        self.put("action_fraud", name, file[0])
        self.put("action_fraud", f"{name}.manifest.json", file[1])

    def there(self, source: str, folder: str = "outgoing") -> set[str]:
        """The names in one of a sender's folders."""
        return {path.name for path in (self.server.root / source / folder).iterdir()}

    def answer(self, source: str, name: str) -> list[dict[str, str]]:
        """An acknowledgement or rejects file as the sender reads it: a dictionary a line."""
        text = (self.server.root / source / "incoming" / name).read_bytes().decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    # --- our side

    def lvws(self, *arguments: str) -> Ran:
        """Run one command line in this process."""
        out, err = io.StringIO(), io.StringIO()
        environ = {"LVWS_CONFIG": str(self.folder / "lvws.toml"), **self.environ}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = cli.run(list(arguments))
        return Ran(code, out.getvalue(), err.getvalue())

    def ingest(self, *arguments: str) -> Ran:
        """`lvws ingest --json`."""
        return self.lvws("ingest", "--json", *arguments)

    def loaded(self, *arguments: str) -> list[dict[str, Any]]:
        """The runs of an ingest that has to end well."""
        ran = self.ingest(*arguments)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.runs

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with psycopg.connect(self.database_url) as connection:
            given = parameters[0] if parameters and isinstance(parameters[0], dict) else parameters
            return connection.execute(statement, given).fetchall()

    def change(self, statement: str, *parameters: Any) -> None:
        """Change what the database holds behind everybody's back."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement, parameters)

    def outcomes(self, run: str) -> list[tuple[int, str, str | None]]:
        """Line, outcome and code of every row of a run."""
        return self.rows("select line, outcome, code from ledger.disposition where run = %s order by line", run)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A migrated database for a fixture that lives longer than a test."""
    name = f"t_{secrets.token_hex(8)}"
    with psycopg.connect(another(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template lvws_template")
        yield another(server, name)
        connection.execute(f"drop database {name} with (force)")


def another(server: str, database: str) -> str:
    """The address of another database of the same server."""
    return re.sub(r"/\w+\?", f"/{database}?", server, count=1)


@contextlib.contextmanager
def running(folder: Path, database_url: str, *, faults: Faults = SOUND) -> Iterator[Service]:
    """A service with source mps set up, its keys made."""
    with sftp_server(folder, faults=faults) as server:
        service = Service(folder, server, database_url)
        keys.ensure(service.home)
        service.configure("mps")
        yield service
