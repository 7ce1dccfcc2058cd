"""What becomes of the rows of a load, whatever they are: findings, quarantined rows, and the count by outcome."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from exchange.cms.copying import constant, copy, some
from exchange.database import Connection

Counts = dict[str, int]

OUTCOMES: Final = ("created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting")
DISPOSITION: Final = ("ledger", "disposition")

_FINDING: Final = ("ledger", "finding")


def copy_findings(connection: Connection, run: str, findings: pa.Table) -> None:
    """COPY a run's findings (line, column, rule)."""
    columns = [constant(run, findings.num_rows), findings["line"], findings["column"], findings["rule"]]
    copy(connection, some(_FINDING, pa.table(columns, names=["run", "line", "column_name", "rule"])))


def copy_quarantined(connection: Connection, run: str, quarantined: pa.Table) -> None:
    """COPY the dispositions of a run's broken rows (line, rule, key)."""
    n = quarantined.num_rows
    columns = {
        "run": constant(run, n),
        "line": quarantined["line"],
        "outcome": constant("quarantined", n),
        "code": quarantined["rule"],
        "referral_key": quarantined["key"],
    }
    copy(connection, some(DISPOSITION, pa.table(columns)))


def count(connection: Connection, run: str) -> Counts:
    """A run's rows by outcome, from their dispositions."""
    counted = connection.execute(
        "select outcome, count(*) from ledger.disposition where run = %s group by outcome", (run,)
    ).fetchall()
    return {**dict.fromkeys(OUTCOMES, 0), **{outcome: int(rows) for outcome, rows in counted}}
