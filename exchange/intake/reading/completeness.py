"""Is a file finished, and how long is it? Trailers of streamed files, and manifests (interfaces: feeds, Common rules).

A trailer is looked for in the bytes as they arrive, in chunks of any size, so that a file is read once. Neither a
trailer nor a manifest is compared with the data here: the caller knows how many rows were read.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Final

from exchange.errors import FileRefused

# The longest trailer line, `TRAILER,` + 10 digits + `,` + 8 digits + CRLF, has 29 bytes; a line end stands before it.
_HELD_BACK: Final = 64
_TRAILER: Final = re.compile(rb"(?:\A|(?<=\n))TRAILER,([0-9]{1,10}),([0-9A-Fa-f]{8})(?:\r?\n)?\Z")

_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_LEAST: Final = 22
_ZIP_END_MOST: Final = _ZIP_END_LEAST + 65_535

_MANIFEST_CAP: Final = 64 * 1024
_MANIFEST_KEYS: Final = ("file", "sha256", "bytes", "records", "sequence")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST: Final = 2**53  # the largest whole number that every reader of JSON keeps exactly


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the last line says, and what was found: data rows, both CRC-32, bytes before the trailer line."""

    rows: int
    crc_declared: int
    crc_actual: int
    body_bytes: int

    @property
    def intact(self) -> bool:
        """Whether the bytes before the trailer are those that the sender summed up."""
        return self.crc_declared == self.crc_actual


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the sender says of the file that lies beside it: name, SHA-256 in lower case, bytes, data rows, number."""

    file: str
    sha256: str
    bytes: int
    records: int
    sequence: int


class TrailerWatch:
    """Sums up a file as it passes, keeping back the few bytes that may turn out to be its trailer."""

    def __init__(self) -> None:
        """Before the first byte."""
        self._held = b""
        self._crc = 0
        self._summed = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the file, any number of them."""
        seen = self._held + data
        passed = max(0, len(seen) - _HELD_BACK)
        self._crc = zlib.crc32(memoryview(seen)[:passed], self._crc)
        self._summed += passed
        self._held = seen[passed:]

    @property
    def ends_in_utf16(self) -> bool:
        """Whether there is a trailer of two bytes a character: the file is finished, and in another encoding."""
        return b"\0" in self._held and _TRAILER.search(self._held.replace(b"\0", b"")) is not None

    def result(self) -> Trailer | None:
        """The trailer of what was fed so far; None while there is none: the file is still being written."""
        found = _TRAILER.search(self._held)
        if found is None:
            return None
        body = self._held[: found.start()]
        return Trailer(
            rows=int(found[1]),
            crc_declared=int(found[2], 16),
            crc_actual=zlib.crc32(body, self._crc),
            body_bytes=self._summed + len(body),
        )


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in `data`: one JSON object of exactly five keys, each once. FileRefused "manifest" otherwise."""
    stated = _stated(data) if len(data) <= _MANIFEST_CAP else None
    if stated is None or sorted(stated) != sorted(_MANIFEST_KEYS):
        raise FileRefused("manifest")
    file, digest = stated["file"], stated["sha256"]
    if not (isinstance(file, str) and _FILE_NAME.fullmatch(file)):
        raise FileRefused("manifest", detail="Its `file` is not a plain file name.")
    if not (isinstance(digest, str) and _SHA256.fullmatch(digest.lower())):
        raise FileRefused("manifest", detail="Its `sha256` is not 64 hexadecimal digits.")
    counts = {key: _whole(stated[key], key=key) for key in ("bytes", "records", "sequence")}
    return Manifest(file=file, sha256=digest.lower(), **counts)


def _stated(data: bytes) -> dict[str, object] | None:
    """The JSON object in `data`, or None; what the JSON reader says quotes the text, so it is dropped."""
    try:
        found: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; one that says a thing twice says nothing certain."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def _whole(number: object, *, key: str) -> int:
    # bool is an int to Python, and 1.0 is not one to us: the manifest says counts.
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _LARGEST:
        raise FileRefused("manifest", detail=f"Its `{key}` is not a whole number.")
    return number


class ZipWatch:
    """Whether what passed is a whole zip, which every Excel workbook is: its directory stands at its very end."""

    def __init__(self) -> None:
        """Before the first byte."""
        self._held = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the file, any number of them."""
        self._held = (self._held + data)[-_ZIP_END_MOST:]

    @property
    def is_whole(self) -> bool:
        """Whether the end of the directory, with the comment whose length it tells, ends the file."""
        at = self._held.rfind(_ZIP_END)
        if at < 0 or len(self._held) < at + _ZIP_END_LEAST:
            return False
        comment = int.from_bytes(self._held[at + _ZIP_END_LEAST - 2 : at + _ZIP_END_LEAST], "little")
        return len(self._held) == at + _ZIP_END_LEAST + comment
