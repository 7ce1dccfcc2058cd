"""`lvws not-passable`: high-risk domestic abuse that may not be held, until the force has answered."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Key, Reason
from exchange.cli.screen import Json, Yes

app = typer.Typer(
    help="High-risk domestic abuse that may not be held for want of consent: the force has to act, and to say so.",
    no_args_is_help=True,
)

Source = Annotated[str, typer.Option("--source", "-s", help="Which source sent it.")]


@app.command("list")
def list_not_passable(json: Json = False, yes: Yes = False) -> None:
    """Whom the force has not answered for yet, oldest first: call it today."""
    from exchange.cms import not_passable  # noqa: PLC0415

    with desk.reading("listing what is not passable") as connection:
        found = not_passable.to_call(connection)
    if json:
        screen.document({"not_passable": [_as_json(each) for each in found]})
        return
    screen.table(
        "High risk, not passable: ask the force whether its own MARAC referral is made",
        ["source", "key", "since", "run", "line", "area", "whose"],
        [(e.source, e.referral_key, e.since, e.run, e.line, e.area, e.owner) for e in found],
    )


@app.command()
def answer(key: Key, source: Source, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """Note that the force has made its own MARAC referral, signed with your key; the reason says who told you."""
    from exchange.cms import not_passable, steps  # noqa: PLC0415
    from exchange.errors import NotFound  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.working("noting an answer") as at_desk:
        if not not_passable.to_call(at_desk.connection, key, source):
            what = "high-risk row that waits for an answer, with the key"
            raise NotFound(what=what, name=key, list_with="lvws not-passable list")
        screen.confirm(f"This takes {key} ({source}) off the list of those whom the force has to act for", yes=yes)
        taken = steps.answer_not_passable(at_desk, steps.About(source, key, why))
    screen.document(desk.as_json(taken)) if json else desk.tell(taken)


def _as_json(each: Any) -> dict[str, Any]:
    return {
        "source": each.source,
        "key": each.referral_key,
        "since": each.since.isoformat(),
        "run": each.run,
        "line": each.line,
        "area": each.area,
        "owner": each.owner,
    }
