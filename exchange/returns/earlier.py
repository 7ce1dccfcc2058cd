"""What readers have of earlier versions: counts that they can compare with, and what moved since."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pyarrow as pa

from exchange.database import Connection, transaction
from exchange.returns import folders, names, sealed, versions
from exchange.returns.versions import Version
from exchange.settings import Settings
from outputs import periods
from outputs.changes import Change
from outputs.disclosure import Delivered
from outputs.facts import Facts
from outputs.figures import Key
from outputs.made import shown
from outputs.periods import Period
from outputs.records import Records, from_parquet
from outputs.returns import RETURNS, Results, Return


def facts_of(version: Version) -> Facts:
    """What was said of a version beside its figures, as its row has it."""
    return Facts(
        of_return=version.return_name,
        period=periods.parse(version.period),
        version=version.version,
        cut_off=version.cut_off,
        as_known_at=version.as_known_at,
        made_at=version.built_at,
        rule_version=version.rule_version,
        mapping_version=version.mapping_version,
    )


def records_of(settings: Settings, version: Version) -> dict[str, pa.Table]:
    """The records of a version. Raises ReturnDamaged, KeyUnusable."""
    data = folders.read(versions.settle(settings, version), names.RECORDS)
    return from_parquet(sealed.unseal(settings.home, data, version.stem))


def seen_beside(settings: Settings, connection: Connection, facts: Facts) -> list[Delivered]:
    """What went out that has cells in common with this version: of its period, its quarter or its months."""
    near = {facts.period.name, periods.quarter(facts.period.first).name, *(each.name for each in facts.period.months)}
    found = [
        each
        for each in versions.delivered_before(
            connection, [name for name, each in RETURNS.items() if each.small_numbers]
        )
        if each.period in near and (each.return_name, each.period, each.version) != _named(facts)
    ]
    return [shown(records_of(settings, each), facts_of(each)) for each in found]


def _named(facts: Facts) -> tuple[str, str, int]:
    return facts.of_return, facts.period.name, facts.version


def moved(settings: Settings, connection: Connection, what: Return, facts: Facts, records: Records) -> list[Change]:
    """What moved since the newest version of the period that was approved; nothing where there is none."""
    found = [
        each
        for each in versions.of_period(connection, what.name, facts.period.name)
        if each.approved_at is not None and each.version < facts.version
    ]
    if not found:
        return []
    old = records_of(settings, found[0])
    return what.moved(old, records, what.figures, _forgotten(connection, old))


def _forgotten(connection: Connection, old: Records) -> set[int]:
    """Referrals of the older records that are in the CMS no more."""
    of_referrals = [table["referral_id"] for table in old.values() if "referral_id" in table.column_names]
    ids = list({each for column in of_referrals for each in column.to_pylist()})
    with transaction(connection, "looking for what was erased"):
        there = connection.execute(
            "select referral_id from cms.referral where referral_id = any(%s)", (ids,)
        ).fetchall()
    return set(ids) - {each for (each,) in there}


def counts_before(settings: Settings, connection: Connection, facts: Facts) -> Mapping[str, Mapping[Key, int]]:
    """The counts, as they went out, of earlier periods of the same return, by the periods' names."""
    newest: dict[str, Version] = {}
    for each in versions.delivered_before(connection, [facts.of_return]):
        if each.period < facts.period.name:
            newest[each.period] = each
    last = sorted(newest)[-12:]
    return {name: _counts(versions.figures(settings, newest[name])) for name in last}


def _counts(data: bytes) -> dict[Key, int]:
    lines = csv.DictReader(io.StringIO(data.decode()))
    return {
        (line["table"], line["row"], line["column"]): int(line["value"]) for line in lines if line["value"].isdigit()
    }


def results_told(settings: Settings, connection: Connection, what: Return, period: Period) -> Results | None:
    """The results of a period as its newest version that went out tells them, without hidden ones; None without one."""
    gone = [each for each in versions.delivered_before(connection, [what.name]) if each.period == period.name]
    if not gone or what.results is None:
        return None
    records = records_of(settings, gone[-1])
    seen = {
        each.row
        for each in shown(records, facts_of(gone[-1])).figures
        if each.table == what.told_in and each.status == "ok"
    }
    return {key: value for key, value in what.results(records).items() if key in seen}
