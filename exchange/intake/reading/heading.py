"""The first bytes of a file: is it text of the right encoding, and has it exactly the header of its layout?

Faults are told in our own words, with column names of our layout: what stands in the file is never repeated.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Final

from exchange.errors import FileRefused
from validators.layout import Layout

BOM: Final = b"\xef\xbb\xbf"

# No header of ours comes near this; a file without a line end in so many bytes is something else.
HEADING_BYTES: Final = 64 * 1024

_OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x2b\x2f\x76")  # UTF-16, UTF-32, UTF-7
_NOT_TEXT: Final = (
    b"PK\x03\x04",  # zip, and with it xlsx and ods
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0",  # xls
    b"\x1f\x8b",  # gzip
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"%PDF",
    b"\x89PNG",
    b"SQLite format",
    b"PAR1",
    b"age-encryption.org/",
    b"-----BEGIN ",
)
_MARKUP: Final = (b"<", b"{", b"[")


@dataclass(frozen=True, slots=True)
class Heading:
    """How many bytes the header takes (mark and line end included), and whether it ends in CRLF."""

    size: int
    crlf: bool


def parse_heading(data: bytes, layout: Layout) -> Heading:
    """The heading of a file that begins with `data`: all of it, or at least HEADING_BYTES.

    FileRefused: "not_text", "encoding", "header".
    """
    mark = _byte_order_mark(data, layout)
    end = data.find(b"\n", 0, HEADING_BYTES) + 1
    if not end and len(data) >= HEADING_BYTES:
        raise FileRefused("header", detail="There is no line end where the header should end.")
    line = data[mark : end or len(data)]
    crlf = line.endswith(b"\r\n")
    _check_names(_fields(line.removesuffix(b"\n").removesuffix(b"\r")), layout)
    return Heading(end or len(data), crlf)


def _byte_order_mark(data: bytes, layout: Layout) -> int:
    """How many bytes of mark there are, after all that can be told from the first bytes."""
    if data.startswith(_OTHER_ENCODINGS):
        raise FileRefused("encoding", detail=f"It should be {layout.encoding}.")
    if data.startswith(_NOT_TEXT) or data.lstrip().startswith(_MARKUP):
        raise FileRefused("not_text")
    expected = BOM if layout.encoding == "utf-8-sig" else b""
    if data.startswith(BOM) and not expected:
        raise FileRefused("encoding", detail="It begins with a byte order mark, which this feed has not.")
    if data and not data.startswith(expected):
        raise FileRefused("encoding", detail="It does not begin with the byte order mark that this feed has.")
    if data.startswith(BOM + BOM):
        raise FileRefused("encoding", detail="It begins with two byte order marks.")
    if b"\x00" in data[:HEADING_BYTES].partition(b"\n")[0]:
        raise FileRefused("encoding", detail="Its first line holds bytes of value 0.")
    return len(expected)


def _fields(line: bytes) -> list[str]:
    """The names in the header; a header that cannot be split is one of no known name."""
    try:
        rows = list(csv.reader([line.decode("ascii")], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [""]
    return rows[0] if rows else []


def _check_names(found: list[str], layout: Layout) -> None:
    expected = list(layout.names)
    if found == expected:
        return
    missing = [name for name in expected if name not in found]
    unexpected = sum(name not in expected for name in found)
    repeated = [name for name in expected if found.count(name) > 1]
    moved = [] if missing or unexpected or repeated else [a for a, b in zip(expected, found, strict=True) if a != b]
    parts = [
        f"{what}: {', '.join(names)}."
        for what, names in (("Missing", missing), ("Repeated", repeated), ("In another place", moved))
        if names
    ]
    if unexpected:
        parts.append(f"Columns that the layout does not know: {unexpected}.")
    raise FileRefused("header", detail=" ".join(parts))
