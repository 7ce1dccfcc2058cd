"""How commands speak: one JSON document with --json, else a table; questions before data change."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from exchange.errors import AnswerNeeded

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def say(text: str = "") -> None:
    """A line for people, on standard output."""
    typer.echo(text)


def document(value: Any) -> None:
    """The one JSON document of a command."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table for people; columns named in `right` hold numbers. An empty one says so."""
    from rich.console import Console  # noqa: PLC0415 - not needed for --json
    from rich.table import Table  # noqa: PLC0415

    # What stands in [ ] or between : : is text, not a style or a picture.
    console = Console(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False)
    grid = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="underline"
    )
    for name in header:
        grid.add_column(name, justify="right" if name in right else "left", no_wrap=name in right, overflow="fold")
    empty = True
    for row in rows:
        grid.add_row(*("" if value is None else str(value) for value in row))
        empty = False
    if empty:
        say(f"{title}: none.")
    else:
        console.print(grid)


def confirm(change: str, *, yes: bool) -> None:
    """Ask before data change. Raises AnswerNeeded where nobody can answer, Abort where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise AnswerNeeded(change=change)
    typer.confirm(f"{change}. Go on?", abort=True)
