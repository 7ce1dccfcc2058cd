"""What goes back to a sender about a file (interfaces: acknowledgements): keys, lines, codes and column names only."""

from __future__ import annotations

import csv
import io
from typing import Final

from exchange import clock
from exchange.database import Connection
from exchange.ledger import sheet_findings
from exchange.ledger.rejects import ASKED
from exchange.ledger.runs import BY_HAND, Run
from mappings.triage_rules import load_rules
from validators.roster.rules import ROSTER_RULES
from validators.rules import RULES

ACK_COLUMNS = (
    "file sha256 source business_date sequence received_at loaded_at state code rows created updated withdrawn "
    "duplicate quarantined excluded run waiting"
).split()
FINDING_COLUMNS = "sheet row column rule other_rows what_is_wrong what_to_do".split()
REJECT_COLUMNS = "line key outcome code column rule what_to_do first_reported times_reported".split()

# A broken row has a line for each of its faults, a held referral one for each reason. Rows that nobody need mend are no
# rejects of the ledger: they are told as if for the first time.
_REJECTS: Final = """
    select t.line, t.key, t.outcome, t.code, t.column_name, t.rule, t.first_reported, t.times
    from (
        select d.line, coalesce(d.referral_key, '') as key, d.outcome, d.code,
               coalesce(f.column_name, '') as column_name, coalesce(f.rule, '') as rule,
               j.first_reported, coalesce(j.times, 1) as times,
               coalesce(n.da_flag and n.dash_risk = 'H', false) as not_passable
        from ledger.disposition d
        left join ledger.finding f
          on f.run = d.run and f.line = d.line and d.outcome = 'quarantined' and f.rule = any(%(rules)s)
        left join cms.not_held n on n.run = d.run and n.line = d.line
        left join ledger.reject_row w on w.run = d.run and w.line = d.line and w.code = d.code
        left join ledger.reject j using (reject_id)
        where d.run = %(run)s and d.outcome in ('quarantined', 'excluded')
        union all
        select w.line, j.referral_key, j.kind, w.code, '', '', j.first_reported, j.times, false
        from ledger.reject_row w join ledger.reject j using (reject_id)
        where w.run = %(run)s and j.kind = 'held') t
    order by t.not_passable desc, t.line, t.column_name, t.rule, t.code
"""


def put_in_outbox(connection: Connection, run: Run) -> None:
    """Queue the acknowledgement of a run that has ended, its rejects and what is wrong in a statement, if any.

    In the transaction at hand. Who handed a file over by hand was told at once.
    """
    if not _came_from_a_server(connection, run):
        return
    _queue(connection, run, f"{run.file}.ack.csv", _table(ACK_COLUMNS, [_ack(connection, run)]))
    rejects = _rejects(connection, run)
    if rejects:
        _queue(connection, run, f"{run.file}.rejects.csv", _table(REJECT_COLUMNS, rejects))
    findings = _findings(connection, run)
    if findings:
        _queue(connection, run, f"{run.file}.findings.csv", _table(FINDING_COLUMNS, findings))


def _came_from_a_server(connection: Connection, run: Run) -> bool:
    row = connection.execute(
        "select bool_or(transport <> %s) from ledger.delivery where run = %s", (BY_HAND, run.run)
    ).fetchone()
    return row is None or row[0] is not False


def _findings(connection: Connection, run: Run) -> list[list[str]]:
    """What is wrong in a statement, place by place."""
    return [
        [each.sheet, str(each.row or ""), each.column, each.rule, " ".join(map(str, each.also)), rule.says, rule.do]
        for each in sheet_findings.read(connection, run.run)
        for rule in (ROSTER_RULES[each.rule],)
    ]


def _queue(connection: Connection, run: Run, name: str, body: bytes) -> None:
    connection.execute(
        "insert into ledger.outbox (run, source, name, body, attempt) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing",
        (run.run, run.source, name, body, run.attempt),
    )


def _ack(connection: Connection, run: Run) -> list[str]:
    row = connection.execute("select min(received_at) from ledger.delivery where run = %s", (run.run,)).fetchone()
    received = row[0] if row and row[0] else run.started_at
    values = {
        **{column: getattr(run, column, "") for column in ACK_COLUMNS},
        "sha256": run.content,
        "received_at": received.isoformat(timespec="seconds"),
        "loaded_at": clock.now().isoformat(timespec="seconds") if run.state == "loaded" else "",
    }
    return ["" if values[column] is None else str(values[column]) for column in ACK_COLUMNS]


def _rejects(connection: Connection, run: Run) -> list[list[str]]:
    """This run's rows that the sender has to mend, high-risk domestic abuse that is not passable first."""
    rows = connection.execute(
        _REJECTS, {"rules": [rule.id for rule in RULES.values() if rule.severity == "quarantine"], "run": run.run}
    ).fetchall()
    now, book = clock.now(), load_rules()
    return [
        [
            *(str(line), key, outcome, code, column, rule),
            RULES[rule].says if rule in RULES else ASKED.get(code) or book.reason(code).do,
            (first or now).isoformat(timespec="seconds"),
            str(times),
        ]
        for line, key, outcome, code, column, rule, first, times in rows
    ]


def _table(header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8")
