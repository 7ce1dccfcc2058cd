"""What the database knew at a moment is the same whenever it is asked, whatever came since (interfaces: returns)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange import database
from exchange.cms import known
from exchange.settings import Settings
from tests.casework import a_contact_file, a_contact_row, activity_name, an_activity_file, an_event, contact_name
from tests.feeds import a_police_file, a_police_row, a_stranger, police_name
from tests.service import Service, running

PERSON = {"da_flag": "Y", "dash_risk": "S"}


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("contact_centre", "case_activity")
        yield made


def seen(service: Service, moment: datetime) -> list[list[tuple[Any, ...]]]:
    """Everything that figures ask, as known at a moment."""
    with psycopg.connect(service.database_url) as connection:
        return [
            connection.execute("select * from cms.reported_at(%s) order by referral_id", (moment,)).fetchall(),
            connection.execute("select * from cms.events_at(%s) order by event_id", (moment,)).fetchall(),
        ]


def a_moment(service: Service) -> datetime:
    settings = Settings(home=service.home, database_url=service.database_url)
    with database.connect(settings, "loader") as connection, known.moment(connection, "looking") as moment:
        return moment


NIGHTS: Sequence[tuple[str, str, bytes]] = (
    ("mps", police_name(0, 1), a_police_file([a_police_row(1), a_stranger(2), a_stranger(3, borough="Barnet")])),
    ("contact_centre", contact_name(1, 1), a_contact_file([a_contact_row(1)])),
    (
        "case_activity",
        activity_name(2, 1),
        an_activity_file([an_event(1), an_event(2, event="support_started", category="immediate")]),
    ),
    ("mps", police_name(3, 2), a_police_file([a_stranger(2, record_type="U", **PERSON), a_stranger(9)])),
    ("mps", police_name(4, 3), a_police_file([a_police_row(5), a_police_row(6)])),  # one person with 1, thrice
    ("case_activity", activity_name(5, 2), an_activity_file([an_event(2, event="support_started", category="ongoing")])),
    ("case_activity", activity_name(6, 3), an_activity_file([an_event(3, event="void", before="E00000001", category="error")])),
    ("mps", police_name(7, 4), a_police_file([a_stranger(3, record_type="W"), a_police_row(1, record_type="U", sex="M")])),
    ("mps", police_name(-9, 9), a_police_file([a_stranger(2, email="")])),  # an older file: received earlier
)  # fmt: skip


def test_every_moment_stays_as_it_was(service: Service):
    moments: list[tuple[datetime, list[list[tuple[Any, ...]]]]] = []
    for source, name, data in NIGHTS:
        service.put(source, name, data)
        service.loaded()
        moment = a_moment(service)
        moments.append((moment, seen(service, moment)))
    for moment, then in moments:
        assert seen(service, moment) == then
    stages = [then for _, then in moments]
    assert all(earlier != later for earlier, later in itertools.pairwise(stages)), "each night changed it"


def test_before_the_first_load_nothing_was_known(service: Service):
    moment = a_moment(service)
    source, name, data = NIGHTS[0]
    service.put(source, name, data)
    service.loaded()
    assert seen(service, moment) == [[], []]


def test_now_is_what_the_cms_says(service: Service):
    for source, name, data in NIGHTS:
        service.put(source, name, data)
        service.loaded()
    referrals, events = seen(service, a_moment(service))
    assert referrals == service.rows("select * from cms.reported order by referral_id")
    assert events == service.rows("select * from cms.told_event order by event_id")


def test_history_has_no_room_for_a_person(service: Service):
    rows = service.rows(
        "select column_name from information_schema.columns where table_schema = 'cms' and table_name like '%%_before'"
    )
    names = {name for (name,) in rows}
    assert names & {"forename", "surname", "birth_date", "postcode", "phone", "email", "address_1"} == set()


def test_loads_wait_while_a_moment_is_taken(service: Service):
    """And go on as soon as it is: the return reads what was committed then."""
    settings = Settings(home=service.home, database_url=service.database_url)
    with (
        database.connect(settings, "loader") as reader,
        psycopg.connect(service.database_url, autocommit=True) as other,
    ):
        try_it = "select pg_try_advisory_xact_lock_shared(hashtextextended('lvws known', 0))"
        reader.execute(known._ALONE)
        reader.commit()
        assert other.execute(try_it).fetchone() == (False,)
        reader.execute(known._GO_ON)
        reader.commit()
        with known.moment(reader, "looking"):
            assert other.execute(try_it).fetchone() == (True,)
