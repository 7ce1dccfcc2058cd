"""`lvws due`: what has to be done next, until when, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange import clock, database, settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.clock import LONDON
from exchange.errors import WrongUse

if TYPE_CHECKING:
    from exchange.cms.due import Due, Listing

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")]
Owner = Annotated[str | None, typer.Option("--owner", "-o", help="Only those whose owner's name has this in it.")]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Only referrals of this source.")]
Standard = Annotated[str | None, typer.Option("--standard", help="Only this clock, as docs/mappings.md names it.")]


def due(
    *,
    limit: Limit = 40,
    owner: Owner = None,
    source: Source = None,
    standard: Standard = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """What is due next: held high-risk domestic abuse first, then whatever has the least time left."""
    from exchange.cms import due as cms  # noqa: PLC0415
    from mappings.clock_rules import load_clocks  # noqa: PLC0415

    ours = [each for each in load_clocks() if each.ours]
    if standard is not None and standard not in {each.standard for each in ours}:
        known = ", ".join(sorted({each.standard for each in ours}))
        raise WrongUse(what=f"No clock of ours has that name. They are: {known}.")
    wanted = cms.Wanted(owner=owner or None, source=source, standard=standard, limit=limit)
    now = clock.now()
    with database.connect(settings.load(), "reader", doing="listing what is due") as connection:
        found = cms.due(connection, ours, wanted, now)
    screen.document(_as_json(found, now)) if json else _show(found, now)


def _show(found: Listing, now: datetime) -> None:
    from exchange.triage import clocks  # noqa: PLC0415

    if not found.counts:
        screen.say("Nothing is due.")
        return
    screen.table(
        "Due next",
        ["due", "how long", "what to do", "key", "source", "owner", "held"],
        [
            (
                clocks.in_london(line.due, line.clock),
                clocks.in_words(line.due, now),
                line.clock.says,
                line.key,
                line.source,
                line.owner,
                _held(line),
            )
            for line in found.lines
        ],
        right=["due", "how long", "key"],
    )
    if found.more:
        screen.say(f"{found.more} more. See: lvws due --limit {len(found.lines) + found.more}")
    overdue = [f"{count.standard} {count.overdue}" for count in found.counts if count.overdue]
    screen.say(f"Overdue: {', '.join(overdue)}." if overdue else "Nothing is overdue.")


def _held(line: Due) -> str | None:
    if not line.held_for:
        return None
    since = f" since {line.held_since.astimezone(LONDON):%Y-%m-%d %H:%M}" if line.held_since else ""
    return f"held{since}, not to be contacted: {', '.join(line.held_for)}"


def _as_json(found: Listing, now: datetime) -> dict[str, Any]:
    """Times are UTC."""
    return {
        "due": [_line_as_json(line, now) for line in found.lines],
        "more": found.more,
        "counts": [
            {"standard": count.standard, "open": count.open, "overdue": count.overdue} for count in found.counts
        ],
    }


def _line_as_json(line: Due, now: datetime) -> dict[str, Any]:
    from exchange.triage import clocks  # noqa: PLC0415

    return {
        "source": line.source,
        "key": line.key,
        "standard": line.clock.standard,
        "started": line.started.astimezone(UTC).isoformat(),
        "due": line.due.isoformat(),
        "overdue": clocks.is_overdue(line.due, now),
        "how_long": clocks.in_words(line.due, now),
        "do": line.clock.says,
        "owner": line.owner,
        "area": line.area,
        "held_since": line.held_since.astimezone(UTC).isoformat() if line.held_since else None,
        "held_for": list(line.held_for),
    }
