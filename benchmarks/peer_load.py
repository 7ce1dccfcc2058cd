"""The peer's own program: dlt loads a police file from this disk into PostgreSQL. Run by benchmarks/peer.py.

    python peer_load.py FILE DATABASE_URL FOLDER arrow|rows

As dlt's documentation has it for a file with a key: write_disposition "merge" over a staging table. The file is read
leniently (no line is checked, broken ones are skipped), and every column stays text.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.destinations import postgres
from psycopg2.extensions import parse_dsn  # type: ignore[import-untyped]
from pyarrow import csv as arrow_csv

KEY = ["crime_reference", "viw_number"]


def tables(path: Path) -> Iterator[pa.Table]:
    """The file as Arrow tables, a few MB at a time; a blank is null. The trailer has too few fields and is skipped."""
    with path.open(encoding="cp1252", newline="") as file:
        names = next(csv.reader(file))
    batches = arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(block_size=16 * 1024 * 1024, encoding="cp1252"),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip"),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
        ),
    )
    for batch in batches:
        yield pa.Table.from_batches([batch])


def rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The file as dictionaries, a few thousand at a time."""
    with path.open(encoding="cp1252", newline="") as file:
        reader = csv.reader(file)
        names = next(reader)
        whole = (row for row in reader if len(row) == len(names))
        good = (dict(zip(names, [value or None for value in row], strict=True)) for row in whole)
        while some := list(islice(good, 5000)):
            yield some


def credentials(url: str) -> dict[str, Any]:
    """A database's address as dlt wants it: the folder of a socket goes behind the question mark."""
    parts = parse_dsn(url)
    host = parts["host"]
    return {
        "host": "localhost" if host.startswith("/") else host,
        "port": int(parts.get("port", 5432)),
        "username": parts["user"],
        "password": parts.get("password", "none"),
        "database": parts["dbname"],
        "query": {"host": host} if host.startswith("/") else {},
    }


def main() -> None:
    """Load, and say how long each of dlt's steps took."""
    path, url, folder, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    resource = dlt.resource(
        (tables if how == "arrow" else rows)(path), name="referral", write_disposition="merge", primary_key=KEY
    )
    destination = postgres(credentials(url))
    pipeline = dlt.pipeline("benchmark", destination=destination, dataset_name="peer", pipelines_dir=folder)
    pipeline.run(resource, loader_file_format="csv")
    for step in pipeline.last_trace.steps:
        if step.finished_at is not None:
            print(f"{step.step}\t{(step.finished_at - step.started_at).total_seconds():.2f}")


if __name__ == "__main__":
    main()
