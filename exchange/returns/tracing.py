"""From a figure to the referrals that make it up, with their files and lines, and from a referral to its figures.

What a version counted stands in its records, so that it is told as it was then. Every look is audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from exchange.database import Connection, transaction
from exchange.errors import CellUnknown, NotFound
from exchange.ledger import audit
from exchange.returns import earlier
from exchange.returns.versions import Version
from exchange.settings import Settings
from outputs import catalogue, counting
from outputs.figures import Key
from outputs.idva.behind import Behind
from outputs.idva.records import terms as statement_of
from outputs.returns import RETURNS

_WHERE: str = """
    select r.source, r.referral_key, n.business_date, n.file, e.run, e.line
    from cms.referral r
    join cms.every_record e on e.source = r.source and e.referral_key = r.referral_key
    join ledger.run n on n.run = e.run
    where r.referral_id = any(%s)
    order by r.source, r.referral_key, e.file_order, e.line
"""
_FILES: str = "select source, '', business_date, file, run, 0 from ledger.run where run = any(%s) order by file"


@dataclass(frozen=True, slots=True)
class Line:
    """Where something came from: of a referral each of its records; of a file the file, with line 0; of what a roster
    gives its rows, by their sheets."""

    source: str
    key: str
    business_date: str
    file: str
    run: str
    line: int


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a figure is made of. `records`: how many it counts; `forgotten`: referrals that are in the CMS no more."""

    cell: Key
    records: int
    lines: tuple[Line, ...]
    forgotten: int


def referrals_in(settings: Settings, connection: Connection, version: Version, cell: Key) -> MadeOf:
    """What a cell of a version is made of. Raises CellUnknown."""
    table, row, column = cell
    of_return = RETURNS[version.return_name]
    records = earlier.records_of(settings, version)
    if of_return.behind is not None:
        return _of_a_statement(connection, version, cell, of_return.behind(records, cell), statement_of(records))
    described = {each.key: each for each in catalogue.tables(version.return_name)}.get(table)
    basis = of_return.basis(records, described, row) if described else None
    if described is None or basis is None or row not in basis.rows or column not in {c.key for c in described.columns}:
        raise CellUnknown(what=version.stem, cell=" ".join(cell))
    places = np.unique(counting.in_figure(described, basis, row, column))
    chosen = records[basis.kind].take(places)
    key = "run" if basis.kind == "files" else "referral_id"
    keys = pc.unique(chosen[key]).to_pylist()
    with transaction(connection, "tracing a figure"):
        found = connection.execute(_FILES if key == "run" else _WHERE, (keys,)).fetchall()
        audit.record(connection, "figure traced", None, **_named(version), cell=" ".join(cell), records=len(places))
    lines = tuple(Line(source, key, str(day), file, run, line) for source, key, day, file, run, line in found)
    known = len({line.run for line in lines} if key == "run" else {(line.source, line.key) for line in lines})
    return MadeOf(cell, len(places), lines, len(keys) - known)


def _of_a_statement(
    connection: Connection, version: Version, cell: Key, found: list[Behind] | None, terms: Mapping[str, str]
) -> MadeOf:
    """The rows of the statement behind a cell, by sheet and row. Raises CellUnknown."""
    if found is None:
        raise CellUnknown(what=version.stem, cell=" ".join(cell))
    with transaction(connection, "tracing a figure"):
        audit.record(connection, "figure traced", None, **_named(version), cell=" ".join(cell), records=len(found))
    where = (terms["statement_date"], terms["file"], terms["run"])
    lines = tuple(Line(each.sheet, each.about, *where, each.row) for each in found)
    return MadeOf(cell, len(found), lines, 0)


def cells_of(settings: Settings, connection: Connection, version: Version, source: str, key: str) -> list[Key]:
    """The cells of a version in which a referral counts. Raises NotFound."""
    with transaction(connection, "tracing a referral"):
        found = connection.execute(
            "select referral_id from cms.referral where source = %s and referral_key = %s", (source, key)
        ).fetchone()
        if found is None:
            raise NotFound(what="referral", name=f"{source} {key}", list_with="lvws held list")
        audit.record(connection, "referral traced", None, **_named(version), source=source, key=key)
    records, (number,) = earlier.records_of(settings, version), found
    cells = []
    for table in catalogue.tables(version.return_name):
        basis = RETURNS[version.return_name].basis(records, table, None)
        if basis is None or basis.kind == "files":
            continue
        mine = np.flatnonzero(np.asarray(pc.equal(records[basis.kind]["referral_id"], number).to_numpy()))
        cells += [
            (table.key, row.key, column.key)
            for row in table.rows
            for column in table.columns
            if np.isin(mine, counting.in_figure(table, basis, row.key, column.key)).any()
        ]
    return cells


def _named(version: Version) -> dict[str, str | int]:
    return {"return": version.return_name, "period": version.period, "version": version.version}
