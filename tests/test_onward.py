"""Onward referrals: who is handed to another service, once, and never where that is not safe (R5, R6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyrage
import pytest
import time_machine

from exchange import clock
from exchange.onward.files import COLUMNS
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import a_police_file, a_police_row, police_key, police_name
from tests.onward import CHILDREN, FAR, HOMICIDE, NATIONAL, ROAD, Other, a_child, agree, take_in
from tests.servers import Faults
from tests.service import SOUND, Service, running

TOMORROW = timedelta(days=1)


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Service]]:
    with ExitStack() as stack:
        yield lambda faults=SOUND: stack.enter_context(running(tmp_path, database_url, faults=faults))


@pytest.fixture
def service(start: Callable[..., Service]) -> Service:
    return start()


def later(service: Service, *, days: float = 1) -> None:
    """The next night, with nothing new from anybody."""
    with time_machine.travel(clock.now() + timedelta(days=days)):
        service.loaded()


def change(service: Service, statement: str, *parameters: Any) -> None:
    """What staff do through signed steps, done to the tables."""
    with psycopg.connect(service.database_url) as connection:
        connection.execute(statement, parameters)


def hold(service: Service, number: int, reason: str = "unsafe_to_contact") -> None:
    change(
        service,
        "insert into cms.hold (referral_id, reason, since, opened_by) "
        "select referral_id, %s, now()::date, 'step 1' from cms.referral where referral_key = %s",
        reason,
        police_key(number),
    )


def a_step(service: Service, number: int, what: str) -> int:
    change(
        service,
        "insert into cms.step (what, source, referral_key, referral_id, document, reason, people, state) "
        "select %s, source, referral_key, referral_id, gen_random_uuid()::text, 'x', 1, 'done' "
        "from cms.referral where referral_key = %s",
        what,
        police_key(number),
    )
    return int(service.rows("select max(step_id) from cms.step")[0][0])


def surnames(other: Other) -> list[str]:
    return sorted(row["surname"] for row in other.people())


# --- who goes -----------------------------------------------------------------------------------------


def test_homicide_goes_at_once_with_every_column_and_once(service: Service) -> None:
    other = Other(service, NATIONAL)
    take_in(service, a_police_row(1, **HOMICIDE), a_police_row(2))
    files = other.files()
    assert list(files) == [f"ONWARD_{NATIONAL}_{clock.today():%Y%m%d}.csv.age"]
    (row,) = other.people()
    assert list(row) == COLUMNS
    ((onward_id, queued),) = service.rows("select onward_id, at_once from cms.onward")
    assert queued is True
    assert row == {
        "onward_id": onward_id,
        "reason": "homicide",
        "agreed_at": "2019-06-04T00:00:00+01:00",
        "crime_category": "homicide",
        "priority_reasons": "bereaved",
        "forename": "Zzamber",
        "surname": "Zzbirch",
        "birth_date": "1980-03-12",
        "preferred_contact": "phone",
        "phone": "+447700900987",
        "other_phone": "+442079460987",
        "email": "zzelm@example.org",
        "address": "1 Zzquarry Row",
        "postcode": "E20 9ZZ",
        "note": "Zznote: after six, ask for Zzcedar",
        "language": "en",
        "interpreter": "N",
        "borough": "Newham",
    }
    sealed = other.sealed()
    service.loaded()
    later(service)
    assert other.sealed() == sealed


def test_a_child_waits_until_somebody_agreed(service: Service) -> None:
    other = Other(service, CHILDREN)
    take_in(service, a_child(1), a_child(2))
    assert other.files() == {}
    agree(service, 1, to=CHILDREN)
    (row,) = other.people()
    assert (row["reason"], row["agreed_at"]) == ("children_young_people", "2019-06-04T11:00:00+01:00")
    assert service.rows("select at_once from cms.onward") == [(False,)]


def test_an_event_alone_is_enough_whatever_the_disposition(service: Service) -> None:
    other = Other(service, "shelter")
    take_in(service, a_police_row(1), a_police_row(2))
    agree(service, 1, to="shelter")
    assert [row["reason"] for row in other.people()] == ["agreed"]


def test_an_agreement_that_is_taken_back_or_was_received_sends_nothing(service: Service) -> None:
    other = Other(service, "shelter")
    take_in(service, a_police_row(1), a_police_row(2))
    service.configure("case_activity")
    about = [{"referral_source": "mps", "referral_key": police_key(number)} for number in (1, 2)]
    rows = [
        an_event(1, **about[0], event="onward_referral", category="shelter"),
        an_event(2, **about[0], event="void", category="error", before="E00000001"),
        an_event(3, **about[1], event="onward_referral", category="shelter"),
        an_event(4, **about[1], event="onward_received", category="shelter", at="2019-06-05T11:00:00+01:00"),
    ]
    service.put("case_activity", activity_name(0, 1), an_activity_file(rows))
    service.loaded()
    assert other.files() == {}


SOMEBODY_ELSE = {"forename": "Rufus", "surname": "Zzelm", "birth_date": "01/05/1971", "age": "48"}


def test_whoever_is_held_never_goes_and_goes_the_day_after_the_release(service: Service) -> None:
    other = Other(service, NATIONAL)
    take_in(service, a_police_row(1, **HOMICIDE, safe_to_contact="N"), a_police_row(2, **HOMICIDE, **SOMEBODY_ELSE))
    assert surnames(other) == ["Zzelm"]
    step = a_step(service, 1, "release_hold")
    change(service, "update cms.hold set released_at = now(), released_by = %s", step)
    change(
        service,
        "insert into cms.safe_contact (referral_id, safe_to_contact, set_at, set_by) "
        "select referral_id, 'Y', now(), %s from cms.referral where referral_key = %s",
        step,
        police_key(1),
    )
    service.loaded()
    assert surnames(other) == ["Zzelm"]  # today's file is made
    later(service)
    assert surnames(other) == ["Zzbirch", "Zzelm"]
    assert len(other.files()) == 2


@pytest.mark.parametrize("reason", ["unsafe_to_contact", "match_review", "child_protection"])
def test_a_hold_of_a_linked_referral_holds_too(reason: str, service: Service) -> None:
    other = Other(service, NATIONAL)
    service.configure(NATIONAL, age_recipient="")
    take_in(service, a_police_row(1, **HOMICIDE), a_police_row(2))
    change(service, "update cms.referral set person_id = (select min(person_id) from cms.referral)")
    hold(service, 2, reason)
    other.configure()
    service.loaded()
    assert other.files() == {}


def test_want_of_contact_details_does_not_stop_those_at_once_and_stops_others(service: Service) -> None:
    other, shelter = Other(service, NATIONAL), Other(service, "shelter")
    nowhere = dict.fromkeys(("address_1", "postcode", "mobile", "home_phone", "email"), "")
    take_in(service, a_police_row(1, **HOMICIDE, **nowhere), a_police_row(2, **nowhere))
    agree(service, 2, to="shelter")
    (row,) = other.people()
    assert {row[name] for name in ("phone", "other_phone", "email", "address", "postcode")} == {""}
    assert shelter.files() == {}


def test_whoever_is_withdrawn_or_turned_back_never_goes(service: Service) -> None:
    other, far = Other(service, NATIONAL), Other(service, "outside_london")
    service.configure(NATIONAL, "outside_london", age_recipient="")
    take_in(service, a_police_row(1, **HOMICIDE, record_type="W"), a_police_row(2, **HOMICIDE), a_police_row(3, **FAR))
    for number, reason in ((2, "homicide"), (3, "outside_london")):
        step = a_step(service, number, "turn_back")
        change(
            service,
            "insert into cms.turned_back (referral_id, reason, step_id) "
            "select referral_id, %s, %s from cms.referral where referral_key = %s",
            reason,
            step,
            police_key(number),
        )
    other.configure()
    far.configure()
    agree(service, 3, to="outside_london")  # before it was turned back
    assert (other.files(), far.files()) == ({}, {})


def test_nobody_s_record_goes_to_a_sender_or_to_the_commissioner(service: Service) -> None:
    key = str(Other(service, "shelter").identity.to_public())
    service.configure("mps", "mopac", age_recipient=key)
    take_in(service, a_police_row(1), a_police_row(2))
    agree(service, 1, to="mps")
    agree(service, 2, to="mopac", day=1)
    assert not any(name.startswith("ONWARD") for place in ("mps", "mopac") for name in service.there(place, "incoming"))
    assert service.rows("select count(*) from cms.onward") == [(0,)]
    told = service.lvws("ingest").out
    assert "mopac: 1 person cannot be handed on: it takes no onward referrals" in " ".join(told.split())


def test_each_file_holds_its_own_service_s_people_alone_and_only_that_opens_it(service: Service) -> None:
    homicide, road = Other(service, NATIONAL), Other(service, "road_traffic_service")
    rows = [
        a_police_row(number, **kind, surname=name)
        for number, kind, name in ((1, HOMICIDE, "Zzbirch"), (2, ROAD, "Zzelm"))
    ]
    take_in(service, *rows)
    assert (surnames(homicide), surnames(road)) == (["Zzbirch"], ["Zzelm"])
    (body,) = road.sealed().values()
    with pytest.raises(pyrage.DecryptError):
        homicide.rows(body)


def test_text_that_a_spreadsheet_would_run_is_left_as_it_is_and_line_ends_stay_in_their_cell(service: Service) -> None:
    other = Other(service, NATIONAL)
    take_in(service, a_police_row(1, **HOMICIDE, surname="=SUM(A1)", safe_contact_note='Zznote "x", y\r\nz'))
    (row,) = other.people()
    assert (row["surname"], row["note"]) == ("=SUM(A1)", 'Zznote "x", y\r\nz')


# --- when and how often -------------------------------------------------------------------------------


def test_one_file_a_day_and_who_comes_later_waits_for_the_next(service: Service) -> None:
    other = Other(service, NATIONAL)
    take_in(service, a_police_row(1, **HOMICIDE))
    take_in(service, a_police_row(2, **HOMICIDE), day=1)
    assert [len(rows) for rows in other.files().values()] == [1]
    (line,) = [each for each in service.lvws("onward", "list", "--json").json["onward"] if each["state"] == "ready"]
    assert line["key"] == police_key(2)
    later(service)
    assert [len(rows) for rows in other.files().values()] == [1, 1]
    assert len({row["onward_id"] for row in other.people()}) == 2


def test_a_server_that_is_away_gets_the_same_bytes_the_next_time(service: Service) -> None:
    other = Other(service, NATIONAL)
    other.away()
    service.put("mps", police_name(0, 1), a_police_file([a_police_row(1, **HOMICIDE)]))
    ran = service.ingest()
    assert (ran.code, "E401" in ran.err, other.sealed()) == (4, True, {})
    ((body,),) = service.rows("select body from ledger.outbox where run is null")
    other.configure()
    with time_machine.travel(clock.now() + TOMORROW):
        service.loaded()
    assert other.sealed() == {f"ONWARD_{NATIONAL}_{clock.today():%Y%m%d}.csv.age": bytes(body)}


@pytest.mark.parametrize("fault", [{"fails_after": frozenset({"rename"})}, {"fails_after": frozenset({"close"})}])
def test_a_server_that_fails_after_it_took_the_file_has_it_once(
    fault: dict[str, Any], start: Callable[..., Service]
) -> None:
    service = start(Faults(**fault))
    other = Other(service, NATIONAL)
    take_in(service, a_police_row(1, **HOMICIDE))
    sealed = other.sealed()
    assert len(other.people()) == 1
    later(service)
    assert other.sealed() == sealed


# --- the last look before sending ---------------------------------------------------------------------


def queued(service: Service, *rows: dict[str, str]) -> Other:
    """A service whose file is made and waits, because its server is away."""
    other = Other(service, NATIONAL)
    other.away()
    service.put("mps", police_name(0, 1), a_police_file(rows))
    assert service.ingest().code == 4
    other.configure()
    return other


STOPS = {
    "withdrawn": lambda service: take_in(service, a_police_row(1, **HOMICIDE, record_type="W"), day=1),
    "held": lambda service: (hold(service, 1), service.loaded()),
    "unsafe": lambda service: (
        change(service, "select cms.keep_safe_contact('mps', array[%s], 'x')", police_key(1)),
        change(service, "update cms.safe_contact set safe_to_contact = 'N'"),
        service.loaded(),
    ),
}


@pytest.mark.parametrize("what", STOPS)
def test_who_may_not_go_any_more_is_taken_out_of_a_file_that_is_not_sent(what: str, service: Service) -> None:
    other = queued(service, a_police_row(1, **HOMICIDE), a_police_row(2, **HOMICIDE, surname="Zzelm"))
    before = dict(service.rows("select referral_key, onward_id from cms.onward_state"))
    STOPS[what](service)
    assert surnames(other) == ["Zzelm"]
    assert other.people()[0]["onward_id"] == before[police_key(2)]
    states = dict(service.rows("select referral_key, state from cms.onward_state"))
    assert states == {police_key(1): "taken_back", police_key(2): "sent"}


def test_who_is_taken_out_after_a_try_that_broke_off_is_told_to_the_operator(service: Service) -> None:
    other = Other(service, NATIONAL)
    other.configure(incoming="/nowhere")
    service.put("mps", police_name(0, 1), a_police_file([a_police_row(1, **HOMICIDE)]))
    assert service.ingest().code == 4
    other.configure()
    hold(service, 1)
    told = " ".join(service.lvws("ingest").out.split())
    assert "1 person may not be handed on any more" in told
    assert "an earlier try to send it broke off" in told
    assert other.sealed() == {}


def test_a_file_in_which_nobody_is_left_is_not_sent(service: Service) -> None:
    other = queued(service, a_police_row(1, **HOMICIDE))
    take_in(service, a_police_row(1, **HOMICIDE, record_type="W"), day=1)
    assert other.sealed() == {}
    later(service)
    assert other.sealed() == {}


def test_contact_details_that_staff_changed_meanwhile_are_those_that_go(service: Service) -> None:
    other = queued(service, a_police_row(1, **HOMICIDE))
    step = a_step(service, 1, "set_contact")
    change(service, "select cms.keep_safe_contact('mps', array[%s], 'x')", police_key(1))
    change(service, "update cms.safe_contact set phone = '+447700900111', set_at = now(), set_by = %s", step)
    service.loaded()
    assert [row["phone"] for row in other.people()] == ["+447700900111"]


def test_who_is_held_once_the_server_has_the_file_is_told_to_the_operator(service: Service) -> None:
    other = queued(service, a_police_row(1, **HOMICIDE))
    ((name, body),) = service.rows("select name, body from ledger.outbox where run is null")
    (service.server.root / NATIONAL / "incoming" / name).write_bytes(body)  # sent, and we died before we noted it
    hold(service, 1)
    ran = service.lvws("ingest")
    told = " ".join(ran.out.split())
    assert f"1 person in {name} may not be contacted any more, and the service has the file already" in told
    assert other.sealed() == {name: bytes(body)}
    (line,) = service.lvws("onward", "list", "--json").json["onward"]
    assert (line["state"], line["why"]) == ("sent", ["unsafe_to_contact"])
    assert "may not be contacted" not in service.lvws("ingest").out
