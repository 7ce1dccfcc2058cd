"""Where a borough belongs: the police's basic command unit, or the City, which has a police force of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from mappings import spelling
from mappings.load import BOROUGHS, ROOT, boroughs_by_spelling
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


@lru_cache(maxsize=8)
def _by_name(root: Path) -> dict[str, Borough]:
    by_code = {borough.code: borough for borough in load_boroughs(root)}
    spelled = boroughs_by_spelling(root).items()
    return by_code | {name: by_code[code] for name, code in spelled if code in by_code}


def borough_called(text: str, root: Path = ROOT) -> Borough | None:
    """The borough of a code, or of a spelling that is known. Raises MappingInvalid."""
    return _by_name(root).get(text) or _by_name(root).get(spelling.place(text))
