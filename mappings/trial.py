"""What two sets of tables make of the same sent values, field by field, for one layout. Pure, whole columns.

The conversions are those of mappings.kinds, run on columns that mappings.backwards told. A field is tried where its
kind looks something up in a table, or its line of columns.csv differs; anything else is the same on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mappings import load, offence_tables
from mappings.backwards import Way, ways
from mappings.canonical import Form
from mappings.dates import Unfit
from mappings.load import Mappings, Shared, Step
from mappings.tables import Line, Table, read_table
from mappings.versions import table_hash

Flags = npt.NDArray[np.bool_]

_OFFENCES: Final = tuple(offence_tables.SHAPES)


def _shared(_layout: str, argument: str) -> tuple[str, ...]:
    return (f"reference/{argument}",)


# The tables that a kind looks things up in, by layout and argument; a kind that is not here looks nothing up.
READS: Final[Mapping[str, Callable[[str, str], tuple[str, ...]]]] = {
    "lookup": lambda layout, argument: (f"{layout}/{argument}",),
    "code_group": _shared,
    "label_code": _shared,
    "label_group": _shared,
    "borough": lambda _layout, _argument: ("reference/borough_spellings", "reference/boroughs"),
    "home_office": lambda _layout, _argument: _OFFENCES,
    "home_office_told": lambda _layout, _argument: _OFFENCES,
    "nfib": lambda _layout, _argument: _OFFENCES,
}
# Kinds whose answer does not depend on what was sent.
_CONSTANT: Final = frozenset({"constant", "always", "version"})
# Kinds whose answers are codes of ours, which may be shown. Others may hand on what somebody sent.
_CODED: Final = frozenset(
    "lookup code_group label_group borough home_office home_office_told nfib constant constant_if_given always flag "
    "email_usable postcode_usable named_contact".split()
)
# Made new with every version of the set, and news of nothing else.
_NOT_TRIED: Final = frozenset({"mapping_version"})


@dataclass(frozen=True, slots=True)
class Untried:
    """A field that cannot be worked out again: these columns of the layout are not kept.

    `differs`: its line or a table that it reads differs between the two sets, so that something may be missed.
    """

    field: str
    columns: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What one set of tables makes of a field; `refused` marks sent values that are in no table of the set."""

    values: pa.Array
    refused: Flags | None = None


@dataclass(frozen=True)
class Side:
    """One set of tables for one layout: its lines by the fields that they make, and the steps."""

    mappings: Mappings
    lines: Mapping[str, Line]
    root: Path

    @property
    def steps(self) -> Mapping[str, Step]:
        """The step that makes each field."""
        return {name: step for step in self.mappings.steps for name in step.makes}

    def tables(self, name: str) -> dict[str, str]:
        """Every table that a field's kind reads, with its hash."""
        line = self.lines.get(name)
        names = READS[line["kind"]](self.mappings.layout, line["argument"]) if line and line["kind"] in READS else ()
        return {table: table_hash(self.root, table) for table in names}

    def needs(self, name: str) -> frozenset[str]:
        """The columns that a field is made from, those alone that count."""
        line = self.lines.get(name)
        return frozenset() if line is None or line["kind"] in _CONSTANT else frozenset(line["columns"].split())


@dataclass(frozen=True)
class Trial:
    """A layout under both sets: which fields are tried, from what, and which cannot be.

    `differing`: the fields that are made otherwise on the two sides, or from other tables; `coded`: those whose values
    are codes of ours on both.
    """

    sides: tuple[Side, Side]
    ways: Mapping[str, Way]
    fields: tuple[str, ...]
    differing: frozenset[str]
    coded: frozenset[str]
    untried: tuple[Untried, ...]

    @property
    def columns(self) -> frozenset[str]:
        """The sent columns that the tried fields are made from."""
        return frozenset(column for side in self.sides for name in self.fields for column in side.needs(name))

    @property
    def kept(self) -> frozenset[str]:
        """The canonical fields that these are told from."""
        return frozenset(self.ways[column].field for column in self.columns)

    def answers(self, kept: Mapping[str, pa.Array], rows: int) -> dict[str, tuple[Answer, Answer]]:
        """Each tried field under both sets, from the kept fields of so many referrals."""
        blank = pa.repeat(pa.scalar(""), rows)
        told = {column: self.ways[column].back(kept[self.ways[column].field]) for column in self.columns}
        before = _run(self.sides[0], self.fields, told, blank)
        after = before | _run(self.sides[1], [name for name in self.fields if name in self.differing], told, blank)
        return {name: (before[name], after[name]) for name in self.fields}


