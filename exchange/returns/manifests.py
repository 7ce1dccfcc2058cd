"""manifest.json of a version: what it is, every file that is sent with its SHA-256, who built and who approved it.

Written in one form, so that the same version has the same bytes for ever: all times are those of the version's row.
Pure.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from exchange import operators
from exchange.returns import names
from exchange.returns.versions import Version

FORMAT: Final = "lvws-return-1"
_TEXTS: Final = (
    *("manifest", "return", "period", "receiver", "cut_off", "as_known_at", "built_at", "built_by", "approved_at"),
    *("approved_by", "format_version", "rule_version", "mapping_version", "trace_sha256", "signed_with"),
)


@dataclass(frozen=True)
class Approval:
    """Who approves, when, with which key the service signs, and the manifest of the version that is replaced."""

    approved_by: str
    approved_at: datetime
    signed_with: str
    previous: str | None


def written(version: Version, approval: Approval) -> str:
    """The manifest of a version that is approved."""
    return in_one_form(
        {
            "manifest": FORMAT,
            "return": version.return_name,
            "period": version.period,
            "version": version.version,
            "receiver": version.receiver,
            "cut_off": moment(version.cut_off),
            "as_known_at": moment(version.as_known_at),
            "built_at": moment(version.built_at),
            "built_by": version.built_by,
            "approved_at": moment(approval.approved_at),
            "approved_by": approval.approved_by,
            "format_version": version.format_version,
            "rule_version": version.rule_version,
            "mapping_version": version.mapping_version,
            "rows": dict(version.rows),
            "files": [dict(each) for each in version.files],
            "trace_sha256": version.trace_sha256,
            "previous_manifest_sha256": approval.previous,
            "signed_with": approval.signed_with,
        }
    )


def in_one_form(values: Mapping[str, Any]) -> str:
    """The form: JSON, keys sorted, no space, UTF-8, one line end."""
    return operators.document(values) + "\n"


def moment(at: datetime) -> str:
    """A time in UTC, to the microsecond, in one form."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def sha256(manifest: bytes) -> str:
    """What names a manifest in receipts and in the next version's."""
    return hashlib.sha256(manifest).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What a manifest says, read strictly."""

    values: Mapping[str, Any]
    body: bytes

    @property
    def version(self) -> int:
        return int(self.values["version"])

    @property
    def of(self) -> tuple[str, str, int]:
        """Return, period and version."""
        return self.values["return"], self.values["period"], self.version

    @property
    def stem(self) -> str:
        return names.stem(*self.of)

    @property
    def files(self) -> Sequence[Mapping[str, Any]]:
        return list(self.values["files"])

    @property
    def sha256(self) -> str:
        return sha256(self.body)


def parse(body: bytes) -> Manifest | None:
    """The manifest in these bytes; None where they are not one, in its one form."""
    values: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        values = json.loads(body.decode("utf-8"))
    if not isinstance(values, dict) or in_one_form(values).encode() != body or values.get("manifest") != FORMAT:
        return None
    sound = all(isinstance(values.get(name), str) for name in _TEXTS) and type(values.get("version")) is int
    files = values.get("files")
    if not sound or not isinstance(files, list) or not all(_is_file(each) for each in files):
        return None
    return Manifest(values, body)


def _is_file(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and isinstance(told.get("name"), str)
        and isinstance(told.get("sha256"), str)
        and type(told.get("bytes")) is int
    )
