"""Files that are faulty as a whole, each of its own, on days before the period (interfaces: outcomes, Files).

Such a file disturbs nothing: its rows have keys of their own, and the files of the period are numbered after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from synth.faults.broken import free_column
from synth.faults.cases import Step, names_of
from synth.faults.damage import MARK, fewer, in_header, more, swapped, web_page, workbook
from synth.faults.desk import Desk, Sheet, Stated
from synth.faults.ground import OTHER_PHONE, line_end
from validators.layout import Kind, Layout

SAYS: Final = {
    "repeat": "The same content comes again under a new name.",
    "restatement": "A night later a file comes again under its name, with a row changed, one new and one missing.",
    "gap": "A number is left out: no file has it.",
    "sequence_reused": "The number of a file was used before, for another business day.",
    "late_file": "A file comes a night later than files of later days.",
    "corrected_later": "A file is refused, and a night later the right one comes under its name.",
    "completed_later": "A file is not complete, and a night later it is.",
    "too_many_broken": "More than a fifth of the rows, and at least ten, are broken.",
    "nine_broken": "All rows are broken, and there are nine: too few to stop the file.",
    "last_quote_unclosed": "A quotation mark is opened in the last row and never closed.",
    "a_fifth_broken": "Ten rows are broken, and they are no more than a fifth.",
    "day_to_come": "The business day in the name has not come.",
    "part_file": "A file that is still being uploaded under another name.",
    "other_name": "A file that is named like another feed's.",
    "header_renamed": "A column of the header has another name.",
    "header_capitals": "The header is written in capitals.",
    "columns_swapped": "Two columns stand in each other's place, in the header and in the rows.",
    "column_more": "There is a column more.",
    "column_fewer": "The last column is missing.",
    "column_twice": "A name stands in the header twice.",
    "semicolons": "Fields are separated by semicolons.",
    "mark_wrong": "A byte order mark stands where the feed has none, or is missing where it has one.",
    "mark_twice": "There are two byte order marks.",
    "utf_16": "The file is in UTF-16, of either order of bytes.",
    "utf_8": "The file is in UTF-8, and the feed in Windows-1252.",
    "field_too_long": "A field holds 70,000 letters.",
    "workbook": "A workbook (xlsx) is named .csv.",
    "web_page": "A web page is named .csv.",
    "half_file": "The second half is missing, and with it the end.",
    "trailer_missing": "There is no trailer yet.",
    "trailer_rows": "The trailer counts another number of rows.",
    "trailer_crc": "The trailer's CRC-32 is another.",
    "bytes_lost": "Some bytes were lost on the way, and the trailer came.",
    "manifest_missing": "There is no manifest yet.",
    "manifest_hash": "The manifest's SHA-256 is that of another file of the same length.",
    "manifest_bytes": "The manifest speaks of fewer bytes than there are.",
    "manifest_rows": "The manifest counts another number of rows.",
    "manifest_name": "The manifest speaks of another file.",
    "manifest_no_json": "The manifest is no JSON.",
}

_TO_COME: Final = date(2999, 1, 1)
_TOO_LONG: Final = 70_000


def file_faults(desk: Desk) -> None:
    """Put all of them on a source's desk. The first file is a sound one: it is the first number that comes."""
    _deliveries(desk)
    _shares(desk)
    for fault, change in _HEADERS.items():
        sheet = desk.sheet(fault)
        desk.seal(sheet, fault, change(sheet.body), ("refused", "header"))
    for fault, code, body in _encodings(desk):
        sheet = desk.sheet(fault)
        desk.seal(sheet, fault, body(sheet), ("refused", code))
    _utf_16(desk)
    if desk.feed.layout.complete == "trailer":
        _trailers(desk)
    else:
        _manifests(desk)


# --- whole, and yet ---------------------------------------------------------------------------------


def _deliveries(desk: Desk) -> None:
    sheet = desk.sound("repeat")
    desk.seal(desk.sheet("repeat", sheet.rows), "repeat", sheet.body, ("repeat", None))
    _restatement(desk)
    desk.missing("gap")
    sheet = desk.sound("sequence_reused")
    again = desk.sheet("sequence_reused", sequence=sheet.sequence)
    desk.seal(again, "sequence_reused", again.body, ("refused", "sequence_reused"))
    if desk.late:
        sheet = desk.sheet("late_file", desk.late)
        desk.seal(sheet, "late_file", sheet.body, ("loaded", None), night=2)
    sheet = desk.sheet("day_to_come", day=_TO_COME)
    desk.seal(sheet, "day_to_come", sheet.body, ("refused", "business_date"))
    for fault, name in (("part_file", "{}.part"), ("other_name", "ZZ_{}")):
        sheet = desk.sheet(fault)
        desk.seal(replace(sheet, name=name.format(sheet.name)), fault, sheet.body, ("ignored", None))
    desk.sound("gap")


