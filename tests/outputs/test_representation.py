"""Engaged victims beside the police's victims."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputs import catalogue, kpi, representation
from outputs.catalogue import REPRESENTED, UNKNOWN_GROUPS
from tests.outputs.quarter import cells, records, row_of

F = Fraction
TABLE = catalogue.table("quarterly", "representation")
GENDERS = {"police_share gender female": "0.50", "police_share gender male": "0.50", "police_share gender other": "0"}


def engaged(**genders: int) -> list[dict[str, object]]:
    return [{"take_up": True, "gender": name or None} for name, count in genders.items() for _ in range(count)]


def figures(**made):
    return representation.figures(records(**made), TABLE)


def test_a_group_beside_the_police_s_victims():
    found = figures(referrals=[*engaged(female=3, male=1, not_given=4), {"gender": "male"}], inputs=GENDERS)
    assert row_of(found, TABLE, "gender female") == {
        "engaged": 3,
        "share": F(3, 8),
        "police_share": None,
        "index": None,
        "status": None,
    }
    assert row_of(found, TABLE, "gender female known") == {
        "engaged": 3,
        "share": F(3, 4),
        "police_share": F(1, 2),
        "index": 150,
        "status": "over_represented",
    }
    assert row_of(found, TABLE, "gender male known")["status"] == "under_represented"
    assert row_of(found, TABLE, "gender not_given")["engaged"] == 4
    assert row_of(found, TABLE, "gender total known")["engaged"] == 4


def test_with_the_police_s_not_given_both_are_compared():
    shares = {
        "police_share gender female": "0.4",
        "police_share gender male": "0.4",
        "police_share gender not_given": "0.2",
    }
    found = figures(referrals=engaged(female=2, male=2, not_given=1), inputs=shares)
    assert row_of(found, TABLE, "gender female")["index"] == 100
    assert row_of(found, TABLE, "gender not_given")["index"] == 100
    assert row_of(found, TABLE, "gender female known")["police_share"] == F(1, 2)
    assert row_of(found, TABLE, "gender female known")["index"] == 100


@pytest.mark.parametrize(
    ("female", "status"),
    [
        ("0.50", "as_expected"),
        ("0.625", "as_expected"),
        ("0.626", "under_represented"),
        ("0.40", "as_expected"),
        ("0.399", "over_represented"),
    ],
)
def test_the_bounds_of_the_index_are_exact(female, status):
    """Half of those engaged are women: the index is 80 at 0.625 and 125 at 0.4."""
    found = figures(referrals=engaged(female=1, male=1), inputs={"police_share gender female": female})
    assert row_of(found, TABLE, "gender female known")["status"] == status


def test_a_group_that_the_police_do_not_have_has_no_index():
    found = figures(referrals=engaged(female=1, other=1), inputs=GENDERS)
    assert row_of(found, TABLE, "gender other known")["index"] is None


@pytest.mark.parametrize(
    ("referrals", "inputs", "groups"),
    [
        (engaged(female=1, male=1), GENDERS, 0),
        (engaged(female=9, male=1), GENDERS, 1),
        (engaged(female=9, male=1), {"police_share gender female": "0.5"}, None),
        (engaged(not_given=3), GENDERS, None),
        ([], GENDERS, None),
    ],
)
def test_equal_access_counts_the_groups_that_are_missed(referrals, inputs, groups):
    assert kpi.results(records(referrals=referrals, inputs=inputs))["equal_access"] == groups


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([group for group, _ in catalogue.groups("ethnicity")]), max_size=30))
def test_shares_sum_to_one_or_are_not_available(groups):
    found = cells(figures(referrals=[{"take_up": True, "ethnicity_group": each} for each in groups]))
    for after, names in (
        ("", [name for name, _ in catalogue.groups("ethnicity")]),
        (" known", [name for name, _ in catalogue.groups("ethnicity") if name not in UNKNOWN_GROUPS]),
    ):
        shares = [found[f"ethnicity {name}{after} share"] for name in names]
        counted = [each for each in shares if each is not None]
        assert len(counted) in (0, len(shares))
        assert sum(counted) == (1 if found[f"ethnicity total{after} engaged"] else 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=5, max_size=5))
def test_the_index_is_100_where_the_shares_are_the_same(counts):
    groups = [name for name, _ in catalogue.groups("ethnicity") if name not in UNKNOWN_GROUPS]
    people = [
        {"take_up": True, "ethnicity_group": name}
        for name, count in zip(groups, counts, strict=True)
        for _ in range(count)
    ]
    # Shares with six decimals would be rounded; the records hold what was given.
    same = {
        f"police_share ethnicity {name}": f"{count}/{sum(counts)}" for name, count in zip(groups, counts, strict=True)
    }
    found = figures(referrals=people, inputs=same)
    for name in groups:
        assert row_of(found, TABLE, f"ethnicity {name} known")["index"] == 100
        assert row_of(found, TABLE, f"ethnicity {name} known")["status"] == "as_expected"


def test_the_rows_are_those_of_the_monthly_tables():
    for field, table in REPRESENTED.items():
        monthly = [row.key for row in catalogue.table("monthly", table).rows]
        own = [row.key.removeprefix(f"{field} ") for row in TABLE.rows if row.key.startswith(f"{field} ")]
        assert [key for key in own if not key.endswith(" known")] == monthly


def test_of_groups_that_the_police_never_know_nothing_can_be_told():
    shares = {"police_share religion not_given": "1", "police_share religion sikh": "0"}
    assert representation.police_shares(shares) == {"religion not_given": 1, "religion sikh": 0}
