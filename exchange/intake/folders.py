"""The folders of the vault: found, begun, erased, tidied. What they hold is in vault.

A folder is erased by destroying its key (exchange/filekeys.py); what is removed besides only frees the disk. Names that
begin with `.part-` do not count; their makers hold a claim on them, so that `sweep` removes only those of dead
processes. Errors of all functions: KeyUnusable, PermissionsTooOpen.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pyrage import x25519

from exchange import clock, filekeys, keyring, privatefiles
from exchange.errors import ArtefactMissing, DiskFull, ExchangeError, KeyDestroyed

_NAME = re.compile(r"[0-9a-f]{64}|quarantine-[A-Za-z0-9_-]{1,64}")
_DESTROYED = "destroyed.csv"
_MEGABYTE = 1024 * 1024


def root(home: Path) -> Path:
    """The vault itself, made if missing."""
    return privatefiles.folder(home / filekeys.VAULT)


def path_of(home: Path, folder: str) -> Path:
    """Where a folder is or would be. Raises ValueError for what is no name of one."""
    if not _NAME.fullmatch(folder):
        raise ValueError("not a name of a folder in the vault")
    return root(home) / folder


def names(home: Path) -> tuple[str, ...]:
    """All folders, those with a cut-short erasure too."""
    return tuple(sorted(path.name for path in root(home).iterdir() if _NAME.fullmatch(path.name)))


def exists(home: Path, folder: str) -> bool:
    """Whether a folder is there and was not erased."""
    return bool(filekeys.wrapped(path_of(home, folder)))


def created(home: Path, folder: str) -> datetime | None:
    """When the key of a folder was made; None when there is none."""
    for path in filekeys.wrapped(path_of(home, folder)).values():
        with contextlib.suppress(FileNotFoundError):
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None


def gone(home: Path, folder: str, *, name: str, run: str) -> ExchangeError:
    """The error for something that cannot be opened: erased on purpose, or missing or damaged."""
    if not exists(home, folder) and folder.encode("ascii") in _tombstones(home):
        return KeyDestroyed(what=f"Run {run}" if run else folder)
    return ArtefactMissing(run=run or folder, stage=name)


# --- begun and finished -----------------------------------------------------------------------------


def begin(home: Path) -> tuple[Path, int, x25519.Identity]:
    """A new folder that does not count yet, our claim on it, and its key. Raises DiskFull."""
    with disk_full(home), keyring.in_use(home):
        scratch = root(home) / privatefiles.unfinished_name()
        scratch.mkdir(mode=privatefiles.FOLDER_MODE)
        claim = privatefiles.claim(scratch)
        try:
            return scratch, claim, filekeys.new(home, scratch)
        except BaseException:
            _remove(scratch, claim)
            raise


def abandon(home: Path, scratch: Path, claim: int) -> None:
    """Remove what does not count, if it is still there, and let the claim go."""
    with keyring.in_use(home):  # no rotation wraps its key anew meanwhile
        _remove(scratch, claim)


def _remove(scratch: Path, claim: int) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    os.close(claim)


def put_away(path: Path) -> None:
    """Remove a folder at once by its name, then what is in it."""
    scratch = path.with_name(privatefiles.unfinished_name())
    with contextlib.suppress(FileNotFoundError):
        path.rename(scratch)
        privatefiles.sync_folder(path.parent)
        shutil.rmtree(scratch, ignore_errors=True)


# --- erased and tidied ------------------------------------------------------------------------------


def destroy(home: Path, folder: str) -> bool:
    """Erase a folder: its key first, for good, then the rest. Whether there was one.

    May be stopped at any point and repeated. That it was on purpose is written down before.
    """
    path = path_of(home, folder)
    if not path.is_dir():
        return False
    with keyring.in_use(home):  # no rotation wraps the key anew meanwhile
        if filekeys.wrapped(path):
            line = f"{folder},{clock.now():%Y-%m-%dT%H:%M:%SZ}\n"
            privatefiles.append(root(home) / _DESTROYED, line.encode("ascii"))
        filekeys.erase(path)
    put_away(path)
    return True


def sweep(home: Path) -> int:
    """Remove what dead processes left unfinished; how many things that was."""
    swept = 0
    with keyring.changing(home):  # nobody is between making a thing and claiming it
        for path in (
            *root(home).glob(f"{privatefiles.UNFINISHED}*"),
            *root(home).glob(f"*/{privatefiles.UNFINISHED}*"),
        ):
            with contextlib.suppress(BlockingIOError, FileNotFoundError, NotADirectoryError):
                claim = privatefiles.claim(path)
                filekeys.erase(path)
                path.unlink() if path.is_file() else shutil.rmtree(path)
                os.close(claim)
                swept += 1
    return swept


def check_permissions(home: Path) -> None:
    """Look at the vault, its folders, their files, and the keys. Raises PermissionsTooOpen for the first too open."""
    for top in (root(home), keyring.folder(home)):
        for path in sorted(top.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                privatefiles.check(path)


def destroyed(home: Path) -> tuple[str, ...]:
    """The folders that were erased on purpose, sorted."""
    return tuple(sorted(name.decode("ascii") for name in _tombstones(home) if name))


def _tombstones(home: Path) -> set[bytes]:
    try:
        lines = privatefiles.read(root(home) / _DESTROYED).splitlines()
    except FileNotFoundError:
        return set()
    return {line.partition(b",")[0] for line in lines}


# --- free disk --------------------------------------------------------------------------------------


@contextlib.contextmanager
def disk_full(home: Path) -> Iterator[None]:
    """Tell a full disk (or quota) as DiskFull; other errors pass."""
    try:
        yield
    except OSError as failure:
        if failure.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
    else:
        return
    raise too_full(home)


def too_full(home: Path, needed: int = 0) -> DiskFull:
    """The error for `needed` bytes that are not free."""
    free = shutil.disk_usage(root(home)).free
    return DiskFull(home=str(home), free_mb=free // _MEGABYTE, needed_mb=max(needed, free) // _MEGABYTE + 1)
