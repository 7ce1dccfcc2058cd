"""Versions of returns on the screen: all in a table, and one with what somebody looks at before approving it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchange.cli import desk, screen
from exchange.returns import standing
from exchange.returns.approving import Summary
from exchange.returns.versions import Version

MOST = 40


def table(found: Sequence[Version], where: Path) -> None:
    """Every version with its state and what comes next."""
    if not found:
        screen.say("Returns: none was built yet.")
        return
    screen.table(
        "Returns",
        ["return", "period", "v", "state", "built", "approved", "delivered", "received", "next"],
        [
            (
                *(each.return_name, each.period, each.version, each.state),
                f"{desk.at(each.built_at)} {each.built_by}",
                f"{desk.at(each.approved_at)} {each.approved_by or ''}".strip(),
                *(desk.at(each.delivered_at), desk.at(each.receipted_at), standing.next_step(each)),
            )
            for each in found
        ],
        right=["v"],
    )
    screen.say(f"Their files are in {where}/RETURN/PERIOD/vN.")


def show(version: Version, summary: Summary) -> None:
    """What would be approved: from when, by whom, its totals, and what of it is not there."""
    screen.say(f"{version.stem}, built by {version.built_by} on {desk.at(version.built_at)}")
    screen.say(f"Activity until {desk.at(version.cut_off)}, as it was known on {desk.at(version.as_known_at)}.")
    rows = ", ".join(f"{count:,} {name}" for name, count in sorted(version.rows.items()))
    screen.say(f"Made from {rows or 'no rows'}; rules {version.rule_version}, mappings {version.mapping_version}.")
    screen.table("Totals", ["table", "column", "value"], summary.totals[:MOST], right=["value"])
    if len(summary.totals) > MOST:
        screen.say(f"{len(summary.totals) - MOST} more totals: see figures.csv.")
    screen.say(
        f"{summary.figures:,} figures: {summary.suppressed:,} suppressed as small numbers, "
        f"{summary.not_available:,} not available."
    )
