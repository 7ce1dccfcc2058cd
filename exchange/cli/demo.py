"""`lvws demo`: everything on this machine, on sample files; then, in plain words, what happened."""

from __future__ import annotations

from exchange.cli import screen
from exchange.cli.screen import Json, Yes


def demo(json: Json = False, yes: Yes = False) -> int:
    """Everything on this machine: embedded database, a local SFTP server with sample feeds, and the nightly flow."""
    from exchange import demo as stage_play  # noqa: PLC0415 - asyncssh and the rest are slow to import
    from exchange import settings  # noqa: PLC0415
    from exchange.cli import demo_page  # noqa: PLC0415

    say = demo_page.silent if json else demo_page.step
    played = stage_play.play(settings.load().home, say, demo_page.silent if json else demo_page.progress)
    if json:
        screen.document(demo_page.as_json(played))
    else:
        demo_page.show(played)
    return 0 if played.succeeded else played.flow_exit
