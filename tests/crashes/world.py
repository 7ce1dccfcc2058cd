"""The small world of the crash sweep: what three senders put on their servers, on a day before and on the night itself.

The day before leaves referrals, a proposal's ground and a file of a later day, so that the night has updates,
withdrawals and late rows; it is taken in once, and every trial starts from copies of what it left. It also handed
somebody over to a service, whose receipt is there in the night, and left a file for another service unsent, out of which
the night takes somebody.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pyrage

from exchange import clock, stages
from exchange.onward import files, places
from exchange.settings import Settings, SftpHost
from exchange.worker import working
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import (
    FIRST_DAY,
    Row,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_police_row,
    a_trailer,
    as_record,
    fraud_name,
    police_key,
    police_name,
)
from tests.intake import sealed
from tests.rosters import Lines, a_post, a_roster, a_workbook, an_assignment, csv_files
from tests.servers import Server

MPS, FRAUD, ACTIVITY = "mps/outgoing", "action_fraud/outgoing", "case_activity/outgoing"
ROSTER = "idva_roster/outgoing"
FOLDERS = ("outgoing", "incoming", "done")
NATIONAL, SHELTER = "national_homicide_service", "shelter"
HOMICIDE = {"ho_code": "001/01", "offence_title": "Murder"}
IDENTITY = pyrage.x25519.Identity.generate()  # of both services; forks have the same
ZOFIA = {"forename": "Zzofia", "surname": "Zzrowan", "birth_date": "17/03/1985", "email": "zzrowan@example.org"}
MILO = {"forename": "Zzmilo", "surname": "Zzsorrel", "birth_date": "04/09/1952", "age": "66"}  # nobody else here
HIGH_RISK = {"da_flag": "Y", "dash_risk": "H"}


def the_day_before() -> dict[str, bytes]:
    """Files of the fifth day, newer than all that comes in the night; of each feed one."""
    rows = [a_police_row(1, mobile="", station="Stratford"), a_police_row(2), a_police_row(40)]
    rows += [a_police_row(70, **HOMICIDE)]
    fraud, manifest = a_fraud_file([a_fraud_row(2)], FIRST_DAY + timedelta(days=4), sequence=9)
    return {
        f"{MPS}/{police_name(4, 9)}": a_police_file(rows),
        f"{FRAUD}/{fraud_name(4)}": fraud,
        f"{FRAUD}/{fraud_name(4)}.manifest.json": manifest,
        f"{ACTIVITY}/{activity_name(4, 9)}": an_activity_file(
            [
                *(done(1, 1), done(2, 2, worker=""), done(3, 1)),
                *(
                    done(number, victim, event="onward_referral", category=SHELTER)
                    for number, victim in ((20, 1), (21, 2))
                ),
            ]
        ),
    }


def zofia_at_the_fraud_line(day: str) -> dict[str, str]:
    """Her, or somebody who may be her."""
    known = {"first_name": "Zzofia", "last_name": "Zzrowan", "email": "zzrowan@example.org"}
    return known | {"date_of_birth": f"1985-03-{day}"}


def done(number: int, victim: int, **values: str) -> Row:
    """An event about the police's referral `victim`."""
    return an_event(number, referral_source="mps", referral_key=police_key(victim), **values)


def the_night(age_recipient: str) -> dict[str, bytes]:
    """Ten files of four days: new, updated, withdrawn, repeated, broken, excluded, late, restated, refused, nil, and
    what caseworkers did; one is still being written."""
    first = [
        a_police_row(1, home_phone="020 7946 0111"),
        a_police_row(2, record_type="W"),
        *(a_police_row(number) for number in (3, 4, 5, 3)),
        a_police_row(6, da_flag="Y", dash_risk="S", consent=""),
        a_police_row(7, **HIGH_RISK, consent=""),
        a_police_row(8, ho_code="999/99"),
        a_police_row(9, birth_date="31/02/1980", borough="Nowhere", forename="Zz1E5"),
        a_police_row(10, opted_out="Y"),
        as_record(a_police_row(11)).replace(b"Zzbirch", b"Zz\x00birch"),
        # One person in two crimes; in the fraud file she is a third time, and a fourth may be her.
        *(a_police_row(number, **ZOFIA) for number in (13, 14)),
    ]
    second = [
        a_police_row(3, record_type="U", mobile="07700 900111", consent="N"),
        a_police_row(4, record_type="W"),
        a_police_row(5, record_type="U", **HIGH_RISK, consent="", safe_to_contact="N"),
        a_police_row(6, record_type="U", da_flag="Y", dash_risk="S"),
        a_police_row(20, record_type="U"),
        a_police_row(21, record_type="W"),
        a_police_row(40, record_type="U", surname="Zzother", mobile="07700 900222"),
        a_police_row(71, **HOMICIDE, **MILO),
    ]
    restated = [first[2], a_police_row(4, surname="Zzelm"), a_police_row(12)]
    fraud = [
        a_fraud_row(1),
        a_fraud_row(2, support_consent="No"),
        a_fraud_row(3, victim_category="business", contact_name_given="No"),
        a_fraud_row(4, nfib_code="NFIB99Z"),
        *(a_fraud_row(number, **zofia_at_the_fraud_line(day)) for number, day in ((6, "17"), (7, "18"))),
    ]
    updates = [a_fraud_row(1, status="Updated", phone="020 7946 0222"), a_fraud_row(5, status="Withdrawn")]
    activity = [
        done(1, 1),  # late, and nothing new
        done(2, 2, worker="S7"),  # late, and fills a blank
        *(done(4, 3, event="survey", after=score) for score in ("2", "4", "4")),
        done(5, 999),  # of a referral that nobody knows
        done(6, 1, event="void", before="E00000003"),
        done(7, 1, event="nothing"),
    ]
    one, one_s_manifest = a_fraud_file(fraud, sequence=1)
    two, two_s_manifest = a_fraud_file(updates, FIRST_DAY + timedelta(days=1), sequence=2)
    wrong_header = a_police_file([a_police_row(50)], trailer=False).replace(b"viw_number", b"vic_number")
    return {
        f"{MPS}/{police_name(0, 1)}": a_police_file(first),
        f"{MPS}/{police_name(0, 1)}.age": sealed.age(a_police_file(restated), to=age_recipient),
        f"{MPS}/{police_name(1, 2)}": a_police_file(second),
        f"{MPS}/{police_name(1, 2)}.age": sealed.age(a_police_file(second), to=age_recipient),
        f"{MPS}/{police_name(2, 3)}": wrong_header + a_trailer(wrong_header, 1),
        f"{MPS}/{police_name(2, 4)}": a_police_file(),
        f"{MPS}/{police_name(3, 5)}": a_police_file([a_police_row(60)], trailer=False),
        f"{MPS}/no name of ours.csv": b"",
        f"{FRAUD}/{fraud_name(0)}": one,
        f"{FRAUD}/{fraud_name(0)}.manifest.json": one_s_manifest,
        f"{FRAUD}/{fraud_name(1)}": two,
        f"{FRAUD}/{fraud_name(1)}.manifest.json": two_s_manifest,
        f"{ACTIVITY}/{activity_name(0, 1)}": an_activity_file(activity),
        **{f"{ROSTER}/IDVA_ROSTER_20190603_{sheet}.csv": body for sheet, body in csv_files(a_small_roster()).items()},
        f"{ROSTER}/IDVA_ROSTER_20190604.xlsx": BROKEN_ROSTER,
    }


