"""Repeat victims: three different crimes of one person within twelve months, whatever came first; one crime twice told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from tests.cms.who import ELSEWHERE, People, Told, born, centre, fraud, keys, opened, police, witness

YEAR_ON = {"offence_from": born("2020-06-01")}
DAY_MORE = {"offence_from": born("2020-06-02")}
BETWEEN = {"offence_from": born("2019-09-09")}
NAMED = {"police_reference": "4200001/19"}
FRAUD = {"crime_category": "fraud_and_forgery"}

CASES: dict[str, tuple[list[Told], frozenset[str] | None]] = {
    "first and last day count": ([police(1), police(2, **BETWEEN), police(3, **YEAR_ON)], None),
    "a day more does not": ([police(1), police(2, **BETWEEN), police(3, **DAY_MORE)], frozenset()),
    "two are not three": ([police(1), police(2)], frozenset()),
    "three of four": (
        [police(1), police(2, **BETWEEN), police(3, **YEAR_ON), police(4, offence_from=born("2023-01-01"))],
        keys(police(1), police(2), police(3)),
    ),
    "a non-crime is none": ([police(1), police(2), police(3, incident_kind="non_crime")], frozenset()),
    "a witness is none": (
        [police(1), police(2), witness(1, complains=True, police_reference="4200001/19")],
        frozenset(),
    ),
    "somebody else's": ([police(1), police(2), police(3, forename="Zofia")], frozenset()),
    "one crime in two feeds is one": ([police(1), police(2), centre(1, **NAMED)], frozenset()),
    "one crime in three feeds is one": ([centre(1, **NAMED), centre(2, **NAMED), police(1), police(2)], frozenset()),
    "one fraud in two feeds is one": ([police(1, **FRAUD), fraud(1), police(2)], frozenset()),
    "and with two more it is three": ([police(1, **FRAUD), fraud(1), police(2), police(3)], None),
    "the feed without a date has that of the other": (
        [police(1), centre(1, **NAMED | {"offence_from": None}), police(2), police(3)],
        None,
    ),
}


@pytest.fixture
def cms(database_url: str) -> Iterator[People]:
    made = opened(database_url)
    yield made
    made.connection.close()


def in_whole_or_one_by_one(cms: People, told: list[Told], order: tuple[int, ...]) -> None:
    for place in order:
        cms.tell(told[place], day=place + 1)
        if order[0] != 0:
            cms.match()
    cms.match()


@pytest.mark.parametrize(("told", "expected"), CASES.values(), ids=CASES)
def test_who_is_persistently_targeted(told: list[Told], expected: frozenset[str] | None, cms: People) -> None:
    orders = list(permutations(range(len(told))))
    for order in (orders[0], orders[-1]):
        cms.clear()
        in_whole_or_one_by_one(cms, told, order)
        assert cms.targeted() == (keys(*told) if expected is None else expected), order


def test_what_is_there_becomes_priority_and_ceases_to_be_when_the_link_ends(cms: People) -> None:
    cms.tell(police(1), police(2))
    cms.match()
    assert cms.targeted() == set()
    cms.tell(police(3), day=2)
    cms.match()
    assert cms.targeted() == keys(police(1), police(2), police(3))
    cms.judge(police(3), police(1), same=False)
    cms.judge(police(3), police(2), same=False)
    cms.match()
    assert cms.targeted() == set()


def test_a_crime_that_turns_out_to_be_none_counts_no_more(cms: People) -> None:
    cms.tell(police(1), police(2), police(3))
    cms.match()
    source, row = police(3, incident_kind="non_crime", record_type="U")
    cms.tell((source, row), day=2)
    cms.match()
    assert cms.targeted() == set()


def test_two_feeds_that_tell_of_two_crimes_after_all_count_as_two(cms: People) -> None:
    cms.tell(police(1), police(2), centre(1, **NAMED))
    cms.match()
    assert cms.targeted() == set()
    source, row = centre(1, police_reference="9999999/19", record_type="U")
    cms.tell((source, row), day=2)
    cms.match()
    assert cms.targeted() == keys(police(1), police(2), centre(1))


def view(cms: People) -> dict[str, tuple[Any, ...]]:
    rows = cms.ask(
        "select referral_key, any_crime_12m, same_crime_12m from cms.repeat_victim join cms.referral using (referral_id)"
    )
    return {key: told for key, *told in rows}


def test_the_returns_see_what_went_before_any_crime_and_the_same(cms: People) -> None:
    told = [
        police(1),
        police(2, offence_from=born("2019-12-01"), crime_category="robbery"),
        police(3, **YEAR_ON),
        police(4, offence_from=born("2022-01-01")),
        police(5, forename="Jan", **ELSEWHERE),
    ]
    cms.tell(*told)
    cms.match()
    found = view(cms)
    expected = [[False, False], [True, False], [True, True], [False, False], [False, False]]
    assert [found[row["key"]] for _, row in told] == expected
