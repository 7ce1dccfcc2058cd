"""Take one load back: what it brought goes, what other loads brought is folded anew, what people did since stays.

A referral of which nothing but this load told goes, unless somebody worked on it since: that one is kept as it is, and
listed, because a person is being helped. The ledger keeps the run, undone, by whom and when; later loads keep the
outcomes that their senders were told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from psycopg.rows import class_row

from exchange import logs
from exchange.cms import events, fold, holds, known, retriage
from exchange.cms.outcomes_sql import TABLES
from exchange.cms.owned import PROPOSE, SEED_SAFE_CONTACT, SETTLE
from exchange.database import Connection, transaction
from exchange.errors import NotUndoable
from exchange.ledger import audit, runs
from exchange.ledger.runs import Run
from exchange.operating import previewing
from exchange.operating.previewing import Figures
from exchange.sources import FEEDS
from exchange.worker import Worker, claim

_LINE_OF_ANY: Final = 2**31 - 1

# What people did since the load about anybody of whom it told. Steps are theirs whole; of casework the counts are told.
_STAFF: Final = """
    with told as (select referral_id, referral_key, what from cms.told_by(%(run)s)), run as (
        select source, ended_at from ledger.run where run = %(run)s)
    select t.referral_key as key, 'step ' || s.step_id || ': ' || s.what as what, t.what as becomes,
           coalesce(s.ended_at, s.made_at) as at,
           (select g.operator from cms.step_signature g where g.step_id = s.step_id order by g.signed_at limit 1) as who
    from told t join cms.step s using (referral_id), run where s.made_at >= run.ended_at and s.state <> 'refused'
    union all
    select t.referral_key, 'case activity: ' || a.event, t.what, a.at, coalesce(a.worker, '')
    from told t join cms.activity a using (referral_id), run where a.at >= run.ended_at or t.what = 'kept'
    union all
    select t.referral_key, 'handed on to ' || o.destination, t.what, o.sent_at, ''
    from told t join cms.onward_state o using (referral_id) where o.sent_at is not null
    order by 1, 4
"""
_EVENTS: Final = """
    select c.event_id, bool_or(o.run is not null) as told_elsewhere, min((e.at at time zone 'Europe/London')::date)
    from cms.every_event c join cms.event e using (event_id)
    left join cms.event_record o on o.event_id = c.event_id and o.run <> %(run)s
    where c.run = %(run)s group by c.event_id
"""
_RECEIVED_BY_EVENT: Final = """
    select distinct date_trunc('month', r.received_on)::date from cms.event e
    join cms.referral r on r.referral_key = e.referral_key and r.source = e.referral_source
    where e.event_id = any(%s)
"""
_PROPOSED: Final = """
    select distinct r.referral_key from cms.proposal p join cms.referral r using (referral_id)
    where p.run = %(run)s and p.step_id is null
"""
# Where another load told of them since staff set their contact, what it says otherwise is proposed.
_TOLD_SINCE: Final = """
    insert into slow
    select r.referral_key from cms.referral r left join cms.safe_contact s using (referral_id)
    where r.source = %(source)s and r.referral_key = any(%(proposed)s) and exists (
        select from cms.record c join ledger.run n using (run)
        where c.source = r.source and c.referral_key = r.referral_key and n.ended_at > coalesce(s.set_at, '-infinity'))
"""
# High risk that may not be held, of which this load alone tells: taken back, nobody is reminded of it any more.
_NOT_PASSABLE: Final = "select count(*) from cms.not_passable where run = %s"
# Who is less protected after than before: a risk, a flag or a warning that this load alone had told.
_PROTECTION: Final = """
    select r.referral_key, coalesce(r.da_flag, false) as da, coalesce(r.dash_risk = 'H', false) as high,
           coalesce(s.safe_to_contact, r.safe_to_contact) is not distinct from 'N' as unsafe,
           exists (select from cms.open_hold h where h.referral_id = r.referral_id) as held
    from cms.referral r left join cms.safe_contact s using (referral_id)
    where r.source = %s and r.referral_key = any(%s)
