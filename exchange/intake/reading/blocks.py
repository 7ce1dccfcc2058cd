"""The body of a file in pieces of the reader's own size, however the bytes arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_PIECE: Final = 1024 * 1024


class Blocks:
    """Bytes to be taken in order; `body_bytes` says where the body ends, None: with the source."""

    def __init__(self, source: Iterable[bytes], body_bytes: int | None) -> None:
        """Nothing is taken from `source` yet."""
        self._pieces = _body(source, body_bytes)
        self._over = b""
        self._ended = False

    @property
    def done(self) -> bool:
        """Whether the last byte of the body was taken, and that is known."""
        return self._ended and not self._over

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end of the body."""
        parts, have = [self._over], len(self._over)
        while have < size and not self._ended:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
            else:
                parts.append(piece)
                have += len(piece)
        joined = b"".join(parts)
        self._over = joined[size:]
        return joined[:size]

    def give_back(self, data: bytes) -> None:
        """Bytes that were taken last and are to be taken again."""
        self._over = data + self._over


def _body(source: Iterable[bytes], body_bytes: int | None) -> Iterator[bytes]:
    """The body in pieces of moderate size. The source is read to its end in any case: a decrypting one tells only
    there that nobody changed what it gave."""
    left = body_bytes
    for whole in source:
        data = whole if left is None else whole[:left]
        left = None if left is None else left - len(data)
        for begin in range(0, len(data), _PIECE):
            yield data[begin : begin + _PIECE]
