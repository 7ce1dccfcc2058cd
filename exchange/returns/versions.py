"""Versions of returns in the ledger: saved as drafts, found, listed. What becomes of one is said by the database alone.

The row is the truth: it names every file with its SHA-256, and the folder is made to hold what it says (folders). The
one writer of states is ledger.set_return_state; operators reach it by ledger.approve_return.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from exchange import clock, logs, operators
from exchange.database import Connection, transaction
from exchange.errors import NotFound, ReturnBuiltMeanwhile
from exchange.ledger import audit
from exchange.returns import folders, names
from exchange.settings import Settings

State = Literal["draft", "approved", "delivered", "receipted", "superseded"]
RECEIVER: Final = "mopac"

_SELECT: Final = """
    select v.version_id, v.return_name, v.period, v.version, v.state, v.receiver, v.cut_off, v.as_known_at,
           v.format_version, v.rule_version, v.mapping_version, v.rows, v.files, v.figures_sha256, v.trace_sha256,
           v.records_sha256, v.built_by, v.built_at, v.approved_at, v.delivered_at, v.receipted_at, v.receipt,
           v.superseded_at, a.operator as approved_by, a.manifest, a.manifest_signature, a.signed_with,
           exists (select from ledger.outbox o where o.version_id = v.version_id) as is_out
    from ledger.return_version v left join ledger.return_approval a using (version_id)
"""
_OF_PERIOD: Final = f"{_SELECT} where v.return_name = %s and v.period = %s order by v.version desc"
_ALL: Final = f"{_SELECT} order by v.return_name, v.period desc, v.version desc"
_GONE_OUT: Final = f"""
    {_SELECT} where v.return_name = any(%s) and v.approved_at is not null
                and (v.state <> 'superseded' or v.delivered_at is not null)
    order by v.return_name, v.period, v.version
"""
_INSERT: Final = """
    insert into ledger.return_version
        (return_name, period, version, cut_off, as_known_at, format_version, rule_version, mapping_version, rows, files,
         figures_sha256, trace_sha256, records_sha256, built_by, built_at)
    values (%(return_name)s, %(period)s, %(version)s, %(cut_off)s, %(as_known_at)s, %(format_version)s,
            %(rule_version)s, %(mapping_version)s, %(rows)s, %(files)s, %(figures_sha256)s, %(trace_sha256)s,
            %(records_sha256)s, %(built_by)s, %(built_at)s)
"""
_REPLACE: Final = """
    update ledger.return_version set
        cut_off = %(cut_off)s, as_known_at = %(as_known_at)s, format_version = %(format_version)s,
        rule_version = %(rule_version)s, mapping_version = %(mapping_version)s, rows = %(rows)s, files = %(files)s,
        figures_sha256 = %(figures_sha256)s, trace_sha256 = %(trace_sha256)s, records_sha256 = %(records_sha256)s,
        built_by = %(built_by)s, built_at = %(built_at)s
    where version_id = %(version_id)s
