"""Literal pairs, one line a case: what differs from Marta Kowalska on the left and on the right, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.matching.words import sentence
from tests.matching.people import (
    ELSEWHERE,
    LANDLINE,
    MARTA,
    NO_HOME,
    OTHER_CRIME,
    OTHER_PHONE,
    PHONE,
    born,
    decided,
)

A, R, X = "automatic", "review", "apart"
NO_MAIL: dict[str, Any] = {"email": None}
NO_PHONE: dict[str, Any] = {"phone_e164": None}
UNKNOWN_BIRTH: dict[str, Any] = {"birth_date": None}
MEN = {"forename": "John", "surname": "Osei"}
WITNESS = {"source": "witness_care_unit", "referral_key": "W1", "channel": "witness", **NO_HOME}
SELF = {"source": "contact_centre", "referral_key": "CC1", "channel": "self"}

# name | left | right | decision | words that have to be in the sentence
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    # --- one person
    ("all agrees", {}, {}, A, "same forename, surname, birth date, phone, e-mail and address"),
    ("moved, new phone, same e-mail", {}, {**ELSEWHERE, "phone_e164": OTHER_PHONE}, A, "other phone; other address"),
    ("moved, same phone, no e-mail", {}, {**ELSEWHERE, **NO_MAIL}, A, "one has no e-mail"),
    ("same address alone", NO_MAIL, {**NO_MAIL, **NO_PHONE}, A, "one has no phone"),
    (
        "neither contact nor home agrees",
        NO_MAIL,
        {**NO_MAIL, **ELSEWHERE, "phone_e164": OTHER_PHONE},
        R,
        "other address",
    ),
    (
        "nothing but names and birth date known",
        {},
        {**NO_MAIL, **NO_HOME, **NO_PHONE},
        R,
        "same forename, surname and birth date",
    ),
    ("phone agrees as the other one", {}, {"phone_e164": LANDLINE, "other_phone_e164": PHONE}, A, "phone"),
    (
        "flat and house in one line or two",
        {"address_1": "Flat 3", "address_2": "14 Ombrawick Road"},
        {**NO_MAIL, **NO_PHONE, "address_1": "Flat 3, 14 Ombrawick Road"},
        A,
        "address",
    ),
    ("postcode in small letters", {"postcode": "e219zz"}, {**NO_MAIL, **NO_PHONE}, A, "address"),
    # --- names
    ("short form", {"forename": "Catherine"}, {"forename": "Kate"}, A, "one forename is a short form of the other"),
    ("two short forms", {"forename": "Daisy"}, {"forename": "Maisie"}, R, "the forenames are short for one name"),
    ("two spellings", {"forename": "Mohammed"}, {"forename": "Muhammad"}, A, "short form"),
    (
        "accents",
        {"forename": "José", "surname": "Núñez"},
        {"forename": "Jose", "surname": "Nunez"},
        A,
        "same forename, surname",
    ),
    ("composed and decomposed", {"surname": "Núñez"}, {"surname": "Nu\u0301n\u0303ez"}, A, "same forename, surname"),
    ("two apostrophes and none", {"surname": "O'Neill"}, {"surname": "O\u2019NEILL"}, A, "same forename, surname"),
    ("apostrophe and space", {"surname": "O'Neill"}, {"surname": "O Neill"}, A, "same forename, surname"),
    ("hyphen", {"forename": "Jean-Luc"}, {"forename": "Jean Luc"}, A, "same forename, surname"),
    ("particle", {"surname": "de la Cruz"}, {"surname": "Cruz"}, A, "same forename, surname"),
    ("Polish letters", {"forename": "Łukasz"}, {"forename": "Lukasz"}, A, "same forename, surname"),
    ("swapped", {}, {"forename": "Kowalska", "surname": "Marta"}, A, "forename and surname change places"),
    ("slip in the surname", {}, {"surname": "Kowalksa"}, A, "surname differs by one letter"),
    ("slip in the forename, same e-mail", {}, {"forename": "Matra"}, A, "forename differs by one letter"),
    (
        "slip in the forename, no e-mail: as twins are named",
        NO_MAIL,
        {**NO_MAIL, "forename": "Matra"},
        R,
        "forename differs by one letter",
    ),
    (
        "slips in both names",
        NO_MAIL,
        {**NO_MAIL, "forename": "Matra", "surname": "Kowalksa"},
        R,
        "surname differs by one letter",
    ),
    ("married name", {}, {"surname": "Smith"}, R, "other surname"),
    ("two surnames and one", {"surname": "Garcia-Lopez"}, {"surname": "Garcia"}, R, "surname is the same in part"),
    ("initial", {}, {"forename": "M"}, R, "one forename is an initial"),
    ("two forenames and one", {"forename": "Marta Anna"}, {}, R, "forename is the same in part"),
    ("surnames that sound alike", {"surname": "Macdonald"}, {"surname": "McDonnald"}, R, "surnames sound alike"),
    # --- birth
    (
        "day and month swapped",
        {"birth_date": born("1985-03-07")},
        {"birth_date": born("1985-07-03")},
        R,
        "day and month of birth change places",
    ),
    ("slip in the birth date", {}, {"birth_date": born("1985-03-16")}, R, "birth date differs by one slip"),
    ("one has no birth date", {}, UNKNOWN_BIRTH, R, "one has neither birth date nor age"),
    ("one has an age that fits", {}, {**UNKNOWN_BIRTH, "age": 34}, R, "the age fits"),
    ("one has an age that does not fit", {}, {**UNKNOWN_BIRTH, "age": 70}, X, "one name and home and two birth dates"),
    ("neither has a birth date", UNKNOWN_BIRTH, UNKNOWN_BIRTH, R, "neither birth date nor age"),
    (
        "1 January, one contact",
        {"birth_date": born("1985-01-01"), **NO_MAIL},
        {"birth_date": born("1985-01-01"), **NO_MAIL, **ELSEWHERE},
        R,
        "first of January",
    ),
    (
        "1 January, two contacts",
        {"birth_date": born("1985-01-01")},
        {"birth_date": born("1985-01-01"), **ELSEWHERE},
        A,
        "first of January",
    ),
    (
        "01/01/1970 is nobody's birth date",
        {"birth_date": born("1970-01-01")},
        {"birth_date": born("1970-01-01")},
        R,
        "neither birth date nor age",
    ),
    (
        "01/01/1900 is nobody's birth date",
        {"birth_date": born("1900-01-01")},
        {"birth_date": born("1900-01-01")},
        R,
        "neither birth date nor age",
    ),
    # --- two people who share a home
    (
        "couple",
        {},
        {"forename": "Jan", "surname": "Kowalski", "birth_date": born("1983-11-02")},
        X,
        "two forenames in one home",
    ),
    (
        "couple of one surname, one without birth date",
        NO_MAIL,
        {**NO_MAIL, **UNKNOWN_BIRTH, "forename": "Peter"},
        X,
        "two people who live together",
    ),
    ("couple with one e-mail address", {}, {"forename": "Peter", "birth_date": born("1983-11-02")}, X, "two forenames"),
    (
        "perpetrator with the victim's address and phone",
        {},
        {"forename": "Darren", "surname": "Walsh", "birth_date": born("1980-05-06"), **NO_MAIL},
        X,
        "neither forename nor surname agrees",
    ),
    (
        "perpetrator of the same birth date",
        {},
        {"forename": "Darren", "surname": "Walsh", **NO_MAIL},
        X,
        "neither forename nor surname agrees",
    ),
    (
        "flatmates",
        {},
        {"forename": "Ifeoma", "surname": "Eze", "birth_date": born("1990-09-09"), **NO_MAIL},
        X,
        "neither forename nor surname agrees",
    ),
    ("twins", NO_MAIL, {**NO_MAIL, "forename": "Zofia"}, X, "perhaps twins"),
    (
        "twins, Hassan and Hussain",
        {**NO_MAIL, "forename": "Hassan"},
        {**NO_MAIL, "forename": "Hussain"},
        R,
        "forenames sound alike",
    ),
    (
        "twins, one letter apart",
        {**NO_MAIL, "forename": "Amina"},
        {**NO_MAIL, "forename": "Amira"},
        R,
        "forename differs by one letter",
    ),
    ("twins, Emma and Emily", {**NO_MAIL, "forename": "Emma"}, {**NO_MAIL, "forename": "Emily"}, X, "perhaps twins"),
    (
        "twins, Mohammed Ali and Mohammed Umar",
        {**NO_MAIL, "forename": "Mohammed Ali"},
        {**NO_MAIL, "forename": "Mohammed Umar"},
        R,
        "forename is the same in part",
    ),
    ("twins with a parent's e-mail", {}, {"forename": "Zofia"}, X, "perhaps twins"),
    (
        "siblings",
        {},
        {"forename": "Piotr", "birth_date": born("1988-12-12"), **NO_MAIL},
        X,
        "two forenames in one home",
    ),
    (
        "father and son",
        {**MEN, **NO_MAIL},
        {**MEN, **NO_MAIL, "birth_date": born("2001-08-30")},
        X,
        "perhaps parent and child",
    ),
    (
        "father and son, one without birth date",
        {**MEN, **NO_MAIL, "birth_date": born("1955-08-30")},
        {**MEN, **NO_MAIL, **UNKNOWN_BIRTH, "age": 22},
        X,
        "perhaps parent and child",
    ),
    (
        "hostel: one address and name, other birth date",
        {**MEN, **NO_MAIL, **NO_PHONE},
        {**MEN, **NO_MAIL, **NO_PHONE, "birth_date": born("1991-02-20")},
        X,
        "two birth dates",
    ),
    (
        "hostel: other people",
        {**MEN, **NO_MAIL, **NO_PHONE},
        {**NO_MAIL, **NO_PHONE, "forename": "Ali", "surname": "Reza", "birth_date": born("1991-02-20")},
        X,
        "neither forename nor surname",
    ),
    (
        "a repeated phone and a common name",
        {**MEN, **NO_MAIL, **UNKNOWN_BIRTH},
        {**MEN, "surname": "Smith", **NO_MAIL, **ELSEWHERE, **UNKNOWN_BIRTH},
        X,
        "",
    ),
    (
        "two people by chance: name and birth date",
        {**MEN, **NO_MAIL},
        {**MEN, **NO_MAIL, **ELSEWHERE, "phone_e164": OTHER_PHONE},
        R,
        "other address",
    ),
    # --- crimes and roles
    ("other victim of one report", {}, {"referral_key": "4200001/19|2"}, X, "two victims of one crime report"),
    ("that number at another force", {}, {"source": "btp", "referral_key": "4200001/19|2"}, A, "crime report"),
    (
        "witness of the crime who is not the victim",
        {},
        {**WITNESS, "complainant": False, "police_reference": "4200001/19"},
        X,
        "a witness and the victim of one crime",
    ),
    (
        "complainant who is the victim",
        {},
        {**WITNESS, "complainant": True, "police_reference": "4200001/19"},
        A,
        "crime report",
    ),
    (
        "witness of another crime",
        {},
        {**WITNESS, "complainant": False, "police_reference": "4299999/19"},
        R,
        "one is a witness and the other a victim",
    ),
    (
        "witness of a crime that is not told",
        {},
        {**WITNESS, "complainant": False},
        R,
        "one is a witness and the other a victim",
    ),
    (
        "complainant and witness of one crime",
        {**WITNESS, "complainant": True, "police_reference": "42/19"},
        {**WITNESS, "referral_key": "W2", "complainant": False, "police_reference": "42/19"},
        X,
        "a witness and the victim",
    ),
    ("self-referral that names the report", {}, {**SELF, "police_reference": "4200001/19"}, A, "crime report"),
    # --- domestic abuse: whoever refers somebody may be the abuser
    ("abuse, nothing differs", {"da_flag": True}, {}, A, "same forename"),
    ("abuse, other phone", {"da_flag": True}, {"phone_e164": OTHER_PHONE}, R, "may be the abuser's"),
    (
        "abuse told by the other one, other e-mail",
        {},
        {**SELF, "da_flag": True, "email": "m@example.net"},
        R,
        "may be the abuser's",
    ),
    ("abuse, one has no phone", {"da_flag": True}, NO_PHONE, A, "one has no phone"),
    # --- safe contact
    ("one safe and one not", {"safe_to_contact": "Y"}, {"safe_to_contact": "N"}, R, "safe contact conflicts"),
    ("one not safe, the other silent", {"safe_to_contact": "N"}, {}, A, "same forename"),
    (
        "staff have said no since",
        {"safe_to_contact": "Y", "staff_safe_to_contact": "N"},
        {"safe_to_contact": "Y"},
        R,
        "safe contact conflicts",
    ),
    (
        "staff own two contact details",
        {"staff_contact": "digest-1"},
        {"staff_contact": "digest-2"},
        R,
        "safe contact conflicts",
    ),
    (
        "staff own the same contact details",
        {"staff_contact": "digest-1"},
        {"staff_contact": "digest-1"},
        A,
        "same forename",
    ),
    (
        "a conflict does not make two people one",
        {"safe_to_contact": "Y"},
        {"safe_to_contact": "N", "referral_key": "4200001/19|2"},
        X,
        "two victims of one crime report",
    ),
]


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    rows = [row for _, left, right, *_ in CASES for row in (MARTA | left, MARTA | OTHER_CRIME | right)]
    return decided(rows, [(2 * place + 1, 2 * place + 2) for place in range(len(CASES))])


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_pair_is_decided_and_says_why(place: int, outcomes):
    name, left, right, decision, words = CASES[place]
    found = outcomes[place]
    said = sentence(found["reasons"])
    assert (found["decision"], words in said) == (decision, True), f"{name}\n{left}\n{right}\n{found}\n{said}"


def test_who_shares_a_home_is_told_apart_whoever_comes_first(outcomes):
    rows = [row for _, left, right, *_ in CASES for row in (MARTA | OTHER_CRIME | right, MARTA | left)]
    turned = decided(rows, [(2 * place + 1, 2 * place + 2) for place in range(len(CASES))])
    assert [each["decision"] for each in turned] == [each["decision"] for each in outcomes]
    assert [each["weight"] for each in turned] == [each["weight"] for each in outcomes]


def test_a_link_that_would_change_safe_contact_says_so():
    cases = [("N", "Y", True), ("N", None, True), ("Y", None, False), ("N", "N", False), (None, None, False)]
    rows = [
        MARTA | key | {"safe_to_contact": safe}
        for one, other, _ in cases
        for key, safe in (({}, one), (OTHER_CRIME, other))
    ]
    found = decided(rows, [(2 * place + 1, 2 * place + 2) for place in range(len(cases))])
    assert [each["changes_safe_contact"] for each in found] == [changes for *_, changes in cases]
