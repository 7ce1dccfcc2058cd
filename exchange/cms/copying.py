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


def copy_out(connection: Connection, query: sql.Composable, schema: pa.Schema) -> pa.Table:
    """What a query gives, as a table of that schema: its columns in their order, each type told, none guessed.

    PostgreSQL writes t and f, nothing for a null, and "" for an empty text.
    """
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv)").format(query)) as copying:
        data = b"".join(bytes(block) for block in copying)
    if not data:
        return schema.empty_table()
    as_written = pa.csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    # Addresses may hold line ends inside quotes.
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    named = pa.csv.ReadOptions(column_names=schema.names)
    with pa.csv.open_csv(pa.BufferReader(data), named, parsing, as_written) as batches:
        return batches.read_all()


def constant(value: str, n: int) -> pa.Array:
    """The same text n times."""
    return pa.repeat(pa.scalar(value, pa.string()), n)
