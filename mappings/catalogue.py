"""Which tables a folder of mappings holds, and what each has to look like.

A new table that is no layout's own has its Shape here, from the module that reads it; one that nobody reads is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mappings import arrival_calendar, clock_rules, load, nicknames, offence_tables, triage_rules, versions
from mappings.tables import Shape

SHAPES: Final[Mapping[str, Shape]] = {
    versions.VERSIONS: versions.SHAPE,
    "reference/boroughs": load.BOROUGHS,
    "reference/borough_spellings": load.SPELLINGS,
    "reference/bcus": load.BCUS,
    "reference/police_forces": load.FORCES,
    **{f"reference/{name}": load.ETHNICITY for name in (*load.SELF_DEFINED, "ethnicity_observed")},
    **offence_tables.SHAPES,
    **triage_rules.SHAPES,
    "triage/clocks": clock_rules.CLOCKS,
    "arrivals/calendar": arrival_calendar.CALENDAR,
    nicknames.TABLE: nicknames.SHAPE,
}
# The folders that are no layout's.
SHARED: Final = frozenset(name.rpartition("/")[0] for name in SHAPES)


def shape_of(name: str) -> Shape | None:
    """What a table has to look like; None for one that nothing reads."""
    folder, _, table = name.rpartition("/")
    if folder in SHARED:
        return SHAPES.get(name)
    return load.COLUMNS if table == "columns" else load.LOOKUP


def layouts(root: Path) -> tuple[str, ...]:
    """The layouts that have a folder of their own."""
    return tuple(sorted({name.partition("/")[0] for name in versions.table_names(root)} - SHARED))


def not_verified(cells: Mapping[str, str]) -> bool:
    """Whether a line is a fact that nobody has verified. Dates that are blank claim nothing; others say "yes", or
    where they were inferred from."""
    return cells.get("verified") == "no" or cells.get("dates_verified", "") not in ("", "yes")