"""


@dataclass(frozen=True)
class Draft:
    """What a build made: the files that are sent, by name, and the records behind them, encrypted, which never are.

    `version` is what next_version said before the files were written: it stands in them. `figures_sha256` is over the
    figures without version and moment: two builds with the same one say the same.
    """

    return_name: str
    period: str
    version: int
    cut_off: datetime
    as_known_at: datetime
    format_version: str
    rule_version: str
    mapping_version: str
    rows: Mapping[str, int]
    files: Mapping[str, bytes] = field(repr=False)
    records: bytes = field(repr=False)
    figures_sha256: str
    trace_sha256: str
    built_by: str
    built_at: datetime = field(default_factory=clock.now)


@dataclass(frozen=True)
class Version:
    """One version of a return, as the ledger has it. `is_out`: its files are in the outbox, or were sent."""

    version_id: int
    return_name: str
    period: str
    version: int
    state: State
    receiver: str
    cut_off: datetime
    as_known_at: datetime
    format_version: str
    rule_version: str
    mapping_version: str
    rows: Mapping[str, int]
    files: Sequence[Mapping[str, Any]]
    figures_sha256: str
    trace_sha256: str
    records_sha256: str
    built_by: str
    built_at: datetime
    approved_at: datetime | None
    delivered_at: datetime | None
    receipted_at: datetime | None
    receipt: str | None
    superseded_at: datetime | None
    approved_by: str | None
    manifest: str | None = field(repr=False)
    manifest_signature: bytes | None = field(repr=False)
    signed_with: str | None
    is_out: bool

    @property
    def stem(self) -> str:
        """Its name: monthly-2019-06-v1."""
        return names.stem(self.return_name, self.period, self.version)

    @property
    def set_aside(self) -> bool:
        """Whether it was a draft of which nothing was left to say; the next draft takes its place."""
        return self.state == "superseded" and self.approved_at is None


@dataclass(frozen=True)
class NothingChanged:
    """A build that says what a version that was approved says already; no version was made."""

    version: Version

    @property
    def says(self) -> str:
        """For people."""
        return f"Nothing changed since {self.version.stem} ({self.version.state}): no new version was made."


def builder(settings: Settings) -> str:
    """Who builds here: the operator whose key is named, who cannot approve then, else the user of the machine."""
    if os.environ.get(operators.KEY_VARIABLE):
        return operators.acting(settings).operator.name
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def next_version(connection: Connection, return_name: str, period: str) -> int:
    """The number that a build makes now: of the draft that it replaces, else one more than the newest."""
    found = of_period(connection, return_name, period)
    return _next(found[0]) if found else 1


def save_draft(settings: Settings, connection: Connection, draft: Draft) -> Version | NothingChanged:
    """Keep what was built as the draft of its period, in the place of an older draft.

    Makes none where the newest approved version says the same. Raises ReturnBuiltMeanwhile where the number is taken.
    A crash leaves the old draft or the new one: the folder follows the row (folders.settle).
    """
    place = folders.Place(settings.home, draft.return_name, draft.period, draft.version)
    with folders.locked(place):
        folders.stage(place, folders.contents(draft.files, draft.records))
        logs.event("returns.staged", version=draft.version)
        standing = _told_to_the_ledger(connection, draft)
        logs.event("returns.saved", version=draft.version)
        if standing is not None:
            folders.drop_staged(place)
            return NothingChanged(standing)
        made = find(connection, draft.return_name, draft.period, draft.version)
        _settle(place, made)
    return made


def _told_to_the_ledger(connection: Connection, draft: Draft) -> Version | None:
    """The draft's row; or none, and the version that says the same."""
    with transaction(connection, "saving a return"):
        lock(connection, draft.return_name, draft.period)
        found = _read(connection, _OF_PERIOD, draft.return_name, draft.period)
        standing = next((each for each in found if each.approved_at and not each.set_aside), None)
        newest = found[0] if found else None
        same = standing is not None and _says(standing) == (draft.figures_sha256, draft.format_version)
        if same and newest is not None and newest.state == "draft":
            set_state(connection, newest, "superseded")
        elif not same:
            if draft.version != (_next(newest) if newest else 1):
                raise ReturnBuiltMeanwhile(what=f"{draft.return_name} {draft.period}")
            _save(connection, draft, newest)
        logs.event("returns.before_commit", version=draft.version)
    return standing if same else None


def settle(settings: Settings, version: Version) -> folders.Place:
    """The folder of a version, holding what its row says whatever a crash left. Raises ReturnDamaged."""
    place = folders.Place(settings.home, version.return_name, version.period, version.version)
    with folders.locked(place):
        _settle(place, version)
    return place


def _settle(place: folders.Place, version: Version) -> None:
    known = {each["name"]: each["sha256"] for each in version.files} | {names.RECORDS: version.records_sha256}
    signed: dict[str, bytes] = {}
    if version.manifest is not None and version.manifest_signature is not None:
        signed = {names.MANIFEST: version.manifest.encode(), names.SIGNATURE: bytes(version.manifest_signature)}
    folders.settle(place, known, signed)


