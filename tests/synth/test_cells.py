"""The joint distribution holds every figure at every scale, and nothing that cannot be."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth.counts.cells import CONTACT, FORCED, MAY_BE_SERIOUS, OUT_OF_SCOPE, SCHEMA, UNDER_18, cells
from synth.counts.figures import Figures, Pair, published
from synth.counts.scaling import scaled

scales = st.one_of(
    st.fractions(min_value=Fraction(1, 1000), max_value=1, max_denominator=10**6),
    st.integers(1000, 9999).map(lambda number: Fraction(number, 10**6)),
)


def counted(joint: pa.Table, by: str, **where: object) -> dict[object, Pair]:
    for name, value in where.items():
        joint = joint.filter(pc.equal(joint[name], value))
    answer: dict[object, list[int]] = {}
    for key, taken, count in zip(*(joint[name].to_pylist() for name in (by, "taken", "count")), strict=True):
        pair = answer.setdefault(key, [0, 0])
        pair[0] += count
        pair[1] += count * taken
    return {key: Pair(*pair) for key, pair in answer.items()}


def given_ones(pairs: dict[str, Pair]) -> dict[object, Pair]:
    return {key: pair for key, pair in pairs.items() if pair.referrals}


def assert_holds(joint: pa.Table, figures: Figures) -> None:
    assert joint.schema == SCHEMA
    assert pc.min(joint["count"]).as_py() > 0
    feed = [
        channel if source == "contact_centre" else source
        for source, channel in zip(joint["source"].to_pylist(), joint["channel"].to_pylist(), strict=True)
    ]
    joint = joint.append_column("feed", pa.array(feed))
    assert counted(joint, "category", da=False) == given_ones(dict(figures.categories))
    assert counted(joint, "age_band", da=False) == given_ones(dict(figures.ages))
    assert counted(joint, "risk_group", da=True) == given_ones(dict(figures.risks))
    assert counted(joint, "channel") == given_ones(dict(figures.channels))
    for half, da in enumerate((False, True)):
        wanted = {name: split[half] for name, split in figures.feeds.items()}
        assert counted(joint, "feed", da=da) == given_ones(wanted)
    assert {code: pair.referrals for code, pair in counted(joint, "borough_code", da=True).items()} == {
        code: count for code, count in figures.boroughs.items() if count
    }
    priority = {"enhanced": figures.enhanced, "standard": figures.standard}
    named = pc.if_else(joint["priority"], "enhanced", "standard")
    assert counted(joint.append_column("named", named), "named", da=False) == given_ones(priority)
    roles = {role: pair.take_up for role, pair in counted(joint, "role", taken=True).items()}
    assert roles == {role: count for role, count in figures.roles.items() if count}
    for name, immediate in ((True, figures.enhanced_immediate), (False, figures.standard_immediate)):
        found = counted(joint, "support_kind", da=False, priority=name, taken=True)
        assert found.get("immediate", Pair(0, 0)).take_up == immediate


@given(scales)
@example(Fraction(1))
@example(Fraction(1, 50))
@example(Fraction(1, 1000))
@settings(max_examples=60, deadline=None)
def test_every_figure_holds_at_every_scale(scale: Fraction):
    figures = scaled(published(), scale)
    assert_holds(cells(figures), figures)


@given(scales)
@example(Fraction(1))
@settings(max_examples=30, deadline=None)
def test_what_cannot_be_is_not(scale: Fraction):
    for row in cells(scaled(published(), scale)).to_pylist():
        fraud_report, contact = row["source"] == "action_fraud", row["channel"] in CONTACT
        assert not fraud_report or (row["category"] == "fraud_and_forgery" and not row["da"])
        assert (row["source"] == "contact_centre") == contact
        out_of_scope = row["category"] in OUT_OF_SCOPE or row["age_band"] == UNDER_18
        assert not (row["taken"] and out_of_scope) or row["channel"] == "self"
        forced = row["category"] in FORCED or row["age_band"] == UNDER_18
        assert row["priority"] or not (forced or row["da"])
        if contact and row["priority"] and not forced and not row["da"]:
            assert row["category"] in MAY_BE_SERIOUS
        assert bool(row["role"]) == bool(row["support_kind"]) == row["taken"]
        assert row["role"] != "idva" or row["da"]


@pytest.mark.parametrize(
    ("group", "roles"),
    [
        ({"risk_group": "high"}, {"complex_iva": 1, "idva": 3_192}),
        ({"risk_group": "low_medium"}, {"triage_iva": 12_556, "complex_iva": 1_500}),
        ({"da": False, "priority": True}, {"triage_iva": 9_973, "complex_iva": 3_245}),
        ({"da": False, "priority": False}, {"triage_iva": 7_770}),
    ],
)
def test_roles_of_year_one_are_those_that_the_published_readme_shows_possible(
    group: dict[str, object], roles: dict[str, int]
):
    found = counted(cells(published()), "role", taken=True, **group)
    assert {role: pair.take_up for role, pair in found.items()} == roles


def test_the_same_figures_give_the_same_cells():
    assert cells(published()).equals(cells(published()))
