"""The watch on a real Prefect server: it tells once, its page is the night's picture, and Prefect holds no person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from exchange import clock
from exchange.clock import LONDON
from tests.feeds import CANARIES, a_police_file, a_stranger, police_name
from tests.flows.conftest import Prefect
from tests.places import route, webhook
from tests.service import Service, running

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]


@pytest.fixture
def service(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        monkeypatch.setenv("LVWS_CONFIG", str(made.folder / "lvws.toml"))
        yield made


def run(moment: Any) -> tuple[str, str]:
    from flows.watch import watch

    with time_machine.travel(moment, tick=True):
        ended = watch(return_state=True)
    return ended.type.value, ended.message


def page() -> str:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort

    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["status"])),
            sort=ArtifactSort.CREATED_DESC,
            limit=1,
        )
    return str(found[0].data)


def test_a_look_round_by_prefect(prefect: Prefect, service: Service) -> None:
    service.put(
        "mps", police_name(0, 1), a_police_file([a_stranger(1), a_stranger(2, da_flag="Y", dash_risk="H", consent="")])
    )
    service.loaded()
    tomorrow = datetime.combine(clock.today() + timedelta(days=1), time(12), LONDON)
    with webhook() as duty:
        route(service, "duty", duty.url)
        assert run(tomorrow) == ("COMPLETED", "2 alerts")
        assert run(tomorrow) == ("COMPLETED", "2 alerts")
        assert len(duty.got) == 1
        duty.refuses = True
        service.change("delete from ledger.alert_told")
        assert run(tomorrow) == ("FAILED", "2 alerts, 1 failure")
    told = page()
    assert told.index("high risk and not passable") < told.index("## 2 alerts") < told.index("## Sources")
    assert "`lvws not-passable list`" in told
    assert "late: " in told
    kept = prefect.bytes_kept().lower()
    assert not [mark for mark in CANARIES if mark.encode() in kept]


def test_the_watch_when_nothing_is_wrong(prefect: Prefect, service: Service) -> None:
    service.loaded()
    assert run(clock.now()) == ("COMPLETED", "nothing is wrong")
    assert page().startswith("## Nothing waits for anybody\n")
