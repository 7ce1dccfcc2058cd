"""A funder's own form, filled from a version as its readers see it (interfaces: returns, The workbook)."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from exchange import privatefiles
from exchange.errors import NotFound, WrongUse
from exchange.returns import earlier
from exchange.returns.versions import Version
from exchange.settings import Settings
from outputs.facts import ORGANISATION
from outputs.made import shown
from outputs.workbook import templates

FORMS: Final = Path(templates.__file__).resolve().parents[1] / "templates"


def forms() -> list[str]:
    """The names of the forms that there are: a workbook with its cell map beside it."""
    return sorted(each.stem for each in FORMS.glob("*.csv") if each.with_suffix(".xlsx").exists())


def filled(settings: Settings, version: Version, form: str) -> bytes:
    """The form with the figures of a version: hidden ones stay hidden. The same version fills it the same for good.

    Raises NotFound for no such form, TemplateInvalid where its cell map does not fit the version's return.
    """
    if form not in forms():
        raise NotFound(what="form", name=form, list_with="lvws returns fill --help")
    figures = shown(earlier.records_of(settings, version), earlier.facts_of(version)).figures
    places = templates.parse_map((FORMS / f"{form}.csv").read_text(encoding="utf-8"))
    template = (FORMS / f"{form}.xlsx").read_bytes()
    return templates.fill(template, places, figures, by=ORGANISATION, made_at=version.built_at)


def put(body: bytes, path: Path) -> None:
    """Write it, for its owner alone; one that is there and says something else is left. Raises WrongUse."""
    problem = "the folder is missing, or it may not be written there"
    with contextlib.suppress(OSError):
        if path.exists() and path.read_bytes() != body:
            problem = "there is another file of that name: name another one with --to"
        else:
            privatefiles.write(path, body)
            problem = ""
    if problem:
        raise WrongUse(what=f"{path} was not written: {problem}")
