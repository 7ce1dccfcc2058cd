"""Fetching a file: all of it, in order, as it was listed, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import errors
from exchange.intake import sftp
from exchange.intake.ssh import client as sftp_client
from exchange.settings import SftpHost
from tests.openssh import openssh_server
from tests.servers import Faults, sftp_server

NAME = "MPS_LVWS_20261101_000001.csv"
CONTENT = os.urandom(1_000_003)


def fetched(host: SftpHost, folder: str = "/", limits: sftp.Limits | None = None) -> bytes:
    with sftp.session(host, source="mps", limits=limits or sftp.Limits()) as session:
        (entry,) = session.list(folder).entries
        pieces: list[bytes] = []
        count = session.fetch(folder, entry, pieces.append)
        assert count == sum(map(len, pieces))
        return b"".join(pieces)


@contextlib.contextmanager
def growing(path: Path, *, each: int, every: float) -> Iterator[None]:
    """A sender that is still writing: `each` bytes every so many seconds."""
    stop = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x" * each)
                time.sleep(every)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("size", [0, 1, 32_767, 32_768, 32_769, 261_120, 261_121, 2 * 1024 * 1024 + 1, 5_000_000])
@pytest.mark.sshd
def test_files_of_every_size_arrive_whole_and_in_order(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    with openssh_server(tmp_path) as server:
        (server.root / NAME).write_bytes(content)
        assert fetched(server.settings(), str(server.root)) == content


@pytest.mark.parametrize(
    "faults",
    [
        Faults(shuffled=True),
        Faults(most_bytes=1000),
        Faults(most_bytes=32_768, shuffled=True),
        Faults(without=frozenset({b"limits@openssh.com"})),
        Faults(most_reads=1),
        Faults(most_reads=2),
        Faults(most_reads=2, most_bytes=5000),
    ],
    ids=repr,
)
def test_servers_that_answer_in_their_own_way(tmp_path: Path, faults: Faults) -> None:
    with sftp_server(tmp_path, faults=faults) as server:
        (server.root / NAME).write_bytes(CONTENT[:300_000])
        assert fetched(server.settings()) == CONTENT[:300_000]


def test_a_server_that_loses_reads_beside_others_gets_them_one_by_one(tmp_path: Path) -> None:
    """Hazards F11: the rest of this file, and all later ones, without losing the time-out again."""
    with sftp_server(tmp_path, faults=Faults(most_reads=2, crowded="ignore")) as server:
        for number in range(4):
            (server.root / f"A{number}.csv").write_bytes(CONTENT)
        started = time.monotonic()
        with sftp.session(server.settings(timeout_seconds=1), source="mps") as session:
            for entry in session.list("/").entries:
                pieces: list[bytes] = []
                session.fetch("/", entry, pieces.append)
                assert b"".join(pieces) == CONTENT
        assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("each", "every"), [(1, 0.002), (1_000, 0.002), (100_000, 0.005)], ids=["slow", "steady", "fast"]
)
def test_a_growing_file_is_never_taken(tmp_path: Path, each: int, every: float) -> None:
    with sftp_server(tmp_path, faults=Faults(read_pause=0.005)) as server:
        path = server.root / NAME
        path.write_bytes(CONTENT[:100_000])
        with growing(path, each=each, every=every), sftp.session(server.settings(), source="mps") as session:
            for _ in range(25):
                (entry,) = session.list("/").entries
                with pytest.raises(errors.FileChanging):
                    session.fetch("/", entry, lambda _: None)
                if path.stat().st_size > 3_000_000:
                    os.truncate(path, 100_000)
        assert fetched(server.settings()) == path.read_bytes()


@pytest.mark.parametrize("lie", [-1, +1, -500_000, +9_000_000])
def test_a_size_that_is_not_true_is_not_believed(tmp_path: Path, lie: int) -> None:
    with sftp_server(tmp_path, faults=Faults(size=lambda size: size + lie)) as server:
        (server.root / NAME).write_bytes(CONTENT)
        with pytest.raises(errors.FileChanging):
            fetched(server.settings())


def test_a_huge_size_is_refused_before_the_file_is_opened(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(size=lambda _: 2**50)) as server:
        (server.root / NAME).write_bytes(CONTENT)
        with pytest.raises(errors.LimitPassed, match="2048 MB"):
            fetched(server.settings())
        assert "open" not in server.events


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_file_may_be_as_large_as_the_settings_say(tmp_path: Path, more: int) -> None:
    with sftp_server(tmp_path) as server:
        (server.root / NAME).write_bytes(b"x" * (1024 * 1024 + more))
        host = server.settings(max_file_mb=1)
        if more > 0:
            with pytest.raises(errors.LimitPassed):
                fetched(host)
        else:
            assert len(fetched(host)) == 1024 * 1024 + more


@pytest.mark.parametrize("pause", [0, 0.004])
@pytest.mark.sshd
def test_what_is_held_of_a_file_is_bounded_however_slowly_it_is_taken(tmp_path: Path, pause: float) -> None:
    with openssh_server(tmp_path) as server:
        with (server.root / NAME).open("wb") as file:
            file.truncate(60_000_000)
        with sftp.session(server.settings(), source="mps") as session:
            (entry,) = session.list(str(server.root)).entries
            tracemalloc.start()
            session.fetch(str(server.root), entry, lambda _: time.sleep(pause))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("change", ["removed", "replaced", "touched", "emptied"])
def test_a_file_that_changes_after_the_listing_is_left_for_later(tmp_path: Path, change: str) -> None:
    with sftp_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        path = server.root / NAME
        path.write_bytes(CONTENT)
        (entry,) = session.list("/").entries

        def spoil() -> None:
            match change:
                case "removed":
                    path.unlink(missing_ok=True)
                case "replaced":
                    (tmp_path / "other").write_bytes(b"other")
                    (tmp_path / "other").replace(path)
                case "touched":
                    os.utime(path, (1, 1))
                case _:
                    path.write_bytes(b"")

        with pytest.raises(errors.FileChanging):  # during the fetch
            session.fetch("/", entry, lambda _: spoil())
        opened = server.events.count("open")
        with pytest.raises(errors.FileChanging):  # before the fetch
            session.fetch("/", entry, lambda _: None)
        assert server.events.count("open") == opened


@pytest.mark.parametrize("offset", [0, 1, *range(65_536, 1_000_000, 131_072), 1_000_002])
def test_a_connection_that_drops_gives_no_file(tmp_path: Path, offset: int) -> None:
    with sftp_server(tmp_path, faults=Faults(drop_after=offset, without=frozenset({b"limits@openssh.com"}))) as server:
        (server.root / NAME).write_bytes(CONTENT)
        digest = hashlib.sha256()
        with sftp.session(server.settings(), source="mps") as session:
            (entry,) = session.list("/").entries
            with pytest.raises(errors.ServerAway, match="reading a file"):
                session.fetch("/", entry, digest.update)


@pytest.mark.parametrize("stalls_at", ["look", "open", "read", "close"])
def test_a_server_that_stalls_is_given_up(tmp_path: Path, stalls_at: str) -> None:
    with sftp_server(tmp_path, faults=Faults(stalls_at=stalls_at)) as server:
        (server.root / NAME).write_bytes(CONTENT)
        started = time.monotonic()
        with pytest.raises(errors.ServerAway, match="reading a file"):
            fetched(server.settings(timeout_seconds=0.4))
        assert time.monotonic() - started < 3


def test_a_server_that_drips_is_given_up(tmp_path: Path) -> None:
    """Every wait is short, and the whole would take for ever."""
    with sftp_server(tmp_path, faults=Faults(read_pause=0.05, most_bytes=100)) as server:
        (server.root / NAME).write_bytes(CONTENT)
        limits = sftp.Limits(least_bytes_per_second=500_000, pace_seconds=0.4)
        with pytest.raises(errors.ServerAway, match="reading a file"):
            fetched(server.settings(timeout_seconds=0.5), limits=limits)
        with pytest.raises(errors.ServerAway, match="reading a file"):
            fetched(server.settings(), limits=sftp.Limits(fetch_seconds=0.4))


def test_a_fetch_that_failed_does_not_disturb_the_next(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        for name in ("A.csv", "B.csv"):
            (server.root / name).write_bytes(CONTENT)
        first, second = session.list("/").entries

        def full(_: bytes) -> None:
            raise errors.DiskFull

        with pytest.raises(errors.DiskFull):
            session.fetch("/", first, full)
        pieces: list[bytes] = []
        session.fetch("/", second, pieces.append)
        assert b"".join(pieces) == CONTENT


def test_a_file_that_may_not_be_opened_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({"open"}))) as server:
        (server.root / NAME).write_bytes(CONTENT)
        with pytest.raises(errors.FolderMissing) as caught:
            fetched(server.settings())
        assert "canary" not in str(caught.value)


def test_a_file_that_goes_between_the_look_and_the_opening_is_left_for_later(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(misses=frozenset({"open"}))) as server:
        (server.root / NAME).write_bytes(CONTENT)
        with pytest.raises(errors.FileChanging):
            fetched(server.settings())


@pytest.mark.sshd
def test_keys_are_renewed_in_the_middle_of_a_file(tmp_path: Path) -> None:
    content = CONTENT * 8
    with openssh_server(tmp_path, "RekeyLimit 1M") as server:
        (server.root / NAME).write_bytes(content)
        assert fetched(server.settings(), str(server.root)) == content


def test_a_server_that_keeps_the_pace_is_left_in_peace(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(most_bytes=20_000, read_pause=0.005)) as server:
        (server.root / NAME).write_bytes(CONTENT)
        limits = sftp.Limits(least_bytes_per_second=10_000, pace_seconds=0.05)
        assert fetched(server.settings(), limits=limits) == CONTENT


def test_small_files_are_read_whole_up_to_a_cap(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        (server.root / "A.manifest.json").write_bytes(b"{}")
        assert session.read("/", "A.manifest.json", 2) == b"{}"
        with pytest.raises(errors.LimitPassed):
            session.read("/", "A.manifest.json", 1)
        with pytest.raises(errors.NotFound):
            session.read("/", "B.manifest.json", 10)
        for name in ("../x", "/etc/passwd", "a/b", "", "a\n"):
            with pytest.raises(ValueError, match="not a name"):
                session.read("/", name, 10)


def test_many_reads_are_under_way_at_once(tmp_path: Path) -> None:
    """Without this a fetch over a long line takes one round trip for every 32 KiB."""
    with sftp_server(tmp_path, faults=Faults(read_pause=0.05, without=frozenset({b"limits@openssh.com"}))) as server:
        (server.root / NAME).write_bytes(CONTENT)
        started = time.monotonic()
        assert fetched(server.settings()) == CONTENT
        assert time.monotonic() - started < 1  # one by one: 31 times 0.05
    assert sftp_client.AHEAD_BYTES <= 64 * sftp_client.USUAL_READ