@dataclass(frozen=True)
class Setting:
    """Two sets of tables, the tables that made what is kept, and the canonical fields that are kept.

    `always`: fields that are worked out even where nothing that they are made by differs.
    """

    roots: tuple[Path, Path]
    in_force: Path
    kept: frozenset[str]
    always: frozenset[str]


def prepare(layouts: Mapping[str, str], setting: Setting) -> dict[str, Trial]:
    """Set up the trial of each layout, by its name and form. Raises MappingInvalid."""
    shared = {root: load.read_shared(root) for root in {*setting.roots, setting.in_force}}
    return {layout: _prepare(layout, form, setting, shared) for layout, form in layouts.items()}


def _prepare(layout: str, form: str, setting: Setting, shared: Mapping[Path, Shared]) -> Trial:
    before, after = (_side(layout, form, root, shared[root]) for root in setting.roots)
    columns = read_table(setting.in_force, f"{layout}/columns", load.COLUMNS)
    codes = load.codes_of(setting.in_force, layout, "in force", shared[setting.in_force])
    told = ways(columns, codes, setting.kept)
    fields, untried = [], []
    for name in dict.fromkeys((*before.lines, *after.lines)):
        if name in _NOT_TRIED or not _may_differ((before, after), name):
            continue
        missing = tuple(sorted((before.needs(name) | after.needs(name)) - told.keys()))
        differs = _differs((before, after), name)
        if name not in setting.kept or missing:
            untried.append(Untried(name, missing, differs))
        elif differs or name in setting.always:
            fields.append((name, differs))
    coded = frozenset(
        name
        for name, _ in fields
        if all(name not in side.lines or side.lines[name]["kind"] in _CODED for side in (before, after))
    )
    differing = frozenset(name for name, differs in fields if differs)
    return Trial((before, after), told, tuple(name for name, _ in fields), differing, coded, tuple(untried))


def _side(layout: str, form: str, root: Path, shared: Shared) -> Side:
    columns: Table = read_table(root, f"{layout}/columns", load.COLUMNS)
    lines = {name: line for line in columns.lines for name in line["canonical"].split()}
    return Side(load.read(layout, form, root=root, shared=shared), lines, root)


def _may_differ(sides: tuple[Side, Side], name: str) -> bool:
    return _rule(sides[0], name) != _rule(sides[1], name) or sides[0].lines[name]["kind"] in READS


def _differs(sides: tuple[Side, Side], name: str) -> bool:
    return _rule(sides[0], name) != _rule(sides[1], name) or sides[0].tables(name) != sides[1].tables(name)


def _rule(side: Side, name: str) -> tuple[str, ...]:
    """What a line says, without its note."""
    line = side.lines.get(name)
    return () if line is None else tuple(line[column] for column in ("canonical", "columns", "kind", "argument"))


def _run(side: Side, fields: Sequence[str], told: Mapping[str, pa.Array], blank: pa.Array) -> dict[str, Answer]:
    made: dict[str, Answer] = {}
    steps = side.steps
    for name in fields:
        if name in made:
            continue
        if name not in steps:
            made[name] = Answer(pa.nulls(len(blank), side.mappings.form.by_name[name].arrow_type))
            continue
        step = steps[name]
        columns = [told.get(column, blank) for column in step.columns]
        made.update(zip(step.makes, _convert(step, columns, side.mappings.form), strict=True))
    return made


def _convert(step: Step, columns: Sequence[pa.Array], form: Form) -> tuple[Answer, ...]:
    try:
        return tuple(Answer(column) for column in step.convert(columns).columns)
    except Unfit:
        pass
    (column,) = columns  # only closed tables refuse, and they take one column
    return (_by_value(step, column, form.by_name[step.makes[0]].arrow_type),)


def _by_value(step: Step, column: pa.Array, arrow_type: pa.DataType) -> Answer:
    """A closed table that lacks a value would stop a load; here the value is marked, by distinct values."""
    encoded = column.dictionary_encode()
    answers = [_one(step, encoded.dictionary.slice(place, 1)) for place in range(len(encoded.dictionary))]
    fits = np.array([each is not None for each in answers])
    values = pa.concat_arrays([pa.nulls(1, arrow_type) if each is None else each for each in answers])
    return Answer(pc.take(values, encoded.indices), ~fits[encoded.indices.to_numpy()])


def _one(step: Step, value: pa.Array) -> pa.Array | None:
    try:
        return step.convert([value]).columns[0]
    except Unfit:
        return None
