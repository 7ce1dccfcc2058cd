"""An SFTP server on this machine that plays the senders of the demo: one locked-in folder each.

It listens on 127.0.0.1 alone, on a free port, with a host key and a client key of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

T = TypeVar("T")
HOST = "127.0.0.1"


def make_keys(folder: Path) -> tuple[Path, Path]:
    """The server's host key and our client key (0600), made the first time."""
    paths = folder / "host_key", folder / "client_key"
    for path in paths:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
                handle.write(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return paths


def known_hosts_line(host_key: Path, port: int) -> str:
    """The line that pins the server's key."""
    return f"[{HOST}]:{port} {asyncssh.read_private_key(host_key).export_public_key().decode('ascii').strip()}\n"


class _Door(asyncssh.SSHServer):
    """Lets in whoever has the client's key, and remembers them so that they can be shown out."""

    def __init__(self, inside: list[asyncssh.SSHServerConnection]) -> None:
        self.inside = inside

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.inside.append(conn)


@contextlib.contextmanager
def serving(files: Path, host_key: Path, client_key: Path) -> Iterator[int]:
    """Serve while the block lasts; yields the port. A user's name is that of its folder under `files`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo-sftp", daemon=True)
    thread.start()
    inside: list[asyncssh.SSHServerConnection] = []

    def done(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        server = done(_listen(files, host_key, client_key, inside))
        try:
            yield server.get_port()
        finally:
            done(_stop(server, inside))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _listen(
    files: Path, host_key: Path, client_key: Path, inside: list[asyncssh.SSHServerConnection]
) -> asyncssh.SSHAcceptor:
    def locked_in(channel: asyncssh.SSHServerChannel[Any]) -> asyncssh.SFTPServer:
        user = channel.get_connection().get_extra_info("username")
        names = [folder.name for folder in files.iterdir()]
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(files / names[names.index(user)]))

    public = asyncssh.read_private_key(client_key).export_public_key().decode("ascii")
    return await asyncssh.listen(
        HOST,
        0,
        server_factory=lambda: _Door(inside),
        server_host_keys=[str(host_key)],
        authorized_client_keys=asyncssh.import_authorized_keys(public),
        sftp_factory=locked_in,
        password_auth=False,
        kbdint_auth=False,
        allow_pty=False,
        agent_forwarding=False,
    )


async def _stop(server: asyncssh.SSHAcceptor, inside: list[asyncssh.SSHServerConnection]) -> None:
    """Close the door, show everybody out, and wait until nothing of theirs is left on the loop."""
    server.close()
    for connection in inside:
        connection.abort()
    await server.wait_closed()
    await asyncio.gather(*(connection.wait_closed() for connection in inside))
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
