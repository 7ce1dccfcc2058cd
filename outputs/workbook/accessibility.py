"""Judges the bytes of an .xlsx by the rules of accessibility, whoever made it. Pure.

The rules are the checklist of the Analysis Function's guidance on spreadsheets as far as a program can tell, and what
that leaves to people: docs/workbooks.md lists them. A finding names the place and the rule, never what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from outputs.workbook import judging_cells, judging_charts, judging_tables
from outputs.workbook.judged import Finding, Judged, opened

_GENERIC: Final = re.compile(r"(?:sheet|work ?sheet|tab|table|chart|data|untitled|new)[ _-]?\d*", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(?:table[ _]of[ _])?contents", re.IGNORECASE)
_LONGEST_NAME: Final = 31
# Page numbers, the sheet's name and fonts: nothing that stands in no cell.
_PAGE_CODES: Final = re.compile(r'&"[^"]*"|&\d+|&[PNAKBIU]|&K[0-9A-F]{6}|Page|of|[\s,:/-]')


def findings(content: bytes) -> list[Finding]:
    """All that is found, sheet by sheet. Raises WorkbookUnsafe for bytes that are no .xlsx."""
    judged = opened(content)
    return [finding for rule in _RULES for finding in rule(judged)]


def _document(judged: Judged) -> Iterator[Finding]:
    properties = judged.book.properties
    if not (properties.title or "").strip():
        yield Finding("", "", "document-title", "The document has no title in its properties.")
    if not (properties.language or "").strip():
        yield Finding("", "", "document-language", "The document does not say in which language it is.")
    if any(name.lower().endswith("vbaproject.bin") for name in judged.parts):
        yield Finding("", "", "macro", "The document has macros.")


def _names(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        name = sheet.title
        if _GENERIC.fullmatch(name.strip()) or len(name) > _LONGEST_NAME:
            yield Finding(name, "", "sheet-name", "The sheet's name does not say what is on it, or is too long.")
        if sheet.sheet_state != "visible":
            yield Finding(name, "", "hidden-sheet", "The sheet is hidden.")


def _first_cells(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        if not any(True for _ in judged.filled(sheet)):
            yield Finding(sheet.title, "", "empty-sheet", "There is nothing on the sheet.")
        elif not isinstance(sheet["A1"].value, str) or not sheet["A1"].value.strip():
            yield Finding(sheet.title, "A1", "first-cell", "The first cell is blank: a title belongs there.")


def _view(judged: Judged) -> Iterator[Finding]:
    book = judged.book
    if book.views and book.views[0].activeTab:
        yield Finding("", "", "active-cell", "The workbook does not open on its first sheet.")
    for sheet in judged.sheets:
        selections = [each for each in sheet.sheet_view.selection if each.activeCell]
        scrolled = sheet.sheet_view.topLeftCell not in (None, "A1")
        frozen = sheet.freeze_panes is not None
        if scrolled or (not frozen and any(each.activeCell != "A1" for each in selections)):
            yield Finding(sheet.title, "", "active-cell", "The sheet does not open at A1.")


def _headers_and_footers(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for part in (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter):
            texts = [each.text for each in (part.left, part.center, part.right) if each and each.text]
            if any(_PAGE_CODES.sub("", text) for text in texts):
                yield Finding(sheet.title, "", "page-text", "A header or footer has text: no screen reader reads it.")


def _contents(judged: Judged) -> Iterator[Finding]:
    names = [sheet.title for sheet in judged.sheets]
    found = [sheet for sheet in judged.sheets if _CONTENTS.fullmatch(sheet.title)]
    if not found:
        if len(names) > 1:
            yield Finding("", "", "contents", "No sheet lists the contents.")
        return
    led_to = {judged.leads_to(cell) for cell in judged.filled(found[0])}
    for name in names:
        if name not in led_to | {found[0].title}:
            yield Finding(name, "", "contents", "The contents do not lead to this sheet.")


_RULES: Final[tuple[Callable[[Judged], Iterator[Finding]], ...]] = (
    _document,
    _names,
    _first_cells,
    _view,
    _headers_and_footers,
    _contents,
    *judging_tables.RULES,
    *judging_cells.RULES,
    *judging_charts.RULES,
)
