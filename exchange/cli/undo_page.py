"""What taking a load back would do, or did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from exchange.cli import desk, figures_page, screen
from exchange.operating.previewing import Figures
from exchange.operating.undo import Undone

MOST: Final = 20


def as_json(told: Undone, figures: Figures | None) -> None:
    """One document; with the figures that would move, of a preview."""
    screen.document(
        {
            "run": told.run.run,
            "source": told.run.source,
            "file": told.run.file,
            **{name: list(getattr(told, name)) for name in ("gone", "changed", "kept", "less_protected")},
            "not_passable": told.not_passable,
            "events_gone": told.events[0],
            "events_changed": told.events[1],
            "staff": [each.as_json() for each in told.staff],
            **(figures.as_json() if figures else {}),
        }
    )


def show(told: Undone, figures: Figures) -> None:
    """A preview for people: the dangerous first."""
    run = told.run
    screen.say(f"Preview of undoing run {run.run}: {run.file} of {run.source}. Nothing was changed.")
    _not_passable(told)
    _keys("Less protected than now, because nothing else told of a risk, a warning or a hold", told.less_protected)
    _keys("Kept, because people worked on them", told.kept)
    _keys("Would go, because nothing but this load told of them", told.gone)
    _keys("Would say what other loads told", told.changed)
    if any(told.events):
        screen.say(f"Case activity: {told.events[0]:,} events would go, {told.events[1]:,} would change.")
    _staff(told)
    figures_page.show(figures)


def done(told: Undone) -> None:
    """What was done, and what is left to do."""
    run = told.run
    screen.say(
        f"Run {run.run} ({run.file}) is undone: {len(told.gone):,} referrals went, {len(told.changed):,} say what "
        f"other loads told, {len(told.kept):,} were kept."
    )
    if any(told.events):
        screen.say(f"Case activity: {told.events[0]:,} events went, {told.events[1]:,} changed.")
    _not_passable(told)
    _keys("Less protected than before (look at each of them today)", told.less_protected)
    _keys("Kept, because people worked on them (decide about each with casework)", told.kept)
    _staff(told)
    screen.say("Its sender was not told: call it. A correct file is taken in by itself; or lvws rerun loads it again.")


def _not_passable(told: Undone) -> None:
    if told.not_passable:
        screen.say(
            f"High risk, not passable: {told.not_passable} rows of it, of which nobody is reminded any more. Call the "
            f"force about each of them first: lvws not-passable list"
        )


def _keys(title: str, keys: Sequence[str]) -> None:
    if keys:
        more = f" and {len(keys) - MOST:,} more (--json)" if len(keys) > MOST else ""
        screen.say(f"{title}: {len(keys):,}\n  {', '.join(keys[:MOST])}{more}")


def _staff(told: Undone) -> None:
    if told.staff:
        screen.table(
            f"What people did since; all of it stays: {len(told.staff):,}",
            ["key", "what", "by", "at", "the referral"],
            [(each.key, each.what, each.who, desk.at(each.at), each.becomes) for each in told.staff[:MOST]],
        )
