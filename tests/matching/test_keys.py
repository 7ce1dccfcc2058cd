"""Match keys: who finds whom, and what a key does not tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.keys import KEYS, KINDS, candidates, keys
from tests.matching.people import ELSEWHERE, MARTA, NO_HOME, OTHER_PHONE, born, featured

SECRET = b"of a test, and of nothing else.."

FOUND = [
    ("short form and new phone", {"forename": "Martha", "phone_e164": OTHER_PHONE, "email": None}),
    ("married, moved, new e-mail", {"surname": "Smith", **ELSEWHERE, "email": None}),
    ("married, moved, new phone", {"surname": "Smith", **ELSEWHERE, "phone_e164": OTHER_PHONE}),
    ("swapped names, moved", {"forename": "Kowalska", "surname": "Marta", **ELSEWHERE, "phone_e164": None, "email": None}),
    ("birth date alone and a slip in the surname", {**NO_HOME, "surname": "Kowalksa", "phone_e164": None, "email": None}),
    ("no birth date, moved", {"birth_date": None, **ELSEWHERE, "email": None}),
    ("no birth date, new phone", {"birth_date": None, "phone_e164": OTHER_PHONE, "email": None}),
    ("nothing but name and age", {"birth_date": None, "age": 34, **ELSEWHERE, "phone_e164": OTHER_PHONE, "email": None}),
    ("slips in both names", {"forename": "Zmarta", "surname": "Okowalska", "phone_e164": None, "email": None}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "other"), FOUND, ids=[what for what, _ in FOUND])
def test_one_person_written_in_two_ways_is_found(what: str, other: dict):
    found = candidates(keys(featured(MARTA, MARTA | {"referral_key": "9/19|1"} | other), SECRET))
    assert found.pairs.to_pylist() == [{"left": 1, "right": 2}]


def test_day_and_month_in_either_order_are_found():
    rows = [
        MARTA | {"birth_date": born(day), **place} for day, place in (("1985-03-07", {}), ("1985-07-03", ELSEWHERE))
    ]
    nothing = {"phone_e164": None, "email": None}
    assert len(candidates(keys(featured(*(row | nothing for row in rows)), SECRET)).pairs) == 1


def test_a_common_name_or_a_house_alone_finds_nobody():
    other = {"birth_date": born("1961-02-03"), "phone_e164": OTHER_PHONE, "email": None, "referral_key": "9/19|1"}
    same_name = MARTA | other | ELSEWHERE
    same_house = MARTA | other | {"forename": "Ifeoma", "surname": "Eze"}
    assert len(candidates(keys(featured(MARTA, same_name), SECRET)).pairs) == 0
    assert len(candidates(keys(featured(MARTA, same_house), SECRET)).pairs) == 0


def test_a_key_that_too_many_have_finds_nobody_and_is_told():
    rows = featured(*(MARTA | {"referral_key": f"{each}/19|1"} for each in range(4)))
    found = candidates(keys(rows, SECRET), cap=3)
    assert len(found.pairs) == 0
    assert set(found.crowded["referrals"].to_pylist()) == {4}
    assert len(candidates(keys(rows, SECRET), cap=4).pairs) == 6


def test_only_pairs_with_a_new_referral_are_asked_for():
    rows = featured(*(MARTA | {"referral_key": f"{each}/19|1"} for each in range(3)))
    pairs = candidates(keys(rows, SECRET), new=np.array([3])).pairs
    assert pairs.to_pylist() == [{"left": 1, "right": 3}, {"left": 2, "right": 3}]


def test_another_secret_makes_other_keys_and_a_short_one_is_refused():
    row = featured(MARTA)
    one, two = (set(keys(row, secret)["key"].to_pylist()) for secret in (SECRET, SECRET[::-1]))
    assert not one & two
    for secret in (b"", b"short", bytes(65)):
        with pytest.raises(ValueError, match="wrong length"):
            keys(row, secret)


def test_who_is_not_linkable_has_no_keys():
    row = featured({"source": "mps", "referral_key": "42/19|1", "channel": "police", "forename": "A", "surname": "B"})
    assert keys(row, SECRET) == KEYS.empty_table()


def test_every_key_stands_once_and_its_kind_is_known():
    found = keys(featured(MARTA, MARTA), SECRET).to_pylist()
    assert len({tuple(each.values()) for each in found}) == len(found)
    assert {each["kind"] for each in found} <= KINDS.keys()


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order: list[int]):
    rows = featured(MARTA, MARTA | ELSEWHERE, MARTA | {"surname": "Smith"}, MARTA | {"birth_date": None})
    plain = keys(rows, SECRET).to_pylist()
    turned = keys(rows.take(order), SECRET).to_pylist()
    assert sorted(map(str, plain)) == sorted(map(str, turned))
    assert candidates(keys(rows.take(order), SECRET)).pairs == candidates(keys(rows, SECRET)).pairs
