"""A canary person on every failing path: nowhere but where people's records may be (DESIGN section 4, hazards F36, F91).

Looked through at every event of a run and after it: every file under the home, temporary files, the command lines of
all processes. After it also: what the command printed, what any library logged, every table but those of referrals,
what senders got back, and PostgreSQL's own log.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest

from docs.generate.rules import examples
from exchange import logs
from exchange.intake import checking
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import (
    CANARIES,
    POLICE_COLUMNS,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_police_row,
    a_trailer,
    fraud_name,
    police_key,
    police_name,
)
from tests.intake import sealed
from tests.onward import HOMICIDE, NATIONAL, Other
from tests.servers import Faults
from tests.service import SOUND, Ran, Service, another, running
from validators import checks, engine

# Tables that hold records; every other one has to be free of them.
MAY_HOLD = {"cms.record", "cms.referral", "cms.proposal", "cms.staff_value", "cms.safe_contact", "cms.step"}
NAME = police_name(0, 1)
ONE = a_police_file([a_police_row(1)])

Start = Callable[..., Service]


def marks(text: str | bytes) -> list[str]:
    """The canaries that show in a text."""
    plain = text.lower() if isinstance(text, str) else text.lower().decode("latin-1")
    return [mark for mark in CANARIES if mark in plain]


class Watch:
    """Looks everywhere, and remembers where a canary showed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.seen: list[str] = []

    def look(self, *_: object, **__: object) -> None:
        """At files and processes, in the middle of things."""
        for root in (self.folder / "state", self.temporary):
            for path in root.rglob("*"):
                try:
                    found = marks(path.read_bytes()) if path.is_file() else []
                except FileNotFoundError:
                    continue  # swept or renamed while we looked
                self.note(str(path), found)
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            try:
                told = " ".join(process.cmdline())
            except psutil.Error:
                continue
            self.note("command line", marks(told))

    def note(self, where: str, found: list[str]) -> None:
        if found:
            self.seen.append(f"{where}: {found}")


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Watch:
    made, write = Watch(tmp_path), logs.event
    monkeypatch.setattr(tempfile, "tempdir", str(made.temporary))
    monkeypatch.setenv("TMPDIR", str(made.temporary))
    caplog.set_level(logging.DEBUG)

    def event(name: str, **facts: str | int | float | None) -> None:
        made.look()
        write(name, **facts)

    monkeypatch.setattr(logs, "event", event)
    return made


@pytest.fixture
def start(tmp_path: Path, database_url: str, watch: Watch) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda faults=SOUND: stack.enter_context(running(tmp_path, database_url, faults=faults))


@pytest.fixture
def closed(watch: Watch, server: str, caplog: pytest.LogCaptureFixture) -> Callable[[Service, Ran], None]:
    """Looks everywhere after a run."""

    def look(service: Service, ran: Ran) -> None:
        watch.look()
        watch.note("standard output", marks(ran.out))
        watch.note("standard error", marks(ran.err))
        # asyncssh plays the sender: what it logs of its own files is not ours.
        told = [record.getMessage() for record in caplog.records if not record.name.startswith("asyncssh")]
        watch.note("libraries' logs", marks("".join(told)))
        tables = service.rows(
            "select schemaname || '.' || tablename from pg_tables where schemaname in ('ledger', 'cms')"
        )
        for table in {name for (name,) in tables} - MAY_HOLD:
            held = service.rows(f"select t::text from {table} t")
            watch.note(table, marks("".join(text for (text,) in held)))
        bodies = service.rows("select body from ledger.outbox")
        watch.note("outbox", marks(b"".join(bytes(body) for (body,) in bodies)))
        for path in service.server.root.rglob("incoming/*"):
            watch.note(path.name, marks(path.read_bytes()))
        watch.note("PostgreSQL's log", marks(postgres_log(server)))
        assert watch.seen == []

    return look


def postgres_log(server: str) -> bytes:
    with psycopg.connect(another(server, "postgres")) as connection:
        folder = Path(connection.execute("show data_directory").fetchone()[0])
    return (folder / "log").read_bytes() if (folder / "log").is_file() else b""


