"""What a server may say that it should not: garbled answers, texts that are no text, half an answer and silence."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import errors
from exchange.intake import sftp
from exchange.intake.ssh.algorithms import Negotiated
from exchange.intake.ssh.client import LARGEST_READ, USUAL_READ, Client, Lost
from exchange.intake.ssh.connection import Connection
from exchange.settings import SftpHost
from tests.raising import raises

INIT_ANSWER = struct.pack(">IBI", 5, 2, 3)
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED_REPLY = 101, 102, 103, 104, 105, 201
REGULAR = struct.pack(">IQIII", 0x0D, 5, 0o100644, 3, 4)  # 5 bytes, changed at 4


class Scripted:
    """Both transport and channel: its other end says what it was told to say, in small pieces, and hangs up."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.closed = False

    def open_session(self, **_: object) -> Scripted:
        return self

    def invoke_subsystem(self, _: str) -> None:
        pass

    def settimeout(self, _: float) -> None:
        pass

    def get_name(self) -> str:
        return "scripted"

    def recv(self, count: int) -> bytes:
        taken, self.said = self.said[: min(count, 7)], self.said[min(count, 7) :]
        return taken

    def send(self, data: bytes) -> int:
        if self.closed:
            raise OSError("canary: closed")
        return len(data)

    def close(self) -> None:
        self.closed, self.said = True, b""


def string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def reply(kind: int, number: int, body: bytes) -> bytes:
    return struct.pack(">IBI", 5 + len(body), kind, number) + body


def status(number: int, code: int) -> bytes:
    return reply(STATUS, number, struct.pack(">I", code) + string(b"canary: caf\xe9") + string(b""))


def opened(*replies: bytes) -> sftp.Session:
    host = SftpHost(
        host="127.0.0.1", username="lvws", private_key=Path("key"), known_hosts=Path("known"), timeout_seconds=1
    )
    agreed = Negotiated("", "", "", "", "", strict_kex=True)
    transport = Scripted(INIT_ANSWER + b"".join(replies))
    return sftp.Session(Connection(transport, agreed), host, source="mps", limits=sftp.Limits())


def test_an_answer_is_put_together_from_pieces() -> None:
    assert opened(reply(ATTRS, 1, REGULAR)).stat("/", "A.csv") == sftp.Entry("A.csv", 5, 4)


def test_texts_that_are_no_text_do_no_harm() -> None:
    """Of a refusal, and of a success: paramiko decodes both."""
    with raises(errors.FolderMissing):
        opened(status(1, 3)).stat("/", "A.csv")
    opened(status(1, 0)).delete("/", "A.csv")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x00",
        struct.pack(">IBI", 2**31, ATTRS, 1),
        struct.pack(">I", 0),
        reply(ATTRS, 7, REGULAR),  # to a request that was never made
        reply(HANDLE, 1, string(b"h")),
        reply(99, 1, b"canary"),
        reply(ATTRS, 1, REGULAR)[:-1],
    ],
)
def test_an_answer_that_breaks_the_protocol_is_a_server_that_is_away(answer: bytes) -> None:
    for act in (
        lambda: opened(answer).stat("/", "A.csv"),
        lambda: opened(answer).put("/", "A.csv", b""),
        lambda: opened(answer).move("/", "A.csv", "/done"),
    ):
        with raises(errors.ServerAway, source="mps"):
            act()


def test_an_answer_that_is_no_version_is_a_server_that_is_away() -> None:
    for said in (b"", reply(STATUS, 3, b""), struct.pack(">IB", 1, 2), b"canary: no such shell\r\n"):
        with pytest.raises(Lost) as caught:
            Client.opened(Scripted(said), seconds=1)
        assert caught.value.__context__ is None


BEFORE = (reply(ATTRS, 1, REGULAR), reply(HANDLE, 2, string(b"h")), status(3, 8))


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ((reply(DATA, 4, string(b"12345")), reply(STATUS, 5, b"")), errors.ServerAway),  # short, then "all is well"
        ((reply(DATA, 4, string(b"1234567")),), errors.ServerAway),  # longer than was asked for
        ((reply(HANDLE, 4, string(b"h")),), errors.ServerAway),  # of another kind
        ((reply(DATA, 4, string(b"123456")),), errors.FileChanging),  # one byte more than the file has
        ((reply(DATA, 4, b""),), errors.FileChanging),  # nothing
        ((reply(DATA, 4, string(b"123")), status(5, 1)), errors.FileChanging),  # the end, too soon
    ],
)
def test_what_is_read_is_what_was_listed_or_nothing(
    answers: tuple[bytes, ...], kind: type[errors.ExchangeError]
) -> None:
    with raises(kind):
        opened(*BEFORE, *answers).fetch("/", sftp.Entry("A.csv", 5, 4), lambda _: None)


@pytest.mark.parametrize(
    ("said", "most"), [(None, USUAL_READ), (100, USUAL_READ), (200_000, 200_000), (2**60, LARGEST_READ)]
)
def test_how_much_one_read_may_ask_for(said: int | None, most: int) -> None:
    limits = status(1, 8) if said is None else reply(EXTENDED_REPLY, 1, struct.pack(">QQQQ", 2**18, said, 1, 0))
    assert Client.opened(Scripted(INIT_ANSWER + limits), seconds=1).largest_read == most


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_an_error_of_ours(noise: bytes) -> None:
    acts: tuple[Callable[[sftp.Session], Any], ...] = (
        lambda session: session.list("/"),
        lambda session: session.stat("/", "A.csv"),
        lambda session: session.fetch("/", sftp.Entry("A.csv", 5, 4), lambda _: None),
        lambda session: session.put("/", "A.csv", b"x"),
    )
    for act in acts:
        with contextlib.suppress(errors.ExchangeError):
            act(opened(noise))


def test_a_listing_that_claims_names_without_end_has_a_limit() -> None:
    with raises(errors.LimitPassed):
        opened(reply(HANDLE, 1, string(b"h")), reply(NAME, 2, struct.pack(">I", 2**32 - 1))).list("/")


def test_an_endless_text_is_not_kept() -> None:
    tracemalloc.start()
    with raises(errors.ServerAway):
        opened(struct.pack(">IB", 2**31 - 1, ATTRS) + b"x" * 1000).stat("/", "A.csv")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
