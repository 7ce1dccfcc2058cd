"""Many people press at once: one load is done by one of them, and the others are told who has it or who did it when.

Five rounds of eight; more by command: LVWS_RACE=50x20 pytest tests/test_rerun_race.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import a_police_file, a_stranger, police_name
from tests.repository import ROOT
from tests.service import Service, running

ROUNDS, PROCESSES = map(int, os.environ.get("LVWS_RACE", "5x8").split("x"))
SOUND, BROKEN = 3, 12


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def test_one_does_it_and_the_others_are_told(service: Service) -> None:
    for round_ in range(ROUNDS):
        numbers = range(100 * round_, 100 * round_ + SOUND + BROKEN)
        rows = [a_stranger(n, **({"ho_code": "999/99"} if n - numbers[0] < BROKEN else {})) for n in numbers]
        service.put("mps", police_name(round_, round_ + 1), a_police_file(rows))
    stopped = [each["run"] for each in service.ingest().runs]
    assert len(stopped) == ROUNDS

    program = [sys.executable, "-m", "tests.crashes.racers", str(PROCESSES), str(service.folder / "lvws.toml")]
    done = subprocess.run([*program, *stopped], cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    for run, racers in zip(stopped, json.loads(done.stdout), strict=True):
        assert len(racers) == PROCESSES
        busy = [each for each in racers if each["code"] == 6]
        ended = [json.loads(each["out"])["runs"][0] for each in racers if each["code"] == 0]
        assert len(busy) + len(ended) == PROCESSES, [each for each in racers if each["code"] not in {0, 6}]
        assert [each["already"] for each in ended].count(False) == 1, "one does it"
        assert all(each["state"] == "loaded" and each["by"] and each["at"] for each in ended)
        assert all(f"E604 run {run} is being worked on by " in each["err"] for each in busy)
    of_each = [("loaded", SOUND, BROKEN, 1)]
    assert service.rows("select distinct state, created, quarantined, attempt from ledger.run") == of_each
    assert service.rows("select count(*), count(distinct referral_key) from cms.referral") == [(SOUND * ROUNDS,) * 2]
    loads = service.rows("select count(*) from ledger.audit where what = 'run loaded' group by run")
    assert loads == [(1,)] * ROUNDS
