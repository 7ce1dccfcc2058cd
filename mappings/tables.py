"""Read one code table strictly: exact header, no blank or repeated key, dates that make sense.

A table is a CSV in UTF-8 whose cells are text; an empty cell is the only blank, so that the code `NA` (the
North Area) stays a code. Every fault is a MappingInvalid that names the table, the line and the problem.
Nothing here knows what a table means; load.py and offence_tables.py do.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Never

from exchange.errors import MappingInvalid

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

ALWAYS_FROM = datetime.date.min
ALWAYS_TO = datetime.date.max


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its line number in the file (header = 1) and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in its file: `name` is folder/file without the ending."""

    name: str
    lines: tuple[Line, ...]

    def refuse(self, line: int, problem: str) -> Never:
        raise MappingInvalid(table=self.name, line=line, problem=problem)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table has to look like: its header, its key, and the columns that may not be blank.

    A table with valid_from and valid_to may repeat a key as long as the periods do not overlap.
    """

    header: tuple[str, ...]
    key: tuple[str, ...]
    filled: tuple[str, ...] = ()
    normal: Callable[[str], str] = str


def read_table(root: Path, name: str, shape: Shape) -> Table:
    """Read and check `<root>/<name>.csv`. Raises MappingInvalid, also when the file is not there."""
    path = root / f"{name}.csv"
    if not path.is_file():
        raise MappingInvalid(table=name, line=0, problem="the table is not there")
    return parse_table(name, path.read_bytes(), shape)


def parse_table(name: str, data: bytes, shape: Shape) -> Table:
    """Bytes of a table to a checked Table (pure)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise MappingInvalid(table=name, line=1, problem="it is empty, or not UTF-8")
    table = Table(name, tuple(_lines(name, text, shape.header)))
    if not table.lines:
        table.refuse(1, "it has no lines")
    _check_filled(table, shape)
    _check_verified(table)
    if "valid_from" in shape.header:
        _check_periods(table, shape)
    else:
        _check_repeats(table, shape)
    return table


def _lines(name: str, text: str, header: tuple[str, ...]) -> Iterable[Line]:
    records = _records(name, text)
    _, first = next(records, (1, []))
    if tuple(first) != header:
        raise MappingInvalid(table=name, line=1, problem=f"its header is not {','.join(header)}")
    for number, cells in records:
        if len(cells) != len(header):
            raise MappingInvalid(table=name, line=number, problem=f"it has {len(cells)} cells")
        if any(cell != cell.strip() for cell in cells):
            raise MappingInvalid(table=name, line=number, problem="a cell starts or ends with a space")
        yield Line(number, dict(zip(header, cells, strict=True)))


def _records(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells; a quote in the wrong place is a fault of the table, not of ours."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            break
        if cells is None:
            return
        yield reader.line_num, cells
    raise MappingInvalid(table=name, line=reader.line_num, problem="a quote is in the wrong place or not closed")


def _check_filled(table: Table, shape: Shape) -> None:
    for line in table.lines:
        for column in (*shape.key, *shape.filled):
            if not line[column]:
                table.refuse(line.number, f"{column} is blank")


def _check_verified(table: Table) -> None:
    """`verified` says whether a fact was seen in a source (shared/reference/SOURCES.md); it may not be left out."""
    for line in table.lines:
        if line.cells.get("verified", "yes") not in ("yes", "no"):
            table.refuse(line.number, "verified is neither yes nor no")


def _key(line: Line, shape: Shape) -> tuple[str, ...]:
    return tuple(shape.normal(line[column]) for column in shape.key)


def _check_repeats(table: Table, shape: Shape) -> None:
    seen: set[tuple[str, ...]] = set()
    for line in table.lines:
        key = _key(line, shape)
        if key in seen:
            table.refuse(line.number, f"{' '.join(shape.key)} is repeated")
        seen.add(key)


def _check_periods(table: Table, shape: Shape) -> None:
    """Periods include both ends. A key may come again, once for each of its periods."""
    by_key: dict[tuple[str, ...], list[tuple[datetime.date, datetime.date, int]]] = {}
    for line in table.lines:
        first, last = period(table, line)
        by_key.setdefault(_key(line, shape), []).append((first, last, line.number))
    for periods in by_key.values():
        for (_, earlier_last, _), (later_first, _, number) in pairwise(sorted(periods)):
            if later_first <= earlier_last:
                table.refuse(number, f"{' '.join(shape.key)} is repeated with overlapping dates")


def period(table: Table, line: Line) -> tuple[datetime.date, datetime.date]:
    """First and last day of a line's validity; blank means since ever, or still."""
    first = _day(table, line, "valid_from", ALWAYS_FROM)
    last = _day(table, line, "valid_to", ALWAYS_TO)
    if last < first:
        table.refuse(line.number, "valid_to is before valid_from")
    return first, last


def _day(table: Table, line: Line, column: str, blank: datetime.date) -> datetime.date:
    return day(table, line, column) if line[column] else blank


def day(table: Table, line: Line, column: str) -> datetime.date:
    """A cell that has to be a date. Python reads week dates too, so the form is checked first."""
    found = None
    if _ISO_DAY.fullmatch(line[column]):
        try:
            found = datetime.date.fromisoformat(line[column])
        except ValueError:
            found = None
    if found is None:
        table.refuse(line.number, f"{column} is not a date as yyyy-mm-dd")
    return found
