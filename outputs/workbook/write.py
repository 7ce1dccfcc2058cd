"""Writes a described workbook: the same description, the same bytes, on any day and in any time zone.

Nothing is handed out that was not looked at again: its parts against a list, every cell by another library, and the
whole by the rules of accessibility. Pure: the time comes with the description.
"""

from __future__ import annotations

from exchange.errors import WorkbookUnsafe
from outputs.workbook import accessibility, charts, drawing, layout, package, readback
from outputs.workbook.sheets import Workbook


def write(workbook: Workbook) -> bytes:
    """The bytes of the .xlsx. Raises WorkbookUnsafe where what was written is not what was described."""
    pages = layout.pages(workbook)
    spots: list[charts.Spot] = []
    if workbook.charts:
        page, spots = charts.page(workbook)
        pages.append(page)
    members = package.in_language(package.parts(drawing.draw(workbook, pages, spots)), workbook.language)
    content = package.packed(members)
    package.check(package.parts(content), len(pages))
    readback.check(content, pages)
    refuse_faults(content)
    return content


def refuse_faults(content: bytes) -> None:
    """Raises WorkbookUnsafe for a workbook that somebody could not read with a screen reader, or without colours."""
    found = accessibility.findings(content)
    if found:
        first = found[0]
        raise WorkbookUnsafe(check="accessibility", problem=first.rule, sheet=first.sheet, faults=len(found))
