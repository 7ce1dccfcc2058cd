"""Safe contact belongs to staff: a feed seeds what is blank, proposes the rest, and the most cautious word governs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cms.steps import KEY, held_for, may_contact, release, rows, set_contact, take
from tests.cms.test_holds import OTHER, sound
from tests.cms.test_load import Cms, U, W

AT_HOME = {"address_1": "1 Testing Row", "postcode": "E20 9ZZ", "postcode_usable": True}
AWAY = {"address_1": "2 Testing Row", "postcode": "N1 9ZZ", "postcode_usable": True}


@pytest.fixture
def cms(database_url: str) -> Iterator[Cms]:
    connection = psycopg.connect(database_url)
    yield Cms(connection)
    connection.close()


def contact(cms: Cms, *columns: str, key: str = KEY) -> Any:
    (row,) = rows(cms, f"select {', '.join(columns)} from cms.contact where referral_key = %s", key)
    return row if len(columns) > 1 else row[0]


def proposals(cms: Cms) -> list[tuple[str, str, str]]:
    return rows(cms, "select field, value, state from cms.proposal order by proposal_id")


def one_person(cms: Cms) -> None:
    """Link all referrals, as matching would."""
    cms.connection.execute("update cms.referral set person_id = 1")
    cms.connection.commit()


# --- seeds and proposals ---------------------------------------------------------------------------


def test_the_first_load_is_what_is_used_and_later_values_are_proposals(cms: Cms) -> None:
    cms.load(1, [sound()])
    cms.load(2, [sound(U, phone="07700 900999", phone_e164="+447700900999")])
    assert contact(cms, "phone") == "+447700900123"
    assert proposals(cms) == [("phone", "+447700900999", "open")]
    assert rows(cms, "select phone_e164 from cms.referral") == [("+447700900999",)]


def test_a_blank_is_filled_by_a_feed_and_a_proposal_is_settled_once_the_feed_agrees(cms: Cms) -> None:
    cms.load(1, [sound(email=None)])
    cms.load(2, [sound(U, email="zzelm@example.org", email_usable=True, phone="1", phone_e164="+447700900999")])
    assert contact(cms, "email") == "zzelm@example.org"
    cms.load(3, [sound(U)])
    assert proposals(cms) == [("phone", "+447700900999", "settled")]


def test_nothing_is_filled_where_staff_set_contact_not_even_a_blank(cms: Cms) -> None:
    cms.load(1, [sound()])
    set_contact(cms, phone=None, note="write alone")
    cms.load(2, [sound(U, email="zzelm@example.org", email_usable=True)])
    assert contact(cms, "phone", "email", "note") == (None, None, "write alone")
    assert {field for field, _, _ in proposals(cms)} == {"phone", "email"}


@pytest.mark.parametrize(
    ("what", "phone"), [("accept_proposal", "+447700900999"), ("refuse_proposal", "+447700900123")]
)
def test_a_proposal_is_decided_once(cms: Cms, what: str, phone: str) -> None:
    cms.load(1, [sound()])
    new = {"phone": "07700 900999", "phone_e164": "+447700900999"}
    cms.load(2, [sound(U, **new)])
    ((number,),) = rows(cms, "select proposal_id from cms.proposal")
    take(cms, what, {"proposal_id": number, "value": "+447700900999"})
    cms.load(3, [sound(U, surname="Zzelm", **new)])
    assert contact(cms, "phone") == phone
    assert [state for _, _, state in proposals(cms)] == ["accepted" if what.startswith("accept") else "refused"]


def test_a_refused_proposal_comes_up_again_with_another_value_alone(cms: Cms) -> None:
    cms.load(1, [sound()])
    cms.load(2, [sound(U, phone="1", phone_e164="+447700900999")])
    ((number,),) = rows(cms, "select proposal_id from cms.proposal")
    take(cms, "refuse_proposal", {"proposal_id": number, "value": "+447700900999"})
    cms.load(3, [sound(U, phone="2", phone_e164="+447700900888")])
    assert proposals(cms) == [("phone", "+447700900888", "open")]


def test_an_address_is_never_seeded_with_the_postcode_of_another(cms: Cms) -> None:
    cms.load(1, [sound(**AT_HOME | {"address_1": None})])
    cms.load(2, [sound(U, **AWAY)])
    assert contact(cms, "address", "postcode") == ("2 Testing Row", "N1 9ZZ")


def test_a_postcode_of_another_address_is_a_proposal(cms: Cms) -> None:
    cms.load(1, [sound(**AT_HOME | {"postcode": None, "postcode_usable": None})])
    cms.load(2, [sound(U, **AWAY)])
    assert contact(cms, "address", "postcode") == ("1 Testing Row", None)
    assert {field for field, _, _ in proposals(cms)} == {"address", "postcode"}


def test_a_number_that_cannot_be_called_is_no_proposal_and_takes_nothing_away(cms: Cms) -> None:
    home = {"other_phone": "020 7946 0123", "other_phone_e164": "+442079460123"}
    cms.load(1, [sound(**home)])
    cms.load(2, [sound(U, phone="07700 9", phone_e164=None, **home)])
    assert (contact(cms, "phone"), proposals(cms)) == ("+447700900123", [])


# --- what a feed says of danger ----------------------------------------------------------------------


def test_a_feed_that_says_unsafe_holds_at_once_and_touches_nothing_that_staff_set(cms: Cms) -> None:
    cms.load(1, [sound()])
    set_contact(cms, safe_to_contact="Y", phone="+447700900777")
    cms.load(2, [sound(U, safe_to_contact="N")])
    assert (may_contact(cms), contact(cms, "phone")) == ((False, ["unsafe_to_contact"]), None)
    assert rows(cms, "select safe_to_contact, phone from cms.safe_contact") == [("Y", "+447700900777")]
    assert ("safe_to_contact", "N", "open") in proposals(cms)


def test_a_feed_that_says_safe_again_lowers_nothing(cms: Cms) -> None:
    cms.load(1, [sound(safe_to_contact="N")])
    cms.load(2, [sound(U, safe_to_contact="Y")])
    assert held_for(cms) == ("held", ["unsafe_to_contact"])
    assert may_contact(cms) == (False, ["unsafe_to_contact"])


@pytest.mark.parametrize("later", [[], [sound(U, surname="Zzelm")]], ids=["no row since", "a row since"])
def test_a_released_hold_opens_no_way_while_nobody_wrote_down_that_contact_is_safe(cms: Cms, later: list[Any]) -> None:
    """The same whether a row came since or not: what a load seeds must not change the answer."""
    cms.load(1, [sound(safe_to_contact="N")])
    release(cms, "unsafe_to_contact")
    if later:
        cms.load(2, later)
    assert may_contact(cms) == (False, ["unsafe_to_contact"])
    set_contact(cms, safe_to_contact="Y")
    assert may_contact(cms) == (True, [])


# --- several referrals of one person -----------------------------------------------------------------


def test_of_linked_referrals_the_most_cautious_governs_all(cms: Cms) -> None:
    cms.load(1, [sound(), sound(key=OTHER, safe_to_contact="N")])
    assert may_contact(cms) == (True, [])
    one_person(cms)
    assert may_contact(cms) == (False, ["unsafe_to_contact"])
    assert held_for(cms) == ("accepted", [])  # triage tells of each referral by itself


def test_a_linked_referral_that_was_withdrawn_is_as_dangerous_as_before(cms: Cms) -> None:
    cms.load(1, [sound(), sound(key=OTHER)])
    cms.load(2, [sound(U, key=OTHER, safe_to_contact="N")])
    cms.load(3, [sound(W, key=OTHER)])
    one_person(cms)
    assert may_contact(cms) == (False, ["unsafe_to_contact"])
    assert may_contact(cms, OTHER) == (False, ["unsafe_to_contact", "withdrawn"])


def test_want_of_details_and_reopening_are_a_referral_s_own_affair(cms: Cms) -> None:
    cms.load(1, [sound(), sound(key=OTHER, phone=None, phone_e164=None)])
    one_person(cms)
    assert may_contact(cms) == (True, [])
    assert may_contact(cms, OTHER) == (False, ["no_contact_details"])


def test_nothing_of_contact_is_shown_where_contact_is_not_safe(cms: Cms) -> None:
    cms.load(1, [sound(safe_to_contact="N", safe_contact_note="never ring", **AT_HOME)])
    shown = contact(cms, "preferred_contact", "phone", "other_phone", "email", "address", "postcode", "note")
    assert set(shown) == {None}


def test_the_loader_cannot_write_safe_contact_nor_release_a_hold(cms: Cms) -> None:
    cms.load(1, [sound(safe_to_contact="N")])
    for statement in (
        "insert into cms.safe_contact (referral_id) select referral_id from cms.referral",
        "update cms.safe_contact set phone = null",
        "update cms.hold set released_at = now(), released_by = 1",
    ):
        cms.connection.execute("set local role lvws_loader")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cms.connection.execute(statement)
        cms.connection.rollback()
