"""The published figures, and the same at any scale: every family adds up to its parent."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.counts.figures import PUBLISHED, Figures, Pair, check, published
from synth.counts.scaling import scaled
from synth.counts.shares import share, spread, table
from tests.repository import ROOT

scales = st.fractions(min_value=Fraction(1, 1000), max_value=1, max_denominator=10**6)


# --- laws ------------------------------------------------------------------------------------------


@given(scales)
@settings(max_examples=300, deadline=None)
def test_at_every_scale_everything_adds_up_and_nothing_is_negative(scale: Fraction):
    check(scaled(published(), scale))


@given(scales)
@settings(max_examples=100, deadline=None)
def test_a_scaled_total_is_the_nearest_whole_number(scale: Fraction):
    found, whole = scaled(published(), scale).total, published().total
    assert all(abs(part - count * scale) <= Fraction(1, 2) for part, count in zip(found, whole, strict=True))


def test_at_full_scale_the_figures_are_the_published_ones():
    assert scaled(published(), 1.0) == published()


parts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), min_size=1, max_size=9)


@given(parts, st.integers(0, 400))
def test_a_share_adds_up_within_its_caps(parts: list[tuple[int, int]], total: int):
    weights, caps = zip(*parts, strict=True)
    total = min(total, sum(caps))
    found = share(total, weights, caps)
    assert sum(found) == total
    assert all(0 <= part <= cap for part, cap in zip(found, caps, strict=True))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9).filter(any), st.integers(0, 400))
def test_a_share_without_caps_is_within_one_of_its_quota(weights: list[int], total: int):
    quotas = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert all(abs(part - quota) < 1 for part, quota in zip(share(total, weights), quotas, strict=True))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.data())
def test_spreading_adds_up_and_takes_no_more_than_there_is(counts: list[int], data: st.DataObject):
    total = data.draw(st.integers(0, sum(counts)))
    found = spread(total, np.array(counts))
    assert found.sum() == total
    assert ((found >= 0) & (found <= counts)).all()


@given(st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=1, max_size=6))
@settings(deadline=None)
def test_a_table_has_its_margins_and_keeps_zeros(cells: list[list[int]]):
    whole = np.array(cells)
    found = table(whole.sum(axis=1), whole.sum(axis=0), whole.astype(float))
    assert (found == whole).all()


# --- examples --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "weights", "caps", "found"),
    [
        (10, [1, 1, 1], None, [4, 3, 3]),
        (10, [5, 3, 2], None, [5, 3, 2]),
        (10, [5, 3, 2], [2, 9, 9], [2, 5, 3]),
        (4, [0, 1], [9, 3], [1, 3]),
        (0, [1, 2], None, [0, 0]),
    ],
)
def test_largest_remainder(total: int, weights: list[int], caps: list[int] | None, found: list[int]):
    assert share(total, weights, caps) == found


def small(scale: float) -> Figures:
    return scaled(published(), scale)


@pytest.mark.parametrize(("scale", "total"), [(1.0, (167_030, 38_237)), (0.02, (3_341, 765)), (0.001, (167, 38))])
def test_totals(scale: float, total: tuple[int, int]):
    assert small(scale).total == Pair(*total)


def test_figures_that_the_report_prints():
    year = published()
    assert (year.non_da, year.da) == ((128_098, 20_988), (38_932, 17_249))
    assert sum(year.boroughs[code] for code in year.boroughs if code) == 36_883
    assert (year.da_police_take_up, year.feeds["self"].da.take_up) == (13_495, 2_006)
    assert sum(year.feeds["mps"][half].referrals for half in (0, 1)) == 123_735
    assert sum(year.feeds["mps"][half].take_up for half in (0, 1)) == 22_858
    assert (
        33_062
        <= sum(split.da.referrals for feed, split in year.feeds.items() if feed not in ("self", "agency"))
        <= 33_320
    )


def test_every_count_of_the_other_figures_is_read():
    """Averages are rounded and the advisers' hours are no referrals; every other line is a figure to meet."""
    with (PUBLISHED / "year_one_other.csv").open(encoding="utf-8") as file:
        lines = {line["measure"]: line["value"] for line in csv.DictReader(file)}
    not_ours = {"referrals_per_month_average", "take_up_per_month_average", "idva_fte_required"}
    year = published()
    read = {
        "mps_referrals": sum(pair.referrals for pair in year.feeds["mps"]),
        "mps_take_up": sum(pair.take_up for pair in year.feeds["mps"]),
        "non_da_epr_referrals": year.enhanced.referrals,
        "non_da_epr_take_up": year.enhanced.take_up,
        "non_da_non_epr_referrals": year.standard.referrals,
        "non_da_non_epr_take_up": year.standard.take_up,
        "da_police_take_up": year.da_police_take_up,
        "da_self_referral_take_up": year.feeds["self"].da.take_up,
        "supported_by_triage_iva": year.roles["triage_iva"],
        "supported_by_complex_iva": year.roles["complex_iva"],
        "supported_by_idva": year.roles["idva"],
        "non_epr_immediate_support": year.standard_immediate,
        "epr_immediate_support": year.enhanced_immediate,
        "witness_referrals": year.witnesses.referrals,
        "witness_take_up": year.witnesses.take_up,
        "witness_referrals_from_wcu": year.witnesses.from_wcu,
        "pre_trial_visits_requested": year.witnesses.visits_requested,
        "pre_trial_visits_undertaken": year.witnesses.visits_undertaken,
        "da_referrals_outside_32_boroughs": year.boroughs[""],
    }
    assert {name: str(value) for name, value in read.items()} == {
        name: value for name, value in lines.items() if name not in not_ours
    }


def test_every_table_is_told_in_the_readme():
    readme = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in PUBLISHED.glob("*.csv"))
    assert (ROOT / "synth" / "counts" / "published") == PUBLISHED
