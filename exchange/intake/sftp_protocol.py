"""SFTP version 3 (draft-ietf-secsh-filexfer-02) over one channel: requests out, replies in, names as bytes.

paramiko's SFTPClient is not used, because it decodes every name (one that is not UTF-8 ends the whole listing, hazards
F13), waits several time-outs in a row (F10) and queues without a limit (F08). Nothing that a server sends is trusted
here: a reply that is too long, cut off or not asked for ends the connection.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from exchange.errors import ExchangeError
from exchange.intake.sftp_fields import Attributes, Fields, Garbled, string

T = TypeVar("T")

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, RENAME = 11, 12, 13, 18
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
OK, END_OF_FILE, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, OP_UNSUPPORTED = 0, 1, 2, 3, 4, 8
FOR_READING, FOR_WRITING, CREATE, EMPTIED = 0x01, 0x02, 0x08, 0x10
NO_ATTRIBUTES = 0

POSIX_RENAME: Final = b"posix-rename@openssh.com"
LIMITS: Final = b"limits@openssh.com"
USUAL_READ = 32 * 1024  # what every server must serve (draft, section 3)
LARGEST_READ = 255 * 1024  # what OpenSSH serves, and says with limits@openssh.com
LARGEST_REPLY = 320 * 1024
_HEAD = struct.Struct(">IBI")


class Refused(Exception):
    """The server answered with an error status; its text is left where it is."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is what follows the request's number; of DATA it is the data alone."""

    number: int
    kind: int
    body: bytes


