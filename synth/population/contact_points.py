"""Phones and e-mail addresses that reach nobody.

Numbers are from the ranges that Ofcom keeps for drama, and there are few of them: 1,000 mobiles for all. So many
people have one number, which a matching of persons has to bear with; numbers are dealt out in turn, so that no number
is much more frequent than another. E-mail addresses stand in example.com, .net and .org (RFC 2606), one for each.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints, chance, weighted
from synth.population.names import by_distinct, slug

MOBILES: Final = 1000
# Beginning, digits that follow it, as Ofcom lists them; London's first.
LANDLINES: Final = ("020 7946 0", "01632 960", "03069 990", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0",
    "0117 496 0", "0118 496 0", "0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0")  # fmt: skip
_LONDON_FIRST: Final = (88.0, 2.5, 0.5, *([0.8] * 11))

_STYLES: Final = (0.55, 0.35, 0.06, 0.04)

_DOMAINS: Final = ("example.com", "example.org", "example.net")


def mobile_numbers(rng: np.random.Generator, count: int) -> Ints:
    """`count` mobiles as numbers from 0 to 999, dealt out in turn."""
    rounds = [rng.permutation(MOBILES) for _ in range(count // MOBILES + 1)]
    return np.concatenate(rounds)[:count]


def landline_numbers(rng: np.random.Generator, count: int) -> Ints:
    """`count` landlines as numbers: 1,000 for each of LANDLINES."""
    answer: Ints = weighted(rng, _LONDON_FIRST, count) * 1000 + rng.integers(0, 1000, count)
    return answer


def styles(rng: np.random.Generator, count: int) -> Ints:
    """How a number is written."""
    return weighted(rng, _STYLES, count)


def mobiles(numbers: Ints, style: Ints) -> pa.Array:
    """Mobiles as text; blank where the number is -1."""
    return _styled(numbers, style, beginnings=("07700 900",))


def landlines(numbers: Ints, style: Ints) -> pa.Array:
    """Landlines as text; blank where the number is -1."""
    return _styled(numbers, style, beginnings=LANDLINES)


def _styled(numbers: Ints, style: Ints, *, beginnings: tuple[str, ...]) -> pa.Array:
    """All ways of writing each number are few enough to be written once."""
    written = [f"{beginning}{last:03d}" for beginning in beginnings for last in range(1000)]
    table = [each for text in written for each in _ways(text)]
    place = np.where(numbers < 0, len(table), numbers * len(_STYLES) + style)
    return pc.take(pa.array([*table, ""], pa.string()), pa.array(place))


def _ways(text: str) -> tuple[str, str, str, str]:
    close = text.replace(" ", "")
    return text, close, f"+44 {text[1:]}", f"+44{close[1:]}"


def emails(rng: np.random.Generator, forename: pa.Array, surname: pa.Array, person: Ints) -> pa.Array:
    """An address for each person, made from the name and the person's number, so that no two are the same."""
    first, last = by_distinct(forename, slug), by_distinct(surname, slug)
    between = pc.take(pa.array([".", "_", ""], pa.string()), pa.array(weighted(rng, (6, 1, 3), len(person))))
    domain = pc.take(pa.array(_DOMAINS, pa.string()), pa.array(weighted(rng, (5, 3, 2), len(person))))
    short = pa.array(chance(rng, 0.2, len(person)))
    first = pc.if_else(short, pc.utf8_slice_codeunits(first, 0, 1), first)
    return pc.binary_join_element_wise(first, between, last, pa.array(person).cast(pa.string()), "@", domain, "")


def preferred(rng: np.random.Generator, *, phone: Flags, mobile: Flags, email: Flags) -> pa.Array:
    """How a person wants to be reached, by a way that there is; blank for many."""
    count = len(phone)
    wish = rng.random(count)
    kinds = np.select(
        [(wish < 0.34) & phone, (wish < 0.46) & mobile, (wish < 0.62) & email, (wish < 0.66)], [1, 2, 3, 4], 0
    )
    return pc.take(pa.array(["", "phone", "sms", "email", "post"], pa.string()), pa.array(kinds))
