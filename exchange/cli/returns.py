"""`lvws returns`: approve, deliver, list and verify what was built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from exchange.returns.receiving import Received
    from exchange.returns.versions import Version

app = typer.Typer(
    help="Returns: who approved which version, what was delivered and received, and whether files are genuine.",
    no_args_is_help=True,
)

Return = Annotated[str, typer.Argument(metavar="RETURN", help="monthly, quarterly or idva.")]
Period = Annotated[str, typer.Option("--period", "-p", help="A month, 2019-06, or a quarter, 2019-20Q1.")]
Number = Annotated[
    int | None,
    typer.Option("--version", "-v", help="The version. Without: the newest, or the one that waits to be delivered."),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A version's folder, or files fetched from the server.")]
Key = Annotated[
    Path | None, typer.Option("--key", "-k", help="The public key, PEM or OpenSSH. Without: this service's own keys.")
]
Expect = Annotated[
    tuple[str, str, int] | None,
    typer.Option("--expect", metavar="RETURN PERIOD VERSION", help="Which version it has to be, and no other."),
]
After = Annotated[Path | None, typer.Option("--after", help="A folder with the version that this one replaces.")]


@app.command()
def approve(name: Return, period: Period, *, version: Number = None, json: Json = False, yes: Yes = False) -> None:
    """Approve what somebody else built, signed with your key. Shows its totals first. It is not sent by that."""
    from exchange import settings  # noqa: PLC0415
    from exchange.cli import returns_page  # noqa: PLC0415
    from exchange.returns import approving, standing, versions  # noqa: PLC0415

    loaded = settings.load()
    with desk.working("approving a return") as at_desk:
        found = versions.find(at_desk.connection, name, period, version)
        if found.approved_at is not None and found.state != "superseded":
            _tell(found, "is approved already", json=json)
            return
        approving.may_approve(found, at_desk.signer)
        if not json:
            returns_page.show(found, approving.summary(versions.figures(loaded, found)))
        screen.confirm(f"This approves {found.stem}, signed as {at_desk.signer.operator.name}", yes=yes)
        made = approving.approve(loaded, at_desk.connection, at_desk.signer, found)
    if json:
        screen.document(standing.as_json(made))
        return
    screen.say(f"{made.stem} is approved, and {standing.next_step(made)}")


@app.command()
def deliver(name: Return, period: Period, *, version: Number = None, json: Json = False, yes: Yes = False) -> None:
    """Put an approved version on MOPAC's server, and read its receipts. Again changes nothing."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.returns import delivering, receiving, standing, versions  # noqa: PLC0415

    loaded = settings.load()
    with database.connect(loaded, "loader", doing="delivering a return") as connection:
        found = versions.to_deliver(connection, name, period, version)
        server = delivering.host(loaded)
        delivering.may_deliver(found)
        if found.state == "approved":
            where = f"{versions.RECEIVER.upper()} ({server.host}:{server.port}, {server.incoming})"
            screen.confirm(f"This sends {found.stem} to {where}; what was sent cannot be changed", yes=yes)
        made = delivering.deliver(loaded, connection, found)
        received = receiving.receive(loaded, connection)
        made = versions.find(connection, name, period, made.version)
    if json:
        screen.document(standing.as_json(made) | {"findings": received.findings})
        return
    _tell(made, "was delivered" if found.state == "approved" else "was delivered before", json=False)
    _tell_received(received)


@app.command("list")
def list_(json: Json = False, yes: Yes = False) -> None:
    """Every version: its state, who built and approved it, when, and what comes next."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.cli import returns_page  # noqa: PLC0415
    from exchange.returns import standing, versions  # noqa: PLC0415

    loaded = settings.load()
    with database.connect(loaded, "reader", doing="listing returns") as connection:
        found = versions.versions(connection)
    if json:
        screen.document({"returns": [standing.as_json(each) for each in found]})
        return
    returns_page.table(found, loaded.at_home("returns"))


@app.command()
def verify(
    folder: Folder,
    *,
    key: Key = None,
    expect: Expect = None,
    after: After = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Whether files are a return as it was approved and signed. With --key nothing else of this service is needed."""
    from exchange.returns import verifying  # noqa: PLC0415

    found = verifying.verify(folder, [verifying.public_key(key)] if key else _ours(), expect=expect, after=after)
    if json:
        screen.document({"versions": [{"name": each.stem, "manifest_sha256": each.sha256} for each in found]})
        return
    for each in found:
        says = each.values
        screen.say(
            f"{each.stem} is genuine: {len(each.files)} files as signed, built by {says['built_by']}, "
            f"approved by {says['approved_by']} on {says['approved_at'][:10]}. Manifest {each.sha256}"
        )


def _ours() -> list[Ed25519PublicKey]:
    from exchange import keys, settings  # noqa: PLC0415
    from exchange.errors import KeyUnusable  # noqa: PLC0415

    found = list(keys.signed_by_us(settings.load().home))
    if not found:
        raise KeyUnusable(key="returns", problem="there is none")
    return found


def _tell(version: Version, what: str, *, json: bool) -> None:
    from exchange.returns import standing  # noqa: PLC0415

    if json:
        screen.document(standing.as_json(version))
    else:
        screen.say(f"{version.stem} {what}. Next: {standing.next_step(version)}")


def _tell_received(received: Received) -> None:
    for each in received.noted:
        screen.say(f"{each.stem} was received on {desk.at(each.receipted_at)}.")
    for finding in received.findings:
        screen.say(finding)
