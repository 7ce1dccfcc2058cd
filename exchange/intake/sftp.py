"""A sender's SFTP server, as the rest of the service sees it: list, stat, fetch, read, put, move, delete.

A server is an input like any other: its names, sizes, times and answers are checked before they are used. Failures
come out as our own errors, with where and what was being done, and without a word of paramiko's or the server's.
"""

from __future__ import annotations

import hashlib
import re
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from exchange.errors import ExchangeError, FileChanging, FolderMissing, LimitPassed, NotFound, ServerAway, UploadFailed
from exchange.intake import sftp_protocol as sftp
from exchange.intake.sftp_fields import Attributes
from exchange.intake.sftp_protocol import Refused, Wire
from exchange.intake.sftp_reading import FileReader, Pace, Slow
from exchange.intake.sftp_writing import FileWriter
from exchange.intake.ssh_algorithms import Negotiated
from exchange.intake.ssh_connection import Connection, connection
from exchange.settings import SftpHost

P = ParamSpec("P")
T = TypeVar("T")

ALLOWED_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
OUR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
UNFINISHED = (b".part", b".tmp")  # never read (interfaces: feeds)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How long and how slow a server may be; every single wait is limited by `timeout_seconds` of the settings."""

    listing_seconds: float = 120
    fetch_seconds: float = 3600
    change_seconds: float = 300  # one put, move or delete
    least_bytes_per_second: int = 8 * 1024
    pace_seconds: float = 60  # over which the speed is judged


@dataclass(frozen=True)
class Entry:
    """A regular file as a server lists it: size in bytes, time of its last change in Unix seconds."""

    name: str
    size: int
    mtime: int


@dataclass(frozen=True)
class RejectedName:
    """Something in a folder that is not touched: SHA-256 of its name, and why. The name itself goes nowhere."""

    digest: str
    reason: str  # one of "name", "link", "special", "size unknown"


@dataclass(frozen=True)
class Listing:
    """A folder: the files that may be read, by name, and what is left alone."""

    entries: tuple[Entry, ...]
    rejected: tuple[RejectedName, ...]


@contextmanager
def session(host: SftpHost, *, source: str, limits: Limits = Limits()) -> Iterator[Session]:
    """A session with one server, closed at the end.

    Raises KnownHostsUnreadable and KeyUnusable before anything is sent; HostKeyChanged and WeakAlgorithms before
    anything of the login is sent; LoginRefused; ServerAway, as every method of the session may.
    """
    with connection(host, source=source) as opened:
        yield Session(opened, host, source=source, limits=limits)


