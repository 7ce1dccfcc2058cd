"""What the tests of flows share: one Prefect server for the session, and senders with sample files.

They are all marked xdist_group("prefect"): one worker runs them, so that one server is enough. prefect is imported
inside fixtures and tests alone, because its import takes seconds and every worker collects this folder.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.settings import Settings
from exchange.sources import SOURCES
from samples import make
from samples.rows import File
from tests.servers import Server, sftp_server

STARTUP_SECONDS = 120


@dataclass
class Prefect:
    """The session's Prefect server: where everything that it and its clients keep lies."""

    home: Path
    database: Path

    def files(self) -> list[Path]:
        """Every file that Prefect keeps."""
        beside = self.database.parent.glob(f"{self.database.name}*")
        return [*beside, *(path for path in self.home.rglob("*") if path.is_file())]

    def bytes_kept(self) -> bytes:
        """All of it, and what of it is base64 in plain too: so does Prefect write pickles."""
        contents = [path.read_bytes() for path in self.files()]
        for content in tuple(contents):
            with contextlib.suppress(binascii.Error):
                contents.append(base64.b64decode(content))
        return b"\n".join(contents)


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(name)
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "0.1")
        patch.setenv("DO_NOT_TRACK", "1")
        from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=STARTUP_SECONDS):
            url = PREFECT_SERVER_DATABASE_CONNECTION_URL.value()
            yield Prefect(home, Path(url.removeprefix("sqlite+aiosqlite:///")))


@dataclass
class Senders:
    """All sources on one SFTP server, each with folders of its own."""

    server: Server
    settings: Settings

    def put(self, file: File) -> None:
        """Lay a sample file, and its manifest where it has one, where its sender puts them."""
        folder = self.server.root / file.source / "outgoing"
        for path, content in make.written(file).items():
            (folder / Path(path).name).write_bytes(content)

    def got(self, source: str) -> set[str]:
        """The names of what a sender got back."""
        return {path.name for path in (self.server.root / source / "incoming").iterdir()}


@pytest.fixture
def senders(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Senders]:
    """Senders without files yet; LVWS_CONFIG names settings that know them all."""
    folder = tmp_path / "server"
    folder.mkdir()
    with sftp_server(folder) as server:
        for source in SOURCES:
            for name in ("outgoing", "incoming"):
                (server.root / source / name).mkdir(parents=True)
        config = tmp_path / "lvws.toml"
        write_settings(config, settings, dict.fromkeys(SOURCES, server))
        for name in [name for name in os.environ if name.startswith("LVWS_") and name != "LVWS_REQUIRE_SSHD"]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("LVWS_CONFIG", str(config))
        yield Senders(server, settings)


def write_settings(
    config: Path, settings: Settings, servers: dict[str, Server], *, root: str = "", **more: Any
) -> None:
    """lvws.toml for sources on SFTP servers; folders are `root`/<source>/outgoing and incoming there."""
    lines = [f'home = "{settings.home}"', f'database_url = "{settings.database_url}"']
    for source, server in servers.items():
        given = {
            "host": server.host,
            "username": server.username,
            "private_key": str(server.private_key),
            "known_hosts": str(server.known_hosts),
            "outgoing": f"{root}/{source}/outgoing",
            "incoming": f"{root}/{source}/incoming",
            **more,
        }
        lines += [f"[sftp.{source}]", f"port = {server.port}", *(f'{key} = "{value}"' for key, value in given.items())]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
