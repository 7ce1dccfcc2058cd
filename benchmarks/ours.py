"""Our side: `lvws ingest` as a program of its own, from an SFTP server to the CMS."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import ground, police_file, stages, watching
from benchmarks.police_file import Made

COMMAND = (sys.executable, "-m", "exchange.cli", "ingest", "--json")


@dataclass(frozen=True)
class Ours:
    """One load of the large file."""

    watched: watching.Watched
    parts: list[stages.Part]
    counts: dict[str, Any]


def load(postgres: ground.Postgres, sender: ground.Sender, made: Made, folder: Path) -> Ours:
    """Ingest the file into a fresh database from a fresh home. Raises Failed if it does not load."""
    folder.mkdir()
    sender.put(made.path, police_file.NAME)
    with postgres.database("ours") as url:
        home = ground.home(folder, url, {"mps": sender.host})
        watched = ingest(home, postgres)
    run = json.loads(watched.output)["runs"][0]
    if run["state"] != "loaded" or run["rows"] != made.rows:
        raise watching.Failed(f"the file was not loaded: {run}")
    parts = stages.parts(home.log, started_at=watched.started_at, seconds=watched.seconds)
    return Ours(watched, parts, run)


def ingest(home: ground.Home, postgres: ground.Postgres) -> watching.Watched:
    """Run the command to its end in a home. Raises Failed."""
    environment = {**home.environment, "PYTHONPATH": str(ground.PROJECT)}
    return watching.watch(COMMAND, environment=environment, folder=home.file.parent, postgres_pid=postgres.pid)
