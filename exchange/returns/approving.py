"""Approving a version: a second person looks at it, signs that it may go, and the service signs its manifest.

The operator's document names the manifest by its SHA-256, and that names every file; the database takes both, checks
that they are of the version at hand and that another person built it, and keeps them with their signatures for good.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from exchange import clock, keys, logs, operators
from exchange.database import Connection, transaction
from exchange.errors import (
    ApprovalWrong,
    BuilderApproves,
    ChangedMeanwhile,
    DatabaseRefused,
    EarlierOnItsWay,
    ExchangeError,
    ReturnDamaged,
    ReturnSuperseded,
)
from exchange.operators import Operator, Signer
from exchange.returns import manifests, versions
from exchange.returns.manifests import Approval
from exchange.returns.versions import Version
from exchange.settings import Settings

_APPROVE: Final = "select ledger.approve_return(%s, %s, %s, %s, %s, %s, %s)"
_APPROVALS: Final = """
    select v.return_name, v.period, v.version, a.document, a.operator, a.key_id, a.signature, a.manifest
    from ledger.return_approval a join ledger.return_version v using (version_id)
    where %(version)s::bigint is null or version_id = %(version)s order by version_id
"""


@dataclass(frozen=True)
class Summary:
    """What somebody looks at before they approve: totals by table, and how much of it is not there."""

    totals: tuple[tuple[str, str, str], ...]  # table, column, value
    figures: int
    suppressed: int
    not_available: int


def summary(figures: bytes) -> Summary:
    """The totals of figures.csv, and all of a summary. Pure."""
    rows = list(csv.DictReader(io.StringIO(figures.decode("utf-8"), newline="")))
    totals = (
        (row["table"], row["row"] if row["table"] == "summary" else row["column"], row["value"])
        for row in rows
        if (row["row"] == "total" or row["table"] == "summary") and row["value"]
    )
    of = [row["status"] for row in rows]
    return Summary(tuple(totals), len(rows), of.count("suppressed"), of.count("not_available"))


def may_approve(version: Version, signer: Signer) -> None:
    """Raise BuilderApproves for who built it, ReturnSuperseded for a version that was replaced."""
    if version.built_by.partition("@")[0] == signer.operator.name:
        raise BuilderApproves(what=version.stem, operator=signer.operator.name)
    if version.state == "superseded":
        raise ReturnSuperseded(what=version.stem)


def approve(settings: Settings, connection: Connection, signer: Signer, version: Version) -> Version:
    """Sign that a draft may go, close its manifest, and put both files into its folder. A connection as operator.

    Raises ReturnDamaged, BuilderApproves, ReturnSuperseded, ChangedMeanwhile, EarlierOnItsWay.
    """
    may_approve(version, signer)
    versions.settle(settings, version)
    approved_at = clock.now()
    signed_with, ours = keys.signing(settings.home)
    approval = Approval(signer.operator.name, approved_at, signed_with, _previous(connection, version))
    manifest = manifests.written(version, approval)
    document = operators.document(
        {
            "what": "approve_return",
            "return": version.return_name,
            "period": version.period,
            "version": version.version,
            "manifest_sha256": manifests.sha256(manifest.encode()),
            "at": manifests.moment(approved_at),
        }
    )
    by = (signer.operator.name, signer.operator.key_id, signer.sign(document))
    _ask(connection, version, (document, *by, manifest, ours.sign(manifest.encode()), signed_with))
    logs.event("returns.approved", version=version.version)
    made = versions.find(connection, version.return_name, version.period, version.version)
    versions.settle(settings, made)
    return made


@dataclass(frozen=True)
class Fault:
    """An approval that proves nothing, and why."""

    stem: str
    operator: str
    problem: str


def faults(
    connection: Connection, known: Mapping[str, Operator], version: Version | None = None
) -> tuple[int, list[Fault]]:
    """How many approvals there are, and all faults among them; of one version where it is given."""
    with transaction(connection, "reading approvals"):
        rows = connection.execute(_APPROVALS.encode(), {"version": version.version_id if version else None}).fetchall()
    return len(rows), list(_faults(rows, known))


def check(connection: Connection, known: Mapping[str, Operator], version: Version) -> None:
    """Raise ApprovalWrong where the approval of a version proves nothing, or there is none."""
    count, found = faults(connection, known, version)
    if not count:
        raise ApprovalWrong(what=version.stem, operator="nobody", problem="there is none")
    for fault in found:
        raise ApprovalWrong(what=fault.stem, operator=fault.operator, problem=fault.problem)


def _faults(rows: list[tuple[object, ...]], known: Mapping[str, Operator]) -> Iterator[Fault]:
    for of_return, period, number, document, operator, key_id, signature, manifest in rows:
        stem = f"{of_return}-{period}-v{number}"
        signed = operators.fault(known, (str(operator), str(key_id)), str(document), bytes(signature))  # type: ignore[call-overload]
        if signed is not None:
            yield Fault(stem, str(operator), signed)
        elif json.loads(str(document))["manifest_sha256"] != manifests.sha256(str(manifest).encode()):
            yield Fault(stem, str(operator), "it approves another manifest")


def _previous(connection: Connection, version: Version) -> str | None:
    """The manifest of the version that this one replaces: the last that was delivered."""
    for each in versions.of_period(connection, version.return_name, version.period):
        if each.version < version.version and each.delivered_at is not None and each.manifest is not None:
            return manifests.sha256(each.manifest.encode())
    return None


def _ask(connection: Connection, version: Version, given: tuple[object, ...]) -> None:
    refused: DatabaseRefused
    try:
        with transaction(connection, "approving a return"):
            connection.execute(_APPROVE, given)
        return
    except DatabaseRefused as error:
        refused = error
    raise _in_our_words(str(refused.facts["constraint"]), version) or refused


def _in_our_words(constraint: str, version: Version) -> ExchangeError | None:
    match constraint:
        case "return_takes_two":
            return BuilderApproves(what=version.stem, operator=version.built_by)
        case "return_is_a_draft" | "return_manifest_fits":
            return ChangedMeanwhile(what=version.stem)
        case "return_earlier_is_out":
            return EarlierOnItsWay(what=version.stem)
        case "return_is_known":
            return ReturnDamaged(what=version.stem, name="row")
        case _:
            return None
