"""Runs that are taken up again after they ended without a load: who accepted what, and who loaded it in the end."""

from __future__ import annotations

from exchange.database import Connection, transaction
from exchange.errors import LeaseLost
from exchange.ledger import audit
from exchange.ledger.runs import Run


def reopen(connection: Connection, run: Run, *, accepted_by: str | None) -> None:
    """Take up again a run that was stopped, refused or undone, from its fetch on, in the transaction at hand.

    What it said of itself goes, and its sender is answered anew. `accepted_by`: who accepts that its broken rows are
    quarantined however many they are; None leaves that as it is. Raises LeaseLost if another worker has the run.
    """
    held = connection.execute(
        "update ledger.run set quarantine_accepted_by = coalesce(%s, quarantine_accepted_by) "
        "where run = %s and fence = %s",
        (accepted_by, run.run, run.fence),
    )
    if held.rowcount != 1:
        raise LeaseLost(run=run.run)
    connection.execute("select ledger.reopen(%s)", (run.run,))
    audit.record(connection, "run taken up again", run.run, was=run.state, accepted=int(accepted_by is not None))


def accept_quarantine(connection: Connection, run: Run, accepted_by: str) -> None:
    """Note who accepts that an open run's broken rows are quarantined however many; in the transaction at hand."""
    connection.execute("update ledger.run set quarantine_accepted_by = %s where run = %s", (accepted_by, run.run))
    audit.record(connection, "quarantine accepted", run.run)


def loaded_by(connection: Connection, run: Run) -> str:
    """Who brought a run to its end, as the audit has it."""
    with transaction(connection, "reading who loaded a run"):
        row = connection.execute(
            "select who from ledger.audit where run = %s and what = %s order by audit_id desc limit 1",
            (run.run, f"run {run.state}"),
        ).fetchone()
    return str(row[0]) if row else "somebody"
