"""Where alerts are told, for tests: a real web server and a real mail server, which keep what they got."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.service import Service


@dataclass
class Webhook:
    """A web server that takes what is posted to it; with `refuses` it takes nothing."""

    port: int
    got: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        return [f"{each['title']}\n{each['message']}" for each in self.got]


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook of this test's own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not made.refuses:
                made.got.append(json.loads(body))
            self.send_response(503 if made.refuses else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made = Webhook(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def mailbox() -> Iterator[tuple[str, list[Message]]]:
    """A mail server's address for Apprise, and the mails that it got."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    mails: list[Message] = []

    class Keep:
        async def handle_DATA(  # noqa: N802 - the library's name
            self, _server: SMTP, _session: Session, envelope: Envelope
        ) -> str:
            assert isinstance(envelope.content, bytes)
            mails.append(message_from_bytes(envelope.content, policy=default))
            return "250 kept"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=lvws@example.org&to=duty@example.org&mode=insecure", mails
    finally:
        controller.stop()


def route(service: Service, name: str, *urls: str, groups: str = "") -> Path:
    """An [alerts.<name>] block in the settings, with its file of addresses."""
    path = service.folder / f"alerts-{name}"
    path.write_text("# where we are told\n" + "\n".join(urls) + "\n")
    path.chmod(0o600)
    config = service.folder / "lvws.toml"
    wanted = f"groups = {json.dumps(groups.split())}\n" if groups else ""
    config.write_text(config.read_text() + f'[alerts.{name}]\nurls = "{path.name}"\n{wanted}')
    return path
