"""What a run would do, found out by doing it: in a transaction that is rolled back, with every stage as it is.

Its answer has a digest. Whoever applies what was previewed names it, and a load that comes to anything else is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import psycopg

from exchange import logs
from exchange.database import Connection, guarded
from exchange.ledger.runs import Run
from exchange.operating.taking_up import through
from exchange.sources import FEEDS, Way
from exchange.worker import Worker
from outputs import periods
from outputs.asked import Asked
from outputs.figures import Figure, Key, written
from outputs.periods import Period
from outputs.returns import RETURNS, Return

# Figures are worked out twice for each period that a run touches; a file that touches more is told for the newest.
MOST_PERIODS: Final = 6

_ROWS: Final = """
    select d.line, d.outcome, d.code, coalesce(d.referral_key, e.referral_key, v.event_id) as key
    from ledger.disposition d
    left join cms.every_record e on e.run = d.run and e.line = d.line
    left join cms.every_event v on v.run = d.run and v.line = d.line
    where d.run = %s order by d.line
"""
# What the run made or changed, without numbers that another load may have taken meanwhile.
_MADE: Final = """
    select md5((to_jsonb(r) - '{referral_id,person_id,one_crime}'::text[])::text)
    from cms.referral r where r.made_by = %(run)s or r.changed_by = %(run)s
    union all
    select md5(to_jsonb(e)::text) from cms.event e where e.made_by = %(run)s or e.changed_by = %(run)s
    union all
    select md5((to_jsonb(p) - '{statement_id}'::text[])::text)
    from cms.roster_statement s join cms.roster_post p using (statement_id) where s.run = %(run)s
    order by 1
"""
# The days whose figures it may move: of receipt, before and after, and of what was done.
_DAYS: Final = """
    select distinct date_trunc('month', day)::date from (
        select r.received_on as day from cms.referral r where r.made_by = %(run)s or r.changed_by = %(run)s
        union all
        select b.received_on from cms.reported_before b join cms.referral r using (referral_id)
        where r.changed_by = %(run)s and b.until >= transaction_timestamp()
        union all
        select (e.at at time zone 'Europe/London')::date from cms.event e
        where e.made_by = %(run)s or e.changed_by = %(run)s
        union all
        select r.received_on from cms.event e
        join cms.referral r on r.referral_key = e.referral_key and r.source = e.referral_source
        where e.made_by = %(run)s or e.changed_by = %(run)s
        union all
        select n.business_date from ledger.run n where n.run = %(run)s) days
    order by 1 desc
