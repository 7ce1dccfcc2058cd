"""No wait without an end: every step at which a server can fall silent; and what a session leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_CHANNEL_OPEN
from asyncssh.sftp import SFTPServerHandler

from exchange import errors
from exchange.intake import sftp
from exchange.intake.ssh import connection as ssh_connection
from exchange.settings import SftpHost
from tests.raising import raises
from tests.servers import Faults, sftp_server
from tests.silent_server import silent_server
from tests.ssh_keys import Keys, known_line


def connect(host: SftpHost) -> sftp.Negotiated:
    with sftp.session(host, source="mps") as session:
        return session.negotiated


# --- waits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "full", "doing"),
    [(b"", True, "we connected"), (b"", False, "greeting us"), (b"SSH-2.0-canary\r\n", False, "agreeing on keys")],
)
def test_a_silent_server_is_given_up(tmp_path: Path, says: bytes, full: bool, doing: str) -> None:
    keys = Keys(tmp_path)
    with silent_server(says, full=full) as port:
        host = SftpHost(
            host="127.0.0.1",
            port=port,
            username="lvws",
            private_key=keys.private_key,
            known_hosts=keys.known_hosts(port),
            timeout_seconds=0.6,
        )
        started = time.monotonic()
        with raises(errors.ServerAway, doing=doing, host="127.0.0.1", port=port):
            connect(host)
        assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("stalls_at", "doing"),
    [
        ("auth", "we logged in"),
        ("channel", "opening SFTP"),
        ("subsystem", "opening SFTP"),
        ("version", "opening SFTP"),
        ("listing", "listing a folder"),
    ],
)
def test_a_server_that_stalls_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stalls_at: str, doing: str
) -> None:
    unanswered = {
        "subsystem": (asyncssh.SSHServerChannel, "_process_subsystem_request"),
        "version": (SFTPServerHandler, "run"),
    }
    if stalls_at in unanswered:
        monkeypatch.setattr(*unanswered[stalls_at], _never)
    if stalls_at == "channel":
        monkeypatch.setitem(asyncssh.SSHServerConnection._packet_handlers, MSG_CHANNEL_OPEN, _never)
    with sftp_server(tmp_path, faults=Faults(stalls_at=stalls_at)) as server:
        started = time.monotonic()
        with (
            raises(errors.ServerAway, doing=doing),
            sftp.session(server.settings(timeout_seconds=0.6), source="mps") as session,
        ):
            session.list("/")
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("hangs_up_at", ["login", "channel", "subsystem", "version"])
def test_a_server_that_hangs_up_while_sftp_is_opened_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs_up_at: str
) -> None:
    def hang_up(self: Any, *_: object) -> Awaitable[None] | bool | None:
        connection = getattr(self, "_conn", None) or getattr(getattr(self, "_reader", None), "_chan", self)
        getattr(connection, "_conn", connection).abort()
        return asyncio.sleep(0) if isinstance(self, SFTPServerHandler) else True

    match hangs_up_at:
        case "login":  # the worst moment: everything is agreed on, and the connection has gone
            log_in = ssh_connection._log_in

            def log_in_and_lose(*args: Any, **kwargs: Any) -> Any:
                transport = log_in(*args, **kwargs)
                transport.close()
                return transport

            monkeypatch.setattr(ssh_connection, "_log_in", log_in_and_lose)
        case "channel":
            monkeypatch.setitem(asyncssh.SSHServerConnection._packet_handlers, MSG_CHANNEL_OPEN, hang_up)
        case "subsystem":
            monkeypatch.setattr(asyncssh.SSHServerChannel, "_process_subsystem_request", hang_up)
        case _:
            monkeypatch.setattr(SFTPServerHandler, "run", hang_up)
    with sftp_server(tmp_path) as server, raises(errors.ServerAway, doing="opening SFTP"):
        connect(server.settings(timeout_seconds=2))


def test_a_peer_that_stops_taking_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.05)
        timed: Any = ssh_connection._TimedSocket(ours, seconds=0.3)
        started = time.monotonic()
        with pytest.raises(ConnectionAbortedError):
            _send_for_ever(timed)
        assert 0.3 <= time.monotonic() - started < 3
        assert timed.fileno() == ours.fileno()


def _send_for_ever(plain: Any) -> None:
    """As paramiko does: what times out is tried again."""
    while True:
        with contextlib.suppress(TimeoutError):
            plain.send(b"x" * 65_536)


def test_what_a_silent_server_offers_cannot_be_told(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    with sftp_server(tmp_path, keys=keys) as server, silent_server() as port:
        host = server.settings(port=port, timeout_seconds=0.3)
        with raises(errors.ServerAway, doing="greeting us"):
            ssh_connection.offered(host, source="mps")


def _never(self: object, *_: object) -> Awaitable[None] | None:
    return asyncio.sleep(3600) if isinstance(self, SFTPServerHandler) else None


def test_nobody_at_the_port(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server:
        host = server.settings()
    with raises(errors.ServerAway, doing="we connected"):
        connect(host)


def test_a_host_that_has_no_address(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server:
        host = server.settings(host="no-such-host.invalid")
        server.known_hosts.write_text(known_line(asyncssh.generate_private_key("ssh-ed25519"), 1, host=host.host))
        server.known_hosts.write_text(server.known_hosts.read_text().replace("]:1 ", f"]:{server.port} "))
        with raises(errors.ServerAway, doing="we connected"):
            connect(host)


# --- what stays behind -----------------------------------------------------------------------------


def test_no_thread_of_a_failed_or_finished_session_stays(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server, silent_server(b"SSH-2.0-x\r\n") as silent:
        before = set(threading.enumerate())
        connect(server.settings())
        keys = Keys(tmp_path)
        with pytest.raises(errors.ServerAway):
            connect(server.settings(port=silent, known_hosts=keys.known_hosts(silent), timeout_seconds=0.3))
        time.sleep(0.3)
        assert set(threading.enumerate()) <= before


def test_paramiko_logs_nothing_to_the_root(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with sftp_server(tmp_path, accept=False) as server, pytest.raises(errors.LoginRefused):
        connect(server.settings())
    with silent_server(b"SSH-2.0-canary\r\n") as port, pytest.raises(errors.ServerAway):
        connect(server.settings(port=port, known_hosts=Keys(tmp_path).known_hosts(port), timeout_seconds=0.3))
    assert not [record for record in caplog.records if record.name.startswith(("paramiko", "lvws.ssh"))]
