"""Triage of referrals that are in the CMS: what their records add up to now decides, not one row of a file.

The same pure functions as in the stage; the referrals come out by COPY, and what was decided goes back by COPY and one
statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
from psycopg import sql

from exchange.cms.copying import constant, copy, copy_out, some
from exchange.database import Connection
from exchange.triage import dispositions
from exchange.triage.facts import NEEDED, REMEMBERED, Facts
from mappings.canonical import REFERRAL
from mappings.triage_rules import RuleBook, load_rules

DECIDED: Final = (*dispositions.SCHEMA.names, "triage_version")

_FIELDS: Final = (*NEEDED, *REMEMBERED)
_SCHEMA: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        *((name, REFERRAL.by_name[name].arrow_type) for name in NEEDED),
        *((name, pa.bool_()) for name in REMEMBERED),
    ]
)

_OUT: Final = sql.SQL("select r.referral_id, {fields} from cms.referral r {which}")
_TABLE: Final = sql.SQL(
    "create temporary table if not exists retriaged on commit delete rows as "
    "select referral_id, {} from cms.referral with no data"
)
_BACK: Final = sql.SQL(
    """
    update cms.referral r set ({decided}) = ({values}) from retriaged t
    where t.referral_id = r.referral_id and ({old}) is distinct from ({values})
    """
)


def of_run(connection: Connection, source: str) -> int:
    """Triage again what a load changed: the keys of the temporary table `slow`; how many referrals."""
    which = sql.SQL("join slow s on s.referral_key = r.referral_key where r.source = {}").format(sql.Literal(source))
    return _again(connection, load_rules(), which)


def of_referrals(connection: Connection, referrals: Sequence[int]) -> int:
    """Triage some referrals again, because something about their person changed; how many."""
    if not referrals:
        return 0
    return _again(
        connection, load_rules(), sql.SQL("where r.referral_id = any({})").format(sql.Literal(list(referrals)))
    )


def never_triaged(connection: Connection) -> int:
    """Triage the referrals that an older release loaded; how many there were. In the transaction at hand."""
    return _again(connection, load_rules(), sql.SQL("where r.triage_version is null"))


def _again(connection: Connection, book: RuleBook, which: sql.Composable) -> int:
    rows = read(connection, which)
    if not rows.num_rows:
        return 0
    decided = dispositions.decide(Facts(rows, book))
    version = constant(book.version, rows.num_rows)
    table = pa.table([rows["referral_id"], *decided.columns, version], names=["referral_id", *DECIDED])
    connection.execute(_TABLE.format(_names()))
    copy(connection, some(("retriaged",), table))
    connection.execute(_BACK.format(decided=_names(), values=_names("t"), old=_names("r")))
    return int(rows.num_rows)


def read(connection: Connection, which: sql.Composable) -> pa.Table:
    """What the rules need to know of some referrals `r`, with their ids; `which` is joins and conditions."""
    fields = sql.SQL(", ").join(sql.Identifier("r", name) for name in _FIELDS)
    return copy_out(connection, _OUT.format(fields=fields, which=which), _SCHEMA)


def _names(table: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in DECIDED)