def _restatement(desk: Desk) -> None:
    """Of three rows the second night changes one, repeats one, lacks one and has one besides."""
    event = desk.feed.layout.form == "event"
    change = {"after": "not_reached"} if event else {names_of(desk.feed.layout, Kind.PHONE)[0]: OTHER_PHONE}
    changed = Step("updated", None if event else "new_for_known", change)
    changing, staying, going, coming = (next(desk.numbers) for _ in range(4))
    first = desk.sheet("restatement", [desk.row("restatement", number) for number in (changing, staying, going)])
    desk.seal(first, "restatement", first.body, ("loaded", None))
    rows = (
        desk.row("restatement", changing, changed),
        desk.row("restatement", staying, Step("duplicate")),
        desk.row("restatement", coming),
    )
    second = replace(first, rows=rows)
    desk.seal(second, "restatement", second.body, ("loaded", None), night=2)


def _shares(desk: Desk) -> None:
    """Around the share of broken rows above which an operator decides (a key is blank); and one that is the last."""
    broken = Step("quarantined", "blank", {desk.feed.layout.key_columns[0]: ""}, finding="blank")
    for fault, bad, good, ends in (
        ("too_many_broken", 10, 3, ("stopped", "too_many_broken")),
        ("nine_broken", 9, 0, ("loaded", None)),
        ("a_fifth_broken", 10, 40, ("loaded", None)),
    ):
        sheet = desk.sheet(fault, ())
        rows = [desk.row(fault, next(desk.numbers), broken) for _ in range(bad)]
        rows += [desk.row(fault, next(desk.numbers)) for _ in range(good)]
        sheet = replace(sheet, rows=tuple(rows))
        desk.seal(sheet, fault, sheet.body, ends)
    open_quote = Step("quarantined", "quoting", raw={free_column(desk.feed.layout): b'"Zedfield'}, finding="quoting")
    rows = [desk.row("last_quote_unclosed", next(desk.numbers), step) for step in (None, None, open_quote)]
    sheet = desk.sheet("last_quote_unclosed", rows)
    desk.seal(sheet, "last_quote_unclosed", sheet.body, ("loaded", None))


# --- header and encoding ----------------------------------------------------------------------------

_HEADERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "header_renamed": in_header(lambda names: [names[0] + b"_1", *names[1:]]),
    "header_capitals": in_header(lambda names: [name.upper() for name in names]),
    "column_twice": in_header(lambda names: [*names[:-1], names[-2]]),
    "columns_swapped": swapped,
    "column_more": more,
    "column_fewer": fewer,
    "semicolons": lambda body: body.replace(b",", b";"),
}


def _encodings(desk: Desk) -> Iterator[tuple[str, str, Callable[[Sheet], bytes]]]:
    layout = desk.feed.layout
    if layout.encoding == "utf-8-sig":
        yield "mark_wrong", "encoding", lambda sheet: sheet.body.removeprefix(MARK)
        yield "mark_twice", "encoding", lambda sheet: MARK + sheet.body
    else:
        yield "mark_wrong", "encoding", lambda sheet: MARK + sheet.body
    if layout.encoding == "cp1252":
        yield "utf_8", "encoding", lambda sheet: _accented(sheet, layout)
    long = b"z" * _TOO_LONG
    yield "field_too_long", "size", lambda sheet: sheet.body.replace(sheet.rows[0].data, _ending_in(sheet, long))


def _accented(sheet: Sheet, layout: Layout) -> bytes:
    """Two names with accents, in UTF-8."""
    names = names_of(layout, Kind.NAME)
    place = layout.names.index(names[-1])
    lines = [row.data.split(b",") for row in sheet.rows]
    for line, name in zip(lines, ("Béton", "Zañe"), strict=False):
        line[place] = name.encode()
    return sheet.body[: -sum(len(row.data) for row in sheet.rows)] + b"".join(b",".join(line) for line in lines)


