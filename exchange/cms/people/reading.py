"""Referrals as matching needs them (exchange.matching.features), with what staff own of safe contact."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
from psycopg import sql

from exchange.cms.copying import copy, copy_out, some
from exchange.database import Connection
from exchange.matching.features import INPUT, OPTIONAL, features
from mappings.nicknames import load_nicknames

_SCHEMA: Final = pa.schema([*INPUT, *((name, kind) for name, kind in OPTIONAL.items())])
_TABLE: Final = "create temporary table if not exists asked_for (referral_id bigint) on commit delete rows"
_QUERY: Final = sql.SQL(
    """
    select {fields}, s.safe_to_contact as staff_safe_to_contact,
           case when s.referral_id is not null then
               md5(concat_ws('|', s.preferred_contact, s.phone, s.other_phone, s.email, s.address, s.postcode))
           end as staff_contact
    from asked_for a
    cross join lateral (select * from cms.referral f where f.referral_id = a.referral_id offset 0) r
    left join cms.safe_contact s on s.referral_id = r.referral_id and s.set_at is not null
    order by r.referral_id
    """
).format(fields=sql.SQL(", ").join(sql.Identifier("r", field.name) for field in INPUT))


def read(connection: Connection, referrals: pa.Array) -> tuple[pa.Table, pa.Table]:
    """Some referrals and their features, row for row, by rising id; in the transaction at hand."""
    connection.execute(_TABLE)
    connection.execute("truncate asked_for")
    copy(connection, some(("asked_for",), pa.table({"referral_id": referrals})))
    found = copy_out(connection, _QUERY, _SCHEMA)
    return found, features(found, load_nicknames())
