"""Build a version of a return: ask the CMS as it is known at a moment, count, hide what is small, write, keep as draft.

What is computed is pure (outputs); here is the order, and what comes from the database and from earlier versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import pyarrow as pa

from exchange import clock, database, logs
from exchange.cms import known
from exchange.database import Connection
from exchange.errors import CountsCanBeComputed, WrongUse
from exchange.returns import earlier, sealed, versions
from exchange.returns.versions import Draft, NothingChanged, Version
from exchange.settings import Settings
from mappings.load import ROOT as MAPPINGS
from mappings.triage_rules import load_rules
from mappings.versions import SET, read_versions
from outputs import catalogue, disclosure
from outputs.asked import Asked
from outputs.facts import Facts
from outputs.figures import Key
from outputs.made import Made, decided, made
from outputs.notes import Noted, RuleChange
from outputs.periods import Period
from outputs.records import to_parquet
from outputs.returns import Results, Return
from outputs.returns import known as the_return

_DOING: Final = "building a return"


def build(
    settings: Settings,
    return_name: str,
    period_name: str,
    cut_off: datetime | None = None,
    as_known_at: datetime | None = None,
) -> Version | NothingChanged:
    """Build a return's period; a draft that is there is replaced.

    `cut_off`: up to when things count that happened; `as_known_at`: what the database knew by then, None for now.
    Raises NotFound, WrongUse (a moment in the future), FiguresDisagree, TablesUnprotectable, ReturnBuiltMeanwhile.
    """
    what = the_return(return_name)
    period = what.period(period_name)
    by = cut_off or period.cut_off
    _has_come("cut-off", by)
    _has_come("moment of knowledge", as_known_at)
    with database.connect(settings, "loader", doing=_DOING) as connection:
        before = _results_before(settings, connection, what, period, as_known_at)
        with known.moment(connection, _DOING) as now:
            moment = as_known_at or now
            records = what.records(connection, Asked(period, by, moment, settings.idva.met_by), before)
        what.check(records, period)
        logs.event("returns.asked", rows=sum(table.num_rows for table in records.values()))
        number = versions.next_version(connection, what.name, period.name)
        facts = _facts(what, period, number, by, moment)
        records |= _decided(settings, connection, what, facts, records)
        return versions.save_draft(settings, connection, _draft(settings, facts, records, made(records, facts)))


def _results_before(
    settings: Settings, connection: Connection, what: Return, period: Period, as_known_at: datetime | None
) -> Results:
    """The results of the period before: those that went out, else as they are counted now."""
    if what.results is None:
        return {}
    told = earlier.results_told(settings, connection, what, period.previous)
    if told is not None:
        return told
    with known.moment(connection, _DOING) as now:
        asked = Asked(period.previous, period.previous.cut_off, as_known_at or now, settings.idva.met_by)
        return what.results(what.records(connection, asked, {}))


def _has_come(what: str, moment: datetime | None) -> None:
    if moment is not None and moment > clock.now():
        raise WrongUse(what=f"The {what} {moment:%Y-%m-%d %H:%M} has not come yet: nothing is built before it")


def _facts(what: Return, period: Period, number: int, cut_off: datetime, moment: datetime) -> Facts:
    return Facts(
        of_return=what.name,
        period=period,
        version=number,
        cut_off=cut_off,
        as_known_at=moment,
        made_at=clock.now(),
        rule_version=load_rules().version,
        mapping_version=read_versions(MAPPINGS)[SET].version,
    )


def _decided(
    settings: Settings, connection: Connection, what: Return, facts: Facts, records: Mapping[str, pa.Table]
) -> dict[str, pa.Table]:
    """What is hidden, said and told as changed, given all that a reader of this version has seen before."""
    figures = what.figures(records)
    before = earlier.seen_beside(settings, connection, facts)
    guarded = settings.small_numbers if what.small_numbers else {}
    draft = disclosure.Draft(what.name, facts.period.name, facts.version, tuple(figures), guarded)
    hidden: frozenset[Key] = frozenset()
    if what.small_numbers:
        draft, hidden = disclosure.protect_or_withhold(draft, before)
    shown = disclosure.apply(draft, hidden, what.uses())
    if what.small_numbers and (found := disclosure.check(shown, before)):
        raise CountsCanBeComputed(tables=", ".join(sorted({place.table for place in found})))
    moved = earlier.moved(settings, connection, what, facts, records)
    gone = disclosure.hidden_keys(shown.figures, *(each.figures for each in before if each.period == facts.period.name))
    before_counts = earlier.counts_before(settings, connection, facts)
    said = what.notes(Noted(records, shown.figures, facts.period, _rule_changes(facts.period), before_counts))
    return decided(hidden, said, [change for change in moved if change.key not in gone], draft.settings)


def _rule_changes(period: Period) -> list[RuleChange]:
    return [
        RuleChange(each.table, each.version, each.since)
        for each in read_versions(MAPPINGS).values()
        if period.first <= each.since <= period.last and each.table != SET
    ]


def _draft(settings: Settings, facts: Facts, records: Mapping[str, pa.Table], files: Made) -> Draft:
    plain = to_parquet(records)
    return Draft(
        return_name=facts.of_return,
        period=facts.period.name,
        version=facts.version,
        cut_off=facts.cut_off,
        as_known_at=facts.as_known_at,
        format_version=catalogue.FORMAT_VERSION,
        rule_version=facts.rule_version,
        mapping_version=facts.mapping_version,
        rows={kind: table.num_rows for kind, table in sorted(records.items())},
        files=files.files,
        records=sealed.seal(settings.home, plain),
        figures_sha256=files.figures_sha256,
        trace_sha256=hashlib.sha256(plain).hexdigest(),
        built_by=versions.builder(settings),
        built_at=facts.made_at,
    )
