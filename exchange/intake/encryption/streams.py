"""age encryption as streams: plain bytes go from memory to an encrypted file and back, never to the disk.

pyrage pulls from one file object and pushes to another until it is done, so it runs in a thread of its own, joined to
ours by a pipe. What goes wrong in the thread is told to the caller: pyrage loses errors of the last few kilobytes
that it writes (its buffer is flushed when dropped), so the file object on that side remembers them.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
from pyrage import x25519

Identities = Sequence[x25519.Identity]

BLOCK = 256 * 1024  # bytes handed over at a time: measured best of 64 kB to 1 MB
_PIPE = 1024 * 1024


class Remembering:
    """A file object for a library that may swallow what our side raises: the first failure is kept in `failure`."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        """Pass `data` on as a whole."""
        if self.failure is None:
            try:
                self._write(data)
                return len(data)
            except OSError as failure:
                self.failure = failure
        raise self.failure

    def flush(self) -> None:
        """Nothing is held back here."""


class EncryptingFile(io.RawIOBase):
    """Writes to the open, empty `file` what is written to this, encrypted to `recipient`; closes it in the end.

    `close` ends the file for good (fsync), unless `wanted` was set to False. Whoever gives the file its name first
    asks `failure`, which is the OSError that spoiled it (disk full), or None. A write after a failure raises it.
    """

    def __init__(self, file: int, recipient: x25519.Recipient) -> None:
        super().__init__()
        self.failure: OSError | None = OSError("the encryption did not end")
        self.wanted = True
        self._file = file
        source, self._pipe = _pipe()
        self._thread = threading.Thread(target=self._encrypt, args=(source, recipient), daemon=True)
        self._thread.start()

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Take all of `data` (bytes-like)."""
        with memoryview(data) as view, view.cast("B") as rest:
            try:
                _write_all(self._pipe, rest)
            except BrokenPipeError:
                self._thread.join()
            else:
                return len(rest)
        raise self.failure or OSError("the encryption ended early")

    def close(self) -> None:
        """End the file: all is on the disk afterwards, or `failure` says why not."""
        if self.closed:
            return
        super().close()
        os.close(self._pipe)
        self._thread.join()
        try:
            if self.wanted:
                os.fsync(self._file)
        except OSError as failure:
            self.failure = self.failure or failure
        finally:
            os.close(self._file)

    def _encrypt(self, pipe: int, recipient: x25519.Recipient) -> None:
        sink = Remembering(lambda data: _write_all(self._file, memoryview(data)))
        with contextlib.suppress(pyrage.EncryptError, OSError), os.fdopen(pipe, "rb", buffering=BLOCK) as source:
            pyrage.encrypt_io(source, sink, [recipient])
            self.failure = None
        self.failure = sink.failure or self.failure


class DecryptingFile(io.RawIOBase):
    """The plain bytes of the encrypted `source`, which it closes.

    `damaged` makes the error for one that was cut short or altered.
    Each block is checked before it is given out; that nothing is missing at the end, and that it has the hash
    `sha256` where that is known, is found at the end.
    """

    def __init__(
        self, source: BinaryIO, identities: Identities, *, damaged: Callable[[], Exception], sha256: str | None
    ) -> None:
        super().__init__()
        self._expected = sha256
        self._hash = hashlib.sha256()
        self._damaged = damaged
        self._whole = False
        reader, pipe = _pipe()
        self._reader = io.FileIO(reader)
        self._thread = threading.Thread(target=self._decrypt, args=(source, pipe, identities), daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as there are bytes; 0 at the end. Raises what `damaged` makes."""
        got = self._reader.readinto(buffer)
        if self._expected:
            self._hash.update(memoryview(buffer)[:got])
        if not got and len(buffer):
            self._thread.join()
            if not self._whole or (self._expected and self._hash.hexdigest() != self._expected):
                raise self._damaged()
        return got

    def close(self) -> None:
        """End the reading, at the end or before it."""
        if not self.closed:
            super().close()
            self._reader.close()
            self._thread.join()

    def _decrypt(self, source: BinaryIO, pipe: int, identities: Identities) -> None:
        ends = contextlib.suppress(pyrage.DecryptError, OSError)
        with ends, source, os.fdopen(pipe, "wb", buffering=BLOCK) as plain:
            sink = Remembering(plain.write)
            pyrage.decrypt_io(source, sink, list(identities))
            plain.flush()
            self._whole = sink.failure is None


def decrypting(
    path: Path, identities: Identities, *, damaged: Callable[[], Exception], sha256: str | None = None
) -> io.BufferedReader:
    """Open an encrypted file for reading its plain bytes with any of the identities.

    Raises FileNotFoundError; while reading, what `damaged` makes, also when none of them opens it.
    """
    source = path.open("rb", buffering=BLOCK)
    return io.BufferedReader(DecryptingFile(source, identities, damaged=damaged, sha256=sha256), BLOCK)


def _pipe() -> tuple[int, int]:
    """The two ends of a pipe, to read and to write, with room for 1 MB where the system allows it."""
    reader, writer = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE)
    return reader, writer


def _write_all(descriptor: int, data: memoryview) -> None:
    done = 0
    while done < len(data):
        done += os.write(descriptor, data[done:])
