"""A checked SSH connection for SFTP: pinned host key, safe algorithms, a limit on every wait.

What paramiko says about a failure is never passed on: its texts hold addresses, names and whatever the server sent.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import paramiko

from exchange.errors import ExchangeError, HostKeyChanged, LoginRefused, ServerAway, WeakAlgorithms
from exchange.intake.ssh.algorithms import CIPHERS, HOST_KEY_TYPES, KEY_EXCHANGES, MACS, Negotiated, Offered, signatures
from exchange.intake.ssh.host_keys import PinnedKeys, load_pinned, load_private_key
from exchange.settings import SftpHost

KEEPALIVE_SECONDS = 30
LOG_NAME = "lvws.ssh"


@dataclass(frozen=True)
class Connection:
    """A login at a server."""

    transport: Any  # paramiko.Transport
    negotiated: Negotiated


class _TimedSocket:
    """A socket on which a peer that stops taking what we send cannot hold us for ever.

    paramiko polls with a short time-out and tries again without end while a send makes no progress; here such a
    send fails after `seconds`. Reads are left as they are: every wait for an answer has its own limit.
    """

    def __init__(self, plain: socket.socket, *, seconds: float) -> None:
        self._plain = plain
        self._seconds = seconds
        self._blocked_since: float | None = None

    def send(self, data: bytes) -> int:
        """Like socket.send; raises ConnectionAbortedError once nothing was taken for `seconds`."""
        try:
            sent = self._plain.send(data)
        except TimeoutError:
            now = time.monotonic()
            if self._blocked_since is None:
                self._blocked_since = now
            if now - self._blocked_since < self._seconds:
                raise
            sent = -1
        if sent < 0:
            raise ConnectionAbortedError
        self._blocked_since = None
        return sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


class _CheckedTransport(paramiko.Transport):  # type: ignore[misc]
    """paramiko's transport, which also keeps what the server offered and whether it proved to own its host key."""

    offered = Offered()
    unproved = False

    def _really_parse_kex_init(self, m: Any, ignore_first_byte: bool = False) -> Any:
        parsed = super()._really_parse_kex_init(m, ignore_first_byte)
        if not ignore_first_byte:  # else it is our own offer that is read back
            self.offered = Offered(
                tuple(parsed["kex_algo_list"]),
                tuple(parsed["server_key_algo_list"]),
                tuple(parsed["server_encrypt_algo_list"]),
                tuple(parsed["server_mac_algo_list"]),
            )
        return parsed

    def _verify_key(self, host_key: Any, sig: Any) -> None:
        self.unproved = True
        if self.host_key is not None and host_key != self.host_key.asbytes():  # paramiko lets it change in mid-session
            raise paramiko.SSHException
        super()._verify_key(host_key, sig)
        self.unproved = False


class _PinnedPolicy(paramiko.RejectPolicy):  # type: ignore[misc]
    """Lets a pinned key pass. paramiko asks after the key exchange and before anything of the login is sent.

    paramiko's own list of known keys stays empty, so it always asks here: of two pinned keys of one type it would
    look at the first alone.
    """

    def __init__(self, pinned: PinnedKeys) -> None:
        self._pinned = pinned
        self.changed = False
        self.lacks = ""

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        if not self._pinned.allow(key.asbytes()):
            self.changed = True
            super().missing_host_key(client, hostname, key)
        # Terrapin (CVE-2023-48795): without strict key exchange only GCM, or MACs that are not encrypt-then-mac.
        transport = client.get_transport()
        pairs = ((transport.local_cipher, transport.local_mac), (transport.remote_cipher, transport.remote_mac))
        if not transport.agreed_on_strict_kex and any(
            "-gcm@" not in cipher and "-etm@" in mac for cipher, mac in pairs
        ):
            self.lacks = "strict key exchange"
            super().missing_host_key(client, hostname, key)


@contextmanager
def connection(host: SftpHost, *, source: str) -> Iterator[Connection]:
    """A login at `host`, closed at the end.

    Raises KnownHostsUnreadable and KeyUnusable before anything is sent, HostKeyChanged and WeakAlgorithms before
    anything of the login is sent; LoginRefused; ServerAway.
    """
    pinned = load_pinned(host.known_hosts, host.host, host.port, source=source)
    private_key = load_private_key(host.private_key, source=source)
    client = paramiko.SSHClient()
    try:
        transport = _log_in(client, host, pinned, private_key, source=source)
        transport.set_keepalive(KEEPALIVE_SECONDS)
        yield Connection(transport, _negotiated(transport))
    finally:
        _close(client)


def offered(host: SftpHost, *, source: str) -> Offered:
    """What the server offers, found without logging in and without trusting it. Raises ServerAway."""
    _silence_paramiko()
    transport = _transport(_connected(host, source=source), (), seconds=host.timeout_seconds)
    transport.set_log_channel(LOG_NAME)
    try:
        with suppress(Exception):
            transport.start_client(timeout=host.timeout_seconds)
        found: Offered = transport.offered
    finally:
        transport.packetizer.complete_handshake()
        transport.close()
    if not found.ciphers:
        raise _away(host, source, "greeting us")
    return found


