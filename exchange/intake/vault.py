"""The vault: what senders sent and what stages made of it, encrypted on the disk from the first byte.

    <home>/vault/<sha256 of the plain bytes>/
        key.vault-1.age      the key of this folder alone, wrapped to the service's vault key (exchange/filekeys.py)
        raw.age              the bytes as they came
        <stage>.age          what a stage made of them
    <home>/vault/quarantine-<run>/              a run's broken rows, which are kept for longer, with a key of their own
    <home>/vault/destroyed.csv                  which folders were erased on purpose, and when

Plain bytes pass through memory only. The formats are age's own. Errors of all functions: KeyUnusable,
PermissionsTooOpen; when writing: DiskFull. Erasing and tidying is in folders, and offered here.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from exchange import filekeys, keyring, privatefiles
from exchange.errors import ArtefactMissing, ExchangeError, KeyDestroyed
from exchange.intake import folders
from exchange.intake.encryption import streams
from exchange.intake.folders import check_permissions, created, destroy, exists, names, sweep

__all__ = [
    "Landed",
    "Landing",
    "check_permissions",
    "created",
    "destroy",
    "drop_artefact",
    "exists",
    "has_artefact",
    "land",
    "names",
    "open_artefact",
    "open_raw",
    "prepare",
    "sweep",
    "write_artefact",
]

RAW = "raw"

_ARTEFACT = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SPACE_FACTOR = 3  # the file, its artefacts, and as much again for the database (hazard F50)


@dataclass(frozen=True, slots=True)
class Landed:
    """What came in: the hash (64 hex digits) and length of the plain bytes, and whether they were not there yet."""

    sha256: str
    size: int
    created: bool


# --- landing ----------------------------------------------------------------------------------------


class Landing:
    """Bytes on their way into the vault: `close` lets them count; leaving the `with` without it removes them.

    `scratch` is a folder that lives as long as the landing, for ciphertext only.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._hash = hashlib.sha256()
        self.size = 0
        self.scratch, self._claim, identity = folders.begin(home)
        try:
            file = privatefiles.create(self.scratch / "raw.age")
        except BaseException:
            folders.abandon(home, self.scratch, self._claim)
            raise
        self._encrypting = streams.EncryptingFile(file, identity.to_public())
        self._buffered = io.BufferedWriter(self._encrypting, streams.BLOCK)

    def write(self, chunk: bytes) -> None:
        """Take the next plain bytes, of any length."""
        self._hash.update(chunk)
        self.size += len(chunk)
        with folders.disk_full(self._home):
            self._buffered.write(chunk)

    def close(self) -> Landed:
        """Everything was written: from now on it counts, also after a power cut."""
        with folders.disk_full(self._home):
            self._buffered.close()
            if self._encrypting.failure:
                raise self._encrypting.failure
            with keyring.in_use(self._home):  # the wrapped key keeps its name meanwhile
                keep = {*filekeys.wrapped(self.scratch).values(), self.scratch / "raw.age"}
                for path in set(self.scratch.iterdir()) - keep:
                    path.unlink()
            sha256 = self._hash.hexdigest()
            return Landed(sha256=sha256, size=self.size, created=_settle(self._home, self.scratch, folder=sha256))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _close_unwanted(self._encrypting, self._buffered)
        folders.abandon(self._home, self.scratch, self._claim)


def land(home: Path, *, announced: int = 0) -> Landing:
    """Begin to take in a content of about `announced` bytes, in a `with`; three times that must be free: DiskFull."""
    needed = announced * _SPACE_FACTOR
    if shutil.disk_usage(folders.root(home)).free < needed:
        raise folders.too_full(home, needed)
    return Landing(home)


def prepare(home: Path, folder: str) -> None:
    """Make a folder that is no content, with its own key, unless it is there: `quarantine-<run>`."""
    if filekeys.find(home, folders.path_of(home, folder)) is not None:
        return
    scratch, claim, _ = folders.begin(home)
    try:
        with folders.disk_full(home):
            _settle(home, scratch, folder=folder)
    finally:
        folders.abandon(home, scratch, claim)


