"""Bytes of a feed's file to tables of text, strictly: nothing is guessed, repaired or dropped (hazards F21 to F32).

A file comes in as bytes and goes out as chunks: Arrow tables of the records that could be split into fields, and the
raw bytes of those that could not. Every record of the file is in exactly one of the two. Where records and fields end
is found by records.py; Arrow's CSV reader, which is lenient, sees only what passed that, and the two
have to agree on the number of records.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from exchange.errors import FileRefused
from exchange.intake.reading.blocks import Blocks
from exchange.intake.reading.characters import Mistaken, Offsets, from_cp1252
from exchange.intake.reading.heading import HEADING_BYTES, parse_heading
from exchange.intake.reading.records import GOOD, RULES, Form, Records
from exchange.intake.reading.splitting import split
from validators.layout import Layout

# Arrow splits blocks of this size at the same time; they hold several records, whatever their length.
_ARROW_BLOCK: Final = 1024 * 1024

_FIELD: Final = re.compile(rb'"(?:[^"]++|"")*+"|[^",\n]++')


@dataclass(frozen=True, slots=True)
class Caps:
    """Beyond these a file is refused (hazards F32): bytes of a field and of a record as sent, records of a file."""

    field_bytes: int = 64 * 1024
    record_bytes: int = 256 * 1024
    records: int = 5_000_000


CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be split into the fields of its layout: first physical line, rule, bytes as sent."""

    line: int
    rule: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a file, record for record.

    `table` has the layout's columns in order, all strings, blank = "" and never null; `lines` the physical line
    (header = 1) on which each of its rows starts; `raw_of(row)` that row's bytes as sent, line end included.
    """

    table: pa.Table
    lines: Offsets
    broken: tuple[Broken, ...]
    raw_of: Callable[[int], bytes]


def read(
    source: Iterable[bytes],
    layout: Layout,
    *,
    body_bytes: int | None = None,
    caps: Caps = CAPS,
    block_bytes: int = 8 * 1024 * 1024,
) -> Iterator[Chunk]:
    """The records of a file that arrives as `source`, in order; the header is not among them.

    `body_bytes`: where the data ends and the trailer begins; None: with `source`. Needs memory for a few
    `block_bytes`, whatever the size of the file. FileRefused for a fault of the file as a whole, also after some
    chunks were given: nothing of them may be kept then. Reasons: header, encoding, not_text, size.
    """
    blocks = Blocks(source, body_bytes)
    beginning = blocks.take(HEADING_BYTES)
    heading = parse_heading(beginning, layout)
    blocks.give_back(beginning[heading.size :])
    form = Form.of(layout, crlf=heading.crlf)
    mistaken = Mistaken(form.alphabet)
    data, line, count = b"", 2, 0
    while data or not blocks.done:
        data += blocks.take(max(block_bytes - len(data), block_bytes // 2, 1))
        found = split(data, form=form, final=blocks.done, cap=caps.record_bytes)
        count += len(found.ends)
        if count > caps.records:
            raise FileRefused("size", detail="It has too many records.")
        if len(found.ends):
            _check_fields(data, found, cap=caps.field_bytes)
            behind = int(found.ends[-1])
            mistaken.feed(data[:behind])
            yield _chunk(data, found, layout=layout, form=form, line=line)
            line += len(found.ends) + len(found.breaks)
            data = data[behind:]
    if mistaken.certain:
        raise FileRefused("encoding", detail="It is UTF-8 and should be Windows-1252.")


def _check_fields(data: bytes, found: Records, *, cap: int) -> None:
    """FileRefused "size" for a field of more than `cap` bytes; only records longer than that are looked at."""
    for row in np.flatnonzero(found.ends - found.starts > cap).tolist():
        record = data[found.starts[row] : found.ends[row]]
        if max(map(len, _FIELD.findall(record)), default=0) > cap:
            raise FileRefused("size", detail="A field is too long.")


def _chunk(data: bytes, found: Records, *, layout: Layout, form: Form, line: int) -> Chunk:
    """The records as a table and as broken ones; `line` is the physical line of the first."""
    lines = line + np.arange(len(found.starts)) + np.searchsorted(found.breaks, found.starts)
    good = found.rules == GOOD
    starts, ends = found.starts[good], found.ends[good]
    table = _table(_good_bytes(data, found, good), layout, longest=int((found.ends - found.starts).max()))
    if table.num_rows != len(starts):
        raise RuntimeError("Arrow found another number of records than we did")
    broken = tuple(
        Broken(int(lines[row]), RULES[found.rules[row]], data[found.starts[row] : found.ends[row]])
        for row in np.flatnonzero(~good).tolist()
    )
    return Chunk(table, lines[good], broken, lambda row: data[starts[row] : ends[row]])


def _good_bytes(data: bytes, found: Records, good: np.ndarray) -> bytes:
    """The good records without the broken ones between them."""
    if good.all():
        return data[: int(found.ends[-1])]
    # Where a stretch of good records begins and ends: +1 and -1 in the difference.
    change = np.diff(np.concatenate(([0], good.astype(np.int8), [0])))
    first, behind = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    stretches = zip(found.starts[first].tolist(), found.ends[behind - 1].tolist(), strict=True)
    return b"".join(data[start:end] for start, end in stretches)


def _table(text: bytes, layout: Layout, *, longest: int) -> pa.Table:
    """Whole records as a table of strings; Arrow's message about a fault quotes the text, so it is dropped."""
    names = list(layout.names)
    schema = pa.schema([(name, pa.string()) for name in names])
    if not text:
        return schema.empty_table()
    table = None
    with contextlib.suppress(pa.ArrowInvalid):
        table = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(column_names=names, block_size=max(_ARROW_BLOCK, 2 * longest)),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=schema,
                check_utf8=False,
                null_values=[],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    if table is None:
        raise RuntimeError("Arrow cannot split records that we could")
    columns = [column.combine_chunks() for column in table.columns]
    if layout.encoding == "cp1252" and not text.isascii():
        columns = [from_cp1252(column) for column in columns]
    return pa.table(columns, schema=schema)
