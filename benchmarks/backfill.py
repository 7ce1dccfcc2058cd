"""A backfill by one process and by two, of the same files: `python -m benchmarks.backfill [--days N] [--rows N]`.

OpenSSH's sshd where there is one, a PostgreSQL of its own, Prefect's process pool. What is compared is the whole flow.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks import ground
from benchmarks.ground import Postgres, Sender
from samples import make, police
from samples.rows import File


def main() -> None:
    """Both, one after the other, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--rows", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ground.postgres(Path(scratch) / "postgres") as postgres:
        folder = Path(scratch)
        with ground.sender(folder) as sender:
            _files(sender, asked.days, asked.rows)
            seconds = {workers: _seconds(folder, postgres, sender, workers, asked.days) for workers in (1, 2)}
    for workers, took in seconds.items():
        sys.stdout.write(f"{workers} process{'es' if workers > 1 else ''}: {took:.1f} s\n")
    sys.stdout.write(f"two beside one: {seconds[2] / seconds[1]:.2f}\n")


def _seconds(folder: Path, postgres: Postgres, sender: Sender, workers: int, days: int) -> float:
    with postgres.database(f"by_{workers}") as url:
        home = ground.home(folder / f"by-{workers}", url, {"mps": sender.host})
        env = home.environment | {"PREFECT_HOME": str(folder / "prefect"), "DO_NOT_TRACK": "1"}
        last = police.MONDAY + timedelta(days=days - 1)
        command = [sys.executable, "-m", "flows.backfill", "--from", str(police.MONDAY), "--to", str(last)]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--workers", str(workers)], env=env, capture_output=True, text=True, check=False
        )
        took = time.monotonic() - began
        if done.returncode:
            raise SystemExit(done.stderr)
        return took


def _files(sender: Sender, days: int, rows: int) -> None:
    for number in range(days):
        day = police.MONDAY + timedelta(days=number)
        made = tuple(police.row(number * rows + each + 1, "burglary", day) for each in range(rows))
        file = File("mps", f"MPS_LVWS_{day:%Y%m%d}_{number + 1:06d}.csv", day, number + 1, made)
        for path, content in make.written(file).items():
            (sender.outgoing / Path(path).name).write_bytes(content)


if __name__ == "__main__":
    main()
