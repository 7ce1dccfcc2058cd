"""Bytes from paramiko's receiving thread to ours, in the chunks that they came in."""

from __future__ import annotations

import queue


class ChunkPipe:
    """Stands in for the buffer of a paramiko channel (`Channel.in_buffer`).

    paramiko's own copies every byte three times and moves all that is still waiting at each read, which halves the
    speed of a fetch; and it takes whatever a server sends, although the protocol limits it. This one hands chunks
    over as they are, and ends the channel once more than `most` bytes are waiting.
    """

    def __init__(self, *, most: int) -> None:
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._most = most
        self._fed = 0  # written by paramiko's thread only
        self._taken = 0  # written by ours only
        self._ended = False

    def feed(self, data: bytes) -> None:
        """One more chunk; after too many bytes the end instead."""
        self._fed += len(data)
        if self._fed - self._taken > self._most:
            self.close()
        elif data:
            self._chunks.put(data)

    def close(self) -> None:
        """No more will come."""
        self._chunks.put(b"")

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:
        """The next chunk, whole; b"" at the end. `nbytes` is not used.

        Raises TimeoutError after `timeout` seconds without one.
        """
        if self._ended:
            return b""
        try:
            chunk = self._chunks.get(timeout=timeout)
        except queue.Empty:
            chunk = None
        if chunk is None:
            raise TimeoutError
        self._taken += len(chunk)
        self._ended = not chunk
        return chunk

    def read_ready(self) -> bool:
        """True when a read would not wait."""
        return self._ended or not self._chunks.empty()

    def __len__(self) -> int:
        return self._fed - self._taken
