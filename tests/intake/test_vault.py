"""The vault: what came in is there as a whole or not at all, opens for us only, and never again once erased."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange import errors, filekeys, keys
from exchange.intake import vault
from exchange.intake.encryption import streams
from tests.intake.crashes import land, left, raw, write
from tests.repository import ROOT

MARK = b"Ignatius Quibblethwaite"  # nobody's name
CONTENT = b"".join(b"%d,%s,01632 960000\r\n" % (line, MARK) for line in range(8000))  # several blocks of age


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keys.ensure(tmp_path / "home")
    return tmp_path / "home"


def artefact(home: Path, folder: str, name: str = "check") -> bytes:
    with vault.open_artefact(home, folder, name) as file:
        return file.read()


def found(home: Path, marker: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and marker in path.read_bytes()]


# --- landing ----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_lands_comes_back_however_it_was_cut(home: Path, data: st.DataObject):
    content = data.draw(st.binary(max_size=50)) * data.draw(st.sampled_from((1, 1, 1311, 6000)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    with vault.land(home) as landing:
        for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            landing.write(content[start:end])
        landed = landing.close()
    assert landed.size == len(content)
    amount = data.draw(st.sampled_from((1, 7, 65536, 1_000_000)))
    with vault.open_raw(home, landed.sha256) as file:
        first = file.read(amount)
        assert first == content[:amount]
        assert first + file.read() == content


def test_plain_bytes_never_touch_the_disk(home: Path):
    with vault.land(home) as landing:
        landing.write(CONTENT)
        assert not found(home, MARK)
        folder = landing.close().sha256
    write(home, folder, CONTENT)
    assert not found(home, MARK)
    assert raw(home, folder) == artefact(home, folder) == CONTENT


def test_only_we_may_read_it(home: Path):
    folder = land(home, CONTENT).sha256
    write(home, folder, b"x")
    made = [home / "vault", *(home / "vault").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}
    vault.check_permissions(home)
    (home / "vault" / folder / "raw.age").chmod(0o644)
    with pytest.raises(errors.PermissionsTooOpen):
        vault.check_permissions(home)
    (home / "vault").chmod(0o750)
    with pytest.raises(errors.PermissionsTooOpen):
        vault.open_raw(home, folder)


def test_the_same_content_again_is_no_new_one(home: Path):
    first = land(home, CONTENT)
    write(home, first.sha256, b"kept")
    again = land(home, CONTENT)
    assert (first.created, again.created) == (True, False)
    assert first.sha256 == again.sha256
    assert artefact(home, first.sha256) == b"kept"
    assert not left(home)


@pytest.mark.parametrize("damage", ["raw flipped", "raw missing", "key missing", "all missing"])
def test_the_same_content_again_heals_a_damaged_one(home: Path, damage: str):
    folder = home / "vault" / land(home, CONTENT).sha256
    (wrapped,) = filekeys.wrapped(folder).values()
    if damage == "raw flipped":
        flip(folder / "raw.age", -1)
    for path in {"raw missing": [folder / "raw.age"], "key missing": [wrapped]}.get(damage, []):
        path.unlink()
    if damage == "all missing":
        for path in folder.iterdir():
            path.unlink()
    assert land(home, CONTENT).created
    assert raw(home, folder.name) == CONTENT
    assert not left(home)


def test_an_error_while_landing_leaves_nothing(home: Path):
    threads = threading.active_count()
    with contextlib.suppress(KeyError), vault.land(home) as landing:
        landing.write(CONTENT)
        raise KeyError
    with vault.land(home) as landing:
        landing.write(CONTENT)  # and never closed
    assert not list((home / "vault").iterdir())
    assert threading.active_count() <= threads


def test_every_file_has_a_key_of_its_own(home: Path):
    one, two = land(home, b"1").sha256, land(home, b"2").sha256
    quarantine = "quarantine-0001"
    vault.prepare(home, quarantine)
    vault.prepare(home, quarantine)
    identities = {str(filekeys.find(home, home / "vault" / folder)) for folder in (one, two, quarantine)}
    assert len(identities) == 3
    write(home, quarantine, b"rows")
    vault.destroy(home, one)
    assert artefact(home, quarantine) == b"rows"
    assert vault.names(home) == tuple(sorted((two, quarantine)))


# --- a full disk ------------------------------------------------------------------------------------


def test_three_times_the_announced_size_must_be_free(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=2_999_999))
    with pytest.raises(errors.DiskFull):
        vault.land(home, announced=1_000_000)
    with vault.land(home, announced=999_999) as landing:
        landing.write(b"x")


@pytest.mark.parametrize("room", [0, 100, 65_000, 150_000, 250_000, 300_000])
def test_a_disk_that_fills_up_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, room: int):
    folder = land(home, b"x").sha256
    fill_up(monkeypatch, room)
    content = CONTENT[: room * 2] or b"x"
    with pytest.raises(errors.DiskFull):
        land(home, content)
    fill_up(monkeypatch, room)
    with pytest.raises(errors.DiskFull):
        write(home, folder, content)
    assert vault.names(home) == (folder,)
    assert not left(home)
    assert not vault.has_artefact(home, folder, "check")


def fill_up(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Files that are encrypted take `room` more bytes in all."""
    real, taken = os.write, []

    def write_all(descriptor: int, data: memoryview) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            taken.append(len(data))
            if sum(taken) > room:
                raise OSError(errno.ENOSPC, "full")
        while data:
            data = data[real(descriptor, data) :]

    monkeypatch.setattr(streams, "_write_all", write_all)


