"""`lvws keys`: the service's own keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes

app = typer.Typer(
    help="The service's own keys: list, new, rotate, destroy, and the public part for a sender.", no_args_is_help=True
)

Purpose = Annotated[str, typer.Argument(help="vault, intake-age, intake-pgp, match-keys or returns.")]
KeyId = Annotated[str, typer.Argument(help="The key's id, as lvws keys list shows it.")]


@app.command("list")
def list_keys(json: Json = False, yes: Yes = False) -> None:
    """All keys: purpose, state (active, decrypt_only, destroyed), since when."""
    from exchange import keys, settings  # noqa: PLC0415

    found = keys.list_keys(settings.load().home)
    if json:
        screen.document({"keys": [_as_json(key) for key in found]})
        return
    screen.table(
        "Keys",
        ["id", "purpose", "state", "created", "public part"],
        [(k.id, k.purpose, k.state, f"{k.created:%Y-%m-%d}", k.public) for k in found],
    )


@app.command()
def new(purpose: Purpose, json: Json = False, yes: Yes = False) -> None:
    """Make a new key; it becomes the active one of its purpose, and older ones only decrypt."""
    from exchange import keys, settings  # noqa: PLC0415

    screen.confirm(f"This makes a new key for {purpose}, which is the active one from now on", yes=yes)
    _made(keys.new(settings.load().home, purpose), json)


@app.command()
def rotate(purpose: Purpose, json: Json = False, yes: Yes = False) -> None:
    """Make a new key and move everything that the old ones protect over to it."""
    from exchange import keys, settings  # noqa: PLC0415

    screen.confirm(f"This makes a new key for {purpose} and moves what the older ones protect over to it", yes=yes)
    _made(keys.rotate(settings.load().home, purpose), json)


@app.command()
def destroy(key: KeyId, json: Json = False, yes: Yes = False) -> None:
    """Destroy a key for good. Refused while it is active or something still needs it."""
    from exchange import keys, settings  # noqa: PLC0415

    screen.confirm(f"This destroys the key {key} for good", yes=yes)
    gone = keys.destroy(settings.load().home, key)
    screen.document(_as_json(gone)) if json else screen.say(f"Destroyed {gone.id}.")


@app.command()
def public(key: KeyId, yes: Yes = False) -> None:
    """The public part of a key: for a sender, or of `returns` for whoever verifies our returns."""
    from exchange import keys, settings  # noqa: PLC0415

    screen.say(keys.public_part(settings.load().home, key))


def _made(key: Any, json: bool) -> None:
    screen.document(_as_json(key)) if json else screen.say(f"Made {key.id}, active from now on. Keep a copy offline.")


def _as_json(key: Any) -> dict[str, Any]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "state": key.state,
        "created": key.created.isoformat(),
        "public": key.public,
        "destroyed": key.destroyed.isoformat() if key.destroyed else None,
    }


@app.command()
def recovery(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; nothing is overwritten.")],
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Make a recovery key for backups. Its file goes to a safe place away from here, and is deleted here."""
    from pyrage import x25519  # noqa: PLC0415

    from exchange import privatefiles  # noqa: PLC0415
    from exchange.errors import OutputInTheWay  # noqa: PLC0415

    if out.exists() or out.is_symlink():
        raise OutputInTheWay(name=str(out))
    screen.confirm(f"This makes a recovery key in {out}", yes=yes)
    made = x25519.Identity.generate()
    public = str(made.to_public())
    privatefiles.write(out, f"# LVWS recovery key for backups; public half {public}\n{made}\n".encode())
    if json:
        screen.document({"file": str(out), "recipient": public})
        return
    screen.say(f'Made {out} (0600). The settings need:\n\n[backup]\nrecipient = "{public}"\n')
    screen.say("Keep the file twice, elsewhere, with two people: without it no backup opens. Delete it here.")
