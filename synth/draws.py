"""Drawing whole columns at random: values by weight, groups of equal rows, days by volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numpy.random import Generator

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]


def weighted(rng: Generator, weights: Sequence[float] | npt.NDArray[np.float64], size: int) -> Ints:
    """Places in `weights`, each as often as its weight says."""
    reached = np.cumsum(np.asarray(weights, np.float64))
    answer: Ints = np.searchsorted(reached / reached[-1], rng.random(size), side="right").astype(np.int64)
    return np.minimum(answer, len(weights) - 1)


def chance(rng: Generator, probability: float | npt.NDArray[np.float64], size: int) -> Flags:
    """True with the given probability, one for all or one for each."""
    answer: Flags = rng.random(size) < probability
    return answer


def groups(numbers: Ints) -> Iterator[tuple[int, Ints]]:
    """Each distinct number, ascending, with the places where it stands, ascending."""
    order = np.argsort(numbers, kind="stable")
    values, starts = np.unique(numbers[order], return_index=True)
    for value, places in zip(values, np.split(order, starts[1:]), strict=True):
        if len(places):
            yield int(value), places


def named(places: Ints, names: Sequence[str]) -> pa.Array:
    """The names at the places, as text."""
    return pa.array(names, pa.string()).take(pa.array(places))


def padded(numbers: Ints, width: int) -> pa.Array:
    """Decimal text of numbers that fit into `width` digits, zeros in front."""
    digits = np.empty((len(numbers), width), np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        digits[:, place] = digit + ord("0")
    text = pa.py_buffer(digits.tobytes())
    offsets = np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), text)
