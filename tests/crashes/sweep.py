"""Kill the program at every labelled point, run it again, and compare what is left with an undisturbed night.

    python -m tests.crashes.sweep             the first time that each point is passed
    python -m tests.crashes.sweep --every     every time, and the second run killed too, at points drawn with --seed
    python -m tests.crashes.sweep --broken    the sweep itself: does it catch programs that are broken on purpose?

A labelled point is an event of the program's own log. The process that starts all others has imported and used
everything once and has no threads of its own: each trial is a fork of it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from exchange import embedded, keys, logs
from exchange.cms import migrate
from exchange.settings import Settings
from tests.crashes import broken, world
from tests.crashes.dump import Dump, difference, dump
from tests.crashes.lanes import in_lanes
from tests.intake import sealed
from tests.servers import Server, sftp_server

LANES = 2
BEFORE = f"before_{os.getpid()}"

Point = tuple[str, int]


@dataclass
class Ground:
    """Where trials take place: folders, the senders' server, the address of the database server."""

    folder: Path
    server: Server
    address: str

    def database(self, name: str) -> str:
        return psycopg.conninfo.make_conninfo(self.address, dbname=name)

    def ask(self, statement: str) -> None:
        with psycopg.connect(self.database("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@dataclass(frozen=True)
class Trial:
    """One night that is disturbed: killed at `point`, then the run after it at `again`, with a broken program or ours."""

    point: Point | None
    again: Point | None = None
    variant: str | None = None

    def __str__(self) -> str:
        named = [f"{name} #{number}" for name, number in filter(None, (self.point, self.again))]
        return ", then ".join(named) or "undisturbed"


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: whether it was killed, the last exit code, what was left, and every point passed."""

    killed: bool
    code: int
    left: Dump
    passed: tuple[str, ...]


# --- one trial -------------------------------------------------------------------------------------


def carry_out(ground: Ground, trial: Trial) -> Outcome:
    """Copy what the day before left, let the night be killed, run it again undisturbed, and look."""
    name = f"trial_{secrets.token_hex(6)}"
    home, remote = ground.folder / name, ground.server.root / name
    shutil.copytree(ground.folder / BEFORE, home)
    shutil.copytree(ground.server.root / BEFORE, remote)
    ground.ask(f"create database {name} template {BEFORE}")
    try:
        url = ground.database(name)
        settings = world.settings_of(ground.server, name, home, url)
        prepare = broken.VARIANTS[trial.variant].prepare if trial.variant else None
        if prepare is not None:
            prepare(url)
        passed = ground.folder / f"{name}.passed"
        code = in_a_fork(settings, trial.point, trial.variant, passed)
        killed = trial.point is not None and code == -signal.SIGKILL
        if trial.again is not None:
            in_a_fork(settings, trial.again, trial.variant)
        if killed:
            code = in_a_fork(settings, None, trial.variant)
        return Outcome(killed, code, dump(url, home, remote), tuple(passed.read_text().split()))
    finally:
        ground.ask(f"drop database {name} with (force)")
        shutil.rmtree(home)
        shutil.rmtree(remote)


def in_a_fork(settings: Settings, point: Point | None, variant: str | None, passed: Path | None = None) -> int:
    """Run a night in a fork that dies at `point`; its exit code, negative where a signal ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        count_points(point, passed)
        if variant is not None:
            broken.VARIANTS[variant].breaks()
        code = world.ingest(settings)
    except Exception:  # noqa: BLE001 - a broken program may fail in any way
        if variant is None:
            traceback.print_exc()
    finally:
        os._exit(code)


def count_points(point: Point | None, passed: Path | None) -> None:
    """Die when `point` is passed for its number of times; note every point."""
    write, seen = logs.event, Counter[str]()
    note = passed.open("w", buffering=1) if passed else None

    def counted(name: str, **facts: str | int | float | None) -> None:
        seen[name] += 1
        if note:
            note.write(f"{name}\n")
        if (name, seen[name]) == point:
            os.kill(os.getpid(), signal.SIGKILL)
        write(name, **facts)

    logs.event = counted


# --- the ground ------------------------------------------------------------------------------------


@contextlib.contextmanager
def ground(address: str | None) -> Iterator[Ground]:
    """Everything that trials start from; with an address of a database server, or on one of our own."""
    with tempfile.TemporaryDirectory(prefix="crashes-") as name, serving(Path(name)) as server:
        made = Ground(Path(name), server, address or embedded.start(Path(name) / "postgres"))
        try:
            take_in_the_day_before(made)
            yield made
        finally:
            made.ask(f"drop database if exists {BEFORE} with (force)")


def take_in_the_day_before(made: Ground) -> None:
    """Fill the folders and the database that every trial begins with a copy of; this warms the process too."""
    made.ask(f"drop database if exists {BEFORE} with (force)")
    made.ask(f"create database {BEFORE}")
    home, url = made.folder / BEFORE, made.database(BEFORE)
    settings = world.settings_of(made.server, BEFORE, home, url)
    migrate.migrate(settings)
    keys.ensure(home)
    world.lay(made.server.root / BEFORE, world.the_day_before())
    world.the_day_before_of_services(settings, made.server.root / BEFORE / world.NATIONAL / "outgoing")
    world.own_something(url)
    world.lay(made.server.root / BEFORE, world.the_night(sealed.public_part(home, "intake-age")))
    logs.close_log()
    shutil.rmtree(home / "log")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The senders' server, in a process of its own."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        with sftp_server(folder) as server:
            os.write(write, f"{server.port}\n".encode())
            while os.getppid() != 1:
                signal.sigtimedwait([], 1)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        port = int(pipe.readline())
    try:
        yield Server(port, "lvws", folder / "lvws", folder / "known_hosts", folder / "files")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# --- many trials -----------------------------------------------------------------------------------


def judged(ground: Ground, trial: Trial, undisturbed: Outcome) -> list[str]:
    """What is wrong after a trial; nothing, where the program is right."""
    outcome = carry_out(ground, trial)
    lines = difference(undisturbed.left, outcome.left)
    if trial.point is not None and not outcome.killed:
        lines.append("it was not killed")
    if outcome.code not in {0, undisturbed.code}:  # a refusal may have been told by the run that was killed
        lines.append(f"exit code {outcome.code} instead of {undisturbed.code}")
    return [f"{trial}: {line}" for line in lines]


def points_of(undisturbed: Outcome, *, every: bool) -> list[Point]:
    """Where to kill: each point the first time that it is passed, or each time."""
    counts = Counter(undisturbed.passed)
    return [(name, number) for name, count in counts.items() for number in range(1, count + 1 if every else 2)]


def sweep(ground: Ground, *, every: bool, seed: int, only: str = "") -> list[str]:
    """Kill our program at all points; what was wrong."""
    undisturbed = carry_out(ground, Trial(None))
    points = [point for point in points_of(undisturbed, every=every) if point[0].startswith(only)]
    trials = [Trial(point) for point in points]
    if every:
        drawn = random.Random(seed)
        trials += [Trial(point, drawn.choice(points)) for point in points]
    say(f"{len({name for name, _ in points})} labelled points: {', '.join(dict.fromkeys(name for name, _ in points))}")
    say(f"{len(trials)} trials" + (f", seed {seed}" if every else ""))
    return in_lanes([lambda trial=trial: judged(ground, trial, undisturbed) for trial in trials], LANES)


def sweep_broken(ground: Ground) -> list[str]:
    """Which programs that are broken on purpose were not caught, or are wrong even when nothing disturbs them."""
    undisturbed = carry_out(ground, Trial(None))

    def caught(name: str) -> list[str]:
        alone = judged(ground, Trial(None, variant=name), undisturbed)
        if alone:
            return [f"{name}: wrong without any crash: {alone[0]}"]
        for point in points_of(undisturbed, every=True):
            if point[0] in broken.VARIANTS[name].points:
                wrong = judged(ground, Trial(point, variant=name), undisturbed)
                if wrong:
                    say(f"caught: {name}: {wrong[0][:160]}")
                    return []
        return [f"{name}: not caught"]

    return in_lanes([lambda name=name: caught(name) for name in broken.VARIANTS], LANES)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--only", default="", help="only points that begin so")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.epilog = "LVWS_TEST_SERVER names a PostgreSQL server to make databases on; else the sweep starts its own."
    given = parser.parse_args()
    began = time.monotonic()
    with ground(os.environ.get("LVWS_TEST_SERVER")) as made:
        wrong = sweep_broken(made) if given.broken else sweep(made, every=given.every, seed=given.seed, only=given.only)
    for line in wrong:
        say(line)
    say(f"{'nothing' if not wrong else len(wrong)} wrong, {time.monotonic() - began:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
