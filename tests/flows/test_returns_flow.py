"""The flow of the returns on a real Prefect server: built when due, delivered when approved, received; once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine

from exchange import database
from exchange.errors import ServerAway
from exchange.settings import Settings
from tests.flows.conftest import Prefect
from tests.operators import Staff
from tests.returns import JUNE, Mopac, save
from tests.service import Service, running
from tests.test_returns_due import loaded

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]

V1, QUARTER, SHEET = f"monthly-{JUNE}-v1", "quarterly-2019-20Q1-v1", "idva-2019-20Q1-v1"
ALL = (("monthly", JUNE), ("quarterly", "2019-20Q1"), ("idva", "2019-20Q1"))


@pytest.fixture
def service(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        Mopac(made)
        monkeypatch.setenv("LVWS_CONFIG", str(made.folder / "lvws.toml"))
        loaded(database_url, date(2019, 6, 3))
        yield made


@pytest.fixture
def returns(prefect: Prefect, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The flow's module, with the tests' own build."""
    from flows import returns

    def build(settings: Settings, name: str, period: str) -> Any:
        with database.connect(settings, "loader") as connection:
            return save(settings, connection, {"total": 5}, name=name, period=period)

    monkeypatch.setattr(returns, "built", build)
    for task in (returns.build, returns.deliver, returns.receive):
        monkeypatch.setattr(task, "retry_delay_seconds", 0)
    return returns


def run(returns: Any, day: str) -> tuple[str, str]:
    """One start of the flow at nine on a day: its state's type and message."""
    with time_machine.travel(f"{day}T08:00:00Z", tick=True):
        ended = returns.returns(return_state=True)
    return ended.type.value, ended.message


def test_a_return_goes_its_way_from_day_to_day(returns: Any, service: Service) -> None:
    from flows import returns_page

    mopac, staff = Mopac(service), Staff.of(service, "jo", "sam")
    assert run(returns, "2019-07-10") == ("COMPLETED", "Nothing was due")
    told = f"{SHEET}, {V1}, {QUARTER} wait for approval"
    assert run(returns, "2019-07-11") == ("FAILED", f"{told}; built {V1}, {QUARTER}, {SHEET}")
    assert run(returns, "2019-07-11") == ("FAILED", told)
    assert run(returns, "2019-07-12") == ("FAILED", told)
    with database.connect(service.settings, "reader") as connection:
        waiting = returns_page.Day(versions=returns.versions.versions(connection))
    page = returns_page.markdown(date(2019, 7, 12), waiting)
    assert "other than jo: `lvws returns approve monthly --period 2019-06`\n" in page, "a command to copy"
    assert f"| {V1} | draft | jo | waits for approval by somebody other than jo |" in page
    with time_machine.travel("2019-07-12T09:00:00Z", tick=True):
        for name, period in ALL:
            assert staff.lvws("sam", "returns", "approve", name, "--period", period, "--yes").code == 0
    assert mopac.files() == {}
    assert run(returns, "2019-07-13") == ("COMPLETED", f"delivered {SHEET}, {V1}, {QUARTER}")
    assert len(mopac.files()) == 12
    with time_machine.travel("2019-07-13T09:00:00Z", tick=True):
        mopac.receipt(V1)
    assert run(returns, "2019-07-15") == ("COMPLETED", f"received {V1}")
    assert run(returns, "2019-07-15") == ("COMPLETED", "Nothing was due")
    kind, message = run(returns, "2019-07-17")  # delivered on a Saturday: Tuesday was the last day
    assert (kind, message) == ("FAILED", "2 receipts overdue")

    with time_machine.travel("2019-07-17T09:00:00Z"), database.connect(service.settings, "reader") as connection:
        day = returns_page.Day(versions=returns.versions.versions(connection))
        page = returns_page.markdown(date(2019, 7, 17), day)
    assert "2. quarterly-2019-20Q1-v1: no receipt from MOPAC since it was delivered on 2019-07-13 09:00." in page
    assert "| monthly-2019-06-v1 | receipted | jo | nothing: it was received |" in page


def test_one_that_fails_does_not_keep_the_others(returns: Any, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    build = returns.built

    def sometimes(settings: Settings, name: str, period: str) -> Any:
        if name == "monthly":
            raise ValueError("Zebulon-Quagmire")
        return build(settings, name, period)

    monkeypatch.setattr(returns, "built", sometimes)
    kind, message = run(returns, "2019-07-11")
    assert (kind, message) == ("FAILED", f"{SHEET}, {QUARTER} wait for approval; 1 failure; built {QUARTER}, {SHEET}")
    monkeypatch.setattr(returns, "built", build)
    assert run(returns, "2019-07-12")[1] == f"{SHEET}, {V1}, {QUARTER} wait for approval; built {V1}"


def test_a_receiver_that_is_away_is_a_failure_and_the_next_day_delivers(returns: Any, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    mopac, staff = Mopac(service), Staff.of(service, "jo", "sam")
    run(returns, "2019-07-11")
    with time_machine.travel("2019-07-11T09:00:00Z", tick=True):
        for name, period in ALL:
            staff.lvws("sam", "returns", "approve", name, "--period", period, "--yes")
    real = returns.delivering._send

    def away(*_: Any) -> None:
        raise ServerAway(source="mopac", host="h", port=1, doing="writing a file")

    monkeypatch.setattr(returns.delivering, "_send", away)
    kind, message = run(returns, "2019-07-12")
    assert kind == "FAILED"
    assert message.startswith("1 failure")
    monkeypatch.setattr(returns.delivering, "_send", real)
    assert run(returns, "2019-07-13") == ("COMPLETED", f"delivered {SHEET}, {V1}, {QUARTER}")
    assert len(mopac.files()) == 12


def test_prefect_learns_no_figure_and_no_word_of_a_fault(returns: Any, service: Service, prefect: Prefect, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def fault(*_: Any) -> Any:
        raise ValueError("Zebulon-Quagmire")

    monkeypatch.setattr(returns, "built", fault)
    run(returns, "2019-07-11")
    assert b"Zebulon" not in prefect.bytes_kept()
