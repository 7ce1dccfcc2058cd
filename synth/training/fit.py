"""Fits the model to made-up people whose truth is known: shares of each level among pairs of one person and of two.

Splink can estimate both without a truth; with one they are counts. Levels that hardly happen get half a pair more, so
that no level is taken for impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.keys import PAIRS
from exchange.matching.levels import COMPARISONS, Comparison, Weights, splink_settings
from exchange.matching.model import PARTS, Model
from exchange.matching.score import score
from synth.training.build import sql_of

Numbers = npt.NDArray[np.int64]

# Names that fewer than these bear are not listed: among them are the slips of the finger.
_FEWEST: Final = 4
_RANDOM_PAIRS: Final = 4_000_000
# Made-up people are tidier than real ones, who have two e-mail addresses, move, and are written down by others. So
# some shares are at least these, by judgement: to differ must not weigh too much, nor must what a home shares.
_ONE_AT_LEAST: Final = {
    "forename_differs": 0.005,
    "surname_differs": 0.04,
    "birth_date_differs": 0.003,
    "age_contradicts": 0.003,
    "phone_differs": 0.15,
    "email_differs": 0.15,
    "address_differs": 0.15,
}
_TWO_AT_LEAST: Final = {"names_swapped": 1e-6, "email_same": 1e-6, "address_same": 1e-5, "street_same": 1e-5}
# No two people drawn at random share a crime report; of those who do (a couple, a shop's staff) some are two people.
_CRIME: Final = {"crime_report_same": (0.9, 0.1), "crime_report_differs": (0.1, 0.1)}


@dataclass(frozen=True)
class Fitted:
    """What the training found: Splink's settings, shares of names by part, and the share of one that is not listed."""

    settings: dict[str, Any]
    shares: dict[str, dict[str, float]]
    rare: float


def same_person(referrals: pa.Table) -> pa.Table:
    """All pairs (keys.PAIRS) of referrals of one person, by the truth's person_id."""
    person, referral = referrals["person_id"].to_numpy(), referrals["referral_id"].to_numpy()
    order = np.lexsort((referral, person))
    person, referral = person[order], referral[order]
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    gap = 1
    while (same := person[gap:] == person[:-gap]).any():
        left.append(referral[:-gap][same])
        right.append(referral[gap:][same])
        gap += 1
    return pa.table([np.concatenate(left), np.concatenate(right)], schema=PAIRS)


def fit(referrals: pa.Table, features: pa.Table, seed: int) -> Fitted:
    """Count. `features` are row for row with `referrals`, which have the truth beside them."""
    shares = {part: _shares(features[part]) for part in PARTS}
    rare = 1 / len(features)
    true = same_person(referrals)
    even: Weights = {each.name: {level.code: (0.5, 0.5) for level in each.levels} for each in COMPARISONS}
    blank = _model(Fitted(splink_settings(even, 0.5), shares, rare))
    one = score(_linkable(true, features), features, blank)
    two = score(_random(referrals, seed), features, blank)
    weights = {each.name: _weights(each, one[each.name], two[each.name]) for each in COMPARISONS}
    prior = len(true) / (len(features) * (len(features) - 1) / 2)
    return Fitted(splink_settings(weights, float(f"{prior:.3g}")), shares, rare)


def _model(fitted: Fitted) -> Model:
    return Model(
        version="in training",
        settings=fitted.settings,
        sql=sql_of(fitted.settings),
        names={part: pa.array(list(fitted.shares[part]), pa.string()) for part in PARTS},
        shares={part: pa.array(list(fitted.shares[part].values()), pa.float64()) for part in PARTS},
        rare=fitted.rare,
    )


def _shares(column: pa.ChunkedArray) -> dict[str, float]:
    counts = pc.value_counts(column.drop_null().combine_chunks())
    total = len(column)
    found = {each["values"]: each["counts"] for each in counts.to_pylist() if each["counts"] >= _FEWEST}
    return {name: float(f"{found[name] / total:.3g}") for name in sorted(found)}


def _linkable(pairs: pa.Table, features: pa.Table) -> pa.Table:
    fit_for = features.filter(features["linkable"])["referral_id"]
    both = pc.and_(pc.is_in(pairs["left"], value_set=fit_for), pc.is_in(pairs["right"], value_set=fit_for))
    return pairs.filter(both)


def _random(referrals: pa.Table, seed: int) -> pa.Table:
    """Pairs of two people, drawn at random; nearly any pair is one."""
    rng = np.random.default_rng(seed)
    person, referral = referrals["person_id"].to_numpy(), referrals["referral_id"].to_numpy()
    left, right = rng.integers(0, len(person), (2, _RANDOM_PAIRS))
    kept = person[left] != person[right]
    ids = np.sort(np.stack([referral[left[kept]], referral[right[kept]]], axis=1), axis=1)
    ids = np.unique(ids, axis=0)
    return pa.table([ids[:, 0], ids[:, 1]], schema=PAIRS)


def _weights(comparison: Comparison, one: pa.ChunkedArray, two: pa.ChunkedArray) -> dict[str, tuple[float, float]]:
    if comparison.name == "crime":
        return _CRIME
    m, u = _levels(comparison, one), _levels(comparison, two)
    return {
        level.code: (max(m[place], _ONE_AT_LEAST.get(level.code, 0)), max(u[place], _TWO_AT_LEAST.get(level.code, 0)))
        for place, level in enumerate(comparison.levels)
    }


def _levels(comparison: Comparison, numbers: pa.ChunkedArray) -> list[float]:
    """Share of each level, from the first to the last, among pairs in which there was something to compare."""
    found: Numbers = numbers.to_numpy().astype(np.int64)
    counts = np.bincount(found[found >= 0], minlength=len(comparison.levels))[::-1] + 0.5
    return [float(f"{share:.4g}") for share in counts / counts.sum()]