def _ending_in(sheet: Sheet, value: bytes) -> bytes:
    """The first row with another value in its last column."""
    return sheet.rows[0].data.rpartition(b",")[0] + b"," + value + line_end(sheet.feed)


def _utf_16(desk: Desk) -> None:
    """Trailer and all; so the trailer agrees with nothing that anybody could read."""
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b"")):
        sheet = desk.sheet("utf_16")
        data = mark + sheet.sealed(sheet.body.removeprefix(MARK)).decode("ascii").encode(encoding)
        desk.send(sheet, "utf_16", data, ("refused", "encoding"), stated=sheet.stated(data))


# --- how a file says that it is whole ---------------------------------------------------------------


def _trailers(desk: Desk) -> None:
    incomplete, refused = ("incomplete", None), ("refused", "trailer")
    for fault in ("workbook", "web_page"):
        # Neither has a trailer: nothing tells it from a file that is still being written.
        desk.send(desk.sheet(fault), fault, workbook() if fault == "workbook" else web_page(), incomplete)
    sheet = desk.sheet("half_file")
    desk.send(sheet, "half_file", sheet.body[: len(sheet.body) // 2], incomplete)
    sheet = desk.sheet("trailer_missing")
    desk.send(sheet, "trailer_missing", sheet.body, incomplete)
    sheet = desk.sheet("trailer_rows")
    desk.send(sheet, "trailer_rows", sheet.sealed(sheet.body, rows=len(sheet.rows) + 1), refused)
    sheet = desk.sheet("trailer_crc")
    desk.send(sheet, "trailer_crc", _other_crc(sheet), refused)
    sheet = desk.sheet("bytes_lost")
    whole, middle = sheet.sealed(sheet.body), len(sheet.body) // 2
    desk.send(sheet, "bytes_lost", whole[:middle] + whole[middle + 9 :], refused)
    sheet = desk.sheet("corrected_later")
    desk.send(sheet, "corrected_later", _other_crc(sheet), refused)
    desk.seal(sheet, "corrected_later", sheet.body, ("loaded", None), night=2)
    sheet = desk.sheet("completed_later")
    desk.send(sheet, "completed_later", sheet.body, incomplete)
    desk.seal(sheet, "completed_later", sheet.body, ("loaded", None), night=2)


def _other_crc(sheet: Sheet) -> bytes:
    """The sum of other bytes than those of the file."""
    return sheet.body + sheet.sealed(sheet.body + b"?").removeprefix(sheet.body + b"?")


def _manifests(desk: Desk) -> None:
    incomplete, refused = ("incomplete", None), ("refused", "manifest")
    for fault in ("workbook", "web_page"):
        desk.seal(desk.sheet(fault), fault, workbook() if fault == "workbook" else web_page(), ("refused", "not_text"))
    sheet = desk.sheet("manifest_missing")
    desk.send(sheet, "manifest_missing", sheet.body, incomplete)
    sheet = desk.sheet("completed_later")
    desk.send(sheet, "completed_later", sheet.body, incomplete)
    desk.seal(sheet, "completed_later", sheet.body, ("loaded", None), night=2)
    sheet = desk.sheet("half_file")
    desk.send(sheet, "half_file", sheet.body[: len(sheet.body) // 2], incomplete, stated=sheet.stated(sheet.body))
    sheet = desk.sheet("manifest_hash")
    desk.send(sheet, "manifest_hash", sheet.body, refused, stated=_other_hash(sheet))
    sheet = desk.sheet("corrected_later")
    desk.send(sheet, "corrected_later", sheet.body, refused, stated=_other_hash(sheet))
    desk.seal(sheet, "corrected_later", sheet.body, ("loaded", None), night=2)
    sheet = desk.sheet("manifest_no_json")  # nobody can know its number
    desk.send(sheet, "manifest_no_json", sheet.body, refused, stated=b"{]}")
    for fault, change in (
        ("manifest_bytes", {"bytes": 10}),
        ("manifest_rows", {"records": 99}),
        ("manifest_name", {"file": "AF_LVWS_2012-01-01.csv"}),
    ):
        sheet = desk.sheet(fault)
        desk.send(sheet, fault, sheet.body, refused, stated={**sheet.stated(sheet.body), **change})


def _other_hash(sheet: Sheet) -> Stated:
    """What a manifest says of a file of the same length."""
    return sheet.stated(sheet.body[:-1] + b" ")
