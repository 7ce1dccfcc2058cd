"""What is wrong now, from the ledger, the CMS, the returns and the disk. Each place is looked at for itself, so that
one that cannot be read hides nothing of the others.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from exchange import clock, errors
from exchange.clock import LONDON
from exchange.database import Connection, transaction
from exchange.errors import EXIT_UNSAFE, ExchangeError
from exchange.intake import arrivals
from exchange.ledger import alerts, reports, visits
from exchange.ledger import arrivals as days
from exchange.ledger.alerts import Condition
from exchange.ledger.arrivals import Day
from exchange.onward import places
from exchange.onward import report as onward
from exchange.returns import standing, versions
from exchange.settings import Settings
from exchange.sources import FEEDS
from exchange.triage import clocks
from mappings.arrival_calendar import load_calendars

LEAST_DISK_GB: Final = 5
# A load takes minutes; one that nobody has had for an hour needs somebody.
_STUCK_AFTER: Final = timedelta(hours=1)
_HELD_TOO_LONG: Final = timedelta(hours=24)  # interfaces: outcomes, a held high-risk case is due in 24 hours
_BACKUP_EVERY: Final = timedelta(hours=36)
QUARANTINED_TOO_LONG: Final = timedelta(days=5)
# A volume out of the ordinary is news for so long.
_NEWS: Final = timedelta(days=7)

_OF_VOLUME: Final = {"few": "few_rows", "many": "many_rows"}
_STATE_SINCE: Final = {"late": "due_at", "incomplete": "due_at", "missed": "missed_at"}


@dataclass(frozen=True)
class Place:
    """Where to look: the service's settings, a connection that may read, and the moment."""

    settings: Settings
    connection: Connection
    now: datetime


Look = Callable[[Place], Iterator[Condition]]


def expected_days(place: Place) -> list[Day]:
    """The days that are looked at: 35 days back, and those of which something is still wrong."""
    firsts, wrong = days.first_days(place.connection), alerts.earliest_days(place.connection)
    today = place.now.astimezone(LONDON).date()
    since = {
        feed: max(firsts[feed], min(today - days.HORIZON, wrong.get(feed, today)))
        for feed in FEEDS
        if feed in firsts and feed in place.settings.sftp
    }
    return days.days(place.connection, load_calendars(), since, today, place.now)


