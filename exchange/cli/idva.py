"""`lvws idva`: the roster of IDVA posts by hand, which statements there are, and how the FTE stands today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange import database, settings
from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cms.rosters import StatementLine
    from exchange.ledger.runs import Run

app = typer.Typer(
    help="IDVA posts: take a roster in, see which statements there are, and today's FTE against what is required.",
    no_args_is_help=True,
)

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="IDVA_ROSTER_YYYYMMDD.xlsx, or one of the three CSV files of a day."),
]


@app.command("import")
def import_(files: Files, json: Json = False, yes: Yes = False) -> None:
    """Take in a roster as it stands: all of it is stored, or nothing. Earlier statements are kept."""
    from exchange import by_hand  # noqa: PLC0415 - openpyxl and pyarrow
    from exchange.sources import STATEMENTS  # noqa: PLC0415
    from exchange.worker import working  # noqa: PLC0415

    with working(settings.load()) as worker:
        run, known = by_hand.take(worker, STATEMENTS["idva_roster"], files)
        told = _told(worker.connection, run)
    if json:
        screen.document(told.as_json(known=known))
    else:
        told.show(known=known)
    told.refuse()


@app.command()
def status(json: Json = False, yes: Yes = False) -> None:
    """Today's FTE against what is required, the quarter so far, what is coming, and what to do."""
    from exchange import clock  # noqa: PLC0415
    from exchange.cli import idva_status  # noqa: PLC0415 - pyarrow, for the returns
    from exchange.cms import rosters  # noqa: PLC0415
    from exchange.returns import versions  # noqa: PLC0415
    from outputs.idva.status import standing  # noqa: PLC0415

    with database.connect(settings.load(), "reader", doing="reading the roster") as connection:
        with database.transaction(connection, "reading the roster"):
            statement = rosters.newest_at(connection)
        found = versions.versions(connection)
    if statement is None:
        screen.document({"statement": None}) if json else idva_status.none_yet()
        return
    now = standing(statement.roster, clock.today())
    if json:
        screen.document(idva_status.as_json(now, statement, found))
    else:
        idva_status.show(now, statement, found)


@app.command("list")
def list_(json: Json = False, yes: Yes = False) -> None:
    """Every statement of the roster: of which day, when it came, from whom; and which one holds."""
    from exchange.cms import rosters  # noqa: PLC0415

    with database.connect(settings.load(), "reader", doing="listing statements") as connection:
        found = rosters.all_statements(connection)
    if json:
        screen.document({"statements": [_as_json(each, holds=not place) for place, each in enumerate(found)]})
        return
    if not found:
        screen.say("Rosters: none came yet. Hand one over with: lvws idva import IDVA_ROSTER_YYYYMMDD.xlsx")
        return
    screen.table(
        "Rosters, the one that holds first",
        ["statement of", "received", "file", "posts", "assignments", "absences", "taken in by", "run"],
        [
            (
                *(each.statement_date, desk.at(each.received_at), each.file, each.posts, each.assignments),
                *(each.absences, each.given_by, each.run),
            )
            for each in found
        ],
        right=["posts", "assignments", "absences"],
    )


def _told(connection: database.Connection, run: Run) -> Any:
    from exchange.cli import idva_page  # noqa: PLC0415

    return idva_page.taken(connection, run)


def _as_json(each: StatementLine, *, holds: bool) -> dict[str, Any]:
    names = ("file", "run", "given_by", "posts", "assignments", "absences")
    return {
        "statement_date": each.statement_date.isoformat(),
        "received_at": each.received_at.isoformat(),
        **{name: getattr(each, name) for name in names},
        "holds": holds,
    }
