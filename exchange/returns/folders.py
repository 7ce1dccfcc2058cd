"""The folder of one built return (interfaces: returns): <home>/returns/<return>/<period>/v<N>, 0700, files 0600.

A folder is written whole beside its place, then the ledger is told, then it goes to its place: whatever a crash leaves,
`settle` makes the place hold what the ledger says. What the ledger does not name is never read and swept away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange import logs, privatefiles
from exchange.errors import ReturnDamaged
from exchange.returns import names


@dataclass(frozen=True)
class Place:
    """Where a version is kept."""

    home: Path
    return_name: str
    period: str
    version: int

    @property
    def parent(self) -> Path:
        return self.home / "returns" / self.return_name / self.period

    @property
    def folder(self) -> Path:
        return self.parent / f"v{self.version}"

    def staged(self, digest: str) -> Path:
        """Where a folder of this content waits until it may go to its place."""
        return self.parent / f".v{self.version}-{digest}"

    @property
    def called(self) -> str:
        return names.stem(self.return_name, self.period, self.version)


def contents(files: Mapping[str, bytes], records: bytes) -> dict[str, bytes]:
    """Everything in the folder of a draft."""
    return {**files, names.RECORDS: records}


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """While held, nobody else changes folders of this return and period; waits."""
    for folder in (place.home / "returns", place.parent.parent, place.parent):
        privatefiles.folder(folder)
    with privatefiles.locked(place.parent / ".lock", alone=True):
        yield


def stage(place: Place, files: Mapping[str, bytes]) -> None:
    """Write a folder beside its place, whole and for good. Doing it twice is fine. Only while `locked`."""
    unfinished = place.parent / privatefiles.unfinished_name()
    target = place.staged(_digest({name: hashlib.sha256(body).hexdigest() for name, body in files.items()}))
    unfinished.mkdir(mode=privatefiles.FOLDER_MODE)
    try:
        for name, body in files.items():
            privatefiles.write(unfinished / name, body)
        shutil.rmtree(target, ignore_errors=True)  # what a crash left, perhaps damaged since
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    privatefiles.sync_folder(place.parent)


def drop_staged(place: Place) -> None:
    """Sweep away what waits beside the place of a version."""
    for left in (*place.parent.glob(f".v{place.version}-*"), *place.parent.glob(f"{privatefiles.UNFINISHED}*")):
        shutil.rmtree(left, ignore_errors=True)


def settle(place: Place, known: Mapping[str, str], signed: Mapping[str, bytes]) -> None:
    """Make the place hold the files of these SHA-256s; `signed` are files that the ledger holds itself.

    Only while `locked`. Raises ReturnDamaged where a file is missing or changed and nothing staged can replace it.
    """
    for left in place.folder.glob(f"{privatefiles.UNFINISHED}*"):
        left.unlink()  # what a crash left half written
    if not _holds(place.folder, known):
        staged = place.staged(_digest(known))
        if not _holds(staged, known):
            raise ReturnDamaged(what=place.called, name=_first_wrong(place.folder, known))
        _swap(place, staged)
    for name, body in signed.items():
        if _read(place.folder / name) != body:
            privatefiles.write(place.folder / name, body)
            logs.event("returns.signed_file_written", version=place.version)
    drop_staged(place)


def read(place: Place, name: str) -> bytes:
    """A file of a folder that was settled."""
    return privatefiles.read(place.folder / name)


def _swap(place: Place, staged: Path) -> None:
    """Bring a staged folder to its place; killed in between, the next settle does it."""
    old = place.parent / privatefiles.unfinished_name()
    with contextlib.suppress(FileNotFoundError):
        place.folder.rename(old)
    logs.event("returns.moved_aside", version=place.version)
    staged.rename(place.folder)
    privatefiles.sync_folder(place.parent)
    logs.event("returns.in_place", version=place.version)


def _holds(folder: Path, known: Mapping[str, str]) -> bool:
    return folder.is_dir() and not _first_wrong(folder, known)


def _first_wrong(folder: Path, known: Mapping[str, str]) -> str:
    """The first file that is missing or changed, or that nobody knows; blank where all is as it should be."""
    for name, sha256 in known.items():
        body = _read(folder / name)
        if body is None or hashlib.sha256(body).hexdigest() != sha256:
            return name
    known_too = {*known, names.MANIFEST, names.SIGNATURE}
    there = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names alone
    return next((name for name in sorted(there) if name not in known_too), "")


def _read(path: Path) -> bytes | None:
    try:
        return privatefiles.read(path)
    except FileNotFoundError:
        return None


def _digest(known: Mapping[str, str]) -> str:
    lines = "".join(f"{known[name]}  {name}\n" for name in sorted(known))
    return hashlib.sha256(lines.encode()).hexdigest()[:32]
