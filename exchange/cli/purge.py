"""`lvws purge`: what is past its period goes, by destroying its keys."""

from __future__ import annotations

from exchange.cli import screen
from exchange.cli.screen import Json, Yes


def purge(json: Json = False, yes: Yes = False) -> None:
    """Destroy the keys of raw files and quarantined rows that are past their period. Referrals and the ledger stay."""
    from exchange import database, settings  # noqa: PLC0415
    from exchange.ledger import retention  # noqa: PLC0415

    loaded = settings.load()
    with database.connect(loaded, "loader", doing="purging") as connection:
        due = retention.due(connection, loaded)
        if not due.nothing:
            screen.confirm(
                f"This destroys {len(due.contents)} raw files, the quarantined rows of {len(due.quarantines)} runs and "
                f"{len(due.exports)} workbooks for good",
                yes=yes,
            )
            retention.purge(connection, loaded, due)
    if json:
        screen.document(
            {
                "raw": len(due.contents),
                "quarantine": len(due.quarantines),
                "exports": len(due.exports),
                "kept_open": due.kept_open,
            }
        )
        return
    screen.say(
        "Nothing was to be destroyed."
        if due.nothing
        else f"Destroyed: {len(due.contents)} raw files with their artefacts, "
        f"quarantined rows of {len(due.quarantines)} runs, {len(due.exports)} workbooks that do not count any more."
    )
    if due.kept_open:
        screen.say(
            f"{due.kept_open} files are past their period and kept, because their run is still open. See: lvws runs"
        )
