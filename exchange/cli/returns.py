"""`lvws returns`: approve, deliver, list and verify what was built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk, progress, screen
from exchange.cli.screen import Json, Yes
from exchange.errors import ReturnNotRebuilt, WrongUse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from exchange.returns.receiving import Received
    from exchange.returns.versions import Version

app = typer.Typer(
    help="Returns: who approved which version, what was delivered and received, and whether files are genuine.",
    no_args_is_help=True,
)

Return = Annotated[str, typer.Argument(metavar="RETURN", help="Which return, as monthly; see docs/returns.md.")]
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


CutOff = Annotated[
    str | None,
    typer.Option("--cut-off", metavar="T", help="Count what happened by then; 2020-04-30 is the end of that day."),
]
KnownAt = Annotated[
    str | None, typer.Option("--as-known-at", metavar="T", help="As the database knew things then. Without: now.")
]


@app.command()
def build(
    name: Return,
    period: Period,
    *,
    cut_off: CutOff = None,
    as_known_at: KnownAt = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Build a period's figures and workbook as a draft, for somebody else to approve. Again replaces the draft."""
    from exchange import settings  # noqa: PLC0415
    from exchange.cli import returns_page  # noqa: PLC0415
    from exchange.returns import building, standing, versions  # noqa: PLC0415 - pyarrow, scipy and workbooks
    from outputs import periods  # noqa: PLC0415

    loaded = settings.load()
    moments = [periods.moment(text) if text else None for text in (cut_off, as_known_at)]
    with progress.reporting(quiet=json) as report:
        report(f"Building {name} {period}")
        made = building.build(loaded, name, period, *moments)
    found, says = (made, "") if isinstance(made, versions.Version) else (made.version, made.says)
    if json:
        screen.document(standing.as_json(found) | {"built": not says})
    elif says:
        screen.say(says)
    else:
        returns_page.built(found, versions.settle(loaded, found).folder)


@app.command()
def rebuild(name: Return, period: Period, *, version: Number = None, json: Json = False, yes: Yes = False) -> None:
    """Make a version again from its own records, and compare every byte with what is kept. Changes nothing."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.returns import rebuilding, versions  # noqa: PLC0415

    loaded = settings.load()
    with database.connect(loaded, "reader", doing="rebuilding a return") as connection:
        found = versions.find(connection, name, period, version)
        same = rebuilding.compare(loaded, found)
    if json:
        screen.document({"name": found.stem, "files": same})
    for file, is_same in same.items() if not json else ():
        screen.say(f"{file}: {'the same bytes' if is_same else 'NOT the same'}")
    if not all(same.values()):
        raise ReturnNotRebuilt(what=found.stem)


Cell = Annotated[list[str] | None, typer.Argument(metavar="[TABLE ROW COLUMN]", help="A cell, as in figures.csv.")]
Referral = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="SOURCE KEY", help="Instead of a cell: in which cells does this referral count?"),
]


@app.command()
def trace(  # noqa: PLR0913 - an option is an argument
    name: Return,
    cell: Cell = None,
    *,
    period: Period,
    version: Number = None,
    referral: Referral = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """From a cell to the referrals, files and lines that make it up; or from a referral to its cells. Audited."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.cli import returns_page  # noqa: PLC0415
    from exchange.returns import tracing, versions  # noqa: PLC0415

    if (referral is None) == (not cell) or len(cell or (1, 2, 3)) != 3:
        raise WrongUse(what="Name a cell (TABLE ROW COLUMN), or a referral with --referral SOURCE KEY")
    loaded = settings.load()
    with database.connect(loaded, "operator", doing="tracing a figure") as connection:
        found = versions.find(connection, name, period, version)
        if referral:
            returns_page.cells(found, tracing.cells_of(loaded, connection, found, *referral), json=json)
        elif cell:
            made_of = tracing.referrals_in(loaded, connection, found, (cell[0], cell[1], cell[2]))
            returns_page.made_of(found, made_of, json=json)


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


Form = Annotated[str, typer.Argument(metavar="FORM", help="A funder's form, as victims_fund_quarterly.")]
To = Annotated[Path | None, typer.Option("--to", help="The file to write. Without: named by version and form, here.")]


@app.command()
def fill(  # noqa: PLR0913 - an option is an argument
    form: Form,
    name: Return,
    *,
    period: Period,
    version: Number = None,
    to: To = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Fill a funder's own form (outputs/templates/) from a version's figures. The version stays as it is."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.returns import filling, versions  # noqa: PLC0415

    loaded = settings.load()
    with database.connect(loaded, "reader", doing="filling a form") as connection:
        found = versions.find(connection, name, period, version)
        body = filling.filled(loaded, found, form)
    path = to or Path(f"{found.stem}-{form}.xlsx")
    filling.put(body, path)
    if json:
        screen.document({"name": found.stem, "form": form, "state": found.state, "file": str(path)})
        return
    draft = ", which nobody has approved yet" if found.approved_at is None else ""
    screen.say(f"{form} was filled from {found.stem}{draft}: {path}")


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
