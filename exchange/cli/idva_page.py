"""What became of a roster that was handed over, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exchange.cli import run_table, screen, statement_page
from exchange.cms import rosters
from exchange.cms.rosters import Difference, StatementLine
from exchange.database import Connection, transaction
from exchange.errors import RosterRefused
from exchange.ledger import sheet_findings
from exchange.ledger.runs import Run
from validators.roster.rules import SheetFinding, is_refusal
from validators.rules import FILE_REASONS


@dataclass(frozen=True)
class Taken:
    """A roster's run: what was found in it, the statement that it made, and what that changes.

    - stored: its own statement; of a repeat the one of the same content.
    - holding: the statement that holds now.
    - against: what it says otherwise than the statement before it, by sheet; None: there is none.
    """

    run: Run
    findings: Sequence[SheetFinding]
    stored: StatementLine | None
    holding: StatementLine | None
    against: Mapping[str, Difference] | None

    def as_json(self, *, known: bool) -> dict[str, Any]:
        """For --json."""
        return {
            **run_table.as_json(self.run),
            "known": known,
            "findings": [statement_page.as_json(each) for each in self.findings],
            "holds": self.stored is not None and self.stored == self.holding,
            "against": {sheet: asdict(each) for sheet, each in (self.against or {}).items()},
        }

    def show(self, *, known: bool) -> None:
        """For people."""
        statement_page.table(self.findings)
        if self.run.state == "refused":
            return
        if known or self.stored is None:
            screen.say(f"{self.run.file} is stored already (run {self.run.run}): nothing changed.")
        if self.stored is None:
            return
        if not known:
            screen.say(
                f"{self.run.file} is stored: the roster of {self.stored.statement_date:%-d %B %Y}, with "
                f"{self.stored.posts} posts, {self.stored.assignments} assignments and {self.stored.absences} absences."
            )
            self._changes()
        if self.holding is not None and self.holding != self.stored:
            screen.say(
                f"The roster that holds is that of {self.holding.statement_date:%-d %B %Y} ({self.holding.file}): "
                "of several the newest by its date holds."
            )
        screen.say("Next: lvws idva status")

    def _changes(self) -> None:
        for sheet, each in (self.against or {}).items():
            told = f"{each.added} new, {each.changed} changed, {each.gone} gone"
            screen.say(f"  {sheet}: " + (told if each.added or each.changed or each.gone else "as before"))

    def refuse(self) -> None:
        """Raise RosterRefused where it was."""
        if self.run.state != "refused":
            return
        reason = FILE_REASONS[self.run.code or ""]
        refusals = [each for each in self.findings if is_refusal(each)]
        places = f" {len(refusals)} place{'s' if len(refusals) > 1 else ''} to correct." if refusals else ""
        detail = f" ({self.run.detail})" if self.run.detail and not refusals else ""
        raise RosterRefused(file=self.run.file, why=f"{reason.says}{detail}{places}", run=self.run.run)


def taken(connection: Connection, run: Run) -> Taken:
    """What became of a run."""
    statements = rosters.all_statements(connection)
    stored = next((each for each in statements if each.run == run.run), None)
    older = statements[statements.index(stored) + 1 :] if stored else []
    with transaction(connection, "comparing rosters"):
        findings = sheet_findings.read(connection, run.run)
        against = None
        if stored and older:
            against = rosters.compared(
                rosters.roster(connection, older[0].statement_id), rosters.roster(connection, stored.statement_id)
            )
    return Taken(run, findings, stored, statements[0] if statements else None, against)
