"""Where a borough belongs: the police's basic command unit, or the City, which has a police force of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from mappings.load import BOROUGHS, ROOT
from mappings.tables import read_table

CITY: Final = "CITY"
PAN_LONDON: Final = "PAN_LONDON"


@dataclass(frozen=True, slots=True)
class Borough:
    """One of the 33 authorities; `area` is a BCU's code or CITY."""

    code: str
    name: str
    area: str


@lru_cache(maxsize=8)
def load_boroughs(root: Path = ROOT) -> tuple[Borough, ...]:
    """All of them, in the table's order. Raises MappingInvalid."""
    lines = read_table(root, "reference/boroughs", BOROUGHS).lines
    return tuple(Borough(line["borough_code"], line["name"], line["bcu_code"] or CITY) for line in lines)
