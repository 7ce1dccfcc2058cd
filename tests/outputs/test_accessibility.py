"""Each rule finds its fault, where it is, and nothing in a workbook that is right."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table

from exchange.errors import WorkbookUnsafe
from outputs.workbook import accessibility, package
from outputs.workbook.sheets import Note
from outputs.workbook.write import write
from tests.outputs.books import book, monthly_return, sheet, texts

PAGE = "Source of referral"


@pytest.fixture(scope="module")
def good() -> bytes:
    return write(book(sheet(notes=("a",)), texts("Some words", "More words"), notes=(Note("a", "A note."),)))


@pytest.fixture(scope="module")
def charted() -> bytes:
    return write(monthly_return())


def saved(opened: Any) -> bytes:
    buffer = io.BytesIO()
    opened.save(buffer)
    return buffer.getvalue()


def test_a_good_workbook_has_no_findings(charted: bytes):
    assert accessibility.findings(charted) == []


def test_a_good_workbook_stays_good_when_another_program_saves_it(good: bytes):
    """So that each fault below is the only one."""
    assert accessibility.findings(saved(openpyxl.load_workbook(io.BytesIO(good)))) == []


# --- one fault each --------------------------------------------------------------------------------


def put(cell: str, value: object, page: str = PAGE) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        opened[page][cell] = value

    return change


def style(cell: str, page: str = PAGE, **styles: object) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        for name, value in styles.items():
            setattr(opened[page][cell], name, value)

    return change


def link(text: str, place: str = "'Cover'!A1", target: str | None = None) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        cell = opened[PAGE]["A5"]
        cell.value = text
        cell.hyperlink = Hyperlink(ref="A5", location=place, target=target)

    return change


def do(change: Callable[[Any], object]) -> Callable[[Any], object]:
    return change


def untabled(opened: Any) -> None:
    del opened[PAGE].tables["Sources"]


def second_table(opened: Any) -> None:
    page = opened[PAGE]
    page["H1"], page["H2"] = "Another table (number)", 1
    page.add_table(Table(displayName="Other", ref="H1:H2"))


def moved_table(opened: Any) -> None:
    page = opened[PAGE]
    page.move_range("A6:C8", cols=1)
    page.tables["Sources"].ref = "B6:D8"


def renamed_column(opened: Any) -> None:
    opened[PAGE].tables["Sources"].tableColumns[1].name = "Other"


def duplicate_header(opened: Any) -> None:
    opened[PAGE]["C6"] = "Referrals"
    opened[PAGE].tables["Sources"].tableColumns[2].name = "Referrals"


def headless(opened: Any) -> None:
    opened[PAGE].tables["Sources"].headerRowCount = 0


def filtered(opened: Any) -> None:
    opened[PAGE].tables["Sources"].autoFilter = AutoFilter(ref="A6:C8")


def tall(opened: Any) -> None:
    opened[PAGE].freeze_panes = "C9"


def colour_scale(opened: Any) -> None:
    rule = ColorScaleRule("min", None, "FFFF0000", "max", None, "FF00FF00")
    opened[PAGE].conditional_formatting.add("B7:B8", rule)


def without_unit(opened: Any) -> None:
    opened[PAGE]["A3"] = "Nothing about it."


def first_tab(opened: Any) -> None:
    opened.active = 1


def other_cell(opened: Any) -> None:
    opened[PAGE].sheet_view.selection[0].activeCell = "B9"
    opened[PAGE].sheet_view.selection[0].sqref = "B9"


def scrolled(opened: Any) -> None:
    opened[PAGE].sheet_view.topLeftCell = "A20"


def hide_row(opened: Any) -> None:
    opened[PAGE].row_dimensions[7].hidden = True


def hide_column(opened: Any) -> None:
    opened[PAGE].column_dimensions["B"].hidden = True


def zero_height(opened: Any) -> None:
    opened[PAGE].sheet_format.zeroHeight = True


def hide_sheet(opened: Any) -> None:
    opened[PAGE].sheet_state = "hidden"


def rename(name: str) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        opened[PAGE].title = name
        for row in opened["Contents"].iter_rows():
            for cell in row:
                if cell.hyperlink and PAGE in cell.hyperlink.location:
                    cell.hyperlink.location = f"'{name}'!A1"

    return change


def footer(opened: Any) -> None:
    opened[PAGE].oddFooter.left.text = "Official - sensitive"


def empty_sheet(opened: Any) -> None:
    opened.create_sheet("Leftovers")
    opened["Contents"]["A4"].hyperlink.location = "'Leftovers'!A1"
    opened["Cover"]["A1"].hyperlink = Hyperlink(ref="A1", location="'Contents'!A1")


def unlisted(opened: Any) -> None:
    opened["Contents"]["A7"].hyperlink = None


def no_contents(opened: Any) -> None:
    opened["Contents"].title = "Overview"


def untitled(opened: Any) -> None:
    opened.properties.title = " "


def no_language(opened: Any) -> None:
    opened.properties.language = None


def themed(opened: Any) -> None:
    opened[PAGE]["A7"].font = Font(name="Arial", sz=12, color=openpyxl.styles.colors.Color(theme=0, tint=-0.25))


def indexed(opened: Any) -> None:
    opened[PAGE]["A7"].font = Font(name="Arial", sz=12, color=openpyxl.styles.colors.Color(indexed=5))


RED = PatternFill("solid", fgColor="FFC00000")
FAULTS: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "no title": (untitled, "document-title", ""),
    "no language": (no_language, "document-language", ""),
    "Sheet1": (rename("Sheet1"), "sheet-name", ""),
    "Table 3": (rename("Table 3"), "sheet-name", ""),
    "a hidden sheet": (hide_sheet, "hidden-sheet", ""),
    "an empty sheet": (empty_sheet, "empty-sheet", ""),
    "A1 is blank": (put("A1", None), "first-cell", "A1"),
    "A1 is a number": (put("A1", 5), "first-cell", "A1"),
    "another first sheet": (first_tab, "active-cell", ""),
    "another first cell": (other_cell, "active-cell", ""),
    "scrolled away": (scrolled, "active-cell", ""),
    "words in a footer": (footer, "page-text", ""),
    "no contents": (no_contents, "contents", ""),
    "a sheet that is not in the contents": (unlisted, "contents", ""),
    "no table": (untabled, "table", ""),
    "two tables": (second_table, "table", ""),
    "no header row": (headless, "header-row", "A6:C8"),
    "a heading that is not the table's": (renamed_column, "header-row", "A6:C8"),
    "a heading twice": (duplicate_header, "duplicate-header", "B6"),
    "a blank heading": (put("B6", None), "blank-header", "B6"),
    "a blank cell": (put("B7", None), "blank-cell", "B7"),
    "a cell of spaces": (put("B7", "  "), "blank-cell", "B7"),
    "a table in column B": (moved_table, "table-place", "B6:D8"),
    "words below the table": (put("A12", "Source: police"), "table-place", "A12"),
    "words beside the table": (put("E7", "See here"), "table-place", "E7"),
    "filters": (filtered, "filter", "A6:C8"),
    "half the sheet frozen": (tall, "frozen", "C9"),
    "no unit": (without_unit, "unit", "B6"),
    "a number as text": (put("B7", "1,200"), "number-as-text", "B7"),
    "a share as text": (put("C7", "33%"), "number-as-text", "C7"),
    "a mark without a note": (put("B7", "[low]"), "mark", "B7"),
    "a note that is not there": (put("A2", "Some words [note 7]."), "mark", "A2"),
    "a dash for a figure": (put("B7", "-"), "symbol", "B7"),
    "merged cells": (do(lambda opened: opened[PAGE].merge_cells("A1:C1")), "merged-cells", "A1:C1"),
    "a hidden row": (hide_row, "hidden-row", "7"),
    "hidden rows": (zero_height, "hidden-row", ""),
    "a hidden column": (hide_column, "hidden-column", "B"),
    "a format that shows nothing": (style("B7", number_format=";;;"), "hidden-cell", "B7"),
    "grey on white": (style("A7", font=Font(name="Arial", sz=12, color="FFAAAAAA")), "contrast", "A7"),
    "a theme's grey on white": (themed, "contrast", "A7"),
    "yellow by its number": (indexed, "contrast", "A7"),
    "black on red": (style("A1", fill=RED, font=Font(sz=16, color="FF000000")), "contrast", "A1"),
    "small print": (style("A7", font=Font(name="Arial", sz=8)), "font-size", "A7"),
    "raised text": (style("A7", font=Font(name="Arial", sz=12, vertAlign="superscript")), "raised-text", "A7"),
    "a colour without words": (style("E2", fill=RED), "colour-alone", "E2"),
    "figures by colour": (style("B7", fill=PatternFill("solid", fgColor="FFFFF2CC")), "colour-alone", "A6:C8"),
    "a scale of colours": (colour_scale, "colour-alone", "B7:B8"),
    "click here": (link("Click here"), "link-text", "A5"),
    "a bare address": (link("https://example.org/x", "", "https://example.org/x"), "link-text", "A5"),
    "a link to nowhere": (link("Go to the annex", "'Annex'!A1"), "link-broken", "A5"),
    "text cut off": (style("A7", alignment=Alignment(wrap_text=False)), "cut-off", "A7"),
}


@pytest.mark.parametrize(("change", "rule", "cell"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_where_it_is(good: bytes, change: Callable[[Any], object], rule: str, cell: str):
    opened = openpyxl.load_workbook(io.BytesIO(good))
    if rule == "cut-off":
        opened[PAGE]["A7"] = "Some words that are a good deal longer than the column is wide"
    change(opened)
    found = accessibility.findings(saved(opened))
    assert rule in {each.rule for each in found}
    assert cell in {each.cell for each in found if each.rule == rule}
    assert all(each.words.endswith(".") for each in found)


def test_there_are_many_more_faults_than_fifteen():
    assert len({rule for _, rule, _ in FAULTS.values()}) >= 25


DRAWING, CHART = "xl/drawings/drawing1.xml", "xl/charts/chart1.xml"
DRAWN = {
    "no alternative text": (DRAWING, b' descr="', b' title="', "alternative-text"),
    "an alternative text that says nothing": (
        DRAWING,
        b'descr="Bars of the month',
        b'descr="Chart 1" x="',
        "alternative-text",
    ),
    "a chart without a title": (CHART, b"c:title>", b"c:other>", "chart-title"),
    "a chart's small print": (CHART, b'sz="1100"', b'sz="700"', "font-size"),
    "macros": ("xl/vbaProject.bin", b"", b"x", "macro"),
}


@pytest.mark.parametrize(("part", "old", "new", "rule"), DRAWN.values(), ids=DRAWN)
def test_a_fault_of_a_chart_is_found(charted: bytes, part: str, old: bytes, new: bytes, rule: str):
    parts = package.parts(charted)
    before = parts.get(part, b"")
    assert old in before
    parts[part] = before.replace(old, new) if old else new
    assert {each.rule for each in accessibility.findings(package.packed(parts))} == {rule}


def test_a_picture_that_says_of_itself_that_it_only_decorates_needs_no_text(charted: bytes):
    parts = package.parts(charted)
    name = (
        b'<a:ext xmlns:d="http://schemas.microsoft.com/office/drawing/2017/decorative"><d:decorative val="1"/></a:ext>'
    )
    parts[DRAWING] = re.sub(
        rb'(<xdr:cNvPr [^>]*?) descr="[^"]*"(?: /|/)>', rb"\1>" + name + b"</xdr:cNvPr>", parts[DRAWING]
    )
    assert accessibility.findings(package.packed(parts)) == []


def test_a_column_of_no_width_is_hidden(charted: bytes):
    parts = package.parts(charted)
    name = "xl/worksheets/sheet4.xml"
    parts[name] = re.sub(rb'(<col min="2" max="\d+" width=)"[^"]*"', rb'\1"0"', parts[name])
    found = {(each.rule, each.cell) for each in accessibility.findings(package.packed(parts))}
    assert ("hidden-column", "B") in found


def test_a_workbook_of_one_sheet_needs_no_contents(good: bytes):
    opened = openpyxl.load_workbook(io.BytesIO(good))
    for name in ("Cover", "Contents", "Notes", "Narrative"):
        del opened[name]
    opened[PAGE]["A4"].hyperlink = opened[PAGE]["A5"].hyperlink = None
    assert "contents" not in {each.rule for each in accessibility.findings(saved(opened))}


def test_a_document_type_is_never_read(good: bytes):
    parts = package.parts(good)
    parts["xl/workbook.xml"] = b'<!DOCTYPE x [<!ENTITY y "z">]>' + parts["xl/workbook.xml"]
    with pytest.raises(WorkbookUnsafe):
        accessibility.findings(package.packed(parts))


def test_a_finding_tells_no_value(good: bytes):
    opened = openpyxl.load_workbook(io.BytesIO(good))
    opened[PAGE]["B7"] = "ZZAMBER [low]"
    opened[PAGE]["A12"] = "ZZBIRCH"
    assert "ZZ" not in str(accessibility.findings(saved(opened)))
