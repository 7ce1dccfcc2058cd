"""A server that accepts connections and then says next to nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.ssh_keys import HOST


@contextlib.contextmanager
def silent_server(says: bytes = b"", *, full: bool = False) -> Iterator[int]:
    """A port that says `says` and then nothing; `full`: it does not even complete a connection."""
    with socket.socket() as listening, contextlib.ExitStack() as open_sockets:
        listening.bind((HOST, 0))
        listening.listen(0 if full else 8)
        port = listening.getsockname()[1]
        if full:  # a queue of length 0 holds one; further ones are left without an answer
            for _ in range(3):
                waiting = open_sockets.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((HOST, port))
            yield port
            return

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    accepted = open_sockets.enter_context(listening.accept()[0])
                    accepted.sendall(says)

        threading.Thread(target=serve, daemon=True).start()
        yield port
        listening.shutdown(socket.SHUT_RDWR)
