"""`lvws backup` and `lvws restore`: a copy of everything, encrypted; and bringing it back, or trying to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exchange import settings
from exchange.cli import screen
from exchange.cli.screen import Json, Yes

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup: a folder lvws-<time> with its manifest.")]
Identity = Annotated[Path, typer.Option("--identity", "-i", help="The recovery key's file (0600).")]
Drill = Annotated[bool, typer.Option("--drill", help="Restore it in a place of its own, look at it, and remove it.")]


def backup(json: Json = False, yes: Yes = False) -> None:
    """Copy database, keys, vault and returns as they are at one moment, encrypted to the recovery key. Loads go on."""
    from exchange.cli import progress  # noqa: PLC0415
    from exchange.operating import backup as copying  # noqa: PLC0415

    loaded = settings.load()
    screen.confirm(f"This writes a backup into {loaded.backup.folder}", yes=yes)
    with progress.reporting(quiet=json) as report:
        report("making a backup")
        made = copying.make(loaded)
    if json:
        counts = dict(made.manifest.counts)
        screen.document({"folder": str(made.folder), "files": made.files, "bytes": made.bytes, "rows": counts})
        return
    screen.say(f"Made: {made.folder} ({made.bytes / 1e6:.1f} MB, {made.files} files).")
    screen.say("Copy it away, and forgotten.age beside it. Try it: lvws restore FOLDER --identity FILE --drill")


def restore(folder: Folder, identity: Identity, drill: Drill = False, json: Json = False, yes: Yes = False) -> None:
    """Bring a backup back into an empty home and database. Who was erased since is erased again, old files purged."""
    from exchange.cli import progress  # noqa: PLC0415
    from exchange.operating import restore as bringing  # noqa: PLC0415

    loaded = settings.load()
    where = "a place of its own, which is removed again" if drill else f"{loaded.home} and the database"
    screen.confirm(f"This restores {folder} into {where}", yes=yes)
    with progress.reporting(quiet=json) as report:
        report("restoring")
        done = (bringing.drill if drill else bringing.restore)(loaded, folder, identity)
    told: dict[str, Any] = {name: getattr(done, name) for name in ("files", "erased", "destroyed", "purged")}
    if json:
        told |= {"taken_at": done.manifest.taken_at, "rows": dict(done.manifest.counts), "drill": drill}
        screen.document(told)
        return
    screen.say(
        f"{'It can be restored' if drill else 'Restored'}: as of {done.manifest.at:%Y-%m-%d %H:%M} UTC, "
        f"{done.manifest.counts['cms.referral']:,} referrals, {done.files} files; {done.looked_at} raw files opened."
    )
    screen.say(f"Forgotten again: {done.erased} referrals, {done.destroyed} raw files; purged: {done.purged}.")
    if not drill:
        screen.say("Next: lvws doctor, then lvws ingest. Files since then that senders moved away have to come again.")