def _settle(home: Path, made: Path, *, folder: str) -> bool:
    """Give a finished folder its name, unless one of that name is there and opens; whether it was given."""
    final = folders.path_of(home, folder)
    privatefiles.sync_folder(made)
    while True:
        try:
            with keyring.in_use(home):
                made.rename(final)
        except OSError as failure:
            if failure.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            privatefiles.sync_folder(final.parent)
            return True
        if _opens(home, folder):
            return False
        with keyring.in_use(home):  # damaged, or its erasure was cut short
            filekeys.erase(final)
        folders.put_away(final)


def _opens(home: Path, folder: str) -> bool:
    """Whether a folder holds what it should: of a content, every byte."""
    if folder.startswith("quarantine-"):
        return filekeys.find(home, folders.path_of(home, folder)) is not None
    try:
        with open_raw(home, folder) as file:
            while file.read(streams.BLOCK):
                pass
    except (ArtefactMissing, KeyDestroyed):
        return False
    return True


# --- contents and artefacts -------------------------------------------------------------------------


def open_raw(home: Path, sha256: str, *, run: str = "") -> io.BufferedReader:
    """The plain bytes of a content, as a stream; that their hash is right is known at its end.

    Raises KeyDestroyed, ArtefactMissing; the latter also while reading.
    """
    return _open(home, sha256, name=RAW, run=run, expected=sha256)


def open_artefact(home: Path, folder: str, name: str, *, run: str = "") -> io.BufferedReader:
    """What a stage left, as a stream. Raises KeyDestroyed, ArtefactMissing; the latter also while reading."""
    return _open(home, folder, name=_checked(name), run=run)


@contextlib.contextmanager
def write_artefact(home: Path, folder: str, name: str, *, run: str = "") -> Iterator[io.BufferedIOBase]:
    """A file object for what a stage leaves: all of it is there when the `with` ends, or what was there before.

    Raises KeyDestroyed, ArtefactMissing when the folder is not there.
    """
    path = folders.path_of(home, folder) / f"{_checked(name)}.age"
    with folders.disk_full(home), keyring.in_use(home):
        identity = filekeys.find(home, path.parent)
        if identity is None:
            raise folders.gone(home, folder, name=name, run=run)
        unfinished = path.with_name(privatefiles.unfinished_name())
        file = privatefiles.create(unfinished)
        privatefiles.claim_open(file)
    encrypting = streams.EncryptingFile(file, identity.to_public())
    buffered = io.BufferedWriter(encrypting, streams.BLOCK)
    try:
        with folders.disk_full(home):
            yield buffered
            buffered.close()
            if encrypting.failure:
                raise encrypting.failure
            _rename(unfinished, path, gone=lambda: folders.gone(home, folder, name=name, run=run))
    finally:
        _close_unwanted(encrypting, buffered)
        unfinished.unlink(missing_ok=True)


def has_artefact(home: Path, folder: str, name: str) -> bool:
    """Whether a stage's artefact is there; whether it opens is known by reading it."""
    return (folders.path_of(home, folder) / f"{_checked(name)}.age").exists()


def drop_artefact(home: Path, folder: str, name: str) -> None:
    """Remove an artefact; nothing happens if it is not there."""
    path = folders.path_of(home, folder) / f"{_checked(name)}.age"
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        privatefiles.sync_folder(path.parent)


def _open(home: Path, folder: str, *, name: str, run: str, expected: str | None = None) -> io.BufferedReader:
    """`expected` is the hash of the plain bytes, where it is known."""

    def damaged() -> ExchangeError:
        return folders.gone(home, folder, name=name, run=run)

    path = folders.path_of(home, folder)
    identity = filekeys.find(home, path)
    if identity is not None:
        with contextlib.suppress(FileNotFoundError):
            return streams.decrypting(path / f"{name}.age", [identity], damaged=damaged, sha256=expected)
    raise damaged()


def _checked(name: str) -> str:
    if name == RAW or not _ARTEFACT.fullmatch(name):
        raise ValueError("not a name for an artefact")
    return name


def _rename(unfinished: Path, path: Path, *, gone: Callable[[], ExchangeError]) -> None:
    try:
        unfinished.replace(path)
    except FileNotFoundError:
        pass  # the folder was erased meanwhile
    else:
        privatefiles.sync_folder(path.parent)
        return
    raise gone()


def _close_unwanted(encrypting: streams.EncryptingFile, buffered: io.BufferedIOBase) -> None:
    """End a file that is not to stay; one that was closed already is left alone."""
    if not encrypting.closed:
        encrypting.wanted = False
        with contextlib.suppress(OSError):
            buffered.close()
