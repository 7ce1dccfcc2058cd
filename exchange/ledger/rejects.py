"""What a sender has to put right, told until it is mended (interfaces: acknowledgements; R4).

A reject is a row that is broken (quarantined), one that may not be held (excluded), or a referral that nobody may
contact before its sender says more (held): one line of ledger.reject for a key and kind at a time, each row that told
it in ledger.reject_row. `track` stands in the transaction of a load, after its rows have their outcomes. What is open
afterwards follows from the order of truth alone, so files may come in any order:

- quarantined: the newest row of the key is broken. Rows without a sound key are open until their file is restated, or
  they are corrected by people;
- excluded: no referral has the key, and its newest row is not one of those that nobody need mend;
- held: the referral has a hold that its sender can end (cms.asked_of_sender). Staff may release it: a trigger of the
  database mends the reject then.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import sql

from exchange import clock, logs
from exchange.database import Connection
from exchange.ledger.runs import Run

# What a sender is asked for while a referral is held, in the order in which one reason counts for all.
ASKED: Final = {
    "unsafe_to_contact": "Tell us a safe way to contact the person, if there is one: until then nobody contacts them.",
    "safe_contact_unknown": "Domestic abuse: send the row again with whether and how contact is safe.",
    "consent_pending": "This is domestic abuse now: ask the person, and send the row again with the answer.",
    "no_contact_details": "Send the row again with a phone number, e-mail address or postal address that can be used.",
}
# Excluded, and nothing is to be mended: told once with the file, never open.
NOTHING_TO_MEND: Final = ("opted_out", "professional_witness")

# A sound row that is newer than the broken one.
_QUARANTINED: Final = sql.SQL(
    """
    update ledger.reject j set mended_at = %(now)s, mended_by = %(run)s
    where j.source = %(source)s and j.kind = 'quarantined' and j.mended_at is null and exists (
        select from {rows} k where k.{key} = j.referral_key
        and (j.last_file_order, j.last_line) <= (%(file_order)s, k.line))
    """
)

# Rows that people corrected: whatever key they have now, the reject that was told of that line is mended.
_CORRECTED: Final = """
    update ledger.reject j set mended_at = %(now)s, mended_by = %(run)s
    from ledger.run n join ledger.correction c on c.correction_id = n.corrects
    join ledger.correction_row w using (correction_id)
    where n.run = %(run)s and j.source = %(source)s and j.kind = 'quarantined' and j.mended_at is null
      and j.last_run = c.of_run and j.last_line = w.of_line
      and not exists (select from ledger.disposition d
                      where d.run = %(run)s and d.line = w.of_line and d.outcome = 'quarantined')
"""

_RESTATED: Final = """
    update ledger.reject j set mended_at = %(now)s, mended_by = %(run)s
    from ledger.run before
    where before.source = %(source)s and before.file = %(file)s and before.arrival < %(arrival)s
      and j.first_run = before.run and j.referral_key is null and j.mended_at is null
"""

# Where there is a referral, what is still missing is a hold.
_EXCLUDED: Final = """
    update ledger.reject j set mended_at = %(now)s, mended_by = %(run)s
    from slow k
    where j.source = %(source)s and j.referral_key = k.referral_key and j.kind = 'excluded' and j.mended_at is null
      and (exists (select from cms.referral r where r.source = %(source)s and r.referral_key = k.referral_key)
           or exists (select from cms.not_held n
                      where n.referral_key = k.referral_key and n.source = %(source)s and n.run = %(run)s
                        and n.code = any(%(nothing)s)
                        and (n.file_order, n.line) > (j.last_file_order, j.last_line)))
"""

_HELD: Final = """
    with asked as materialized (
        select a.referral_key from slow k
        join cms.asked_of_sender a on a.referral_key = k.referral_key and a.source = %(source)s
    )
    update ledger.reject j set mended_at = %(now)s, mended_by = %(run)s
    from slow k
    where j.source = %(source)s and j.referral_key = k.referral_key and j.kind = 'held' and j.mended_at is null
      and k.referral_key not in (select referral_key from asked)  -- hashed, however few the planner expects
