"""paramiko's SFTP client, with what it lacks beside a server that is not trusted.

Names stay bytes: one that is not UTF-8 would end paramiko's listing (hazards F13). Error texts are not read. Reads
ahead are limited in bytes: paramiko's own prefetch keeps what follows a short answer for as long as the file is open,
and fails in a thread of its own when the connection drops. And changes that are made twice, or half, do no harm (F20).
"""

from __future__ import annotations

import functools
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import paramiko
from paramiko import sftp as draft  # numbers of draft-ietf-secsh-filexfer-02

OK, END_OF_FILE, NO_SUCH_FILE = draft.SFTP_OK, draft.SFTP_EOF, draft.SFTP_NO_SUCH_FILE
PERMISSION_DENIED, FAILURE, OP_UNSUPPORTED = draft.SFTP_PERMISSION_DENIED, draft.SFTP_FAILURE, draft.SFTP_OP_UNSUPPORTED
USUAL_READ = 32 * 1024  # what every server must serve (draft, section 3)
LARGEST_READ = 255 * 1024  # what OpenSSH serves
AHEAD_BYTES = 2 * 1024 * 1024  # asked for and not handed on: 64 usual reads, OpenSSH's own limit (hazards F11)
PART = b".part"


class Refused(OSError):
    """The server answered with an error status; its text is left where it is."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class Lost(OSError):
    """The server did not answer in time, or has gone; the channel is closed."""


Garbled = paramiko.SFTPError  # an answer that does not fit its request


class Client(paramiko.SFTPClient):  # type: ignore[misc]
    """One SFTP channel. Every method raises Refused, Lost and Garbled."""

    @classmethod
    def opened(cls, transport: Any, *, seconds: float) -> Client:
        """A client on a channel of its own, every wait limited. Its opening is not: raises Lost when it ends."""
        with suppress(Exception):  # many classes, with the server's own text inside
            client: Client = cls.from_transport(transport)
            client.get_channel().settimeout(seconds)
            return client
        raise Lost

    def look(self, path: bytes) -> Any | None:
        """paramiko's SFTPAttributes of what stands at a path, links not followed; None when there is nothing."""
        return self._if_there(self.lstat, path)

    def open_if_there(self, path: bytes) -> Any | None:
        """paramiko's SFTPFile for reading; None when there is nothing at the path."""
        return self._if_there(self.open, path)

    def names(self, folder: bytes) -> Iterator[tuple[bytes, Any]]:
        """The names in a folder, "." and ".." among them, with paramiko's SFTPAttributes of each."""
        handle = self._expect(draft.CMD_HANDLE, draft.CMD_OPENDIR, folder).get_binary()
        while True:
            try:
                reply = self._expect(draft.CMD_NAME, draft.CMD_READDIR, handle)
            except Refused as refused:
                if refused.status != END_OF_FILE:
                    raise
                break
            for _ in range(reply.get_int()):
                name = reply.get_binary()
                reply.get_binary()  # a line for people
                yield name, paramiko.SFTPAttributes._from_msg(reply)
        with suppress(Refused):
            self._request(draft.CMD_CLOSE, handle)

    def pieces(self, file: Any, end: int, *, start: int = 0, one_by_one: bool = False) -> Iterator[bytes]:
        """The bytes of an open file from `start` on, in order, up to its end or `end`."""
        request = USUAL_READ if one_by_one else self.largest_read
        yield from _Reads(self, file, request).pieces(start, end, ahead=1 if one_by_one else AHEAD_BYTES)

    @functools.cached_property
    def largest_read(self) -> int:
        """How many bytes one read may ask for, as the server says; 32 KiB where it does not say."""
        try:
            reply = self._expect(draft.CMD_EXTENDED_REPLY, draft.CMD_EXTENDED, "limits@openssh.com")
        except Refused:
            return USUAL_READ
        _packet, most = reply.get_int64(), int(reply.get_int64())
        return min(max(most, USUAL_READ), LARGEST_READ)

    def place(self, path: bytes, data: bytes) -> None:
        """Leaves exactly `data` at `path`; under that name it is never seen in part.

        After a refusal the server is asked what it holds: some report an error although the file is there.
        """
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
                with suppress(Refused):
                    self.remove(part)
                raise

    def move(self, path: bytes, target: bytes) -> None:
        """Moves a file; one that is not there any more was moved already. An older one is not overwritten."""
        found = self.look(path)
        if found is None:
            return
        if self.look(target) is not None:
            # Two files of one name on different days are both the sender's; the time of the later one tells them apart.
            target += b".%d" % (found.st_mtime or 0)
        try:
            self._replace(path, target)
        except Refused:
            if self.look(path) is not None:
                raise

    def discard(self, path: bytes) -> None:
        """Deletes a file; one that is not there any more was deleted already."""
        try:
            self.remove(path)
        except Refused:
            if self.look(path) is not None:
                raise

    def _write(self, part: bytes, data: bytes) -> None:
        """Writes a temporary file and compares it through the same handle: once closed, it may be taken away."""
        readable = True
        try:
            file = self.open(part, "w+")
        except Refused as refused:
            if refused.status == NO_SUCH_FILE:
                raise
            readable = False  # some folders take files and show none
            file = self.open(part, "w")
        with file:
            file.write(data)  # not pipelined: paramiko drops the answers that are outstanding when a file is closed
            same = True
            if readable:
                with suppress(Refused):  # as above: then the answer to every write must do
                    same = self._same(file, data)
        if not same:
            raise Refused(FAILURE)

    def _replace(self, path: bytes, target: bytes) -> None:
        """Gives a file another name, in place of what has that name now."""
        try:
            self.posix_rename(path, target)
        except Refused as refused:
            if refused.status != OP_UNSUPPORTED:
                raise
            if self.look(target) is not None:  # plain RENAME must fail when the name is taken
                self.remove(target)
            self.rename(path, target)

    def _holds(self, path: bytes, data: bytes) -> bool:
        """True when a regular file at `path` has exactly these bytes; False too when we may not see it."""
        with suppress(Refused):
            found = self.look(path)
            if found is not None and found.st_size == len(data) and stat.S_ISREG(found.st_mode or stat.S_IFREG):
                with self.open(path) as file:
                    return self._same(file, data)
        return False

    def _same(self, file: Any, data: bytes) -> bool:
        return b"".join(self.pieces(file, len(data) + 1, one_by_one=True)) == data

    def _if_there(self, action: Callable[[bytes], Any], path: bytes) -> Any | None:
        try:
            return action(path)
        except Refused as refused:
            if refused.status != NO_SUCH_FILE:
                raise
        return None

    def _expect(self, kind: int, request: int, *fields: bytes | str) -> Any:
        """The answer to a request, which must be of this kind."""
        answered, reply = self._request(request, *fields)
        if answered != kind:
            raise Garbled
        return reply

    def _convert_status(self, msg: Any) -> None:
        """Called by paramiko for every status; its own decodes the server's text, which need not be UTF-8."""
        status = msg.get_int()
        if status != OK:
            raise Refused(status)

    def _send_packet(self, t: int, packet: Any) -> None:
        self._or_lost(super()._send_packet, t, packet)

    def _read_packet(self) -> Any:
        return self._or_lost(super()._read_packet)

    def _or_lost(self, action: Callable[..., Any], *fields: Any) -> Any:
        """What `action` returns. After a failure nothing more is waited for: paramiko would go on (hazards F10)."""
        with suppress(Exception):  # many classes again
            return action(*fields)
        with suppress(Exception):  # closing tells the server, and the server may be gone
            self.close()  # a packet may have come or gone in part
        raise Lost


