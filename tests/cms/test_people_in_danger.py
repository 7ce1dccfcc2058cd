"""Of the referrals of one person the most cautious governs, and a pair that would change safe contact holds both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cms.steps import may_contact
from tests.cms.who import People, Told, born, fraud, keys, opened, police

N, Y = {"safe_to_contact": "N"}, {"safe_to_contact": "Y"}


@pytest.fixture
def cms(database_url: str) -> Iterator[People]:
    made = opened(database_url)
    yield made
    made.connection.close()


def holds(cms: People, told: Told) -> list[tuple[str, bool]]:
    """Holds for review of a referral: who opened it, and whether it is over."""
    return cms.ask(
        "select h.opened_by, h.over_at is not null from cms.hold h join cms.referral using (referral_id) "
        "where referral_key = %s and reason = 'match_review' order by hold_id",
        told[1]["key"],
    )


def test_nobody_is_contacted_as_soon_as_one_of_theirs_is_not_safe(cms: People) -> None:
    pair = police(1), fraud(1, **N)
    cms.tell(*pair)
    assert may_contact(cms, pair[0][1]["key"]) == (True, [])
    cms.match()
    assert cms.persons() == {keys(*pair)}
    for _, row in pair:
        assert may_contact(cms, row["key"]) == (False, ["unsafe_to_contact"])
    cms.judge(*pair, same=False)
    cms.match()
    assert may_contact(cms, pair[0][1]["key"]) == (True, [])


def test_the_same_when_the_unsafe_one_comes_to_know_it_later(cms: People) -> None:
    cms.tell(police(1), fraud(1))
    cms.match()
    cms.tell(fraud(1, record_type="U", **N), day=2)
    assert may_contact(cms, police(1)[1]["key"]) == (False, ["unsafe_to_contact"])
    cms.match()
    assert cms.persons() == {keys(police(1), fraud(1))}


@pytest.mark.parametrize("same", [True, False])
def test_who_may_be_one_of_them_is_held_until_somebody_judges(same: bool, cms: People) -> None:
    pair = police(1, **Y), fraud(1, **N)
    cms.tell(*pair)
    cms.match()
    assert cms.review() == {keys(*pair)}
    assert all(holds(cms, each) == [("matching", False)] for each in pair)
    assert "match_review" in may_contact(cms, pair[0][1]["key"])[1]
    cms.tell(police(1, record_type="U", station="Stratford", **Y), day=2)
    cms.match()
    assert all(holds(cms, each) == [("matching", False)] for each in pair)
    assert cms.judge(*pair, same=same) == "done"
    cms.match()
    assert all(holds(cms, each) == [("matching", True)] for each in pair)
    may, because = may_contact(cms, pair[0][1]["key"])
    assert (may, because) == ((False, ["unsafe_to_contact"]) if same else (True, []))


def test_the_hold_ends_when_new_data_make_it_another_person(cms: People) -> None:
    pair = police(1, **Y), fraud(1, **N)
    cms.tell(*pair)
    cms.match()
    cms.tell(fraud(1, record_type="U", birth_date=born("1950-10-10"), **N), day=2)
    cms.match()
    assert all(holds(cms, each) == [("matching", True)] for each in pair)


def test_a_pair_that_changes_nothing_of_contact_holds_nobody(cms: People) -> None:
    pair = police(1), fraud(1, birth_date=born("1985-03-18"))
    cms.tell(*pair)
    cms.match()
    assert cms.review() == {keys(*pair)}
    assert [holds(cms, each) for each in pair] == [[], []]


def test_two_people_judge_a_pair_that_changes_safe_contact(cms: People) -> None:
    pair = police(1, **Y), fraud(1, **N)
    cms.tell(*pair)
    cms.match()
    assert cms.ask("select two_people from cms.review") == [(True,)]
    cms.judge(*pair, same=True)
    assert cms.ask("select people, state from cms.step") == [(2, "done")]
