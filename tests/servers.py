"""SFTP servers for tests: asyncssh's in a thread, with faults on demand. OpenSSH's own is in tests/openssh.py.

with sftp_server(tmp_path, faults=Faults(drop_after=65_536)) as server:
    with sftp.session(server.settings(), source="mps") as session: ...
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.sftp import FXP_READ, SFTPServerHandler

from exchange.settings import SftpHost
from tests.ssh_keys import HOST, Keys


@dataclass(frozen=True)
class Faults:
    """What is wrong. Operations: auth, look, listing, open, read, write, close, rename, remove."""

    stalls_at: str = ""  # this operation is never answered
    refuses: frozenset[str] = frozenset()  # answered with "permission denied"
    misses: frozenset[str] = frozenset()  # answered with "no such file"
    write_only: bool = False  # files can be written, and not opened for anything else
    copies: bool = False  # renaming leaves the old name there too
    fails_after: frozenset[str] = frozenset()  # done, and answered with "failure" all the same
    drop_after: int | None = None  # the connection ends once so many bytes of files were sent
    size: Callable[[int], int | None] | None = None  # what it says of a file's size
    bare_listing: bool = False  # names without sizes, types and times
    listed: tuple[bytes, ...] = ()  # names beside those that are there
    endless: bool = False  # the listing never ends
    listing_pause: float = 0  # seconds before each listed name
    most_reads: int | None = None  # more reads than this under way are refused,
    crowded: str = "refuse"  # or never answered: "ignore"
    most_bytes: int | None = None  # of one read
    read_pause: float = 0  # seconds before each read is answered
    shuffled: bool = False  # reads are answered in any order
    takes_at_once: bool = False  # a file that is whole is taken away
    drops_writes: bool = False  # says that it wrote, and wrote something else
    without: frozenset[bytes] = frozenset()  # SFTP extensions that it does not have


@dataclass(frozen=True)
class Server:
    """A running server: how to reach it, where its files lie, what happened on it."""

    port: int
    username: str
    private_key: Path
    known_hosts: Path
    root: Path
    events: list[str] = field(default_factory=list)
    host: str = HOST

    def settings(self, **changes: Any) -> SftpHost:
        given = {name: getattr(self, name) for name in ("host", "port", "username", "private_key", "known_hosts")}
        return SftpHost(**{**given, "timeout_seconds": 5, **changes})


class _FaultySftp(asyncssh.SFTPServer):
    """asyncssh's SFTP server on one folder, with faults."""

    def __init__(self, chan: Any, root: Path, faults: Faults, events: list[str], opened: list[Any]) -> None:
        super().__init__(chan, chroot=os.fsencode(root))
        self.opened = opened
        self.taken = root.parent / f"{root.name}.taken"
        self.faults, self.events = faults, events
        self.sent = self.reading = 0
        self.written: dict[int, bytes] = {}

    async def _at(self, operation: str) -> None:
        self.events.append(operation)
        if self.faults.stalls_at == operation:
            await asyncio.sleep(3600)
        if operation in self.faults.refuses:
            raise asyncssh.SFTPPermissionDenied("canary: the server's own words")
        if operation in self.faults.misses:
            raise asyncssh.SFTPNoSuchFile("canary: the server's own words")

    def _after(self, operation: str) -> None:
        if operation in self.faults.fails_after:
            raise asyncssh.SFTPFailure("canary: the server's own words")

    def _told(self, result: os.stat_result) -> asyncssh.SFTPAttrs:
        attrs = asyncssh.SFTPAttrs.from_local(result)
        if self.faults.size and stat.S_ISREG(result.st_mode):
            attrs.size = self.faults.size(attrs.size)
        return attrs

    async def lstat(self, path: bytes) -> Any:
        await self._at("look")
        return self._told(super().lstat(path))

    def fstat(self, file_obj: Any) -> Any:
        return self._told(super().fstat(file_obj))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await self._at("listing")
        folder = self.map_path(path)
        for name in (b".", b"..", *sorted(os.listdir(folder))):  # noqa: PTH208  bytes
            await asyncio.sleep(self.faults.listing_pause)
            bare = self.faults.bare_listing
            told = asyncssh.SFTPAttrs() if bare else self._told(os.lstat(os.path.join(folder, name)))  # noqa: PTH118
            yield asyncssh.SFTPName(name, attrs=told)
        plain = asyncssh.SFTPAttrs(size=1, permissions=0o100644, atime=1, mtime=1)
        for name in self.faults.listed:
            yield asyncssh.SFTPName(name, attrs=plain)
        while self.faults.endless:
            await asyncio.sleep(self.faults.listing_pause)
            yield asyncssh.SFTPName(b"ANOTHER.csv", attrs=plain)

    async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        await self._at("open")
        if self.faults.write_only and pflags & asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("canary: the server's own words")
        opened = super().open(path, pflags, attrs)
        self.opened.append(opened)
        if pflags & asyncssh.FXF_WRITE:
            self.written[id(opened)] = self.map_path(path)
        return opened

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        await self._at("read")
        if self.faults.most_reads is not None and self.reading >= self.faults.most_reads:
            if self.faults.crowded == "ignore":
                await asyncio.sleep(3600)
            raise asyncssh.SFTPFailure("too many")
        self.reading += 1
        try:
            await asyncio.sleep(random.uniform(0, 0.01) if self.faults.shuffled else self.faults.read_pause)
            data = super().read(file_obj, offset, min(size, self.faults.most_bytes or size))
            left = None if self.faults.drop_after is None else self.faults.drop_after - self.sent
            if left is not None and len(data) > left:
                self.connection.abort()
            self.sent += len(data)
            return data
        finally:
            self.reading -= 1

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        await self._at("write")
        written = super().write(file_obj, offset, bytes(len(data)) if self.faults.drops_writes else data)
        self._after("write")
        return written

    async def close(self, file_obj: Any) -> None:
        await self._at("close")
        super().close(file_obj)
        path = self.written.pop(id(file_obj), None)
        if path:
            self._take(path)
        self._after("close")

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._at("rename")
        super().rename(oldpath, newpath)
        self._take(self.map_path(newpath))
        self._after("rename")

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._at("rename")
        if "posix rename" in self.faults.refuses:
            raise asyncssh.SFTPOpUnsupported("canary: the server's own words")
        if self.faults.copies:
            shutil.copyfile(self.map_path(oldpath), self.map_path(newpath))
        else:
            super().posix_rename(oldpath, newpath)
        self._take(self.map_path(newpath))
        self._after("rename")

    async def remove(self, path: bytes) -> None:
        await self._at("remove")
        super().remove(path)
        self._after("remove")

    def _take(self, path: bytes) -> None:
        if self.faults.takes_at_once:
            self.taken.mkdir(exist_ok=True)
            os.replace(path, self.taken / os.path.basename(os.fsdecode(path)))  # noqa: PTH105, PTH119


