"""Which bytes a feed's text may hold, and how it becomes UTF-8 (interfaces: outcomes, Quarantined; hazards F26, F27).

Forbidden in every column: C0 (line ends apart), DEL, C1, a CR without LF, marks that turn the direction of writing,
U+2028, U+2029, U+FEFF and U+FFFD, and bytes that the encoding lacks. Nothing is repaired and nothing replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from validators.layout import Encoding

Offsets = npt.NDArray[np.int64]

# Classes of bytes; 0 is ordinary text. LOOK may begin a forbidden character of UTF-8.
QUOTE, COMMA, LF, CR, CONTROL, LACKING, LOOK = range(1, 8)

_CP1252_LACKS: Final = b"\x81\x8d\x8f\x90\x9d"

# C1, U+061C, U+200E and F, U+2028 to U+202E, U+2066 to U+2069, U+FEFF, U+FFFD: their bytes in UTF-8.
_FORBIDDEN_UTF8: Final = re.compile(
    rb"\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf|\xef\xbf\xbd"
)
_UTF8_LEADS: Final = b"\xc2\xd8\xe2\xef"
_FORBIDDEN_ASCII: Final = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_LACKING_CP1252: Final = re.compile(b"[" + _CP1252_LACKS + b"]")

# What UTF-8 text of names and streets is made of: letters to U+024F, and the usual punctuation and the euro sign.
_PLAUSIBLE_UTF8: Final = re.compile(
    rb"(?:[\xc3-\xc8][\x80-\xbf]|\xc2[\xa0-\xbf]|\xc9[\x80-\x8f]|\xe2(?:\x80[\x90-\xbf]|\x82\xac))+"
)
_HIGH: Final = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Alphabet:
    """An encoding with the class of each of its 256 bytes, for bytes.translate."""

    encoding: Encoding
    classes: bytes

    @classmethod
    def of(cls, encoding: Encoding) -> Alphabet:
        """The alphabet of a feed's encoding."""
        table = bytearray(256)
        for byte in (*range(0x20), 0x7F):
            table[byte] = CONTROL
        for byte, kind in zip(b'",\n\r', (QUOTE, COMMA, LF, CR), strict=True):
            table[byte] = kind
        if encoding == "cp1252":
            for byte in _CP1252_LACKS:
                table[byte] = LACKING
        else:
            for byte in _UTF8_LEADS:
                table[byte] = LOOK
        return cls(encoding, bytes(table))

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes are UTF-8 already."""
        return self.encoding != "cp1252"

    def forbids(self, raw: bytes) -> bool:
        """Whether a record's bytes hold a forbidden character (not: a byte that the encoding lacks)."""
        return _FORBIDDEN_ASCII.search(raw) is not None or (self.is_utf8 and _FORBIDDEN_UTF8.search(raw) is not None)

    def lacks(self, raw: bytes) -> bool:
        """Whether a record's bytes are not text in this encoding at all."""
        if not self.is_utf8:
            return _LACKING_CP1252.search(raw) is not None
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return True
        return False


# How long each byte of Windows-1252 is in UTF-8; the five that it lacks never come this far.
_UTF8_LENGTHS: Final = np.array(
    [
        0 if _LACKING_CP1252.search(bytes([byte])) else len(bytes([byte]).decode("cp1252").encode("utf-8"))
        for byte in range(256)
    ],
    np.int32,
)


def from_cp1252(column: pa.StringArray) -> pa.StringArray:
    """A column whose strings hold bytes of Windows-1252, as proper strings.

    Only the few columns with accents cost anything. One byte is one character there, so the offsets move by what the
    characters before them grew.
    """
    _, offsets_buffer, text_buffer = column.buffers()
    text = text_buffer.to_pybytes() if text_buffer is not None else b""
    if text.isascii():
        return column
    offsets = np.frombuffer(offsets_buffer, np.int32)[column.offset : column.offset + len(column) + 1]
    grown = np.concatenate(
        (np.zeros(1, np.int32), np.cumsum(_UTF8_LENGTHS[np.frombuffer(text, np.uint8)], dtype=np.int32))
    )
    utf8 = text.decode("cp1252").encode("utf-8")
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(grown[offsets]), pa.py_buffer(utf8))


def forbidden_at(data: npt.NDArray[np.uint8], leads: Offsets) -> Offsets:
    """Those of the offsets `leads` (class LOOK) at which a forbidden character of UTF-8 stands in `data`."""
    if not len(leads):
        return leads
    last = len(data) - 1
    first, second = data[leads], data[np.minimum(leads + 1, last)]
    third = data[np.minimum(leads + 2, last)]
    control = (first == 0xC2) & (second >= 0x80) & (second <= 0x9F)
    turning = (first == 0xE2) & (
        ((second == 0x80) & (((third >= 0xA8) & (third <= 0xAE)) | (third == 0x8E) | (third == 0x8F)))
        | ((second == 0x81) & (third >= 0xA6) & (third <= 0xA9))
    )
    arabic_mark = (first == 0xD8) & (second == 0x9C)
    mark = (first == 0xEF) & (((second == 0xBB) & (third == 0xBF)) | ((second == 0xBF) & (third == 0xBD)))
    found: Offsets = leads[control | turning | arabic_mark | mark]
    return found


class Mistaken:
    """Watches a Windows-1252 feed for being UTF-8 in truth: each of its accents, and at least two different ones.

    One such accent may be a record that was damaged before it came to the sender, and refuses nobody's file.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        """Before the first record; UTF-8 feeds are not in doubt."""
        self._open = not alphabet.is_utf8
        self._seen: set[bytes] = set()

    def feed(self, records: bytes) -> None:
        """Whole records, in the order of the file."""
        if not self._open or records.isascii():
            return
        for found in _HIGH.finditer(records):
            if _PLAUSIBLE_UTF8.fullmatch(found[0]) is None:
                self._open = False
                return
            if len(self._seen) < 2:
                self._seen.add(found[0])

    @property
    def certain(self) -> bool:
        """Whether all that was fed is UTF-8, beyond coincidence."""
        return self._open and len(self._seen) > 1
