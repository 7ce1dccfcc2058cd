"""What goes back to a sender about a file (interfaces: acknowledgements): keys, lines, codes and column names only."""

from __future__ import annotations

import csv
import io

from exchange import clock
from exchange.database import Connection
from exchange.ledger.runs import Run
from mappings.triage_rules import load_rules
from validators.rules import RULES

ACK_COLUMNS = (
    "file sha256 source business_date sequence received_at loaded_at state code rows created updated withdrawn "
    "duplicate quarantined excluded run waiting"
).split()
REJECT_COLUMNS = "line key outcome code column rule what_to_do first_reported times_reported".split()


def put_in_outbox(connection: Connection, run: Run) -> None:
    """Queue the acknowledgement of a run that has ended, and its rejects if any; in the transaction at hand."""
    _queue(connection, run, f"{run.file}.ack.csv", _table(ACK_COLUMNS, [_ack(connection, run)]))
    rejects = _rejects(connection, run)
    if rejects:
        _queue(connection, run, f"{run.file}.rejects.csv", _table(REJECT_COLUMNS, rejects))


def _queue(connection: Connection, run: Run, name: str, body: bytes) -> None:
    connection.execute(
        "insert into ledger.outbox (run, source, name, body) values (%s, %s, %s, %s) on conflict do nothing",
        (run.run, run.source, name, body),
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
    """The rows that the sender has to mend, high-risk domestic abuse that is not passable first.

    A row was reported before where an earlier run of this source had the same key with the same outcome and code.
    """
    rows = connection.execute(
        """
        select d.line, coalesce(d.referral_key, ''), d.outcome, d.code,
               coalesce(f.column_name, ''), coalesce(f.rule, ''), before.first_reported, before.times
        from ledger.disposition d
        left join ledger.finding f
          on f.run = d.run and f.line = d.line and d.outcome = 'quarantined' and f.rule = any(%(rules)s)
        left join cms.not_held n on n.run = d.run and n.line = d.line
        left join lateral (
            select min(r.ended_at) as first_reported, count(distinct r.run) as times
            from ledger.disposition e join ledger.run r using (run)
            where e.referral_key = d.referral_key and e.outcome = d.outcome and e.code = d.code
              and r.source = %(source)s and r.run <> d.run and r.state = 'loaded'
        ) before on true
        where d.run = %(run)s and d.outcome in ('quarantined', 'excluded')
        order by coalesce(n.da_flag and n.dash_risk = 'H', false) desc, d.line, f.column_name
        """,
        {
            "rules": [rule.id for rule in RULES.values() if rule.severity == "quarantine"],
            "run": run.run,
            "source": run.source,
        },
    ).fetchall()
    now, book = clock.now(), load_rules()
    return [
        [
            *(str(line), key, outcome, code, column, rule),
            RULES[rule].says if rule in RULES else book.reason(code).do,
            (first or now).isoformat(timespec="seconds"),
            str(times + 1),
        ]
        for line, key, outcome, code, column, rule, first, times in rows
    ]


def _table(header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8")
