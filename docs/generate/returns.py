"""docs/returns.md: every table, row and column of the returns in words, from outputs/returns.py and the definitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from docs.generate.returns_words import CHANGES, COUNTS, HEAD, READINGS
from outputs import catalogue
from outputs.catalogue import Column, Row, Table
from outputs.returns import RETURNS

_LENGTHS: Final = {"month": "a month", "quarter": "a quarter"}
_COLUMNS: Final = "\n| column | called | what it says |\n|---|---|---|\n"
# Wholes that are no row themselves.
_SUMS: Final = {
    "total_by_abuse": "all victims, told apart by domestic abuse",
    "called": "all witnesses, by who calls them",
}
_HIDDEN: Final = {
    "none": "nothing is hidden",
    "primary": "counts of 1 to 4 are hidden",
    "secondary": "counts of 1 to 4 are hidden, and what would tell them",
}


def render() -> str:
    """The page: which returns there are, what counts, readings, tables."""
    return "".join((HEAD, *_returns(), COUNTS, READINGS, "\n## Tables\n", *map(_table, _tables()), CHANGES, _moved()))


def _returns() -> Iterator[str]:
    yield "\n| return | made for | tables |\n|---|---|---|\n"
    for each in RETURNS.values():
        sheets = ", ".join(f"[{table.sheet}](#{_anchor(table)})" for table in catalogue.tables(each.name) if table.rows)
        yield f"| `{each.name}`: {each.title} | {_LENGTHS[each.of]} | {sheets} |\n"


def _tables() -> list[Table]:
    """The tables of all returns that can be built, each once."""
    found = (table for name in RETURNS for table in catalogue.tables(name) if table.rows)
    return list({table.key: table for table in found}.values())


def _anchor(table: Table) -> str:
    return table.sheet.lower().replace(" ", "-")


def _table(table: Table) -> str:
    with_it = [name for name in RETURNS if table in catalogue.tables(name)]
    return "".join(
        (
            f"\n### {table.sheet}\n\n`{table.key}`: {table.title}. {table.says}\n\n",
            f"- Counts {table.unit}; in {', '.join(with_it)}\n",
            f"- For {_requirements(table)}\n",
            f"- Small numbers `{table.suppression}`: {_HIDDEN[table.suppression]}\n",
            _COLUMNS,
            *map(_column, table.columns),
            "\n| row | called | what it says |\n|---|---|---|\n",
            *(_row(row, table) for row in table.rows),
        )
    )


def _requirements(table: Table) -> str:
    return table.requirement.replace("; ", ", ").replace("Traps", "the traps that the documents show")


def _column(column: Column) -> str:
    return f"| `{column.key}` | {column.words} | {column.says} |\n"


def _row(row: Row, table: Table) -> str:
    words = {each.key: each.words for each in table.rows}
    part = f"Part of {words.get(row.part_of, _sum_of(row.part_of))}." if row.part_of else ""
    return f"| `{row.key}` | {row.words} | {' '.join(filter(None, (row.says, part)))} |\n"


def _sum_of(key: str) -> str:
    """A whole that is no row itself."""
    return _SUMS.get(key, f"the whole `{key}`")


def _moved() -> str:
    return "".join((_COLUMNS, *map(_column, catalogue.changes().columns)))
