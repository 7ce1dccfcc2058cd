"""An SFTP server on this machine that plays the senders of the demo: one locked-in folder each.

It listens on 127.0.0.1 alone, on a free port, with a host key and a client key of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh

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


@contextlib.contextmanager
def serving(files: Path, host_key: Path, client_key: Path) -> Iterator[int]:
    """Serve while the block lasts; yields the port. A user's name is that of its folder under `files`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo-sftp", daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_listen(files, host_key, client_key), loop).result(30)
        try:
            yield server.get_port()
        finally:
            asyncio.run_coroutine_threadsafe(_stop(server), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _listen(files: Path, host_key: Path, client_key: Path) -> asyncssh.SSHAcceptor:
    def locked_in(channel: asyncssh.SSHServerChannel[Any]) -> asyncssh.SFTPServer:
        user = channel.get_connection().get_extra_info("username")
        names = [folder.name for folder in files.iterdir()]
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(files / names[names.index(user)]))

    public = asyncssh.read_private_key(client_key).export_public_key().decode("ascii")
    return await asyncssh.listen(
        HOST,
        0,
        server_host_keys=[str(host_key)],
        authorized_client_keys=asyncssh.import_authorized_keys(public),
        sftp_factory=locked_in,
        password_auth=False,
        kbdint_auth=False,
        allow_pty=False,
        agent_forwarding=False,
    )


async def _stop(server: asyncssh.SSHAcceptor) -> None:
    """Close the door, then whoever is still inside, and wait until nothing of theirs is left on the loop."""
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
