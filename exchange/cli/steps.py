"""`lvws steps`: what waits for a second person."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange.cli import desk, screen
from exchange.cli.desk import Reason
from exchange.cli.screen import Json, Yes

app = typer.Typer(
    help="Decisions that a second person confirms: about people at high risk, and how contact is safe.",
    no_args_is_help=True,
)

Number = Annotated[int, typer.Argument(metavar="ID", help="The step's number, as lvws steps list shows it.")]


@app.command("list")
def list_steps(json: Json = False, yes: Yes = False) -> None:
    """Steps that wait for a second person, oldest first. No values."""
    from exchange.cli import step_page  # noqa: PLC0415
    from exchange.cms import signed  # noqa: PLC0415

    with desk.reading("listing steps") as connection:
        found = signed.waiting(connection)
    if json:
        screen.document({"steps": [step_page.as_json(step) for step in found]})
        return
    step_page.table("Steps that wait for a second person", found)


@app.command()
def show(step: Number, reason: Reason, json: Json = False, yes: Yes = False) -> None:
    """One step: who asked for it, why, and what it changes. Each look is audited."""
    from exchange.cli import contact_page, step_page  # noqa: PLC0415
    from exchange.cms import signed, steps  # noqa: PLC0415

    why = steps.check_reason(reason)
    with desk.reading("reading a step") as connection:
        found = signed.get(connection, step)
        changes = step_page.changes(connection, found, reason=why)
    if json:
        rows = [{"what": what, "now": now, "then": then} for what, now, then in changes]
        screen.document({**step_page.as_json(found), "changes": rows})
        return
    step_page.table(f"Step {step}", [found])
    contact_page.changes(changes)


@app.command()
def confirm(step: Number, json: Json = False, yes: Yes = False) -> None:
    """Sign a colleague's step, which is then done. Shows first what it changes; that look is audited."""
    from exchange import operators, settings  # noqa: PLC0415
    from exchange.cli import contact_page, following, step_page  # noqa: PLC0415
    from exchange.cms import signed, steps  # noqa: PLC0415

    with desk.working("confirming a step") as at_desk:
        everybody = operators.known(settings.load())
        found = signed.get(at_desk.connection, step)
        steps.may_sign(found, at_desk.signer)
        signed.check(found, everybody)
        changes = step_page.changes(at_desk.connection, found, reason=found.reason)
        if not json:
            step_page.table(f"Step {step}", [found])
            contact_page.changes(changes)
        screen.confirm(f"This signs step {step} of {found.asked_by} as the second person, and does it", yes=yes)
        taken = steps.confirm(at_desk, found, everybody)
        if found.what == "judge_pair":
            following.tell_of_step(at_desk.connection, taken, found, json=json)
            return
    screen.document(desk.as_json(taken)) if json else desk.tell(taken)


@app.command()
def refuse(step: Number, json: Json = False, yes: Yes = False) -> None:
    """End a colleague's step without doing it, signed with your key."""
    from exchange.cms import signed, steps  # noqa: PLC0415

    with desk.working("refusing a step") as at_desk:
        found = signed.get(at_desk.connection, step)
        steps.may_sign(found, at_desk.signer)
        screen.confirm(f"This ends step {step} of {found.asked_by} without doing it", yes=yes)
        taken = steps.refuse(at_desk, found)
    screen.document(desk.as_json(taken)) if json else desk.tell(taken)
