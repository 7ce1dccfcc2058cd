"""The order of truth: (business date, sequence, arrival of that name's content, line) (interfaces: outcomes).

The first three are one number, a file's order; a line follows within it. Nothing else orders records: neither
clocks nor the order of arrival.
"""

from __future__ import annotations

from datetime import date
from typing import Final

EPOCH: Final = date(2000, 1, 1)
DAY_BITS: Final = 36
_ARRIVAL_BITS: Final = 12


def file_order(business_date: date, sequence: int, arrival: int) -> int:
    """A file's place in the order of truth: business date, then sequence (24 bits), then arrival (12 bits)."""
    if not (business_date >= EPOCH and 0 <= sequence < 1 << 24 and 0 < arrival < 1 << _ARRIVAL_BITS):
        raise ValueError("a file's business date, sequence or arrival is out of range")
    return (business_date - EPOCH).days << DAY_BITS | sequence << _ARRIVAL_BITS | arrival
