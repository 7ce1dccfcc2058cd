"""The peer: dlt loads the same file from this disk into the same PostgreSQL, with a lock of its own.

`make bench` installs it beside us; otherwise an environment is made in the benchmark's folder.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import ground, watching
from benchmarks.police_file import Made

PROGRAM: Final = Path(__file__).with_name("peer_load.py")
LOCKS: Final = ("runtime.txt", "bench.txt")

# As it comes, dlt compresses its files on the way and loads one large one, which takes it several times as long. Its
# documentation (performance) names both settings; the peer to beat has them.
FAST: Final = {
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "200000",
}

ARROW, ARROW_AS_IT_COMES, ROWS = "dlt, Arrow", "dlt, Arrow, as it comes", "dlt, rows"
WAYS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    ARROW: ("arrow", FAST),
    ARROW_AS_IT_COMES: ("arrow", {}),
    ROWS: ("rows", FAST),
}
"""By way: what peer_load.py reads, and dlt's settings."""


@dataclass(frozen=True)
class Peer:
    """One load by the peer: what was measured, its own steps in seconds, and how many rows it left in its table."""

    watched: watching.Watched
    steps: dict[str, float]
    rows: int


def python(folder: Path) -> str:
    """A Python that has the peer: this one, or that of an environment in `folder`, made from the locks."""
    if importlib.util.find_spec("dlt") is not None:
        return sys.executable
    there = folder / "peer" / "bin" / "python"
    ready = folder / "peer" / "ready"
    if not ready.exists():
        venv.create(folder / "peer", with_pip=True, clear=True)
        wanted = [part for lock in LOCKS for part in ("-r", str(ground.PROJECT / "requirements" / lock))]
        pip = [str(there), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--require-hashes", *wanted], check=True)
        ready.touch()
    return str(there)


def load(postgres: ground.Postgres, made: Made, way: str, *, interpreter: str, folder: Path) -> Peer:
    """Load the file into a fresh database. Raises Failed if the program does not end well."""
    folder.mkdir()
    how, settings = WAYS[way]
    environment = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", **settings}
    with postgres.database("peer", migrated=False) as url:
        command = [interpreter, str(PROGRAM), str(made.path), url, str(folder / "dlt"), how]
        watched = watching.watch(command, environment=environment, folder=folder, postgres_pid=postgres.pid)
        rows = int(postgres.tell("select count(*) from peer.referral", "peer")[0])
    lines = (line.split("\t") for line in watched.output.splitlines() if "\t" in line)
    return Peer(watched, {name: float(seconds) for name, seconds in lines}, rows)