# --- artefacts --------------------------------------------------------------------------------------


def test_arrow_streams_go_through_it(home: Path):
    folder = land(home, b"x").sha256
    table = pa.table({"key": pa.array(["a", "b", None] * 50_000), "rows": pa.array(range(150_000))})
    with vault.write_artefact(home, folder, "check") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=10_000)
    with vault.open_artefact(home, folder, "check") as file:
        assert pa.ipc.open_stream(pa.PythonFile(file)).read_all() == table
    with vault.open_artefact(home, folder, "check") as file, pa.ipc.open_stream(file) as reader:
        assert reader.read_next_batch().num_rows == 10_000  # and the rest is left unread


def test_an_artefact_is_there_as_a_whole_or_as_it_was(home: Path):
    folder = land(home, b"x").sha256
    with contextlib.suppress(KeyError), vault.write_artefact(home, folder, "check") as file:
        file.write(CONTENT)
        raise KeyError
    assert not vault.has_artefact(home, folder, "check")
    write(home, folder, b"one")
    with pytest.raises(KeyError), vault.write_artefact(home, folder, "check") as file:
        raise KeyError
    assert artefact(home, folder) == b"one"
    write(home, folder, b"two")
    assert artefact(home, folder) == b"two"
    vault.drop_artefact(home, folder, "check")
    vault.drop_artefact(home, folder, "check")
    assert not vault.has_artefact(home, folder, "check")
    assert not left(home)


def test_what_is_missing_names_the_run_and_the_stage(home: Path):
    folder = land(home, b"x").sha256
    with pytest.raises(errors.ArtefactMissing) as missing:
        vault.open_artefact(home, folder, "check", run="r1")
    assert missing.value.facts == {"run": "r1", "stage": "check"}
    with pytest.raises(errors.ArtefactMissing):
        vault.open_raw(home, "0" * 64)
    with pytest.raises(errors.ArtefactMissing), vault.write_artefact(home, "0" * 64, "check"):
        pass


@pytest.mark.parametrize("name", ["raw", "key", "../x", "", "A", "key.vault-1", "check.age"])
def test_names_are_by_allow_list(home: Path, name: str):
    folder = land(home, b"x").sha256
    if name != "key":
        with pytest.raises(ValueError, match="not a name"):
            vault.has_artefact(home, folder, name)
    with pytest.raises(ValueError, match="not a name"):
        vault.exists(home, name)


# --- altered and cut short --------------------------------------------------------------------------


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_every_alteration_is_noticed(home: Path):
    path = home / "vault" / land(home, CONTENT).sha256 / "raw.age"
    good = path.read_bytes()
    blocks = range(len(good) - 65_552 * 2, len(good), 65_552)
    for at in (0, 20, 60, 150, 200, *blocks, len(good) - 1):
        flip(path, at)
        check_damaged(home, path)
        path.write_bytes(good)
    for length in (0, 10, 200, 201, *blocks, len(good) - 65_552, len(good) - 1):
        path.write_bytes(good[:length])
        check_damaged(home, path)
    path.write_bytes(good + b"x")
    check_damaged(home, path)
    path.write_bytes(good)
    assert raw(home, path.parent.name) == CONTENT


