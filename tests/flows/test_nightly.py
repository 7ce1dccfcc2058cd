"""The nightly flow on a real Prefect server, a real SFTP server and a real PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncssh
import pytest
import time_machine

from exchange import clock, database, demo, stages
from exchange.cli import run_table
from exchange.errors import ArtefactMissing, ServerAway
from exchange.ledger import runs
from exchange.ledger.runs import Run
from exchange.worker import Worker, working
from samples import make, police
from samples.rows import File, Row
from tests.flows.conftest import Prefect, Senders, write_settings
from tests.ssh_keys import known_line

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]

CANARY = "Zebulon-Quagmire"


@pytest.fixture
def nightly(prefect: Prefect, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The flow's module; what is tried again is tried again at once."""
    from flows import nightly, onward

    for task in (
        *(nightly.fetch, nightly.check, nightly.triage, nightly.load, nightly.acknowledge),
        onward.hand_over,
    ):
        monkeypatch.setattr(task, "retry_delay_seconds", 0)
    return nightly


@pytest.fixture
def night(nightly: Any) -> Any:
    """Run a night; its state."""
    return lambda **given: nightly.nightly(**given, return_state=True)


def file(*rows: Row, number: int = 1, source: str = "mps", **changes: Any) -> File:
    name = f"{source.upper()}_LVWS_20190603_{number:06d}.csv"
    return File(source, name, police.MONDAY, number, rows or (police.row(1, "burglary", police.MONDAY),), **changes)


def ledger(senders: Senders) -> list[Run]:
    with database.connect(senders.settings, "reader") as connection:
        return runs.newest_first(connection)


def held(senders: Senders) -> tuple[int, str]:
    with database.connect(senders.settings, "reader") as connection:
        return demo.fingerprint(connection)


def of_prefect(what: str, **asked: Any) -> list[dict[str, Any]]:
    """What the Prefect server answers to a filter."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        answer: list[dict[str, Any]] = client.request("POST", f"/{what}/filter", json=asked).json()
    return answer


def artifacts(state: Any) -> dict[str, Any]:
    """The artifacts of a flow run, by key."""
    flow_run = str(state.state_details.flow_run_id)
    return {
        each["key"]: each["data"] for each in of_prefect("artifacts", artifacts={"flow_run_id": {"any_": [flow_run]}})
    }


def tries(state: Any, task: str) -> dict[str, int]:
    """How often each run of a task under this flow's subflows was tried; the server learns it a moment later."""
    parent = {"parent_flow_run_id": {"any_": [str(state.state_details.flow_run_id)]}}
    for _ in range(100):
        found = of_prefect("task_runs", flow_runs=parent, task_runs={"name": {"like_": task}})
        if found and all(run["state_type"] in {"COMPLETED", "FAILED"} for run in found):
            break
        time.sleep(0.1)
    return {run["name"]: run["run_count"] for run in found}


# --- a night, and the same again -------------------------------------------------------------------


def test_a_night_takes_everything_in_and_the_next_one_changes_nothing(night, senders):
    for sample in make.files():
        senders.put(sample)

    first = night()

    assert first.name == "Failed"  # the samples hold a damaged file, and an operator has to see that
    as_expected = {each["file"]: each for each in (sample.expected() for sample in make.files()) if each["state"]}
    came = f"{len(as_expected)} files, {sum(each['rows'] for each in as_expected.values())} rows"
    assert first.message == f"1 HIGH RISK, NOT PASSABLE; {came}; 1 refused or stopped"
    got = {run.file: {name: getattr(run, name) for name in as_expected[run.file]} for run in ledger(senders)}
    assert {
        name: {**row, "business_date": row["business_date"].isoformat()} for name, row in got.items()
    } == as_expected
    assert "MPS_LVWS_20190603_000101.csv.ack.csv" in senders.got("mps")
    assert "BTP_LVWS_20190605_000052.csv.ack.csv" in senders.got("btp")

    before = held(senders)
    second = night()

    assert (second.name, second.message) == ("Completed", "No new file was there")
    assert held(senders) == before
    assert len(ledger(senders)) == len(as_expected)


