"""What every table, view and column of the CMS means, said to the database itself (description.csv).

A line without a table speaks of that column wherever no line of its own does. `lvws migrate` writes them as comments,
so that whoever builds a screen on the CMS reads them there; docs/cms.md is made from them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

DESCRIPTION = Path(__file__).with_name("description.csv")

_COLUMNS = """
    select c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           obj_description(c.oid, 'pg_class'), col_description(c.oid, a.attnum)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = 'cms' and c.relkind in ('r', 'v')
    order by c.relkind, c.relname, a.attnum
"""

Column = tuple[str, str, str, str, bool, str | None, str | None]


def columns(connection: psycopg.Connection[Any]) -> list[Column]:
    """Every column of the CMS: table, kind (r table, v view), name, type, whether it is never null, both comments."""
    return connection.execute(_COLUMNS).fetchall()


def sentences() -> dict[tuple[str, str], str]:
    """What is said of a table (column blank), of a column of a table, or of a column anywhere (table blank)."""
    with DESCRIPTION.open(encoding="utf-8", newline="") as file:
        return {(line["table"], line["column"]): line["says"] for line in csv.DictReader(file)}


def describe(connection: psycopg.Connection[Any]) -> None:
    """Write the sentences as comments; again changes nothing."""
    told, found = sentences(), columns(connection)
    for table, kind in {(table, kind) for table, kind, *_ in found}:
        what = sql.SQL("table" if kind == "r" else "view")
        _comment(connection, what, sql.Identifier("cms", table), told.get((table, "")))
    for table, _, column, *_ in found:
        says = told.get((table, column)) or told.get(("", column))
        _comment(connection, sql.SQL("column"), sql.Identifier("cms", table, column), says)


def _comment(connection: psycopg.Connection[Any], what: sql.SQL, name: sql.Identifier, says: str | None) -> None:
    connection.execute(sql.SQL("comment on {} {} is {}").format(what, name, sql.Literal(says)))
