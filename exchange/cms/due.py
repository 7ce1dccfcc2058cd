"""What is due next: clocks of ours that run and are not met (cms.clock), most urgent first, and whose each is.

The table of clocks says how long each may run. SQL orders, counts and cuts, so that a long list costs no more than a
short one; what is shown is worked out by exchange.triage.clocks. Clocks run on while somebody is held: the hold is told
apart. Of a person's record only the referral's key is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from exchange.database import Connection, transaction
from exchange.triage import clocks
from mappings.clock_rules import Clock
from mappings.tables import ALWAYS_FROM, ALWAYS_TO

_FIRST_YEAR: Final = 2010  # older working days are counted exactly for what is shown, and are long overdue anyway


@dataclass(frozen=True)
class Wanted:
    """What is asked for: None is all. `owner` is looked for anywhere in the owner's name, whatever its case."""

    owner: str | None = None
    source: str | None = None
    standard: str | None = None
    limit: int = 40


@dataclass(frozen=True)
class Due:
    """One thing to do. `held_for`: why the person may not be contacted now, since `held_since`; none: they may."""

    source: str
    key: str
    clock: Clock
    started: datetime
    due: datetime
    owner: str
    area: str | None
    held_since: datetime | None
    held_for: tuple[str, ...]


@dataclass(frozen=True)
class Count:
    """How many things of a standard are open, and how many of them are overdue."""

    standard: str
    open: int
    overdue: int


@dataclass(frozen=True)
class Listing:
    """The most urgent things, and the counts of all that were asked for."""

    lines: tuple[Due, ...]
    counts: tuple[Count, ...]

    @property
    def more(self) -> int:
        """How many were left off."""
        return sum(count.open for count in self.counts) - len(self.lines)


def due(connection: Connection, ours: Iterable[Clock], wanted: Wanted, now: datetime) -> Listing:
    """What of these clocks runs now: held high risk first, then by due time."""
    table = tuple(clock for clock in ours if clock.ours and wanted.standard in (None, clock.standard))
    with transaction(connection, "listing what is due"):
        rows = connection.execute(_DUE, _facts(table, wanted, now)).fetchall()
    counts = tuple(Count(row[3], row[-2], row[-1]) for row in rows if row[0] == "count")
    return Listing(tuple(_line(table, row[1:-2]) for row in rows if row[0] == "line"), counts)


def _facts(table: tuple[Clock, ...], wanted: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "standards": [clock.standard for clock in table],
        "hours": [clock.amount if clock.unit == "hours" else None for clock in table],
        "days": [clock.amount if clock.unit == "working_days" else None for clock in table],
        "firsts": [clock.first if clock.first > ALWAYS_FROM else None for clock in table],
        "lasts": [clock.last if clock.last < ALWAYS_TO else None for clock in table],
        "whose": [clock.whose for clock in table],
        "working_days": clocks.working_days(_FIRST_YEAR, now.year + 1),
        "now": now,
        "owner": wanted.owner,
        "source": wanted.source,
        "limit": wanted.limit,
    }


def _line(table: tuple[Clock, ...], row: tuple[Any, ...]) -> Due:
    source, key, standard, number, started, owner, area, since, held_for = row
    clock = table[number - 1]
    assert clock.standard == standard
    return Due(source, key, clock, started, clocks.due_at(started, clock), owner, area, since, tuple(held_for or ()))


# Only what is shown is given its owner and its holds; an owner who is asked for is looked up in sets, not line by line.
_DUE: Final = """
    with standard as materialized (
        select s.standard, make_interval(hours => s.hours) as hours, s.days, s.first, s.last, s.whose, s.number
        from unnest(%(standards)s::text[], %(hours)s::int[], %(days)s::int[], %(firsts)s::date[],
                             %(lasts)s::date[], %(whose)s::text[])
            with ordinality as s (standard, hours, days, first, last, whose, number)
    ), calendar as materialized (
        select %(working_days)s::date[] as days
    ), allocated as (
        select distinct on (a.referral_id) a.referral_id, a.worker from cms.activity a
        where a.event = 'caseworker_allocated' and a.worker is not null
        order by a.referral_id, a.at desc, a.event_id desc
    ), owner as (
        select referral_id, worker as name from allocated
        union all
        select referral_id, owner from cms.high_risk where worker is null
    ), running as materialized (
        select c.referral_id, c.standard, c.started_at, s.number::int, c.standard = 'high_risk_hold_24h' as heads,
               case when s.hours is not null then c.started_at + s.hours
                    else ((select days from calendar)[s.days + width_bucket(
                             (c.started_at at time zone 'Europe/London')::date, (select days from calendar))] + 1)
                         ::timestamp at time zone 'Europe/London' end as due_at
        from cms.clock c
        join standard s on s.standard = c.standard
            and (s.first is null or (c.started_at at time zone 'Europe/London')::date >= s.first)
            and (s.last is null or (c.started_at at time zone 'Europe/London')::date <= s.last)
        where c.met_at is null and not c.stopped and c.standard = any(%(standards)s)
          and (%(source)s::text is null
               or c.referral_id in (select r.referral_id from cms.referral r where r.source = %(source)s))
          and (%(owner)s::text is null
               or c.referral_id in (select o.referral_id from owner o
                                    where position(lower(%(owner)s) in lower(o.name)) > 0)
               or position(lower(%(owner)s) in lower(s.whose)) > 0
                  and c.referral_id not in (select o.referral_id from owner o))
    ), line as materialized (
        select * from running order by heads desc, due_at, started_at, referral_id, number limit %(limit)s
    )
    (select 'line', r.source, r.referral_key, n.standard, n.number, n.started_at,
            coalesce(last.worker, high.owner, s.whose), high.area, held.since, held.reasons, null::bigint, null::bigint
     from line n
     join cms.referral r using (referral_id)
     join standard s on s.number = n.number
     left join lateral (
         select a.worker from cms.activity a
         where a.referral_id = n.referral_id and a.event = 'caseworker_allocated' and a.worker is not null
         order by a.at desc, a.event_id desc limit 1) last on true
     left join lateral (select k.area, k.owner from cms.high_risk k where k.referral_id = n.referral_id) high on true
     left join lateral (
         select min(w.since) as since, array_agg(distinct w.reason order by w.reason) as reasons
         from (select h.opened_at as since, h.reason from cms.open_hold h
               where h.person_id = r.person_id
                 and (h.referral_id = n.referral_id or h.reason not in ('no_contact_details', 'reopened'))
               union all
               select coalesce(s.set_at, s.seeded_at), 'unsafe_to_contact'
               from cms.referral o join cms.safe_contact s using (referral_id)
               where o.person_id = r.person_id and s.safe_to_contact = 'N') w) held on true
     order by n.heads desc, n.due_at, n.started_at, n.referral_id, n.number)
    union all
    (select 'count', null, null, c.standard, null, null, null, null, null, null, count(*),
            count(*) filter (where c.due_at < %(now)s)
     from running c group by c.standard order by c.standard)
"""
