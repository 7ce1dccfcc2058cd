"""How long a program runs and how much memory it takes, with PostgreSQL's beside it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_EVERY: Final = 0.05  # seconds between two looks at the program; PostgreSQL is looked at every tenth time
_MB: Final = 1024 * 1024


class Failed(Exception):
    """The program did not end well; the text is what it said."""


@dataclass(frozen=True)
class Watched:
    """One run: wall seconds, peak memory in MB (resident; PostgreSQL's processes by their share), and its output."""

    seconds: float
    started_at: float
    peak_mb: float
    postgres_mb: float | None
    cpu_seconds: float
    output: str


@dataclass
class _Peak:
    mb: float = 0
    postgres_mb: float = 0


def watch(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, postgres_pid: int | None = None
) -> Watched:
    """Run a program to its end. Raises Failed when its exit code is not 0."""
    output = folder / "output"
    before = os.times()
    with output.open("wb") as file:
        started_at, started = time.time(), time.monotonic()  # noqa: TID251 - compared with the times in its log
        process = subprocess.Popen(command, env=dict(environment), cwd=folder, stdout=file, stderr=file)
        with peak_of(process.pid, postgres_pid) as peak:
            code = process.wait()
        seconds = time.monotonic() - started
    after = os.times()
    said = output.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        raise Failed(f"exit {code}: {said[-3000:]}")
    return Watched(
        seconds=seconds,
        started_at=started_at,
        peak_mb=peak.mb,
        postgres_mb=peak.postgres_mb or None,
        cpu_seconds=after.children_user + after.children_system - before.children_user - before.children_system,
        output=said,
    )


@contextlib.contextmanager
def peak_of(pid: int, postgres_pid: int | None) -> Iterator[_Peak]:
    """Look at a program and what it started, again and again, as long as the block lasts."""
    peak, over = _Peak(), threading.Event()

    def look() -> None:
        count = 0
        while not over.wait(_EVERY):
            peak.mb = max(peak.mb, _resident(pid))
            if postgres_pid is not None and count % 10 == 0:
                peak.postgres_mb = max(peak.postgres_mb, _shares(postgres_pid))
            count += 1

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _resident(pid: int) -> float:
    """MB of a program and its children; of the program itself the system's own high-water mark, if that is more."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        total = sum(_of(process) for process in [first, *first.children(recursive=True)])
    return max(total, _high_water(pid))


def _of(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss) / _MB
    return 0.0


def _high_water(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _shares(pid: int) -> float:
    """MB of a server and its processes, shared memory counted once (PSS)."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        for process in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += float(process.memory_full_info().pss) / _MB
    return total
