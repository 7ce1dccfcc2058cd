"""Alerts for people and for --json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange.alerts import kinds
from exchange.alerts.kinds import KINDS
from exchange.cli import desk, screen
from exchange.ledger.alerts import Alert


def as_json(found: Sequence[Alert]) -> dict[str, Any]:
    """Alerts as one document."""
    return {"alerts": [_one(each) for each in found]}


def _one(alert: Alert) -> dict[str, Any]:
    says, do = kinds.sentences(alert.kind, alert.facts)
    return {
        "alert": alert.alert_id,
        "kind": alert.kind,
        "group": KINDS[alert.kind].group,
        "source": alert.source,
        "business_date": alert.business_date.isoformat() if alert.business_date else None,
        "since": alert.since.isoformat(),
        "says": says,
        "do": do,
        "settled_by": alert.settled_by,
        "settled_for": alert.settled_for,
    }


def show(found: Sequence[Alert]) -> None:
    """What stands, the most dangerous first, each with what to do."""
    order = list(KINDS)
    if not found:
        screen.say("Nothing is wrong.")
    for each in sorted(found, key=lambda each: (order.index(each.kind), each.since)):
        says, do = kinds.sentences(each.kind, each.facts)
        screen.say(f"{each.alert_id:>5}  {says} Since {desk.at(each.since)}.")
        screen.say(f"       {_settled(each) or do}")


def _settled(alert: Alert) -> str:
    return f"Settled by {alert.settled_by}: {alert.settled_for}" if alert.settled_at else ""
