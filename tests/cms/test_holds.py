"""Holds follow the rules and staff: they begin, end, begin again, and nothing that protects is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from exchange.cms import retriage
from tests.cms.steps import KEY, held_for, may_contact, release, rows, set_contact, take
from tests.cms.test_load import DA, Cms, N, U, W, a_row

OTHER = "1234567/19|2"
SAFE = {"phone": "07700 900123", "phone_e164": "+447700900123", "safe_to_contact": "Y", "consent": "Y"}


def sound(record_type: str = N, key: str = KEY, **values: Any) -> dict[str, Any]:
    """A row that is accepted: somebody who can be reached, safely, and who consents."""
    return a_row(key, record_type, **{**SAFE, **values})


@pytest.fixture
def cms(database_url: str) -> Iterator[Cms]:
    connection = psycopg.connect(database_url)
    yield Cms(connection)
    connection.close()


def holds(cms: Cms) -> list[tuple[str, str]]:
    """Every hold there was, in its order: its reason, and what became of it."""
    return rows(
        cms,
        "select reason, case when over_at is not null then 'over' when released_at is not null then 'released' "
        "else 'open' end from cms.hold order by hold_id",
    )


# --- the rules begin and end them -------------------------------------------------------------------


def test_a_hold_ends_by_itself_when_the_sender_says_that_contact_is_safe(cms: Cms) -> None:
    cms.load(1, [sound(da_flag=True, safe_to_contact=None)])
    assert held_for(cms) == ("held", ["safe_contact_unknown"])
    cms.load(2, [sound(U, da_flag=True)])
    assert (held_for(cms), holds(cms)) == (("accepted", []), [("safe_contact_unknown", "over")])


def test_a_hold_begins_again_when_its_reason_does(cms: Cms) -> None:
    bad = {"phone": "07700 9", "phone_e164": None}
    cms.load(1, [sound(**bad)])
    cms.load(2, [sound(U)])
    cms.load(3, [sound(U, **bad)])
    assert holds(cms) == [("no_contact_details", "over"), ("no_contact_details", "open")]
    assert held_for(cms) == ("held", ["no_contact_details"])


def test_a_released_hold_stays_released_while_its_reason_goes_on(cms: Cms) -> None:
    cms.load(1, [sound(da_flag=True, safe_to_contact=None)])
    release(cms, "safe_contact_unknown")
    cms.load(2, [sound(U, da_flag=True, safe_to_contact=None, surname="Zzelm")])
    assert (held_for(cms), holds(cms)) == (("accepted", []), [("safe_contact_unknown", "released")])


def test_a_new_reason_holds_a_referral_that_staff_released_for_another(cms: Cms) -> None:
    cms.load(1, [sound(da_flag=True, safe_to_contact=None)])
    release(cms, "safe_contact_unknown")
    cms.load(2, [sound(U, da_flag=True, safe_to_contact="N")])
    assert held_for(cms) == ("held", ["unsafe_to_contact"])


def test_a_released_hold_that_ended_begins_again_unreleased(cms: Cms) -> None:
    bad = {"phone": "07700 9", "phone_e164": None}
    cms.load(1, [sound(**bad)])
    release(cms, "no_contact_details")
    cms.load(2, [sound(U)])
    cms.load(3, [sound(U, **bad)])
    assert held_for(cms) == ("held", ["no_contact_details"])


def test_a_hold_that_the_rules_do_not_decide_is_none_of_a_load_s_business(cms: Cms) -> None:
    cms.load(1, [sound()])
    rows_made = "insert into cms.hold (referral_id, reason, since, opened_by) select referral_id, 'match_review', now(), 'matching' from cms.referral"
    cms.connection.execute(rows_made)
    cms.connection.commit()
    cms.load(2, [sound(U, surname="Zzelm")])
    assert held_for(cms) == ("held", ["match_review"])


def test_a_hold_that_staff_opened_ends_by_staff_alone(cms: Cms) -> None:
    cms.load(1, [sound()])
    set_contact(cms, safe_to_contact="N")
    cms.load(2, [sound(U, surname="Zzelm")])
    assert held_for(cms) == ("held", ["unsafe_to_contact"])
    assert may_contact(cms) == (False, ["unsafe_to_contact"])


# --- withdrawn, and opened again --------------------------------------------------------------------


def test_somebody_who_withdrew_and_came_again_is_held_each_time(cms: Cms) -> None:
    cms.load(1, [sound()])
    for day in (2, 5):
        cms.load(day, [sound(W)])
        assert rows(cms, "select withdrawn from cms.referral") == [(True,)]
        cms.load(day + 1, [sound()])
        assert held_for(cms) == ("held", ["reopened"])
        release(cms, "reopened")
        assert held_for(cms) == ("accepted", [])


def test_somebody_who_withdrew_and_came_again_in_one_file_is_held_again(cms: Cms) -> None:
    for day, file in enumerate([[sound()], [sound(W)], [sound()]], 1):
        cms.load(day, file)
    release(cms, "reopened")
    cms.load(4, [sound(W), sound()])
    assert held_for(cms) == ("held", ["reopened"])


def test_somebody_whose_second_withdrawal_comes_late_is_held_again(cms: Cms) -> None:
    for day, file in enumerate([[sound()], [sound(W)], [sound()]], 1):
        cms.load(day, file)
    release(cms, "reopened")
    cms.load(5, [sound(surname="Zzelm")])
    cms.load(4, [sound(W)])
    assert held_for(cms) == ("held", ["reopened"])


def test_an_update_after_the_release_leaves_it_released(cms: Cms) -> None:
    for day, file in enumerate([[sound()], [sound(W)], [sound()]], 1):
        cms.load(day, file)
    release(cms, "reopened")
    cms.load(4, [sound(U, surname="Zzelm")])
    cms.load(5, [sound(surname="Zzbirch")])
    assert held_for(cms) == ("accepted", [])


def test_a_new_record_that_refuses_consent_closes_the_referral(cms: Cms) -> None:
    cms.load(1, [sound()])
    assert cms.load(2, [sound(consent="N")]) == [("withdrawn", "consent_refused")]
    assert rows(cms, "select withdrawn, reopened from cms.referral") == [(True, False)]


def test_a_new_record_that_refuses_consent_opens_nothing_that_was_withdrawn(cms: Cms) -> None:
    cms.load(1, [sound()])
    cms.load(2, [sound(W)])
    cms.load(3, [sound(consent="N")])
    assert rows(cms, "select withdrawn, reopened from cms.referral") == [(True, False)]


# --- rows that may not be held, of a referral that is known -------------------------------------------


def test_a_row_that_may_not_be_held_raises_domestic_abuse_and_risk_of_a_known_referral(cms: Cms) -> None:
    cms.load(1, [sound(consent=None)])
    assert cms.load(2, [sound(U, consent=None, **DA)]) == [("updated", "consent_pending")]
    assert rows(cms, "select da_flag, dash_risk, consent_pending from cms.referral") == [(True, "H", True)]
    assert held_for(cms) == ("held", ["consent_pending"])
    cms.load(3, [sound(U)])
    assert rows(cms, "select da_flag, dash_risk, consent_pending from cms.referral") == [(True, "H", False)]
    assert held_for(cms) == ("accepted", [])


def test_a_row_that_may_not_be_held_and_says_that_contact_is_unsafe_holds_a_known_referral(cms: Cms) -> None:
    cms.load(1, [sound(consent=None)])
    cms.load(2, [sound(U, consent=None, safe_to_contact="N", **DA | {"dash_risk": "S"})])
    assert held_for(cms) == ("held", ["consent_pending", "unsafe_to_contact"])
    cms.load(3, [sound(U, safe_to_contact=None)])
    assert held_for(cms) == ("held", ["unsafe_to_contact"])
    assert may_contact(cms) == (False, ["unsafe_to_contact"])


def test_a_row_that_raises_protection_once_more_is_an_update_and_the_same_again_a_duplicate(cms: Cms) -> None:
    medium = {"consent": None, "da_flag": True, "dash_risk": "M"}
    cms.load(1, [sound(consent=None)])
    files = [medium, medium | {"safe_to_contact": "N"}, medium | {"safe_to_contact": "N"}, medium | {"dash_risk": "H"}]
    outcomes = [cms.load(day, [sound(U, **said)]) for day, said in enumerate(files, 2)]
    kinds = ["updated", "updated", "duplicate", "updated"]
    assert outcomes == [[(kind, "consent_pending")] for kind in kinds]
    cms.load(6, [sound(U, key=OTHER, consent=None)])
    assert [kind for kind, _ in cms.load(7, [sound(U, key=OTHER, **said) for said in files])] == kinds


def test_what_an_excluded_row_said_of_danger_still_holds_the_referral_that_comes_after_it(cms: Cms) -> None:
    """High risk without consent must not vanish behind a later row that does not speak of it."""
    assert cms.load(1, [sound(consent=None, **DA)]) == [("excluded", "consent_missing")]
    assert cms.load(2, [sound(U, consent=None)]) == [("created", "update_of_unknown")]
    assert rows(cms, "select da_flag, dash_risk from cms.referral") == [(True, "H")]
    assert held_for(cms) == ("held", ["consent_pending"])
    cms.load(3, [sound(U, consent="Y")])
    assert held_for(cms) == ("accepted", [])


def test_the_same_again_after_an_excluded_row_and_its_referral_changes_nothing(cms: Cms) -> None:
    said = sound(U, consent=None, **DA)
    ends = [("excluded", "consent_missing"), ("created", "update_of_unknown"), ("duplicate", "consent_pending")]
    assert cms.load(1, [said, sound(U, consent=None), said]) == ends


def test_an_excluded_row_that_comes_late_holds_the_referral_too(cms: Cms) -> None:
    cms.load(2, [sound(U, consent=None)])
    cms.load(1, [sound(consent=None, safe_to_contact="N", **DA)])
    assert rows(cms, "select da_flag, dash_risk, safe_to_contact from cms.referral") == [(True, "H", "N")]
    assert held_for(cms) == ("held", ["consent_pending", "unsafe_to_contact"])


@pytest.mark.parametrize(
    ("values", "area"),
    [
        ({"borough_code": "E09000025", "offence_bcu": "NA"}, "NE"),
        ({"borough_code": "outside_london", "offence_bcu": "NA"}, "NA"),
        ({"borough_code": None, "offence_bcu": "NA"}, "NA"),
        ({"borough_code": "E09000001", "offence_bcu": "CE"}, "CITY"),
        ({"borough_code": None, "offence_bcu": "Zzquarry Row 4"}, None),
        ({"borough_code": None, "offence_bcu": None}, None),
        ({"borough_code": "E09000025", "dash_risk": "M"}, None),
        ({"borough_code": "E09000025", "da_flag": False, "opted_out": True}, None),
    ],
    ids=str,
)
def test_of_rows_that_may_not_be_held_only_high_risk_keeps_its_area_and_nothing_but_an_area(
    cms: Cms, values: dict[str, Any], area: str | None
) -> None:
    cms.load(1, [sound(**{"consent": None, **DA, **values})])
    assert rows(cms, "select area from cms.not_held") == [(area,)]


# --- staff turn back ------------------------------------------------------------------------------------


def test_a_referral_that_was_turned_back_is_held_for_want_of_details_until_they_come(cms: Cms) -> None:
    nowhere = {"phone": None, "phone_e164": None}
    cms.load(1, [sound(borough="Outside London", borough_code="outside_london", **nowhere)])
    assert held_for(cms) == ("onward", [])
    take(cms, "turn_back", {})
    assert held_for(cms) == ("held", ["no_contact_details"])
    cms.load(2, [sound(U)])
    assert held_for(cms) == ("accepted", [])


def test_held_comes_before_onward_and_onward_before_want_of_details(cms: Cms) -> None:
    away = {"borough": "Outside London", "borough_code": "outside_london"}
    cms.load(1, [sound(safe_to_contact="N", **away)])
    cms.load(1, [sound(key=OTHER, phone=None, phone_e164=None)], arrival=2)
    assert held_for(cms) == ("held", ["unsafe_to_contact"])
    assert held_for(cms, OTHER) == ("held", ["no_contact_details"])
    cms.load(2, [sound(U, key=OTHER, phone=None, phone_e164=None, **away)])
    assert held_for(cms, OTHER) == ("onward", [])


# --- triage of what is in the database ---------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Pacific/Apia", "Asia/Kolkata"])
def test_what_is_triaged_again_is_read_as_it_stands(cms: Cms, zone: str) -> None:
    odd = ["", " ", "NULL", "\\N", "\\.", 't,"f"', "a\nb", '""', "nan", "é"]
    for number, text in enumerate(odd):
        cms.load(1, [sound(key=f"k{number}", offence_title=text, address_1=text, vulnerable=[None, True, False][number % 3])], arrival=number + 1)  # fmt: skip
    statement = "update cms.referral set recorded_at = '2019-03-31 01:30:00.000001+00', birth_date = '1899-12-31', age = referral_id"
    cms.connection.execute(statement)
    cms.connection.execute(f"set local time zone '{zone}'")
    read = retriage.read(cms.connection, psycopg.sql.SQL("order by r.referral_id"))
    names = [name for name in read.column_names if name != "referral_id"]
    stands = rows(cms, f"select {', '.join(names)} from cms.referral order by referral_id")
    assert [tuple(row[name] for name in names) for row in read.to_pylist()] == stands
