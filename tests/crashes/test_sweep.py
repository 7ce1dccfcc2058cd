"""kill -9 at every labelled point, then `lvws ingest`: as if nothing had happened. And the sweep itself is tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.repository import ROOT, python_files

# Where one stage has ended and the next has not begun.
BOUNDARIES = {"worker.enlisted", "fetch.registered", "check.done", "triage.done", "load.committed", "acknowledge.noted"}
BOUNDARIES |= {"match.started", "match.part_done"}
BOUNDARIES |= {"onward.queued", "onward.receipt_noted", "onward.noted"}
STAGES = ("fetch", "check", "triage", "load", "acknowledge", "match", "onward")

# Events that a night without damage has not: a new start after a lost artefact, and what `lvws purge` does.
NOT_OF_A_NIGHT = {"run.started_over", "purge.content_destroyed", "purge.quarantine_destroyed"}


def sweep(server: str, *options: str) -> str:
    program = [sys.executable, "-m", "tests.crashes.sweep", *options]
    environ = {**os.environ, "LVWS_TEST_SERVER": server}
    done = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_killed_at_any_point_a_second_run_ends_like_an_undisturbed_one(server: str) -> None:
    told = sweep(server)
    points = set(re.search(r"labelled points: (.*)", told)[1].split(", "))
    assert len(points) >= 20
    assert points >= BOUNDARIES
    inside = {stage: {point for point in points - BOUNDARIES if point.startswith(stage)} for stage in STAGES}
    assert all(len(found) >= 2 for found in inside.values()), inside
    assert points == events_of_the_program() - NOT_OF_A_NIGHT


def test_programs_that_are_broken_on_purpose_are_caught(server: str) -> None:
    assert sweep(server, "--broken").count("caught: ") >= 5


def events_of_the_program() -> set[str]:
    """Every event that a stage can log: each of them is a labelled point."""
    folders = ("exchange/intake", "exchange/ledger", "exchange/cms", "exchange/onward")
    alone = ("stages.py", "by_row.py", "by_statement.py", "worker.py")
    paths = [*python_files(folders), *(ROOT / "exchange" / name for name in alone)]
    return {name for path in paths for name in re.findall(r'logs\.event\(\s*"([a-z_.]+)"', path.read_text("utf-8"))}
