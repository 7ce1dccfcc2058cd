"""`lvws synth`: made-up feeds of all senders, for trying the service and for testing it."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.errors import WrongUse

if TYPE_CHECKING:
    from synth.files import Written

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the files, one folder a source; has to be empty.")]
YearOne = Annotated[bool, typer.Option("--year-one", help="1 April 2019 to 31 March 2020, by the published figures.")]
Scale = Annotated[float, typer.Option("--scale", min=0.001, max=1.0, help="With --year-one: a smaller London.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same bytes.")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of another period.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Its last day.")]
PerDay = Annotated[int, typer.Option("--per-day", min=1, help="Referrals a day on the average, with --from and --to.")]
Files = Annotated[str, typer.Option("--files", help="daily, or monthly: one file a source and month.")]
Truth = Annotated[
    Path | None, typer.Option("--truth", help="Parquet file that says which rows are the same person and incident.")
]
WithFaults = Annotated[
    bool, typer.Option("--faults", help="Faulted rows and files beside the sound ones, of every kind.")
]
Expect = Annotated[
    Path | None, typer.Option("--expect", help="With --faults: CSV file that says what has to become of each.")
]


def synth(  # noqa: PLR0913, PLR0917 - options of a command
    out: Out,
    year_one: YearOne = False,
    scale: Scale = 1.0,
    seed: Seed = 1,
    first: First = None,
    last: Last = None,
    per_day: PerDay = 450,
    files: Files = "daily",
    truth: Truth = None,
    faults: WithFaults = False,
    expect: Expect = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Make feeds of people who do not exist: a year by the published figures, or any period.

    Nobody in them is real and nobody can be reached. Needs neither settings nor a database. Put the folders on an
    SFTP server, one a source, and take them in with: lvws ingest. With --faults the folder `later` holds what comes
    a night later: files that are sent again, right or changed, and one that is late.
    """
    if files not in {"daily", "monthly"}:
        raise WrongUse(what="--files is daily or monthly.")
    if year_one == (first is not None or last is not None):
        raise WrongUse(what="Either --year-one, or --from and --to, is needed.")
    if not year_one and (first is None or last is None or first > last):
        raise WrongUse(what="--from and --to are needed both, the earlier first.")
    if expect is not None and not faults:
        raise WrongUse(what="--expect is for --faults.")
    # pyarrow, numpy and scipy are slow to import
    from synth import feeds  # noqa: PLC0415
    from synth.faults.desk import LATER  # noqa: PLC0415

    order = feeds.Order(out, seed, files == "monthly", truth, faults, expect)
    if first is not None and last is not None:
        written = feeds.any_period(order, (first.date(), last.date()), per_day, _progress)
    else:
        written = feeds.year_one(order, scale, _progress)
    _tell(written, out, json=json)
    if faults and not json:
        screen.say(f"Files with faults lie beside those above, and in {out / LATER} those for the night after.")


def _progress(day: date) -> None:
    if sys.stderr.isatty():
        typer.echo(f"made up to {day:%d %B %Y}", err=True)


def _tell(written: Written, out: Path, *, json: bool) -> None:
    totals: dict[str, list[int]] = {}
    for made in written.files:
        counts = totals.setdefault(made.source, [0, 0, 0, 0])
        for place, more in enumerate((1, made.rows == 0, made.rows, made.bytes)):
            counts[place] += more
    if json:
        names = ("files", "nil_files", "rows", "bytes")
        screen.document({"out": str(out), "sources": {s: dict(zip(names, c, strict=True)) for s, c in totals.items()}})
        return
    screen.table(
        f"Made in {out}",
        ["source", "files", "of them nil", "rows", "MB"],
        [(source, files, nil, rows, f"{size / 1e6:.1f}") for source, (files, nil, rows, size) in totals.items()],
        right=["files", "of them nil", "rows", "MB"],
    )
    screen.say("Nobody in these files exists. Put each folder on the SFTP server of its source, then: lvws ingest")
