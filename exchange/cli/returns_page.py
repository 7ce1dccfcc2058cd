"""Versions of returns on the screen: all in a table, and one with what somebody looks at before approving it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from exchange.cli import desk, screen
from exchange.returns import standing
from exchange.returns.approving import Summary
from exchange.returns.tracing import MadeOf
from exchange.returns.versions import Version
from outputs.figures import Key

MOST = 40
CELL = ("table", "row", "column")


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


def built(version: Version, where: Path) -> None:
    """What was made, and where it is."""
    screen.say(f"{version.stem} was built by {version.built_by} as a draft.")
    screen.say(f"Activity until {desk.at(version.cut_off)}, as it was known on {desk.at(version.as_known_at)}.")
    screen.say(made_from(version.rows))
    screen.say(f"Its files are in {where}")
    screen.say(f"Next: {standing.next_step(version)}")


def made_from(rows: Mapping[str, int]) -> str:
    """What a version is made from: referrals, or the posts of a roster."""
    if "posts" in rows:
        return f"It is made from a roster of {rows['posts']:,} posts." if rows["posts"] else "No roster is known yet."
    counted = rows.get("referrals", 0)
    return f"It counts {counted:,} referrals." if counted else "No referral was received in the period."


def made_of(version: Version, found: MadeOf, *, json: bool) -> None:
    """What a figure is made of."""
    if json:
        lines = [asdict(line) for line in found.lines]
        screen.document({"cell": found.cell, "records": found.records, "forgotten": found.forgotten, "lines": lines})
        return
    screen.say(f"{version.stem}, {' '.join(found.cell)}: {found.records:,} records were counted.")
    if found.lines:
        header = ["source", "referral", "business date", "file", "line", "run"]
        rows = [
            (each.source, each.key, each.business_date, each.file, each.line or "", each.run)
            for each in found.lines[:MOST]
        ]
        screen.table("Where they came from", header, rows, right=["line"])
    if len(found.lines) > MOST:
        screen.say(f"{len(found.lines) - MOST:,} more lines; all of them with --json.")
    if found.forgotten:
        screen.say(f"{found.forgotten:,} of them are in the CMS no more.")


def cells(version: Version, found: Sequence[Key], *, json: bool) -> None:
    """The cells in which a referral counts."""
    if json:
        screen.document({"name": version.stem, "cells": [dict(zip(CELL, each, strict=True)) for each in found]})
        return
    if not found:
        screen.say(f"The referral counts in no cell of {version.stem}.")
        return
    screen.table(f"{version.stem}: the cells in which it counts", list(CELL), found)


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
