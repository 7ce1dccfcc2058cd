"""Figures of returns that a change would move, as a table for each return and period."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from exchange.cli import screen
from exchange.operating.previewing import Figures, Moved

MOST: Final = 40


def show(figures: Figures) -> None:
    """Which figures move; that none does, where some were worked out."""
    for (name, period), moved in groupby(figures.moved, key=lambda each: (each.of_return, each.period)):
        _table(name, period, list(moved))
    if figures.periods and not figures.moved:
        screen.say(f"No figure of a return moves ({', '.join(figures.periods)}).")
    if figures.left_out:
        screen.say(f"{figures.left_out} older months are touched too; their figures were not worked out.")


def _table(name: str, period: str, moved: Sequence[Moved]) -> None:
    screen.table(
        f"Figures that move, {name} {period}: {len(moved):,}",
        ["table", "row", "column", "now", "then"],
        [(e.table, e.row, e.column, e.before or "·", e.after or "·") for e in moved[:MOST]],
        right=["now", "then"],
    )
    if len(moved) > MOST:
        screen.say(f"and {len(moved) - MOST:,} more, with --json")
