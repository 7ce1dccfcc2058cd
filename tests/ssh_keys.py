"""Keys of servers and of the service for tests, in files as a person would keep them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

HOST = "127.0.0.1"


@dataclass
class Keys:
    """A server's host key and the client's key, in files as a person would keep them."""

    folder: Path
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    user_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))

    @property
    def private_key(self) -> Path:
        path = self.folder / "lvws"
        path.write_bytes(self.user_key.export_private_key())
        path.chmod(0o600)
        return path

    def known_hosts(self, port: int, *more: asyncssh.SSHKey) -> Path:
        """One line for each key: those of `more` first, the server's own last."""
        path = self.folder / "known_hosts"
        path.write_text("".join(known_line(key, port) for key in (*more, self.host_key)))
        return path


def known_line(key: asyncssh.SSHKey, port: int, *, host: str = HOST) -> str:
    return f"[{host}]:{port} {key.export_public_key().decode().strip()}\n"