class Session:
    """One open connection to a server. Folders are paths on the server, names are checked against an allow-list."""

    def __init__(self, opened: Connection, host: SftpHost, *, source: str, limits: Limits) -> None:
        self.negotiated: Negotiated = opened.negotiated
        self._host = host
        self._source = source
        self._limits = limits
        self._wire = Wire(opened.channel, step_seconds=host.timeout_seconds, lost=self._away)
        self._reader = FileReader(self._wire, pace=Pace(limits.least_bytes_per_second, limits.pace_seconds))
        self._writer = FileWriter(self._wire, self._reader)
        self._wire.start()

    def list(self, folder: str) -> Listing:
        """The folder's regular files with a name on the allow-list; other names are counted and never used.

        Folders and unfinished files (.part, .tmp) are no findings and left out. Raises FolderMissing; LimitPassed when
        there are more than `max_listing` names or the listing takes too long.
        """
        found: list[tuple[bytes, Attributes]] = []
        with self._doing("listing a folder", within=self._limits.listing_seconds + self._host.timeout_seconds):
            ends = time.monotonic() + self._limits.listing_seconds
            handle = self._in_folder("reading", self._wire.handle, sftp.OPENDIR, folder.encode())
            while (more := self._in_folder("reading", self._wire.names, handle)) is not None:
                found += more
                if len(found) > self._host.max_listing + 2:  # "." and ".."
                    raise LimitPassed(
                        source=self._source, what="the number of names in the folder", limit=self._host.max_listing
                    )
                if time.monotonic() > ends:
                    raise LimitPassed(
                        source=self._source,
                        what="the time to list the folder",
                        limit=f"{self._limits.listing_seconds:g} s",
                    )
            self._wire.close(handle)
            return self._sorted_out(folder, found)

    def stat(self, folder: str, name: str) -> Entry:
        """A file as it stands now. Raises NotFound when there is no regular file of that name."""
        with self._doing("looking at a file", within=self._limits.change_seconds):
            entry = self._look(folder, name)
        if entry is None:
            raise NotFound(what=f"file of {self._source}", name=name, list_with="lvws files")
        return entry

    def fetch(self, folder: str, entry: Entry, sink: Callable[[bytes], object]) -> int:
        """Hands the bytes of a listed file to `sink`, in order, and returns their number.

        What `sink` got is whole only when this returns. Raises FileChanging when size or time before, the bytes that
        came, and size or time after do not all agree with `entry`; LimitPassed, before it is opened, when the file is
        larger than `max_file_mb`.
        """
        if entry.size > self._host.max_file_mb * MEGABYTE:
            raise LimitPassed(source=self._source, what="the size of a file", limit=f"{self._host.max_file_mb} MB")
        with self._doing("reading a file", within=self._limits.fetch_seconds):
            if self._look(folder, entry.name) != entry:
                raise FileChanging(source=self._source)
            handle = self._opened(folder, entry.name)
            count = self._reader.read(handle, entry.size, sink)
            self._wire.close(handle)
            if count != entry.size or self._look(folder, entry.name) != entry:
                raise FileChanging(source=self._source)
        return count

    def read(self, folder: str, name: str, cap: int) -> bytes:
        """A small file whole, such as a manifest: at most `cap` bytes. Raises NotFound, LimitPassed, FileChanging."""
        entry = self.stat(folder, name)
        if entry.size > cap:
            raise LimitPassed(source=self._source, what="the size of a small file", limit=f"{cap} bytes")
        pieces: list[bytes] = []
        self.fetch(folder, entry, pieces.append)
        return b"".join(pieces)

    def put(self, folder: str, name: str, data: bytes) -> None:
        """Leaves exactly `data` under that name: written beside it, compared, then renamed. Doing it twice is fine.

        Raises FolderMissing; UploadFailed when the server refuses and, asked again, does not hold the file.
        """
        path, refused = _path(folder, name), sftp.OK
        with self._doing("writing a file", within=self._limits.change_seconds):
            try:
                self._writer.put(path, data)
            except Refused as refusal:
                refused = refusal.status
        if refused in (sftp.NO_SUCH_FILE, sftp.PERMISSION_DENIED):
            raise FolderMissing(source=self._source, doing="writing")
        if refused:
            raise UploadFailed(source=self._source)

    def move(self, folder: str, name: str, to_folder: str) -> None:
        """Moves a file; one that is gone was moved already.

        A file that has the name there already stays, and this one gets its time added to the name.
        Raises FolderMissing when the server does not allow it.
        """
        path, target = _path(folder, name), _path(to_folder, name)
        with self._doing("moving a file", within=self._limits.change_seconds):
            self._in_folder("files that are done", self._writer.move, path, target)

    def delete(self, folder: str, name: str) -> None:
        """Deletes a file; one that is gone was deleted already. Raises FolderMissing when it may not be deleted."""
        path = _path(folder, name)
        with self._doing("deleting a file", within=self._limits.change_seconds):
            self._in_folder("deleting", self._writer.delete, path)

    def _sorted_out(self, folder: str, found: Sequence[tuple[bytes, Attributes]]) -> Listing:
        """Which of the names in a folder are files to read, and why the others are not."""
        entries, rejected = [], []
        for name, listed in dict(found).items():  # a name that is listed twice is one file
            if name in (b".", b"..") or name.endswith(UNFINISHED):
                continue
            attributes, reason = listed, ""
            if not ALLOWED_NAME.fullmatch(name):
                reason = "name"
            elif listed.size is None or listed.mode is None or listed.mtime is None:
                # Some servers list names alone, so this one is asked about by itself.
                attributes = self._in_folder("reading", self._writer.look, _join(folder, name)) or listed
            reason = reason or _unfit(attributes)
            if not reason:
                entries.append(_entry(name, attributes))
            elif reason != "folder":
                rejected.append(RejectedName(hashlib.sha256(name).hexdigest(), reason))
        return Listing(tuple(sorted(entries, key=lambda entry: entry.name)), tuple(rejected))

    def _look(self, folder: str, name: str) -> Entry | None:
        """A regular file as it stands now, links not followed; None when there is none."""
        path = _path(folder, name)
        attributes = self._in_folder("reading", self._writer.look, path)
        return None if attributes is None or _unfit(attributes) else _entry(name.encode(), attributes)

    def _opened(self, folder: str, name: str) -> bytes:
        """A handle for reading. Raises FileChanging when the file has gone since it was looked at."""
        status = sftp.OK
        try:
            return self._wire.handle(sftp.OPEN, _path(folder, name), sftp.FOR_READING, sftp.NO_ATTRIBUTES)
        except Refused as refused:
            status = refused.status
        if status == sftp.NO_SUCH_FILE:
            raise FileChanging(source=self._source)
        raise FolderMissing(source=self._source, doing="reading")

    def _in_folder(self, purpose: str, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `action` returns; FolderMissing when the server refuses it."""
        try:
            return action(*args, **kwargs)
        except Refused:
            pass  # raised below, outside the handler, so that nothing of the server's is chained to it
        raise FolderMissing(source=self._source, doing=purpose)

    @contextmanager
    def _doing(self, doing: str, *, within: float) -> Iterator[None]:
        """Names what is being done for whatever goes wrong inside, and limits the time of it all."""
        self._wire.doing = doing
        failed = False
        try:
            with self._wire.within(within):
                yield
        except (Slow, Refused):
            failed = True
        if failed:
            raise self._away(doing)

    def _away(self, doing: str) -> ExchangeError:
        return ServerAway(source=self._source, host=self._host.host, port=self._host.port, doing=doing)


def _unfit(attributes: Attributes) -> str:
    """Why something is not a file that may be read; "" when it is one."""
    if attributes.mode is None or attributes.size is None:
        return "size unknown"
    if stat.S_ISREG(attributes.mode):
        return ""
    if stat.S_ISDIR(attributes.mode):
        return "folder"
    return "link" if stat.S_ISLNK(attributes.mode) else "special"


def _entry(name: bytes, attributes: Attributes) -> Entry:
    """An entry; a server that tells no times has the same one, 0, for every file."""
    return Entry(name.decode("ascii"), attributes.size or 0, attributes.mtime or 0)


def _path(folder: str, name: str) -> bytes:
    """The path of a name that is ours or was listed. Raises ValueError for any other name."""
    if not OUR_NAME.fullmatch(name):
        raise ValueError("not a name that may be used on a server")
    return _join(folder, name.encode("ascii"))


def _join(folder: str, name: bytes) -> bytes:
    return folder.rstrip("/").encode() + b"/" + name
