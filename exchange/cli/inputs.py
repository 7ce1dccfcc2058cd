"""`lvws inputs`: figures and texts that no feed can tell."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from exchange import database, settings
from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes

if TYPE_CHECKING:
    from exchange.cms.inputs import Change, What
    from outputs.inputs import Finding
    from outputs.periods import Period

app = typer.Typer(
    help="Figures and texts of the returns that no feed can tell: baselines, shares, opening hours, narrative.",
    no_args_is_help=True,
)

File = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, readable=True, help="A csv of key, period, value, note (docs/inputs.md)."
    ),
]
Quarter = Annotated[
    str | None,
    typer.Option("--period", "-p", help="The quarter that is asked about; left out: the last one that ended."),
]
Keys = Annotated[bool, typer.Option("--keys", help="Every key that there is and what it means, instead.")]
_SHOWN = 60
_WORDS: Final[Mapping[What, str]] = {
    "new": "new",
    "changed": "changed",
    "taken_back": "taken back",
    "same": "unchanged",
}


@app.command("import")
def import_(file: File, json: Json = False, yes: Yes = False) -> None:
    """Store what a file gives: all of it, or nothing where a line is wrong. What was given before stays known.

    A blank value takes back what stands there. Whoever LVWS_OPERATOR_KEY names has given it, else this machine's user.
    """
    from exchange.cms import inputs as stored  # noqa: PLC0415
    from outputs import inputs  # noqa: PLC0415

    data = file.read_bytes()
    found = inputs.read(data)
    if found.findings:
        _refuse(file.name, found.findings, json=json)
    loaded = settings.load()
    origin = stored.Origin(file.name, hashlib.sha256(data).hexdigest(), _who(loaded))
    with database.connect(loaded, "operator", doing="storing inputs") as connection:
        changes = stored.compare(found.given, stored.held(connection))
        count = Counter(each.what for each in changes)
        if not json:
            _show(changes)
        if count["same"] < len(changes):
            told = ", ".join(f"{count[what]} {words}" for what, words in _WORDS.items() if count[what])
            screen.confirm(f"This stores inputs of {file.name}: {told}", yes=yes)
        made = stored.store(connection, changes, origin)
    if json:
        screen.document({"file": file.name, "stored": made, "inputs": [_as_json(each) for each in changes]})
        return
    screen.say(f"Stored: {made}." if made else "Nothing to store: all of it stands there already.")


@app.command("list")
def list_(quarter: Quarter = None, *, keys: Keys = False, json: Json = False, yes: Yes = False) -> None:
    """What is held, who gave it when, and what a quarter still lacks."""
    from exchange.cms import inputs as stored  # noqa: PLC0415
    from outputs import inputs_held  # noqa: PLC0415

    if keys:
        _list_keys(json=json)
        return
    asked = _quarter(quarter)
    with database.connect(settings.load(), "reader", doing="listing inputs") as connection:
        held = stored.held(connection)
    counts = inputs_held.held_for([(each.key, each.period, each.value) for each in held], asked)
    lacks = inputs_held.lacking([(key, period) for key, period, _ in counts], asked)
    if json:
        screen.document(
            {
                "inputs": [
                    {name: getattr(each, name) for name in ("key", "period", "value", "note", "file", "given_by")}
                    | {"given_at": each.given_at.isoformat()}
                    for each in held
                ],
                "period": asked.name,
                "lacking": [{"key": each.key, "period": each.period, "says": each.says} for each in lacks],
            }
        )
        return
    screen.table(
        "Inputs",
        ["key", "period", "value", "note", "given by", "given at"],
        [
            (each.key, each.period, _short(each.value), _short(each.note), each.given_by, desk.at(each.given_at))
            for each in held
        ],
    )
    screen.table(
        f"{asked.name} lacks", ["key", "period", "what it is"], [(each.key, each.period, each.says) for each in lacks]
    )


def _refuse(name: str, findings: tuple[Finding, ...], *, json: bool) -> None:
    """Show every finding and raise InputsRefused."""
    from exchange.errors import InputsRefused  # noqa: PLC0415

    if json:
        rows = [{"line": each.line, "column": each.column, "problem": each.problem} for each in findings]
        screen.document({"file": name, "stored": 0, "findings": rows})
    else:
        screen.table(
            f"What is wrong in {name}",
            ["line", "column", "what is wrong"],
            [(each.line or "the file", each.column, each.problem) for each in findings],
        )
    first = findings[0]
    raise InputsRefused(file=name, faults=len(findings), where=_where(first), problem=first.problem)


def _where(first: Finding) -> str:
    if not first.line:
        return "is about the file as a whole"
    return f"is in line {first.line}" + (f", column {first.column}" if first.column else "")


def _who(loaded: settings.Settings) -> str:
    from exchange import operators  # noqa: PLC0415 - cryptography
    from exchange.ledger import audit  # noqa: PLC0415

    return operators.acting(loaded).operator.name if os.environ.get(operators.KEY_VARIABLE) else audit.whoami()


def _quarter(name: str | None) -> Period:
    from exchange import clock  # noqa: PLC0415
    from exchange.errors import WrongUse  # noqa: PLC0415
    from outputs import periods  # noqa: PLC0415

    if name is None:
        return periods.quarter(clock.today()).previous
    found = periods.parse(name)
    if not found.is_quarter:
        raise WrongUse(what=f"{name!r} is no quarter: one is 2019-20Q1 (the year starts in April)")
    return found


def _list_keys(*, json: bool) -> None:
    from outputs import inputs  # noqa: PLC0415

    known = list(inputs.known().values())
    if json:
        screen.document(
            {"keys": [{"key": each.key, "kind": each.kind, "per": each.per, "says": each.says} for each in known]}
        )
        return
    screen.table(
        "Keys of inputs",
        ["key", "kind", "per", "what it is"],
        [(each.key, each.kind, each.per, each.says) for each in known],
    )


def _show(changes: list[Change]) -> None:
    screen.table(
        "Inputs",
        ["key", "period", "", "now", "then"],
        [
            (
                *(each.given.key, each.given.period, _WORDS[each.what]),
                *(_short(each.before.value if each.before else ""), _short(each.given.value or "")),
            )
            for each in changes
        ],
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _as_json(each: Change) -> dict[str, Any]:
    return {
        "key": each.given.key,
        "period": each.given.period,
        "change": each.what,
        "before": each.before.value if each.before else None,
        "value": each.given.value,
    }
