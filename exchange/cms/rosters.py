"""Statements of the IDVA roster: stored whole, and read back as they were known at a moment (interfaces: idva)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from psycopg.rows import class_row

from exchange.cms.outcomes import OUTCOMES
from exchange.database import Connection, transaction
from exchange.ledger import audit
from exchange.ledger.runs import Run
from validators.roster.model import Absence, Assignment, Post, Roster

_HOLDING: Final = """
    select statement_id, statement_date, received_at, file, run from cms.roster_statement
    where received_at <= coalesce(%s, clock_timestamp())
    order by statement_date desc, received_at desc, statement_id desc limit 1
"""
_ALL: Final = """
    select s.statement_id, s.statement_date, s.received_at, s.file, s.run, s.given_by,
           (select count(*) from cms.roster_post p where p.statement_id = s.statement_id) as posts,
           (select count(*) from cms.roster_assignment a where a.statement_id = s.statement_id) as assignments,
           (select count(*) from cms.roster_absence b where b.statement_id = s.statement_id) as absences
    from cms.roster_statement s order by s.statement_date desc, s.received_at desc, s.statement_id desc
"""
_POSTS: Final = """
    select row_number, post_id, role, funder, area, borough_code, setting, specialism, fte, first_day, last_day
    from cms.roster_post where statement_id = %s order by row_number
"""
_ASSIGNMENTS: Final = """
    select row_number, post_id, staff_number, weekly_hours, full_time_hours, first_day, last_day, kind
    from cms.roster_assignment where statement_id = %s order by row_number
"""
_ABSENCES: Final = """
    select row_number, staff_number, first_day, last_day, kind, counts
    from cms.roster_absence where statement_id = %s order by row_number
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its roster."""

    statement_id: int
    statement_date: date
    received_at: datetime
    file: str
    run: str
    roster: Roster = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement in a list. The first of the list holds."""

    statement_id: int
    statement_date: date
    received_at: datetime
    file: str
    run: str
    given_by: str
    posts: int
    assignments: int
    absences: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a statement says otherwise than another one, in counts of rows: what names a row is told by `compared`."""

    added: int
    changed: int
    gone: int


def store(connection: Connection, run: Run, roster: Roster) -> dict[str, int]:
    """Store a statement in the transaction of its load; its rows by outcome: each is created."""
    row = connection.execute(
        "insert into cms.roster_statement (statement_date, received_at, run, file, given_by) "
        "values (%s, clock_timestamp(), %s, %s, %s) returning statement_id",
        (run.business_date, run.run, run.file, audit.whoami()),
    ).fetchone()
    assert row is not None
    for table, columns, rows in _tables(roster):
        marks = ", ".join(["%s"] * (len(columns.split(", ")) + 1))
        statement = f"insert into cms.{table} (statement_id, {columns}) values ({marks})"  # noqa: S608 - our own names
        with connection.cursor() as cursor:
            cursor.executemany(statement.encode(), [(row[0], *values) for values in rows])
    total = len(roster.posts) + len(roster.assignments) + len(roster.absences)
    connection.execute(
        "insert into ledger.disposition (run, line, outcome) select %s, n, 'created' from generate_series(1, %s) as n",
        (run.run, total),
    )
    return {**dict.fromkeys(OUTCOMES, 0), "created": total}


def _tables(roster: Roster) -> Iterable[tuple[str, str, list[tuple[Any, ...]]]]:
    days = "first_day, last_day"
    yield (
        "roster_post",
        f"row_number, post_id, role, funder, area, borough_code, setting, specialism, fte, {days}",
        [
            (*(each.row, each.post_id, each.role, each.funder, each.area, each.borough, each.setting),
             *(each.specialism, _decimal(each.fte), each.first, each.last))
            for each in roster.posts
        ],
    )  # fmt: skip
    yield (
        "roster_assignment",
        f"row_number, post_id, staff_number, weekly_hours, full_time_hours, {days}, kind",
        [
            (*(each.row, each.post_id, each.staff_number, _decimal(each.weekly_hours)),
             *(_decimal(each.full_time_hours), each.first, each.last, each.kind))
            for each in roster.assignments
        ],
    )  # fmt: skip
    yield (
        "roster_absence",
        f"row_number, staff_number, {days}, kind, counts",
        [
            (each.row, each.staff_number, each.first, each.last, each.kind, each.counts)
            for each in roster.absences
        ],
    )  # fmt: skip


def _decimal(exact: Fraction) -> str:
    """At most four decimals, as the checks have it: nothing is rounded."""
    return f"{exact.numerator * 10_000 // exact.denominator}e-4"


def newest_at(connection: Connection, moment: datetime | None = None) -> Statement | None:
    """The statement that holds, as known at a moment (None: now); in the transaction at hand."""
    found = connection.execute(_HOLDING, (moment,)).fetchone()
    if found is None:
        return None
    statement_id, statement_date, received_at, file, run = found
    return Statement(statement_id, statement_date, received_at, file, run, roster(connection, statement_id))


def roster(connection: Connection, statement_id: int) -> Roster:
    """The roster of a statement, in the transaction at hand."""
    posts, assignments, absences = (
        connection.execute(each, (statement_id,)).fetchall() for each in (_POSTS, _ASSIGNMENTS, _ABSENCES)
    )
    return Roster(
        tuple(
            Post(row, post_id, role, funder, area, borough, setting, specialism, Fraction(fte), first, last)
            for row, post_id, role, funder, area, borough, setting, specialism, fte, first, last in posts
        ),
        tuple(
            Assignment(row, post_id, person, Fraction(weekly), Fraction(full), first, last, kind)
            for row, post_id, person, weekly, full, first, last, kind in assignments
        ),
        tuple(Absence(*row) for row in absences),
    )


def all_statements(connection: Connection) -> list[StatementLine]:
    """Every statement; the one that holds comes first."""
    with transaction(connection, "listing statements"), connection.cursor(row_factory=class_row(StatementLine)) as rows:
        return rows.execute(_ALL).fetchall()


def compared(old: Roster, new: Roster) -> Mapping[str, Difference]:
    """What a statement says otherwise than an older one, by sheet. Pure.

    Posts are known by their number, assignments by post, person and first day, absences by person and first day.
    """
    keys: dict[str, Callable[[Any], Any]] = {
        "posts": lambda each: each.post_id,
        "assignments": lambda each: (each.post_id, each.staff_number, each.first),
        "absences": lambda each: (each.staff_number, each.first),
    }
    return {
        sheet: _difference(
            {key(each): _said(each) for each in getattr(old, sheet)},
            {key(each): _said(each) for each in getattr(new, sheet)},
        )
        for sheet, key in keys.items()
    }


def _said(each: Any) -> tuple[Any, ...]:
    """All of a row but where it stands."""
    return tuple(getattr(each, name) for name in each.__dataclass_fields__ if name != "row")


def _difference(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Difference:
    both = old.keys() & new.keys()
    return Difference(len(new.keys() - both), sum(old[key] != new[key] for key in both), len(old.keys() - both))
