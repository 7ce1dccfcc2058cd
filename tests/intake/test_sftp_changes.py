"""Putting, moving and deleting: twice is once, half is nothing, and a server's word is checked before it counts."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from exchange import errors
from exchange.intake import sftp
from tests.openssh import openssh_server
from tests.servers import Faults, sftp_server

NAME = "MPS_LVWS_20261101_000001.csv.ack.csv"
DATA = os.urandom(300_001)
POSIX_RENAME = frozenset({b"posix-rename@openssh.com"})


def put(server: object, data: bytes = DATA, **changes: object) -> None:
    with sftp.session(server.settings(**changes), source="mps") as session:
        session.put("/", NAME, data)


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


@pytest.mark.parametrize("data", [b"", b"x", DATA], ids=len)
@pytest.mark.parametrize("without", [frozenset(), POSIX_RENAME, frozenset({b"fsync@openssh.com"})])
def test_a_file_is_put_once_however_often_it_is_sent(tmp_path: Path, data: bytes, without: frozenset[bytes]) -> None:
    with sftp_server(tmp_path, faults=Faults(without=without)) as server:
        put(server, data)
        written = (server.root / NAME).stat()
        put(server, data)
        assert (server.root / NAME).read_bytes() == data
        again = (server.root / NAME).stat()
        assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
        assert names(server.root) == [NAME]


@pytest.mark.parametrize("without", [frozenset(), POSIX_RENAME])
def test_another_content_takes_the_place_of_the_first(tmp_path: Path, without: frozenset[bytes]) -> None:
    with sftp_server(tmp_path, faults=Faults(without=without)) as server:
        for data in (b"first", b"other", DATA, b""):
            put(server, data)
            assert (server.root / NAME).read_bytes() == data
        assert names(server.root) == [NAME]


@pytest.mark.sshd
def test_openssh(tmp_path: Path) -> None:
    with openssh_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        folder = str(server.root)
        (server.root / "done").mkdir()
        session.put(folder, NAME, DATA)
        session.put(folder, NAME, b"other")
        session.put(folder, NAME, DATA)
        assert (server.root / NAME).read_bytes() == DATA
        session.move(folder, NAME, f"{folder}/done")
        session.move(folder, NAME, f"{folder}/done")
        session.put(folder, NAME, DATA)
        session.delete(folder, NAME)
        session.delete(folder, NAME)
        assert names(server.root) == ["done"]
        assert names(server.root / "done") == [NAME]
        with pytest.raises(errors.FolderMissing):
            session.put(f"{folder}/nowhere", NAME, DATA)


def test_what_an_interrupted_upload_left_is_written_anew(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server:
        (server.root / f"{NAME}.part").write_bytes(b"an older and longer beginning" * 100_000)
        put(server)
        assert (server.root / NAME).read_bytes() == DATA
        assert names(server.root) == [NAME]


@pytest.mark.parametrize("operation", ["rename", "close", "remove"])
@pytest.mark.parametrize("without", [frozenset(), POSIX_RENAME])
def test_an_error_after_the_deed_is_no_failure(tmp_path: Path, operation: str, without: frozenset[bytes]) -> None:
    faults = Faults(fails_after=frozenset({operation}), without=without)
    with sftp_server(tmp_path, faults=faults) as server, sftp.session(server.settings(), source="mps") as session:
        (server.root / "done").mkdir()
        session.put("/", NAME, DATA)
        assert (server.root / NAME).read_bytes() == DATA
        session.move("/", NAME, "/done")
        session.put("/", NAME, DATA)
        session.delete("/", NAME)
        assert names(server.root) == ["done"]
        assert (server.root / "done" / NAME).read_bytes() == DATA


def test_a_server_that_holds_the_file_is_believed_whatever_it_answers(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(copies=True, fails_after=frozenset({"rename"}))) as server:
        put(server)
        assert (server.root / NAME).read_bytes() == DATA


@pytest.mark.parametrize("without", [frozenset(), POSIX_RENAME])
@pytest.mark.parametrize("operation", [frozenset(), frozenset({"rename"})])
def test_a_server_that_takes_files_at_once_has_them_once(
    tmp_path: Path, without: frozenset[bytes], operation: frozenset[str]
) -> None:
    faults = Faults(takes_at_once=True, without=without, fails_after=operation)
    with sftp_server(tmp_path, faults=faults) as server:
        put(server)
        assert names(server.root) == []
        (taken,) = (tmp_path / "files.taken").iterdir()
        assert taken.read_bytes() == DATA


@pytest.mark.parametrize("operation", ["write", "rename"])
def test_a_server_that_does_not_take_a_file_is_told(tmp_path: Path, operation: str) -> None:
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({operation}))) as server:
        with pytest.raises((errors.UploadFailed, errors.FolderMissing)) as caught:
            put(server)
        assert "canary" not in str(caught.value)
        assert names(server.root) == []


def test_a_server_that_keeps_other_bytes_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(drops_writes=True)) as server:
        with pytest.raises(errors.UploadFailed):
            put(server)
        assert names(server.root) == []


@pytest.mark.parametrize("faults", [Faults(refuses=frozenset({"read"})), Faults(write_only=True)], ids=["read", "open"])
def test_a_folder_that_takes_files_and_shows_none(tmp_path: Path, faults: Faults) -> None:
    with sftp_server(tmp_path, faults=faults) as server:
        put(server)
        put(server)
        assert (server.root / NAME).read_bytes() == DATA
        assert names(server.root) == [NAME]


def test_a_server_that_names_an_extension_and_does_not_have_it(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({"posix rename"}))) as server:
        for data in (DATA, b"other"):
            put(server, data)
            assert (server.root / NAME).read_bytes() == data


def test_a_folder_that_may_not_be_looked_at_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({"look", "rename"}))) as server:
        with pytest.raises(errors.FolderMissing, match="writing"):
            put(server)
        assert not (server.root / NAME).exists()


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        (server.root / NAME).write_bytes(DATA)
        with pytest.raises(errors.FolderMissing, match="writing"):
            session.put("/nowhere", NAME, DATA)
        with pytest.raises(errors.FolderMissing, match="done"):
            session.move("/", NAME, "/nowhere")
        assert names(server.root) == [NAME]


@pytest.mark.parametrize("operation", ["look", "open", "write", "close", "rename"])
def test_a_server_that_stalls_is_given_up_and_the_next_try_succeeds(tmp_path: Path, operation: str) -> None:
    with sftp_server(tmp_path, faults=Faults(stalls_at=operation)) as server:
        started = time.monotonic()
        with pytest.raises(errors.ServerAway, match="writing a file"):
            put(server, timeout_seconds=0.4)
        assert time.monotonic() - started < 3
    with sftp_server(tmp_path) as server:
        put(server)
        assert (server.root / NAME).read_bytes() == DATA
        assert names(server.root) == [NAME]


@pytest.mark.parametrize("without", [frozenset(), POSIX_RENAME])
def test_two_files_of_one_name_are_both_kept_when_moved(tmp_path: Path, without: frozenset[bytes]) -> None:
    with sftp_server(tmp_path, faults=Faults(without=without)) as server:
        (server.root / "done").mkdir()
        with sftp.session(server.settings(), source="mps") as session:
            for day, content in enumerate((b"first", b"corrected")):
                (server.root / NAME).write_bytes(content)
                os.utime(server.root / NAME, (day, 1_700_000_000 + day))
                session.move("/", NAME, "/done")
        assert {path.name: path.read_bytes() for path in (server.root / "done").iterdir()} == {
            NAME: b"first",
            f"{NAME}.1700000001": b"corrected",
        }


def test_deleting_what_may_not_be_deleted_is_told(tmp_path: Path) -> None:
    with sftp_server(tmp_path, faults=Faults(refuses=frozenset({"remove"}))) as server:
        (server.root / NAME).write_bytes(DATA)
        with (
            sftp.session(server.settings(), source="mps") as session,
            pytest.raises(errors.FolderMissing, match="deleting"),
        ):
            session.delete("/", NAME)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a\nb", "x" * 201, "café"])
def test_only_plain_names_are_written(tmp_path: Path, name: str) -> None:
    with sftp_server(tmp_path) as server, sftp.session(server.settings(), source="mps") as session:
        for act in (lambda: session.put("/", name, b""), lambda: session.delete("/", name)):
            with pytest.raises(ValueError, match="not a name"):
                act()
