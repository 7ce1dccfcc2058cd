"""What an operator reads of the ledger: one run whole, and what came by source and day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from exchange.clock import LONDON
from exchange.database import Connection, transaction
from exchange.ledger import sheet_findings
from exchange.ledger.runs import NO_SEQUENCE, Run
from validators.roster.rules import SheetFinding


@dataclass(frozen=True)
class RuleCount:
    """How often a rule was met in a run, and on which lines first."""

    rule: str
    column: str
    rows: int
    first_lines: tuple[int, ...]


@dataclass(frozen=True)
class CodeCount:
    """How many rows of a run had an outcome for a reason."""

    outcome: str
    code: str | None
    rows: int


@dataclass(frozen=True)
class Page:
    """One run for `lvws show`.

    - taken_back: of a repeat, the run that brought its content and was undone since.
    - missing_keys: keys of the content before it under this name that it lacks.
    - events_waiting: its events whose referral is not here yet.
    - in_statement: what is wrong, or odd, in a statement.
    """

    run: Run
    deliveries: tuple[tuple[str, datetime], ...]
    rules: tuple[RuleCount, ...]
    codes: tuple[CodeCount, ...]
    restates: str | None
    taken_back: str | None
    missing_keys: tuple[str, ...]
    raw_destroyed_at: datetime | None
    waiting_in_outbox: int
    events_waiting: int
    in_statement: tuple[SheetFinding, ...]


@dataclass(frozen=True)
class FileThatCame:
    """One file of one business day: loaded, nil, refused, stopped, repeat, open or incomplete."""

    source: str
    business_date: date | None
    sequence: int | None
    file: str
    what: str
    rows: int
    received_at: str

    def as_json(self) -> dict[str, Any]:
        """The file as `lvws files --json` prints it."""
        return {**asdict(self), "business_date": self.business_date.isoformat() if self.business_date else None}


@dataclass(frozen=True)
class Gap:
    """Sequence numbers of a source that never came, between some that did; `since` the one after them came."""

    source: str
    first: int
    last: int
    since: datetime | None = None

    @property
    def numbers(self) -> str:
        """Which they are, in words."""
        return f"number {self.first}" if self.first == self.last else f"numbers {self.first} to {self.last}"

    def as_json(self) -> dict[str, Any]:
        """The gap as `lvws files --json` prints it."""
        return {"source": self.source, "first": self.first, "last": self.last}


@dataclass(frozen=True)
class Came:
    """What came, and which sequence numbers are missing."""

    files: tuple[FileThatCame, ...]
    gaps: tuple[Gap, ...]


def page(connection: Connection, run: Run) -> Page:
    """Everything about one run."""
    with transaction(connection, "reading a run"):
        deliveries = connection.execute(
            "select delivered_name, received_at from ledger.delivery where run = %s order by delivery_id", (run.run,)
        ).fetchall()
        rules = connection.execute(
            "select rule, column_name, count(*), (array_agg(line order by line))[1:5] from ledger.finding "
            "where run = %s group by rule, column_name order by count(*) desc, rule, column_name",
            (run.run,),
        ).fetchall()
        codes = connection.execute(
            "select outcome, code, count(*) from ledger.disposition where run = %s "
            "group by outcome, code order by outcome, count(*) desc",
            (run.run,),
        ).fetchall()
        before, missing = _restated(connection, run)
        taken_back = _taken_back(connection, run)
        destroyed = connection.execute(
            "select destroyed_at from ledger.content where content = %s", (run.content,)
        ).fetchone()
        (unsent,) = connection.execute(
            "select count(*) from ledger.outbox where run = %s and sent_at is null", (run.run,)
        ).fetchall()
        in_statement = sheet_findings.read(connection, run.run)
        (waiting,) = connection.execute("select count(*) from cms.waiting where made_by = %s", (run.run,)).fetchall()
    return Page(
        run=run,
        deliveries=tuple(deliveries),
        rules=tuple(RuleCount(rule, column, rows, tuple(lines)) for rule, column, rows, lines in rules),
        codes=tuple(CodeCount(*row) for row in codes),
        restates=before,
        taken_back=taken_back,
        missing_keys=missing,
        raw_destroyed_at=destroyed[0] if destroyed else None,
        waiting_in_outbox=unsent[0],
        events_waiting=waiting[0],
        in_statement=tuple(in_statement),
    )


def files(connection: Connection, day: date | None) -> Came:
    """Files by source and business day, newest day first, and gaps in the sequence numbers of what came."""
    with transaction(connection, "listing files"):
        rows = connection.execute(
            """
            select r.source, r.business_date, r.sequence, r.file,
                   case when r.state = 'loaded' and r.rows = 0 then 'nil' else r.state end, r.rows,
                   coalesce(min(d.received_at), r.started_at)
            from ledger.run r left join ledger.delivery d using (run)
            where %(day)s::date is null or r.business_date = %(day)s
            group by r.run
            union all
            select source, business_date, sequence, file, 'incomplete', 0, first_seen from ledger.incomplete
            where %(day)s::date is null or business_date = %(day)s
            order by 2 desc, 1, 3, 7
            """,
            {"day": day},
        ).fetchall()
    listed = tuple(
        FileThatCame(source, on, sequence, file, what, rows, f"{received.astimezone(LONDON):%Y-%m-%d %H:%M}")
        for source, on, sequence, file, what, rows, received in rows
    )
    return Came(listed, gaps(connection))


def gaps(connection: Connection) -> tuple[Gap, ...]:
    """Every gap in the sequence numbers, of each source that numbers its files."""
    with transaction(connection, "reading the gaps"):
        rows = connection.execute(
            """
            select source, before + 1, sequence - 1, at from (
                select source, sequence, at, lag(sequence) over (partition by source order by sequence) as before
                from (select source, sequence, min(started_at) as at from ledger.run where sequence > %s
                      group by source, sequence) numbers) pairs
            where sequence > before + 1 order by source, sequence
            """,
            (NO_SEQUENCE,),
        ).fetchall()
    return tuple(Gap(*row) for row in rows)


def _taken_back(connection: Connection, run: Run) -> str | None:
    if run.state != "repeat":
        return None
    # Nil files of all days are the same bytes (hazards F18): under another name only where nothing else brought them.
    undone = connection.execute(
        """
        select u.run from ledger.run u
        where u.source = %(source)s and u.content = %(content)s and u.state = 'undone' and (
            u.file = %(file)s or not exists (
                select from ledger.run o where o.source = u.source and o.content = u.content
                and o.state in ('open', 'loaded', 'stopped')))
        order by (u.file = %(file)s) desc, u.arrival desc limit 1
        """,
        {"source": run.source, "content": run.content, "file": run.file},
    ).fetchone()
    return str(undone[0]) if undone else None


def _restated(connection: Connection, run: Run) -> tuple[str | None, tuple[str, ...]]:
    """The run that loaded the content before this one under the same name, and its keys that are missing here."""
    if run.state != "loaded":
        return None, ()
    before = connection.execute(
        "select run from ledger.run where source = %s and file = %s and state = 'loaded' and arrival < %s "
        "order by arrival desc limit 1",
        (run.source, run.file, run.arrival),
    ).fetchone()
    if before is None:
        return None, ()
    missing = connection.execute(
        """
        (select referral_key from cms.every_record where run = %(before)s
         union select referral_key from cms.not_held where run = %(before)s
         union select event_id from cms.every_event where run = %(before)s)
        except
        (select referral_key from cms.every_record where run = %(now)s
         union select referral_key from cms.not_held where run = %(now)s
         union select event_id from cms.every_event where run = %(now)s
         union select referral_key from ledger.disposition where run = %(now)s and referral_key is not null)
        order by 1
        """,
        {"before": before[0], "now": run.run},
    ).fetchall()
    return str(before[0]), tuple(key for (key,) in missing)
