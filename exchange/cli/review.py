"""`lvws review`: referrals that may be one person, for people to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Key, Reason, Source
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cms.reviewing import Pair
    from exchange.cms.steps import Desk

app = typer.Typer(help="Referrals that may be one person: people decide what no rule may.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="PAIR", help="The pair's number, as lvws review list shows it.")]
OtherKey = Annotated[str, typer.Argument(help="The other referral's key.")]
OtherSource = Annotated[str | None, typer.Option("--other-source", help="Whose the other referral is.")]
Same = Annotated[bool | None, typer.Option("--same/--different", help="One person, or two.")]


@app.command("list")
def list_pairs(json: Json = False, yes: Yes = False) -> None:
    """Pairs that people have to look at: safety first, then the oldest; and how often two reviewers agreed."""
    from exchange.cli import review_page  # noqa: PLC0415
    from exchange.cms import reviewing  # noqa: PLC0415

    with desk.reading("listing possible matches") as connection:
        found, agreed = reviewing.waiting(connection), reviewing.agreement(connection)
    if json:
        screen.document(review_page.listed_as_json(found, agreed))
        return
    review_page.show_list(found, agreed)


@app.command()
def show(pair: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """Two referrals side by side, without protected characteristics. Each look is audited."""
    from exchange.cli import review_page  # noqa: PLC0415
    from exchange.cms import reviewing, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.reading("reading a possible match") as connection:
        found = reviewing.look(connection, reviewing.find(connection, pair), reason=why)
    screen.document(review_page.looked_as_json(found)) if json else review_page.show(found)


@app.command()
def decide(pair: Number, reason: Reason, *, same: Same = None, json: Json = False, yes: Yes = False) -> None:
    """Say that a pair is one person (--same) or two (--different), signed with your key.

    What could change how contact is safe, or is about somebody at high risk, waits for a second person. Links follow at
    once. To decide again is to change it.
    """
    from exchange.cms import reviewing, steps  # noqa: PLC0415
    from exchange.errors import WrongUse  # noqa: PLC0415

    why = steps.check_reason(reason)
    if same is None:
        raise WrongUse(what="Say --same or --different.")
    with desk.working("judging a possible match") as at_desk:
        found = reviewing.find(at_desk.connection, pair)
        _judge(at_desk, found, why, same=same, asked=(json, yes))


@app.command()
def unlink(  # noqa: PLR0913 - two referrals and their sources
    key: Key,
    other_key: OtherKey,
    reason: Reason,
    *,
    source: Source = None,
    other_source: OtherSource = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Take two referrals apart that are linked as one person, also those linked automatically. Signed with your key."""
    from exchange.cms import contact, reviewing, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.working("taking a link apart") as at_desk:
        one = contact.find(at_desk.connection, key, source)
        other = contact.find(at_desk.connection, other_key, other_source)
        _judge(at_desk, reviewing.linked(at_desk.connection, one, other), why, same=False, asked=(json, yes))


@app.command()
def person(key: Key, reason: Reason, *, source: Source = None, json: Json = False, yes: Yes = False) -> None:
    """All referrals of the person of a referral, and what links them. No contact details. Each look is audited."""
    from exchange.cli import review_page  # noqa: PLC0415
    from exchange.cms import contact, reviewing, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.reading("reading a person's referrals") as connection:
        found = reviewing.person(connection, contact.find(connection, key, source), reason=why)
    screen.document(review_page.person_as_json(found)) if json else review_page.show_person(found)


def _judge(at_desk: Desk, pair: Pair, why: str, *, same: bool, asked: tuple[bool, bool]) -> None:
    from exchange.cli import following, review_page  # noqa: PLC0415
    from exchange.cms import reviewing, steps  # noqa: PLC0415

    json, yes = asked
    connection = at_desk.connection
    reviewing.check_reason(connection, pair, why)
    _refuse_a_second_step(at_desk, pair)
    left, right = pair.left, pair.right
    known = reviewing.standing(connection, pair)
    second = "; a second person has to confirm it" if known.two_people else ""
    if not json:
        screen.say(review_page.why(known.reasons, known.group_reason))
    word = "one person" if same else "two people"
    both = f"{left.referral_key} ({left.source}) and {right.referral_key} ({right.source})"
    screen.confirm(f"This says that {both} are {word}{second}", yes=yes)
    about = steps.About(left.source, left.referral_key, why)
    taken = steps.judge_pair(at_desk, about, other_source=right.source, other_key=right.referral_key, same=same)
    following.tell(connection, taken, pair, same=same, json=json)


def _refuse_a_second_step(at_desk: Desk, pair: Pair) -> None:
    """Raise WrongUse where somebody asked for one already: two that wait could say two things."""
    from exchange.cms import reviewing  # noqa: PLC0415
    from exchange.errors import WrongUse  # noqa: PLC0415

    step = reviewing.waiting_step(at_desk.connection, pair)
    if step is not None:
        raise WrongUse(
            what=f"Step {step} about these two waits for a second person: lvws steps show {step}, then "
            f"lvws steps confirm {step} or lvws steps refuse {step}."
        )