"""


@dataclass(frozen=True)
class StaffChange:
    """What somebody did about a person of whom the load told; `becomes`: of the referral gone, kept or changed."""

    key: str
    what: str
    becomes: str
    at: datetime
    who: str

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            **{name: getattr(self, name) for name in ("key", "what", "becomes", "who")},
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True)
class Undone:
    """What taking a load back comes to, by business keys.

    - gone: nothing but this load told of them; changed: others did too; kept: as gone, but people worked on them.
    - less_protected: of the changed, those who lose a risk, a warning or a hold; events: gone, and changed.
    - not_passable: rows at high risk that may not be held, and that the force was to be called about.
    """

    run: Run
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    less_protected: tuple[str, ...]
    events: tuple[int, int]
    not_passable: int
    staff: tuple[StaffChange, ...]


def undo(worker: Worker, run_id: str, by: str) -> Undone:
    """Take a load back for good. Raises NotUndoable, Busy."""
    run = _undoable(worker, run_id)
    with transaction(worker.connection, "taking a load back"):
        done, _ = _taken_back(worker.connection, run, by)
    logs.event("undo.committed", run=run.run, source=run.source)
    return done


def preview(worker: Worker, run_id: str, by: str) -> tuple[Undone, Figures]:
    """What taking a load back would do, and which figures would move; nothing of it stays."""
    run = _undoable(worker, run_id)
    return previewing.tried(worker, lambda: _taken_back(worker.connection, run, by), FEEDS[run.source].way)


def _undoable(worker: Worker, run_id: str) -> Run:
    run = claim(worker, runs.get(worker.connection, run_id).run)
    if run.state != "loaded":
        raise NotUndoable(run=run.run, why=f"it is {run.state}, so that nothing of it is in the CMS")
    with transaction(worker.connection, "looking for corrections"):
        corrected = worker.connection.execute(
            "select string_agg(n.run, ', ' order by n.run) from ledger.correction c "
            "join ledger.run n on n.corrects = c.correction_id where c.of_run = %s and n.state = 'loaded'",
            (run.run,),
        ).fetchone()
    if corrected and corrected[0]:
        raise NotUndoable(run=run.run, why=f"rows of it were corrected; first undo {corrected[0]}")
    if FEEDS[run.source].way == "statement":
        raise NotUndoable(run=run.run, why="a statement is replaced by a newer one, and stays as it was received")
    return run


def _taken_back(connection: Connection, run: Run, by: str) -> tuple[Undone, list[date]]:
    """In the transaction at hand; with a day of each month that it touches."""
    connection.execute(known.CHANGING)
    connection.execute("select pg_advisory_xact_lock(hashtextextended('lvws load ' || %s, 0))", (run.source,))
    staff = _staff(connection, run)
    (not_passable,) = connection.execute(_NOT_PASSABLE, (run.run,)).fetchall()
    of_events = connection.execute(_EVENTS, {"run": run.run}).fetchall()
    days = {day.replace(day=1) for *_, day in of_events}
    days |= {day for (day,) in connection.execute(_RECEIVED_BY_EVENT, ([event for event, *_ in of_events],))}
    before = _protection(connection, run, None)
    proposed = [key for (key,) in connection.execute(_PROPOSED, {"run": run.run}).fetchall()]
    told = connection.execute("select * from cms.take_out(%s, %s)", (run.run, by)).fetchall()
    days |= {received_on.replace(day=1) for *_, received_on in told}
    keys: dict[str, list[str]] = {what: [] for what in ("gone", "changed", "kept")}
    for _, key, what, _ in told:
        keys[what].append(key)
    _fold_what_is_left(connection, run, keys["changed"], proposed)
    again = [event for event, elsewhere, _ in of_events if elsewhere]
    _fold_events(connection, run, again)
    after = _protection(connection, run, keys["changed"])
    lost = [key for key in keys["changed"] if any(b and not a for b, a in zip(before[key], after[key], strict=True))]
    counts = Counter(dict.fromkeys(keys, 0)) | Counter(what for _, _, what, _ in told)
    audit.record(connection, "run undone", run.run, rows=run.rows, created=run.created, updated=run.updated, **counts)
    done = Undone(
        run=run,
        gone=tuple(sorted(keys["gone"])),
        changed=tuple(sorted(keys["changed"])),
        kept=tuple(sorted(keys["kept"])),
        less_protected=tuple(sorted(lost)),
        events=(len(of_events) - len(again), len(again)),
        not_passable=not_passable[0],
        staff=staff,
    )
    return done, sorted(days, reverse=True)


def _staff(connection: Connection, run: Run) -> tuple[StaffChange, ...]:
    with connection.cursor(row_factory=class_row(StaffChange)) as cursor:
        return tuple(cursor.execute(_STAFF, {"run": run.run}).fetchall())


def _protection(connection: Connection, run: Run, keys: Sequence[str] | None) -> dict[str, tuple[bool, ...]]:
    """Of those of whom the load tells, or of some keys, how they are protected."""
    if keys is None:
        told = connection.execute("select referral_key from cms.told_by(%s)", (run.run,))
        keys = [key for (key,) in told.fetchall()]
    return {key: tuple(marks) for key, *marks in connection.execute(_PROTECTION, (run.source, list(keys))).fetchall()}


def _fold_what_is_left(connection: Connection, run: Run, keys: Sequence[str], proposed: Sequence[str]) -> None:
    """Referrals of which other loads told too: what their records add up to now, with what follows from it.

    `proposed`: those of whom the load had proposed something; what is proposed of these now is what is left.
    """
    if not keys:
        return
    facts = {
        "run": f"undo {run.run}",
        "source": run.source,
        "business_date": run.business_date,
        "file_order": run.file_order,
        "keys": list(keys),
        "proposed": [key for key in proposed if key in set(keys)],
    }
    connection.execute(TABLES)
    connection.execute("insert into touched select unnest(%(keys)s::text[]), %(line)s", facts | {"line": _LINE_OF_ANY})
    connection.execute("insert into prior (referral_key, known) select unnest(%(keys)s::text[]), true", facts)
    connection.execute(fold.fold_sql(), facts)
    connection.execute(SEED_SAFE_CONTACT, facts)
    connection.execute(_TOLD_SINCE, facts)
    connection.execute(PROPOSE, facts)
    connection.execute("insert into slow select unnest(%(keys)s::text[]) except select referral_key from slow", facts)
    connection.execute(SETTLE, facts)
    retriage.of_run(connection, run.source)
    holds.follow_the_rules(connection, facts)
    connection.execute("select cms.settle_records(%(source)s, %(keys)s)", facts)


def _fold_events(connection: Connection, run: Run, again: Sequence[str]) -> None:
    if again:
        events.fold_again(connection, f"undo {run.run}", again)
        connection.execute("select cms.settle_events(%s)", (list(again),))
