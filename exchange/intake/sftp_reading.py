"""The bytes of one remote file, in order, with several reads under way and a limit on how much is held."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from exchange.errors import ExchangeError
from exchange.intake import sftp_protocol as sftp
from exchange.intake.sftp_protocol import Refused, Wire

MOST_READS = 64  # OpenSSH's own limit; servers are tested against it (hazards F11)
AHEAD_BYTES = 2 * 1024 * 1024  # asked for and not yet handed on; this is all that is held of a file


@dataclass(frozen=True)
class Pace:
    """How slow a server may be: at least `least` bytes a second over every `seconds` seconds."""

    least: int
    seconds: float


class Slow(Exception):
    """The server sends less than the pace asks for."""


@dataclass
class _Read:
    """One READ on its way, or answered and not yet handed on."""

    number: int
    offset: int
    length: int
    reply: sftp.Reply | None = None


class FileReader:
    """Reads files through one wire.

    Some appliances fail when several reads are under way. When that happens, the rest of the file, and every later
    file of the session, is read one request at a time; a failure then is final.
    """

    def __init__(self, wire: Wire, *, pace: Pace) -> None:
        self._wire = wire
        self._pace = pace
        self._request = 0  # bytes; 0 until the server was asked
        self.one_by_one = False

    def read(self, handle: bytes, size: int, sink: Callable[[bytes], object]) -> int:
        """Hands the bytes of an open file to `sink`, in order, and returns how many the server has.

        Stops at `size` + 1 bytes, of which the last is not handed on: it only shows that the file is longer.
        """
        if not self._request:
            self._request = self._wire.largest_read()
        stream = _Stream(self._wire, handle, size, sink, clock=_Clock(self._pace))
        if not self.one_by_one:
            failure: ExchangeError | None = None
            try:
                return stream.run(self._request, ahead=AHEAD_BYTES, reads=MOST_READS)
            except Refused:
                pass
            except ExchangeError as lost:
                failure = lost
            if failure is not None and self._wire.ended:
                raise failure
        count = stream.run(sftp.USUAL_READ, ahead=1, reads=1)
        self.one_by_one = True
        return count


class _Stream:
    """Where one file is: what was handed on, what is on its way, what is asked for next."""

    def __init__(self, wire: Wire, handle: bytes, size: int, sink: Callable[[bytes], object], *, clock: _Clock) -> None:
        self._wire = wire
        self._handle = handle
        self._size = size
        self._sink = sink
        self._clock = clock
        self._done = 0
        self._asked = 0
        self._reads: deque[_Read] = deque()

    def run(self, request: int, *, ahead: int, reads: int) -> int:
        """Reads on from what was handed on already. Raises Refused when the server answers a read with an error."""
        self._asked = self._done
        finished = False
        try:
            while not finished:
                self._ask(request, ahead=ahead, reads=reads)
                self._match(self._wire.receive())
                while self._reads and self._reads[0].reply is not None and not finished:
                    request, finished = self._hand_on(self._reads.popleft(), request)
                self._clock.check(self._done)
            return self._done
        finally:
            for read in self._reads:
                if read.reply is None:
                    self._wire.abandon(read.number)
            self._reads.clear()

    def _ask(self, request: int, *, ahead: int, reads: int) -> None:
        """Sends as many reads as may be under way; the last asks for one byte more than there should be."""
        while (
            self._asked <= self._size
            and len(self._reads) < reads
            and (not self._reads or self._asked - self._done < ahead)
        ):
            length = min(request, self._size - self._asked) or 1
            self._reads.append(self._send(self._asked, length))
            self._asked += length

    def _send(self, offset: int, length: int) -> _Read:
        return _Read(self._wire.post_at(sftp.READ, self._handle, offset, length), offset, length)

    def _match(self, reply: sftp.Reply) -> None:
        for read in self._reads:
            if read.number == reply.number and read.reply is None:
                read.reply = reply
                return
        raise self._wire.broken()

    def _hand_on(self, read: _Read, request: int) -> tuple[int, bool]:
        """Hands one answer on; returns how much to ask for from now on, and whether that was the end."""
        reply = read.reply
        if reply is None or reply.kind not in (sftp.DATA, sftp.STATUS):
            raise self._wire.broken()
        if reply.kind == sftp.STATUS:
            status = self._wire.status(reply)
            if status != sftp.END_OF_FILE:
                raise Refused(status)
            return request, True
        got = len(reply.body)
        if not 0 < got <= read.length:
            raise self._wire.broken()
        if read.offset >= self._size:  # one byte too many
            self._done += got
            return request, True
        self._sink(reply.body)
        self._done += got
        if got == read.length:
            return request, False
        # A short answer: the rest of it is asked for first, and no more than that much at once from now on.
        self._reads.appendleft(self._send(read.offset + got, read.length - got))
        return max(got, 4096), False


class _Clock:
    """Watches the pace of one file."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._since = time.monotonic()
        self._bytes = 0

    def check(self, done: int) -> None:
        """Raises Slow when too few bytes came since the last look, which is taken every `pace.seconds`."""
        elapsed = time.monotonic() - self._since
        if elapsed < self._pace.seconds:
            return
        if done - self._bytes < self._pace.least * elapsed:
            raise Slow
        self._since, self._bytes = time.monotonic(), done
