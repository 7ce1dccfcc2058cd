"""Held referrals, and high risk that may not be held, as operators look after them (interfaces: command-line)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange.cms import not_passable
from tests.feeds import Row, a_police_file, a_stranger, police_key, police_name
from tests.operators import CALLED, Staff
from tests.service import Ran, Service, running

DA = {"da_flag": "Y", "dash_risk": "H"}
NO_WAY = dict.fromkeys(("mobile", "home_phone", "email", "address_1", "postcode"), "")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


def send(service: Service, day: int, *rows: Row) -> None:
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    service.loaded()


def release(staff: Staff, number: int, *more: str, who: str = "jo") -> Ran:
    return staff.lvws(who, "held", "release", police_key(number), "--reason", CALLED, "--yes", "--json", *more)


def held(staff: Staff) -> list[tuple[str, list[str], bool]]:
    listed = staff.lvws(None, "held", "list", "--json").json["held"]
    return [(each["key"], [reason["reason"] for reason in each["reasons"]], each["high_risk"]) for each in listed]


# --- the list ---------------------------------------------------------------------------------------


def test_nobody_is_held(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1))
    assert staff.lvws(None, "held", "list", "--json").json == {"held": []}
    assert staff.lvws(None, "held", "list").out == "Held, high risk first: none.\n"


def test_high_risk_comes_first_then_who_waits_longest(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, **NO_WAY))
    send(service, 1, a_stranger(2, safe_to_contact="N"), a_stranger(5))
    send(service, 2, a_stranger(3, safe_to_contact="", **DA), a_stranger(4, safe_to_contact="N", **NO_WAY))
    assert held(staff) == [
        (police_key(3), ["safe_contact_unknown"], True),
        (police_key(1), ["no_contact_details"], False),
        (police_key(2), ["unsafe_to_contact"], False),
        (police_key(4), ["no_contact_details", "unsafe_to_contact"], False),
    ]
    first = staff.lvws(None, "held", "list", "--json").json["held"][0]
    assert {name: first[name] for name in ("source", "since", "hours", "area")} == {
        "source": "mps", "since": "2019-06-05", "hours": 0, "area": "NE"
    }  # fmt: skip
    assert first["owner"]
    assert first["reasons"][0]["says"].startswith("Domestic abuse, and nobody has said")
    page = staff.lvws(None, "held", "list").out
    assert page.count("HIGH") == 1
    assert "  - no_contact_details: Ask the sender for contact details" in page


def test_who_is_withdrawn_is_not_on_the_list(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="N"))
    send(service, 1, a_stranger(1, record_type="W", safe_to_contact="N"))
    assert held(staff) == []
    assert staff.show(police_key(1))["not_because"] == ["unsafe_to_contact", "withdrawn"]
    assert "closed to contact" in staff.lvws(None, "contact", "show", police_key(1), "--reason", CALLED).out


# --- releasing --------------------------------------------------------------------------------------


def test_a_release_ends_all_open_holds_and_says_what_still_prevents_contact(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="N", **NO_WAY))
    ran = release(staff, 1)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["holds"] == ["no_contact_details", "unsafe_to_contact"]
    assert (ran.json["state"], ran.json["not_because"], held(staff)) == ("done", ["unsafe_to_contact"], [])
    # A release alone makes nobody safe: how contact is safe has to be written down.
    assert staff.set("jo", police_key(1), {"safe_to_contact": "Y", "phone": "07700 900123"}).code == 0
    assert staff.show(police_key(1))["not_because"] == []
    again = release(staff, 1)
    assert (again.code, again.out, again.err[:4]) == (7, "", "E701")


def test_one_hold_is_released_and_the_other_stays(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="N", **NO_WAY))
    assert staff.set("jo", police_key(1), {"safe_to_contact": "Y"}).code == 0
    ran = release(staff, 1, "--hold", "unsafe_to_contact")
    assert ran.json["not_because"] == ["no_contact_details"]
    assert held(staff) == [(police_key(1), ["no_contact_details"], False)]
    assert release(staff, 1, "--hold", "unsafe_to_contact").code == 7
    page = staff.lvws("jo", "held", "release", police_key(1), "--reason", CALLED, typed="y\n").out
    assert "  - no_contact_details: No phone" in page
    assert page.endswith("Done (step 3).\nThe person may be contacted.\n")


def test_what_staff_say_is_unsafe_stays_closed_after_a_release(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1))
    assert staff.set("jo", police_key(1), {"safe_to_contact": "N"}).code == 0
    assert release(staff, 1).json["not_because"] == ["unsafe_to_contact"]


def test_a_released_hold_stays_released_while_its_reason_goes_on(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="N"))
    release(staff, 1)
    send(service, 1, a_stranger(1, record_type="U", safe_to_contact="N", sex="M"))
    assert held(staff) == []
    send(service, 2, a_stranger(1, record_type="U", safe_to_contact="N", da_flag="Y", dash_risk="S", consent=""))
    assert held(staff) == [(police_key(1), ["consent_pending"], False)]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((police_key(9), "--reason", CALLED), 7, "E702"),
        ((police_key(2), "--reason", CALLED), 7, "open hold of"),
        ((police_key(1), "--reason", CALLED, "--hold", "zz"), 7, "open hold zz of"),
        ((police_key(1),), 2, "--reason"),
        ((police_key(1), "--reason", CALLED), 2, "E204"),
    ],
)
def test_wrong_use_and_what_is_not_there(
    arguments: tuple[str, ...], code: int, says: str, staff: Staff, service: Service
) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="N"), a_stranger(2))
    ran = staff.lvws("jo", "held", "release", *arguments)
    assert (ran.code, says in ran.err) == (code, True), ran
    assert held(staff) == [(police_key(1), ["unsafe_to_contact"], False)]


def test_a_hold_that_opened_after_a_step_was_asked_for_is_not_released_by_it(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, safe_to_contact="", **DA))
    step = release(staff, 1).json["step"]
    with psycopg.connect(service.database_url) as connection:
        connection.execute("update cms.hold set opened_at = now() + interval '1 minute'")
    ran = staff.lvws("sam", "steps", "confirm", str(step), "--yes")
    assert (ran.code, ran.err[:4]) == (7, "E701")
    assert held(staff) == [(police_key(1), ["safe_contact_unknown"], True)]


# --- not passable -----------------------------------------------------------------------------------


def listed(staff: Staff) -> list[dict[str, Any]]:
    return staff.lvws(None, "not-passable", "list", "--json").json["not_passable"]


def answer(staff: Staff, number: int, *more: str) -> Ran:
    told = ("not-passable", "answer", police_key(number), "--source", "mps", "--reason", CALLED)
    return staff.lvws("jo", *told, *more)


def test_nothing_is_not_passable(staff: Staff) -> None:
    assert listed(staff) == []
    assert staff.lvws(None, "not-passable", "list").out.endswith(": none.\n")


def test_high_risk_stays_on_the_list_until_the_force_answers(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, consent="", **DA), a_stranger(2, consent="", da_flag="Y", dash_risk="M"))
    send(service, 1, a_stranger(1, record_type="U", consent="", sex="M", **DA))
    (row,) = listed(staff)
    assert (row["source"], row["key"], row["since"], row["area"]) == ("mps", police_key(1), "2019-06-03", "NE")
    assert row["run"] == service.lvws("runs", "--json").runs[0]["run"]
    assert answer(staff, 1).err.startswith("E204")
    ran = answer(staff, 1, "--yes", "--json")
    assert (ran.code, ran.err, ran.json["state"]) == (0, "", "done")
    assert listed(staff) == []
    with psycopg.connect(service.database_url) as connection:
        assert not_passable.outstanding(connection) == []  # nor on the nightly page
    assert answer(staff, 1, "--yes").code == 7
    assert answer(staff, 2, "--yes").code == 7
    assert answer(staff, 9, "--yes").code == 7
    assert staff.lvws("jo", "not-passable", "answer", police_key(1), "--reason", CALLED).code == 2


# --- turned back ------------------------------------------------------------------------------------


def test_somebody_from_outside_london_who_stays_here_is_turned_back_and_kept(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1, borough="Outside London", **NO_WAY))
    disposition = "select disposition, onward_for, held_for from cms.triage"
    assert service.rows(disposition) == [("onward", ["outside_london"], [])]
    ran = staff.lvws("jo", "onward", "turn-back", police_key(1), "--reason", CALLED, "--yes", "--json")
    assert (ran.code, ran.err) == (0, "")
    # Nobody else takes them now, so what is missing is ours to ask for.
    assert ran.json["not_because"] == ["no_contact_details"]
    assert service.rows(disposition) == [("held", [], ["no_contact_details"])]
    assert staff.lvws("jo", "onward", "turn-back", police_key(1), "--reason", CALLED, "--yes").code == 7


def test_nobody_is_turned_back_who_is_not_handed_on_for_living_elsewhere(staff: Staff, service: Service) -> None:
    send(service, 0, a_stranger(1), a_stranger(2, birth_date="12/03/2010", age="9"))
    for number in (1, 2):
        assert staff.lvws("jo", "onward", "turn-back", police_key(number), "--reason", CALLED, "--yes").code == 7
