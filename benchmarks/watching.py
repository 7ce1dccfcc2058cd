"""How long a program runs and how much memory it takes, with PostgreSQL's beside it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

_EVERY: Final = 0.05  # seconds between two looks; at PostgreSQL's memory every tenth time, because it is slow
_MB: Final = 1024 * 1024


class Failed(Exception):
    """The program did not end well; the text is what it said."""


@dataclass(frozen=True)
class Watched:
    """One run: seconds by the wall and of CPU, peak memory in MB, its start (seconds since 1970), and what it said.

    Memory is resident memory; of PostgreSQL's processes their share, so that shared memory counts once.
    """

    seconds: float
    cpu_seconds: float
    postgres_cpu_seconds: float
    peak_mb: float
    postgres_mb: float
    started_at: float
    output: str


@dataclass
class _Seen:
    """What was seen so far; CPU seconds by process, since PostgreSQL's come and go."""

    mb: float = 0
    postgres_mb: float = 0
    cpu: dict[int, float] = field(default_factory=dict)


def watch(command: Sequence[str], *, environment: Mapping[str, str], folder: Path, postgres_pid: int) -> Watched:
    """Run a program to its end. Raises Failed when its exit code is not 0."""
    output = folder / "output"
    before, postgres_before = os.times(), _cpu(postgres_pid)
    with output.open("wb") as file:
        started_at, started = time.time(), time.monotonic()  # noqa: TID251 - compared with the times in its log
        process = subprocess.Popen(command, env=dict(environment), cwd=folder, stdout=file, stderr=file)
        with _looking(process.pid, postgres_pid) as seen:
            code = process.wait()
        seconds = time.monotonic() - started
    after = os.times()
    said = output.read_text(encoding="utf-8")
    if code != 0:
        raise Failed(f"exit {code}: {said[-3000:]}")
    return Watched(
        seconds=seconds,
        cpu_seconds=after.children_user + after.children_system - before.children_user - before.children_system,
        postgres_cpu_seconds=sum(spent - postgres_before.get(pid, 0) for pid, spent in seen.cpu.items()),
        peak_mb=seen.mb,
        postgres_mb=seen.postgres_mb,
        started_at=started_at,
        output=said,
    )


@contextlib.contextmanager
def _looking(pid: int, postgres_pid: int) -> Iterator[_Seen]:
    """Look at a program, what it started and PostgreSQL, again and again, as long as the block lasts."""
    seen, over = _Seen(), threading.Event()

    def look() -> None:
        count = 0
        while not over.wait(_EVERY):
            seen.mb = max(seen.mb, _resident(pid))
            seen.cpu |= _cpu(postgres_pid)
            if count % 10 == 0:
                seen.postgres_mb = max(seen.postgres_mb, _shares(postgres_pid))
            count += 1

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _family(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def _resident(pid: int) -> float:
    """MB of a program and its children; of the program itself the system's own high-water mark, if that is more."""
    total = 0.0
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss / _MB
    return max(total, _high_water(pid))


def _high_water(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _cpu(pid: int) -> dict[int, float]:
    """CPU seconds so far of a server's processes."""
    spent: dict[int, float] = {}
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent[process.pid] = times.user + times.system
    return spent


def _shares(pid: int) -> float:
    """MB of a server and its processes, shared memory counted once (PSS)."""
    total = 0.0
    for process in _family(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss / _MB
    return total
