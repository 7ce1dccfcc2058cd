"""The way of a file of rows: each is checked, mapped, triaged and merged into the CMS, and ends in one outcome.

Called by the stages, with a run that is claimed and has come as far as it has to.
"""

from __future__ import annotations

from typing import Final

from exchange import clock, logs
from exchange.cms import events, outcomes
from exchange.cms import load as referrals
from exchange.database import transaction
from exchange.errors import FileRefused
from exchange.intake import artefacts, checking
from exchange.intake.relining import relined
from exchange.ledger import corrections, rejects, runs
from exchange.ledger.runs import Run
from exchange.settings import Settings
from exchange.sources import SOURCES, Source
from exchange.triage.rows import hold_all
from exchange.triage.rows import triage as triage_rows
from exchange.worker import Worker, end
from mappings.load import Mappings
from mappings.load import load as load_mappings
from mappings.triage_rules import load_rules

# What becomes of a layout's rows (validators.layout, form) decides how they are triaged and loaded.
_TRIAGE: Final = {"referral": triage_rows, "event": hold_all}
_INTO_THE_CMS: Final = {
    "referral": (referrals.copy_rows, referrals.merge),
    "event": (events.copy_rows, events.merge),
}


def check(worker: Worker, run: Run) -> None:
    """Leave the artefacts of the check; or end the run, refused or stopped."""
    layout = SOURCES[run.source].layout
    mappings = load_mappings(layout.name, layout.form)
    try:
        found = _read_and_check(worker, run, mappings)
    except FileRefused as refusal:
        with transaction(worker.connection, "ending a run"):
            end(worker, run, "refused", refusal.reason, str(refusal.facts.get("detail") or "") or None)
        return
    logs.event("check.artefacts_written", run=run.run)
    if run.quarantine_accepted_by is None and checking.too_many_broken(found.rows, found.broken):
        findings = artefacts.findings(worker.settings.home, run)
        with transaction(worker.connection, "ending a run"):
            outcomes.copy_findings(worker.connection, run.run, findings)
            end(worker, run, "stopped", "too_many_broken", f"{found.broken} of {found.rows} rows are broken")
        return
    with transaction(worker.connection, "noting the check"):
        runs.set_state(worker.connection, run, state="open", stage="check", facts={"mapping_version": mappings.version})


def _read_and_check(worker: Worker, run: Run, mappings: Mappings) -> artefacts.Found:
    """Raises FileRefused, also where the rows are not as many as the sender says."""
    source = SOURCES[run.source]
    patterns = patterns_of(worker.settings, source)
    days = checking.Days(clock.today(), run.business_date)
    with artefacts.raw(worker.settings.home, run) as data:
        pieces = checking.check(data, source, mappings, body_bytes=run.body_bytes, days=days, patterns=patterns)
        if run.corrects is not None:
            pieces = relined(pieces, corrections.lines_of(worker.connection, run.corrects))
        found = artefacts.write_checked(worker.settings.home, run, mappings.form, pieces)
    if run.declared_rows is not None and found.rows != run.declared_rows:
        raise FileRefused(source.complete, detail=f"{found.rows} rows came, {run.declared_rows} were announced")
    return found


def patterns_of(settings: Settings, source: Source) -> dict[str, str]:
    """The patterns that the settings replace: that of the sender's own reference."""
    host = settings.sftp.get(source.name)
    return {source.layout.key_columns[0]: host.pattern} if host and host.pattern else {}


def triage(worker: Worker, run: Run) -> None:
    """Decide for every checked row whether it may be held and what it says about contact."""
    form = SOURCES[run.source].layout.form
    book = load_rules()
    artefacts.write_triage(worker.settings.home, run, lambda rows: _TRIAGE[form](rows, book))
    logs.event("triage.artefact_written", run=run.run)
    with transaction(worker.connection, "noting the triage"):
        runs.set_state(worker.connection, run, state="open", stage="triage", facts={"triage_version": book.version})


def store(worker: Worker, run: Run) -> dict[str, int]:
    """Bring the rows into the CMS, in the transaction at hand; how many there are by outcome."""
    home, connection = worker.settings.home, worker.connection
    place = referrals.Place(run.run, run.source, run.business_date, run.file_order, run.triage_version)
    form = SOURCES[run.source].layout.form
    copy_rows, merge = _INTO_THE_CMS[form]
    copy_rows(connection, place, artefacts.rows(home, run))
    outcomes.copy_findings(connection, run.run, artefacts.findings(home, run))
    outcomes.copy_quarantined(connection, run.run, artefacts.broken(home, run))
    logs.event("load.findings_copied", run=run.run)
    merge(connection, place)
    rejects.track(connection, run, form)
    return outcomes.count(connection, run.run)
