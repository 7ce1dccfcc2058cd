"""`lvws onward`: who waits to be handed to another service, who was, and what that says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Key, Reason, Source
from exchange.cli.screen import Json, Yes

MOST = 200

app = typer.Typer(
    help="Onward referrals: who waits, who was sent, whose receipt is missing; and keeping somebody here.",
    no_args_is_help=True,
)

Destination = Annotated[str | None, typer.Option("--destination", "-d", help="Only this service.")]


@app.command("list")
def list_(destination: Destination = None, json: Json = False, yes: Yes = False) -> None:
    """Every onward referral by service and state: waiting for agreement, held and why, in a file, sent, received."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.onward import listing, places  # noqa: PLC0415
    from exchange.onward.report import moment  # noqa: PLC0415

    with database.connect(settings.load(), "reader", doing="listing onward referrals") as connection:
        found = listing.lines(connection, destination)
    if json:
        screen.document({"onward": [asdict(line) | {"destination": places.shown(line.destination)} for line in found]})
        return
    counted = Counter((places.shown(line.destination), line.state) for line in found)
    screen.table(
        "Onward referrals",
        ["service", "state", "people", "means"],
        [(name, state, count, listing.STATES[state]) for (name, state), count in counted.items()],
        right=["people"],
    )
    standing = [line for line in found if line.state != "received"]
    screen.table(
        "Not received yet",
        ["service", "state", "source", "key", "number", "reason", "why not", "since"],
        [
            (
                *(places.shown(line.destination), line.state, line.source, line.key, line.onward_id, line.reason),
                " ".join(line.why),
                moment(at) if (at := line.sent_at or line.queued_at or line.agreed_at) else None,
            )
            for line in standing[:MOST]
        ],
    )
    if len(standing) > MOST:
        screen.say(f"{len(standing) - MOST} more: see --json, or name a service with --destination.")


@app.command("turn-back")
def turn_back(key: Key, reason: Reason, *, source: Source = None, json: Json = False, yes: Yes = False) -> None:
    """Keep somebody who was to be handed on for living outside London and stays here, signed with your key."""
    from exchange.cms import contact, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.working("turning a referral back") as at_desk:
        place = contact.find(at_desk.connection, key, source)
        screen.confirm(
            f"This keeps {place.referral_key} ({place.source}) with us, though it is outside London", yes=yes
        )
        taken = steps.turn_back(at_desk, steps.About(place.source, place.referral_key, why))
        prevented = contact.prevented_by(at_desk.connection, place)
    if json:
        screen.document(desk.as_json(taken, not_because=list(prevented)))
        return
    desk.tell(taken)
    desk.tell_prevented(prevented)
