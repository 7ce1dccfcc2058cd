"""Trials side by side: each lane is a fork that does its share of the works and tells what it found."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Sequence


def in_lanes(works: Sequence[Callable[[], list[str]]], lanes: int) -> list[str]:
    """Do all works, side by side in so many forks; the lines that they return."""
    pipes = []
    for lane in range(lanes):
        read, write = os.pipe()
        if not os.fork():
            lines: list[str] = []
            try:
                for work in works[lane::lanes]:
                    lines += work()
            except Exception:  # noqa: BLE001 - told to whoever waits for this lane
                lines.append(f"the sweep itself failed: {traceback.format_exc()}")
            with os.fdopen(write, "w") as pipe:
                json.dump(lines, pipe)
            os._exit(0)
        os.close(write)
        pipes.append(read)
    found: list[str] = []
    for read in pipes:
        with os.fdopen(read) as pipe:
            found += json.load(pipe)
        os.wait()
    return found
