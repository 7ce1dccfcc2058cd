"""The night in one picture, for `lvws status` and for Prefect's page: what waits for people, and each source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from exchange import clock
from exchange.alerts import found
from exchange.alerts.kinds import KINDS
from exchange.cms import due, queues, reviewing, signed
from exchange.database import Connection
from exchange.ledger import alerts, nights, visits
from exchange.ledger.alerts import Alert
from exchange.ledger.arrivals import Day
from exchange.ledger.nights import OfSource
from exchange.ledger.visits import Visit
from exchange.onward import report
from exchange.returns import standing, versions
from exchange.settings import Settings
from exchange.sources import FEEDS
from mappings.clock_rules import load_clocks

# What started within these hours is the last night's.
NIGHT: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Look:
    """Something that somebody has to look at: how many, what, and the command for it."""

    count: int
    what: str
    command: str


@dataclass(frozen=True)
class Source:
    """A source: what its runs of the night come to, its newest day that is owed, and the last visit to its server."""

    night: OfSource
    day: Day | None
    visit: Visit | None

    def as_json(self) -> dict[str, Any]:
        """The source as `lvws status --json` prints it."""
        night = self.night
        return {
            **asdict(night),
            "business_date": night.business_date.isoformat() if night.business_date else None,
            "at": night.at.isoformat() if night.at else None,
            "expected": self.day.as_json() if self.day else None,
            "visited_at": self.visit.at.isoformat() if self.visit else None,
            "visit_failed": self.visit.code if self.visit else None,
        }


@dataclass(frozen=True)
class Picture:
    """The night: what to look at, the most dangerous first; each source; when a file was last loaded."""

    looks: tuple[Look, ...]
    sources: tuple[Source, ...]
    last_success: datetime | None

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            "sources": [each.as_json() for each in self.sources],
            "look_at": [asdict(each) for each in self.looks],
            "last_success": self.last_success.isoformat() if self.last_success else None,
        }


def taken(settings: Settings, connection: Connection) -> Picture:
    """The picture as things stand now."""
    names = [name for name in FEEDS if name in settings.sftp]
    of_sources = nights.by_source(connection, names, clock.now() - NIGHT)
    days = _newest_owed(found.expected_days(found.place(settings, connection)))
    seen = visits.last(connection)
    return Picture(
        looks=tuple(look for look in _looks(connection, of_sources) if look.count),
        sources=tuple(Source(each, days.get(each.source), seen.get(each.source)) for each in of_sources),
        last_success=nights.last_success(connection),
    )


def _newest_owed(days: Sequence[Day]) -> dict[str, Day]:
    """Of each feed the newest day whose file should be here, or is."""
    now = clock.now()
    return {day.owed.feed: day for day in days if day.owed.due_at <= now or day.state not in {"expected", "due_soon"}}


def _looks(connection: Connection, of_sources: Sequence[OfSource]) -> Iterator[Look]:
    """In the order in which somebody should act."""
    wrong = alerts.standing(connection)
    waiting = queues.waiting(connection)
    yield Look(_of_group(wrong, "security"), "servers are not read, because something is not safe", "lvws alerts list")
    yield Look(waiting.not_passable, "high risk and not passable: call the force today", "lvws not-passable list")
    yield Look(waiting.held_high_risk, "at high risk and held: due in 24 hours", "lvws held list")
    yield Look(sum(each.bad for each in of_sources), "files refused, stopped or not at their end", "lvws runs")
    yield Look(sum(each.incomplete for each in of_sources), "files still being written on a server", "lvws files")
    yield Look(_of_group(wrong, "arrivals", "service"), "alerts about files and the service", "lvws alerts list")
    clocks = (each for each in load_clocks() if each.ours)
    counts = due.due(connection, clocks, due.Wanted(limit=1), clock.now()).counts
    yield Look(sum(each.overdue for each in counts), "steps overdue", "lvws due")
    yield Look(sum(each.people for each in report.overdue(connection)), "handed on, no receipt yet", "lvws onward list")
    yield Look(len(signed.waiting(connection)), "steps wait for a second person", "lvws steps list")
    yield Look(len(reviewing.waiting(connection)), "possible matches wait for people", "lvws review list")
    yield Look(waiting.held - waiting.held_high_risk, "others held", "lvws held list")
    yield Look(waiting.quarantined, "broken rows that nobody mended yet", "lvws quarantine list")
    yield Look(len(standing.alerts(versions.versions(connection))), "returns wait for somebody", "lvws returns list")
    yield Look(waiting.events, "events wait for their referral; nothing to do", "lvws runs --source case_activity")


def _of_group(wrong: Sequence[Alert], *groups: str) -> int:
    return sum(KINDS[each.kind].group in groups for each in wrong)