def check_damaged(home: Path, path: Path) -> None:
    """No byte that is not CONTENT's is given out, and the end is never reached."""
    taken = []
    with pytest.raises(errors.ArtefactMissing), vault.open_raw(home, path.parent.name) as file:
        taken.extend(iter(lambda: file.read(1000), b""))
    assert CONTENT.startswith(b"".join(taken))


def test_another_content_in_its_place_is_noticed(home: Path):
    one, two = land(home, b"1" * 1000).sha256, land(home, b"2" * 1000).sha256
    for path in (home / "vault" / two).iterdir():
        path.replace(home / "vault" / one / path.name)
    with pytest.raises(errors.ArtefactMissing):
        raw(home, one)


def test_a_damaged_key_is_noticed(home: Path):
    folder = land(home, CONTENT).sha256
    (wrapped,) = filekeys.wrapped(home / "vault" / folder).values()
    flip(wrapped, -1)
    with pytest.raises(errors.ArtefactMissing):
        vault.open_raw(home, folder)


# --- erased -----------------------------------------------------------------------------------------


def test_after_destruction_no_byte_opens(home: Path):
    folder = land(home, CONTENT).sha256
    write(home, folder, CONTENT)
    path = home / "vault" / folder
    (wrapped,) = filekeys.wrapped(path).values()
    secrets = [wrapped.read_bytes(), str(filekeys.find(home, path)).encode(), MARK]
    reading = vault.open_raw(home, folder)
    assert vault.destroy(home, folder)
    reading.close()
    assert [found(home, secret) for secret in secrets] == [[], [], []]
    assert not vault.exists(home, folder)
    assert vault.created(home, folder) is None
    for use in (vault.open_raw, lambda *where: vault.open_artefact(*where, "check"), lambda *where: write(*where, b"")):
        with pytest.raises(errors.KeyDestroyed):
            use(home, folder)
    assert not vault.destroy(home, folder)


def test_a_copy_of_the_files_does_not_open_without_the_key(home: Path):
    folder = land(home, CONTENT).sha256
    copy = (home / "vault" / folder / "raw.age").read_bytes()
    vault.destroy(home, folder)
    (home / "vault" / folder).mkdir(mode=0o700)
    (home / "vault" / folder / "raw.age").write_bytes(copy)
    with pytest.raises(errors.KeyDestroyed):
        vault.open_raw(home, folder)


def test_an_erased_content_may_come_again(home: Path):
    folder = land(home, CONTENT).sha256
    vault.destroy(home, folder)
    assert land(home, CONTENT).created
    assert raw(home, folder) == CONTENT
    with pytest.raises(errors.ArtefactMissing):
        vault.open_artefact(home, folder, "check")
    assert vault.destroy(home, folder)


def test_a_stage_that_ends_after_the_erasure_leaves_nothing(home: Path):
    folder = land(home, CONTENT).sha256
    writing = vault.write_artefact(home, folder, "check")
    writing.__enter__().write(CONTENT)
    vault.destroy(home, folder)
    with pytest.raises(errors.KeyDestroyed):
        writing.__exit__(None, None, None)
    assert not vault.names(home)
    assert not left(home)


# --- killed, and at the same time -------------------------------------------------------------------


@pytest.mark.parametrize("scene", ["landing", "writing", "erasing", "same", "busy"])
def test_programs_that_are_killed_or_meet(tmp_path: Path, scene: str):
    subprocess.run([sys.executable, "-m", "tests.intake.crashes", scene, tmp_path / "home"], check=True, cwd=ROOT)


def test_kill_in_the_middle_leaves_what_the_next_sweep_removes_and_living_ones_are_left_alone(home: Path):
    program = (
        "import pathlib,sys; from exchange.intake import vault; landing = vault.land(pathlib.Path(sys.argv[1]))\n"
        "while True: landing.write(b'x' * 100_000); sys.stdout.write('.'); sys.stdout.flush()"
    )
    with (
        subprocess.Popen([sys.executable, "-c", program, home], stdout=subprocess.PIPE, cwd=ROOT) as child,
        vault.land(home) as ours,
    ):
        assert child.stdout is not None
        child.stdout.read(20)
        assert vault.sweep(home) == 0
        child.kill()
        child.wait()
        assert vault.names(home) == ()
        assert vault.sweep(home) == 1
        ours.write(b"still here")
        assert raw(home, ours.close().sha256) == b"still here"
    assert not left(home)