"""

# `found`: this run's rejects, each row with the newer row that mended it before it came, if any.
_TOLD: Final = sql.SQL(
    """
    with found as materialized (
        select 'quarantined' as kind, d.referral_key, coalesce(d.referral_key, 'line ' || d.line) as id, d.line, d.code,
               case when d.referral_key is null then (
                   select o.run from ledger.run o
                   where o.source = %(source)s and o.file = %(file)s and o.state = 'loaded' and o.arrival > %(arrival)s
                   order by o.arrival limit 1)
               else (
                   select s.run from ({sound}) s where (s.file_order, s.line) >= (%(file_order)s, d.line)
                   order by s.file_order, s.line limit 1) end as mended_by
        from ledger.disposition d where d.run = %(run)s and d.outcome = 'quarantined'
        {others}
    ), told as (
        insert into ledger.reject as j (source, referral_key, kind, code, first_run, first_line, first_reported,
                                        last_run, last_file_order, last_line, mended_at, mended_by)
        select %(source)s, referral_key, kind,
               (array_agg(code order by line desc, array_position(%(asked)s::text[], code)))[1],
               %(run)s, min(line), %(now)s, %(run)s, %(file_order)s, max(line),
               case when max(mended_by) is not null then %(now)s end, max(mended_by)
        from found group by kind, id, referral_key, mended_by is null
        on conflict (source, referral_key, kind) where mended_at is null do update
        -- a row decides its own fault, all rows together why a referral is held
        set times = j.times + 1,
            (code, last_run, last_file_order, last_line) = (
                select case j.kind when 'held' then excluded.code else n.code end,
                       n.last_run, n.last_file_order, n.last_line
                from (values (excluded.code, excluded.last_run, excluded.last_file_order, excluded.last_line),
                             (j.code, j.last_run, j.last_file_order, j.last_line))
                    as n (code, last_run, last_file_order, last_line)
                order by n.last_file_order desc limit 1)
        returning j.reject_id, j.kind, coalesce(j.referral_key, 'line ' || j.first_line) as id, j.mended_by
    )
    insert into ledger.reject_row (run, line, code, reject_id)
    select %(run)s, f.line, f.code, t.reject_id
    from found f join told t on t.kind = f.kind and t.id = f.id and (t.mended_by is null) = (f.mended_by is null)
    """
)

_OTHERS: Final = sql.SQL(
    """
    union all
    select 'excluded', d.referral_key, d.referral_key, d.line, d.code,
           coalesce((select r.made_by from cms.referral r
                     where r.source = %(source)s and r.referral_key = d.referral_key),
                    (select n.run from cms.not_held n
                     where n.source = %(source)s and n.referral_key = d.referral_key and n.code = any(%(nothing)s)
                       and (n.file_order, n.line) > (%(file_order)s, d.line)
                     order by n.file_order, n.line limit 1))
    from ledger.disposition d
    where d.run = %(run)s and d.outcome = 'excluded' and d.code <> all(%(nothing)s)
    union all
    select 'held', a.referral_key, a.referral_key, max(k.line), a.reason, null
    from (select referral_key from to_hold union select referral_key from slow) t
    join cms.asked_of_sender a on a.referral_key = t.referral_key and a.source = %(source)s
    join keys k on k.referral_key = t.referral_key
    group by a.referral_key, a.reason
    """
)

# Where a row's key may have come soundly: among referrals, or among events.
_OF_REFERRALS: Final = sql.SQL(
    """
    select e.run, e.line, e.file_order from cms.every_record e
    where e.source = %(source)s and e.referral_key = d.referral_key
    union all
    select n.run, n.line, n.file_order from cms.not_held n
    where n.source = %(source)s and n.referral_key = d.referral_key
    """
)
_OF_EVENTS: Final = sql.SQL(
    """
    select r.run, r.line, r.file_order from cms.event_record r where r.event_id = d.referral_key
    union all
    select e.made_by, e.first_line, e.first_file_order from cms.event e where e.event_id = d.referral_key and e.single
    """
)


def _statements(rows: str, key: str, told: sql.Composed, *more: str) -> tuple[bytes, ...]:
    quarantined = _QUARANTINED.format(rows=sql.Identifier(rows), key=sql.Identifier(key))
    return (quarantined.as_bytes(), *(each.encode() for each in more), told.as_bytes())


# By what a layout's rows become, as in exchange.stages; first what this run mends, last what it tells.
_TRACK: Final = {
    "referral": _statements(
        *("keys", "referral_key", _TOLD.format(sound=_OF_REFERRALS, others=_OTHERS)),
        *(_CORRECTED, _RESTATED, _EXCLUDED, _HELD),
    ),
    "event": _statements(
        *("incoming_events", "event_id", _TOLD.format(sound=_OF_EVENTS, others=sql.SQL(""))), _CORRECTED, _RESTATED
    ),
}


def track(connection: Connection, run: Run, form: str) -> None:
    """Mend what a run mends and note what it has to tell its sender, in the transaction of its load.

    `form` is what its rows become (validators.layout): the temporary tables of that load are still there.
    """
    facts: dict[str, Any] = {
        **{name: getattr(run, name) for name in ("run", "source", "file", "arrival", "file_order")},
        "now": clock.now(),
        "nothing": list(NOTHING_TO_MEND),
        "asked": list(ASKED),
    }
    for statement in _TRACK[form]:
        connection.execute(statement, facts)
    logs.event("load.rejects_tracked", run=run.run)
