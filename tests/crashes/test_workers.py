"""Several workers and one run: whoever dies, meets another or wakes up late, each row is loaded once (hazards F44 to F46)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds import a_police_file, a_police_row, police_name
from tests.repository import ROOT
from tests.service import Service, running

ROWS = 30


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.put("mps", police_name(0, 1), a_police_file([a_police_row(number) for number in range(ROWS)]))
        yield made


def play(scene: str, service: Service) -> dict[str, Any]:
    program = [sys.executable, "-m", "tests.crashes.workers", scene, str(service.folder / "lvws.toml")]
    done = subprocess.run(
        program, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def loaded_once(service: Service) -> bool:
    return (
        service.rows("select state, rows, created from ledger.run") == [("loaded", ROWS, ROWS)]
        and service.rows("select count(*), count(distinct referral_key) from cms.referral") == [(ROWS, ROWS)]
        and service.rows("select count(*) from ledger.disposition") == [(ROWS,)]
        and service.rows("select what from ledger.audit") == [("run loaded",)]
        and service.there("mps", "incoming") == {f"{police_name(0, 1)}.ack.csv"}
    )


def test_the_next_takes_a_dead_worker_s_run_at_once_and_not_after_its_lease(service: Service) -> None:
    told = play("dies_with_its_claim", service)
    assert (told["dead"], told["next"]) == (-9, 0)
    assert told["seconds"] < 30  # the lease is 300
    assert loaded_once(service)


def test_workers_that_meet_load_each_row_once_and_may_say_that_they_are_busy(service: Service) -> None:
    told = play("meets_another", service)
    assert set(told["codes"]) <= {0, 6}
    assert 0 in told["codes"]
    assert told["next"] == 0
    assert loaded_once(service)


def test_a_paused_worker_without_its_connection_writes_nothing_when_it_goes_on(service: Service) -> None:
    told = play("is_paused_in_its_load", service)
    assert (told["other"], told["slow"]) == (0, 4)
    assert loaded_once(service)


def test_a_paused_worker_whose_run_was_taken_over_writes_nothing_when_it_goes_on(service: Service) -> None:
    told = play("is_paused_past_its_lease", service)
    assert (told["other"], told["slow"]) == (0, 6)
    assert loaded_once(service)
