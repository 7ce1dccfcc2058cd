"""Short forms of forenames as data: mappings/matching/nicknames.csv, read strictly.

A line says that a name may be short for, or another spelling of, a root. A name can have several: Sam is Samuel and
Samantha. Names stand in the plain form in which they are compared: no case, no accents.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from mappings.tables import Shape, read_table
from mappings.versions import check_versions, read_versions

ROOT: Final = Path(__file__).parent  # not from mappings.load, which has to import pyarrow
TABLE: Final = "matching/nicknames"
SHAPE: Final = Shape(("name", "root", "source", "verified"), ("name", "root"), ("source",))


@lru_cache(maxsize=8)
def load_nicknames(root: Path = ROOT) -> Mapping[str, tuple[str, ...]]:
    """A name to all that it may be short for. Raises MappingInvalid: table, line and problem."""
    versions = read_versions(root)
    table = read_table(root, TABLE, SHAPE)
    found: dict[str, tuple[str, ...]] = {}
    for line in table.lines:
        for column in ("name", "root"):
            if not (line[column].isalpha() and line[column] == line[column].casefold()):
                table.refuse(line.number, f"{column} is not one word in small letters")
        if line["name"] == line["root"]:
            table.refuse(line.number, "name and root are the same")
        found[line["name"]] = (*found.get(line["name"], ()), line["root"])
    check_versions(root, versions)
    return found
