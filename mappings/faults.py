"""Everything that is wrong with a folder of mappings, not only the first thing: one fault a table.

The checks are those of the loading itself (load, offence_tables, triage_rules), one after the other, each run wherever
the tables that it leans on can be read. So what loads has no fault here, and what has none here loads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from exchange.errors import MappingInvalid
from mappings import catalogue, load, offence_tables, triage_rules
from mappings.canonical import FORMS
from mappings.kinds import Codes
from mappings.offence_tables import OffenceBook
from mappings.tables import Table, read_table
from mappings.versions import SET, VERSIONS, not_as_stamped, read_versions, table_names


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a table; line 0 is the table as a whole."""

    table: str
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What a layout's columns.csv is checked against: its form, and the columns that its files have."""

    form: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder's tables: how many, and what is wrong with them.

    `version`: of the set, blank where versions.csv cannot be read; `unstamped`: tables that are not the ones that
    were given their versions.
    """

    version: str
    tables: int
    lines: int
    not_verified: int
    faults: tuple[Fault, ...]
    unstamped: tuple[Fault, ...]


@dataclass
class _Finder:
    """Runs checks and keeps the first fault of each table; `tables` are those that could be read."""

    tables: dict[str, Table] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    def attempt(self, check: Callable[[], Any]) -> Any:
        """What the check gives; None where it found a fault."""
        try:
            return check()
        except MappingInvalid as found:
            fault = _fault(found)
            self.faults.setdefault(fault.table, fault)
            return None

    def with_tables(self, names: Collection[str], check: Callable[..., Any]) -> Any:
        """What the check gives of these tables, if all of them could be read."""
        if not set(names) <= self.tables.keys():
            return None
        return self.attempt(partial(check, *(self.tables[name] for name in names)))


def _fault(found: MappingInvalid) -> Fault:
    facts = found.facts
    return Fault(str(facts["table"]), int(str(facts["line"])), str(facts["problem"]))


def check(root: Path, feeds: Mapping[str, Feed]) -> Checked:
    """Read every table under `root`; `feeds` are the layouts that senders have."""
    found = _Finder()
    names = table_names(root)
    for name in (VERSIONS, *names):
        found.attempt(partial(_read, found, root, name))
    for name in catalogue.SHAPES.keys() - {VERSIONS, *names}:
        found.faults[name] = Fault(name, 0, "the table is not there")
    _check_reference(found)
    _check_triage(found)
    for layout in catalogue.layouts(root):
        _check_layout(found, root, layout, feeds.get(layout))
    for layout in feeds.keys() - set(catalogue.layouts(root)):
        found.faults[f"{layout}/columns"] = Fault(f"{layout}/columns", 0, "the table is not there")
    stamped = found.attempt(lambda: read_versions(root)) if VERSIONS in found.tables else None
    tables = [table for name, table in found.tables.items() if name != VERSIONS]
    return Checked(
        version=stamped[SET].version if stamped else "",
        tables=len(names),
        lines=sum(len(table.lines) for table in tables),
        not_verified=sum(catalogue.not_verified(line.cells) for table in tables for line in table.lines),
        faults=tuple(sorted(found.faults.values(), key=lambda fault: fault.table)),
        unstamped=tuple(map(_fault, not_as_stamped(root, stamped))) if stamped else (),
    )


def _read(found: _Finder, root: Path, name: str) -> None:
    shape = catalogue.shape_of(name)
    if shape is None:
        raise MappingInvalid(table=name, line=0, problem="nothing reads a table of this name")
    found.tables[name] = read_table(root, name, shape)


def _check_reference(found: _Finder) -> None:
    found.with_tables(("reference/boroughs", "reference/bcus"), load.check_areas)
    found.with_tables(("reference/borough_spellings", "reference/boroughs"), load.borough_spellings)
    for name in (*load.SELF_DEFINED, "ethnicity_observed"):
        found.with_tables((f"reference/{name}",), load.ethnicity_groups)
    for name in load.SELF_DEFINED:
        found.with_tables((f"reference/{name}",), load.codes_by_label)
    readable = {name: found.tables[name] for name in offence_tables.SHAPES if name in found.tables}
    offence_tables.check_each(readable, found.attempt)


def _check_triage(found: _Finder) -> None:
    facts, rules = "triage/offence_facts", "triage/rules"
    found.with_tables((facts,), triage_rules.offences_by_fact)
    if facts not in found.tables:
        return
    known = triage_rules.FACTS | {line["fact"] for line in found.tables[facts].lines}
    book = found.with_tables((rules,), partial(triage_rules.rules_in_order, facts=known))
    if book is not None:
        found.with_tables(("triage/destinations",), partial(triage_rules.destinations_by_reason, rules=book))


def _check_layout(found: _Finder, root: Path, layout: str, feed: Feed | None) -> None:
    for name in load.lookup_names(root, layout):
        found.with_tables((f"{layout}/{name}",), load.lookup_values)
    columns = f"{layout}/columns"
    if feed is None:
        found.faults[columns] = Fault(columns, 0, "no sender's files have this layout")
    elif not (root / f"{columns}.csv").is_file():
        found.faults[columns] = Fault(columns, 0, "the table is not there")
    else:
        found.with_tables((columns,), partial(_check_columns, codes=_names_alone(root, layout), feed=feed))


def _check_columns(table: Table, codes: Codes, feed: Feed) -> None:
    for step in load.steps_of(table, codes, FORMS[feed.form]):
        if not set(step.columns) <= feed.columns:
            table.refuse(step.line, "the layout has no such column")


def _names_alone(root: Path, layout: str) -> Codes:
    """Codes without a single one in them: a columns.csv is checked for what it names, whatever stands in there."""
    none = dict[str, str]()
    empty, no_codes = np.empty(0, np.int32), np.empty((0, 0), np.int32)
    book = OffenceBook(
        classes=(),
        categories=(),
        codes={},
        class_from=empty,
        class_to=empty,
        class_category=empty,
        dated_categories=(),
        candidates=no_codes,
        code_category=empty,
        code_death=np.empty(0, np.bool_),
        phrases={},
        nfib_classes={},
    )
    self_defined = dict.fromkeys(load.SELF_DEFINED, none)
    lookups = dict.fromkeys(load.lookup_names(root, layout), none)
    return Codes("none", lookups, self_defined, self_defined, {}, book)
