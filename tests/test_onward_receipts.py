"""What a service says that it received, and what nobody has heard of it: receipts, alerts, `lvws onward list`, doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine

from exchange import clock
from exchange.onward import receipts
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import a_police_file, a_police_row, police_key, police_name
from tests.onward import CHILDREN, HOMICIDE, NATIONAL, ROAD, Other, a_child, now, take_in
from tests.service import Ran, Service, running


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def sent(service: Service, *kinds: dict[str, str]) -> list[str]:
    """People who were handed over; their numbers."""
    take_in(service, *(a_police_row(number, **kind) for number, kind in enumerate(kinds, 1)))
    found = service.rows(
        "select o.onward_id from cms.onward o join cms.referral using (referral_id) order by referral_key"
    )
    return [number for (number,) in found]


def received(service: Service) -> list[str]:
    return [number for (number,) in service.rows("select onward_id from cms.onward_state where state = 'received'")]


def of(ran: Ran, name: str = NATIONAL) -> dict[str, object]:
    """What an ingest tells of one service."""
    assert ran.code == 0, ran
    return next(each for each in ran.json["onward"] if each["destination"] == name)


def test_a_receipt_closes_what_it_names_and_is_read_once(service: Service) -> None:
    other = Other(service, NATIONAL)
    (one,) = sent(service, HOMICIDE)
    at = now()
    other.receipt([(one, at)])
    assert (of(service.ingest())["received"], received(service)) == (1, [one])
    told = of(service.ingest())
    assert (told["received"], told["findings"], told["overdue"]) == (0, [], 0)
    assert service.rows("select received_at, receipt is not null from cms.onward") == [
        (datetime.fromisoformat(at), True)
    ]
    assert service.rows("select noted, unknown, wrong from ledger.receipt") == [(1, 0, 0)]


def test_receipts_for_parts_of_a_file_and_one_that_comes_again(service: Service) -> None:
    other = Other(service, NATIONAL)
    one, two = sent(service, HOMICIDE, HOMICIDE)
    name = other.receipt([(one, now())])
    assert of(service.ingest())["received"] == 1
    other.receipt([(one, now()), (two, now())], part=".2")
    assert of(service.ingest())["received"] == 1
    other.receipt([(one, now(seconds=1)), (one, now(seconds=1))])  # the first again, another
    told = of(service.ingest())
    assert (told["received"], told["findings"], len(received(service))) == (0, [], 2)
    assert name in service.there(NATIONAL)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("O0123456789ABCDEF", "now")], "names 1 who were not sent there"),
        ([("Zzamber", "now"), ("O0123456789abcdef", "now")], "has 2 lines that are not of the form"),
        ([("one", "2019-06-04T10:00:00")], "has 1 line that"),  # no offset
        ([("one", "2019-06-04T10:00:00+01:00")], "before the sending"),
        ([("one", "2219-06-04T10:00:00+01:00")], "in the future"),
        ([("one", "today")], "has 1 line that"),
        ([("one",), ("one", "now", "x")], "has 2 lines that"),
    ],
)
def test_a_line_that_is_wrong_is_told_in_counts_and_stops_no_other(
    lines: list[tuple[str, ...]], words: str, service: Service
) -> None:
    other = Other(service, NATIONAL)
    one, two = sent(service, HOMICIDE, HOMICIDE)
    known = {"one": one, "now": now()}
    other.receipt([(two, now()), *(tuple(known.get(each, each) for each in line) for line in lines)])
    told = of(service.ingest())
    (finding,) = told["findings"]
    assert words in finding
    assert not any(value in finding for value in ("Zzamber", one, "2019-06-04"))
    assert (told["received"], received(service)) == (1, [two])
    assert of(service.ingest())["findings"] == []  # told once


def test_a_number_of_another_service_is_one_that_nobody_has(service: Service) -> None:
    other, road = Other(service, NATIONAL), Other(service, "road_traffic_service")
    one, two = sent(service, HOMICIDE, ROAD)
    other.receipt([(one, now()), (two, now())])
    told = of(service.ingest())
    assert (told["received"], "names 1 who were not sent there" in told["findings"][0]) == (1, True)
    assert received(service) == [one]
    assert len(road.people()) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"onward_id;received_at\r\n", "has another header"),
        (b"\xef\xbb\xbfonward_id,received_at\r\n", "has another header"),
        (b"", "has another header"),
        (b"\xff\xfeo\x00", "is not a table in UTF-8"),
        (b'onward_id,received_at\r\n"O', "is not a table in UTF-8"),
        (b"onward_id,received_at\r\n" + b"x" * receipts.CAP, "is larger than 1 MB"),
    ],
)
def test_a_receipt_that_is_not_one_is_told_and_the_others_are_read(data: bytes, words: str, service: Service) -> None:
    other = Other(service, NATIONAL)
    (one,) = sent(service, HOMICIDE)
    name = other.receipt([(one, now())])
    service.put(NATIONAL, name.replace(".csv.age.", ".csv.age.1."), data)
    service.put(NATIONAL, f"{name}.part", b"")
    service.put(NATIONAL, name.replace(NATIONAL, CHILDREN), b"another service's")
    told = of(service.ingest())
    assert (len(told["findings"]), words in told["findings"][0], received(service)) == (1, True, [one])


@pytest.mark.parametrize("after_load", ["leave", "move", "delete"])
def test_a_receipt_goes_where_the_service_wants_and_a_wrong_one_stays(after_load: str, service: Service) -> None:
    other = Other(service, NATIONAL)
    one, two = sent(service, HOMICIDE, HOMICIDE)
    other.configure(after_load=after_load)
    good, bad = other.receipt([(one, now())]), other.receipt([(two, "today")], part=".2")
    service.loaded()
    assert service.there(NATIONAL) == ({good, bad} if after_load == "leave" else {bad})
    assert service.there(NATIONAL, "done") == ({good} if after_load == "move" else set())


def test_a_receipt_for_somebody_who_was_taken_back_is_an_alert(service: Service) -> None:
    other = Other(service, NATIONAL)
    one, _ = sent(service, HOMICIDE, HOMICIDE)
    with psycopg.connect(service.database_url) as connection:
        connection.execute(
            "update cms.onward set taken_back_at = now(), taken_back_for = '{x}' where onward_id = %s", [one]
        )
    other.receipt([(one, now())])
    assert "whom we took back before sending. The service has them all the same" in of(service.ingest())["findings"][-1]


def test_an_event_of_case_activity_closes_it_too(service: Service) -> None:
    Other(service, NATIONAL)
    (one,) = sent(service, HOMICIDE)
    service.configure("case_activity")
    row = an_event(
        1,
        referral_source="mps",
        referral_key=police_key(1),
        event="onward_received",
        category=NATIONAL,
        at="2019-06-05T11:00:00+01:00",
    )
    service.put("case_activity", activity_name(0, 1), an_activity_file([row]))
    service.loaded()
    assert received(service) == [one]


# --- nobody heard anything ----------------------------------------------------------------------------


def test_after_24_hours_without_a_receipt_there_is_an_alert_until_one_comes(service: Service) -> None:
    other = Other(service, NATIONAL)
    one, two = sent(service, HOMICIDE, HOMICIDE)
    since = clock.now()
    with time_machine.travel(since + timedelta(hours=23, minutes=50)):
        assert of(service.ingest())["overdue"] == 0
    with time_machine.travel(since + timedelta(hours=24, minutes=1)):
        told = of(service.ingest())
        assert told["overdue"] == 2
        assert abs(datetime.fromisoformat(str(told["overdue_since"])) - since) < timedelta(minutes=1)
        ran = service.lvws("ingest")
        assert (ran.code, f"ONWARD REFERRALS: {NATIONAL}: no receipt for 2 people sent since" in ran.out) == (0, True)
        assert "Nothing to do." not in ran.out
        other.receipt([(one, now()), (two, now())])
        assert of(service.ingest())["overdue"] == 0


def test_who_waits_for_a_service_that_is_not_set_up_is_counted(service: Service) -> None:
    take_in(service, *(a_police_row(number, **HOMICIDE) for number in (1, 2)), a_child(3))
    assert [(each["destination"], each["not_set_up"]) for each in service.ingest().json["onward"]] == [(NATIONAL, 2)]
    service.configure(NATIONAL)  # a server and no key
    ran = service.lvws("ingest")
    assert (ran.code, service.there(NATIONAL, "incoming")) == (0, set())
    assert f"{NATIONAL}: 2 people cannot be handed on. Set up [sftp.{NATIONAL}] with its age_recipient" in " ".join(
        ran.out.split()
    )


def test_one_service_that_fails_does_not_keep_the_others(service: Service) -> None:
    bad, road = Other(service, NATIONAL), Other(service, "road_traffic_service")
    bad.configure(age_recipient="age1nonsense")
    service.put("mps", police_name(0, 1), a_police_file([a_police_row(1, **HOMICIDE), a_police_row(2, **ROAD)]))
    ran = service.ingest()
    assert (ran.code, "E504" in ran.err, "age_recipient" in ran.err) == (5, True, True)
    assert (bad.sealed(), len(road.people())) == ({}, 1)


# --- what an operator sees ----------------------------------------------------------------------------


SOMEBODY_ELSE = {"forename": "Rufus", "surname": "Thackeray", "birth_date": "01/05/1971", "age": "48"}


def test_the_list_tells_each_state_by_service_with_keys_and_no_names(service: Service) -> None:
    Other(service, NATIONAL)
    sent(
        service,
        HOMICIDE,
        {"birth_date": "12/03/2008", "age": "11"},
        {**HOMICIDE, "safe_to_contact": "N", **SOMEBODY_ELSE},
    )
    found = service.lvws("onward", "list", "--json").json["onward"]
    told = {each["key"]: (each["destination"], each["state"], each["why"]) for each in found}
    assert told == {
        police_key(1): (NATIONAL, "sent", []),
        police_key(2): (CHILDREN, "waiting", []),
        police_key(3): (NATIONAL, "held", ["unsafe_to_contact"]),
    }
    only = service.lvws("onward", "list", "--destination", CHILDREN, "--json").json["onward"]
    assert [each["key"] for each in only] == [police_key(2)]
    shown = service.lvws("onward", "list")
    assert (shown.code, police_key(3) in shown.out, "unsafe_to_contact" in shown.out) == (0, True, True)
    assert "zz" not in (shown.out + json.dumps(found)).lower()


def test_doctor_looks_at_a_service_like_at_a_sender(service: Service) -> None:
    other = Other(service, NATIONAL)

    def state() -> tuple[str, str]:
        checks = service.lvws("doctor", "--json").json["checks"]
        return next((each["state"], each["says"]) for each in checks if each["what"] == f"sftp.{NATIONAL}")

    assert state()[0] == "ok"
    other.configure(age_recipient="age1nonsense")
    assert (state()[0], "age public key" in state()[1]) == ("bad", True)
    other.configure(incoming="/nowhere")
    assert state()[0] == "bad"
    other.away()
    assert state()[0] == "bad"
