"""What a backup is made of: a folder with the database, the files of the home, and a manifest; all but that encrypted.

    lvws-20260601T020000.123456Z/
        database.age     PostgreSQL's own dump, of one snapshot
        files.age        a tar of keys, vault and returns, taken after it: all that the dump speaks of is there
        manifest.json    when, which release, what is in it, and the hashes of both; no personal data
    forgotten.age        beside them, made anew by each backup: who was erased and which keys were destroyed until now

Encrypted by age to the recovery key, whose private half is kept elsewhere. Nothing plain is written to a disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import pyrage
from pyrage import x25519

from exchange import privatefiles
from exchange.errors import BackupDamaged, BackupKeyMissing
from exchange.intake.encryption import streams

DATABASE: Final = "database.age"
FILES: Final = "files.age"
MANIFEST: Final = "manifest.json"
FORGOTTEN: Final = "forgotten.age"
FOLDERS: Final = ("keys", "vault", "returns")
_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; `counts`: rows of tables in its snapshot; `sha256`: of its encrypted files."""

    taken_at: str
    schema: str
    recipient: str
    counts: Mapping[str, int]
    sha256: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """When its snapshot was taken."""
        return datetime.fromisoformat(self.taken_at)


def recipient(told: str) -> x25519.Recipient:
    """The recovery key's public half. Raises BackupKeyMissing."""
    problem = "[backup] has no recipient"
    if told:
        try:
            return x25519.Recipient.from_str(told)
        except pyrage.RecipientError:
            problem = "The recipient of [backup] is no age public key"
    raise BackupKeyMissing(problem=problem)


def identity(path: Path) -> x25519.Identity:
    """The recovery key's private half, from its file. Raises BackupKeyMissing, PermissionsTooOpen."""
    problem = f"{path.name} cannot be read"
    try:
        lines = privatefiles.read(path).decode().splitlines()
        problem = f"{path.name} is no age identity"
        return x25519.Identity.from_str(next(line for line in lines if line and not line.startswith("#")))
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError):
        pass
    raise BackupKeyMissing(problem=problem)


def encrypting(path: Path, to: x25519.Recipient) -> tuple[streams.EncryptingFile, IO[bytes]]:
    """A new encrypted file: what ends it, and what is written to."""
    raw = streams.EncryptingFile(privatefiles.create(path), to)
    return raw, io.BufferedWriter(raw, streams.BLOCK)


def decrypting(path: Path, key: x25519.Identity) -> io.BufferedReader:
    """The plain bytes of an encrypted file. Raises BackupDamaged while reading."""
    damaged = lambda: BackupDamaged(name=path.parent.name, problem=f"{path.name} does not open")  # noqa: E731
    return streams.decrypting(path, [key], damaged=damaged)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The manifest, last of all: without one a folder is no backup."""
    privatefiles.write(folder / MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())


def read_manifest(folder: Path) -> Manifest:
    """A backup's manifest, with its files as it says. Raises BackupDamaged."""
    problem = "it has no manifest, or a file of it is missing"
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**told)
        wrong = [name for name, hashed in manifest.sha256.items() if digest(folder / name) != hashed]
        if not wrong:
            return manifest
        problem = f"{wrong[0]} is not what its manifest says"
    except (OSError, ValueError, TypeError):
        pass
    raise BackupDamaged(name=folder.name, problem=problem)


def write_files(home: Path, out: IO[bytes]) -> int:
    """A tar of the home's files; how many. What is unfinished is left out, and what was erased meanwhile."""
    count = 0
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_BLOCK) as tar:
        for path in _files(home):
            try:
                with path.open("rb") as file:
                    info = tar.gettarinfo(arcname=str(path.relative_to(home)), fileobj=file)
                    info.uid = info.gid = 0
                    info.uname = info.gname = ""
                    tar.addfile(info, file)
            except FileNotFoundError:
                continue
            count += 1
    return count


def _files(home: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            if path.is_file() and not any(part.startswith((privatefiles.UNFINISHED, ".lock")) for part in path.parts):
                yield path


def read_files(home: Path, file: IO[bytes], *, name: str) -> int:
    """Lay the files of a tar into an empty home, closed to others; how many. Raises BackupDamaged."""
    count = 0
    with tarfile.open(fileobj=file, mode="r|", bufsize=_BLOCK) as tar:
        for member in tar:
            path = home / member.name
            if not member.isfile() or path.resolve().parent.is_relative_to(home.resolve()) is False:
                raise BackupDamaged(name=name, problem="it holds something that is no file of a home")
            _folders(home, path.parent)
            source = tar.extractfile(member)
            assert source is not None
            with os.fdopen(privatefiles.create(path), "wb") as target:
                while block := source.read(_BLOCK):
                    target.write(block)
            count += 1
    return count


def _folders(home: Path, folder: Path) -> None:
    for part in (*reversed(folder.relative_to(home).parents), folder.relative_to(home)):
        if str(part) != ".":
            privatefiles.folder(home / part)