"""

_NEW: Final = frozenset({"created", "waiting"})
_CHANGED: Final = frozenset({"updated", "withdrawn"})
_BLOCKED: Final = frozenset({"quarantined", "excluded"})


@dataclass(frozen=True)
class Row:
    """What becomes of one row; the key is that of its referral or event, null where it has none that is sound."""

    line: int
    outcome: str
    code: str | None
    key: str | None

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {"line": self.line, "outcome": self.outcome, "code": self.code, "key": self.key}


@dataclass(frozen=True)
class Moved:
    """A figure of a return that would be another one; values as the returns write them, null where there is none."""

    of_return: str
    period: str
    table: str
    row: str
    column: str
    before: str | None
    after: str | None

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        names = ("period", "table", "row", "column", "before", "after")
        return {"return": self.of_return, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True)
class Figures:
    """The figures that a change would move. `periods`: those that were worked out; `left_out`: months that were not,
    because there are too many.
    """

    moved: tuple[Moved, ...]
    periods: tuple[str, ...]
    left_out: int

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            "figures": [each.as_json() for each in self.moved],
            "periods": list(self.periods),
            "periods_left_out": self.left_out,
        }


@dataclass(frozen=True)
class Preview:
    """How a run would end, what would become of its rows, and which figures would move.

    - run: as the ledger would have it; digest: of all that would be stored, for whoever applies it.
    """

    run: Run
    rows: tuple[Row, ...]
    figures: Figures
    digest: str

    def of(self, outcomes: frozenset[str]) -> list[Row]:
        """The rows with one of these outcomes."""
        return [row for row in self.rows if row.outcome in outcomes]

    @property
    def new(self) -> list[Row]:
        """Rows that make a referral or an event."""
        return self.of(_NEW)

    @property
    def changed(self) -> list[Row]:
        """Rows that change one that is known."""
        return self.of(_CHANGED)

    @property
    def blocked(self) -> list[Row]:
        """Rows that do not get in: broken, or not to be held."""
        return self.of(_BLOCKED)


T = TypeVar("T")


def preview(worker: Worker, run: Run, *, accepted_by: str | None) -> Preview:
    """What running a run again would do; nothing of it stays. The run has to be claimed and not at its end."""

    def done() -> tuple[tuple[Run, tuple[Row, ...], str], list[date]]:
        told = through(worker, run, accepted_by=accepted_by)
        connection = worker.connection
        days = [day for (day,) in connection.execute(_DAYS, {"run": told.run}).fetchall()]
        found = (told, rows_of(connection, told), digest_of(connection, told))
        return found, days if told.state == "loaded" else []

    (told, rows, digest), figures = tried(worker, done, FEEDS[run.source].way)
    logs.event("preview.rolled_back", run=run.run)
    return Preview(told, rows, figures, digest)


def tried(worker: Worker, do: Callable[[], tuple[T, list[date]]], way: Way) -> tuple[T, Figures]:
    """What `do` comes to, and the figures that it moves; then all of it is rolled back.

    `do` says which months it touches, by a day of each, newest first; `way` what kind of feed it is about.
    """
    connection = worker.connection
    with guarded("previewing a change"), connection.transaction() as whole:
        with connection.transaction() as trial:
            told, days = do()
            asked, left_out = _asked(days, way)
            after = _figures(worker, asked)
            raise psycopg.Rollback(trial)
        before = _figures(worker, asked)
        raise psycopg.Rollback(whole)
    moved = tuple(each for key in after for each in _moved(key, before[key], after[key]))
    return told, Figures(moved, tuple(dict.fromkeys(period.name for _, period in asked)), left_out)


def rows_of(connection: Connection, run: Run) -> tuple[Row, ...]:
    """What became of a run's rows, in the transaction at hand."""
    return tuple(Row(*found) for found in connection.execute(_ROWS, (run.run,)).fetchall())


def digest_of(connection: Connection, run: Run) -> str:
    """A digest of everything that a run stored, in the transaction at hand: the same for the same effect."""
    hashed = hashlib.sha256(f"{run.run}|{run.state}|{run.code}|{run.rows}".encode())
    for row in connection.execute(_ROWS, (run.run,)):
        hashed.update("|".join(map(str, row)).encode())
    for (made,) in connection.execute(_MADE, {"run": run.run}):
        hashed.update(str(made).encode())
    return hashed.hexdigest()[:16]


def _asked(days: Sequence[date], way: Way) -> tuple[list[tuple[Return, Period]], int]:
    """The periods of each return that a change may touch, newest first; and how many months are left out."""
    kept = [periods.month(day) for day in days[:MOST_PERIODS]]
    asked = [
        (what, period)
        for what in RETURNS.values()
        if _may_move(what, way)
        for period in dict.fromkeys(kept if what.of == "month" else (periods.quarter(each.first) for each in kept))
    ]
    return asked, len(days) - len(kept)


def _may_move(what: Return, way: Way) -> bool:
    """Rows move what is counted from referrals; a statement what is made for quarters."""
    return what.of == "quarter" if way == "statement" else what.behind is None


def _figures(worker: Worker, asked: Iterable[tuple[Return, Period]]) -> dict[tuple[str, str], list[Figure]]:
    """The figures as the transaction at hand has them."""
    found = {}
    for what, period in asked:
        with worker.connection.transaction() as apart:
            row = worker.connection.execute("select clock_timestamp()").fetchone()
            assert row is not None
            by = min(period.cut_off, row[0])
            records = what.records(worker.connection, Asked(period, by, row[0], worker.settings.idva.met_by), {})
            found[what.name, period.name] = what.figures(records)
            raise psycopg.Rollback(apart)  # what a return prepares for itself would be in the way of the next one
    return found


def _moved(of: tuple[str, str], before: Sequence[Figure], after: Sequence[Figure]) -> Iterable[Moved]:
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield Moved(*of, *key, old.get(key), new.get(key))


def _by_key(figures: Sequence[Figure]) -> Mapping[Key, str | None]:
    return {each.key: written(each.value) if each.status == "ok" else None for each in figures}
