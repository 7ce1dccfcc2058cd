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
from mappings.offence_tables import OffenceBook, build_book, read_offence_tables
from mappings.tables import Line, Shape, Table, read_table
from mappings.versions import SET, TableVersion, check_versions, read_versions

ROOT = Path(__file__).parent
OUTSIDE_LONDON = "outside_london"

COLUMNS = Shape(("canonical", "columns", "kind", "argument", "note"), ("canonical",), ("columns", "kind"))
LOOKUP = Shape(("code", "value", "verified", "note"), ("code",), ("value",))
_ETHNICITY_HEADER = ("code", "label", "ethnicity_group", "verified", "verified_note", "seen_in", "note")
ETHNICITY = Shape(_ETHNICITY_HEADER, ("code",), ("label", "ethnicity_group"))
SELF_DEFINED = ("ethnicity_16plus1", "ethnicity_18plus1")
BOROUGHS = Shape(
    (
        *("borough_code", "name", "police_force", "police_force_code", "bcu_code"),
        *("area_type", "verified", "verified_note", "note"),
    ),
    ("borough_code",),
    ("name",),
)
SPELLINGS = Shape(
    ("spelling", "borough_code", "verified", "verified_note", "note"), ("spelling",), normal=spelling.place
)
BCUS = Shape(("bcu_code", "name", "verified", "note"), ("bcu_code",), ("name",))
FORCES = Shape(
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


@dataclass(frozen=True, slots=True)
class Shared:
    """What all layouts look things up in, as mappings.kinds.Codes has it."""

    groups: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    boroughs: Mapping[str, str | None]
    offences: OffenceBook


@lru_cache(maxsize=16)
def load(layout_name: str, form_name: str = "referral", *, root: Path = ROOT) -> Mappings:
    """Load a layout's mappings into a form, once for a process. Raises MappingInvalid: table, line and problem."""
    made = read(layout_name, form_name, root=root)
    check_versions(root, dict(made.tables))
    return made


def read(layout_name: str, form_name: str = "referral", *, root: Path = ROOT, shared: Shared | None = None) -> Mappings:
    """The same anew, and whether the tables have their versions or not: for tables that are still worked on.

    `shared`: what read_shared made of this root, for whoever reads several layouts.
    """
    form = FORMS[form_name]
    columns = read_table(root, f"{layout_name}/columns", COLUMNS)
    versions = read_versions(root)
    codes = codes_of(root, layout_name, versions[SET].version, shared)
    steps = steps_of(columns, codes, form)
    return Mappings(layout_name, form, versions[SET].version, steps, versions)


def read_shared(root: Path) -> Shared:
    """The tables of reference/. Raises MappingInvalid."""
    boroughs = boroughs_by_spelling(root)
    groups, labels = _ethnicity(root)
    read_table(root, "reference/police_forces", FORCES)
    return Shared(groups, labels, boroughs, build_book(read_offence_tables(root)))


def codes_of(root: Path, layout: str, version: str, shared: Shared | None = None) -> Codes:
    """What the kinds of a layout look things up in. Raises MappingInvalid."""
    found = shared or read_shared(root)
    lookups = {name: lookup_values(read_table(root, f"{layout}/{name}", LOOKUP)) for name in lookup_names(root, layout)}
    return Codes(version, lookups, found.groups, found.labels, found.boroughs, found.offences)


def lookup_names(root: Path, layout: str) -> tuple[str, ...]:
    """The canonical columns for which a layout has codes of its own."""
    return tuple(sorted(path.stem for path in (root / layout).glob("*.csv") if path.stem != "columns"))


def lookup_values(table: Table) -> dict[str, str]:
    """A layout's own codes for one canonical column, after which the table is named."""
    name = table.name.rpartition("/")[2]
    if name not in VALUES:
        table.refuse(0, "no canonical column with a closed list has this name")
    for line in table.lines:
        if line["value"] not in VALUES[name]:
            table.refuse(line.number, f"value is not one of {', '.join(sorted(VALUES[name]))}")
    return {line["code"]: line["value"] for line in table.lines}


def boroughs_by_spelling(root: Path) -> dict[str, str | None]:
    """Plain spelling to borough code; None for the words that mean "not given"."""
    bcus, boroughs = read_table(root, "reference/bcus", BCUS), read_table(root, "reference/boroughs", BOROUGHS)
    check_areas(boroughs, bcus)
    return borough_spellings(read_table(root, "reference/borough_spellings", SPELLINGS), boroughs)


def check_areas(boroughs: Table, bcus: Table) -> None:
    """Every BCU of a borough has to be listed."""
    known = {line["bcu_code"] for line in bcus.lines}
    for line in boroughs.lines:
        # The City of London has its own police and no BCU; every other authority has one.
        if line["bcu_code"] and line["bcu_code"] not in known:
            boroughs.refuse(line.number, "bcu_code is not in reference/bcus")


def borough_spellings(spellings: Table, boroughs: Table) -> dict[str, str | None]:
    """Plain spelling to a borough's code that is listed; None for the words that mean "not given"."""
    known = {line["borough_code"] for line in boroughs.lines} | {OUTSIDE_LONDON, ""}
    for line in spellings.lines:
        if line["borough_code"] not in known:
            spellings.refuse(line.number, "borough_code is not in reference/boroughs")
    return {spelling.place(line["spelling"]): line["borough_code"] or None for line in spellings.lines}


def _ethnicity(root: Path) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Groups by code and codes by label, for each self-defined set; observed codes have no way in here."""
    tables = {name: read_table(root, f"reference/{name}", ETHNICITY) for name in SELF_DEFINED}
    groups = {name: ethnicity_groups(table) for name, table in tables.items()}
    ethnicity_groups(read_table(root, "reference/ethnicity_observed", ETHNICITY))
    return groups, {name: codes_by_label(table) for name, table in tables.items()}


def ethnicity_groups(table: Table) -> dict[str, str]:
    """Code to group; every group is one of the returns."""
    for line in table.lines:
        if line["ethnicity_group"] not in ETHNICITY_GROUPS:
            table.refuse(line.number, "ethnicity_group is not one of the groups of the returns")
    return {line["code"]: line["ethnicity_group"] for line in table.lines}


def codes_by_label(table: Table) -> dict[str, str]:
    """Plain label to code; no label stands for two codes."""
    labels: dict[str, str] = {}
    for line in table.lines:
        label = spelling.plain(line["label"])
        if label in labels:
            table.refuse(line.number, "label is repeated")
        labels[label] = line["code"]
    return labels


def steps_of(table: Table, codes: Codes, form: Form) -> tuple[Step, ...]:
    """The lines of a columns.csv, ready to run. Raises MappingInvalid."""
    steps = tuple(_step(table, line, codes, form) for line in table.lines)
    _check_complete(table, steps, form)
    return steps


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
