"""A sender's SFTP server, as the rest of the service sees it: list, stat, fetch, read, put, move, delete.

A server is an input like any other: its names, sizes, times and answers are checked before they are used. Failures
come out as our own errors, with where and what was being done, and without a word of paramiko's or the server's.
"""

from __future__ import annotations

import hashlib
import re
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from exchange.errors import ExchangeError, FileChanging, FolderMissing, LimitPassed, NotFound, ServerAway, UploadFailed
from exchange.intake.ssh import client as sftp
from exchange.intake.ssh.algorithms import Negotiated
from exchange.intake.ssh.client import Client, Garbled, Lost, Refused
from exchange.intake.ssh.connection import Connection, connection
from exchange.settings import SftpHost

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
    pace_seconds: float = 60  # that one fetch may take beside what its size allows at that speed


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
        self._transport = opened.transport
        self._host = host
        self._source = source
        self._limits = limits
        self._one_by_one = False
        self._client = self._do("opening SFTP", self._new_client, within=host.timeout_seconds)

    def list(self, folder: str) -> Listing:
        """The folder's regular files with a name on the allow-list; other names are counted and never used.

        Folders and unfinished files (.part, .tmp) are no findings and left out. Raises FolderMissing; LimitPassed when
        there are more than `max_listing` names or the listing takes too long.
        """
        within = self._limits.listing_seconds + self._host.timeout_seconds
        return self._do("listing a folder", lambda: self._list(folder), within=within, shut="reading")

    def stat(self, folder: str, name: str) -> Entry:
        """A file as it stands now. Raises NotFound when there is no regular file of that name."""
        within = self._limits.change_seconds
        entry = self._do("looking at a file", lambda: self._look(folder, name), within=within, shut="reading")
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
        patience = self._host.timeout_seconds + self._limits.pace_seconds
        slowest = patience + entry.size / self._limits.least_bytes_per_second
        return self._do(
            "reading a file",
            lambda: self._fetch(folder, entry, sink),
            within=min(slowest, self._limits.fetch_seconds),
            shut="reading",
            failed=self._away("reading a file"),
        )

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
        path, within, failed = _path(folder, name), self._limits.change_seconds, UploadFailed(source=self._source)
        self._do("writing a file", lambda: self._client.place(path, data), within=within, shut="writing", failed=failed)

    def move(self, folder: str, name: str, to_folder: str) -> None:
        """Moves a file; one that is gone was moved already.

        A file that has the name there already stays, and this one gets its time added to the name.
        Raises FolderMissing when the server does not allow it.
        """
        path, target, within = _path(folder, name), _path(to_folder, name), self._limits.change_seconds
        self._do("moving a file", lambda: self._client.move(path, target), within=within, shut="files that are done")

    def delete(self, folder: str, name: str) -> None:
        """Deletes a file; one that is gone was deleted already. Raises FolderMissing when it may not be deleted."""
        path, within = _path(folder, name), self._limits.change_seconds
        self._do("deleting a file", lambda: self._client.discard(path), within=within, shut="deleting")

    def _list(self, folder: str) -> Listing:
        found: dict[bytes, Any] = {}  # a name that is listed twice is one file
        seconds, most = self._limits.listing_seconds, self._host.max_listing
        ends = time.monotonic() + seconds
        for count, (name, attributes) in enumerate(self._client.names(folder.encode()), start=1):
            found[name] = attributes
            if count > most + 2:  # "." and ".."
                raise LimitPassed(source=self._source, what="the number of names in the folder", limit=most)
            if time.monotonic() > ends:
                raise LimitPassed(source=self._source, what="the time to list the folder", limit=f"{seconds:g} s")
        return self._sorted_out(folder, found)

    def _sorted_out(self, folder: str, found: Mapping[bytes, Any]) -> Listing:
        """Which of the names in a folder are files to read, and why the others are not."""
        entries, rejected = [], []
        for name, listed in found.items():
            if name in (b".", b"..") or name.endswith(UNFINISHED):
                continue
            attributes, reason = listed, ""
            if not ALLOWED_NAME.fullmatch(name):
                reason = "name"
            elif None in (listed.st_size, listed.st_mode, listed.st_mtime):
                # Some servers list names alone, so this one is asked about by itself.
                attributes = self._client.look(_join(folder, name)) or listed
            reason = reason or _unfit(attributes)
            if not reason:
                entries.append(_entry(name, attributes))
            elif reason != "folder":
                rejected.append(RejectedName(hashlib.sha256(name).hexdigest(), reason))
        return Listing(tuple(sorted(entries, key=lambda entry: entry.name)), tuple(rejected))

    def _look(self, folder: str, name: str) -> Entry | None:
        """A regular file as it stands now, links not followed; None when there is none."""
        attributes = self._client.look(_path(folder, name))
        return None if attributes is None or _unfit(attributes) else _entry(name.encode(), attributes)

    def _fetch(self, folder: str, entry: Entry, sink: Callable[[bytes], object]) -> int:
        count = 0
        if self._look(folder, entry.name) != entry:
            raise FileChanging(source=self._source)
        for piece in self._pieces(_path(folder, entry.name), entry.size + 1):  # the one more is one too many
            count += len(piece)
            if count > entry.size:
                break
            sink(piece)
        if count != entry.size or self._look(folder, entry.name) != entry:
            raise FileChanging(source=self._source)
        return count

    def _pieces(self, path: bytes, end: int) -> Iterator[bytes]:
        """The bytes of a file, in order, up to its end or `end`. Raises FileChanging when it has gone.

        Some appliances fail when several reads are under way (hazards F11). When that happens, the rest of the file,
        and every later file of the session, is read one request at a time; a failure then is final.
        """
        done = 0
        while True:
            file = self._client.open_if_there(path)
            if file is None:
                raise FileChanging(source=self._source)
            try:
                for piece in self._client.pieces(file, end, start=done, one_by_one=self._one_by_one):
                    done += len(piece)
                    yield piece
            except (Refused, Lost, Garbled):
                if self._one_by_one:
                    raise
            else:
                file.close()
                return
            self._one_by_one = True
            if self._client.get_channel().closed:
                self._client = self._new_client()

    def _new_client(self) -> Client:
        with self._limited(self._host.timeout_seconds):
            return Client.opened(self._transport, seconds=self._host.timeout_seconds)

    def _do(
        self, doing: str, action: Callable[[], T], *, within: float, shut: str = "", failed: ExchangeError | None = None
    ) -> T:
        """What `action` returns. The one place where failures of SFTP become errors of ours.

        A refusal is FolderMissing with `shut`, or `failed` where that is given and the folder is not to blame.
        """
        error = self._away(doing)
        try:
            with self._limited(within):
                return action()
        except Refused as refused:
            if failed is None or refused.status in (sftp.NO_SUCH_FILE, sftp.PERMISSION_DENIED):
                error = FolderMissing(source=self._source, doing=shut)
            else:
                error = failed
        except (Lost, Garbled):
            pass
        raise error  # outside the handler, so that nothing of the server's is chained to it

    def _away(self, doing: str) -> ExchangeError:
        return ServerAway(source=self._source, host=self._host.host, port=self._host.port, doing=doing)

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Ends the connection when what is inside takes longer, wherever it hangs (hazards F10)."""
        guard = threading.Timer(seconds, self._transport.close)
        guard.daemon = True
        guard.start()
        try:
            yield
        finally:
            guard.cancel()


def _unfit(attributes: Any) -> str:
    """Why something is not a file that may be read; "" when it is one."""
    if attributes.st_mode is None or attributes.st_size is None:
        return "size unknown"
    if stat.S_ISREG(attributes.st_mode):
        return ""
    if stat.S_ISDIR(attributes.st_mode):
        return "folder"
    return "link" if stat.S_ISLNK(attributes.st_mode) else "special"


def _entry(name: bytes, attributes: Any) -> Entry:
    """An entry; a server that tells no times has the same one, 0, for every file."""
    return Entry(name.decode("ascii"), attributes.st_size or 0, attributes.st_mtime or 0)


def _path(folder: str, name: str) -> bytes:
    """The path of a name that is ours or was listed. Raises ValueError for any other name."""
    if not OUR_NAME.fullmatch(name):
        raise ValueError("not a name that may be used on a server")
    return _join(folder, name.encode("ascii"))


def _join(folder: str, name: bytes) -> bytes:
    return folder.rstrip("/").encode() + b"/" + name
