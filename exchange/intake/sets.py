"""A delivery in parts: the CSV files of a statement, which are one content and one run.

It is complete when every part is there, and none was touched a while before: a CSV tells by nothing that it is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from exchange import clock, logs
from exchange.intake import sftp, vault
from exchange.intake.statements.reading import bundled
from exchange.sources import Feed

# A part that was written more recently may still be written to (hazards F06).
SETTLING_SECONDS: Final = 120


def found(feed: Feed, entries: Iterable[sftp.Entry]) -> Mapping[str, list[sftp.Entry]]:
    """The parts on a server, by what their set is known as."""
    sets: dict[str, list[sftp.Entry]] = {}
    for entry in entries:
        file = feed.set_of(entry.name)
        if file is not None:
            sets.setdefault(file, []).append(entry)
    return sets


def is_complete(feed: Feed, file: str, parts: Iterable[sftp.Entry]) -> bool:
    """Whether all of a set is there and has settled."""
    now = clock.now().timestamp()
    settled = {entry.name for entry in parts if now - entry.mtime >= SETTLING_SECONDS}
    return settled == set(feed.parts(file))


def stamp(parts: Iterable[sftp.Entry]) -> str:
    """Sizes and times of all parts."""
    return "/".join(f"{entry.size}.{entry.mtime}" for entry in sorted(parts, key=lambda entry: entry.name))


def land(home: Path, remote: sftp.Session, folder: str, parts: Iterable[sftp.Entry]) -> tuple[vault.Landed, str]:
    """Fetch the parts and land them as one content; and the SHA-256 of what came, part after part.

    Raises what the server, a size over the limit, or the vault raises.
    """
    transfer = hashlib.sha256()
    bodies: dict[str, bytes] = {}
    for entry in sorted(parts, key=lambda each: each.name):
        pieces: list[bytes] = []
        remote.fetch(folder, entry, pieces.append)
        body = b"".join(pieces)
        transfer.update(body)
        bodies[_sheet(entry.name)] = body
    content = bundled(bodies)
    with vault.land(home, announced=len(content)) as landing:
        landing.write(content)
        landed = landing.close()
    logs.event("fetch.set_landed", files=len(bodies), bytes=landed.size)
    return landed, transfer.hexdigest()


def _sheet(name: str) -> str:
    """IDVA_ROSTER_20260930_posts.csv is the sheet posts."""
    return name.rpartition("_")[2].removesuffix(".csv")
