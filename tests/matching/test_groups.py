"""Whole people: a group is linked as a whole or goes to people as a whole."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from exchange.matching.groups import SIZE_ALARM, STRONG, VERDICTS, groups, unknown

A, R, X, LINKED, SEPARATED = "automatic", "review", "apart", "linked", "separated"
Rows = list[tuple[int, int, float, str]]


def table(rows: Rows) -> pa.Table:
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[]] * 4, schema=VERDICTS)


def people(rows: Rows) -> dict[int, int]:
    found = groups(table(rows)).people
    return dict(zip(found["referral_id"].to_pylist(), found["person"].to_pylist(), strict=True))


def verdicts(rows: Rows) -> list[tuple[Any, ...]]:
    return [
        (row["left"], row["right"], row["verdict"], row["group_reason"])
        for row in groups(table(rows)).pairs.to_pylist()
    ]


def test_two_are_linked_and_the_person_is_the_first_of_them():
    assert people([(3, 7, 25, A)]) == {3: 3, 7: 3}


def test_review_links_nobody():
    assert people([(1, 2, 25, R)]) == {}


def test_two_people_in_one_group_undo_all_of_its_automatic_links():
    rows = [(1, 2, 50, A), (2, 3, 50, A), (1, 3, -5, X), (8, 9, 50, A)]
    assert people(rows) == {8: 8, 9: 8}
    assert verdicts(rows) == [
        (1, 2, R, "group_has_two_people"),
        (1, 3, X, None),
        (2, 3, R, "group_has_two_people"),
        (8, 9, A, None),
    ]


def test_who_was_separated_by_people_stays_separated():
    assert people([(1, 2, 50, A), (2, 3, 50, A), (1, 3, 50, SEPARATED)]) == {}
    assert people([(1, 2, 50, SEPARATED)]) == {}


def test_words_of_people_that_contradict_each_other_link_nobody():
    rows = [(1, 2, 0, LINKED), (2, 3, 0, LINKED), (1, 3, 0, SEPARATED), (3, 4, 50, A), (6, 7, 0, LINKED)]
    assert people(rows) == {6: 6, 7: 6}
    final = groups(table(rows)).pairs
    assert final["verdict"].to_pylist() == [R, SEPARATED, R, R, LINKED]
    assert final["group_reason"].to_pylist() == ["group_has_two_people", None, *["group_has_two_people"] * 2, None]


def test_what_people_linked_stays_linked_and_the_rest_goes_to_them():
    rows = [(1, 2, 0, LINKED), (2, 3, 50, A), (1, 3, -5, X)]
    assert people(rows) == {1: 1, 2: 1}
    assert verdicts(rows)[2] == (2, 3, R, "group_has_two_people")


def test_a_group_that_is_too_large_goes_to_people():
    chain = [(1, each, STRONG, A) for each in range(2, SIZE_ALARM + 1)]
    assert len(people(chain)) == SIZE_ALARM
    larger = [*chain, (1, SIZE_ALARM + 1, STRONG, A)]
    assert people(larger) == {}
    assert {reason for *_, reason in verdicts(larger)} == {"group_is_large"}


def test_a_member_who_hangs_on_by_one_weak_link_brings_the_group_to_people():
    weak = [(1, 2, 50, A), (2, 3, STRONG - 1, A)]
    assert people(weak) == {}
    assert {reason for *_, reason in verdicts(weak)} == {"member_by_one_weak_link"}
    assert people([(1, 2, 50, A), (2, 3, STRONG, A)]) == {1: 1, 2: 1, 3: 1}
    assert people([(1, 2, 25, A), (2, 3, 25, A), (1, 3, 25, A)]) == {1: 1, 2: 1, 3: 1}


def test_pairs_inside_a_group_of_which_nothing_is_known_are_asked_for():
    rows = [(1, 2, 50, A), (2, 3, 50, A), (5, 6, 50, A), (6, 7, 3, R)]
    assert unknown(table(rows)).to_pylist() == [{"left": 1, "right": 3}]
    assert len(unknown(table([*rows, (1, 3, 1, R)]))) == 0


def test_no_pairs_make_no_people():
    found = groups(table([]))
    assert (len(found.pairs), len(found.people)) == (0, 0)


PAIRS = [(left, right) for left in range(1, 7) for right in range(left + 1, 7)]
WEIGHTS = st.floats(0, 60, allow_nan=False)
GRAPHS = st.dictionaries(
    st.sampled_from(PAIRS), st.tuples(WEIGHTS, st.sampled_from([A, A, A, R, X, LINKED, SEPARATED]))
).map(lambda found: [(left, right, weight, verdict) for (left, right), (weight, verdict) in found.items()])


@given(GRAPHS, st.randoms())
def test_the_order_of_pairs_does_not_matter(rows: Rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert groups(table(mixed)) == groups(table(rows))


@given(GRAPHS)
def test_a_veto_always_wins_over_automatic_links(rows: Rows):
    rows = [row for row in rows if row[3] != LINKED]
    person = people(rows)
    for left, right, _, verdict in rows:
        if verdict in (X, SEPARATED):
            assert left not in person or person[left] != person.get(right)


@given(GRAPHS)
def test_whom_people_separated_are_never_one_person(rows: Rows):
    person = people(rows)
    for left, right, _, verdict in rows:
        if verdict == SEPARATED:
            assert left not in person or person[left] != person.get(right)


@given(GRAPHS, st.sampled_from(PAIRS))
def test_to_link_and_to_unlink_again_is_nothing(rows: Rows, pair: tuple[int, int]):
    rows = [row for row in rows if row[:2] != pair]
    before = groups(table(rows))
    groups(table([*rows, (*pair, 0.0, LINKED)]))
    assert groups(table(rows)) == before


@given(GRAPHS)
def test_every_pair_that_came_goes_out_once(rows: Rows):
    out = groups(table(rows)).pairs
    assert sorted(zip(out["left"].to_pylist(), out["right"].to_pylist(), strict=True)) == sorted(
        row[:2] for row in rows
    )
