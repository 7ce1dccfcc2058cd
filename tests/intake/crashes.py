"""Programs that are killed, or that meet: `python -m tests.intake.crashes <scene> <home>`; exit code 0 if all held.

A program of its own without threads, so that it may fork: each fork dies by SIGKILL at one step more than the last.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from exchange import filekeys, keys
from exchange.intake import vault

STEPS = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "open")


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do `work` in a fork that is killed just before its step of this number; False when it came to its end."""
    child = os.fork()
    if not child:
        counter = itertools.count()
        for name in STEPS:
            _count(name, counter, step)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, status
    return os.WIFSIGNALED(status)


def _count(name: str, counter: itertools.count, step: int) -> None:
    real = getattr(os, name)

    def counted(*args: object, **options: object) -> object:
        if next(counter) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)

    setattr(os, name, counted)


def together(*works: Callable[[], object]) -> None:
    """Do each in a fork of its own, at the same time."""
    children = []
    for work in works:
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(works)


def land(home: Path, data: bytes) -> vault.Landed:
    with vault.land(home) as landing:
        for start in range(0, len(data), 70_000):
            landing.write(data[start : start + 70_000])
        return landing.close()


def raw(home: Path, sha256: str) -> bytes:
    with vault.open_raw(home, sha256) as file:
        return file.read()


def left(home: Path) -> list[Path]:
    return list((home / "vault").rglob(".part-*"))


def landing(home: Path) -> int:
    data = os.urandom(300_000)
    for step in itertools.count():
        killed = killed_at(step, lambda: land(home, data))
        for folder in vault.names(home):
            assert raw(home, folder) == data  # all of it or nothing
        vault.sweep(home)
        assert not left(home)
        if not killed:
            return step
        for folder in vault.names(home):
            vault.destroy(home, folder)
    raise AssertionError


def writing(home: Path) -> int:
    folder = land(home, b"x" * 1000).sha256
    for step in itertools.count():
        before = step % 2 == 0
        vault.drop_artefact(home, folder, "check")
        if before:
            write(home, folder, b"before")
        killed = killed_at(step, lambda: write(home, folder, b"after" * 100_000))
        assert vault.has_artefact(home, folder, "check") or (killed and not before)
        if vault.has_artefact(home, folder, "check"):
            with vault.open_artefact(home, folder, "check") as file:
                assert file.read() in {b"before", b"after" * 100_000}
        vault.sweep(home)
        assert not left(home)
        if not killed:
            return step
    raise AssertionError


def write(home: Path, folder: str, data: bytes) -> None:
    with vault.write_artefact(home, folder, "check") as file:
        file.write(data)


def erasing(home: Path) -> int:
    for step in itertools.count():
        folder = land(home, b"%d" % step * 1000).sha256
        write(home, folder, b"artefact")
        wrapped = next(iter(filekeys.wrapped(home / "vault" / folder).values())).read_bytes()
        killed = killed_at(step, lambda folder=folder: vault.destroy(home, folder))
        vault.destroy(home, folder)
        vault.sweep(home)
        assert not vault.exists(home, folder)
        assert not vault.names(home)
        assert not left(home)
        assert all(wrapped not in path.read_bytes() for path in home.rglob("*") if path.is_file())
        if not killed:
            return step
    raise AssertionError


def rotating(home: Path) -> int:
    contents = {land(home, name * 1000).sha256: name * 1000 for name in (b"a", b"b")}
    for step in itertools.count():
        killed = killed_at(step, lambda: keys.rotate(home, "vault"))
        assert {folder: raw(home, folder) for folder in contents} == contents
        assert keys.list_keys(home)[0].state == "active"
        if not killed:
            break
    keys.rotate(home, "vault")
    active, *older = [info for info in keys.list_keys(home) if info.purpose == "vault"]
    assert filekeys.count(home) == {active.id: 2}
    for info in older[-3:]:
        keys.destroy(home, info.id)
    assert {folder: raw(home, folder) for folder in contents} == contents
    assert vault.sweep(home) >= 0
    assert not left(home)
    assert not list((home / "keys").glob(".part-*"))
    return step


def same(home: Path) -> int:
    data = os.urandom(2_000_000)
    for _ in range(5):
        together(*[lambda: land(home, data)] * 3)
        (folder,) = vault.names(home)
        assert raw(home, folder) == data
        assert not left(home)
        vault.destroy(home, folder)
    return 5


def busy(home: Path) -> int:
    """Keys change and are destroyed, and the vault is swept, while files come in."""

    def change() -> None:
        for _ in range(10):
            keys.rotate(home, "vault")
            vault.sweep(home)
            for info in keys.list_keys(home):
                if info.purpose == "vault" and info.state == "decrypt_only":
                    keys.destroy(home, info.id)

    together(
        change, *[lambda first=first: [land(home, b"%d" % n) for n in range(first, first + 40)] for first in (0, 40)]
    )
    assert sorted(raw(home, folder) for folder in vault.names(home)) == sorted(b"%d" % n for n in range(80))
    return len(vault.names(home))


SCENES = {scene.__name__: scene for scene in (landing, writing, erasing, rotating, same, busy)}

if __name__ == "__main__":
    where = Path(sys.argv[2])
    keys.ensure(where)
    steps = SCENES[sys.argv[1]](where)
    assert steps >= 5, steps
    sys.stdout.write(f"{steps}\n")
