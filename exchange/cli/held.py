"""`lvws held`: who may not be contacted yet, and releasing them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange import clock
from exchange.cli import desk, reasons, screen
from exchange.cli.desk import Key, Reason, Source
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cms.contact import Place
    from exchange.cms.held import Held
    from exchange.database import Connection

app = typer.Typer(help="Referrals on hold: nobody contacts them yet.", no_args_is_help=True)

Hold = Annotated[
    list[str] | None, typer.Option("--hold", help="Only the hold of this reason; may be given several times.")
]


@app.command("list")
def list_held(json: Json = False, yes: Yes = False) -> None:
    """Who is held, why, and since when: high risk first, then who waits longest."""
    from exchange.cms import held  # noqa: PLC0415

    with desk.reading("listing who is held") as connection:
        found = held.everybody(connection)
    if json:
        screen.document({"held": [_as_json(each) for each in found]})
        return
    screen.table(
        "Held, high risk first",
        ["risk", "source", "key", "why", "since", "for", "area", "whose"],
        [
            (
                *("HIGH" if each.high_risk else "", each.source, each.referral_key),
                "\n".join(f"{reason}: {reasons.says(reason)}" for reason in each.reasons),
                *(each.since, _how_long(clock.now() - each.opened_at), each.area, each.owner),
            )
            for each in found
        ],
    )
    for reason in sorted({reason for each in found for reason in each.reasons}):
        screen.say(f"  - {reason}: {reasons.do(reason)}")


@app.command()
def release(
    key: Key, reason: Reason, *, hold: Hold = None, source: Source = None, json: Json = False, yes: Yes = False
) -> None:
    """Release the open holds of a referral, signed with your key. For high risk a second person confirms."""
    from exchange.cms import contact, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.working("releasing a hold") as at_desk:
        place = contact.find(at_desk.connection, key, source)
        which = _open(at_desk.connection, place, hold)
        if not json:
            for each in which:
                screen.say(f"  - {each}: {reasons.says(each)}")
        second = "; a second person has to confirm it" if contact.two_people(at_desk.connection, place) else ""
        screen.confirm(f"This releases {', '.join(which)} of {place.referral_key} ({place.source}){second}", yes=yes)
        about = steps.About(place.source, place.referral_key, why)
        taken = steps.release_hold(at_desk, about, reasons=which)
        prevented = contact.prevented_by(at_desk.connection, place)
    if json:
        screen.document(desk.as_json(taken, holds=which, not_because=list(prevented)))
        return
    desk.tell(taken)
    desk.tell_prevented(prevented)


def _open(connection: Connection, place: Place, wanted: list[str] | None) -> list[str]:
    """The reasons of the open holds that are meant. Raises NotFound."""
    from exchange.cms import contact  # noqa: PLC0415
    from exchange.errors import NotFound  # noqa: PLC0415

    found = {each.reason for each in contact.holds(connection, place)}
    missing = set(wanted or found) - found
    if missing or not found:
        what = " ".join(["open hold", *sorted(missing), "of"])
        raise NotFound(what=what, name=place.referral_key, list_with="lvws held list")
    return sorted(wanted or found)


def _how_long(held: timedelta) -> str:
    days, hours = held.days, held.seconds // 3600
    return f"{days} d {hours} h" if days else f"{hours} h"


def _as_json(each: Held) -> dict[str, Any]:
    return {
        "source": each.source,
        "key": each.referral_key,
        "high_risk": each.high_risk,
        "reasons": [{"reason": r, "says": reasons.says(r), "do": reasons.do(r)} for r in each.reasons],
        "since": each.since.isoformat(),
        "opened_at": each.opened_at.isoformat(),
        "hours": int((clock.now() - each.opened_at) / timedelta(hours=1)),
        "area": each.area,
        "owner": each.owner,
    }
