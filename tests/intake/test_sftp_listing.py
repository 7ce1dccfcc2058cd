"""Listing a folder: the good files come through whatever stands beside them, and nothing else does."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange import errors
from exchange.intake import sftp
from exchange.intake.sftp import ALLOWED_NAME
from tests.openssh import openssh_server
from tests.servers import Faults, sftp_server

GOOD = tuple(f"MPS_LVWS_202611{day:02}_{day:06}.csv" for day in range(1, 11))
HOSTILE = (
    b"../../../etc/cron.d/x",
    b"/etc/passwd",
    b"..\\..\\x.csv",
    b"a\nb.csv",
    b"\x1b[2J.csv",
    b"a\x00.csv",
    b"\xe2\x80\xaevsc.SPM",
    b"caf\xe9.csv",
    b"\xff\xfe\x00",
    b"A" * 300,
    b"A" * 81,
    b"-rf.csv",
    b".hidden.csv",
    b"A B.csv",
    b"$(id).csv",
    b"A.csv\n",
    b"",
)


USUAL = sftp.Limits()


def digest(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()


def fill(root: Path) -> None:
    for name in GOOD:
        (root / name).write_bytes(b"x" * 10)


def listed(host: object, folder: str = "/", limits: sftp.Limits = USUAL) -> sftp.Listing:
    with sftp.session(host, source="mps", limits=limits) as session:
        return session.list(folder)


def test_ten_good_files_are_listed_among_hostile_names(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(listed=HOSTILE)) as server:
        fill(server.root)
        listing = listed(server.settings())
    assert tuple(entry.name for entry in listing.entries) == GOOD
    assert {rejected.digest for rejected in listing.rejected} == {digest(name) for name in HOSTILE}
    assert {rejected.reason for rejected in listing.rejected} == {"name"}


@pytest.mark.sshd
def test_openssh_with_names_that_are_no_text(tmp_path: Path) -> None:
    with openssh_server(tmp_path) as server:
        fill(server.root)
        names = [name for name in HOSTILE if name and b"/" not in name and b"\x00" not in name and len(name) < 250]
        for name in names:
            with open(os.fsencode(server.root) + b"/" + name, "wb"):  # noqa: PTH123
                pass
        listing = listed(server.settings(), str(server.root))
    assert tuple(entry.name for entry in listing.entries) == GOOD
    assert {rejected.digest for rejected in listing.rejected} == {digest(name) for name in names}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=90), max_size=20))
def test_whatever_the_names_are_only_allowed_ones_come_out(tmp_path: Path, names: list[bytes]) -> None:
    with sftp_server(tmp_path, faults=Faults(listed=tuple(names))) as server:
        fill(server.root)
        listing = listed(server.settings())
    allowed = [name for name in names if ALLOWED_NAME.fullmatch(name) and not name.endswith((b".part", b".tmp"))]
    assert [entry.name.encode() for entry in listing.entries] == sorted({*allowed, *(name.encode() for name in GOOD)})
    left_out = [*allowed, *(name for name in names if name.endswith((b".part", b".tmp"))), b".", b".."]
    assert {rejected.digest for rejected in listing.rejected} == {digest(n) for n in names if n not in left_out}


@pytest.mark.parametrize("bare", [False, True])
def test_only_regular_files_are_taken(tmp_path: Path, bare: bool) -> None:
    with sftp_server(tmp_path, faults=Faults(bare_listing=bare)) as server:
        fill(server.root)
        (server.root / "LINK.csv").symlink_to("/etc/passwd")
        (server.root / "DANGLING.csv").symlink_to("nowhere")
        (server.root / "done").mkdir()
        os.mkfifo(server.root / "FIFO.csv")
        (server.root / "MPS.csv.part").write_bytes(b"")
        (server.root / "MPS.csv.tmp").write_bytes(b"")
        listing = listed(server.settings())
        assert tuple(entry.name for entry in listing.entries) == GOOD
        assert {entry.size for entry in listing.entries} == {10}
        assert all(abs(entry.mtime - time.time()) < 100 for entry in listing.entries)
        assert {rejected.digest: rejected.reason for rejected in listing.rejected} == {
            digest(b"LINK.csv"): "link",
            digest(b"DANGLING.csv"): "link",
            digest(b"FIFO.csv"): "special",
        }
        with sftp.session(server.settings(), source="mps") as session:
            for name in ("LINK.csv", "FIFO.csv", "done"):
                with pytest.raises(errors.NotFound):
                    session.stat("/", name)
            with pytest.raises(errors.FileChanging):
                session.fetch("/", sftp.Entry("LINK.csv", 11, 0), lambda _: None)


def test_a_file_without_a_size_is_left_alone(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(size=lambda _: None)) as server:
        fill(server.root)
        listing = listed(server.settings())
    assert listing.entries == ()
    assert {rejected.reason for rejected in listing.rejected} == {"size unknown"}


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_listing_has_a_limit(tmp_path: Path, more: int) -> None:
    with sftp_server(tmp_path) as server:
        for number in range(300 + more):
            (server.root / f"A{number}").touch()
        host = server.settings(max_listing=300)
        if more > 0:
            with pytest.raises(errors.LimitPassed, match="300"):
                listed(host)
        else:
            assert len(listed(host).entries) == 300 + more


def test_an_endless_listing_ends(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(endless=True)) as server, pytest.raises(errors.LimitPassed):
        listed(server.settings(max_listing=1000))


def test_a_listing_that_never_gets_on_is_given_up(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(endless=True, listing_pause=0.002)) as server:
        started = time.monotonic()
        with pytest.raises(errors.LimitPassed, match=r"0.5 s"):
            listed(server.settings(), limits=sftp.Limits(listing_seconds=0.5))
        assert time.monotonic() - started < 3


def test_a_folder_that_is_missing_or_closed_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server, pytest.raises(errors.FolderMissing, match="reading"):
        listed(server.settings(), "/nowhere")
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({"listing"}))) as server:
        with pytest.raises(errors.FolderMissing) as caught:
            listed(server.settings())
        assert "canary" not in str(caught.value)


@pytest.mark.sshd
def test_two_thousand_files_are_listed_in_a_moment(tmp_path: Path) -> None:
    with openssh_server(tmp_path) as server:
        for number in range(2000):
            (server.root / f"A{number}").touch()
        started = time.monotonic()
        assert len(listed(server.settings(), str(server.root)).entries) == 2000
        assert time.monotonic() - started < 3
