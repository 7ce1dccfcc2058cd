"""Many who press at once: `python -m tests.crashes.racers PROCESSES LVWS_TOML RUN...`; one round a run.

A program of its own without threads, so that it may fork. Prints one JSON document: of each round, what each of the
processes ended with and said.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any

from exchange import cli

# Loaded before anybody forks, so that all of them reach the run at the same moment.
from exchange.cli import rerun_page
from exchange.cms.people import matching
from exchange.operating import rerun

LOADED = (rerun_page, matching, rerun)


def race(processes: int, run: str) -> list[dict[str, Any]]:
    """All at one barrier run the same load again."""
    ready, barrier = os.pipe()
    racers = []
    for _ in range(processes):
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            os.close(barrier)
            os.read(ready, 1)  # ends for all of them when the barrier closes
            os.write(tell, json.dumps(_pressed(run)).encode())
            os._exit(0)
        os.close(tell)
        racers.append((child, told))
    os.close(ready)
    os.close(barrier)
    return [_ended(child, told) for child, told in racers]


def _pressed(run: str) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(["rerun", run, "--accept-quarantine", "--yes", "--json"])
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def _ended(child: int, told: int) -> dict[str, Any]:
    with os.fdopen(told, "rb") as pipe:
        said = json.loads(pipe.read())
    os.waitpid(child, 0)
    return said


if __name__ == "__main__":
    os.environ["LVWS_CONFIG"] = sys.argv[2]
    sys.stdout.write(json.dumps([race(int(sys.argv[1]), run) for run in sys.argv[3:]]) + "\n")