class _Door(asyncssh.SSHServer):
    """Notes what a client does before it is let in."""

    def __init__(self, faults: Faults, events: list[str], connections: list[Any]) -> None:
        self.faults, self.events, self.connections = faults, events, connections

    def connection_made(self, conn: Any) -> None:
        self.connections.append(conn)
        self.events.append("connected")

    async def begin_auth(self, username: str) -> bool:
        self.events.append("auth")
        if self.faults.stalls_at == "auth":
            await asyncio.sleep(3600)
        return True


@contextlib.contextmanager
def sftp_server(
    folder: Path, *, faults: Faults = Faults(), keys: Keys | None = None, accept: bool = True, **options: Any
) -> Iterator[Server]:
    """An SFTP server on `folder`/files for the user lvws, who is let in if `accept`.

    `options` go to asyncssh.listen.
    """
    keys = keys or Keys(folder)
    root = folder / "files"
    root.mkdir(exist_ok=True)
    events: list[str] = []
    connections: list[Any] = []
    opened: list[Any] = []
    known = keys.user_key if accept else asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Any:
        return await asyncssh.listen(
            HOST,
            0,
            server_factory=lambda: _Door(faults, events, connections),
            server_host_keys=[keys.host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(known.export_public_key().decode()),
            sftp_factory=lambda chan: _FaultySftp(chan, root, faults, events, opened),
            **options,
        )

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    with _handler(faults.without):
        listening = run(start())
        try:
            port = listening.get_port()
            yield Server(port, "lvws", keys.private_key, keys.known_hosts(port), root, events)
        finally:
            run(_stop(listening, connections))
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
            for file in opened:
                file.close()


async def _stop(listening: Any, connections: list[Any]) -> None:
    """Ends whatever still waits on this loop, stalled operations above all."""
    listening.close()
    for connection in connections:
        connection.abort()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await listening.wait_closed()
    await asyncio.gather(*(connection.wait_closed() for connection in connections))
    await asyncio.get_running_loop().shutdown_asyncgens()


@contextlib.contextmanager
def _handler(without: frozenset[bytes]) -> Iterator[None]:
    """asyncssh's handler of SFTP packets, for all servers of the process: fewer extensions, and reads side by side.

    asyncssh answers one request after the other; OpenSSH and most others read on while answers are on their way.
    """
    extensions, process = SFTPServerHandler._extensions, SFTPServerHandler._process_packet
    reads: set[asyncio.Task[None]] = set()

    async def side_by_side(self: SFTPServerHandler, kind: int, number: int, packet: Any) -> None:
        if kind != FXP_READ:
            await process(self, kind, number, packet)
            return
        read = asyncio.get_running_loop().create_task(process(self, kind, number, packet))
        reads.add(read)
        read.add_done_callback(lambda done: (reads.discard(done), done.cancelled() or done.exception()))

    SFTPServerHandler._extensions = [each for each in extensions if each[0] not in without]
    SFTPServerHandler._process_packet = side_by_side
    try:
        yield
    finally:
        SFTPServerHandler._extensions, SFTPServerHandler._process_packet = extensions, process