def _connected(host: SftpHost, *, source: str) -> socket.socket:
    with suppress(OSError, UnicodeError):  # the latter for a name that no host can have
        plain = socket.create_connection((host.host, host.port), timeout=host.timeout_seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else small requests wait for the stream's ACKs
        return plain
    raise _away(host, source, "we connected")


def _transport(plain: socket.socket, first_types: tuple[str, ...], *, seconds: float) -> Any:
    """A transport that offers what is allowed only, the pinned types of host key first."""
    transport = _CheckedTransport(_TimedSocket(plain, seconds=seconds))
    options = transport.get_security_options()
    options.ciphers, options.digests = CIPHERS, MACS
    options.kex = tuple(name for name in KEY_EXCHANGES if name in options.kex)  # ML-KEM needs a recent OpenSSL
    options.key_types = first_types + tuple(name for name in HOST_KEY_TYPES if name not in first_types)
    transport.handshake_timeout = transport.clear_to_send_timeout = seconds
    return transport


def _log_in(client: Any, host: SftpHost, pinned: PinnedKeys, private_key: paramiko.PKey, *, source: str) -> Any:
    """The client's transport, logged in. Agent, passwords and keys of the system's user stay unused."""
    _silence_paramiko()
    seconds = host.timeout_seconds
    policy = _PinnedPolicy(pinned)
    client.set_missing_host_key_policy(policy)
    client.set_log_channel(LOG_NAME)
    types = tuple(name for pin in pinned.types for name in signatures(pin))
    plain = _connected(host, source=source)
    limits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), seconds)
    answered = False
    started = time.monotonic()
    try:
        client.connect(
            host.host,
            host.port,
            host.username,
            pkey=private_key,
            sock=plain,
            transport_factory=lambda sock, **_: _transport(sock, types, seconds=seconds),
            allow_agent=False,
            look_for_keys=False,
            **limits,
        )
        return client.get_transport()
    except paramiko.AuthenticationException:
        answered = time.monotonic() - started < seconds
    except Exception:  # noqa: BLE001  a hostile server makes paramiko raise many classes; its state says what happened
        answered = False
    raise _login_failure(client.get_transport(), policy, host, answered=answered, source=source)


def _login_failure(
    transport: Any, policy: _PinnedPolicy, host: SftpHost, *, answered: bool, source: str
) -> ExchangeError:
    """What stands in the way of a login, told from the state that the connection is in."""
    where: dict[str, str | int] = {"source": source, "host": host.host, "port": host.port}
    if policy.changed or (transport is not None and transport.unproved):
        return HostKeyChanged(**where)
    lacks = policy.lacks or (transport.offered.lacks() if transport is not None and transport.offered.ciphers else "")
    if lacks:
        return WeakAlgorithms(**where, kind=lacks)
    if transport is None or not transport.remote_version:
        return _away(host, source, "greeting us")
    if not transport.initial_kex_done:
        return _away(host, source, "agreeing on keys")
    if answered and transport.is_active():
        return LoginRefused(**where, username=host.username)
    return _away(host, source, "we logged in")


def _negotiated(transport: Any) -> Negotiated:
    key = transport.host_key.asbytes()  # get_remote_server_key() fails once the server has hung up
    digest = base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode("ascii")
    ciphers = (transport.local_cipher, transport.remote_cipher)
    macs = (
        "implicit" if "-gcm@" in cipher else mac
        for cipher, mac in zip(ciphers, (transport.local_mac, transport.remote_mac), strict=True)
    )
    return Negotiated(
        cipher="+".join(dict.fromkeys(ciphers)),
        mac="+".join(dict.fromkeys(macs)),
        kex=next(name for name in transport.get_security_options().kex if name in transport.offered.key_exchanges),
        host_key_type=transport.host_key_type,
        fingerprint=f"SHA256:{digest}",
        strict_kex=transport.agreed_on_strict_kex,
    )


def _away(host: SftpHost, source: str, doing: str) -> ServerAway:
    return ServerAway(source=source, host=host.host, port=host.port, doing=doing)


def _close(client: Any) -> None:
    """Ends the connection whatever state it is in."""
    transport = client.get_transport()
    if transport is not None:
        # Else the timer of a handshake that never ended would keep the process alive for its whole time-out.
        transport.packetizer.complete_handshake()
    with suppress(Exception):  # closing tells the server, and the server may be gone
        client.close()


def _silence_paramiko() -> None:
    """paramiko logs addresses and the server's own words, and tracebacks at ERROR; none of it is for our logs."""
    logging.getLogger(LOG_NAME).setLevel(logging.CRITICAL + 1)
