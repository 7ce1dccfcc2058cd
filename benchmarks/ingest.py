"""Loading police files, from SFTP to CMS with every stage but matching, beside dlt that only loads the same file.

    python -m benchmarks.ingest [--rows 1000000] [--repeat 1] [--row-path] [--as-it-comes] [--no-peer]
                                [--small-files 2500] [--night] [--json FILE]

Both sides use one PostgreSQL, started for this with the settings of the embedded one, a fresh database each time, and
take turns at being first. The peer reads the file from this disk without checking it; ours fetches it by SFTP, keeps
it encrypted, checks and maps every row, keeps the outcome of each, and answers the sender. To reach: DESIGN section 9.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import ground, nights, ours, peer, police_file, watching
from benchmarks.ours import Ours
from benchmarks.peer import Peer

OURS = "ours"
_VERSIONS = ("pyarrow", "pandas", "psycopg", "paramiko", "pyrage")


@dataclass
class Results:
    """Everything that was measured."""

    machine: dict[str, Any]
    file: dict[str, Any] = field(default_factory=dict)
    ours: list[Ours] = field(default_factory=list)
    peers: dict[str, list[Peer]] = field(default_factory=dict)
    year: nights.Year | None = None
    nights: tuple[float, float] | None = None


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints; 0 when everything was loaded."""
    chosen = _options().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then too
    cache = Path(tempfile.gettempdir()) / "lvws-benchmark"
    cache.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lvws-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root runs this, PostgreSQL runs as somebody else
        with ground.postgres(folder / "server") as postgres, ground.sender(folder / "sftp") as sender:
            results = Results(_machine(postgres, sender))
            _show_machine(results.machine)
            try:
                if chosen.rows:
                    _large(results, chosen, cache, folder, postgres=postgres, sender=sender)
                if chosen.small_files:
                    results.year = nights.year(postgres, sender, chosen.small_files, folder / "year")
                    _show_year(results.year)
                if chosen.night:
                    results.nights = nights.night(postgres, sender, folder / "night")
                    cold, warm = results.nights
                    print(f"\nA night of 3 files, 600 rows: {cold:.2f} s, and the next one, warm: {warm:.2f} s")
            except watching.Failed as failed:
                print(failed)
                return 1
    if chosen.json:
        chosen.json.write_text(json.dumps(asdict(results), indent=1, default=str), encoding="utf-8")
    return 0


def _options() -> argparse.ArgumentParser:
    described = "Loading police files, from SFTP to CMS, beside dlt."
    options = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=described)
    options.add_argument("--rows", type=int, default=1_000_000, help="rows of the large file; 0: leave it out")
    options.add_argument("--repeat", type=int, default=1, help="how often both sides load the large file")
    options.add_argument("--no-peer", action="store_true", help="only ours")
    options.add_argument("--row-path", action="store_true", help="dlt from dictionaries too (minutes)")
    options.add_argument(
        "--as-it-comes", action="store_true", help="dlt's Arrow path without its settings for speed too"
    )
    options.add_argument("--small-files", type=int, default=0, metavar="N", help="a year's small files too, say 2500")
    options.add_argument("--night", action="store_true", help="an ordinary night in a warm process too")
    options.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to a file")
    return options


def _large(
    results: Results,
    chosen: argparse.Namespace,
    cache: Path,
    folder: Path,
    *,
    postgres: ground.Postgres,
    sender: ground.Sender,
) -> None:
    made = police_file.make(cache, chosen.rows)
    results.file = {name: value for name, value in asdict(made).items() if name != "path"}
    wanted = {peer.ARROW: not chosen.no_peer, peer.ARROW_AS_IT_COMES: chosen.as_it_comes, peer.ROWS: chosen.row_path}
    ways = [way for way, is_wanted in wanted.items() if is_wanted]
    interpreter = peer.python(cache) if ways else ""
    sides = [OURS, *ways]
    for number in range(chosen.repeat):
        place = folder / f"large-{number}"
        place.mkdir()
        for side in sides if number % 2 == 0 else reversed(sides):
            if side == OURS:
                results.ours.append(ours.load(postgres, sender, made, place / "ours"))
            else:
                loaded = peer.load(postgres, made, side, interpreter=interpreter, folder=place / str(ways.index(side)))
                results.peers.setdefault(side, []).append(loaded)
        shutil.rmtree(place)
    _show_large(results)


def _machine(postgres: ground.Postgres, sender: ground.Sender) -> dict[str, Any]:
    names = [*_VERSIONS, "dlt"]
    installed = {each.metadata["Name"]: each.version for each in importlib.metadata.distributions()}
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "postgresql": str(postgres.tell("show server_version")[0]),
        "sftp_server": sender.kind,
        **{name: installed[name] for name in names if name in installed},
    }


def _show_machine(machine: dict[str, Any]) -> None:
    print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items()))
    if machine["load_average"] > 0.5:
        print("The machine has other work: expect longer times, and compare CPU seconds.")


def _show_large(results: Results) -> None:
    file = results.file
    print(f"\nOne file of {file['rows']} rows, {file['bytes'] / 1e6:.0f} MB, {file['filled']:.0%} of its fields filled")
    print(
        f"{'':26} {'median s':>9} {'best s':>7} {'CPU s':>6} {'peak MB':>8} {'PostgreSQL: CPU s':>18} {'MB':>5}   each"
    )
    sides: dict[str, list[watching.Watched]] = {OURS: [each.watched for each in results.ours]}
    sides |= {way: [each.watched for each in loads] for way, loads in results.peers.items()}
    for side, runs in sides.items():
        middle, best = statistics.median(run.seconds for run in runs), min(run.seconds for run in runs)
        cpu, postgres_cpu = min(run.cpu_seconds for run in runs), min(run.postgres_cpu_seconds for run in runs)
        peak, shares = max(run.peak_mb for run in runs), max(run.postgres_mb for run in runs)
        each = " ".join(f"{run.seconds:.1f}" for run in runs)
        print(f"{side:26} {middle:9.1f} {best:7.1f} {cpu:6.1f} {peak:8.0f} {postgres_cpu:18.1f} {shares:5.0f}   {each}")
    mine = statistics.median(run.seconds for run in sides.pop(OURS))
    for way, runs in sides.items():
        print(f"{OURS} / {way}: {mine / statistics.median(run.seconds for run in runs):.2f}")
    _show_parts(results)


def _show_parts(results: Results) -> None:
    """Where the time went in the fastest of our loads, and in the fastest of each way of the peer."""
    best = min(results.ours, key=lambda each: each.watched.seconds)
    print(f"\nOurs, {best.watched.seconds:.1f} s:")
    for part in best.parts:
        if part.seconds >= 0.05:
            print(f"  {part.seconds:7.2f}  {part.name}")
    counts = {name: best.counts[name] for name in ("created", "updated", "duplicate", "quarantined", "excluded")}
    print("  " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    for way, loads in results.peers.items():
        fastest = min(loads, key=lambda each: each.watched.seconds)
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in fastest.steps.items())
        print(f"{way}, {fastest.watched.seconds:.1f} s: {steps}; {fastest.rows} rows in its table")


def _show_year(year: nights.Year) -> None:
    seconds = year.watched.seconds
    print(
        f"\n{year.files} small files, {year.rows} rows: {seconds:.1f} s, {seconds / year.files * 1000:.0f} ms a file, "
        f"CPU {year.watched.cpu_seconds:.1f} s and PostgreSQL's {year.watched.postgres_cpu_seconds:.1f} s, "
        f"peak {year.watched.peak_mb:.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
