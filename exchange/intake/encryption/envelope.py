"""Deliveries that come encrypted: `.age`, or `.pgp` that is signed too (interfaces: feeds, Common rules).

The ciphertext is kept in the scratch folder of a landing while it comes, then opened as a stream into the landing.
What the sink was given may be used only after `Sealed.open` has returned: until then nobody has vouched for it, and
it must go with the landing when an error comes. age proves no sender; OpenPGP files must be signed by a certificate
that is pinned for their source (hazard F78).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from pysequoia import Cert

from exchange import clock, keyring, privatefiles
from exchange.errors import ExchangeError, FileRefused, KeyUnusable
from exchange.intake import folders
from exchange.intake.encryption import pgp, streams

Kind = Literal["plain", "age", "pgp_signed"]
Sink = Callable[[bytes], object]

_ENDINGS: dict[str, Kind] = {".age": "age", ".pgp": "pgp_signed"}
_SAFETY: dict[Kind, int] = {"plain": 0, "age": 1, "pgp_signed": 2}

# pysequoia 0.1.35 checks no signature behind a compressed layer, which GnuPG makes unless told otherwise.
_NOT_SIGNED = (
    "It is not signed by the pinned certificate, or was altered, or is compressed (GnuPG: --compress-algo none)."
)

_ARMOUR = b"-----BEGIN PGP MESSAGE"
_ENCRYPTED_SESSION_KEY = {1, 3}  # the packets that an encrypted message begins with (RFC 9580, 5.1 and 5.3)


def kind_of(name: str) -> Kind:
    """How a file of this name comes."""
    return _ENDINGS.get(Path(name).suffix, "plain")


def plain_name(name: str) -> str:
    """The name without the ending of its encryption."""
    return name if kind_of(name) == "plain" else name.rpartition(".")[0]


def check_required(kind: Kind, require: Kind) -> None:
    """Raise FileRefused for a file that comes less safely than its source must send; more safely is welcome."""
    if _SAFETY[kind] < _SAFETY[require]:
        raise FileRefused("not_encrypted" if kind == "plain" else "signature")


class Sealed:
    """A file as it comes, encrypted: written as it is to `scratch`, and opened when it is complete.

    `size` and `sha256` are those of the ciphertext: two deliveries of one content differ in it (hazard F17).
    """

    def __init__(self, home: Path, scratch: Path) -> None:
        self._home = home
        self._path = scratch / "sealed"
        self._hash = hashlib.sha256()
        self.size = 0
        with folders.disk_full(home):
            self._file = os.fdopen(privatefiles.create(self._path), "wb", buffering=streams.BLOCK)

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the ciphertext. Raises DiskFull."""
        self._hash.update(chunk)
        self.size += len(chunk)
        with folders.disk_full(self._home):
            self._file.write(chunk)

    def open(self, kind: Kind, sink: Sink, *, certificate: Path | None, limit: int) -> None:
        """Give the plain bytes to `sink` and remove the ciphertext.

        Raises FileRefused (`unreadable`, `signature`, `not_encrypted`; `size` for more than `limit` plain bytes) and
        KeyUnusable, when a key of ours or the sender's certificate is missing; what `sink` raises passes.
        """
        with folders.disk_full(self._home):
            self._file.close()
        if kind == "age":
            _open_age(self._home, self._path, sink=_limited(sink, limit))
        else:
            _open_pgp(self._home, self._path, sink=_limited(sink, limit), certificate=certificate)
        self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # a full disk was told by `write` or `open`
            self._file.close()


def _limited(sink: Sink, limit: int) -> Sink:
    """A compressed message may be far larger than its ciphertext."""
    left = limit

    def take(block: bytes) -> None:
        nonlocal left
        left -= len(block)
        if left < 0:
            raise FileRefused("size")
        sink(block)

    return take


def _open_age(home: Path, path: Path, *, sink: Sink) -> None:
    identities = keyring.age_identities(home, "intake-age")
    with streams.decrypting(path, identities, damaged=lambda: FileRefused("unreadable")) as plain:
        _pour(plain, sink)


def _open_pgp(home: Path, path: Path, *, sink: Sink, certificate: Path | None) -> None:
    if certificate is None:
        raise KeyUnusable(key="pgp_certificate", problem="no certificate is set for this source")
    fingerprints = _pinned(certificate)
    secret_keys = keyring.pgp_key_files(home)
    if not _is_encrypted(path):
        raise FileRefused("not_encrypted")
    arguments = [path, certificate, ",".join(fingerprints), *secret_keys]
    program = [sys.executable, "-I", pgp.__file__, *map(str, arguments)]
    with subprocess.Popen(  # noqa: S603 (our own program, with paths and fingerprints of ours)
        program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as opening:
        try:
            assert opening.stdout is not None
            _pour(opening.stdout, sink)
        except BaseException:
            opening.kill()
            raise
    if opening.returncode != pgp.OPENED:
        raise _refused(opening.returncode)


def _pour(plain: IO[bytes], sink: Sink) -> None:
    while block := plain.read(streams.BLOCK):
        sink(block)


def _refused(exit_code: int) -> ExchangeError:
    if exit_code == pgp.NO_KEY:
        return FileRefused("unreadable")
    if exit_code == pgp.NOT_SIGNED:
        return FileRefused("signature", detail=_NOT_SIGNED)
    # Killed, or out of memory: that says nothing about the file.
    return KeyUnusable(key="intake-pgp", problem=f"the program that opens OpenPGP files ended with {exit_code}")


def _pinned(certificate: Path) -> list[str]:
    """The fingerprints of the sender's certificates that hold today; two while the sender changes its own."""
    certificates: list[Cert] = []
    with contextlib.suppress(RuntimeError, OSError):
        certificates = Cert.split_file(str(certificate))
    if not certificates:
        raise KeyUnusable(key=str(certificate), problem="it is missing or no OpenPGP certificate")
    now = clock.now()
    holding = [c.fingerprint for c in certificates if not c.is_revoked and (c.expiration is None or c.expiration > now)]
    if not holding:
        raise FileRefused("signature", detail="Every certificate that is pinned for the sender is expired or revoked.")
    return holding


def _is_encrypted(path: Path) -> bool:
    """Whether an OpenPGP message begins as an encrypted one: pysequoia opens one that is only signed, too."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_ARMOUR):
        _, _, body = start.replace(b"\r\n", b"\n").partition(b"\n\n")
        try:
            start = base64.b64decode(body[:4], validate=True)
        except binascii.Error:
            return False
    if not start or not start[0] & 0x80:
        return False
    # A packet begins with its type: six bits in today's form, four in the old one (RFC 9580, 4.2).
    tag = start[0] & 0x3F if start[0] & 0x40 else (start[0] & 0x3C) >> 2
    return tag in _ENCRYPTED_SESSION_KEY