class _Reads:
    """Reads of one open file that are under way."""

    def __init__(self, client: Client, file: Any, request: int) -> None:
        self._client = client
        self._file = file
        self._request = request
        self._asked: dict[int, tuple[int, int]] = {}  # offset and length, by the number of the request
        self._came: dict[int, bytes] = {}  # by offset; b"" at the end of the file

    def pieces(self, done: int, end: int, *, ahead: int) -> Iterator[bytes]:
        """The bytes from `done` to `end` or to the end of the file, `ahead` of them asked for and not handed on."""
        asked = done
        try:
            while done < end:
                while asked < end and asked - done < ahead:
                    length = min(self._request, end - asked)
                    self._ask(asked, length)
                    asked += length
                while done not in self._came:
                    self._client._read_response()
                piece = self._came.pop(done)
                if not piece:
                    return
                done += len(piece)
                yield piece
        finally:
            self._asked.clear()

    def _ask(self, offset: int, length: int) -> None:
        number = self._client._async_request(self, draft.CMD_READ, self._file.handle, draft.int64(offset), length)
        self._asked[number] = (offset, length)

    def _async_response(self, kind: int, reply: Any, number: int) -> None:
        """Called by paramiko with the answer to one of our reads."""
        if number not in self._asked:
            return  # given up
        offset, length = self._asked.pop(number)
        if kind == draft.CMD_STATUS and reply.get_int() != END_OF_FILE:
            raise Refused(FAILURE)
        piece = reply.get_binary() if kind == draft.CMD_DATA else b""
        if kind not in (draft.CMD_STATUS, draft.CMD_DATA) or len(piece) > length:
            raise Garbled
        self._came[offset] = piece
        if 0 < len(piece) < length:  # a short answer: the rest is asked for again
            self._ask(offset + len(piece), length - len(piece))
