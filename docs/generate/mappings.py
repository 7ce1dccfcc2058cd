"""docs/mappings.md: every code table with its version and source, and what in it nobody has verified."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mappings.catalogue import not_verified
from mappings.load import ROOT
from mappings.versions import SET, TableVersion, read_versions

# The columns that say what is known about a code, where a table has them.
ABOUT: Final = ("description", "name", "verified_note", "dates_verified", "note")

# A table of which nothing is verified, and which has more lines than this, is named and not repeated.
_TOLD_AT_MOST: Final = 200

HEAD: Final = """\
# Mappings

How codes and columns of the feeds become the service's own. All of it is data under `mappings/`: what all feeds
share in `mappings/reference/`, and one folder for each layout. The tables are checked whenever they are loaded, and
no table may change without a new version.

Every referral carries the version of the whole set in `mapping_version`. That version is now **{version}**.

"Not verified" counts the facts that were seen in no source, or are our own reading; they are listed below. A blank
under "agreed with" means that nobody outside the project has agreed to the table yet.

## The tables

| table | version | since | lines | not verified | agreed with | source |
|---|---|---|---|---|---|---|
"""

UNVERIFIED: Final = """
## Not verified

Ask whoever owns the list before a figure leans on one of these.
"""

DEATHS_AND_CLASSES: Final = """
## How an offence finds its class

1. A Home Office code with one class has that class, as long as it stood on the day of the offence: `listed`.
2. {several} codes have several classes. The title decides where it names one of them by a whole phrase of the Home
   Office's list, with or without "Attempted - " or the class before it: `title`.
3. Where the title leaves several, or names a class that did not stand on the day, the day decides: `date`.
4. Where they cannot, the row goes on without a class, in the category that all its classes share: `inferred`, and a
   warning. So does a listed code without any class on that day, and a fraud code without a class of its own.
5. A code that is not in the list quarantines the row. A non-crime needs none; a crime that somebody told the contact
   centre without a code counts as other crime: `no_code`, and a warning.
"""

LAYOUT: Final = """
## Layout `{layout}`

| canonical | from | by | |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Lines:
    """A table's lines as they stand in its file."""

    name: str
    lines: tuple[dict[str, str], ...]

    @property
    def unverified(self) -> tuple[str, ...]:
        """First cell of each line that is not verified, or whose dates are not, with what is known about it."""
        return tuple(_named(line) for line in self.lines if not_verified(line))


def render() -> str:
    """The page."""
    layouts = tuple(sorted(path.parent.name for path in ROOT.glob("*/columns.csv")))
    versions = read_versions(ROOT)
    tables = [_read(ROOT, name) for name in sorted(versions) if name != SET]
    rows = "".join(_row(table, versions[table.name]) for table in tables)
    unverified = "".join(_unverified(table) for table in tables if table.unverified)
    detail = next(table for table in tables if table.name == "reference/home_office_detail")
    parts = (
        HEAD.format(version=versions[SET].version),
        rows,
        DEATHS_AND_CLASSES.format(several=_several(detail)),
        *(LAYOUT.format(layout=layout) + _columns(layout) for layout in layouts),
        UNVERIFIED,
        unverified,
    )
    return "".join(parts)


def _read(root: Path, name: str) -> Lines:
    with (root / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return Lines(name, tuple(csv.DictReader(file)))


def _row(table: Lines, version: TableVersion) -> str:
    cells = (
        *(f"`{table.name}`", version.version, version.since.isoformat(), str(len(table.lines))),
        *(str(len(table.unverified)), version.agreed_with, version.source),
    )
    return f"| {' | '.join(cells)} |\n"


def _several(detail: Lines) -> int:
    classes: dict[str, set[str]] = {}
    for line in detail.lines:
        classes.setdefault(line["home_office_code"], set()).add(line["offence_class"])
    return sum(len(found) > 1 for found in classes.values())


def _columns(layout: str) -> str:
    lines = _read(ROOT, f"{layout}/columns").lines
    return "".join(
        f"| {', '.join(line['canonical'].split())} | {', '.join(line['columns'].split())} "
        f"| {' '.join((line['kind'], line['argument'])).strip()} | {line['note']} |\n"
        for line in lines
    )


def _unverified(table: Lines) -> str:
    if len(table.unverified) == len(table.lines) > _TOLD_AT_MOST:
        return f"\n### `{table.name}`\n\nNone of its {len(table.lines):,} lines: read `mappings/{table.name}.csv`.\n"
    return f"\n### `{table.name}`\n\n" + "".join(f"- {entry}\n" for entry in table.unverified)


def _named(line: dict[str, str]) -> str:
    first = next(iter(line.values()))
    about = [line[column] for column in ABOUT if line.get(column)]
    return f"{first}: {'; '.join(about)}" if about else first
