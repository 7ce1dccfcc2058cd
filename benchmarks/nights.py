"""Small files: a year of them by `lvws ingest`, and an ordinary night in a process that is warm."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks import ground, ours, watching
from exchange import stages
from samples import fraud, make, police
from samples.rows import File, Row

YEAR: Final = 365
FIRST_DAY: Final = date(2019, 1, 1)
_FORCES: Final = ("mps", "btp", "colp")
_ROWS: Final = range(10, 41)  # of a small file
_AGAIN: Final = 10  # every tenth row of a small file is an update of one in an earlier file


@dataclass(frozen=True)
class Year:
    """What a year of small files took."""

    watched: watching.Watched
    files: int
    rows: int


def year(postgres: ground.Postgres, sender: ground.Sender, count: int, folder: Path) -> Year:
    """Ingest `count` small files, of three senders over a year, in one go."""
    folder.mkdir()
    rows = _put_year(sender, count)
    with postgres.database("small") as url:
        home = ground.home(folder, url, dict.fromkeys(_FORCES, sender.host))
        watched = ours.ingest(home, postgres)
        loaded = postgres.tell("select count(*), sum(rows) from ledger.run where state = 'loaded'", "small")
    if loaded != (count, rows):
        raise watching.Failed(f"not every file was loaded: {loaded} of {count} files, {rows} rows")
    return Year(watched, count, rows)


def night(postgres: ground.Postgres, sender: ground.Sender, folder: Path) -> tuple[float, float]:
    """Seconds of two ordinary nights (3 files, 600 rows) in one process; the second is the warm one."""
    folder.mkdir()
    seconds: list[float] = []
    with postgres.database("night") as url:
        home = ground.home(folder, url, dict.fromkeys(("mps", "btp", "action_fraud"), sender.host))
        for number in (1, 2):
            files = put(sender, _night(number))
            started = time.perf_counter()
            taken = stages.ingest(home.settings, list(home.settings.sftp), None, lambda _: None)
            seconds.append(time.perf_counter() - started)
            if taken.failures or [run.state for run in taken.runs] != ["loaded"] * len(files):
                ended = [(run.file, run.state, run.code) for run in taken.runs]
                raise watching.Failed(f"a night was not loaded: {ended}")
    _empty(sender)
    return seconds[0], seconds[1]


def put(sender: ground.Sender, files: list[File]) -> list[File]:
    """Lay a night's files there, and no others."""
    _empty(sender)
    for file in files:
        _put(sender, file)
    return files


def _night(number: int) -> list[File]:
    """Three files of a business day: 400 rows of the Metropolitan Police, 50 of the BTP, 150 of Action Fraud."""
    day = FIRST_DAY + timedelta(days=number)
    first = number * 1000
    frauds = tuple(
        Row(fraud.made(each % 1000, _pick(fraud.FRAUDS, each), day, reference=f"NFRC1901{each:08d}"))
        for each in range(first, first + 150)
    )
    return [
        File("mps", f"MPS_LVWS_{day:%Y%m%d}_{number:06d}.csv", day, number, _police(first, 400, day)),
        File("btp", f"BTP_LVWS_{day:%Y%m%d}_{number:06d}.csv", day, number, _police(first, 50, day)),
        File("action_fraud", f"AF_LVWS_{day:%Y-%m-%d}.csv", day, number, frauds),
    ]


def _put_year(sender: ground.Sender, count: int) -> int:
    """Put a year's files there; how many rows they have."""
    _empty(sender)
    rows = first = 0
    for number in range(count):
        force = _FORCES[number % len(_FORCES)]
        day = FIRST_DAY + timedelta(days=number * YEAR // count)
        size = _ROWS[number % len(_ROWS)]
        sequence = number // len(_FORCES) + 1
        name = f"{force.upper()}_LVWS_{day:%Y%m%d}_{sequence:06d}.csv"
        _put(sender, File(force, name, day, sequence, _police(first, size, day)))
        rows, first = rows + size, first + size
    return rows


def _police(first: int, size: int, day: date) -> tuple[Row, ...]:
    return tuple(Row(_referral(number, day)) for number in range(first, first + size))


def _referral(number: int, day: date) -> dict[str, Any]:
    """A referral, or an update of the one 90 numbers ago."""
    again = number % _AGAIN == 0 and number > 200
    number = number - 90 if again else number
    changes = {"record_type": "U", "mobile": "07700 900999"} if again else {}
    return police.made(
        number % 1000, _pick(police.OFFENCES, number), day, crime_reference=f"{1_000_000 + number:07d}/19", **changes
    )


def _pick(offences: dict[str, Any], number: int) -> str:
    return list(offences)[number % len(offences)]


def _put(sender: ground.Sender, file: File) -> None:
    for path, content in make.written(file).items():
        (sender.outgoing / Path(path).name).write_bytes(content)


def _empty(sender: ground.Sender) -> None:
    for path in sender.outgoing.iterdir():
        path.unlink()
