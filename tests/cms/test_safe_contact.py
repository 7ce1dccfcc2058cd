"""The law of safe contact: what staff set, no feed changes, and what protects a person gets through at once (F61).

10,000 random rows in each run of the suite, loaded in the loader's own role.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.cms.test_load import Cms, a_row

PEOPLE, FILES, EACH, EXAMPLES = 40, 5, 10, 5
STAFF = {"safe_to_contact": "Y", "phone": "+447700900999", "email": None, "note": "ring twice", "address": "9 Zz Row"}

# Each is a column, or some that go together, with what a row may say of it: nothing, something, something unusable.
SAYS: dict[str, list[dict[str, Any]]] = {
    "phone": [
        {},
        {"phone": "07700 9", "phone_e164": None},
        *({"phone": f"0770090000{n}", "phone_e164": f"+44770090000{n}"} for n in (1, 2)),
        {"other_phone": "07700900003", "other_phone_e164": "+447700900003"},
    ],
    "email": [{}, {"email": "a@example.org", "email_usable": True}, {"email": "zz", "email_usable": False}],
    "address": [{}, {"address_1": "1 Zz Row"}, {"address_1": "2 Zz Row", "address_2": "Flat 3", "town": "Zz"}],
    "postcode": [{}, {"postcode": "E20 9ZZ", "postcode_usable": True}, {"postcode": "zz", "postcode_usable": False}],
    "how": [{}, {"preferred_contact": "sms"}, {"preferred_contact": "post"}, {"safe_contact_note": "Zznote"}],
    "safe": [{}, {}, {"safe_to_contact": "Y"}, {"safe_to_contact": "N"}],
    "wish": [{}, {}, {}, {}, {"opted_out": True}, {"consent": "N"}, {"consent": "Y"}],
    "risk": [{}, {}, {"da_flag": True, "dash_risk": "S"}, {"da_flag": True, "dash_risk": "H"}],
    "type": [{"record_type": "N"}, {"record_type": "U"}, {"record_type": "U"}, {"record_type": "W"}],
}

_people = itertools.count(1)


@pytest.fixture(scope="module")
def cms(server: str) -> Iterator[Cms]:
    from tests.service import fresh_database

    with fresh_database(server) as url, psycopg.connect(url) as connection:
        yield Cms(connection)


def people(cms: Cms, count: int) -> list[str]:
    """Keys of new referrals, the contact of each set by staff."""
    keys = [f"{next(_people):07d}/19|1" for _ in range(count)]
    load_as_loader(
        cms, 10, [a_row(key, phone="07700900000", phone_e164="+447700900000", safe_to_contact="Y") for key in keys]
    )
    for key in keys:
        document = {"what": "set_contact", "source": "mps", "referral_key": key, "reason": "zz"}
        change = {"change": {"fields": STAFF, "seen": None}}
        cms.connection.execute(
            "select cms.take_step(%s, 'jo', repeat('0', 64), decode(repeat('00', 64), 'hex'))",
            (json.dumps(document | change),),
        )
    cms.connection.commit()
    return keys


def staff_s(cms: Cms, keys: list[str]) -> list[tuple[Any, ...]]:
    """All of what staff own of these, when and by whom it was made included."""
    return cms.connection.execute(
        "select s.* from cms.safe_contact s join cms.referral using (referral_id) where referral_key = any(%s) "
        "order by referral_id",
        (keys,),
    ).fetchall()


def load_as_loader(cms: Cms, day: int, rows: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    cms.connection.execute("set role lvws_loader")
    cms.connection.commit()
    try:
        return cms.load(day, rows)
    finally:
        cms.connection.execute("reset role")
        cms.connection.commit()


def contact(cms: Cms, keys: list[str]) -> list[tuple[Any, ...]]:
    found = cms.connection.execute(
        "select c.referral_key, c.may_contact, c.not_because, c.phone, r.safe_to_contact, r.withdrawn, exists ("
        "  select from cms.hold h where h.referral_id = r.referral_id and h.reason = 'unsafe_to_contact'"
        "  and h.released_at is null and h.over_at is null) "
        "from cms.contact c join cms.referral r using (referral_id) where c.referral_key = any(%s) order by 1",
        (keys,),
    ).fetchall()
    cms.connection.commit()
    return found


@settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32), late=st.sets(st.integers(0, FILES - 1), max_size=1))
def test_no_row_changes_what_staff_set(seed: int, late: set[int], cms: Cms) -> None:
    chance = random.Random(seed)
    keys = people(cms, PEOPLE)
    before, unsafe, rows = staff_s(cms, keys), set(), 0
    for number in range(FILES):
        file = [
            a_row(key, **{name: value for each in SAYS.values() for name, value in chance.choice(each).items()})
            for key in keys * EACH
        ]
        chance.shuffle(file)
        rows += len(load_as_loader(cms, 5 if number in late else 11 + number, file))
        unsafe |= {row["key"] for row in file if row.get("safe_to_contact") == "N" and is_held(row)} & set(keys)
        assert staff_s(cms, keys) == before
        for key, may, _, phone, says, withdrawn, hold in contact(cms, keys):
            assert (says == "N") == hold
            assert says == "N" or key not in unsafe
            assert not (may and (hold or withdrawn))
            assert phone == (STAFF["phone"] if may else None)
    assert rows == PEOPLE * EACH * FILES
    assert unsafe


def is_held(row: dict[str, Any]) -> bool:
    """Whether a row is kept as a record; one that may not be held closes contact in its own ways."""
    return not row.get("opted_out") and (not row["da_flag"] or row.get("consent") == "Y")


def test_the_law_is_asked_of_ten_thousand_rows() -> None:
    assert PEOPLE * EACH * FILES * EXAMPLES == 10_000


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ({"record_type": "U", "safe_to_contact": "N"}, ["unsafe_to_contact"]),
        ({"record_type": "W"}, ["withdrawn"]),
        ({"record_type": "U", "opted_out": True}, ["withdrawn"]),
        ({"record_type": "U", "da_flag": True, "dash_risk": "H"}, ["consent_pending"]),
        ({"record_type": "U", "da_flag": True, "dash_risk": "S", "consent": "Y", "age": 15}, ["child_protection"]),
    ],
)
def test_protection_gets_through_at_once(row: dict[str, Any], because: list[str], cms: Cms) -> None:
    keys = people(cms, 1)
    before = staff_s(cms, keys)
    ((_, may, _, phone, *_),) = contact(cms, keys)
    assert (may, phone) == (True, STAFF["phone"])
    load_as_loader(cms, 11, [a_row(keys[0], **row)])
    ((_, may, told, phone, *_),) = contact(cms, keys)
    assert (may, told, phone) == (False, because, None)
    assert staff_s(cms, keys) == before
    load_as_loader(cms, 12, [a_row(keys[0], record_type="U", safe_to_contact="Y")])
    assert contact(cms, keys)[0][1] is False
    assert staff_s(cms, keys) == before
