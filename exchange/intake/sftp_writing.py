"""Putting, moving and deleting remote files so that doing it twice, or half, does no harm (hazards F20).

After every refusal the server is asked what it holds before anything is called failed: some report an error although
the file is there, and some take a file away the moment it is whole.
"""

from __future__ import annotations

import hashlib
import stat

from exchange.intake import sftp_protocol as sftp
from exchange.intake.sftp_fields import Attributes
from exchange.intake.sftp_protocol import Refused, Wire
from exchange.intake.sftp_reading import FileReader

PIECE_BYTES = 32 * 1024  # what every server must take in one write (draft-ietf-secsh-filexfer-02, section 3)
WRITES_AHEAD = 16
PART = b".part"
FSYNC = b"fsync@openssh.com"


class FileWriter:
    """Changes files through one wire.

    Every method raises Refused when the server refuses and does not hold the outcome either.
    """

    def __init__(self, wire: Wire, reader: FileReader) -> None:
        self._wire = wire
        self._reader = reader

    def put(self, path: bytes, data: bytes) -> None:
        """Leaves exactly `data` at `path`; under that name it is never seen in part."""
        if self._holds(path, data):
            return
        part = path + PART
        written = False
        try:
            self._write(part, data)
            written = True
            self._replace(part, path)
        except Refused:
            # Written, compared and gone: whoever empties the folder has it, and a second copy would only confuse.
            taken = written and self.look(part) is None
            if not taken and not self._holds(path, data):
                self._discard(part)
                raise

    def move(self, path: bytes, target: bytes) -> None:
        """Moves a file; one that is not there any more was moved already. An older one is not overwritten."""
        found = self.look(path)
        if found is None:
            return
        if self.look(target) is not None:
            # Two files of one name on different days are both the sender's; the time of the later one tells them apart.
            target += b".%d" % (found.mtime or 0)
        try:
            self._replace(path, target)
        except Refused:
            if self.look(path) is not None:
                raise

    def delete(self, path: bytes) -> None:
        """Deletes a file; one that is not there any more was deleted already."""
        try:
            self._wire.call(sftp.REMOVE, path)
        except Refused:
            if self.look(path) is not None:
                raise

    def look(self, path: bytes) -> Attributes | None:
        """What stands at a path, links not followed; None when there is nothing. Raises Refused."""
        try:
            return self._wire.attributes(sftp.LSTAT, path)
        except Refused as refused:
            if refused.status == sftp.NO_SUCH_FILE:
                return None
            raise

    def _write(self, part: bytes, data: bytes) -> None:
        """Writes a temporary file and compares it through the same handle: once closed, it may be taken away."""
        handle, readable = self._open_empty(part)
        try:
            self._send(handle, data)
            if FSYNC in self._wire.extensions:
                self._wire.call(sftp.EXTENDED, FSYNC, handle)
            same = not readable or self._reads_as(handle, data)
        finally:
            if not self._wire.ended:
                self._wire.close(handle)
        if not same:
            raise Refused(sftp.FAILURE)

    def _open_empty(self, part: bytes) -> tuple[bytes, bool]:
        """A handle on an empty file, and whether it can be read too: some folders take files and show none."""
        flags = sftp.FOR_WRITING | sftp.CREATE | sftp.EMPTIED
        try:
            return self._wire.handle(sftp.OPEN, part, flags | sftp.FOR_READING, sftp.NO_ATTRIBUTES), True
        except Refused as refused:
            if refused.status == sftp.NO_SUCH_FILE:
                raise
        return self._wire.handle(sftp.OPEN, part, flags, sftp.NO_ATTRIBUTES), False

    def _send(self, handle: bytes, data: bytes) -> None:
        """Writes `data` from the start of a file, several writes under way."""
        under_way: set[int] = set()
        offsets = iter(range(0, len(data), PIECE_BYTES))
        more = True
        try:
            while more or under_way:
                while more and len(under_way) < WRITES_AHEAD:
                    offset = next(offsets, None)
                    more = offset is not None
                    if offset is not None:
                        under_way.add(
                            self._wire.post_at(sftp.WRITE, handle, offset, data[offset : offset + PIECE_BYTES])
                        )
                if under_way:
                    reply = self._wire.receive()
                    if reply.number not in under_way or reply.kind != sftp.STATUS:
                        raise self._wire.broken()
                    under_way.discard(reply.number)
                    self._wire.check(reply)
        finally:
            for number in under_way:
                self._wire.abandon(number)

    def _replace(self, path: bytes, target: bytes) -> None:
        """Gives a file another name, in place of what has that name now."""
        if sftp.POSIX_RENAME in self._wire.extensions:
            try:
                self._wire.call(sftp.EXTENDED, sftp.POSIX_RENAME, path, target)
                return
            except Refused as refused:
                if refused.status != sftp.OP_UNSUPPORTED:
                    raise
        if self.look(target) is not None:  # plain RENAME must fail when the name is taken
            self._wire.call(sftp.REMOVE, target)
        self._wire.call(sftp.RENAME, path, target)

    def _holds(self, path: bytes, data: bytes) -> bool:
        """True when a regular file at `path` has exactly these bytes; False too when we may not see it."""
        try:
            found = self.look(path)
            if found is None or found.size != len(data) or not stat.S_ISREG(found.mode or stat.S_IFREG):
                return False
            handle = self._wire.handle(sftp.OPEN, path, sftp.FOR_READING, sftp.NO_ATTRIBUTES)
        except Refused:
            return False
        try:
            return self._same(handle, data)
        except Refused:
            return False
        finally:
            if not self._wire.ended:
                self._wire.close(handle)

    def _reads_as(self, handle: bytes, data: bytes) -> bool:
        """Like `_same`; where the server does not show what it took, its answer to every write must do."""
        try:
            return self._same(handle, data)
        except Refused:
            return True

    def _same(self, handle: bytes, data: bytes) -> bool:
        """True when an open file has exactly these bytes. Raises Refused."""
        digest = hashlib.sha256()
        count = self._reader.read(handle, len(data), digest.update)
        return count == len(data) and digest.digest() == hashlib.sha256(data).digest()

    def _discard(self, part: bytes) -> None:
        try:
            self._wire.call(sftp.REMOVE, part)
        except Refused:
            return
