"""A person's contact on the screen: first whether it is safe at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exchange.cli import desk, reasons, screen, step_page
from exchange.cms.contact import Contact


def as_json(found: Contact) -> dict[str, Any]:
    """The page as one JSON document; `stored` is not to be used where `may_contact` is false."""
    return {
        "source": found.place.source,
        "key": found.place.referral_key,
        "may_contact": found.may_contact,
        "not_because": list(found.not_because),
        "contact": found.usable,
        "stored": found.stored,
        "set_at": found.set_at.isoformat() if found.set_at else None,
        "set_by_step": found.set_by,
        "two_people": found.two_people,
        "holds": [
            {"reason": hold.reason, "since": hold.since.isoformat(), "opened_at": hold.opened_at.isoformat()}
            for hold in found.holds
        ],
        "proposals": [
            {"proposal": each.proposal, "field": each.field, "made_at": each.made_at.isoformat()}
            for each in found.proposals
        ],
        "steps": [step_page.as_json(step) for step in found.history],
    }


def show(found: Contact) -> None:
    """The page for people."""
    screen.say(f"{found.place.referral_key} ({found.place.source})")
    desk.tell_prevented(found.not_because)
    if found.may_contact:
        _details("How", found.usable.items())
    else:
        _details("Stored, NOT TO BE USED for contact", found.stored.items())
    setter = next((step for step in found.history if step.step == found.set_by), None)
    if setter is None:
        screen.say("Staff have not set it: it is what the sender told first.")
    else:
        people = " and ".join(each.operator for each in setter.signatures)
        screen.say(f"Set by {people}, step {setter.step}, {desk.at(found.set_at)}.")
    screen.table(
        "Holds", ["reason", "since", "why"], [(h.reason, h.since, reasons.says(h.reason)) for h in found.holds]
    )
    screen.table(
        "Proposals of feeds",
        ["id", "field", "since"],
        [(each.proposal, each.field, desk.at(each.made_at)) for each in found.proposals],
    )
    step_page.table("Steps of staff", found.history)


def changes(rows: Iterable[tuple[str, str | None, str | None]]) -> None:
    """What a step changes: field, now, then."""
    screen.table(
        "What changes", ["field", "now", "then"], [(field, now or "·", then or "·") for field, now, then in rows]
    )


def _details(title: str, values: Iterable[tuple[str, str | None]]) -> None:
    screen.say(f"{title}:")
    for name, value in values:
        if value:
            screen.say(f"  {name:<18} " + value.replace("\n", "\n" + " " * 21))
