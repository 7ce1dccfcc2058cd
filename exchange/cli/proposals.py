"""`lvws proposals`: what feeds say of fields that staff own, to be taken over or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Reason
from exchange.cli.screen import Json, Yes

app = typer.Typer(
    help="What feeds say of fields that staff own: it changes nothing until somebody takes it over.",
    no_args_is_help=True,
)

Number = Annotated[int, typer.Argument(metavar="ID", help="The proposal's number, as lvws proposals list shows it.")]


@app.command("list")
def list_proposals(json: Json = False, yes: Yes = False) -> None:
    """Open proposals, oldest first: whose, and of which field. No values."""
    from exchange.cms import contact  # noqa: PLC0415

    with desk.reading("listing proposals") as connection:
        found = contact.open_proposals(connection)
    if json:
        screen.document({"proposals": [_as_json(each) for each in found]})
        return
    screen.table(
        "Proposals, oldest first",
        ["id", "source", "key", "field", "since"],
        [(each.proposal, each.source, each.referral_key, each.field, desk.at(each.made_at)) for each in found],
    )


@app.command()
def show(proposal: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """One proposal with both values: what stands there, and what the feed says. Each look is audited."""
    from exchange.cms import contact, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.reading("reading a proposal") as connection:
        found = contact.proposal(connection, proposal, reason=why)
    screen.document(_as_json(found, now=found.owned, proposed=found.value)) if json else _show(found)


@app.command()
def accept(proposal: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """Take over what the feed says, signed with your key. For somebody at high risk a second person confirms."""
    from exchange.cms import steps  # noqa: PLC0415

    _decide(proposal, reason, (steps.accept_proposal, "takes over what the feed says of"), json=json, yes=yes)


@app.command()
def refuse(proposal: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """Leave what stands there, signed with your key. The same value does not come up again; another one does."""
    from exchange.cms import steps  # noqa: PLC0415

    _decide(proposal, reason, (steps.refuse_proposal, "leaves as it is"), json=json, yes=yes)


def _decide(proposal: int, reason: str, how: tuple[Callable[..., Any], str], *, json: bool, yes: bool) -> None:
    from exchange.cms import contact, steps  # noqa: PLC0415

    take, words = how
    why = steps.check_reason(reason)
    with desk.working("deciding a proposal") as at_desk:
        found = contact.proposal(at_desk.connection, proposal, reason=why)
        if not json:
            _show(found)
        screen.confirm(f"This {words} {found.field} of {found.referral_key} ({found.source})", yes=yes)
        about = steps.About(found.source, found.referral_key, why)
        taken = take(at_desk, about, proposal=proposal, value=found.value)
    screen.document(desk.as_json(taken)) if json else desk.tell(taken)


def _show(found: Any) -> None:
    screen.say(f"{found.referral_key} ({found.source}), since {desk.at(found.made_at)}, run {found.run}")
    screen.table("Proposal", ["field", "now", "the feed says"], [(found.field, found.owned or "·", found.value or "·")])


def _as_json(each: Any, **values: str | None) -> dict[str, Any]:
    return {
        "proposal": each.proposal,
        "source": each.source,
        "key": each.referral_key,
        "field": each.field,
        "made_at": each.made_at.isoformat(),
        **values,
    }
