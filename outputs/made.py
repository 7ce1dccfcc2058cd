"""A version of a return made from its records: figures, what is hidden of them, figures.csv and the workbook. Pure.

The records hold all that the files need beside the version's own facts: hidden counts, notes and what moved since the
version before. So the same records and facts give the same bytes, on any day and after the CMS has forgotten (R13).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pyarrow as pa

from outputs import catalogue, disclosure
from outputs.changes import CAUSES, Change
from outputs.disclosure import Delivered, Draft, Settings
from outputs.facts import Facts
from outputs.figures import Figure, Key, Status, Value, as_csv, written
from outputs.records import SCHEMAS, Records
from outputs.returns import RETURNS
from outputs.workbook.write import write


@dataclass(frozen=True, slots=True)
class Made:
    """The files that are sent, by name, the figures in them, and a hash of what they say without version and moment."""

    delivered: Delivered
    files: Mapping[str, bytes] = field(repr=False)
    figures_sha256: str


def decided(
    hidden: Collection[Key], notes: Sequence[str], moved: Sequence[Change], settings: Settings
) -> dict[str, pa.Table]:
    """What a build decided, as records."""
    keys = sorted(hidden)
    cells = [cell for change in moved for cell in _cells(change)]
    return {
        "hidden": pa.table(
            list(map(list, zip(*keys, strict=True))) if keys else [[], [], []], schema=SCHEMAS["hidden"]
        ),
        "notes": pa.table([list(notes)], schema=SCHEMAS["notes"]),
        "moved": pa.table(
            list(map(list, zip(*cells, strict=True))) if cells else [[], [], []], schema=SCHEMAS["moved"]
        ),
        "settings": pa.table([list(settings.keys()), list(settings.values())], schema=SCHEMAS["settings"]),
    }


def _cells(change: Change) -> Iterable[tuple[str, str, str | None]]:
    row = " ".join(change.key)
    for column, value in (("old", change.old), ("new", change.new), *change.because.items()):
        yield row, column, None if value is None else str(Fraction(value))


def made(records: Records, facts: Facts) -> Made:
    """The version whose records (with what was decided) and facts these are."""
    delivered = shown(records, facts)
    what = RETURNS[facts.of_return]
    figures = [*delivered.figures, *_moved(records, what.moved_in)]
    said = replace(
        facts,
        notes=tuple(records["notes"]["text"].to_pylist()),
        small_numbers=tuple(_small_numbers(delivered)),
    )
    stem = f"{facts.of_return}-{facts.period.name}-v{facts.version}"
    return Made(
        delivered,
        {
            f"{stem}.xlsx": write(what.describe(what.title, said, figures, records)),
            "figures.csv": as_csv(facts.of_return, facts.period, facts.version, figures),
        },
        _digest(delivered.figures),
    )


def shown(records: Records, facts: Facts) -> Delivered:
    """The figures of a version as its readers see them, and the counts that they do not."""
    figures = RETURNS[facts.of_return].figures(records)
    draft = Draft(facts.of_return, facts.period.name, facts.version, tuple(figures), _settings(records))
    hidden = frozenset((line["table"], line["row"], line["column"]) for line in records["hidden"].to_pylist())
    return disclosure.apply(draft, hidden, RETURNS[facts.of_return].uses())


def _settings(records: Records) -> Settings:
    return {line["table"]: line["setting"] for line in records["settings"].to_pylist()}


def _moved(records: Records, table: str) -> list[Figure]:
    cells: dict[str, dict[str, Value]] = {}
    for line in records["moved"].to_pylist():
        number = None if line["number"] is None else Fraction(line["number"])
        cells.setdefault(line["row"], {})[line["column"]] = number
    return [
        Figure(table, row, column, values[column], _status(values[column]))
        for row, values in cells.items()
        for column in ("old", "new", *CAUSES)
    ]


def _status(value: Value) -> Status:
    return "not_available" if value is None else "ok"


def _small_numbers(delivered: Delivered) -> Iterable[str]:
    sheets = {table.key: table.sheet for table in catalogue.tables(delivered.of_return)}
    for hidden in disclosure.summary(delivered):
        said = "nothing had to be held back" if not hidden.figures else f"{hidden.figures} figures are held back"
        yield f"{sheets[hidden.table]}: counts of 1 to 4 are not shown, nor what would tell them; {said}."


def _digest(figures: Iterable[Figure]) -> str:
    lines = [[each.table, each.row, each.column, written(each.value), each.status] for each in figures]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()
