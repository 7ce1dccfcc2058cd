"""`lvws letters`: the monthly letters to senders about the quality of their data, drafted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes

MonthOption = Annotated[
    datetime, typer.Option("--month", "-m", formats=["%Y-%m"], help="The month of the business dates, such as 2019-06.")
]
Source = Annotated[str | None, typer.Option("--source", "-s", help="Only the letter to this source.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Another folder than <home>/letters/<month>.")]


def letters(month: MonthOption, source: Source = None, out: Out = None, json: Json = False, yes: Yes = False) -> None:
    """Draft a letter to each sender that had files in a month: what came, what was wrong, what is still open.

    A draft that is there already is replaced. Nothing is sent.
    """
    from exchange import clock, database, privatefiles, settings  # noqa: PLC0415
    from exchange.errors import WrongUse  # noqa: PLC0415
    from exchange.ledger import quality  # noqa: PLC0415
    from exchange.sources import known  # noqa: PLC0415
    from outputs import letter  # noqa: PLC0415

    first = month.date()
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if first > clock.today():
        raise WrongUse(what=f"{first:%B %Y} has not begun.")
    wanted = known(source).name if source else None
    configured = settings.load()
    with database.connect(configured, "reader", doing="counting a month") as connection:
        names = [name for name in quality.sources_with_files(connection, first, last) if wanted in (None, name)]
        drafts = {
            name: letter.write(quality.month(connection, name, first=first, last=last, now=clock.now()))
            for name in names
        }
    folder = out or configured.home / "letters" / f"{first:%Y-%m}"
    if drafts:
        if out is None:
            privatefiles.folder(configured.home / "letters")
        privatefiles.folder(folder)
    written = []
    for name, text in drafts.items():
        path = folder / f"{name}.md"
        replaced = path.exists()
        privatefiles.write(path, text.encode())
        written.append({"source": name, "file": str(path), "replaced": replaced})
    if json:
        screen.document({"month": f"{first:%Y-%m}", "letters": written})
        return
    for each in written:
        screen.say(f"{'Replaced the draft' if each['replaced'] else 'Drafted'}: {each['file']}")
    if not written:
        screen.say(f"No letters: no files came for {first:%B %Y}.")