def test_the_page_says_what_to_do_first_and_then_what_came(night, senders):
    for sample in make.files():
        senders.put(sample)

    found = artifacts(night())

    page = found["night"]
    todo, came, left = (page.index(heading) for heading in ("## To do", "## What came", "## Left for later"))
    assert todo < came < left
    refused = next(run for run in ledger(senders) if run.state == "refused")
    assert page[todo:came].splitlines()[2].startswith("1. **HIGH RISK, NOT PASSABLE:** line 11 of MPS")
    step = str(run_table.next_step(refused)).split(": ", 1)[1]
    assert page.index("HIGH RISK") < page.index(step) < page.index("5 rows quarantined")
    assert "action\\_fraud: number 403 never came" in page
    assert "COLP\\_LVWS\\_20190606\\_000032.csv is still being written" in page[left:]
    assert [line["created"] for line in json.loads(found["night-files"]) if line["source"] == "mps"] == [15, 8, 0, 8]


def test_broken_rows_alone_do_not_fail_a_night(night, senders):
    rows = [police.row(number, "theft", police.MONDAY) for number in range(1, 6)]
    senders.put(file(*rows, police.row(6, "theft", police.MONDAY, sex="X")))

    state = night()

    assert (state.name, state.message) == ("Completed", "1 file, 6 rows")
    assert "1 row quarantined. See: lvws show" in artifacts(state)["night"]


def test_only_the_sources_and_the_day_that_were_asked_for(night, senders):
    senders.put(file())
    senders.put(file(source="btp"))
    senders.put(replace(file(number=2), day=police.TUESDAY, name="MPS_LVWS_20190604_000002.csv"))

    night(sources=["mps"], day=police.TUESDAY)

    assert [run.file for run in ledger(senders)] == ["MPS_LVWS_20190604_000002.csv"]


# --- what can go wrong -----------------------------------------------------------------------------


def test_a_source_that_is_away_is_tried_again_and_does_not_keep_the_others(night, senders, tmp_path):
    senders.put(file())
    away = replace(senders.server, port=1)
    pinned = senders.server.known_hosts.read_text()
    senders.server.known_hosts.write_text(pinned + pinned.replace(f":{senders.server.port} ", ":1 "))
    servers = {"mps": senders.server, "btp": away}
    write_settings(tmp_path / "lvws.toml", senders.settings, servers)

    state = night()

    assert (state.name, state.message) == ("Failed", "1 file, 1 row; trouble with btp")
    assert [(run.source, run.state) for run in ledger(senders)] == [("mps", "loaded")]
    assert "btp: the server 127.0.0.1:1 did not answer" in artifacts(state)["night"]
    assert tries(state, "fetch") == {"fetch mps": 1, "fetch btp": 3}


def test_another_host_key_is_not_tried_again(night, senders):
    another = asyncssh.generate_private_key("ssh-ed25519")
    senders.server.known_hosts.write_text(known_line(another, senders.server.port))
    senders.put(file())

    state = night(sources=["mps"])

    assert state.name == "Failed"
    assert not ledger(senders)
    assert tries(state, "fetch") == {"fetch mps": 1}
    assert "E501" in artifacts(state)["night"]


def test_a_run_that_another_worker_has_is_no_fault(night, senders, monkeypatch):
    senders.put(file())
    with monkeypatch.context() as away:
        away.setattr(stages, "check", _raising(ServerAway(source="mps", host="h", port=1, doing="testing")))
        night(sources=["mps"])
    (run,) = ledger(senders)
    with working(senders.settings) as other:
        runs.claim(other.connection, run.run, other.number, 300)

        state = night(sources=["mps"])

        assert state.name == "Completed"
        assert f"another worker is at run {run.run}" in artifacts(state)["night"]
    assert night(sources=["mps"]).name == "Completed"
    assert [run.state for run in ledger(senders)] == ["loaded"]


def test_a_lost_artefact_is_made_anew_from_the_file(night, senders, monkeypatch):
    senders.put(file())
    lost = iter([True])

    def load(worker: Worker, run: str, real: Any = stages.load) -> None:
        if next(lost, False):
            raise ArtefactMissing(run=run, stage="triage")
        real(worker, run)

    monkeypatch.setattr(stages, "load", load)

    assert night(sources=["mps"]).name == "Completed"
    assert [run.state for run in ledger(senders)] == ["loaded"]


# --- no person in Prefect --------------------------------------------------------------------------


def _raising(failure: Exception) -> Any:
    def fail(*_given: Any) -> None:
        raise failure

    return fail


def _raising_inside(*_given: Any) -> None:
    """One of ours, raised while a library's error with a record in it is being handled."""
    try:
        int(CANARY)
    except ValueError:
        raise ArtefactMissing(run="r", stage="check") from None