class Wire:
    """Requests and replies over an open channel, every wait limited.

    `lost` makes the error to raise when the server stops answering, from what was being done (`doing`).
    """

    def __init__(self, channel: Any, *, step_seconds: float, lost: Callable[[str], ExchangeError]) -> None:
        self.doing = "opening SFTP"
        self.extensions: frozenset[bytes] = frozenset()
        self.ended = False
        self._channel = channel
        self._step = step_seconds
        self._lost = lost
        self._deadline = float("inf")
        self._number = 0
        self._outgoing = bytearray()
        self._abandoned: set[int] = set()
        self._chunk = memoryview(b"")

    def lost(self) -> ExchangeError:
        """The error that says that the server did not answer while `doing`."""
        return self._lost(self.doing)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """A limit on everything inside, on top of the limit on each wait. May be nested."""
        before = self._deadline
        self._deadline = min(before, time.monotonic() + seconds)
        try:
            yield
        finally:
            self._deadline = before

    def start(self) -> None:
        """Agrees on version 3 and learns the server's extensions."""
        self._outgoing += struct.pack(">IBI", 5, INIT, 3)
        self._flush()
        length, kind, _version = _HEAD.unpack(self._take(_HEAD.size))
        if kind != VERSION or not 5 <= length <= LARGEST_REPLY:
            raise self.lost()
        version = Reply(0, VERSION, self._take(length - 5))
        self.extensions = self.expect(version, VERSION, Fields.extensions)

    def post(self, kind: int, *fields: bytes | int) -> int:
        """Queues a request of strings and 32-bit numbers, and returns its number; it goes out with the next wait."""
        self._number = (self._number + 1) & 0xFFFFFFFF
        body = b"".join(struct.pack(">I", field) if isinstance(field, int) else string(field) for field in fields)
        self._outgoing += _HEAD.pack(5 + len(body), kind, self._number) + body
        return self._number

    def post_at(self, kind: int, handle: bytes, offset: int, rest: int | bytes) -> int:
        """Queues READ (`rest`: how many bytes) or WRITE (`rest`: the bytes) at an offset."""
        self._number = (self._number + 1) & 0xFFFFFFFF
        tail = struct.pack(">I", rest) if isinstance(rest, int) else string(rest)
        body = string(handle) + struct.pack(">Q", offset) + tail
        self._outgoing += _HEAD.pack(5 + len(body), kind, self._number) + body
        return self._number

    def abandon(self, number: int) -> None:
        """The answer to this request is of no interest any more; it is dropped when it comes."""
        self._abandoned.add(number)

    def receive(self) -> Reply:
        """The next answer that is still of interest."""
        while True:
            self._flush()
            length, kind, number = _HEAD.unpack(self._take(_HEAD.size))
            if not 5 <= length <= LARGEST_REPLY:
                raise self.broken()
            if kind == DATA:
                if length < 9 or int.from_bytes(self._take(4), "big") != length - 9:
                    raise self.broken()
                body = self._take(length - 9)
            else:
                body = self._take(length - 5)
            if number not in self._abandoned:
                return Reply(number, kind, body)
            self._abandoned.discard(number)

    def call(self, kind: int, *fields: bytes | int) -> Reply:
        """One request and its answer. Raises Refused when the answer is an error status."""
        number = self.post(kind, *fields)
        reply = self.receive()
        if reply.number != number:
            raise self.broken()
        self.check(reply)
        return reply

    def status(self, reply: Reply) -> int:
        """The status that a reply carries; OK for every other kind of reply."""
        return self.expect(reply, STATUS, Fields.number) if reply.kind == STATUS else OK

    def check(self, reply: Reply) -> None:
        """Raises Refused when a reply is a status other than OK."""
        status = self.status(reply)
        if status != OK:
            raise Refused(status)

    def expect(self, reply: Reply, kind: int, parse: Callable[[Fields], T]) -> T:
        """What a reply of this kind says. Another kind, or one that is cut off, ends the connection."""
        if reply.kind == kind:
            with suppress(Garbled):
                return parse(Fields(reply.body))
        raise self.broken()

    def handle(self, kind: int, *fields: bytes | int) -> bytes:
        """What OPEN or OPENDIR opened. Raises Refused."""
        return self.expect(self.call(kind, *fields), HANDLE, Fields.string)

    def names(self, handle: bytes) -> list[tuple[bytes, Attributes]] | None:
        """The next entries of an open folder; None at its end. Raises Refused."""
        try:
            reply = self.call(READDIR, handle)
        except Refused as refused:
            if refused.status == END_OF_FILE:
                return None
            raise
        return self.expect(reply, NAME, Fields.names)

    def attributes(self, kind: int, target: bytes) -> Attributes:
        """LSTAT of a path, or FSTAT of a handle. Raises Refused."""
        return self.expect(self.call(kind, target), ATTRS, Fields.attributes)

    def close(self, handle: bytes) -> None:
        """Gives a handle back; a server that refuses even that has lost nothing of ours."""
        try:
            self.call(CLOSE, handle)
        except Refused:
            return

    def largest_read(self) -> int:
        """How many bytes one READ may ask for, as the server says; 32 KiB where it does not say."""
        if LIMITS not in self.extensions:
            return USUAL_READ
        try:
            reply = self.call(EXTENDED, LIMITS)
        except Refused:
            return USUAL_READ
        _packet, most = self.expect(reply, EXTENDED_REPLY, lambda fields: (fields.long(), fields.long()))
        return min(max(most, USUAL_READ), LARGEST_READ)

    def broken(self) -> ExchangeError:
        """The error after a reply that the protocol does not allow; nothing more is sent or taken."""
        self.ended = True
        return self.lost()

    def _take(self, count: int) -> bytes:
        """The next `count` bytes from the server."""
        if len(self._chunk) >= count:
            taken, self._chunk = self._chunk[:count], self._chunk[count:]
            return bytes(taken)
        parts = [self._chunk]
        missing = count - len(self._chunk)
        while missing > 0:
            chunk = memoryview(self._next_chunk())
            parts.append(chunk[:missing])
            self._chunk = chunk[missing:]
            missing -= len(chunk)
        return b"".join(parts)

    def _next_chunk(self) -> bytes:
        self._limit_wait()
        chunk, stalled = b"", False
        try:
            chunk = self._channel.recv(1)
        except TimeoutError:
            stalled = True
        except Exception:  # noqa: BLE001  paramiko's failures are of many classes and hold the server's text
            stalled = False
        if not chunk:
            self.ended = self.ended or not stalled
            raise self.lost()
        return bytes(chunk)

    def _flush(self) -> None:
        """Sends what is queued."""
        if not self._outgoing:
            return
        data, self._outgoing = bytes(self._outgoing), bytearray()
        while data and not self.ended:
            self._limit_wait()
            sent = 0
            try:
                sent = self._channel.send(data)
            except Exception:  # noqa: BLE001  as above
                sent = 0
            self.ended = sent <= 0
            data = data[sent:]
        if self.ended:
            raise self.lost()

    def _limit_wait(self) -> None:
        """The limit on the next wait: one step's, or what is left of the whole."""
        left = min(self._step, self._deadline - time.monotonic())
        if left <= 0 or self.ended:
            raise self.lost()
        self._channel.settimeout(left)
