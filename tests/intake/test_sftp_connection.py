"""Connecting: the pinned host key or nothing, safe algorithms only, no wait without an end, no word of others in errors."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import logging
import threading
import time
import traceback
from collections.abc import Awaitable, Iterator
from pathlib import Path

import asyncssh
import pytest
from asyncssh.constants import MSG_CHANNEL_OPEN
from asyncssh.sftp import SFTPServerHandler

from exchange import errors
from exchange.intake import sftp, ssh_connection
from exchange.settings import SftpHost
from tests.openssh import openssh_server
from tests.servers import Faults, sftp_server
from tests.silent_server import silent_server
from tests.ssh_keys import Keys, known_line


def connect(host: SftpHost) -> sftp.Negotiated:
    with sftp.session(host, source="mps") as session:
        return session.negotiated


@contextlib.contextmanager
def raises(
    kind: type[errors.ExchangeError], /, **facts: object
) -> Iterator[pytest.ExceptionInfo[errors.ExchangeError]]:
    """Ours, with these facts, and nothing of paramiko's or the server's anywhere behind it."""
    with pytest.raises(kind) as caught:
        yield caught
    assert {name: caught.value.facts[name] for name in facts} == facts
    behind: BaseException | None = caught.value
    while behind is not None:
        assert not type(behind).__module__.startswith(("paramiko", "socket"))
        behind = behind.__cause__ or behind.__context__
    assert "canary" not in "".join(traceback.format_exception(caught.value))


# --- host keys -------------------------------------------------------------------------------------


def test_another_host_key_stops_before_any_login_is_sent(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    with sftp_server(tmp_path, keys=keys) as server:
        server.known_hosts.write_text(known_line(asyncssh.generate_private_key("ssh-ed25519"), server.port))
        with raises(errors.HostKeyChanged, source="mps", host=server.host, port=server.port):
            connect(server.settings())
        time.sleep(0.1)
        assert server.events == ["connected"]


def test_a_host_key_that_changes_between_two_nights_is_refused(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    with sftp_server(tmp_path, keys=keys) as server:
        assert connect(server.settings()).host_key_type == "ssh-ed25519"
    known = server.known_hosts.read_text().split(" ", 1)[1]
    with sftp_server(tmp_path, keys=Keys(tmp_path, user_key=keys.user_key)) as server:
        server.known_hosts.write_text(f"[{server.host}]:{server.port} {known}")
        with raises(errors.HostKeyChanged):
            connect(server.settings())
        assert "auth" not in server.events


@pytest.mark.parametrize("other", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_two_keys_may_be_pinned_while_a_server_changes_its_key(tmp_path: Path, other: str) -> None:
    keys = Keys(tmp_path)
    with sftp_server(tmp_path, keys=keys) as server:
        keys.known_hosts(server.port, asyncssh.generate_private_key(other))
        assert connect(server.settings()).fingerprint == keys.host_key.get_fingerprint()


def test_the_pinned_type_of_key_is_asked_for_when_a_server_has_several(tmp_path: Path) -> None:
    keys, ecdsa = Keys(tmp_path), asyncssh.generate_private_key("ecdsa-sha2-nistp384")
    with openssh_server(tmp_path) as plain:
        assert connect(plain.settings()).host_key_type == "ssh-ed25519"
    second = tmp_path / "second_host_key"
    second.write_bytes(ecdsa.export_private_key())
    second.chmod(0o600)
    with openssh_server(tmp_path, f"HostKey {second}") as server:
        server.known_hosts.write_text(known_line(ecdsa, server.port))
        assert connect(server.settings()).fingerprint == ecdsa.get_fingerprint()
    assert keys.host_key != ecdsa


def test_rsa_host_keys_sign_with_sha2(tmp_path: Path) -> None:
    keys = Keys(tmp_path, host_key=asyncssh.generate_private_key("ssh-rsa", key_size=2048))
    with sftp_server(tmp_path, keys=keys) as server:
        assert connect(server.settings()).host_key_type == "rsa-sha2-512"


@pytest.mark.parametrize("content", [None, "", "# nothing\n", "[127.0.0.1]:1 ssh-ed25519 AAAA\n", "\xff\x00"])
def test_without_a_pinned_key_nothing_is_sent(tmp_path: Path, content: str | None) -> None:
    with sftp_server(tmp_path) as server:
        server.known_hosts.unlink()
        if content is not None:
            server.known_hosts.write_text(content)
        with raises(errors.KnownHostsUnreadable, source="mps"):
            connect(server.settings())
        assert server.events == []


def test_the_known_hosts_file_of_the_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sftp_server(tmp_path) as server:
        (tmp_path / ".ssh").mkdir()
        server.known_hosts.rename(tmp_path / ".ssh" / "known_hosts")
        monkeypatch.setenv("HOME", str(tmp_path))
        with raises(errors.KnownHostsUnreadable):
            connect(server.settings())


def test_a_server_that_shows_the_pinned_key_without_owning_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys(tmp_path)
    thief = asyncssh.generate_private_key("ssh-ed25519")
    monkeypatch.setattr(type(keys.host_key), "sign", lambda self, data, algorithm: thief_sign(data, algorithm))

    def thief_sign(data: bytes, algorithm: bytes) -> bytes:
        return original(thief, data, algorithm)

    original = asyncssh.SSHKey.sign
    with sftp_server(tmp_path, keys=keys) as server:
        with raises(errors.HostKeyChanged):
            connect(server.settings())
        assert "auth" not in server.events


# --- algorithms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "offer"),
    [
        ("cipher", {"encryption_algs": ["aes256-cbc", "3des-cbc"]}),
        ("MAC", {"encryption_algs": ["aes256-ctr"], "mac_algs": ["hmac-md5", "hmac-sha1", "hmac-sha1-96"]}),
        ("key exchange", {"kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"]}),
    ],
)
def test_a_server_with_weak_algorithms_only_is_refused(tmp_path: Path, kind: str, offer: dict[str, list[str]]) -> None:
    with sftp_server(tmp_path, **offer) as server:
        with raises(errors.WeakAlgorithms, kind=kind, source="mps"):
            connect(server.settings())
        assert "auth" not in server.events
        told = ssh_connection.offered(server.settings(), source="mps")
        assert told.lacks() == kind


@pytest.mark.parametrize(
    ("offer", "cipher", "mac"),
    [
        ({}, "aes128-gcm@openssh.com", "implicit"),
        ({"encryption_algs": ["aes256-gcm@openssh.com", "aes256-ctr"]}, "aes256-gcm@openssh.com", "implicit"),
        ({"encryption_algs": ["aes128-cbc", "aes128-ctr"]}, "aes128-ctr", "hmac-sha2-256-etm@openssh.com"),
        (
            {"encryption_algs": ["aes256-ctr"], "mac_algs": ["hmac-sha1", "hmac-sha2-512"]},
            "aes256-ctr",
            "hmac-sha2-512",
        ),
    ],
)
def test_the_best_common_algorithms_are_used_and_recorded(
    tmp_path: Path, offer: dict[str, list[str]], cipher: str, mac: str
) -> None:
    with sftp_server(tmp_path, **offer) as server:
        found = connect(server.settings())
    assert (found.cipher, found.mac, found.strict_kex) == (cipher, mac, True)
    assert found.kex in ssh_connection.KEY_EXCHANGES
    assert found.fingerprint.startswith("SHA256:")
    assert found.fingerprint in found.summary


@pytest.mark.parametrize(("ciphers", "safe"), [("aes128-ctr", False), ("aes128-gcm@openssh.com", True)])
def test_without_strict_key_exchange_encrypt_then_mac_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ciphers: str, safe: bool
) -> None:
    """Terrapin, CVE-2023-48795."""
    never = property(lambda self: False, lambda self, value: None)
    monkeypatch.setattr(asyncssh.SSHServerConnection, "_get_extra_kex_algs", lambda self: [])
    monkeypatch.setattr(asyncssh.SSHServerConnection, "_strict_kex", never, raising=False)
    with sftp_server(tmp_path, encryption_algs=[ciphers]) as server:
        if safe:
            assert not connect(server.settings()).strict_kex
        else:
            with raises(errors.WeakAlgorithms, kind="strict key exchange"):
                connect(server.settings())
            assert "auth" not in server.events


def test_nothing_weak_is_on_the_lists() -> None:
    allowed = (
        *ssh_connection.CIPHERS,
        *ssh_connection.MACS,
        *ssh_connection.KEY_EXCHANGES,
        *ssh_connection.HOST_KEY_TYPES,
    )
    weak = ("cbc", "3des", "md5", "sha1", "rc4", "arcfour", "none", "ssh-rsa", "ssh-dss", "group1-")
    assert not [name for name in allowed if any(part in name for part in weak)]


def test_paramiko_is_new_enough() -> None:
    """CVE-2026-44405: RSA with SHA-1 up to 4.0.0."""
    assert tuple(int(part) for part in importlib.metadata.version("paramiko").split(".")[:2]) >= (5, 1)


# --- our key and login -----------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "folder", "readable by others", "not a key", "with a passphrase"])
def test_a_private_key_that_may_not_be_used_stops_before_anything_is_sent(tmp_path: Path, damage: str) -> None:
    with sftp_server(tmp_path) as server:
        host = server.settings()
        match damage:
            case "missing":
                host.private_key.unlink()
            case "folder":
                host = server.settings(private_key=tmp_path)
            case "readable by others":
                host.private_key.chmod(0o640)
            case "not a key":
                host.private_key.write_text("canary: not a key")
            case _:
                key = asyncssh.generate_private_key("ssh-ed25519")
                host.private_key.write_bytes(key.export_private_key("pkcs8-pem", passphrase="canary"))
        with raises(errors.KeyUnusable) as caught:
            connect(host)
        assert str(tmp_path) not in str(caught.value)
        assert server.events == []


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("ssh-ed25519", "openssh"),
        ("ecdsa-sha2-nistp256", "openssh"),
        ("ecdsa-sha2-nistp384", "pkcs1-pem"),
        ("ssh-rsa", "openssh"),
        ("ssh-rsa", "pkcs1-pem"),
    ],
)
def test_keys_of_each_type_and_form_log_in(tmp_path: Path, kind: str, form: str) -> None:
    keys = Keys(tmp_path, user_key=asyncssh.generate_private_key(kind))
    with sftp_server(tmp_path, keys=keys) as server:
        host = server.settings()
        host.private_key.write_bytes(keys.user_key.export_private_key(form))
        assert connect(host)


def test_a_login_that_is_refused_is_told_apart_from_a_server_that_is_away(tmp_path: Path) -> None:
    with sftp_server(tmp_path, accept=False) as server, raises(errors.LoginRefused, username="lvws"):
        connect(server.settings())


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
