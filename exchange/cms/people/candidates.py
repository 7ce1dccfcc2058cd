"""Who may be the same person: those who share a match key, found by an index: the cost follows the night's rows.

A key that too many have (a hostel's address with a common name, a typist's default) finds nobody and is noted as
crowded. Keys are never taken away: one that has gone out of use may find a pair, which `keys.shared` leaves out.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
from psycopg import sql

from exchange.cms.copying import copy, copy_out, some
from exchange.database import Connection
from exchange.matching.keys import CAP, PAIRS

MANY: Final = 2_000

_TABLE: Final = """
    create temporary table if not exists new_key (referral_id bigint, kind smallint, key bigint) on commit delete rows
"""
_STORE: Final = """
    insert into cms.match_key (kind, key, referral_id)
    select kind, key, referral_id from new_key order by kind, key  -- in the index's order, which is large
    on conflict do nothing
"""

# All who have a key of a new one, up to one more than may have it.
MEMBERS: Final = sql.SQL(
    """
    with asked as (select distinct kind, key from new_key)
    select a.kind, a.key, m.referrals
    from asked a
    cross join lateral (
        select array_agg(f.referral_id) as referrals from (
            select k.referral_id from cms.match_key k where k.kind = a.kind and k.key = a.key
            order by k.referral_id limit {limit}) f) m
    where cardinality(m.referrals) > 1
    """
).format(limit=sql.Literal(CAP + 1))

_FOUND: Final = sql.SQL(
    """
    create temporary table if not exists found_key on commit delete rows as
    select 0::smallint as kind, 0::bigint as key, null::bigint[] as referrals with no data
    """
)
_CROWDED: Final = sql.SQL(
    "insert into cms.crowded_key (kind, key) select kind, key from found_key where cardinality(referrals) > {cap} "
    "on conflict do nothing"
).format(cap=sql.Literal(CAP))

# Of each new one with whom it shares a key, and with whom it was compared before: what was said then may have changed.
_PAIRS: Final = sql.SQL(
    """
    select distinct least(n.referral_id, o.other) as "left", greatest(n.referral_id, o.other) as "right"
    from new_key n
    join found_key f using (kind, key)
    cross join lateral unnest(f.referrals) as o (other)
    where cardinality(f.referrals) <= {cap} and o.other <> n.referral_id
    union
    select p.left_id, p.right_id from to_match t
    cross join lateral (
        select left_id, right_id from cms.pair where left_id = t.referral_id
        union all
        select left_id, right_id from cms.pair where right_id = t.referral_id
        offset 0) p  -- which keeps the planner at the index: it does not know how few ask
    order by 1, 2
    """
).format(cap=sql.Literal(CAP))


def find(connection: Connection, keys: pa.Table) -> pa.Table:
    """Store the keys (keys.KEYS) of the referrals in the table `to_match`, and find their pairs (keys.PAIRS)."""
    connection.execute(_TABLE)
    connection.execute(_FOUND)
    copied = copy(connection, some(("new_key",), keys))
    if copied > MANY:
        connection.execute("analyze new_key")
    connection.execute(_STORE)
    connection.execute(sql.SQL("insert into found_key {}").format(MEMBERS))
    connection.execute(_CROWDED)
    return copy_out(connection, _PAIRS, PAIRS)
