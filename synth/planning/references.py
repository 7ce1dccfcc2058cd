"""Keys of referrals as each source writes them; the same number never makes the same key twice."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from synth.draws import Ints, padded, weighted
from synth.planning.calendar import Minutes

# The Metropolitan Police's references look otherwise since its new crime system (shared knowledge: CRIS, CONNECT).
CONNECT: Final = np.datetime64("2024-02-28", "D")
_FIRST: Final = 1_000_000
_A_YEAR: Final = 9_000_000  # references of seven digits
_VICTIMS: Final = (0.93, 0.055, 0.015)  # that the line is of the crime's first, second, third victim


def keys(rng: Generator, source: str, number: Ints, recorded: Minutes) -> pa.Array:
    """The key of each line, its parts joined by |, from the line's own number and when it was recorded."""
    if source == "contact_centre":
        return _joined(pa.scalar("CC"), padded(number, 7 if not len(number) or number.max() < 10**7 else 10))
    month = recorded.astype("datetime64[M]").astype(np.int64)
    year = padded((month // 12 + 1970) % 100, 2)
    if source == "action_fraud":
        return _joined(pa.scalar("NFRC"), year, padded(month % 12 + 1, 2), padded(number % 10**8, 8))
    round_, place = np.divmod(number, _A_YEAR)
    victim = weighted(rng, _VICTIMS, len(number)) + 1 + len(_VICTIMS) * round_
    reference = _joined(padded(_FIRST + place, 7), pa.scalar("/"), year)
    if source == "mps":
        connect = pa.array(recorded.astype("datetime64[D]") >= CONNECT)
        reference = pc.if_else(connect, _joined(pa.scalar("01/"), reference), reference)
    return _joined(reference, pa.scalar("|"), pa.array(victim).cast(pa.string()))


def _joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
