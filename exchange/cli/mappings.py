"""`lvws mappings`: code tables and rules of triage, before a change of them is in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import progress
from exchange.cli.screen import Json, Yes
from exchange.errors import EXIT_DONE, EXIT_INPUT_REFUSED, NotFound, TablesNotValid, WrongUse

if TYPE_CHECKING:
    from mappings.faults import Checked, Feed

app = typer.Typer(
    help="Code tables and rules of triage: are they valid, what does a change of them say, and what would it move?",
    no_args_is_help=True,
)

Tables = Annotated[
    Path | None, typer.Option("--tables", "-t", help="A folder of mappings to take instead of the tables in force.")
]
Folder = Annotated[Path, typer.Argument(help="Another copy of the folder mappings, or a checkout that has one.")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of receipt.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of receipt.")]


@app.command()
def check(tables: Tables = None, json: Json = False, yes: Yes = False) -> int:
    """Read every table strictly and say what is wrong with each; exit code 3 when anything is."""
    from exchange.cli import mappings_page  # noqa: PLC0415

    root = _root(tables)
    found = _checked(root)
    mappings_page.as_json_check(found) if json else mappings_page.show_check(found, tables and root)
    return EXIT_INPUT_REFUSED if found.faults or found.unstamped else EXIT_DONE


@app.command()
def diff(folder: Folder, tables: Tables = None, json: Json = False, yes: Yes = False) -> None:
    """Every line that another copy of the tables adds, removes or changes."""
    from exchange.cli import mappings_page  # noqa: PLC0415
    from mappings import differences  # noqa: PLC0415

    (before, _), (after, unstamped) = _valid(_root(tables)), _valid(_root(folder))
    page = mappings_page.Pair(*differences.set_versions(before, after), unstamped)
    found = differences.between(before, after)
    mappings_page.as_json_diff(page, found) if json else mappings_page.show_diff(page, found)


@app.command()
def impact(  # noqa: PLR0917 - options of a command
    folder: Folder,
    first: First = None,
    last: Last = None,
    tables: Tables = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """What another copy of the tables would have made of the referrals that are here. Changes nothing.

    Each referral is worked out again from what its records say, under the tables in force and under the others:
    its codes, what triage decides, and the rows of the returns in which that would show.
    """
    if first and last and first > last:
        raise WrongUse(what="--from is after --to.")
    from exchange import database, settings  # noqa: PLC0415
    from exchange.cli import impact_page, mappings_page  # noqa: PLC0415
    from exchange.cms.impact import impact as work_out  # noqa: PLC0415
    from mappings import differences  # noqa: PLC0415

    (before, _), (after, unstamped) = _valid(_root(tables)), _valid(_root(folder))
    page = mappings_page.Pair(*differences.set_versions(before, after), unstamped)
    period = (first.date() if first else date.min, last.date() if last else date.max)
    with (
        progress.reporting(quiet=json) as report,
        database.connect(settings.load(), "reader", doing="working out what would move") as connection,
    ):
        found = work_out(connection, (before, after), period, report=_as_text(report))
    impact_page.as_json(page, found) if json else impact_page.show(page, found)


def _as_text(report: progress.Report) -> Callable[[int, int], None]:
    return lambda done, total: report(f"{done:,} of {total:,} referrals")


def _root(folder: Path | None) -> Path:
    """The folder of tables that was meant; those in force if none was named."""
    from mappings.load import ROOT  # noqa: PLC0415

    if folder is None:
        return ROOT
    for root in (folder, folder / "mappings"):
        if (root / "versions.csv").is_file():
            return root.resolve()
    raise NotFound(what="folder of mappings with its versions.csv at", name=str(folder), list_with="ls")


def _checked(root: Path) -> Checked:
    from mappings import faults  # noqa: PLC0415

    return faults.check(root, _feeds())


def _valid(root: Path) -> tuple[Path, tuple[str, ...]]:
    """A folder whose tables are valid, and those of them that have no version yet. Raises TablesNotValid."""
    found = _checked(root)
    if found.faults:
        one = found.faults[0]
        raise TablesNotValid(
            folder=str(root), faults=len(found.faults), table=one.table, line=one.line, problem=one.problem
        )
    return root, tuple(fault.table for fault in found.unstamped)


def _feeds() -> dict[str, Feed]:
    from exchange.sources import SOURCES  # noqa: PLC0415
    from mappings.faults import Feed  # noqa: PLC0415

    layouts = [source.layout for source in SOURCES.values()]
    return {layout.name: Feed(layout.form, frozenset(layout.names)) for layout in layouts}