def a_small_roster() -> Lines:
    """Two posts, one of them vacant."""
    return a_roster([a_post(1), a_post(2)], [an_assignment(1)])


# Made once: openpyxl writes the time into it.
BROKEN_ROSTER = a_workbook(a_roster([a_post(fte=2)], [an_assignment()]))


def lay(root: Path, files: dict[str, bytes]) -> None:
    """Put files on the server, each with a time of its own that later copies keep."""
    for source in ("mps", "action_fraud", "case_activity", "idva_roster", NATIONAL, SHELTER):
        for folder in FOLDERS:
            (root / source / folder).mkdir(parents=True, exist_ok=True)
    for minute, (name, data) in enumerate(files.items()):
        path = root / name
        path.write_bytes(data)
        os.utime(path, (1_560_000_000 + 60 * minute, 1_560_000_000 + 60 * minute))


def settings_of(server: Server, trial: str, home: Path, database_url: str) -> Settings:
    """Settings of one trial: its own folders on the one server. One source moves its files away, one deletes them."""

    def host(source: str, after_load: str) -> SftpHost:
        folders = {folder: f"/{trial}/{source}/{folder}" for folder in FOLDERS}
        return server.settings(after_load=after_load, **folders)

    def service(name: str) -> SftpHost:
        return host(name, "move").model_copy(update={"age_recipient": str(IDENTITY.to_public())})

    hosts = {
        "mps": host("mps", "move"),
        "action_fraud": host("action_fraud", "delete"),
        "case_activity": host("case_activity", "leave"),
        "idva_roster": host("idva_roster", "move"),
        NATIONAL: service(NATIONAL),
        SHELTER: service(SHELTER),
    }
    return Settings(home=home, database_url=database_url, sftp=hosts)


def ingest(settings: Settings) -> int:
    """What `lvws ingest` does; its exit code."""
    return stages.ingest(settings, stages.configured(settings, []), None, lambda _: None).exit_code


@contextlib.contextmanager
def yesterday() -> Iterator[None]:
    """Our clock is a day back: today's files for services are still to be made afterwards."""
    today = clock.now
    clock.now = lambda: today() - timedelta(days=1)
    try:
        yield
    finally:
        clock.now = today


def the_day_before_of_services(settings: Settings, receipts: Path) -> None:
    """One service got its file; what another gets is made and not sent. The receipt of the first is laid."""
    with yesterday():
        only = settings.model_copy(update={"sftp": {k: v for k, v in settings.sftp.items() if k != SHELTER}})
        assert ingest(only) == 0
        with working(settings) as worker:
            assert files.make(worker.connection, SHELTER, places.recipient(settings, SHELTER)) == 2
    with psycopg.connect(settings.database_url) as connection:
        ((number, file),) = connection.execute(
            "select onward_id, file from cms.onward_state where state = 'sent'"
        ).fetchall()
    text = f"onward_id,received_at\r\n{number},{clock.now().isoformat(timespec='seconds')}\r\n"
    (receipts / f"{file}.receipt.csv").write_text(text)


def own_something(database_url: str) -> None:
    """Staff own a field of one referral, and a feed will have another value for it."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into cms.staff_value (referral_id, field, value, set_by) "
            "select referral_id, 'station', 'Zzelm', 'jo' from cms.referral where referral_key = %s",
            ("4000002/19|1",),
        )
