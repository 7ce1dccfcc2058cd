"""Arrow tables into the database and out of it by COPY, as PostgreSQL's CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from exchange.ahead import ahead
from exchange.database import Connection


@dataclass(frozen=True)
class Bulk:
    """Rows on their way into a table (schema and name, or the name of a temporary one)."""

    table: tuple[str, ...]
    columns: tuple[str, ...]
    csv: pa.Buffer


def bulk(table: tuple[str, ...], rows: pa.Table) -> Bulk:
    """Rows for a table that has columns of these names. Columns without any value stay out, which is a fifth less work.

    Text is quoted, so that only a null is an empty field. In one chunk: for an empty one before others pyarrow writes
    uninitialised memory.
    """
    given = [
        name for name, column in zip(rows.column_names, rows.columns, strict=True) if column.null_count < len(column)
    ]
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(rows.select(given).combine_chunks(), sink, pa.csv.WriteOptions(include_header=False))
    return Bulk(table, tuple(given), sink.getvalue())


def some(table: tuple[str, ...], rows: pa.Table) -> Iterator[Bulk]:
    """The rows, unless there are none."""
    if rows.num_rows:
        yield bulk(table, rows)


def copy(connection: Connection, bulks: Iterable[Bulk]) -> int:
    """COPY all of them, each made while its predecessor is copied; how many rows they were."""
    copied = 0
    for each in ahead(bulks):
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier(*each.table), sql.SQL(", ").join(map(sql.Identifier, each.columns))
        )
        cursor = connection.cursor()
        with cursor.copy(statement) as copying:
            copying.write(memoryview(each.csv))
        copied += cursor.rowcount
    return copied


def read_out(connection: Connection, query: sql.Composable, schema: pa.Schema) -> pa.Table:
    """The rows of a query whose columns are those of the schema, in its order; text in them has no line ends."""
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv)").format(query)) as copying:
        data = b"".join(bytes(block) for block in copying)
    if not data:
        return schema.empty_table()
    # PostgreSQL's CSV: t and f, nothing for a null, "" for an empty text.
    converting = pa.csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    reading = pa.csv.ReadOptions(column_names=schema.names)
    with pa.csv.open_csv(pa.BufferReader(data), reading, convert_options=converting) as batches:
        return batches.read_all().select(schema.names)


def constant(value: str, n: int) -> pa.Array:
    """The same text n times."""
    return pa.repeat(pa.scalar(value, pa.string()), n)
