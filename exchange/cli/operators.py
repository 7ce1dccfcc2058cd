"""`lvws operators`: who may decide, and a key pair for one more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import screen
from exchange.cli.screen import Json, Yes

app = typer.Typer(help="Who may decide, and a key pair for one more.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The operator's name, such as jsmith.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the two files; nothing in it is overwritten.")]


@app.command("list")
def list_operators(json: Json = False, yes: Yes = False) -> None:
    """Everybody who may decide: name, and the id of their key as it stands beside their signatures."""
    from exchange import operators, settings  # noqa: PLC0415

    found = operators.known(settings.load()).values()
    if json:
        screen.document({"operators": [{"operator": o.name, "key_id": o.key_id} for o in found]})
        return
    screen.table("Operators", ["operator", "key"], [(o.name, o.key_id) for o in found])


@app.command()
def new(name: Name, out: Out, json: Json = False, yes: Yes = False) -> None:
    """Make a key pair for an operator, and say which lines the settings need. Each person makes their own."""
    from exchange import operators  # noqa: PLC0415

    screen.confirm(f"This makes a private key for {name} in {out}", yes=yes)
    private, public = operators.new(name, out)
    if json:
        screen.document({"operator": name, "private_key": str(private), "public_key": str(public)})
        return
    screen.say(f"Made {private} (0600, for {name} alone) and {public}.\nThe settings need:\n")
    screen.say(f"[operators.{name}]\npublic_key = {_toml(public.absolute())}\n")
    screen.say(f"{name} signs after: export LVWS_OPERATOR_KEY={private.absolute()}")


def _toml(path: Path) -> str:
    """A path as TOML writes a text."""
    import json  # noqa: PLC0415 - its name is taken by the option above

    return json.dumps(str(path), ensure_ascii=False)
