"""docs/settings.md: every setting, from the descriptions in exchange/settings.py."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exchange.settings import DEFAULT_FILE, Settings

HEAD: Final = f"""\
# Settings

They stand in `{DEFAULT_FILE}` in the folder where the command is started, or in the file that `LVWS_CONFIG` names.
Paths are relative to that file's folder. Without a file the defaults hold. An environment variable overrides the
file; `__` stands between levels: `LVWS_SFTP__MPS__PORT=2222`. A setting that is not listed here is refused.
"""

PREFIX: Final = "LVWS_"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a setting that has a value of its own."""

    name: str
    variable: str
    takes: str
    default: str
    meaning: str


def render() -> str:
    """The page: first the settings at the top of the file, then one table for each kind of block."""
    parts = [HEAD, "\n## At the top of the file\n", _table(_rows(Settings, ""))]
    for name, field in Settings.model_fields.items():
        inner = _model_of(field.annotation)
        if inner is None:
            continue
        many = typing.get_origin(field.annotation) is dict
        block = f"{name}.<name>" if many else name
        parts += [f"\n## Block `[{block}]`\n\n{field.description}\n", _table(_rows(inner, block))]
    return "".join(parts)


def _rows(model: type[BaseModel], block: str) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        if field.exclude or _model_of(field.annotation) is not None:
            continue
        path = f"{block}.{name}" if block else name
        yield Row(
            name=name,
            variable=PREFIX + "__".join(path.upper().split(".")),
            takes=_takes(field),
            default=_default(field),
            meaning=field.description or "",
        )


def _table(rows: Iterator[Row]) -> str:
    lines = ["\n| setting | environment variable | takes | default | meaning |\n|---|---|---|---|---|\n"]
    lines += [
        f"| `{row.name}` | `{row.variable}` | {row.takes} | {row.default} | {_cell(row.meaning)} |\n" for row in rows
    ]
    return "".join(lines)


def _takes(field: FieldInfo) -> str:
    """What may stand there, in words, with its bounds."""
    words = _type_words(field.annotation)
    for bound in field.metadata:
        words += "".join(text.format(getattr(bound, name)) for name, text in _BOUNDS.items() if hasattr(bound, name))
    return words


_BOUNDS: Final = {"gt": ", more than {}", "ge": ", {} or more", "lt": ", less than {}", "le": ", {} or less"}
_WORDS: Final = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Path: "path"}


def _type_words(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type_words(each) for each in typing.get_args(annotation) if each is not type(None))
    if origin in (list, tuple):
        return f"list of {_type_words(typing.get_args(annotation)[0])}"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", {}, (), []):
        return "blank"
    return f"`{value}`" if not isinstance(value, bool) else f"`{str(value).lower()}`"


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model inside `SftpHost`, `SftpHost | None` or `dict[str, SftpHost]`."""
    for each in (annotation, *typing.get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
