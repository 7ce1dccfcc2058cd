"""Connecting: the pinned host key or nothing, safe algorithms only, our own key; no word of others in errors."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import time
from pathlib import Path

import asyncssh
import paramiko
import pytest

from exchange import errors
from exchange.intake import sftp
from exchange.intake.ssh import connection as ssh_connection
from exchange.settings import SftpHost
from tests.openssh import openssh_server
from tests.raising import raises
from tests.servers import sftp_server
from tests.ssh_keys import Keys, known_line


def connect(host: SftpHost) -> sftp.Negotiated:
    with sftp.session(host, source="mps") as session:
        return session.negotiated


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


@pytest.mark.sshd
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


def test_the_host_key_may_not_change_within_a_session() -> None:
    """paramiko takes another key when keys are renewed."""
    first, second = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = ssh_connection._CheckedTransport(ours)
        transport.host_key = paramiko.Ed25519Key(data=first.public_data)
        with pytest.raises(paramiko.SSHException):
            transport._verify_key(second.public_data, b"")
        assert transport.unproved


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


@pytest.mark.parametrize(
    "damage", ["missing", "folder", "pipe", "readable by others", "not a key", "of another kind", "with a passphrase"]
)
def test_a_private_key_that_may_not_be_used_stops_before_anything_is_sent(tmp_path: Path, damage: str) -> None:
    with sftp_server(tmp_path) as server:
        host = server.settings()
        match damage:
            case "missing":
                host.private_key.unlink()
            case "folder":
                host = server.settings(private_key=tmp_path)
            case "pipe":
                host.private_key.unlink()
                os.mkfifo(host.private_key, 0o600)
            case "of another kind":
                host.private_key.write_bytes(asyncssh.generate_private_key("ssh-ed448").export_private_key("pkcs8-pem"))
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
