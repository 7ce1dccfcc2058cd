"""From canonical rows to features: blank stays blank, and nobody of whom too little is known is compared."""

from __future__ import annotations

import pytest

from exchange.matching.features import FEATURES, INPUT, features
from mappings.nicknames import load_nicknames
from tests.matching.people import HOME, LANDLINE, MARTA, NO_HOME, PHONE, born, featured

NOTHING = {**MARTA, **NO_HOME, "birth_date": None, "phone_e164": None, "email": None}


@pytest.mark.parametrize(
    ("known", "linkable"),
    [
        ({}, False),
        ({"age": 34}, False),
        ({"birth_date": born("1985-03-17")}, True),
        ({"birth_date": born("1900-01-01")}, False),
        ({"birth_date": born("1970-01-01")}, False),
        ({"phone_e164": PHONE}, True),
        ({"other_phone_e164": LANDLINE}, True),
        ({"phone_e164": None, "email": "marta@example.org"}, True),
        ({"email": "no address", "email_usable": False}, False),
        ({"address_1": "14 Ombrawick Road"}, False),
        (HOME, True),
        ({"postcode": "ZZ99 3WZ"}, False),
        ({"birth_date": born("1985-03-17"), "surname": "UNKNOWN"}, False),
        ({"birth_date": born("1985-03-17"), "forename": None}, False),
        ({"birth_date": born("1985-03-17"), "victim_type": "organisation"}, False),
        ({"birth_date": born("1985-03-17"), "victim_type": None}, True),
    ],
)
def test_a_name_alone_is_not_linkable(known: dict, linkable: bool):
    assert featured({**NOTHING, **known})["linkable"].to_pylist() == [linkable]


def test_what_is_blank_stays_blank():
    row = featured({"source": "mps", "referral_key": "42/19|1", "channel": "police"}).to_pylist()[0]
    given = {name: value for name, value in row.items() if value not in (None, [])}
    assert given == {
        "referral_id": 1, "linkable": False, "source": "mps", "role": "victim", "crime": "42/19", "victim_number": "1",
    }  # fmt: skip


def test_phones_are_sorted_and_stand_once():
    rows = featured(
        {**MARTA, "phone_e164": PHONE, "other_phone_e164": LANDLINE},
        {**MARTA, "phone_e164": LANDLINE, "other_phone_e164": PHONE},
        {**MARTA, "phone_e164": PHONE, "other_phone_e164": PHONE},
        {**MARTA, "phone_e164": None},
    )
    assert rows["phones"].to_pylist() == [[LANDLINE, PHONE], [LANDLINE, PHONE], [PHONE], []]


def test_birth_date_age_and_what_the_day_and_month_can_be():
    rows = featured(
        {**MARTA, "birth_date": born("1985-03-07")},
        {**MARTA, "birth_date": born("1985-03-17")},
        {**MARTA, "birth_date": None, "age": 34},
    )
    columns = ("born", "born_swapped", "born_from", "born_to")
    assert [tuple(row[name] for name in columns) for row in rows.to_pylist()] == [
        ("19850307", "19850703", 1985, 1985),
        ("19850317", None, 1985, 1985),
        (None, None, 1984, 1985),
    ]


@pytest.mark.parametrize(
    ("row", "role", "crime", "number"),
    [
        ({"referral_key": "4217653/19|12"}, "victim", "4217653/19", "12"),
        ({"source": "action_fraud", "referral_key": "NFRC1"}, "victim", None, None),
        ({"channel": "self", "referral_key": "CC1", "police_reference": "4217653 /19"}, "victim", "4217653/19", None),
        ({"channel": "witness", "referral_key": "W1", "complainant": True}, "complainant", None, None),
        ({"channel": "witness", "referral_key": "W1", "complainant": None}, "witness", None, None),
    ],
)
def test_which_crime_and_as_whom(row: dict, role: str, crime: str | None, number: str | None):
    made = featured({**MARTA, **row}).to_pylist()[0]
    assert (made["role"], made["crime"], made["victim_number"]) == (role, crime, number)


def test_no_rows_have_no_features():
    made = features(INPUT.empty_table(), load_nicknames())
    assert (made.schema, len(made)) == (FEATURES, 0)
