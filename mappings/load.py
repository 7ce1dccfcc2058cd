"""Load the mappings of one layout: read every table, refuse what is not valid, and build the conversions.

One folder for what all layouts share (reference/), one for each layout: columns.csv says which canonical
column comes from which of the layout's columns by which kind of conversion, the other tables there hold the
layout's own codes. A new layout is a new folder. Nothing is loaded by halves: the first fault is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from exchange.errors import MappingInvalid
from mappings import spelling
from mappings.canonical import ETHNICITY_GROUPS, FORMS, VALUES, Form
from mappings.kinds import KINDS, Codes, Convert, WrongArgument
from mappings.offence_tables import build_book, read_offence_tables
from mappings.tables import Line, Shape, Table, read_table
from mappings.versions import SET, TableVersion, check_versions, read_versions

ROOT = Path(__file__).parent
OUTSIDE_LONDON = "outside_london"

_COLUMNS = Shape(("canonical", "columns", "kind", "argument", "note"), ("canonical",), ("columns", "kind"))
_LOOKUP = Shape(("code", "value", "verified", "note"), ("code",), ("value",))
_ETHNICITY_HEADER = ("code", "label", "ethnicity_group", "verified", "verified_note", "seen_in", "note")
_ETHNICITY = Shape(_ETHNICITY_HEADER, ("code",), ("label", "ethnicity_group"))
_SELF_DEFINED = ("ethnicity_16plus1", "ethnicity_18plus1")
BOROUGHS = Shape(
    (
        *("borough_code", "name", "police_force", "police_force_code", "bcu_code"),
        *("area_type", "verified", "verified_note", "note"),
    ),
    ("borough_code",),
    ("name",),
)
_SPELLINGS = Shape(
    ("spelling", "borough_code", "verified", "verified_note", "note"), ("spelling",), normal=spelling.place
)
_BCUS = Shape(("bcu_code", "name", "verified", "note"), ("bcu_code",), ("name",))
_FORCES = Shape(
    ("force_code", "name", "force_type", "country", "verified", "verified_note", "seen_in", "note"),
    ("force_code",),
    ("name",),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of columns.csv, ready to run: `makes` canonical columns from `columns` of the layout."""

    line: int
    makes: tuple[str, ...]
    columns: tuple[str, ...]
    convert: Convert


@dataclass(frozen=True, slots=True)
class Mappings:
    """All conversions of one layout, and the versions of the tables behind them."""

    layout: str
    form: Form
    version: str
    steps: tuple[Step, ...]
    tables: Mapping[str, TableVersion]


@lru_cache(maxsize=16)
def load(layout_name: str, form_name: str = "referral", *, root: Path = ROOT) -> Mappings:
    """Load a layout's mappings into a form, once for a process. Raises MappingInvalid: table, line and problem."""
    form = FORMS[form_name]
    columns = read_table(root, f"{layout_name}/columns", _COLUMNS)
    versions = read_versions(root)
    codes = _codes(root, layout_name, versions[SET].version)
    steps = tuple(_step(columns, line, codes, form) for line in columns.lines)
    _check_complete(columns, steps, form)
    check_versions(root, versions)
    return Mappings(layout_name, form, versions[SET].version, steps, versions)


def _codes(root: Path, layout: str, version: str) -> Codes:
    boroughs = _boroughs(root)
    groups, labels = _ethnicity(root)
    read_table(root, "reference/police_forces", _FORCES)
    names = sorted(path.stem for path in (root / layout).glob("*.csv") if path.stem != "columns")
    lookups = {name: _lookup(root, layout, name) for name in names}
    return Codes(version, lookups, groups, labels, boroughs, build_book(read_offence_tables(root)))


def _lookup(root: Path, layout: str, name: str) -> dict[str, str]:
    """A layout's own codes for one canonical column, after which the table is named."""
    table = read_table(root, f"{layout}/{name}", _LOOKUP)
    if name not in VALUES:
        table.refuse(0, "no canonical column with a closed list has this name")
    for line in table.lines:
        if line["value"] not in VALUES[name]:
            table.refuse(line.number, f"value is not one of {', '.join(sorted(VALUES[name]))}")
    return {line["code"]: line["value"] for line in table.lines}


def _boroughs(root: Path) -> dict[str, str | None]:
    """Plain spelling to borough code; None for the words that mean "not given"."""
    bcus = {line["bcu_code"] for line in read_table(root, "reference/bcus", _BCUS).lines}
    boroughs = read_table(root, "reference/boroughs", BOROUGHS)
    for line in boroughs.lines:
        # The City of London has its own police and no BCU; every other authority has one.
        if line["bcu_code"] and line["bcu_code"] not in bcus:
            boroughs.refuse(line.number, "bcu_code is not in reference/bcus")
    known = {line["borough_code"] for line in boroughs.lines} | {OUTSIDE_LONDON, ""}
    spellings = read_table(root, "reference/borough_spellings", _SPELLINGS)
    for line in spellings.lines:
        if line["borough_code"] not in known:
            spellings.refuse(line.number, "borough_code is not in reference/boroughs")
    return {spelling.place(line["spelling"]): line["borough_code"] or None for line in spellings.lines}


def _ethnicity(root: Path) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Groups by code and codes by label, for each self-defined set; observed codes have no way in here."""
    tables = {name: read_table(root, f"reference/{name}", _ETHNICITY) for name in _SELF_DEFINED}
    for table in (*tables.values(), read_table(root, "reference/ethnicity_observed", _ETHNICITY)):
        for line in table.lines:
            if line["ethnicity_group"] not in ETHNICITY_GROUPS:
                table.refuse(line.number, "ethnicity_group is not one of the groups of the returns")
    groups = {name: {line["code"]: line["ethnicity_group"] for line in table.lines} for name, table in tables.items()}
    return groups, {name: _by_label(table) for name, table in tables.items()}


def _by_label(table: Table) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in table.lines:
        label = spelling.plain(line["label"])
        if label in labels:
            table.refuse(line.number, "label is repeated")
        labels[label] = line["code"]
    return labels


def _step(table: Table, line: Line, codes: Codes, form: Form) -> Step:
    makes, columns = tuple(line["canonical"].split()), tuple(line["columns"].split())
    for name in makes:
        if name not in form.by_name:
            table.refuse(line.number, f"canonical is not a field of the form {form.name} in mappings/canonical.py")
    kind = KINDS.get(line["kind"])
    if kind is None:
        table.refuse(line.number, "kind is not one of mappings/kinds.py")
    if kind.takes is not None and kind.takes != len(columns):
        table.refuse(line.number, f"this kind takes {kind.takes} columns")
    if tuple(form.by_name[name].arrow_type for name in makes) != kind.gives:
        table.refuse(line.number, "this kind makes other types than canonical needs")
    try:
        convert = kind.build(line["argument"], codes)
    except WrongArgument as wrong:
        table.refuse(line.number, wrong.problem)
    return Step(line.number, makes, columns, convert)


def _check_complete(table: Table, steps: tuple[Step, ...], form: Form) -> None:
    made: set[str] = set()
    for step in steps:
        if made & set(step.makes):
            table.refuse(step.line, "canonical is made by an earlier line too")
        made |= set(step.makes)
    for name in form.required:
        if name not in made:
            raise MappingInvalid(table=table.name, line=0, problem=f"no line makes {name}")