def find(connection: Connection, return_name: str, period: str, version: int | None = None) -> Version:
    """One version; without a number the newest that was not set aside. Raises NotFound."""
    for each in of_period(connection, return_name, period):
        if each.version == version or (version is None and not each.set_aside):
            return each
    number = f" v{version}" if version else ""
    raise NotFound(what="return", name=f"{return_name} {period}{number}", list_with="lvws returns list")


def to_deliver(connection: Connection, return_name: str, period: str, version: int | None = None) -> Version:
    """As `find`; without a number the one that is approved, though a newer draft may stand. Raises NotFound."""
    waiting = [each for each in of_period(connection, return_name, period) if each.state == "approved"]
    return waiting[0] if waiting and version is None else find(connection, return_name, period, version)


def of_period(connection: Connection, return_name: str, period: str) -> list[Version]:
    """All versions of a return and period, the newest first."""
    with transaction(connection, "reading versions of a return"):
        return _read(connection, _OF_PERIOD, return_name, period)


def versions(connection: Connection) -> list[Version]:
    """Every version of every return: by return, the newest period and version first."""
    with transaction(connection, "listing returns"):
        return _read(connection, _ALL)


def delivered_before(connection: Connection, return_names: Sequence[str]) -> list[Version]:
    """Every version whose figures went out or are bound to, superseded ones too: what a reader can compare with.

    What they say: `figures` of each.
    """
    with transaction(connection, "reading what was delivered"):
        return _read(connection, _GONE_OUT, list(return_names))


def figures(settings: Settings, version: Version) -> bytes:
    """figures.csv of a version, compared with its SHA-256 in the ledger. Raises ReturnDamaged."""
    return folders.read(settle(settings, version), names.FIGURES)


def set_state(
    connection: Connection, version: Version, state: State, *, receipt: str | None = None, at: datetime | None = None
) -> None:
    """Ask the one writer of states, in the transaction at hand."""
    connection.execute(
        "select ledger.set_return_state(%s, %s, %s, %s, %s)",
        (version.version_id, state, audit.whoami(), at or clock.now(), receipt),
    )
    logs.event("returns.state", state=state, version=version.version)


def _save(connection: Connection, draft: Draft, newest: Version | None) -> None:
    """A new row, or the row of the draft that this one replaces."""
    facts = {name: getattr(draft, name) for name in Draft.__dataclass_fields__ if name != "records"}
    facts["rows"] = Jsonb(dict(draft.rows))
    facts["files"] = Jsonb([_told(name, body) for name, body in sorted(draft.files.items())])
    facts["records_sha256"] = hashlib.sha256(draft.records).hexdigest()
    if newest is None or draft.version > newest.version:
        connection.execute(_INSERT, facts)
    else:
        if newest.set_aside:
            set_state(connection, newest, "draft")
        connection.execute(_REPLACE, facts | {"version_id": newest.version_id})
    about: dict[str, str | int] = {"return": draft.return_name, "period": draft.period, "version": draft.version}
    audit.record(connection, "return built", None, by=draft.built_by, **about)


def _told(name: str, body: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _says(version: Version) -> tuple[str, str]:
    return version.figures_sha256, version.format_version


def _next(newest: Version) -> int:
    return newest.version + (newest.state != "draft" and not newest.set_aside)


def lock(connection: Connection, return_name: str, period: str) -> None:
    """Nobody else changes versions of this return and period until the transaction at hand ends."""
    connection.execute("select ledger.lock_return(%s, %s)", (return_name, period))


def _read(connection: Connection, statement: str, *parameters: Any) -> list[Version]:
    with connection.cursor(row_factory=class_row(Version)) as cursor:
        return cursor.execute(statement.encode(), parameters or None).fetchall()