def _arrivals(place: Place) -> Iterator[Condition]:
    found = expected_days(place)
    runs = _runs_of(place.connection, found)
    for each in found:
        owed = each.owed
        about = f"{owed.feed} {owed.business_date}"
        facts: dict[str, str | int] = {"source": owed.feed, "day": f"{owed.business_date:%a %d %B %Y}"}
        if each.state in arrivals.WANTING:
            run, code = runs.get((owed.feed, owed.business_date), ("", ""))
            since = getattr(owed, _STATE_SINCE.get(each.state, "due_at"))
            facts |= {"due": f"{owed.due_at.astimezone(LONDON):%d %B %H:%M}", "run": run, "code": code}
            yield Condition(each.state, about, since, owed.feed, owed.business_date, facts)
        if each.volume and place.now < owed.due_at + _NEWS:
            usual = sorted(each.usual)[len(each.usual) // 2]
            facts |= {"rows": each.rows, "usual": f"about {usual}"}
            kind = _OF_VOLUME[each.volume]
            yield Condition(kind, f"{about} rows", owed.due_at, owed.feed, owed.business_date, facts)
    yield from _not_owed(place, found)


def _not_owed(place: Place, found: list[Day]) -> Iterator[Condition]:
    """Files that were refused or stopped, of days that no calendar owes: older ones, and feeds without a calendar."""
    owed = {(each.owed.feed, each.owed.business_date) for each in found}
    with transaction(place.connection, "reading what was refused"):
        rows = place.connection.execute(
            "select distinct on (r.source, r.business_date) "
            "r.source, r.business_date, r.run, r.state, r.code, r.ended_at from ledger.run r "
            "where r.state in ('refused', 'stopped') and r.ended_at > %s and not exists ("
            "    select from ledger.run o where o.source = r.source and o.business_date = r.business_date "
            "    and o.state in ('loaded', 'open')) "
            "order by r.source, r.business_date, r.started_at desc",
            (place.now - days.HORIZON,),
        ).fetchall()
    for source, day, run, state, code, at in rows:
        if (source, day) not in owed and source in place.settings.sftp:
            facts = {"source": source, "day": f"{day:%a %d %B %Y}", "run": run, "code": code}
            yield Condition(state, f"{source} {day}", at, source, None, facts)


def _runs_of(connection: Connection, found: list[Day]) -> dict[tuple[str, date], tuple[str, str]]:
    """Of the days that are wanting the newest run, if any, and why it ended."""
    wanting = [each.owed for each in found if each.state in arrivals.WANTING]
    with transaction(connection, "reading the runs of days"):
        rows = connection.execute(
            "select distinct on (r.source, r.business_date) r.source, r.business_date, r.run, r.code from ledger.run r "
            "join unnest(%s::text[], %s::date[]) as w (source, day) on w.source = r.source and w.day = r.business_date "
            "order by r.source, r.business_date, r.started_at desc",
            ([each.feed for each in wanting], [each.business_date for each in wanting]),
        ).fetchall()
    return {(source, day): (run, code or "") for source, day, run, code in rows}


def _gaps(place: Place) -> Iterator[Condition]:
    for gap in reports.gaps(place.connection):
        facts: Mapping[str, str | int] = {"source": gap.source, "numbers": gap.numbers}
        subject = f"{gap.source} {gap.first} to {gap.last}"
        yield Condition("gap", subject, gap.since or place.now, gap.source, None, facts)


def _visits(place: Place) -> Iterator[Condition]:
    known = _by_code()
    for source, visit in visits.last(place.connection).items():
        if visit.code is None or source not in place.settings.sftp:
            continue
        kind = known.get(visit.code, ExchangeError)
        says, do = kind(source=source, host=place.settings.sftp[source].host).sentences
        name = "visit_unsafe" if kind.exit_code == EXIT_UNSAFE else "visit_failed"
        facts = {"source": source, "code": visit.code, "said": says, "do": do}
        yield Condition(name, f"{source} server", visit.since, source, None, facts)


def _by_code() -> dict[str, type[ExchangeError]]:
    kinds = (each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ExchangeError))
    return {kind.code: kind for kind in kinds}


def _stuck(place: Place) -> Iterator[Condition]:
    with transaction(place.connection, "reading which runs stand still"):
        rows = place.connection.execute(
            "select run, source, started_at from ledger.run where state = 'open' and started_at < %s "
            "and (lease_until is null or lease_until < %s)",
            (place.now - _STUCK_AFTER, place.now),
        ).fetchall()
    for run, source, at in rows:
        yield Condition("run_stuck", f"run {run}", at, source, None, {"source": source, "run": run})


def _not_passable(place: Place) -> Iterator[Condition]:
    with transaction(place.connection, "reading what is high risk and not passable"):
        rows = place.connection.execute(
            "select n.source, n.run, r.file, n.line, n.area, r.ended_at from cms.not_passable n "
            "join ledger.run r using (run)"
        ).fetchall()
    for source, run, file, line, area, at in rows:
        facts = {"source": source, "run": run, "file": file, "line": line, "area": area}
        yield Condition("not_passable", f"run {run} line {line}", at, source, None, facts)


def _held(place: Place) -> Iterator[Condition]:
    with transaction(place.connection, "reading who is held"):
        rows = place.connection.execute(
            "select o.hold_id, o.reason, o.opened_at, h.area, h.owner from cms.open_hold o "
            "join cms.high_risk h using (referral_id) where o.opened_at < %s",
            (place.now - _HELD_TOO_LONG,),
        ).fetchall()
    for hold, reason, at, area, owner in rows:
        facts = {"reason": reason, "area": area, "owner": owner}
        yield Condition("hold_overdue", f"hold {hold}", at, None, None, facts)


