"""`lvws migrate`: the database to this release, and missing service keys."""

from __future__ import annotations

from exchange.cli import screen
from exchange.cli.screen import Json, Yes


def migrate(json: Json = False, yes: Yes = False) -> None:
    """Bring the database to this release and make missing service keys. Safe to run again."""
    from exchange import keys, settings  # noqa: PLC0415
    from exchange.cms import migrate as migrations  # noqa: PLC0415

    loaded = settings.load()
    before, after = migrations.migrate(loaded)
    made = keys.ensure(loaded.home)
    if json:
        screen.document({"before": before, "after": after, "keys_made": list(made)})
        return
    screen.say(
        f"The database is at {after}." if before == after else f"The database went from {before or 'empty'} to {after}."
    )
    for key in made:
        screen.say(
            f"Made the key {key} under {loaded.home / 'keys'} (0600). Keep a copy offline: "
            "what is encrypted to it opens with nothing else."
        )
