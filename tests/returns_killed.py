"""Builds, approvals and deliveries that are killed: `python -m tests.returns_killed <scene> <lvws.toml>`.

Each fork dies by SIGKILL at one step more than the last, a step of the file system or an event of the program's log, on
a month of its own; then the same is done again undisturbed. Exit code 0 if all held, and the number of steps.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange import database, keys, logs, operators
from exchange import settings as configuration
from exchange.returns import approving, delivering, folders, names, verifying, versions
from exchange.settings import Settings
from tests.intake import crashes
from tests.returns import save

OLD, NEW = {"mps": 3, "total": 3}, {"mps": 4, "total": 4}
Work = Callable[[], object]


def month(number: int) -> str:
    return f"{2000 + number // 12}-{number % 12 + 1:02d}"


def killed_at_event(step: int, work: Work) -> bool:
    """As killed_at of tests.intake.crashes, at an event of the log."""
    child = os.fork()
    if not child:
        counter = itertools.count()

        def event(*_: Any, **__: Any) -> None:
            if next(counter) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        logs.event = event
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, status
    return os.WIFSIGNALED(status)


def in_a_fork(work: Work) -> None:
    assert not crashes.killed_at(10**9, work)


def build(settings: Settings, period: str, counts: dict[str, int]) -> None:
    with database.connect(settings, "loader") as connection:
        save(settings, connection, counts, period=period)


def approve(settings: Settings, period: str) -> None:
    signer = operators.acting(settings)
    with database.connect(settings, "operator") as connection:
        found = versions.find(connection, "monthly", period)
        if found.state == "draft":
            approving.approve(settings, connection, signer, found)


def deliver(settings: Settings, period: str) -> None:
    with database.connect(settings, "loader") as connection:
        delivering.deliver(settings, connection, versions.find(connection, "monthly", period))


def look(settings: Settings, period: str) -> tuple[versions.Version, bytes]:
    """The version, and its figures as its folder has them after what a crash left was put right."""
    with database.connect(settings, "reader") as connection:
        found = versions.find(connection, "monthly", period)
    return found, versions.figures(settings, found)


def left(settings: Settings, period: str) -> set[str]:
    return {path.name for path in (settings.home / "returns" / "monthly" / period).iterdir()} - {".lock"}


def building(settings: Settings, at: Callable[[int, Work], bool], start: int) -> int:
    """The old draft or the new one, whole; then the new one, with nothing left beside it."""
    for step in itertools.count():
        period = month(start + step)
        in_a_fork(lambda period=period: build(settings, period, OLD))
        killed = at(step, lambda period=period: build(settings, period, NEW))
        found, figures = look(settings, period)
        assert (b"total,referrals,3" in figures) != (b"total,referrals,4" in figures)
        assert (found.state, found.version) == ("draft", 1)
        in_a_fork(lambda period=period: build(settings, period, NEW))
        assert b"total,referrals,4" in look(settings, period)[1]
        assert left(settings, period) == {"v1"}
        if not killed:
            return step
    raise AssertionError


def approving_(settings: Settings, at: Callable[[int, Work], bool], start: int) -> int:
    """A draft or an approved version whose folder is genuine."""
    for step in itertools.count():
        period = month(start + step)
        in_a_fork(lambda period=period: build(settings, period, OLD))
        killed = at(step, lambda period=period: approve(settings, period))
        found, _ = look(settings, period)
        assert found.state in {"draft", "approved"}
        in_a_fork(lambda period=period: approve(settings, period))
        again, _ = look(settings, period)
        assert again.state == "approved"
        assert found.state == "draft" or again.manifest == found.manifest
        place = folders.Place(settings.home, "monthly", period, 1)
        verifying.verify(place.folder, keys.signed_by_us(settings.home), expect=("monthly", period, 1))
        if not killed:
            return step
    raise AssertionError


def delivering_(settings: Settings, at: Callable[[int, Work], bool], start: int) -> int:
    """Never a signature without all that it signs; then everything, once, with the bytes that were approved."""
    incoming = Path(os.environ["INCOMING"])
    for step in itertools.count():
        period = month(start + step)
        stem = names.stem("monthly", period, 1)
        in_a_fork(lambda period=period: build(settings, period, OLD))
        in_a_fork(lambda period=period: approve(settings, period))
        killed = at(step, lambda period=period: deliver(settings, period))
        there = {path.name for path in incoming.glob(f"{stem}.*")}
        whole = {names.sent(stem, name) for name in (f"{stem}.xlsx", names.FIGURES, names.MANIFEST, names.SIGNATURE)}
        assert names.sent(stem, names.SIGNATURE) not in there or whole <= there
        in_a_fork(lambda period=period: deliver(settings, period))
        assert look(settings, period)[0].state == "delivered"
        assert {path.name for path in incoming.glob(f"{stem}.*")} - whole <= {f"{name}.part" for name in whole}
        for name in whole:
            kept = name if name == f"{stem}.xlsx" else name.removeprefix(f"{stem}.")
            place = folders.Place(settings.home, "monthly", period, 1)
            assert (incoming / name).read_bytes() == folders.read(place, kept)
        with database.connect(settings, "reader") as connection:
            counted = connection.execute(
                "select count(*) from ledger.audit where what = 'return delivered' and detail ->> 'period' = %s",
                (period,),
            ).fetchone()
        assert counted == (1,)
        if not killed:
            return step
    raise AssertionError


SCENES = {"building": building, "approving": approving_, "delivering": delivering_}

if __name__ == "__main__":
    given = configuration.load({"LVWS_CONFIG": sys.argv[2]})
    scene = SCENES[sys.argv[1]]
    passed = [scene(given, killed_at_event, 0)]
    if sys.argv[1] != "delivering":
        passed.append(scene(given, crashes.killed_at, 240))
    assert min(passed) >= 2, passed
    sys.stdout.write(f"{passed}\n")
