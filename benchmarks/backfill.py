"""A backfill by one process and by two, of the same files: `python -m benchmarks.backfill [--days N] [--rows N]`.

A real SFTP server, a PostgreSQL of its own for each run, Prefect's process pool. What is compared is the whole flow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from exchange import keys
from exchange.cms import migrate
from exchange.settings import Settings
from tests.feeds import FIRST_DAY, a_police_file, a_stranger, police_name
from tests.servers import sftp_server

SOURCES = ("mps", "btp")


def main() -> None:
    """Both, one after the other, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--rows", type=int, default=300)
    asked = parser.parse_args()
    seconds = {workers: _seconds(workers, asked.days, asked.rows) for workers in (1, 2)}
    for workers, took in seconds.items():
        sys.stdout.write(f"{workers} process{'es' if workers > 1 else ''}: {took:.1f} s\n")
    sys.stdout.write(f"two beside one: {seconds[2] / seconds[1]:.2f}\n")


def _seconds(workers: int, days: int, rows: int) -> float:
    with tempfile.TemporaryDirectory() as scratch, sftp_server(Path(scratch)) as server:
        folder = Path(scratch)
        _files(server, days, rows)
        settings = Settings(home=folder / "home")
        migrate.migrate(settings)
        keys.ensure(settings.home)
        config = folder / "lvws.toml"
        config.write_text(f'home = "{settings.home}"\n' + "".join(_block(source, server) for source in SOURCES))
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LVWS_", "PREFECT_"))}
        env |= {"LVWS_CONFIG": str(config), "PREFECT_HOME": str(folder / "prefect"), "DO_NOT_TRACK": "1"}
        last = FIRST_DAY + timedelta(days=days)
        command = [sys.executable, "-m", "flows.backfill", "--from", str(FIRST_DAY), "--to", str(last)]
        began = time.monotonic()
        subprocess.run([*command, "--workers", str(workers)], env=env, check=True, capture_output=True)
        return time.monotonic() - began


def _files(server: Any, days: int, rows: int) -> None:
    for place, source in enumerate(SOURCES):
        for folder in ("outgoing", "incoming"):
            (server.root / source / folder).mkdir(parents=True)
        for day in range(days):
            first = (place * days + day) * rows
            body = a_police_file([a_stranger(first + number) for number in range(rows)])
            path = server.root / source / "outgoing" / police_name(day, day + 1, source.upper())
            path.write_bytes(body)


def _block(source: str, server: Any) -> str:
    return (
        f'[sftp.{source}]\nhost = "{server.host}"\nport = {server.port}\nusername = "{server.username}"\n'
        f'private_key = "{server.private_key}"\nknown_hosts = "{server.known_hosts}"\n'
        f'outgoing = "/{source}/outgoing"\nincoming = "/{source}/incoming"\n'
    )


if __name__ == "__main__":
    main()
