"""`lvws contact`: whether and how a person may be contacted, and setting it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Key, Reason, Source
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cms.contact import Contact, Values

app = typer.Typer(
    help="Whether and how a person may be contacted; staff's own, whatever feeds say.", no_args_is_help=True
)


@app.command()
def show(key: Key, reason: Reason, source: Source = None, json: Json = False, yes: Yes = False) -> None:
    """May the person be contacted, if not why, and how; holds, proposals and steps. Each look is audited."""
    from exchange.cli import contact_page  # noqa: PLC0415
    from exchange.cms import contact, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.reading("reading a contact") as connection:
        found = contact.look(connection, contact.find(connection, key, source), reason=why)
    screen.document(contact_page.as_json(found)) if json else contact_page.show(found)


@app.command("set")
def set_contact(key: Key, reason: Reason, source: Source = None, json: Json = False, yes: Yes = False) -> None:
    """Set how a person may be contacted, signed with your key. For somebody at high risk a second person confirms.

    Values are asked field by field, or read as one JSON object from standard input where that is no terminal: fields
    safe_to_contact, preferred_contact, phone, other_phone, email, address, postcode, note; null clears one.
    """
    from exchange.cli import contact_page  # noqa: PLC0415
    from exchange.cms import contact, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.working("setting a contact") as at_desk:
        place = contact.find(at_desk.connection, key, source)
        found = contact.look(at_desk.connection, place, reason=why)
        fields = _changes(found, why)
        if not fields:
            screen.document({"step": None, "fields": []}) if json else screen.say("That is what stands there already.")
            return
        if not json:
            contact_page.changes([(name, found.stored[name], value) for name, value in fields.items()])
        second = "; a second person has to confirm it" if found.two_people else ""
        screen.confirm(f"This sets {', '.join(fields)} of {place.referral_key} ({place.source}){second}", yes=yes)
        about = steps.About(place.source, place.referral_key, why)
        taken = steps.set_contact(at_desk, about, fields=fields, seen=found.set_by)
        prevented = contact.prevented_by(at_desk.connection, place)
    if json:
        screen.document(desk.as_json(taken, fields=list(fields), not_because=list(prevented)))
        return
    desk.tell(taken)
    desk.tell_prevented(prevented)


def _changes(found: Contact, reason: str) -> Values:
    """The fields that were given and differ from what stands there."""
    from exchange.cms import contact, contact_fields  # noqa: PLC0415

    given = _ask(found.stored) if sys.stdin.isatty() else contact_fields.from_json(sys.stdin.read())
    contact.refuse_telling(reason, given)
    return {name: value for name, value in given.items() if value != found.stored[name]}


def _ask(stored: Values) -> Values:
    """Field by field, at a terminal: blank keeps, - clears. What cannot stand there is asked again."""
    from exchange.cms.contact_fields import HINTS  # noqa: PLC0415

    typer.echo("Enter keeps what stands in brackets, - clears it.", err=True)
    given: Values = {}
    for name, hint in HINTS.items():
        now = (stored[name] or "").replace("\n", "; ")
        while True:
            typed = typer.prompt(f"{name} ({hint}) [{now}]", default="", show_default=False, err=True).strip()
            if not typed:
                break
            if _take(given, name, typed):
                break
    return given


def _take(given: Values, name: str, typed: str) -> bool:
    from exchange.cms import contact_fields  # noqa: PLC0415
    from exchange.errors import WrongUse  # noqa: PLC0415

    try:
        given[name] = None if typed == "-" else contact_fields.parse(name, typed)
    except WrongUse as wrong:
        typer.echo(wrong.sentences[0], err=True)
        return False
    return True
