"""`lvws backup` and `lvws restore`: consistent while loads go on, encrypted, drilled, and nobody comes back."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange import cli, embedded
from exchange.database import alone, transaction
from tests.casework import activity_name, an_activity_file, an_event
from tests.crashes.dump import difference, dump
from tests.feeds import CANARIES, a_police_file, a_police_row, a_stranger, police_key, police_name
from tests.operators import Staff
from tests.service import Service, fresh_database, running

COMPARED = ("cms.", "ledger.run", "ledger.disposition", "ledger.finding", "ledger.audit", "vault", "audit's chain")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("case_activity")
        yield made


def with_key(service: Service) -> Path:
    """A recovery key, its public half in the settings."""
    key = service.folder / "recovery.key"
    told = service.lvws("keys", "recovery", str(key), "--yes", "--json")
    assert (told.code, stat.S_IMODE(key.stat().st_mode)) == (0, 0o600), told
    config = service.folder / "lvws.toml"
    config.write_text(config.read_text() + f'[backup]\nfolder = "copies"\nrecipient = "{told.json["recipient"]}"\n')
    return key


def some_days(service: Service) -> None:
    rows = [a_police_row(1), a_stranger(2), a_stranger(3, ho_code="999/99"), a_stranger(4, consent="")]
    service.put("mps", police_name(0, 1), a_police_file(rows))
    service.put(
        "case_activity",
        activity_name(0, 1),
        an_activity_file([an_event(1, referral_source="mps", referral_key=police_key(1))]),
    )
    service.loaded()
    staff = Staff.of(service, "jo")
    assert staff.set("jo", police_key(2), {"phone": "+447700900321"}).code == 0
    service.put("mps", police_name(1, 2), a_police_file([a_police_row(1, record_type="U", station="Bow")]))
    service.loaded()


def backed_up(service: Service) -> Path:
    ran = service.lvws("backup", "--yes", "--json")
    assert (ran.code, ran.err) == (0, ""), ran
    return Path(ran.json["folder"])


@contextlib.contextmanager
def elsewhere(service: Service, server: str) -> Iterator[Service]:
    """The same service on a new machine: an empty home, an empty database, the same settings."""
    with fresh_database(server) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop schema cms cascade")
            connection.execute("drop schema ledger cascade")
        other = Service(service.folder / "other", service.server, url, hosts=dict(service.hosts))
        other.folder.mkdir()
        other.configure("mps")
        yield other


def restored(other: Service, folder: Path, key: Path) -> dict[str, object]:
    ran = other.lvws("restore", str(folder), "--identity", str(key), "--yes", "--json")
    assert (ran.code, ran.err) == (0, ""), ran
    return dict(ran.json)


def test_all_of_it_comes_back_on_another_machine(service: Service, server: str) -> None:
    key = with_key(service)
    some_days(service)
    folder = backed_up(service)
    before = dump(service.database_url, service.home, service.server.root)
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not [mark for mark in CANARIES if mark.encode() in data.lower()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    with elsewhere(service, server) as other:
        told = restored(other, folder, key)
        assert (told["erased"], told["destroyed"], told["purged"]) == (0, 0, 0)
        after = dump(other.database_url, other.home, other.server.root)
        wanted = [place for place in before if place.startswith(COMPARED)]
        lines = difference({place: before[place] for place in wanted}, {place: after[place] for place in wanted})
        assert [line for line in lines if "backup " not in line] == []
        assert other.loaded() == [], "what was there before the backup is known"
        service.put("mps", police_name(2, 3), a_police_file([a_stranger(9)]))
        assert [run["created"] for run in other.loaded()] == [1]
        again = other.lvws("restore", str(folder), "--identity", str(key), "--yes")
        assert (again.code, again.err[:4]) == (2, "E706")


def test_whom_we_forgot_since_does_not_come_back(service: Service, server: str) -> None:
    key = with_key(service)
    some_days(service)
    folder = backed_up(service)
    with psycopg.connect(service.database_url) as connection:
        assert connection.execute("select cms.forget('mps', %s, 'asked')", (police_key(1),)).fetchone() == (True,)
    service.change(
        "update ledger.delivery set received_at = now() - interval '40 days' where delivered_name like 'MPS%%02.csv'"
    )
    service.change("update ledger.run set started_at = now() - interval '40 days' where file like 'MPS%%02.csv'")
    assert service.lvws("purge", "--yes").code == 0
    backed_up(service)
    with elsewhere(service, server) as other:
        told = restored(other, folder, key)
        assert (told["erased"], told["destroyed"]) == (1, 1)
        found = other.rows("select referral_key from cms.referral order by 1")
        assert found == [(police_key(2),), (police_key(4),)]
        for table in ("cms.record", "cms.event", "cms.reported_before", "cms.match_key"):
            assert other.rows(f"select count(*) from {table} t where t::text like %s", f"%{police_key(1)}%") == [(0,)]


def test_a_drill_restores_and_leaves_nothing_behind(service: Service) -> None:
    key = with_key(service)
    some_days(service)
    folder = backed_up(service)
    before = sorted(path.name for path in service.home.parent.iterdir())
    ran = service.lvws("restore", str(folder), "--identity", str(key), "--drill", "--yes")
    assert (ran.code, "It can be restored" in ran.out) == (0, True), ran
    assert sorted(path.name for path in service.home.parent.iterdir()) == before
    assert service.rows("select count(*) from cms.referral") == [(3,)]


def test_a_backup_that_is_not_whole_or_another_key(service: Service, server: str) -> None:
    key = with_key(service)
    some_days(service)
    folder = backed_up(service)
    other_key = service.folder / "other.key"
    service.lvws("keys", "recovery", str(other_key), "--yes")
    with elsewhere(service, server) as other:

        def refused(where: Path, with_what: Path) -> tuple[int, str]:
            ran = other.lvws("restore", str(where), "--identity", str(with_what), "--yes")
            shutil.rmtree(other.home, ignore_errors=True)
            return ran.code, ran.err[:4]

        assert refused(folder, other_key) == (5, "E705")
        assert refused(folder, service.folder / "none.key") == (2, "E703")
        assert refused(service.folder, key) == (5, "E705")
        torn = shutil.copytree(folder, folder.parent / "torn")
        data = (torn / "files.age").read_bytes()
        (torn / "files.age").write_bytes(data[:-10])
        assert refused(torn, key) == (5, "E705")


def test_a_backup_that_was_not_made_is_told(service: Service) -> None:
    assert "backup_old" not in service.lvws("watch", "--json").out, "none is set up"
    assert "no recipient" in service.lvws("doctor").out
    with_key(service)
    (alert,) = service.lvws("watch", "--json").json["alerts"]
    assert (alert["kind"], "not made yet" in alert["says"]) == ("backup_old", True)
    folder = backed_up(service)
    assert service.lvws("watch", "--json").json["alerts"] == []
    assert folder.name in service.lvws("doctor").out
    two_days_ago = folder.stat().st_mtime - 2 * 86_400
    os.utime(folder, (two_days_ago, two_days_ago))
    assert [each["kind"] for each in service.lvws("watch", "--json").json["alerts"]] == ["backup_old"]


def test_nobody_set_a_key(service: Service) -> None:
    ran = service.lvws("backup", "--yes")
    assert (ran.code, ran.err[:4]) == (2, "E703")
    assert not (service.folder / "backups").exists()


def test_one_backup_at_a_time_and_what_a_broken_one_left_is_cleared_away(service: Service) -> None:
    with_key(service)
    first = backed_up(service)
    (first.parent / ".part-0123456789abcdef").mkdir(mode=0o700)
    (first.parent / ".part-0123456789abcdef" / "database.age").write_bytes(b"half")
    (first.parent / ".part-fedcba9876543210").write_bytes(b"half")
    with psycopg.connect(service.database_url) as another, alone(another, "lvws backup", what="The backup"):
        ran = service.lvws("backup", "--yes")
        assert (ran.code, ran.err[:4]) == (6, "E604"), ran
        assert len(list(first.parent.glob(".part-*"))) == 2, "the other one may be writing them"
    second = backed_up(service)
    assert {path.name for path in first.parent.iterdir()} == {first.name, second.name, "forgotten.age"}


def test_a_load_that_goes_on_is_wholly_in_it_or_not_at_all(service: Service, server: str) -> None:
    key = with_key(service)
    some_days(service)
    with psycopg.connect(service.database_url) as loading, transaction(loading, "loading"):
        loading.execute("delete from ledger.disposition")
        folder = backed_up(service)
        with elsewhere(service, server) as other:
            restored(other, folder, key)
            assert other.rows("select count(*) from ledger.disposition") == [(6,)]
        raise psycopg.Rollback


def test_the_embedded_database_is_copied_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a small installation has it: no server of its own."""
    config = tmp_path / "lvws.toml"
    config.write_text('home = "state"\n')
    monkeypatch.setenv("LVWS_CONFIG", str(config))
    assert cli.run(["migrate"]) == 0
    assert cli.run(["keys", "recovery", str(tmp_path / "key"), "--yes"]) == 0
    public = (tmp_path / "key").read_text().split("public half ")[1].split()[0]
    config.write_text(f'home = "state"\n[backup]\nrecipient = "{public}"\n')
    assert cli.run(["backup", "--yes"]) == 0
    (folder,) = (tmp_path / "backups").glob("lvws-*")
    config.write_text(f'home = "again"\n[backup]\nrecipient = "{public}"\n')
    assert cli.run(["restore", str(folder), "--identity", str(tmp_path / "key"), "--yes"]) == 0
    for home in ("state", "again"):
        embedded.stop(tmp_path / home)
