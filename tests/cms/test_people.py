"""Who is one person in the CMS: after loads and matching, after updates and judgements, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.cms.people.matching import Secret
from tests.cms.who import (
    ELSEWHERE,
    EMAIL,
    NO_CONTACT,
    OTHER_EMAIL,
    OTHER_PHONE,
    PHONE,
    People,
    Told,
    born,
    centre,
    fraud,
    keys,
    opened,
    police,
    witness,
)
from tests.conftest import named

pytestmark = pytest.mark.xdist_group("people")  # one database for the module

CRIME = "4200001/19"
JAN = {"forename": "Jan", "birth_date": born("1983-01-09"), **OTHER_EMAIL}
LINKED, REVIEW, APART = "linked", "review", "apart"

CASES: dict[str, tuple[str, list[Told]]] = {
    "police and fraud reporting": (LINKED, [police(1), fraud(1)]),
    "two crimes of one force": (LINKED, [police(1), police(2)]),
    "another phone and e-mail, one home": (LINKED, [police(1), police(2, **OTHER_PHONE, **OTHER_EMAIL)]),
    "moved": (LINKED, [police(1), fraud(1, **ELSEWHERE)]),
    "a typist's slip in the birth date": (REVIEW, [police(1), fraud(1, birth_date=born("1985-03-18"))]),
    "domestic abuse and another phone": (
        REVIEW,
        [police(1), police(2, **OTHER_PHONE, da_flag=True, dash_risk="M", consent="Y", safe_to_contact="Y")],
    ),
    "a couple": (APART, [police(1), police(2, **JAN)]),
    "flatmates": (APART, [police(1), police(2, **JAN | {"surname": "Nowak"}, **OTHER_PHONE)]),
    "twins": (APART, [police(1), police(2, forename="Zofia", **OTHER_EMAIL)]),
    "mother and daughter of one name": (APART, [police(1), police(2, birth_date=born("2004-11-02"), **OTHER_EMAIL)]),
    "the perpetrator at her address, with her phone": (APART, [police(1), centre(1, **JAN)]),
    "complainant and victim of one crime": (
        LINKED,
        [police(1), witness(1, complains=True, police_reference=CRIME)],
    ),
    "another victim of the report": (APART, [police(1, 1), police(1, 2)]),
    "a witness who does not complain, of her crime": (
        APART,
        [police(1), witness(1, complains=False, police_reference=CRIME)],
    ),
    "a witness of a crime that is not told": (REVIEW, [police(1), witness(1, complains=False)]),
}


@pytest.fixture
def cms(database_url: str) -> Iterator[People]:
    made = opened(database_url)
    yield made
    made.connection.close()


def state_of(cms: People) -> str:
    return LINKED if cms.persons() else REVIEW if cms.review() else APART


@pytest.mark.parametrize("turned", [False, True], ids=["", "the other way round"])
@pytest.mark.parametrize(("expected", "told"), CASES.values(), ids=CASES)
def test_two_referrals_are(expected: str, told: list[Told], turned: bool, cms: People) -> None:
    for each in reversed(told) if turned else told:
        cms.tell(each)
        cms.match()
    assert state_of(cms) == expected
    assert set(cms.identities().values()) == {"matched" if expected == LINKED else "new"}


def test_of_whom_too_little_is_known_is_compared_with_nobody(cms: People) -> None:
    little = {**NO_CONTACT, "birth_date": None, "postcode": None, "postcode_usable": None}
    cms.tell(police(1, **little), police(2, **little), police(3, forename=None), police(4))
    cms.match()
    told = [police(each)[1]["key"] for each in (1, 2, 3, 4)]
    assert [cms.identities()[each] for each in told] == ["not_linkable", "not_linkable", "not_linkable", "new"]
    assert state_of(cms) == APART


def test_an_update_that_makes_them_differ_ends_the_link_and_everybody_is_who_they_were(cms: People) -> None:
    cms.tell(police(1), fraud(1))
    before = cms.numbers()
    cms.match()
    assert cms.persons() == {keys(police(1), fraud(1))}
    source, row = fraud(1, birth_date=born("1961-02-20"))
    cms.tell((source, {**row, "record_type": "U"}), day=2)
    cms.match()
    assert cms.persons() == set()
    assert cms.numbers() == before
    assert cms.links() == [("automatic", False, "matching")]
    assert set(cms.identities().values()) == {"new"}


def test_an_update_that_makes_them_agree_links_them_and_a_second_one_links_them_again(cms: People) -> None:
    cms.tell(police(1), fraud(1, birth_date=born("1961-02-20")))
    cms.match()
    assert state_of(cms) == APART
    for day, date in ((2, "1985-03-17"), (3, "1961-02-20"), (4, "1985-03-17")):
        source, row = fraud(1, birth_date=born(date))
        cms.tell((source, {**row, "record_type": "U"}), day=day)
        cms.match()
    assert state_of(cms) == LINKED
    assert cms.links() == [("automatic", False, "matching"), ("automatic", True, None)]


def test_what_staff_judged_is_stronger_than_the_score_and_survives_new_data(cms: People) -> None:
    cms.tell(police(1), fraud(1), police(2, birth_date=born("1985-03-18")))
    cms.match()
    before = cms.numbers()
    assert cms.judge(police(1), fraud(1), same=False) == "done"
    assert cms.judge(police(2), police(1), same=True) == "done"
    cms.match()
    assert cms.persons() == {keys(police(1), police(2))}
    source, row = fraud(1, station="Stratford")
    cms.tell((source, {**row, "record_type": "U"}), police(2, record_type="U", surname="Nowak"), day=2)
    cms.match()
    assert cms.persons() == {keys(police(1), police(2))}
    assert ("automatic", False, "judged") in cms.links()
    assert cms.judge(police(1), police(2), same=False) == "done"
    assert cms.judge(police(1), fraud(1), same=True) == "done"
    cms.match()
    assert cms.persons() == {keys(police(1), fraud(1))}
    assert cms.numbers() == before


def test_a_pair_that_was_judged_is_not_asked_about_again(cms: People) -> None:
    pair = police(1), fraud(1, birth_date=born("1985-03-18"))
    cms.tell(*pair)
    cms.match()
    assert cms.review() == {keys(*pair)}
    cms.judge(*pair, same=False)
    cms.match()
    assert state_of(cms) == APART


def test_a_veto_wins_over_any_agreement_and_over_those_in_between(cms: People) -> None:
    """Two victims of one report, and a fraud that agrees with either: nobody is linked, people look."""
    cms.tell(police(1, 1), fraud(1), police(1, 2))
    cms.match()
    assert cms.persons() == set()
    assert cms.review() == {keys(police(1, 1), fraud(1)), keys(police(1, 2), fraud(1))}
    assert {reason for (reason,) in cms.ask("select group_reason from cms.review")} == {"group_has_two_people"}


def test_a_group_that_is_too_large_goes_to_people_as_a_whole_and_comes_apart_again(cms: People) -> None:
    cms.tell(*(police(number) for number in range(1, 9)))
    cms.match()
    assert len(cms.persons()) == 1
    cms.tell(police(9))
    cms.match()
    assert cms.persons() == set()
    assert len(cms.review()) == 36
    cms.tell(police(9, record_type="U", birth_date=born("1950-01-05"), forename="Jan"), day=2)
    cms.match()
    assert cms.persons() == {keys(*(police(number) for number in range(1, 9)))}
    assert cms.review() == set()


def test_a_phone_that_has_gone_out_of_use_makes_no_pair_for_people(cms: People) -> None:
    """Had the new phone been there from the first, nobody would have compared the two."""
    little = {"birth_date": None, "address_1": None, "postcode": None, "postcode_usable": None, "email": None}
    cms.tell(police(1, **little), police(2, **little | OTHER_PHONE))
    cms.match()
    assert cms.review() == set()
    cms.tell(police(1, record_type="U", **little | {"phone": "07700 900789", "phone_e164": "+447700900789"}), day=2)
    cms.tell(police(3, **little))
    cms.match()
    assert (cms.persons(), cms.review()) == (set(), set())


def test_to_match_twice_is_to_match_once(cms: People) -> None:
    cms.tell(police(1), fraud(1), police(2, birth_date=born("1985-03-18")))
    assert cms.match().referrals == 3
    everything = "select row_to_json(p)::text from cms.pair p union all select row_to_json(l)::text from cms.link l"
    before = cms.ask(everything)
    assert cms.match().referrals == 0
    cms.ask("update cms.matching set done_at = null returning 1")
    assert cms.match().moved == 0
    assert cms.ask(everything) == before


def test_another_secret_finds_the_same_people(cms: People, monkeypatch: pytest.MonkeyPatch) -> None:
    cms.tell(police(1), fraud(1))
    cms.match()
    monkeypatch.setattr("tests.cms.who.SECRET", Secret("match-keys-2", b"2" * 32))
    cms.tell(police(2))
    assert cms.match().referrals == 3
    assert cms.persons() == {keys(police(1), fraud(1), police(2))}


# --- laws ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared_cms(server: str) -> Iterator[People]:
    with psycopg.connect(named(server, "postgres"), autocommit=True) as connection:
        connection.execute("create database people template lvws_template")
    made = opened(named(server, "people"))
    yield made
    made.connection.close()
    with psycopg.connect(named(server, "postgres"), autocommit=True) as maintenance:
        maintenance.execute("drop database people with (force)")


_told = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["police 1|1", "police 1|1", "police 1|2", "police 2|1", "fraud", "complains", "saw"]),
        "forename": st.sampled_from(["Marta", "Marta", "Marta", "Zofia"]),
        "surname": st.sampled_from(["Kowalska", "Kowalska", "Kowalsky", "Nowak"]),
        "birth_date": st.sampled_from([born("1985-03-17")] * 3 + [born("1985-03-18"), born("1961-02-20"), None]),
        "home": st.sampled_from([{}, {}, ELSEWHERE, {"address_1": None, "postcode": None, "postcode_usable": None}]),
        "phone": st.sampled_from([PHONE, PHONE, OTHER_PHONE, {"phone": None, "phone_e164": None}]),
        "email": st.sampled_from([EMAIL, EMAIL, OTHER_EMAIL]),
        "safe_to_contact": st.sampled_from([None, None, "Y", "N"]),
    }
)


def a_file(values: dict[str, Any]) -> Told:
    plain = {name: values[name] for name in ("forename", "surname", "birth_date", "safe_to_contact")}
    told = plain | values["home"] | values["phone"] | values["email"]
    match values["who"]:
        case "fraud":
            return fraud(1, **told)
        case "complains" | "saw" as role:
            return witness(1 if role == "saw" else 2, complains=role == "complains", police_reference=CRIME, **told)
        case other:
            report, victim = other.removeprefix("police ").split("|")
            return police(int(report), int(victim), **told)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(_told.map(a_file), min_size=2, max_size=6), data=st.data())
def test_any_order_of_files_and_of_matching_ends_in_the_same_persons_and_reviews(
    files: list[Told], data: st.DataObject, shared_cms: People
) -> None:
    cms = shared_cms
    cms.clear()
    for day, told in enumerate(files):
        cms.tell(told, day=day)
    cms.match()
    at_once = cms.persons(), cms.review()
    order = data.draw(st.permutations(range(len(files))))
    matched_after = data.draw(st.sets(st.sampled_from(range(len(files)))))
    cms.clear()
    for day in order:
        cms.tell(files[day], day=day)
        if day in matched_after:
            cms.match()
    cms.match()
    assert (cms.persons(), cms.review()) == at_once
    assert cms.match().referrals == 0
    nobody_is_linked_across_roles(cms)
    every_link_is_as_the_persons_are(cms)


def nobody_is_linked_across_roles(cms: People) -> None:
    saw = witness(1, complains=False)[1]["key"]
    for person in cms.persons():
        assert not {police(1, 1)[1]["key"], police(1, 2)[1]["key"]} <= person
        assert saw not in person or not person & {police(1, 1)[1]["key"], police(1, 2)[1]["key"]}


def every_link_is_as_the_persons_are(cms: People) -> None:
    across = (
        "select 1 from cms.link l join cms.referral a on a.referral_id = l.left_id "
        "join cms.referral b on b.referral_id = l.right_id where l.unlinked_at is null and a.person_id <> b.person_id"
    )
    assert cms.ask(across) == []
