"""How one person is written down by different people on different days.

The first line of a person has the name as it is; further lines have it as it comes: shortened, mistyped, swapped, by a
new name after a wedding, without accents, the digits of the birth date in another order. Whatever is written, the age
band of the line still holds.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints, weighted
from synth.population.names import by_distinct, plain

KINDS: Final = (
    *("", "shortened", "forename_mistyped", "surname_mistyped", "birth_date_mistyped", "swapped", "married"),
    *("accents_lost", "initial", "capitals", "new_phone", "no_birth_date"),
)
# Most names have no short form and no accent, so what needs one is drawn more often than it happens.
_SHARES: Final = (30.0, 30.0, 6.0, 7.0, 6.0, 2.5, 6.0, 25.0, 2.0, 2.5, 5.0, 1.0)
(AS_IT_IS, SHORTENED, FORENAME, SURNAME, BIRTH, SWAPPED, MARRIED, ACCENTS, INITIAL, CAPITALS, PHONE, NO_BIRTH) = range(
    len(KINDS)
)

_WIDTH: Final = 48  # letters: two names of 35 never stand in one field


def kinds(rng: np.random.Generator, further: Flags) -> Ints:
    """What happens to each line: nothing to a person's first one."""
    return np.where(further, weighted(rng, _SHARES, len(further)), AS_IT_IS)


def replaced(column: pa.Array, rows: Flags, values: pa.Array) -> pa.Array:
    """The column with `values`, as many as there are `rows`, in the rows."""
    return pc.replace_with_mask(column, pa.array(rows), values) if rows.any() else column


def mistyped(rng: np.random.Generator, names: pa.Array) -> pa.Array:
    """One slip of the finger in each: two letters swapped, one left out, doubled, or another in its place.

    The first letter stays, and a slip falls on letters alone; a name of fewer than four letters stays as it is, and now
    and then the slip changes nothing (two equal letters swapped).
    """
    count = len(names)
    if not count:
        return names
    letters = np.array(names.to_pylist(), f"<U{_WIDTH}").view(np.uint32).reshape(count, _WIDTH)
    length = (letters != 0).sum(axis=1)
    at = 1 + (rng.random(count) * np.maximum(length - 2, 1)).astype(np.int64)
    kind = rng.integers(0, 4, count)
    place = np.broadcast_to(np.arange(_WIDTH), letters.shape)
    spot = at[:, None]
    source = np.select(
        [(kind == 0)[:, None], (kind == 1)[:, None], (kind == 2)[:, None]],
        [np.where(place == spot, spot + 1, np.where(place == spot + 1, spot, place)), place + (place >= spot),
         place - (place > spot)],
        place,
    )  # fmt: skip
    slipped = np.take_along_axis(letters, np.minimum(source, _WIDTH - 1), axis=1)
    other = rng.integers(ord("a"), ord("z") + 1, count).astype(np.uint32)
    rows = np.arange(count)
    slipped[rows, at] = np.where(kind == 3, other, slipped[rows, at])
    text = "".join(map(chr, np.unique(letters).tolist()))
    is_letter = np.isin(letters, [ord(each) for each in text if each.isalpha()])
    fit = (length >= 4) & is_letter[rows, at] & is_letter[rows, np.minimum(at + 1, _WIDTH - 1)]
    written = np.where(fit[:, None], slipped, letters).astype(np.uint32)
    return pa.array(np.ascontiguousarray(written).view(f"<U{_WIDTH}").ravel().tolist(), pa.string())


def birth_mistyped(rng: np.random.Generator, birth: Ints, first: Ints, last: Ints) -> Ints:
    """Birth dates with two digits in another order (of the year, the day, or day and month for each other).

    A date that does not exist, or lies outside the stretch that the line's age band allows, is not taken: then another
    of the three, and the date as it was where none can be.
    """
    answer, begin = birth, rng.integers(0, 3, len(birth))
    for turn in range(3):
        answer = np.where(answer == birth, _transposed(birth, (begin + turn) % 3, first, last), answer)
    return answer


def _transposed(birth: Ints, kind: Ints, first: Ints, last: Ints) -> Ints:
    date = birth.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year, number = date.astype("datetime64[Y]").astype(np.int64) + 1970, month.astype(np.int64) % 12 + 1
    day = (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    new_year = np.where(kind == 0, year - year % 100 + year % 10 * 10 + year % 100 // 10, year)
    new_month = np.where((kind == 1) & (day <= 12), day, number)
    new_day = np.select([(kind == 1) & (day <= 12), kind == 2], [number, day % 10 * 10 + day // 10], day)
    begin = ((new_year - 1970) * 12 + new_month - 1).astype("datetime64[M]")
    size = ((begin + 1).astype("datetime64[D]") - begin.astype("datetime64[D]")).astype(np.int64)
    slipped = begin.astype("datetime64[D]").astype(np.int64) + new_day - 1
    fits = (new_day >= 1) & (new_day <= size) & (first <= slipped) & (slipped <= last)
    return np.where(fits, slipped, birth)


def without_accents(names: pa.Array) -> pa.Array:
    """As a keyboard without accents writes them."""
    return by_distinct(names, plain)
