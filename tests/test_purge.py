"""Past its period a raw file cannot be opened by anybody, and what was made of it stays (interfaces: command-line, purge)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange import filekeys
from exchange.errors import KeyDestroyed
from exchange.intake import vault
from tests.feeds import CANARIES, a_police_file, a_police_row, police_name
from tests.intake import sealed
from tests.service import Service, running

NAME = police_name(0, 1)
DATA = a_police_file([a_police_row(1), a_police_row(2, ho_code="")])


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def days_pass(service: Service, days: int) -> None:
    """All that the ledger has noted so far lies so many days further back."""
    with psycopg.connect(service.database_url) as connection:
        for change in (
            "update ledger.delivery set received_at = received_at - make_interval(days => %s)",
            "update ledger.run set started_at = started_at - make_interval(days => %s)",
            "update ledger.run set ended_at = ended_at - make_interval(days => %s)",
        ):
            connection.execute(change, (days,))


def loaded(service: Service) -> tuple[str, str]:
    """One loaded file; its run and its content."""
    service.put("mps", NAME, DATA)
    (run,) = service.loaded()
    return run["run"], service.lvws("show", run["run"], "--json").json["sha256"]


def test_before_its_period_is_over_nothing_goes(service: Service) -> None:
    _, content = loaded(service)
    days_pass(service, 29)
    ran = service.lvws("purge", "--json", "--yes")
    assert (ran.code, ran.json) == (0, {"raw": 0, "quarantine": 0, "exports": 0, "kept_open": 0})
    with vault.open_raw(service.home, content) as file:
        assert file.read() == DATA


def test_past_its_period_no_byte_of_the_raw_file_opens_and_the_referrals_stay(service: Service) -> None:
    run, content = loaded(service)
    folder = service.home / "vault" / content
    wrapped = [path.read_bytes() for path in filekeys.wrapped(folder).values()]
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"raw.age", f"checked-{run}.age"} <= kept.keys()
    before = service.rows("select * from cms.referral")
    days_pass(service, 31)
    ran = service.lvws("purge", "--json", "--yes")
    assert (ran.code, ran.json) == (0, {"raw": 1, "quarantine": 0, "exports": 0, "kept_open": 0})

    assert not folder.exists()
    everything = [path.read_bytes() for path in service.home.rglob("*") if path.is_file()]
    assert not [data for data in everything for key in wrapped if key in data]
    # Whoever kept the ciphertext has no key for it any more.
    folder.mkdir(mode=0o700)
    for name, data in kept.items():
        if not name.startswith("key."):
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)
    with pytest.raises(KeyDestroyed):
        vault.open_raw(service.home, content)
    with pytest.raises(KeyDestroyed):
        vault.open_artefact(service.home, content, f"checked-{run}")

    assert service.rows("select * from cms.referral") == before
    assert service.outcomes(run) == [(2, "created", None), (3, "quarantined", "ho_code_blank")]


def test_the_trace_ends_at_hash_and_line(service: Service) -> None:
    run, content = loaded(service)
    days_pass(service, 31)
    service.lvws("purge", "--yes")
    page = service.lvws("show", run, "--json").json
    assert (page["sha256"], page["rows"], page["created"]) == (content, 2, 1)
    assert page["raw_destroyed_at"]
    assert page["findings"] == [{"rule": "ho_code_blank", "column": "ho_code", "rows": 1, "first_lines": [3]}]
    shown = service.lvws("show", run).out
    assert content in shown
    assert "raw bytes destroyed" in shown
    assert not [mark for mark in CANARIES if mark in shown.lower()]


def test_quarantined_rows_stay_for_longer_than_their_file(service: Service) -> None:
    run, _ = loaded(service)
    days_pass(service, 31)
    service.lvws("purge", "--yes")
    with vault.open_artefact(service.home, f"quarantine-{run}", "rows") as file:
        assert file.read()
    days_pass(service, 60)
    assert service.lvws("purge", "--json", "--yes").json == {"raw": 0, "quarantine": 1, "exports": 0, "kept_open": 0}
    with pytest.raises(KeyDestroyed):
        vault.open_artefact(service.home, f"quarantine-{run}", "rows")


def test_a_second_purge_finds_nothing_and_the_first_is_in_the_audit(service: Service) -> None:
    run, content = loaded(service)
    days_pass(service, 91)
    assert service.lvws("purge", "--json", "--yes").json == {"raw": 1, "quarantine": 1, "exports": 0, "kept_open": 0}
    assert service.lvws("purge", "--json", "--yes").json == {"raw": 0, "quarantine": 0, "exports": 0, "kept_open": 0}
    assert "Nothing was to be destroyed" in service.lvws("purge").out
    assert service.rows(
        "select what, run, detail->>'content' from ledger.audit where what like '%%destroyed' order by 1"
    ) == [
        ("quarantined rows destroyed", run, None),
        ("raw file destroyed", None, content),
    ]


def test_a_run_that_is_open_keeps_its_file_and_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange import stages

    monkeypatch.setattr(stages, "load", lambda worker, run: None)
    service.put("mps", NAME, DATA)
    assert [run["state"] for run in service.ingest().runs] == ["open"]
    monkeypatch.undo()
    days_pass(service, 91)
    assert service.lvws("purge", "--json", "--yes").json == {"raw": 0, "quarantine": 0, "exports": 0, "kept_open": 1}
    assert "1 files are past their period and kept" in service.lvws("purge", "--yes").out
    assert [run["state"] for run in service.loaded()] == ["loaded"]


def test_a_repeat_does_not_bring_a_purged_file_back(service: Service) -> None:
    _, content = loaded(service)
    days_pass(service, 31)
    service.lvws("purge", "--yes")
    ours = sealed.public_part(service.home, "intake-age")
    service.put("mps", police_name(1, 2), DATA)
    service.put("mps", f"{NAME}.age", sealed.age(DATA, to=ours))
    assert [run["state"] for run in service.loaded()] == ["repeat", "repeat"]
    assert not vault.exists(service.home, content)
    with pytest.raises(KeyDestroyed):
        vault.open_raw(service.home, content)
    assert service.lvws("purge", "--json", "--yes").json == {"raw": 0, "quarantine": 0, "exports": 0, "kept_open": 0}


def test_purge_asks_and_where_nobody_answers_it_does_nothing(service: Service) -> None:
    _, content = loaded(service)
    days_pass(service, 31)
    ran = service.lvws("purge")
    assert ran.code == 2
    assert "E204" in ran.err
    assert vault.exists(service.home, content)


def test_a_purge_that_was_cut_short_is_finished_by_the_next(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange.ledger import retention

    _, content = loaded(service)
    days_pass(service, 31)
    monkeypatch.setattr(retention.audit, "record", lambda *args, **facts: 1 / 0)
    assert service.lvws("purge", "--yes").code == 1
    monkeypatch.undo()
    assert service.lvws("purge", "--json", "--yes").json["raw"] == 1
    assert service.rows("select destroyed_at is not null from ledger.content") == [(True,)]
    assert not vault.exists(service.home, content)
