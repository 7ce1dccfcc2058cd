"""Records of a quarter for tests: lists of dictionaries a kind, with defaults for what a test does not care about.

records(referrals=[{"take_up": True}], inputs={"baseline access_volume": "3"})
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from outputs import changing, quarterly_kinds, targets
from outputs import records as kinds
from outputs.catalogue import Table
from outputs.figures import Figure, Value
from outputs.periods import Period, parse

Rows = Sequence[Mapping[str, Any]]

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "referrals": {"source": "mps", "channel": "police", "crime_category": "other_crime", "age_band": "25_to_34"},
    "evidence": {"vulnerable": False, "take_up": True, "gave_evidence": False},
}


def records(
    quarter: str = "2019-20Q1",
    *,
    inputs: Mapping[str, str] | None = None,
    previous: Mapping[str, quarterly_kinds.Number] | None = None,
    results: Mapping[str, quarterly_kinds.Number] | None = None,
    **given: Rows,
) -> dict[str, pa.Table]:
    """The records of a quarter: those that are given, the targets and changes of its own, and nothing else."""
    period = parse(quarter)
    held = [{"key": key, "period": quarter, "value": value} for key, value in (inputs or {}).items()]
    made = {kind: _table(kind, given.get(kind, ()), period) for kind in kinds.SCHEMAS}
    return {
        **made,
        "inputs": pa.Table.from_pylist(held, kinds.SCHEMAS["inputs"]),
        "targets": targets.of(period) if "targets" not in given else made["targets"],
        "changes": changing.within(period),
        "previous": quarterly_kinds.given(previous or {}, "previous"),
        "results": quarterly_kinds.given(results or {}, "results"),
    }


def _table(kind: str, rows: Rows, period: Period) -> pa.Table:
    usual = {"month": period.months[0].name, **DEFAULTS.get(kind, {})}
    numbered = [{"referral_id": number, "person_id": number, **usual, **row} for number, row in enumerate(rows, 1)]
    return pa.Table.from_pylist(numbered, kinds.SCHEMAS[kind])


def cells(figures: Sequence[Figure], row: str | None = None) -> dict[str, Value]:
    """Values by column of a row, or by `row column`."""
    return {
        (each.column if row else f"{each.row} {each.column}"): each.value for each in figures if row in (None, each.row)
    }


def row_of(figures: Sequence[Figure], table: str | Table, row: str) -> dict[str, Value]:
    """Values by column of a row of a table."""
    name = table if isinstance(table, str) else table.key
    return cells([each for each in figures if each.table == name], row)
