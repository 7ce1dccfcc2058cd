"""What commands for deciding have in common: who acts, the reason, and what became of the step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange import database, settings
from exchange.cli import reasons, screen
from exchange.clock import LONDON

if TYPE_CHECKING:
    from exchange.cms.steps import Desk, Taken

Key = Annotated[str, typer.Argument(help="The referral's key in quotes, such as '1234567/19|1'.")]
Reason = Annotated[
    str, typer.Option("--reason", "-r", help="Why. It is kept, and others can see it: no detail of the person.")
]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Whose referral, where several sources have it.")]


@contextlib.contextmanager
def working(doing: str) -> Iterator[Desk]:
    """The desk of whoever LVWS_OPERATOR_KEY names."""
    from exchange import operators  # noqa: PLC0415 - cryptography
    from exchange.cms.steps import Desk  # noqa: PLC0415

    loaded = settings.load()
    signer = operators.acting(loaded)
    with database.connect(loaded, "operator", doing=doing) as connection:
        yield Desk(connection, signer)


@contextlib.contextmanager
def reading(doing: str) -> Iterator[database.Connection]:
    """A connection that may read, and note in the audit that it did."""
    with database.connect(settings.load(), "operator", doing=doing) as connection:
        yield connection


def as_json(taken: Taken, **more: Any) -> dict[str, Any]:
    """What became of a step."""
    return {"step": taken.step, "state": taken.state, "people": taken.people, **more}


def tell(taken: Taken, *, because: str = "the person is at high risk") -> None:
    """What became of a step, and who has to do what now; `because`: why it takes two."""
    if taken.state == "waiting":
        screen.say(
            f"Step {taken.step} is signed and not done yet: {because}, so a second operator has to "
            f"confirm it, with a key of their own: lvws steps confirm {taken.step}"
        )
    elif taken.state == "refused":
        screen.say(f"Step {taken.step} is refused: nothing was changed.")
    else:
        screen.say(f"Done (step {taken.step}).")


def tell_prevented(why: tuple[str, ...]) -> None:
    """Whether the person may be contacted now, and if not, why."""
    if not why:
        screen.say("The person may be contacted.")
        return
    screen.say("The person may NOT be contacted:")
    for reason in why:
        screen.say(f"  - {reason}: {reasons.says(reason)} {reasons.do(reason)}".rstrip())


def at(moment: datetime | None) -> str:
    """A moment in London, to the minute."""
    return f"{moment.astimezone(LONDON):%Y-%m-%d %H:%M}" if moment else ""