def broken_rows() -> list[bytes]:
    """The canary person with every value that the rules' own examples say is broken, as bytes of a file."""
    rows = []
    for number, example in enumerate(examples()):
        if example.layout == "police_referral" and example.broken:
            row = a_police_row(number, **dict(example.other))
            fields = [example.value if name == example.column else row[name].join('""') for name in POLICE_COLUMNS]
            rows.append(",".join(fields).encode("cp1252", "surrogateescape") + b"\r\n")
    keys = a_police_row(1, crime_reference="Zzamber"), a_police_row(1, viw_number="Zzbirch")
    return rows + [a_police_file([row], trailer=False).split(b"\r\n", 1)[1] for row in keys]


# --- rows and files ---------------------------------------------------------------------------------


def test_every_rule_broken(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service, broken = start(), broken_rows()
    assert len(broken) > 40
    sound = [a_police_row(100_000 + number) for number in range(6 * len(broken))]
    service.put("mps", NAME, a_police_file([*broken, *sound]))
    ran = service.ingest()
    assert ran.runs[0]["state"] == "loaded"
    assert ran.runs[0]["quarantined"] > 30
    closed(service, ran)
    closed(service, service.lvws("show", ran.runs[0]["run"]))
    closed(service, service.lvws("show", ran.runs[0]["run"], "--json"))


def test_stopped_for_an_operator(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    service.put("mps", NAME, a_police_file(broken_rows()))
    ran = service.lvws("ingest")
    assert ran.code == 3
    closed(service, ran)
    closed(service, service.lvws("runs"))


NO_HEADER = ONE[ONE.index(b"\n") + 1 : ONE.index(b"TRAILER")]
REFUSED = {
    "no header": NO_HEADER + a_trailer(NO_HEADER, 0),
    "trailer": ONE.replace(b"Zzamber", b"Zzbirch"),
    "UTF-16": b"\xff\xfe" + ONE.decode("cp1252").encode("utf-16-le"),
    "not text": b"<html>Zzamber\nTRAILER,0,00000000\n",
    "size": a_police_file([a_police_row(1, safe_contact_note="Zzamber " * 9_000)]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    service.put("mps", NAME, REFUSED[what])
    service.put("mps", "ZZAMBER_ZZBIRCH.csv", b"Zzamber")
    service.put("mps", "Zz\u202eamber zzbirch.csv", b"Zzamber")
    ran = service.lvws("ingest")
    assert ran.code == 3
    closed(service, ran)
    (run,) = service.lvws("runs", "--json").runs
    closed(service, service.lvws("show", run["run"]))


def test_refused_with_its_manifest(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    service.configure("action_fraud")
    for day, change in enumerate(({"file": "ZZAMBER"}, {"Zzamber": "Zzbirch"}, {"records": "Zzamber"}, {"records": 3})):
        service.put_fraud(fraud_name(day), a_fraud_file([a_fraud_row(1, nfib_code="Zzbirch")], sequence=day, **change))
    ran = service.lvws("ingest")
    assert ran.code == 3
    closed(service, ran)


def test_sealed_and_altered(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    ours = sealed.public_part(service.home, "intake-age")
    service.put("mps", f"{NAME}.age", sealed.age(ONE, to=ours))
    service.put("mps", f"{police_name(1, 2)}.age", sealed.age(ONE, to=ours)[:-1])
    service.put("mps", f"{police_name(2, 3)}.pgp", b"Zzamber")
    ran = service.lvws("ingest")
    assert ran.code == 5  # there is no certificate for what claims to be OpenPGP
    closed(service, ran)


def test_excluded_and_high_risk(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    rows = [a_police_row(1, opted_out="Y"), a_police_row(2, da_flag="Y", dash_risk="H", consent="")]
    service.put("mps", NAME, a_police_file(rows))
    ran = service.lvws("ingest")
    assert ran.code == 0
    assert service.rows("select count(*) from cms.not_held") == [(2,)]
    closed(service, ran)


def test_handed_to_another_service(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    other = Other(service, NATIONAL)
    stranger = {"forename": "Zzcedar", "surname": "Zzquarry", "birth_date": "01/05/1971", "age": "48"}
    unsafe = a_police_row(2, **HOMICIDE, **stranger, safe_to_contact="N")
    rows = [a_police_row(1, **HOMICIDE), unsafe, a_police_row(3)]
    service.put("mps", NAME, a_police_file(rows))
    service.configure("case_activity")
    event = {"referral_source": "mps", "referral_key": police_key(3), "event": "onward_referral"}
    service.put(
        "case_activity", activity_name(0, 1), an_activity_file([an_event(1, **event, category="Zzamber, Zzelm")])
    )
    ran = service.lvws("ingest")
    assert (ran.code, len(other.people())) == (0, 1)
    listed = [service.lvws("onward", "list", *more) for more in ((), ("--json",))]
    assert [(one.code, marks(one.out + one.err)) for one in listed] == [(0, []), (0, [])]
    # Casework's own text stands in its own table and in views over it; the test of the tables is about all others.
    with psycopg.connect(service.database_url) as connection:
        connection.execute("update cms.event set category = 'cleared'")
    closed(service, ran)
    other.receipt([("Zzamber", "Zzbirch"), ("zzelm@example.org", "07700 900987")])
    other.receipt([], header="Zzamber,Zzbirch", part=".2")
    for command in (("ingest",), ("ingest", "--json"), ("onward", "list"), ("onward", "list", "--json"), ("doctor",)):
        closed(service, service.lvws(*command))


# --- the database, the server, and faults of ours ---------------------------------------------------

REFUSALS = {
    "a check": ("alter table cms.referral add check (surname <> 'Zz' || 'birch')", 1),
    "a privilege": ("revoke insert on cms.referral from lvws_loader", 5),
    "a unique key": ("create unique index on cms.referral (surname)", 1),
    "a blank that may not be": ("alter table cms.referral alter address_4 set not null", 1),
    "a table that is not there": ("drop table cms.not_held cascade", 1),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_the_database_refuses_a_load(what: str, start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service, (statement, code) = start(), REFUSALS[what]
    with psycopg.connect(service.database_url) as connection:
        connection.execute(statement)
    service.put("mps", NAME, a_police_file([a_police_row(number) for number in range(3)]))
    ran = service.lvws("ingest")
    assert ran.code == code
    assert service.rows("select count(*) from cms.referral") == [(0,)]
    closed(service, ran)


def test_the_server_goes_away_while_it_sends(start: Start, closed: Callable[[Service, Ran], None]) -> None:
    service = start(Faults(drop_after=100_000))
    service.put("mps", NAME, a_police_file([a_police_row(number) for number in range(1000)]))
    ran = service.lvws("ingest")
    assert ran.code == 4
    closed(service, ran)


@pytest.mark.parametrize("where", ["normalise", "too_many_broken"])
def test_a_fault_of_ours_that_quotes_a_person(
    where: str, start: Start, closed: Callable[[Service, Ran], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*given: object) -> None:
        raise ValueError("Zzamber Zzbirch", *given)

    service = start()
    service.put("mps", NAME, ONE)
    monkeypatch.setattr(checking, where, fault)
    ran = service.lvws("ingest")
    assert (ran.code, "E001" in ran.err) == (1, True)
    closed(service, ran)
    monkeypatch.undo()
    assert [run["state"] for run in service.loaded()] == ["loaded"]


def test_a_check_that_fails_inside_pandera(
    start: Start, closed: Callable[[Service, Ran], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(values: object, *_: object) -> None:
        raise ValueError("Zzamber", values)

    service = start()
    service.put("mps", NAME, ONE)
    monkeypatch.setattr(checks, "faults", fault)
    engine._suite.cache_clear()
    ran = service.lvws("ingest")
    engine._suite.cache_clear()
    assert (ran.code, "E608" in ran.err) == (1, True)
    closed(service, ran)


def test_the_watch_itself_sees(start: Start, watch: Watch, closed: Callable[[Service, Ran], None]) -> None:
    service = start()
    (service.home / "vault").mkdir(parents=True, exist_ok=True)
    for path in (service.home / "vault" / "x", watch.temporary / "y"):
        path.write_bytes(b"..ZZAMBER..")
    with pytest.raises(AssertionError):
        closed(service, Ran(0, "Zzbirch", "07700 900987"))
    assert len(watch.seen) == 4
