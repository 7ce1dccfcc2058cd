"""The way of a statement: a file that is one whole, such as the IDVA roster. It is stored or refused as a whole.

Called by the stages, with a run that is claimed and has come as far as it has to.
"""

from __future__ import annotations

from exchange import logs
from exchange.cms import rosters
from exchange.database import transaction
from exchange.errors import FileRefused
from exchange.intake import artefacts
from exchange.intake.statements import roster
from exchange.ledger import runs, sheet_findings
from exchange.ledger.runs import Run
from exchange.worker import Worker, end
from validators.roster.checks import Checked


def check(worker: Worker, run: Run) -> None:
    """Check the whole of it; with anything wrong the run ends, refused."""
    try:
        found = _checked(worker, run)
    except FileRefused as refusal:
        with transaction(worker.connection, "ending a run"):
            end(worker, run, "refused", refusal.reason, str(refusal.facts.get("detail") or "") or None)
        return
    logs.event("check.statement_read", run=run.run)
    with transaction(worker.connection, "noting the check"):
        sheet_findings.note(worker.connection, run.run, (*found.findings, *found.warnings))
        if found.roster is None:
            places = len(found.findings)
            end(worker, run, "refused", "roster", f"{places} place{'s' if places > 1 else ''} to correct")
        else:
            runs.set_state(worker.connection, run, state="open", stage="check")


def triage(worker: Worker, run: Run) -> None:
    """There is nobody to triage in a statement."""
    with transaction(worker.connection, "noting the triage"):
        runs.set_state(worker.connection, run, state="open", stage="triage")


def store(worker: Worker, run: Run) -> dict[str, int]:
    """Store the statement, in the transaction at hand; each of its rows is created."""
    found = _checked(worker, run)
    assert found.roster is not None, "the check let it pass"
    return rosters.store(worker.connection, run, found.roster)


def _checked(worker: Worker, run: Run) -> Checked:
    with artefacts.raw(worker.settings.home, run) as blocks:
        return roster.checked(b"".join(blocks))
