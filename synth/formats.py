"""What each sender's files are called, how they begin and end, and what lies beside them.

Law: interfaces: feeds, "Common rules" and each feed's own.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from exchange.errors import OutputInTheWay
from validators import case_event, contact_referral, fraud_referral, police_referral, witness_referral
from validators.layout import Layout


@dataclass(frozen=True, slots=True)
class Feed:
    """How a source's files are called and ended. `name` takes `day` and `sequence`."""

    layout: Layout
    name: str
    line_end: str = "\n"


def _daily(layout: Layout, prefix: str, line_end: str = "\n") -> Feed:
    return Feed(layout, prefix + "_LVWS_{day:%Y%m%d}_{sequence:06d}.csv", line_end)


FEEDS: Final[Mapping[str, Feed]] = {
    "mps": _daily(police_referral.LAYOUT, "MPS", "\r\n"),
    "btp": _daily(police_referral.LAYOUT, "BTP", "\r\n"),
    "colp": _daily(police_referral.LAYOUT, "COLP", "\r\n"),
    "action_fraud": Feed(fraud_referral.LAYOUT, "AF_LVWS_{day:%Y-%m-%d}.csv"),
    "contact_centre": _daily(contact_referral.LAYOUT, "CC"),
    "witness_care_unit": _daily(witness_referral.LAYOUT, "WCU", "\r\n"),
    "case_activity": _daily(case_event.LAYOUT, "ACT"),
}


def name_of(feed: Feed, day: date, sequence: int) -> str:
    """A file's name."""
    return feed.name.format(day=day, sequence=sequence)


def heading(feed: Feed) -> bytes:
    """A file's first line, with the mark that its encoding begins with."""
    return (",".join(feed.layout.names) + feed.line_end).encode(feed.layout.encoding)


def trailer(feed: Feed, body: bytes, rows: int) -> bytes:
    """The last line of a file whose bytes before it are `body`; nothing in a feed whose files have a manifest."""
    if feed.layout.complete != "trailer":
        return b""
    return f"TRAILER,{rows},{zlib.crc32(body):08X}{feed.line_end}".encode("ascii")


def manifest(name: str, data: bytes, rows: int, sequence: int) -> dict[str, str | int]:
    """What the manifest beside a file says."""
    digest = hashlib.sha256(data).hexdigest()
    return {"file": name, "sha256": digest, "bytes": len(data), "records": rows, "sequence": sequence}


def put(path: Path, data: bytes, stated: Mapping[str, str | int] | None = None) -> None:
    """Write a file, and beside it the manifest where it has one."""
    path.write_bytes(data)
    if stated is not None:
        path.with_name(f"{path.name}.manifest.json").write_bytes(json.dumps(stated).encode("ascii") + b"\n")


def check_free(path: Path) -> None:
    """OutputInTheWay when there is a file, or a folder that is not empty."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputInTheWay(name=path.name)
