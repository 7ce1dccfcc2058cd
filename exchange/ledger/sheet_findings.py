"""What the checks found in a statement, kept with its run: sheet, row, column and rule, never a value."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.database import Connection, transaction
from validators.roster.rules import SheetFinding

_NOTE = """
    insert into ledger.sheet_finding (run, place, sheet, row_number, column_name, rule, also)
    values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""


def note(connection: Connection, run: str, found: Sequence[SheetFinding]) -> None:
    """Keep findings in the order in which they are told; again is once. In the transaction at hand."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _NOTE,
            [
                (run, place, each.sheet, each.row, each.column, each.rule, list(each.also))
                for place, each in enumerate(found, 1)
            ],
        )


def read(connection: Connection, run: str) -> list[SheetFinding]:
    """The findings of a run, in the transaction at hand."""
    rows = connection.execute(
        "select sheet, row_number, column_name, rule, also from ledger.sheet_finding where run = %s order by place",
        (run,),
    ).fetchall()
    return [SheetFinding(sheet, row, column, rule, tuple(also)) for sheet, row, column, rule, also in rows]


def of_run(connection: Connection, run: str) -> list[SheetFinding]:
    """The findings of a run."""
    with transaction(connection, "reading findings"):
        return read(connection, run)
