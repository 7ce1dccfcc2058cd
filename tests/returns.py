"""Returns for tests: a small honest build with real files, and MOPAC's server, its key and its receipts.

built(service, {"total": 5}); mopac = Mopac(service); mopac.files(); mopac.receipt("monthly-2019-06-v1")
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
from openpyxl import Workbook

from exchange import clock, database
from exchange.database import Connection
from exchange.returns import versions
from exchange.returns.versions import Draft, NothingChanged, Version
from exchange.settings import Settings
from outputs import periods
from outputs.figures import Figure, as_csv
from tests.service import Service

JUNE = "2019-06"
CUT_OFF = datetime(2019, 7, 10, 23, tzinfo=UTC)
RECEIVERS_KEY = pyrage.x25519.Identity.generate()

Counts = Mapping[str, int]


def a_draft(
    version: int,
    counts: Counts,
    *,
    by: str = "jo",
    name: str = "monthly",
    period: str = JUNE,
    format_version: str = "1",
) -> Draft:
    """What a build makes of counts by row."""
    figures = [Figure("referral_source", row, "referrals", count) for row, count in counts.items()]
    told = as_csv(name, periods.parse(period), version, figures)
    plain = json.dumps(dict(counts)).encode()
    return Draft(
        return_name=name,
        period=period,
        version=version,
        cut_off=CUT_OFF,
        as_known_at=clock.now(),
        format_version=format_version,
        rule_version="4",
        mapping_version="7",
        rows={"referrals": sum(counts.values())},
        files={f"{name}-{period}-v{version}.xlsx": workbook(counts), "figures.csv": told},
        records=bytes(pyrage.encrypt(plain, [RECEIVERS_KEY.to_public()])),
        figures_sha256=hashlib.sha256(plain).hexdigest(),
        trace_sha256=hashlib.sha256(plain + b"trace").hexdigest(),
        built_by=by,
    )


def workbook(counts: Counts) -> bytes:
    made, body = Workbook(), io.BytesIO()
    for row, count in counts.items():
        made.active.append([row, count])
    made.save(body)
    return body.getvalue()


def save(settings: Settings, connection: Connection, counts: Counts, **more: Any) -> Version | NothingChanged:
    """Build and keep a draft."""
    of = (more.get("name", "monthly"), more.get("period", JUNE))
    number = versions.next_version(connection, *of)
    return versions.save_draft(settings, connection, a_draft(number, counts, **more))


def built(service: Service, counts: Counts, **more: Any) -> Version | NothingChanged:
    """The same in the service's home."""
    with database.connect(service.settings, "loader") as connection:
        return save(service.settings, connection, counts, **more)


def folder(service: Service, version: int = 1, *, name: str = "monthly", period: str = JUNE) -> Path:
    return service.home / "returns" / name / period / f"v{version}"


@dataclass
class Mopac:
    """The receiver: its server in the settings."""

    service: Service

    def __post_init__(self) -> None:
        self.service.configure("mopac")

    @property
    def incoming(self) -> Path:
        return self.service.server.root / "mopac" / "incoming"

    def files(self) -> dict[str, bytes]:
        """What lies there."""
        return {path.name: path.read_bytes() for path in sorted(self.incoming.iterdir())}

    def manifest(self, stem: str) -> bytes:
        return (self.incoming / f"{stem}.manifest.json").read_bytes()

    def receipt(self, stem: str, *, called: str | None = None, **over: Any) -> Path:
        """Lay a receipt for a version that it has."""
        told = {
            "manifest_sha256": hashlib.sha256(self.manifest(stem)).hexdigest(),
            "received_at": clock.now().isoformat(timespec="seconds"),
        }
        return self.lay(f"{called or stem}.receipt.json", json.dumps(told | over).encode())

    def lay(self, name: str, body: bytes) -> Path:
        return self.service.put("mopac", name, body)
