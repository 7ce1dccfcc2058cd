"""The ledger of alerts: what is wrong is one line for as long as it lasts, told once, and once more when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from exchange.database import Connection, transaction
from exchange.errors import NotFound
from exchange.ledger import audit

_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended('lvws alerts', 0))"

# What is not wrong any more. A kind that takes the place of another for the same subject is told instead of its end.
_OVER: Final = """
    update ledger.alert a set over_at = %(now)s
    where over_at is null and kind = any(%(kinds)s) and not exists (
        select from unnest(%(kind)s::text[], %(subject)s::text[]) as c (kind, subject)
        where c.kind = a.kind and c.subject = a.subject)
"""
_RAISE: Final = """
    insert into ledger.alert (kind, subject, source, business_date, facts, since, raised_at,
                              settled_at, settled_by, settled_for)
    select c.kind, c.subject, c.source, c.business_date, c.facts, c.since, %(now)s,
           b.settled_at, b.settled_by, b.settled_for
    from unnest(%(kind)s::text[], %(subject)s::text[], %(source)s::text[], %(business_date)s::date[],
                %(facts)s::jsonb[], %(since)s::timestamptz[]) as c (kind, subject, source, business_date, facts, since)
    left join lateral (
        select * from ledger.alert o where o.subject = c.subject and o.over_at = %(now)s limit 1) b on true
    on conflict (kind, subject) where over_at is null do update
    set facts = excluded.facts where alert.facts is distinct from excluded.facts
"""
_REPLACED: Final = """
    update ledger.alert a set replaced = true
    where over_at = %(now)s and exists (
        select from ledger.alert n where n.subject = a.subject and n.over_at is null and n.raised_at = %(now)s)
"""
_SELECT: Final = sql.SQL(
    """
    select alert_id, kind, subject, source, business_date, facts, since, raised_at, over_at, settled_at, settled_by,
           settled_for
    from ledger.alert a where {which} order by raised_at, alert_id
    """
)


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now. Kind and subject together name it; `facts` are those of its kind's sentences."""

    kind: str
    subject: str
    since: datetime
    source: str | None = None
    business_date: date | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Alert:
    """One line of ledger.alert."""

    alert_id: int
    kind: str
    subject: str
    source: str | None
    business_date: date | None
    facts: dict[str, Any]
    since: datetime
    raised_at: datetime
    over_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None
    settled_for: str | None


def follow(connection: Connection, conditions: Sequence[Condition], kinds: Collection[str], now: datetime) -> None:
    """Raise what is new among the conditions and end what is not among them, of the kinds that were looked at.

    Two who look at once come to the same; what somebody settled stays settled while it lasts.
    """
    columns = {
        "kind": [each.kind for each in conditions],
        "subject": [each.subject for each in conditions],
        "source": [each.source for each in conditions],
        "business_date": [each.business_date for each in conditions],
        "facts": [Jsonb(dict(each.facts)) for each in conditions],
        "since": [each.since for each in conditions],
    }
    with transaction(connection, "following the alerts"):
        connection.execute(_ALONE)
        connection.execute(_OVER, {**columns, "kinds": sorted(kinds), "now": now})
        connection.execute(_RAISE, {**columns, "now": now})
        connection.execute(_REPLACED, {"now": now})


def earliest_days(connection: Connection) -> dict[str, date]:
    """By source the earliest business day of which something is still wrong."""
    with transaction(connection, "reading the alerts"):
        return dict(
            connection.execute(
                "select source, min(business_date) from ledger.alert "
                "where over_at is null and business_date is not null group by source"
            ).fetchall()
        )


def standing(connection: Connection, *, settled: bool = False) -> list[Alert]:
    """What is wrong now, oldest first; with what somebody settled, or without."""
    return _read(connection, "over_at is null and (settled_at is null or %(settled)s)", {"settled": settled})


def untold(
    connection: Connection, route: str, kinds: Sequence[str], ending: Sequence[str], after: datetime
) -> list[Alert]:
    """What a route was not told yet of some kinds: that it is wrong; or that it is over, of kinds that tell their end.

    Nothing that somebody settled, no end of what was not told, and no end where another alert about it took its place.
    Ends from before `after` are no news.
    """
    return _read(
        connection,
        """
        settled_at is null and (
            over_at is null and kind = any(%(kinds)s) and not exists (
                select from ledger.alert_told t where (t.alert_id, t.route, t.what) = (a.alert_id, %(route)s, 'raised'))
            or over_at >= %(after)s and not replaced and kind = any(%(ending)s) and exists (
                select from ledger.alert_told t where (t.alert_id, t.route, t.what) = (a.alert_id, %(route)s, 'raised'))
            and not exists (
                select from ledger.alert_told t where (t.alert_id, t.route, t.what) = (a.alert_id, %(route)s, 'over')))
        """,
        {"route": route, "kinds": list(kinds), "ending": list(ending), "after": after},
    )


def mark_told(connection: Connection, route: str, alerts: Sequence[Alert]) -> None:
    """Note that a route was told of these, as they were read."""
    with transaction(connection, "noting who was told"), connection.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.alert_told (alert_id, route, what) values (%s, %s, %s) on conflict do nothing",
            [(each.alert_id, route, "raised" if each.over_at is None else "over") for each in alerts],
        )


def settle(connection: Connection, alert: int, reason: str, now: datetime) -> Alert:
    """Note that an alert needs nobody any more although what it says is still so. Raises NotFound."""
    with transaction(connection, "settling an alert"):
        changed = connection.execute(
            "update ledger.alert set settled_at = %s, settled_by = %s, settled_for = %s "
            "where alert_id = %s and over_at is null and settled_at is null",
            (now, audit.whoami(), reason, alert),
        )
        if not changed.rowcount:
            raise NotFound(what="alert that waits for somebody, with the number", name=alert, list_with="lvws alerts")
        audit.record(connection, "alert settled", alert=alert)
    (found,) = _read(connection, "alert_id = %(alert)s", {"alert": alert})
    return found


def _read(connection: Connection, which: LiteralString, parameters: Mapping[str, Any]) -> list[Alert]:
    statement = _SELECT.format(which=sql.SQL(which))
    with transaction(connection, "reading the alerts"), connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(statement, parameters).fetchall()
