"""The pieces of SFTP version 3 replies (draft-ietf-secsh-filexfer-02): fields read one by one, never beyond the end."""

from __future__ import annotations

import struct
from dataclasses import dataclass

HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES, HAS_EXTRAS = 0x01, 0x02, 0x04, 0x08, 0x80000000


class Garbled(Exception):
    """A reply is cut off or not what the protocol allows."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a server says about a file; None for what it leaves out. Size in bytes, time in Unix seconds."""

    size: int | None
    mode: int | None
    mtime: int | None


class Fields:
    """Reads the fields of a reply one after the other; raises Garbled when it is cut off."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def left(self) -> bool:
        """True while something is left."""
        return self._at < len(self._body)

    def number(self) -> int:
        """The next 32-bit number."""
        return int.from_bytes(self._bytes(4), "big")

    def long(self) -> int:
        """The next 64-bit number."""
        return int.from_bytes(self._bytes(8), "big")

    def string(self) -> bytes:
        """The next string, as bytes."""
        return self._bytes(self.number())

    def attributes(self) -> Attributes:
        """The next attributes (draft, section 5)."""
        flags = self.number()
        size = self.long() if flags & HAS_SIZE else None
        if flags & HAS_OWNER:
            self.long()  # user and group
        mode = self.number() if flags & HAS_MODE else None
        mtime = self.long() & 0xFFFFFFFF if flags & HAS_TIMES else None  # access time, then the one we want
        if flags & HAS_EXTRAS:
            for _ in range(self.number()):
                self.string()
                self.string()
        return Attributes(size, mode, mtime)

    def extensions(self) -> frozenset[bytes]:
        """The names of the extensions in the rest of a VERSION reply; their data is passed over."""
        found = set()
        while self.left():
            found.add(self.string())
            self.string()
        return frozenset(found)

    def names(self) -> list[tuple[bytes, Attributes]]:
        """The entries of a NAME reply: their names as bytes. The line for people beside each name is passed over."""
        found = []
        for _ in range(self.number()):
            name = self.string()
            self.string()
            found.append((name, self.attributes()))
        return found

    def _bytes(self, count: int) -> bytes:
        if count > len(self._body) - self._at:
            raise Garbled
        self._at += count
        return self._body[self._at - count : self._at]


def string(value: bytes) -> bytes:
    """A string as it travels: its length, then its bytes."""
    return struct.pack(">I", len(value)) + value
