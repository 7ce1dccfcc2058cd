"""`lvws status`: the night in one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from exchange import clock, database, settings
from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.database import Connection
    from exchange.ledger.nights import OfSource

# What started within these hours is the last night's.
NIGHT: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Look:
    """Something that somebody has to look at: how many, what, and the command for it."""

    count: int
    what: str
    command: str


def status(json: Json = False, yes: Yes = False) -> None:
    """The night in one picture: what came, what waits for people, what is due. The most dangerous first."""
    from exchange.ledger import nights  # noqa: PLC0415
    from exchange.sources import FEEDS  # noqa: PLC0415

    loaded = settings.load()
    sources = [name for name in FEEDS if name in loaded.sftp]
    with database.connect(loaded, "reader", doing="reading the night") as connection:
        found = nights.by_source(connection, sources, clock.now() - NIGHT)
        last = nights.last_success(connection)
        looks = [look for look in _looks(connection, found) if look.count]
    if json:
        screen.document(_as_json(found, looks, last))
    else:
        _show(found, looks, last)


def _looks(connection: Connection, found: list[OfSource]) -> Iterator[Look]:
    """In the order in which somebody should act."""
    from exchange.cms import due, queues, reviewing, signed  # noqa: PLC0415
    from exchange.onward import report  # noqa: PLC0415
    from exchange.returns import standing, versions  # noqa: PLC0415
    from mappings.clock_rules import load_clocks  # noqa: PLC0415

    waiting = queues.waiting(connection)
    yield Look(waiting.not_passable, "high risk and not passable: call the force today", "lvws not-passable list")
    yield Look(waiting.held_high_risk, "at high risk and held: due in 24 hours", "lvws held list")
    yield Look(sum(each.bad for each in found), "files refused, stopped or not at their end", "lvws runs")
    yield Look(sum(each.incomplete for each in found), "files still being written on a server", "lvws files")
    counts = due.due(connection, (each for each in load_clocks() if each.ours), due.Wanted(limit=1), clock.now()).counts
    yield Look(sum(each.overdue for each in counts), "steps overdue", "lvws due")
    yield Look(sum(each.people for each in report.overdue(connection)), "handed on, no receipt yet", "lvws onward list")
    yield Look(len(signed.waiting(connection)), "steps wait for a second person", "lvws steps list")
    yield Look(len(reviewing.waiting(connection)), "possible matches wait for people", "lvws review list")
    yield Look(waiting.held - waiting.held_high_risk, "others held", "lvws held list")
    yield Look(waiting.quarantined, "broken rows that nobody mended yet", "lvws rejects list")
    yield Look(len(standing.alerts(versions.versions(connection))), "returns wait for somebody", "lvws returns list")
    yield Look(waiting.events, "events wait for their referral; nothing to do", "lvws runs --source case_activity")


def _as_json(found: list[OfSource], looks: list[Look], last: datetime | None) -> dict[str, Any]:
    return {
        "sources": [
            {
                **asdict(each),
                "business_date": each.business_date.isoformat() if each.business_date else None,
                "at": each.at.isoformat() if each.at else None,
            }
            for each in found
        ],
        "look_at": [asdict(each) for each in looks],
        "last_success": last.isoformat() if last else None,
    }


def _show(found: list[OfSource], looks: list[Look], last: datetime | None) -> None:
    if looks:
        screen.table(
            "To look at, the most dangerous first",
            ["how many", "what", "with"],
            [(f"{each.count:,}", each.what, each.command) for each in looks],
            right=["how many"],
        )
    else:
        screen.say("Nothing waits for anybody.")
    if not found:
        screen.say("No source is set up yet: see docs/operator-guide.md, Setting it up.")
        return
    screen.say()
    screen.table(
        "Sources: the last 24 hours, and the newest file of all",
        ["source", "files", "rows", "quarantined", "excluded", "newest file", "state", "of", "at"],
        [
            (
                *(each.source, each.files or "·", each.rows or "·", each.quarantined or "·", each.excluded or "·"),
                *(each.file or "none yet", each.state, each.business_date, desk.at(each.at) if each.at else ""),
            )
            for each in found
        ],
        right=["files", "rows", "quarantined", "excluded"],
    )
    screen.say(f"Last load: {desk.at(last)}." if last else "Nothing was ever loaded: lvws ingest")
