"""Whether the months of a quarter sum to it (interfaces: returns, What counts). Pure.

Referrals, take-up and counts of events have to: people, medians and what was open at the end are of the quarter itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.errors import FiguresDisagree
from outputs import catalogue, counting, monthly, quarterly
from outputs.catalogue import Table
from outputs.counting import SUMMED, Basis
from outputs.figures import Figure
from outputs.periods import Period
from outputs.records import Records

# Of tables and columns, what the quarter counts for itself.
_OF_THE_QUARTER: Final = {("held", "open_at_end")}
# Kinds whose records have another month than `month`.
_OTHER_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {"holds": ("opened", "ended")}


def check(quarter: Records, period: Period, months: Mapping[str, Records] | None = None) -> None:
    """Raise FiguresDisagree where the months do not sum to the quarter: table, column and row.

    `months`: their records by name, asked at the quarter's own cut-off and moment; left out, those of the quarter are
    told apart by month.
    """
    whole = {figure.key: figure.value for figure in summing(quarter)}
    parts: Counter[tuple[str, str, str]] = Counter()
    for month in period.months:
        for figure in summing(months[month.name] if months else of_month(quarter, month)):
            assert isinstance(figure.value, int)
            parts[figure.key] += figure.value
    for key, value in whole.items():
        if parts[key] != value:
            raise FiguresDisagree(table=key[0], column=key[2], total=key[1])


def summing(records: Records) -> Iterator[Figure]:
    """The figures of the monthly tables, and of complaints, that sum over months."""
    for table, basis in _tables(records):
        names = [
            name
            for name, measure in basis.measures.items()
            if measure.how in SUMMED and (table.key, name) not in _OF_THE_QUARTER
        ]
        for figure in counting.figures(table, basis):
            if figure.column in names:
                yield figure


def _tables(records: Records) -> Iterator[tuple[Table, Basis]]:
    for table in catalogue.tables("quarterly"):
        if table.key in monthly.BASES:
            yield table, monthly.BASES[table.key](records, table)
        elif table.key == "complaints":
            yield table, quarterly.BASES[table.key](records, table)


def of_month(records: Records, month: Period) -> dict[str, pa.Table]:
    """The records of one month alone: what happened in another one is not there."""
    return {kind: _of_month(kind, table, month.name) for kind, table in records.items()}


def _of_month(kind: str, table: pa.Table, month: str) -> pa.Table:
    if kind in _OTHER_MONTHS:
        for name in _OTHER_MONTHS[kind]:
            kept = pc.if_else(pc.equal(table[name], month), table[name], pa.scalar(None, pa.string()))
            table = table.set_column(table.column_names.index(name), table.field(name), kept)
        return table
    return table.filter(pc.equal(table["month"], month)) if "month" in table.column_names else table
