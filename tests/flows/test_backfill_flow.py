"""A backfill in parallel: by processes of this machine, and on a Dask cluster of two workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds import CANARIES, a_police_file, a_stranger, on, police_name
from tests.flows.conftest import Prefect
from tests.service import Service, running

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]


@pytest.fixture
def service(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        monkeypatch.setenv("LVWS_CONFIG", str(made.folder / "lvws.toml"))
        for day in range(0, 90, 15):
            made.put("mps", police_name(day, day + 1), a_police_file([a_stranger(100 * day + n) for n in range(3)]))
        yield made


def run(**more: Any) -> tuple[str, str]:
    from flows.backfill import backfill

    ended = backfill(on(0), on(90), return_state=True, **more)
    return ended.type.value, ended.message


def loaded(service: Service) -> list[tuple[Any, ...]]:
    return service.rows("select count(*), sum(created) from ledger.run where state = 'loaded'")


def test_by_processes_of_this_machine(prefect: Prefect, service: Service) -> None:
    assert run(workers=2)[0] == "COMPLETED"
    assert loaded(service) == [(6, 18)]
    assert run(workers=2)[0] == "COMPLETED"
    assert loaded(service) == [(6, 18)]
    assert service.rows("select count(*) from cms.matching where done_at is null") == [(0,)]
    kept = prefect.bytes_kept().lower()
    assert not [mark for mark in CANARIES if mark.encode() in kept]


def test_on_a_dask_cluster(prefect: Prefect, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        monkeypatch.setenv("LVWS_DASK_ADDRESS", cluster.scheduler_address)
        assert run()[0] == "COMPLETED"
    assert loaded(service) == [(6, 18)]
    workers = service.rows("select count(distinct worker_id) from ledger.run")
    assert workers[0][0] >= 2
