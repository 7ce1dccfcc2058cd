"""A statement that somebody hands over here, instead of on a server: from then on it goes the way of every file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from exchange import stages
from exchange.database import transaction
from exchange.errors import FileMissing, WrongUse
from exchange.intake import vault
from exchange.intake.statements.archive import MOST_BYTES
from exchange.intake.statements.reading import bundled
from exchange.ledger import runs
from exchange.ledger.runs import Arrived, Run
from exchange.sources import Statement
from exchange.worker import Worker

_STAMP: Final = 16


def take(worker: Worker, feed: Statement, paths: Sequence[Path]) -> tuple[Run, bool]:
    """Take a statement in, to its end; and whether the very same was handed over before.

    Raises WrongUse where the files are no statement by their names, FileMissing where one cannot be read.
    """
    file, content = _read(feed, paths)
    name = feed.parse_name(file)
    assert name is not None
    digest = hashlib.sha256(content).hexdigest()
    with vault.land(worker.settings.home, announced=len(content)) as landing:
        landing.write(content)
        landing.close()
    arrived = Arrived(
        source=feed.name,
        file=file,
        delivered_name=file,
        remote_stamp=f"{runs.BY_HAND} {digest[:_STAMP]}",
        transfer_sha256=digest,
        content=digest,
        bytes=len(content),
        business_date=name.business_date,
        sequence=runs.NO_SEQUENCE,
        declared_rows=None,
        body_bytes=None,
        transport=runs.BY_HAND,
    )
    with transaction(worker.connection, "noting a delivery"):
        run = runs.register(worker.connection, arrived)
    if run.state == "open":
        return stages.carry_on(worker, run.run), False
    return run, run.state != "refused"


def _read(feed: Statement, paths: Sequence[Path]) -> tuple[str, bytes]:
    """The name and content of the workbook, or of the set whose other files lie beside the one that is named."""
    first = paths[0]
    file = feed.set_of(first.name) or first.name
    if feed.parse_name(file) is None or (feed.set_of(first.name) is None and first.suffix != ".xlsx"):
        raise WrongUse(what=f"{first.name} is not named as a roster is: {feed.form_of_name}")
    parts = {name: first.with_name(name) for name in feed.parts(file)}
    if any(path.name not in parts for path in paths):
        raise WrongUse(
            what="The files are not of one statement: hand over one workbook, or the three CSV files of a day"
        )
    bodies = {name: read(path) for name, path in parts.items()}
    if len(bodies) == 1:
        return file, bodies[file]
    return file, bundled(_by_sheet(bodies))


def _by_sheet(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name.rpartition("_")[2].removesuffix(".csv"): body for name, body in bodies.items()}


def read(path: Path) -> bytes:
    """The bytes of a file that somebody names. Raises FileMissing, also for one that is too large."""
    problem = ""
    try:
        if path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
        problem = f"it is larger than {MOST_BYTES // 1024 // 1024} MB"
    except FileNotFoundError:
        problem = "it is not there"
    except OSError:
        problem = "it cannot be read, or is a folder"
    raise FileMissing(name=path.name, folder=str(path.parent), problem=problem)
