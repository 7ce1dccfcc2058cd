"""Files that nobody else may read, written so that a crash leaves all of a file or nothing of it.

Folders are 0700 and files 0600 from the moment they exist, whatever the umask, and are looked at again each time
(the embedded database makes folders too). Used for keys and for the vault. Errors: PermissionsTooOpen.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from exchange.errors import PermissionsTooOpen

FOLDER_MODE = 0o700
FILE_MODE = 0o600

# What is not finished is named so; nothing ever reads it, and what a dead process left is swept away.
UNFINISHED = ".part-"


def unfinished_name() -> str:
    """A new name for something that does not count yet."""
    return UNFINISHED + secrets.token_hex(8)


def folder(path: Path) -> Path:
    """`path` as a folder of ours: made if missing, with its parents; checked if there. Raises PermissionsTooOpen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        check(path)
    else:
        sync_folder(path.parent)
    return path


def check(path: Path) -> None:
    """Raise PermissionsTooOpen when anybody but the owner may do anything with `path`; FileNotFoundError if missing."""
    status = path.stat()
    if status.st_mode & 0o077:
        raise PermissionsTooOpen(path=str(path), mode="700" if path.is_dir() else "600")


def read(path: Path) -> bytes:
    """The bytes of a private file. Raises PermissionsTooOpen; FileNotFoundError if missing."""
    check(path)
    return path.read_bytes()


def create(path: Path) -> int:
    """A descriptor for writing a file that must not be there yet."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, at once and for good: after a crash there is the old file or the new one."""
    unfinished = path.with_name(unfinished_name())
    try:
        with os.fdopen(create(unfinished), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add `data` to the end of `path` for good; a half-written last line of a crash is ended first."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(file, "r+b", buffering=0) as log:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        log.write(b"\n" + data if torn else data)
        os.fsync(file)
    sync_folder(path.parent)


def claim(path: Path) -> int:
    """Claim something unfinished, file or folder, for as long as the descriptor that is returned stays open.

    The kernel lets go when a process dies. Raises BlockingIOError when it is claimed, FileNotFoundError if missing.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        claim_open(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


def claim_open(descriptor: int) -> None:
    """As `claim`, of a file or folder that is open."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def erase(path: Path) -> None:
    """Overwrite a small file and unlink it, for good. Nothing happens if it is not there.

    On SSDs and copying file systems the overwritten block may survive underneath; the disk itself is to be
    encrypted there (docs/security.md).
    """
    with contextlib.suppress(FileNotFoundError):
        with path.open("r+b", buffering=0) as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold the lock file `path`, together with others or alone; waits. The kernel lets go when a process dies.

    Never inside itself: one process that asks twice waits for ever.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
