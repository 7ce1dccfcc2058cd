"""How many FTE the contract's guide gives an area: an IDVA for each borough of a police BCU, 0.5 for the City of
London, 8 more by need or specialism (R15). Pure; boroughs and BCUs are those of mappings/reference/boroughs.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Final

from mappings.areas import CITY, PAN_LONDON, load_boroughs

_CITY: Final = Fraction(1, 2)
_PAN_LONDON: Final = Fraction(8)
# Minimum provision: cases a year for each borough (R19).
CASES_A_YEAR: Final = 30


@cache
def guide() -> Mapping[str, Fraction]:
    """FTE by area: the BCUs by their codes, the City, all London."""
    boroughs = Counter(borough.area for borough in load_boroughs() if borough.area != CITY)
    return {**{bcu: Fraction(number) for bcu, number in sorted(boroughs.items())}, CITY: _CITY, PAN_LONDON: _PAN_LONDON}
