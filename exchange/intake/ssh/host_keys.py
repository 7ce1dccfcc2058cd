"""Which host keys a server may show, and our private key for it. Only the files named in the settings are read."""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from exchange.errors import KeyUnusable, KnownHostsUnreadable

STANDARD_PORT = 22
LARGEST_KEY_FILE = 64 * 1024  # bytes; an RSA key of 16,384 bits takes 13 KiB


@dataclass(frozen=True)
class PinnedKeys:
    """The host keys that one server may show, as the bytes that travel on the wire (RFC 4253, 6.6)."""

    blobs: frozenset[bytes]
    types: tuple[str, ...]

    def allow(self, blob: bytes) -> bool:
        """True when the server's key is one of the pinned ones."""
        return blob in self.blobs


def load_pinned(path: Path, host: str, port: int, *, source: str) -> PinnedKeys:
    """The keys that the known_hosts file at `path` pins for this host and port.

    Several keys for one host are allowed, also of one type: a server that changes its key has two for a while.
    Raises KnownHostsUnreadable when the file is missing or unreadable, or pins nothing for the server.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        lines = None
    if lines is None:
        raise KnownHostsUnreadable(source=source, problem="it is missing or cannot be read")
    pinned = parse_pinned(lines, host, port)
    if not pinned.blobs:
        raise KnownHostsUnreadable(source=source, problem="it has no valid line for the server")
    return pinned


def parse_pinned(lines: list[bytes], host: str, port: int) -> PinnedKeys:
    """The keys pinned for host and port in the lines of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

    Names must be whole: a pattern pins no single server, so it is passed over. A key marked @revoked is never
    allowed, whatever other lines say; @cert-authority lines are passed over, and so is a line that is damaged.
    """
    name = (host if port == STANDARD_PORT else f"[{host}]:{port}").lower()
    allowed: dict[bytes, str] = {}
    revoked: set[bytes] = set()
    for marker, names, key_type, blob in _entries(lines):
        if not any(_names(pattern, name) for pattern in names.split(b",")):
            continue
        if marker == b"@revoked":
            revoked.add(blob)
        elif not marker:
            allowed[blob] = key_type
    for blob in revoked:
        allowed.pop(blob, None)
    return PinnedKeys(frozenset(allowed), tuple(dict.fromkeys(allowed.values())))


def _entries(lines: list[bytes]) -> Iterator[tuple[bytes, bytes, str, bytes]]:
    """Marker (or b""), names, key type and key of every whole line."""
    for line in lines:
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith(b"@") else b""
        if len(fields) < 3 or fields[0].startswith(b"#"):
            continue
        names, key_type, encoded = fields[:3]
        try:
            blob = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            continue
        # The type stands in the key itself too; a line where the two differ is damaged.
        if blob.startswith(len(key_type).to_bytes(4, "big") + key_type):
            yield marker, names, key_type.decode("ascii", "backslashreplace"), blob


def _names(pattern: bytes, name: str) -> bool:
    """True when one name of a known_hosts line, plain or hashed, is this server's."""
    if not pattern.startswith(b"|1|"):
        return pattern.lower() == name.encode()
    parts = pattern.split(b"|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = base64.b64decode(parts[2], validate=True), base64.b64decode(parts[3], validate=True)
    except binascii.Error:
        return False
    # HMAC-SHA1 is the format of hashed names, which only hides them; the keys themselves are compared whole.
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)


def load_private_key(path: Path, *, source: str) -> paramiko.PKey:
    """Our private key for a server: OpenSSH or PEM, Ed25519, ECDSA or RSA, without a passphrase, readable by us only.

    Raises KeyUnusable, which names the setting and the problem and shows neither path nor content.
    """
    content, problem = _read_guarded(path)
    if content is not None:
        with suppress(Exception):  # damage arrives as many classes, from two libraries
            return _parsed(content)
        problem = "it is damaged, has a passphrase, or is not an Ed25519, ECDSA or RSA key"
    raise KeyUnusable(key=f"private_key of [sftp.{source}]", problem=problem)


def _parsed(content: bytes) -> paramiko.PKey:
    """The key in paramiko's form. Raises whatever the libraries raise for what is not a key."""
    openssh = b"BEGIN OPENSSH" in content
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    match load(content, password=None):
        case ed25519.Ed25519PrivateKey() as key:
            kind, form = paramiko.Ed25519Key, serialization.PrivateFormat.OpenSSH
        case ec.EllipticCurvePrivateKey() as key:
            kind, form = paramiko.ECDSAKey, serialization.PrivateFormat.TraditionalOpenSSL
        case rsa.RSAPrivateKey() as key:
            kind, form = paramiko.RSAKey, serialization.PrivateFormat.TraditionalOpenSSL
        case _:
            raise ValueError
    # Written anew, because paramiko 5.1 fails on about half of the ECDSA keys in OpenSSH's form.
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return kind.from_private_key(io.StringIO(text.decode("ascii")))


def _read_guarded(path: Path) -> tuple[bytes | None, str]:
    """The file's bytes, or None and why it may not be used. Permissions are those of the very file that is read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # a named pipe must not be waited for
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                return None, "it is not a file"
            if mode & 0o077:
                return None, "other users of this machine can read it (chmod 600)"
            return file.read(LARGEST_KEY_FILE), ""
    except FileNotFoundError:
        return None, "it is missing"
    except OSError:
        return None, "it cannot be read"
