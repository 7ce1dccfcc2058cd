"""Laws of deciding that hold whatever the levels and weights: a veto wins, roles never mix, sides do not matter."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.decide import APART_BY, AUTOMATIC, DECISIONS, decide
from exchange.matching.features import FEATURES
from exchange.matching.levels import BLANK, BY_NAME, COMPARISONS
from exchange.matching.score import SCORED
from exchange.matching.words import WORDS, sentence

LEVELS = st.fixed_dictionaries(
    {each.name: st.integers(BLANK, len(each.levels) - 1) for each in COMPARISONS}
    | {"weight": st.floats(-60, 120, allow_nan=False)}
)
# Levels as one person has them, so that automatic is not rare.
ALIKE = st.fixed_dictionaries(
    {each.name: st.sampled_from([len(each.levels) - 1, len(each.levels) - 2, BLANK]) for each in COMPARISONS}
    | {"weight": st.floats(20, 120, allow_nan=False)}
)
SIDE = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["mps", "btp"]),
        "role": st.sampled_from(["victim", "complainant", "witness"]),
        "crime": st.sampled_from([None, "1/19", "2/19"]),
        "victim_number": st.sampled_from([None, "1", "2"]),
        "safe": st.sampled_from([None, "Y", "N"]),
        "staff_contact": st.sampled_from([None, "a", "b"]),
        "abuse": st.sampled_from([None, True, False]),
    }
)


def decision(levels: dict, left: dict, right: dict) -> dict:
    sides = [{"referral_id": number, **side} for number, side in ((1, left), (2, right))]
    rows = [{name: side.get(name) for name in FEATURES.names} for side in sides]
    scored = pa.Table.from_pylist([{"left": 1, "right": 2, **levels}], schema=SCORED)
    return decide(scored, pa.Table.from_pylist(rows, schema=FEATURES)).to_pylist()[0]


@settings(deadline=None, max_examples=60)
@given(LEVELS | ALIKE, SIDE, SIDE)
def test_sides_do_not_matter(levels, left, right):
    assert decision(levels, left, right) == decision(levels, right, left)


@settings(deadline=None, max_examples=60)
@given(LEVELS | ALIKE, SIDE, SIDE)
def test_a_veto_always_wins_and_says_why(levels, left, right):
    found = decision(levels, left, right)
    assert found["vetoed"] == bool(set(found["reasons"]) & APART_BY.keys())
    if found["vetoed"]:
        assert found["decision"] == "apart"
        assert sentence(found["reasons"])


@settings(deadline=None, max_examples=60)
@given(ALIKE, SIDE, SIDE)
def test_no_link_across_roles_in_one_crime_or_to_another_victim_of_a_report(levels, left, right):
    found = decision(levels, left, right)
    if left["crime"] and left["crime"] == right["crime"]:
        if (left["role"] == "witness") != (right["role"] == "witness"):
            assert found["decision"] == "apart"
        numbers = {left["victim_number"], right["victim_number"]} - {None}
        if left["source"] == right["source"] and len(numbers) == 2:
            assert found["decision"] == "apart"


@settings(deadline=None, max_examples=60)
@given(LEVELS | ALIKE, SIDE, SIDE)
def test_automatic_needs_birth_date_names_contact_and_no_conflict(levels, left, right):
    if decision(levels, left, right)["decision"] != AUTOMATIC:
        return
    reached = {name: BY_NAME[name].code(levels[name]) for name in BY_NAME}
    contacts = {reached["phone"] == "phone_same", reached["email"] == "email_same"}
    assert reached["born"] in ("birth_date_same", "birth_date_same_first_of_january")
    assert True in contacts or reached["home"] in ("address_same", "postcode_same")
    assert reached["forename"] in (
        *("forename_same", "names_swapped", "forename_is_short_form", "forename_differs_by_one_letter"),
    )
    assert reached["surname"] in ("surname_same", "names_swapped", "surname_differs_by_one_letter")
    assert {left["safe"], right["safe"]} != {"Y", "N"}
    assert None in (left["staff_contact"], right["staff_contact"]) or left["staff_contact"] == right["staff_contact"]
    assert levels["weight"] >= 20


@settings(deadline=None, max_examples=60)
@given(ALIKE, SIDE, SIDE)
def test_only_a_higher_weight_never_makes_it_less_of_a_link(levels, left, right):
    places = [
        DECISIONS.index(decision(levels | {"weight": weight}, left, right)["decision"]) for weight in (0, 10, 100)
    ]
    assert places == sorted(places, reverse=True)


def test_every_reason_has_its_words():
    told = {level.code for each in COMPARISONS for level in each.levels} | {each.said_if_blank for each in COMPARISONS}
    assert told - {""} <= WORDS.keys()
    assert APART_BY.keys() <= WORDS.keys()


def test_a_sentence_is_read_as_one():
    assert sentence(["surname_differs_by_one_letter", "phone_same", "birth_date_same"]) == (
        "same birth date and phone; surname differs by one letter"
    )
    assert sentence([]) == ""