def _onward(place: Place) -> Iterator[Condition]:
    for each in onward.overdue(place.connection):
        name = places.shown(each.destination)
        facts: Mapping[str, str | int] = {"destination": name, "people": each.people}
        yield Condition("onward_overdue", f"receipts of {name}", each.since, None, None, facts)


def _quarantine(place: Place) -> Iterator[Condition]:
    with transaction(place.connection, "reading what waits in quarantine"):
        rows = place.connection.execute(
            "select source, count(*), min(first_reported) from ledger.reject "
            "where kind = 'quarantined' and mended_at is null group by source having min(first_reported) < %s",
            (place.now - QUARANTINED_TOO_LONG,),
        ).fetchall()
    for source, count, at in rows:
        facts = {"source": source, "rows": count, "days": QUARANTINED_TOO_LONG.days}
        yield Condition("quarantine_old", f"{source} quarantine", at, source, None, facts)


def _returns(place: Place) -> Iterator[Condition]:
    for each in versions.versions(place.connection):
        due = standing.receipt_due(each)
        if each.state == "draft":
            facts = {"what": each.stem, "builder": each.built_by, "command": standing.call(each, "approve")}
            yield Condition("return_draft", each.stem, each.built_at, None, None, facts)
        elif due is not None and clocks.is_overdue(due, place.now):
            yield Condition("return_unreceipted", each.stem, due, None, None, {"what": each.stem})


def _idva(place: Place) -> Iterator[Condition]:
    from exchange.cms import rosters  # noqa: PLC0415 - tables of the returns, for who has a roster
    from outputs.figures import rounded  # noqa: PLC0415
    from outputs.idva import status  # noqa: PLC0415

    with transaction(place.connection, "reading the roster"):
        newest = rosters.newest_at(place.connection)
    if newest is None:
        return
    now = status.standing(newest.roster, place.now.astimezone(LONDON).date())
    if not now.is_met:
        facts = {"fte": rounded(now.fte), "required": rounded(now.required)}
        yield Condition("idva_short", "IDVA posts", place.now, None, None, facts)


def _disk(place: Place) -> Iterator[Condition]:
    free = shutil.disk_usage(place.settings.home).free / 1e9
    if free < LEAST_DISK_GB:
        home = str(place.settings.home)
        facts: dict[str, str | int] = {"free_gb": f"{free:.1f}", "least_gb": LEAST_DISK_GB, "home": home}
        yield Condition("disk_low", "disk", place.now, None, None, facts)


def _backup(place: Place) -> Iterator[Condition]:
    """Where backups are set up: whether last night's is there."""
    if not place.settings.backup.recipient:
        return
    made = [folder.stat().st_mtime for folder in place.settings.backup.folder.glob("lvws-*") if folder.is_dir()]
    newest = datetime.fromtimestamp(max(made), LONDON) if made else None
    if newest is None or place.now - newest > _BACKUP_EVERY:
        age = f"of {newest:%d %B %H:%M}" if newest else "not made yet"
        yield Condition("backup_old", "backup", newest or place.now, None, None, {"age": age})


# What is looked at, and the kinds of which each speaks.
LOOKS: Final[Mapping[Look, frozenset[str]]] = {
    _not_passable: frozenset({"not_passable"}),
    _held: frozenset({"hold_overdue"}),
    _onward: frozenset({"onward_overdue"}),
    _visits: frozenset({"visit_unsafe", "visit_failed"}),
    _arrivals: arrivals.WANTING | {"few_rows", "many_rows"},
    _gaps: frozenset({"gap"}),
    _quarantine: frozenset({"quarantine_old"}),
    _returns: frozenset({"return_draft", "return_unreceipted"}),
    _idva: frozenset({"idva_short"}),
    _stuck: frozenset({"run_stuck"}),
    _backup: frozenset({"backup_old"}),
    _disk: frozenset({"disk_low"}),
}


def place(settings: Settings, connection: Connection) -> Place:
    """Where to look now."""
    return Place(settings, connection, clock.now())
