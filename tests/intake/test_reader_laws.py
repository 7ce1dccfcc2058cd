"""Laws of the reader: what was written is read, a fault stays in its row, nothing is lost, blocks do not matter."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.written import FRAUD, LAYOUTS, POLICE, body, encoded, heading, pieces, record, row, rows_and_broken
from validators.layout import Layout

FORBIDDEN = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F)]))
FORBIDDEN += "".join(map(chr, [*range(0x2066, 0x206A), 0xFEFF, 0xFFFD]))


def texts(layout: Layout) -> st.SearchStrategy[str]:
    """Any text that the feed can hold, with what matters to the format more often than chance would have it."""
    codec = "cp1252" if layout is POLICE else "utf-8"
    plain = st.text(st.characters(codec=codec, exclude_characters=FORBIDDEN), max_size=8)
    return st.one_of(st.just(""), st.text(st.sampled_from("\",;' é’N/A"), max_size=6), plain)


def notes() -> st.SearchStrategy[str]:
    """Notes may hold line ends of either kind."""
    return st.lists(st.sampled_from(['"', ",", "\n", "\r\n", "x", "é", '""', " "]), max_size=8).map("".join)


@st.composite
def rows(draw: st.DrawFn, layout: Layout) -> list[list[str]]:
    """A few rows of nothing but text; notes with line ends where the feed has notes."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        values = {name: draw(texts(layout)) for name in draw(st.sets(st.sampled_from(layout.names), max_size=6))}
        if layout is POLICE:
            values["safe_contact_note"] = draw(notes())
        found.append(row(layout, **{**values, layout.key_columns[0]: f"key {number}"}))
    return found


@pytest.mark.parametrize("layout", [POLICE, FRAUD], ids=lambda layout: layout.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read(layout: Layout, data: st.DataObject) -> None:
    some = data.draw(rows(layout))
    end = data.draw(st.sampled_from(["\r\n", "\n"]))
    written = body(some, layout, end)
    good, broken = rows_and_broken(written, layout)
    assert not broken
    assert list(good.values()) == some
    lines = [2]
    for values in some:
        lines.append(lines[-1] + record(values, end).count("\n"))
    assert list(good) == lines[:-1]


@settings(max_examples=50, deadline=None)
@given(some=rows(FRAUD), end=st.sampled_from(["\r\n", "\n"]), last=st.booleans())
def test_valid_files_are_read_as_pythons_own_reader_reads_them(some: list[list[str]], end: str, last: bool) -> None:
    written = body(some, FRAUD, end)
    written = written if last else written.removesuffix(end.encode())
    good, broken = rows_and_broken(written, FRAUD)
    theirs = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), strict=True))
    assert not broken
    assert list(good.values()) == theirs[1:]


@pytest.mark.parametrize("layout", [POLICE, FRAUD], ids=lambda layout: layout.name)
@settings(max_examples=90, deadline=None)
@given(data=st.data())
def test_a_byte_too_many_harms_one_row_and_every_row_is_accounted_for(layout: Layout, data: st.DataObject) -> None:
    some = data.draw(rows(layout))
    extra = data.draw(st.sampled_from(['"', ",", "\r", "\x00", "\x1a", "\x85" if layout is FRAUD else "\x7f"]))
    records = [encoded(record(values), layout) for values in some]
    harmed = data.draw(st.integers(0, len(records) - 1))
    position = data.draw(st.integers(0, len(records[harmed]) - 1))
    changed = list(records)
    changed[harmed] = records[harmed][:position] + encoded(extra, layout) + records[harmed][position:]
    good, broken = rows_and_broken(heading(layout) + b"".join(changed), layout)
    starts = [2 + b"".join(changed[:number]).count(b"\n") for number in range(len(changed))]
    assert sorted([*good, *broken]) == starts
    for number, values in enumerate(some):
        if number != harmed:
            assert good[starts[number]] == values


@settings(max_examples=60, deadline=None)
@given(data=st.data(), block=st.integers(1, 900), arriving=st.integers(1, 400))
def test_the_size_of_blocks_changes_nothing(data: st.DataObject, block: int, arriving: int) -> None:
    some = data.draw(rows(POLICE))
    content = bytearray(b"".join(encoded(record(values), POLICE) for values in some))
    for _ in range(data.draw(st.integers(0, 3))):
        position = data.draw(st.integers(0, len(content)))
        content[position:position] = data.draw(st.sampled_from([b'"', b"\n", b"\r", b",", b"\x81", b'","', b'"\n"']))
    written = heading(POLICE) + bytes(content)
    assert rows_and_broken(written, POLICE, block_bytes=block, arriving=arriving) == rows_and_broken(written, POLICE)


@settings(max_examples=100, deadline=None)
@given(garbage=st.binary(max_size=300) | st.text('",\r\nx', max_size=300).map(str.encode))
def test_no_byte_of_a_file_is_lost(garbage: bytes) -> None:
    written = heading(FRAUD) + garbage
    raws: list[tuple[int, bytes]] = []
    from exchange.intake.reading.reader import read

    for chunk in read(pieces(written, 64), FRAUD):
        raws += [(line, chunk.raw_of(number)) for number, line in enumerate(chunk.lines.tolist())]
        raws += [(each.line, each.raw) for each in chunk.broken]
    assert b"".join(raw for _, raw in sorted(raws)) == garbage


TORN = [(layout, column.name) for layout in LAYOUTS for column in layout.columns if not column.multiline]


@pytest.mark.parametrize(("layout", "column"), TORN, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("block", [64, 1 << 20])
def test_a_quoted_line_end_in_any_column_harms_its_row_alone(layout: Layout, column: str, block: int) -> None:
    """In the middle column too, where both halves look alike."""
    sound = [row(layout, **{layout.key_columns[0]: f"key {number}"}) for number in range(3)]
    torn = row(layout, **{column: "Zz\r\nzz"})
    written = heading(layout) + b"".join(encoded(record(each), layout) for each in (sound[0], torn, *sound[1:]))
    good, broken = rows_and_broken(written, layout, block_bytes=block)
    assert list(good.values()) == sound
    assert {line: each.rule for line, each in broken.items()} == {3: "line_end"}
