"""The quarterly return: all monthly tables over the quarter, and its own (interfaces: returns, Quarterly tables).

`records` asks; all else is pure. What a figure needs is in the records, so that a version is made again from them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from exchange.database import Connection
from outputs import (
    asked,
    catalogue,
    changing,
    counting,
    inputs_held,
    kpi,
    monthly,
    quarterly_kinds,
    representation,
    targets,
)
from outputs import records as monthly_records
from outputs.asked import Asked
from outputs.catalogue import Row, Table
from outputs.counting import Basis, Measure, column, flag
from outputs.figures import Figure, Key
from outputs.quarterly_kinds import Number
from outputs.records import Records

NAME: Final = "quarterly"


def records(
    connection: Connection,
    what: Asked,
    *,
    previous: Mapping[str, Number],
    results: Mapping[str, Number],
) -> dict[str, pa.Table]:
    """The records of a quarter, in the transaction at hand (exchange.cms.known.moment gives the moment).

    `previous`: result by indicator of the quarter before, as last delivered, else as counted now. `results`: those of
    this quarter that another return has (idva_provision).
    """
    found = counted(connection, what)
    return {
        **found,
        "inputs": inputs_held.counting(found["inputs"], what.period),
        "targets": targets.of(what.period),
        "changes": changing.within(what.period),
        "previous": quarterly_kinds.given(previous, "previous"),
        "results": quarterly_kinds.given(results, "results"),
    }


def counted(connection: Connection, what: Asked) -> dict[str, pa.Table]:
    """The records of a quarter, or of a month of it, that are counted; and all inputs."""
    of_months = asked.ask(connection, "monthly", monthly_records.ASKED, what)
    own = asked.ask(connection, NAME, quarterly_kinds.ASKED, what)
    return {
        **monthly_records.banded(of_months, what.period, what.cut_off),
        **quarterly_kinds.banded(own, of_months["complaints"], what.cut_off),
    }


def tables(of: Records) -> tuple[Table, ...]:
    """The tables of the return that these records make; that of changes has the rows that changed alone."""
    return tuple(_with_changes(each, of) if each.key == "changes_of_rules" else each for each in catalogue.tables(NAME))


def figures(of: Records) -> list[Figure]:
    """All figures of the return in the order of its tables. Raises FiguresDisagree."""
    found = monthly.figures(of)
    for table in tables(of):
        if table.key in OWN:
            found += OWN[table.key](of, table)
    return found


def results(of: Records) -> dict[str, Number]:
    """Result by indicator that these records tell, exact: what the quarter after takes as `previous`."""
    started = {row["key"] for row in of["targets"].to_pylist() if row["started"]}
    return {key: value for key, value in kpi.results(of).items() if value is not None and key in started}


def basis(of: Records, table: Table, row: str | None = None) -> Basis | None:
    """What a table counts, to trace it (counting.in_figure); None where it is counted from no records.

    Each row of the indicators counts something else: of them it is said by the row alone.
    """
    if table.key == "kpi":
        return None if row is None else kpi.basis(of, row)
    made = {**monthly.BASES, **BASES}.get(table.key)
    return None if made is None else made(of, table)


def uses() -> dict[Key, Collection[Key]]:
    """The figures of which others of the quarter's own tables are made, beyond what the catalogue says."""
    return {**kpi.uses(), **representation.uses(catalogue.table(NAME, "representation"))}


def _with_changes(table: Table, of: Records) -> Table:
    changes = sorted(of["changes"].to_pylist(), key=lambda each: (each["since"], each["what"]))
    rows = tuple(Row(each["what"], each["words"]) for each in changes)
    return replace(table, rows=rows or tuple(row for row in table.rows if row.key == changing.NOTHING))


def _outcomes(of: Records, table: Table) -> Basis:
    told = of["outcomes"]
    category = column(told, "category")
    measures = {"measured": Measure(np.ones(told.num_rows, np.bool_)), "improved": Measure(flag(told, "improved"))}
    return Basis("outcomes", {row.key: category == row.key for row in table.rows}, measures)


def _complaints(of: Records, table: Table) -> Basis:
    told = of["complaint_answers"]
    everything = np.ones(told.num_rows, np.bool_)
    rows = {row.key: everything if row.key == "received" else flag(told, row.key) for row in table.rows}
    return Basis("complaint_answers", rows, {"number": Measure(everything)})


def _changes(of: Records, table: Table) -> list[Figure]:
    changes = {each["what"]: each for each in of["changes"].to_pylist()}
    found = []
    for row in table.rows:
        told = changes.get(row.key)
        found += [
            Figure(table.key, row.key, "version", told["version"]) if told else _missing(table, row, "version"),
            Figure(table.key, row.key, "since", told["since"].isoformat()) if told else _missing(table, row, "since"),
        ]
    return found


def _narrative(of: Records, table: Table) -> list[Figure]:
    held = inputs_held.values(of["inputs"])
    texts = {row: held.get(f"narrative {row.key}") for row in table.rows}
    return [
        Figure(table.key, row.key, "text", text) if text is not None else _missing(table, row, "text")
        for row, text in texts.items()
    ]


def _missing(table: Table, row: Row, name: str) -> Figure:
    return Figure(table.key, row.key, name, None, "not_available")


BASES: Final[Mapping[str, Callable[[Records, Table], Basis]]] = {
    "outcomes": _outcomes,
    "representation": representation.basis,
    "complaints": _complaints,
}
OWN: Final[Mapping[str, Callable[[Records, Table], list[Figure]]]] = {
    "kpi": kpi.figures,
    "outcomes": lambda of, table: counting.figures(table, _outcomes(of, table)),
    "representation": representation.figures,
    "complaints": lambda of, table: counting.figures(table, _complaints(of, table)),
    "changes_of_rules": _changes,
    "narrative": _narrative,
}
