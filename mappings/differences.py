"""Two copies of the mappings, line by line: what was added, removed and changed, by each table's own key.

Codes and rules are no personal data, so what stands in them is told. Both copies have to be valid (mappings.faults).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exchange.errors import MappingInvalid
from mappings import catalogue
from mappings.tables import Line, Shape, read_table
from mappings.versions import SET, read_versions, table_hash, table_names

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One cell that has another value; `key` are the cells that tell the line."""

    key: Key
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TableDifference:
    """One table that is not the same; `state` is changed, added or removed, versions are None where it is not there.

    A changed table without a difference in its lines has them in another order, or is written otherwise.
    """

    table: str
    state: Literal["changed", "added", "removed"]
    versions: tuple[str | None, str | None]
    added: tuple[Mapping[str, str], ...] = ()
    removed: tuple[Mapping[str, str], ...] = ()
    changed: tuple[Changed, ...] = ()


def between(before: Path, after: Path) -> tuple[TableDifference, ...]:
    """Every table that differs, by name. Raises MappingInvalid."""
    old, new = set(table_names(before)), set(table_names(after))
    both = (name for name in old & new if table_hash(before, name) != table_hash(after, name))
    return tuple(_table(before, after, name, (name in old, name in new)) for name in sorted({*both, *(old ^ new)}))


def set_versions(before: Path, after: Path) -> tuple[str, str]:
    """The versions of both sets. Raises MappingInvalid."""
    return read_versions(before)[SET].version, read_versions(after)[SET].version


def _table(before: Path, after: Path, name: str, there: tuple[bool, bool]) -> TableDifference:
    shape = catalogue.shape_of(name)
    if shape is None:
        raise MappingInvalid(table=name, line=0, problem="nothing reads a table of this name")
    versions = (_version(before, name), _version(after, name))
    old = read_table(before, name, shape).lines if there[0] else ()
    new = read_table(after, name, shape).lines if there[1] else ()
    if not (there[0] and there[1]):
        state: Literal["added", "removed"] = "added" if there[1] else "removed"
        return TableDifference(name, state, versions, _cells(new), _cells(old))
    pairs, removed, added = _paired(old, new, shape)
    changed = [change for one, other in pairs for change in _changes(one, other, shape)]
    return TableDifference(name, "changed", versions, _cells(added), _cells(removed), tuple(changed))


def _version(root: Path, name: str) -> str | None:
    found = read_versions(root).get(name)
    return found.version if found else None


def _cells(lines: Sequence[Line]) -> tuple[Mapping[str, str], ...]:
    return tuple(line.cells for line in lines)


def _paired(
    old: Sequence[Line], new: Sequence[Line], shape: Shape
) -> tuple[list[tuple[Line, Line]], list[Line], list[Line]]:
    """Lines of one key on both sides, and those that are on one side alone.

    Where a key has several periods, those that begin on the same day belong together, and then the rest in order.
    """
    pairs, removed, added = [], [], []
    before, after = _by_key(old, shape), _by_key(new, shape)
    for key in dict.fromkeys((*before, *after)):
        ones, others = list(before.get(key, ())), list(after.get(key, ()))
        if "valid_from" in shape.header:
            starts = {line["valid_from"]: line for line in others}
            same = [(line, starts[line["valid_from"]]) for line in ones if line["valid_from"] in starts]
            pairs += same
            ones = [line for line in ones if line not in [one for one, _ in same]]
            others = [line for line in others if line not in [other for _, other in same]]
        pairs += list(zip(ones, others, strict=False))
        removed += ones[len(others) :]
        added += others[len(ones) :]
    return pairs, removed, added


def _by_key(lines: Sequence[Line], shape: Shape) -> dict[Key, list[Line]]:
    found: dict[Key, list[Line]] = {}
    for line in lines:
        found.setdefault(tuple(shape.normal(line[column]) for column in shape.key), []).append(line)
    return found


def _changes(one: Line, other: Line, shape: Shape) -> list[Changed]:
    key = tuple(one[column] for column in shape.key)
    return [Changed(key, column, one[column], other[column]) for column in shape.header if one[column] != other[column]]
