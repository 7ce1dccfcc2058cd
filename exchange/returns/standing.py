"""How a version stands, and what somebody has to do next, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from exchange import clock
from exchange.returns.versions import RECEIVER, Version
from exchange.triage import clocks

# A receiver that says nothing for longer may not have it.
RECEIPT_WITHIN: Final = 2  # working days


def call(version: Version, command: str) -> str:
    """The command line for a version."""
    return f"lvws returns {command} {version.return_name} --period {version.period}"


def receipt_due(version: Version) -> datetime | None:
    """When a delivered version should have been receipted; None where nothing is waited for."""
    if version.state != "delivered" or version.delivered_at is None:
        return None
    day = version.delivered_at.astimezone(clock.LONDON).date()
    return clocks.end_of_day(clocks.working_day_after(day, RECEIPT_WITHIN))


def next_step(version: Version) -> str:
    """What comes next."""
    due = receipt_due(version)
    match version.state:
        case "draft":
            step = f"waits for approval by somebody other than {version.built_by}: {call(version, 'approve')}"
        case "approved" if version.is_out:
            step = f"its delivery was begun and is not done: {call(version, 'deliver')}"
        case "approved":
            step = f"waits to be delivered: {call(version, 'deliver')}"
        case "delivered" if due is not None and clocks.is_overdue(due, clock.now()):
            step = f"no receipt within {RECEIPT_WITHIN} working days: call {RECEIVER.upper()} today"
        case "delivered":
            step = f"waits for the receipt of {RECEIVER.upper()}"
        case "receipted":
            step = "nothing: it was received"
        case "superseded" if version.set_aside:
            step = "nothing: it was set aside, because it said what the version before it says"
        case "superseded":
            step = "nothing: a later version took its place"
        case _:
            assert_never(version.state)
    return step


def alerts(found: Sequence[Version]) -> list[str]:
    """What somebody has to act on today."""
    told = []
    for each in found:
        due = receipt_due(each)
        if each.state == "draft":
            told.append(f"{each.stem} {next_step(each)}")
        elif due is not None and clocks.is_overdue(due, clock.now()):
            assert each.delivered_at is not None
            since = f"{each.delivered_at.astimezone(clock.LONDON):%Y-%m-%d %H:%M}"
            told.append(
                f"{each.stem}: no receipt from {RECEIVER.upper()} since it was delivered on {since}. Call it today: "
                f"until it says that it has the return, it may not have it."
            )
    return told


def as_json(version: Version) -> dict[str, Any]:
    """One version for --json."""
    times = ("cut_off", "as_known_at", "built_at", "approved_at", "delivered_at", "receipted_at", "superseded_at")
    told = {name: at.isoformat() if (at := getattr(version, name)) else None for name in times}
    return {
        "return": version.return_name,
        "period": version.period,
        "version": version.version,
        "state": version.state,
        "built_by": version.built_by,
        "approved_by": version.approved_by,
        **told,
        "format_version": version.format_version,
        "rule_version": version.rule_version,
        "mapping_version": version.mapping_version,
        "rows": dict(version.rows),
        "files": [each["name"] for each in version.files],
        "receiver": version.receiver,
        "next": next_step(version),
    }
