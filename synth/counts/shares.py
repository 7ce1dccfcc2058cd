"""Dividing whole numbers so that the parts add up: largest remainder, even spreading, and tables with given margins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_ROUNDS: Final = 200  # of proportional fitting; the rounding below mends what is left
_FAR: Final = 10.0  # cost of leaving the two whole numbers nearest to the fitted one


def share(total: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> list[int]:
    """Divide `total` in proportion to `weights` by largest remainder, no part above its cap.

    What a cap keeps back goes to the others in proportion. Parts without weight get something only where the
    rest is full. Equal remainders: the earlier part first. The caps must have room for the total.
    """
    limits = [total] * len(weights) if caps is None else list(caps)
    assert sum(limits) >= total >= 0
    parts = [0] * len(weights)
    open_parts = [place for place, weight in enumerate(weights) if weight > 0]
    left = total
    while open_parts:
        whole = sum(weights[place] for place in open_parts)
        full = [place for place in open_parts if left * weights[place] >= limits[place] * whole]
        if not full:
            _largest_remainder(parts, left, weights, open_parts)
            return parts
        for place in full:
            given = min(limits[place], left)
            parts[place], left = given, left - given
        open_parts = [place for place in open_parts if place not in set(full)]
    for place, limit in enumerate(limits):
        more = min(left, limit - parts[place])
        parts[place], left = parts[place] + more, left - more
    return parts


def _largest_remainder(parts: list[int], left: int, weights: Sequence[int], places: Sequence[int]) -> None:
    """Write the division among `places` into `parts`; every quota is below its cap, so one more always fits."""
    whole = sum(weights[place] for place in places)
    for place in places:
        parts[place] = left * weights[place] // whole
    missing = left - sum(parts[place] for place in places)
    order = sorted(places, key=lambda place: (-(left * weights[place] % whole), place))
    for place in order[:missing]:
        parts[place] += 1


def spread(total: int, counts: Ints) -> Ints:
    """Divide `total` over cells evenly: part k is `counts[k]` times the same rate, up to one, never above the count.

    Unlike the largest remainder this favours no size of cell: what rounding takes from one it gives to the next.
    """
    whole = int(counts.sum())
    assert 0 <= total <= whole
    if not whole:
        return np.zeros_like(counts)
    reached = (np.cumsum(counts) * total + whole // 2) // whole
    parts: Ints = np.diff(reached, prepend=0)
    return parts


def table(rows: Ints, columns: Ints, weights: Floats) -> Ints:
    """A table of whole numbers with exactly these margins, near to `weights` fitted to them; 0 in `weights` stays 0.

    Proportional fitting, then the cheapest rounding as a flow of least cost: such a programme's corners are whole
    numbers. The margins must be possible with these zeros.
    """
    assert rows.sum() == columns.sum()
    aim = _fitted(rows, columns, weights)
    row, column = np.nonzero(weights > 0)
    count = len(row)
    if not count:
        return np.zeros(weights.shape, np.int64)
    below = np.floor(aim[row, column] + 1e-9)
    rest = np.clip(aim[row, column] - below, 0.0, 1.0)
    # A cell is its whole number, one more (cheap where the rest is large), and, at a price, any more or fewer.
    costs = np.concatenate([1 - 2 * rest, np.full(count, _FAR), np.full(count, _FAR)])
    upper = np.concatenate([np.ones(count), np.full(count, float(rows.sum())), below])
    place = np.arange(count)
    places = np.concatenate([place, place + count, place + 2 * count])
    signs = np.repeat([1.0, 1.0, -1.0], count)
    equations = coo_array(
        (
            np.concatenate([signs, signs]),
            (np.concatenate([np.tile(row, 3), np.tile(column, 3) + len(rows)]), np.concatenate([places, places])),
        ),
        shape=(len(rows) + len(columns), 3 * count),
    )
    held = np.zeros(len(rows) + len(columns))
    np.add.at(held, row, below)
    np.add.at(held, column + len(rows), below)
    wanted = np.concatenate([rows, columns]) - held
    found = linprog(costs, A_eq=equations.tocsr(), b_eq=wanted, bounds=np.column_stack([np.zeros_like(upper), upper]))
    assert found.status == 0
    more, extra, less = np.rint(found.x).astype(np.int64).reshape(3, count)
    answer = np.zeros(weights.shape, np.int64)
    answer[row, column] = below.astype(np.int64) + more + extra - less
    assert (answer >= 0).all()
    assert (answer.sum(axis=1) == rows).all()
    assert (answer.sum(axis=0) == columns).all()
    return answer


def _fitted(rows: Ints, columns: Ints, weights: Floats) -> Floats:
    """Weights scaled by rows and by columns in turn until both add up, as nearly as they can."""
    fitted = weights.astype(np.float64)
    for _ in range(_ROUNDS):
        fitted = fitted * _ratio(rows, fitted.sum(axis=1))[:, None]
        fitted = fitted * _ratio(columns, fitted.sum(axis=0))[None, :]
    return fitted


def _ratio(wanted: Ints, found: Floats) -> Floats:
    return np.divide(wanted, found, out=np.zeros(len(wanted)), where=found > 0)
