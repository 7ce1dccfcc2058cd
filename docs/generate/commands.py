"""docs/commands.md: every command with its help and options, from the command's own tree."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final

import typer.main

HEAD: Final = """\
# The command `lvws`

`lvws COMMAND --help` says the same at the terminal. Commands that list take `--json`: one document on standard
output and nothing else there. What the exit codes mean is in [errors.md](errors.md).
"""


def render() -> str:
    """The page: one section a command, in the order of `lvws --help`."""
    return HEAD + "".join(_section(path, command) for path, command in every_command() if not is_group(command))


def every_command() -> Iterator[tuple[str, Any]]:
    """Full name and click command of everything under `lvws`; groups come before what is in them."""
    from exchange.cli import app  # noqa: PLC0415 - the other pages need no command

    yield from _walk("lvws", typer.main.get_command(app))


def is_group(command: Any) -> bool:
    """Whether it only holds other commands."""
    return hasattr(command, "commands")


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    if is_group(command):
        for name, inner in command.commands.items():
            if not inner.hidden:
                yield from _walk(f"{path} {name}", inner)


def _section(path: str, command: Any) -> str:
    context = command.make_context(path, [], resilient_parsing=True)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    usage = " ".join([path, *(_argument(each) for each in arguments)])
    parts = [f"\n## `{usage}`\n\n{_prose(command.help)}\n"]
    if arguments or options:
        parts.append("\n| takes | meaning | default |\n|---|---|---|\n")
    parts += [f"| `{_name(each)}` | {_cell(each.help)} | {_default(each)} |\n" for each in arguments]
    parts += [f"| {_flags(each, context)} | {_cell(each.help)} | {_default(each)} |\n" for each in options]
    return "".join(parts)


def _name(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _argument(argument: Any) -> str:
    name = _name(argument) + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _flags(option: Any, context: Any) -> str:
    """Its names, each with what it takes; choices are spelled out."""
    kind = option.display_type(context)
    takes = "" if option.is_flag else f" {option.metavar or (kind if '|' in kind else option.name.upper())}"
    names = ", ".join(f"`{flag}{takes}`" for flag in [*option.opts, *option.secondary_opts]).replace("|", "\\|")
    return f"{names}, more than once" if option.multiple else names


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, False, "", (), []) or callable(parameter.default):
        return ""
    return f"`{parameter.default}`"


def _prose(text: str | None) -> str:
    """Help as written for the terminal; a form feed ends what click shows."""
    return inspect.cleandoc((text or "").split("\f")[0]).replace("<", "&lt;")


def _cell(text: str | None) -> str:
    return " ".join(_prose(text).split()).replace("|", "\\|")
