"""`lvws status`: the night in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import database, settings
from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cli.picture import Picture, Source


def status(json: Json = False, yes: Yes = False) -> None:
    """The night in one picture: what came, what waits for people, what is due. The most dangerous first."""
    from exchange.cli import picture  # noqa: PLC0415 - returns, matching and their rules

    loaded = settings.load()
    with database.connect(loaded, "reader", doing="reading the night") as connection:
        taken = picture.taken(loaded, connection)
    if json:
        screen.document(taken.as_json())
    else:
        _show(taken)


def _show(taken: Picture) -> None:
    if taken.looks:
        screen.table(
            "To look at, the most dangerous first",
            ["how many", "what", "with"],
            [(f"{each.count:,}", each.what, each.command) for each in taken.looks],
            right=["how many"],
        )
    else:
        screen.say("Nothing waits for anybody.")
    if not taken.sources:
        screen.say("No source is set up yet: see docs/operator-guide.md, Setting it up.")
        return
    screen.say()
    screen.table(
        "Sources: the last 24 hours, and the newest file of all",
        [*("source", "files", "rows", "quarantined", "excluded"), *("newest file", "state", "of", "at", "owed")],
        [_line(each) for each in taken.sources],
        right=["files", "rows", "quarantined", "excluded"],
    )
    last = taken.last_success
    screen.say(f"Last load: {desk.at(last)}." if last else "Nothing was ever loaded: lvws ingest")


def _line(source: Source) -> tuple[object, ...]:
    night = source.night
    return (
        *(night.source, night.files or "·", night.rows or "·", night.quarantined or "·", night.excluded or "·"),
        *(night.file or "none yet", night.state, night.business_date, desk.at(night.at), owed(source)),
    )


def owed(source: Source) -> str:
    """How the newest day stands that is owed: `late: Mon 23 Nov`."""
    if source.visit and source.visit.code:
        return f"server not read ({source.visit.code})"
    return f"{source.day.state.replace('_', ' ')}: {source.day.owed.business_date:%a %d %b}" if source.day else ""