LIBRARY_S = _raising(ValueError(f"invalid literal: {CANARY!r}"))


@pytest.mark.parametrize(
    ("stage", "fail"),
    [
        ("fetch", LIBRARY_S),
        ("check", LIBRARY_S),
        ("triage", LIBRARY_S),
        ("load", LIBRARY_S),
        ("acknowledge", LIBRARY_S),
        ("check", _raising_inside),
    ],
)
def test_what_a_library_says_of_a_person_reaches_nothing_of_prefect_s(
    night, senders, prefect, monkeypatch, capfd, caplog, stage, fail
):
    senders.put(file(police.row(1, "theft", police.MONDAY, surname=CANARY)))
    monkeypatch.setattr(stages, stage, fail)

    state = night(sources=["mps"])

    assert state.name == "Failed"
    page = artifacts(state)["night"]
    assert ("ValueError at test\\_nightly.py" in page) or "E607" in page
    time.sleep(0.5)  # logs are sent every 0.1 seconds
    written = capfd.readouterr()
    assert CANARY not in written.out + written.err + caplog.text + page + str(state)
    assert CANARY.encode() not in prefect.bytes_kept()


def test_people_in_good_broken_and_excluded_rows_reach_nothing_of_prefect_s(night, senders, prefect, capfd, caplog):
    monday = police.MONDAY
    senders.put(
        file(
            police.row(1, "theft", monday, surname=CANARY),
            police.row(2, "theft", monday, surname=CANARY, sex=CANARY, mobile=CANARY),
            police.row(3, "theft", monday, surname=CANARY, opted_out="Y"),
            Row(police.made(4, "theft", monday, surname=CANARY, officer=CANARY), drop="forename"),
        )
    )

    state = night(sources=["mps"])

    assert state.message == "1 file, 4 rows"
    time.sleep(0.5)
    written = capfd.readouterr()
    assert CANARY not in written.out + written.err + caplog.text
    kept = prefect.bytes_kept()
    assert b"MPS" in kept  # it is searched where it would be
    assert CANARY.encode() not in kept


def test_prefect_keeps_no_result_and_no_pickle(night, senders, prefect, monkeypatch):
    """Not of what flows return, nor of what they raise; it would be a pickle that all may read (hazards F89)."""
    senders.put(file())
    with monkeypatch.context() as broken:
        broken.setattr("flows.desk.working", LIBRARY_S)
        assert night(sources=["mps"]).name == "Failed"
    assert night(sources=["mps"]).name == "Completed"
    monkeypatch.setenv("LVWS_CONFIG", "/nowhere/lvws.toml")
    state = night()
    assert (state.name, state.message[:4]) == ("Failed", "E202")

    storage = prefect.home / "storage"
    assert not storage.exists() or not list(storage.iterdir())


# --- people handed to other services ---------------------------------------------------------------


def test_people_are_handed_over_after_all_sources_and_prefect_learns_counts_alone(night, senders, prefect, tmp_path):
    from pyrage import x25519

    name, key = "national_homicide_service", x25519.Identity.generate()
    for folder in ("outgoing", "incoming"):
        (senders.server.root / name / folder).mkdir(parents=True)
    settings_of_the_others(tmp_path, senders, name, age_recipient=str(key.to_public()))
    murder = {"ho_code": "001/01", "offence_title": "Murder", "consent": "Y", "surname": CANARY}
    senders.put(file(*(police.row(number, "burglary", police.MONDAY, **murder) for number in (1, 2))))

    first = night()

    (came,) = senders.got(name)
    assert came.startswith(f"ONWARD_{name}_")
    assert (first.name, first.message) == ("Completed", "1 file, 2 rows")
    assert f"{name.replace('_', chr(92) + '_')}: 2 people sent, 0 received." in artifacts(first)["night"]

    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        overdue = night()
    assert (overdue.name, overdue.message) == ("Failed", "1 alert about onward referrals; 0 files, 0 rows")
    assert "no receipt for 2 people sent since" in artifacts(overdue)["night"]
    assert CANARY.encode() not in prefect.bytes_kept()


def settings_of_the_others(folder: Any, senders: Senders, name: str, **more: str) -> None:
    """The settings of all senders, with a service beside them."""
    config = folder / "lvws.toml"
    write_settings(folder / "other.toml", senders.settings, {name: senders.server}, **more)
    block = (folder / "other.toml").read_text().partition("[sftp")[1:]
    config.write_text(config.read_text() + "".join(block))
