"""The layer under a session: replies that break the protocol, a peer that floods, a peer that stops taking."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import errors
from exchange.intake import sftp_protocol as sftp
from exchange.intake.chunk_pipe import ChunkPipe
from exchange.intake.sftp_fields import Attributes, Fields, Garbled, string
from exchange.intake.sftp_protocol import Refused, Wire
from exchange.intake.sftp_reading import FileReader, Pace
from exchange.intake.ssh_connection import _TimedSocket


class Scripted:
    """A channel whose other end says what it was told to say, in pieces of any size."""

    def __init__(self, said: bytes, *, piece: int = 7) -> None:
        self.pipe = ChunkPipe(most=1_000_000)
        self.sent = b""
        self.timeout: float | None = None
        for start in range(0, len(said), piece):
            self.pipe.feed(said[start : start + piece])
        self.pipe.close()

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds

    def recv(self, count: int) -> bytes:
        return self.pipe.read(count, self.timeout)

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)


def away(doing: str) -> errors.ServerAway:
    return errors.ServerAway(source="mps", doing=doing)


def wire(*replies: bytes, piece: int = 7) -> Wire:
    version = struct.pack(">IBI", 5, sftp.VERSION, 3)
    started = Wire(Scripted(version + b"".join(replies), piece=piece), step_seconds=1, lost=away)
    started.start()
    return started


def reply(kind: int, number: int, body: bytes) -> bytes:
    return struct.pack(">IBI", 5 + len(body), kind, number) + body


def status(number: int, code: int) -> bytes:
    return reply(sftp.STATUS, number, struct.pack(">I", code) + string(b"caf\xe9") + string(b""))


ATTRIBUTES = struct.pack(">IQIIIIII", 0x0F, 5, 1, 2, 0o100644, 3, 4, 0)[:-4]


def test_attributes_with_extras_and_without_anything() -> None:
    extras = struct.pack(">IQI", 0x80000001, 5, 1) + string(b"name@example.org") + string(b"value")
    assert Fields(extras).attributes() == Attributes(5, None, None)
    assert Fields(bytes(4)).attributes() == Attributes(None, None, None)


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_replies_are_put_together_from_any_pieces(piece: int) -> None:
    answers = (reply(sftp.ATTRS, 1, ATTRIBUTES), status(2, 3), reply(sftp.HANDLE, 3, string(b"h")))
    opened = wire(*answers, piece=piece)
    assert opened.attributes(sftp.LSTAT, b"/a") == Attributes(5, 0o100644, 4)
    with pytest.raises(Refused) as refused:
        opened.call(sftp.REMOVE, b"/a")
    assert refused.value.status == sftp.PERMISSION_DENIED
    assert opened.handle(sftp.OPENDIR, b"/") == b"h"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x00",
        struct.pack(">IBI", 2**31, sftp.ATTRS, 1),
        struct.pack(">IBI", 4, sftp.ATTRS, 1),
        reply(sftp.ATTRS, 1, ATTRIBUTES[:-1]),
        reply(sftp.ATTRS, 1, struct.pack(">II", 0x80000000, 2**32 - 1)),
        reply(sftp.ATTRS, 7, ATTRIBUTES),
        reply(sftp.HANDLE, 1, string(b"h")),
        reply(sftp.STATUS, 1, b"\x00"),
        reply(sftp.DATA, 1, struct.pack(">I", 99) + b"short"),
        reply(99, 1, b""),
    ],
)
def test_a_reply_that_breaks_the_protocol_ends_the_connection(answer: bytes) -> None:
    opened = wire(answer)
    opened.doing = "looking"
    with pytest.raises(errors.ServerAway, match="looking"):
        opened.attributes(sftp.LSTAT, b"/a")
    assert opened.ended
    with pytest.raises(errors.ServerAway):
        opened.attributes(sftp.LSTAT, b"/a")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_the_end(noise: bytes) -> None:
    opened = wire(noise, piece=50)
    for ask in (lambda: opened.names(b"h"), lambda: opened.attributes(sftp.LSTAT, b"/a"), opened.largest_read):
        try:
            ask()
        except (errors.ServerAway, Refused):
            continue


@given(st.binary(max_size=80))
def test_fields_never_reach_beyond_the_end(body: bytes) -> None:
    for parse in (Fields.names, Fields.attributes, Fields.string, Fields.extensions, Fields.long):
        try:
            parse(Fields(body))
        except Garbled:
            continue


def test_answers_to_abandoned_requests_are_dropped() -> None:
    opened = wire(status(1, 4), reply(sftp.DATA, 2, string(b"late")), reply(sftp.HANDLE, 3, string(b"h")))
    for number in (opened.post(sftp.REMOVE, b"/a"), opened.post_at(sftp.READ, b"h", 0, 4)):
        opened.abandon(number)
    assert opened.handle(sftp.OPENDIR, b"/") == b"h"


def test_an_answer_that_is_no_version_ends_the_connection() -> None:
    with pytest.raises(errors.ServerAway):
        Wire(Scripted(struct.pack(">IBI", 5, sftp.STATUS, 3)), step_seconds=1, lost=away).start()


@pytest.mark.parametrize(("said", "most"), [(None, 32_768), (100, 32_768), (200_000, 200_000), (2**60, 261_120)])
def test_how_much_one_read_may_ask_for(said: int | None, most: int) -> None:
    limits = status(1, 8) if said is None else reply(sftp.EXTENDED_REPLY, 1, struct.pack(">QQQQ", 2**18, said, 1, 0))
    opened = wire(limits)
    assert opened.largest_read() == sftp.USUAL_READ  # a server without the extension is not asked
    opened.extensions = frozenset({sftp.LIMITS})
    assert opened.largest_read() == most


@pytest.mark.parametrize("failing", ["recv", "send"])
def test_a_channel_that_fails_is_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    def fail(self: Scripted, _: object) -> bytes:
        raise EOFError("canary")

    opened = wire(reply(sftp.ATTRS, 1, ATTRIBUTES))
    monkeypatch.setattr(Scripted, failing, fail)
    with pytest.raises(errors.ServerAway) as caught:
        opened.attributes(sftp.LSTAT, b"/a" if failing == "send" else b"/a" * 100)
    assert caught.value.__context__ is None
    assert opened.ended


DATA_OF_1 = reply(sftp.DATA, 1, string(b"12345"))


@pytest.mark.parametrize(
    "replies",
    [
        (reply(sftp.DATA, 9, string(b"12345")),),  # to a request that was never made
        (DATA_OF_1, DATA_OF_1),  # twice
        (reply(sftp.HANDLE, 1, string(b"h")),),  # of another kind
        (reply(sftp.DATA, 1, string(b"123456")),),  # longer than was asked for
        (reply(sftp.DATA, 1, string(b"")),),  # nothing, and not the end
    ],
)
def test_answers_to_reads_that_break_the_protocol_end_the_connection(replies: tuple[bytes, ...]) -> None:
    opened = wire(*replies, piece=1000)
    reader = FileReader(opened, pace=Pace(1, 60))
    with pytest.raises(errors.ServerAway):
        reader.read(b"h", 5, lambda _: None)
    assert opened.ended


def test_a_limit_on_the_whole_holds_inside_a_longer_one() -> None:
    pipe = ChunkPipe(most=10)
    silent = Scripted(b"")
    silent.pipe = pipe
    opened = Wire(silent, step_seconds=5, lost=away)
    started = time.monotonic()
    with opened.within(10), opened.within(0.1), pytest.raises(errors.ServerAway):
        opened.receive()
    assert time.monotonic() - started < 2
    assert not opened.ended


def test_a_flood_ends_the_channel() -> None:
    pipe = ChunkPipe(most=100)
    pipe.feed(b"")  # not the end
    assert not pipe.read_ready()
    pipe.feed(b"x" * 60)
    assert pipe.read_ready()
    pipe.feed(b"x" * 60)
    assert [pipe.read(1, 1), pipe.read(1, 1), pipe.read(1, 1)] == [b"x" * 60, b"", b""]


def test_chunks_pass_from_thread_to_thread() -> None:
    pipe = ChunkPipe(most=1000)
    threading.Timer(0.05, pipe.feed, [b"later"]).start()
    assert pipe.read(1, 2) == b"later"
    assert len(pipe) == 0
    with pytest.raises(TimeoutError):
        pipe.read(1, 0.05)


def test_a_peer_that_stops_taking_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.05)
        timed: Any = _TimedSocket(ours, seconds=0.3)
        started = time.monotonic()
        with pytest.raises(ConnectionAbortedError):
            _send_for_ever(timed)
        assert 0.3 <= time.monotonic() - started < 3
        assert timed.fileno() == ours.fileno()


def _send_for_ever(plain: Any) -> None:
    """As paramiko does: what times out is tried again."""
    while True:
        with contextlib.suppress(TimeoutError):
            plain.send(b"x" * 65_536)
