"""Written workbooks: the same bytes from the same description, and nothing in them that nobody asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from datetime import datetime
from fractions import Fraction

import openpyxl
import pytest
import time_machine

from exchange.errors import WorkbookUnsafe
from outputs.workbook import drawing, layout, package, readback
from outputs.workbook.sheets import Column, Formula, Note, Row, Shorthand, Table
from outputs.workbook.write import refuse_faults, write
from tests.outputs.books import MADE_AT, SERVICE, book, monthly_return, sheet, texts
from tests.repository import ROOT


@pytest.fixture(scope="module")
def written() -> bytes:
    return write(monthly_return())


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


# --- the same bytes --------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
@pytest.mark.parametrize("moment", ["1999-12-31T23:59:59", "2031-02-28T12:00:00"])
def test_same_description_same_bytes_on_any_day_and_in_any_zone(written: bytes, monkeypatch, zone: str, moment: str):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with time_machine.travel(datetime.fromisoformat(moment)):
            assert write(monthly_return()) == written
    finally:
        monkeypatch.undo()
        time.tzset()


def test_same_bytes_again(written: bytes):
    """XlsxWriter writes into the options that it is given."""
    assert write(monthly_return()) == written


@pytest.mark.parametrize("seed", ["1", "2"])
def test_same_bytes_in_another_process(written: bytes, seed: str):
    """The order of sets differs between processes; nothing may depend on it."""
    program = (
        "import hashlib; from tests.outputs.books import monthly_return; from outputs.workbook.write import write;"
        "print(hashlib.sha256(write(monthly_return())).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(written).hexdigest()


def test_the_time_comes_from_the_description():
    before, after = (opened(write(book(made_at=moment))).properties for moment in (MADE_AT, MADE_AT.replace(year=2020)))
    assert (before.created, before.modified) == (datetime(2019, 7, 11, 8, 30), datetime(2019, 7, 11, 8, 30))
    assert after.created == datetime(2020, 7, 11, 8, 30)


# --- what is in it ---------------------------------------------------------------------------------


def test_the_document_tells_its_title_language_and_maker_and_nobody(written: bytes):
    properties = opened(written).properties
    assert properties.title == "Monthly return of the London Victim and Witness Service, June 2019"
    assert properties.language == "en-GB"
    assert (properties.creator, properties.lastModifiedBy) == (SERVICE, SERVICE)
    assert [properties.description, properties.keywords, properties.category] == [None, None, None]
    assert b"en-US" not in written


def test_sheets_come_in_order(written: bytes):
    names = opened(written).sheetnames
    assert names[:3] == ["Cover", "Contents", "Notes"]
    assert names[-1] == "Charts"


def test_a_sheet_starts_with_its_title_and_has_one_table(written: bytes):
    page = opened(written)["Crime category"]
    assert page["A1"].value == "Referrals and take-up by crime category"
    assert page["A3"].value == "Unit: victims."
    assert [table.displayName for table in page.tables.values()] == ["crime_category"]
    assert page.tables["crime_category"].ref.startswith("A6:")
    assert page.print_title_rows == "$6:$6"
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight == 0  # one page wide, as many as it needs high


def test_headings_of_long_tables_stay_in_sight(written: bytes):
    book = opened(written)
    assert book["Domestic abuse by borough"].freeze_panes == "A7"
    assert book["Gender"].freeze_panes is None


def test_wide_sheets_are_printed_on_their_side(written: bytes):
    book = opened(written)
    assert book["Data quality"].page_setup.orientation == "landscape"
    assert book["Gender"].page_setup.orientation != "landscape"


def test_cells_are_numbers_rates_dates_and_marks():
    columns = (Column("Row", "text"), Column("Count", "count"), Column("Rate", "rate"), Column("Day", "date"))
    rows = (
        Row(("a", 1_234_567, Fraction(1, 3), MADE_AT.date())),
        Row(("b", Shorthand.SUPPRESSED, Shorthand.NOT_AVAILABLE, Shorthand.NOT_APPLICABLE)),
    )
    page = opened(write(book(sheet(Table("Sources", columns, rows)))))["Source of referral"]
    first, second = ([cell for cell in row if cell.value is not None] for row in page.iter_rows(min_row=6))
    assert [cell.value for cell in first] == ["a", 1_234_567, 0.3333, datetime(2019, 7, 11)]
    assert [cell.number_format for cell in first[1:]] == ["#,##0", "0.0%", "d mmmm yyyy"]
    assert [cell.value for cell in second] == ["b", "[c]", "[x]", "[z]"]
    assert {cell.alignment.horizontal for cell in second[1:]} == {"right"}


def test_a_rate_is_not_finer_than_in_the_figures():
    """More decimals would tell of which small numbers a rate is made."""
    page = opened(write(book()))["Source of referral"]
    assert page["C6"].value == 0.3333


def test_a_formula_stands_with_its_value(written: bytes):
    told = opened(written)["Hours of support"]["B10"]
    shown = openpyxl.load_workbook(io.BytesIO(written), data_only=True)["Hours of support"]
    assert (told.data_type, told.value, shown["B10"].value) == ("f", "=SUM(B6:B9)", 570)
    assert shown["D10"].value == pytest.approx(572 / 570, rel=1e-15)


def test_a_formula_may_give_text():
    formula = Formula('=IF(B6=0,"none","some")', "some")
    rows = (Row(("a", 1, formula)),)
    columns = (Column("Row", "text"), Column("Count", "count"), Column("Says", "text"))
    content = write(book(sheet(Table("Sources", columns, rows))))
    assert openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Source of referral"]["C6"].value == "some"


def test_notes_are_numbered_and_only_used_shorthand_is_explained():
    content = write(book(sheet(notes=("b",)), notes=(Note("a", "One."), Note("b", "Two."))))
    page = opened(content)["Notes"]
    assert [row[0].value for row in page.iter_rows(min_row=5)] == ["[note 1]", "[note 2]", "[c]"]
    line = opened(content)["Source of referral"]["A4"]
    assert (line.value, line.hyperlink.location) == ("Go to the notes of this table: [note 2]", "'Notes'!A1")


def test_without_notes_and_shorthand_there_is_no_sheet_of_notes():
    assert opened(write(book(texts("x")))).sheetnames == ["Cover", "Contents", "Narrative"]


def test_contents_lead_to_every_sheet(written: bytes):
    book = opened(written)
    led_to = [row[0].hyperlink.location for row in book["Contents"].iter_rows(min_row=4)]
    assert led_to == [f"'{name}'!A1" for name in book.sheetnames if name != "Contents"]


def test_a_sheet_s_apostrophe_does_not_break_its_link():
    content = write(book(sheet(name="Partners' share")))
    assert opened(content)["Contents"]["A6"].hyperlink.location == "'Partners'' share'!A1"


# --- what is looked at before it is handed out -----------------------------------------------------


def test_a_cell_that_the_writer_lost_stops_it(monkeypatch):
    draw = drawing._text
    monkeypatch.setattr(
        drawing, "_text", lambda page, row, column, text, look: draw(page, row, column, text[:20], look)
    )
    with pytest.raises(WorkbookUnsafe) as refused:
        write(book(texts("ZZAMBER and twenty more letters")))
    assert "reading it back" in str(refused.value)
    assert "ZZAMBER" not in str(refused.value)


def test_a_text_that_became_a_formula_stops_it(monkeypatch):
    monkeypatch.setattr(
        drawing,
        "_text",
        lambda page, row, column, text, look: (
            page.write_formula(row, column, text, look)
            if text[0] == "="
            else page.write_string(row, column, text, look)
        ),
    )
    with pytest.raises(WorkbookUnsafe):
        write(book(texts("=1+1")))


def test_a_number_that_changed_stops_it(monkeypatch):
    monkeypatch.setattr(drawing, "as_number", lambda value: 0)
    with pytest.raises(WorkbookUnsafe):
        write(monthly_return())


def test_a_number_that_became_text_stops_it():
    pages = layout.pages(book())
    pages[-1].cells[6, 1] = dataclasses.replace(pages[-1].cells[6, 1], value="12")
    content = drawing.draw(book(), pages, [])
    pages[-1].cells[6, 1] = dataclasses.replace(pages[-1].cells[6, 1], value=12)
    with pytest.raises(WorkbookUnsafe):
        readback.check(content, pages)


@pytest.mark.parametrize("fault", ["other tables", "other sheets"])
def test_another_shape_than_was_laid_stops_it(fault: str):
    pages = layout.pages(book())
    content = write(book())
    if fault == "other tables":
        pages[-1].areas[0] = dataclasses.replace(pages[-1].areas[0], name="Others")
    else:
        pages.pop()
    with pytest.raises(WorkbookUnsafe):
        readback.check(content, pages)


def test_a_workbook_that_not_everybody_can_read_stops_it():
    book = opened(write(monthly_return()))
    book["Gender"].merge_cells("A1:B1")
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(WorkbookUnsafe):
        refuse_faults(buffer.getvalue())


SHEET = "xl/worksheets/sheet3.xml"
BOOK = "xl/workbook.xml"
MUTANTS = {
    "a hidden sheet": (BOOK, b'sheetId="3"', b'sheetId="3" state="hidden"'),
    "a very hidden sheet": (BOOK, b'sheetId="3"', b"sheetId=\"3\" state='veryHidden'"),
    "a hidden row": (SHEET, b'<row r="2"', b'<row r="2" hidden="1"'),
    "hidden rows unless told otherwise": (SHEET, b"<sheetFormatPr", b'<sheetFormatPr zeroHeight="1"'),
    "a hidden column": (SHEET, b"<col ", b'<col hidden="true" '),
    "a merged cell": (
        SHEET,
        b"</sheetData>",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>',
    ),
    "a name": (BOOK, b"<definedNames>", b'<definedNames><definedName name="x">1</definedName>'),
    "a hidden name": (
        BOOK,
        b"<definedNames>",
        b'<definedNames><definedName name="_xlnm.Print_Titles" hidden="1">1</definedName>',
    ),
    "a document type": (SHEET, b"<worksheet", b"<!DOCTYPE x><worksheet"),
    "an object": (SHEET, b"</worksheet>", b"<oleObjects/></worksheet>"),
    "a link outside": (
        "xl/worksheets/_rels/sheet3.xml.rels",
        b"<Relationship ",
        b'<Relationship TargetMode="External" ',
    ),
    "macros": ("xl/vbaProject.bin", b"", b"x"),
    "comments": ("xl/comments1.xml", b"", b"x"),
    "another book": ("xl/externalLinks/externalLink1.xml", b"", b"x"),
    "a picture": ("xl/media/image1.png", b"", b"x"),
    "a cache of a pivot table": ("xl/pivotCache/pivotCacheDefinition1.xml", b"", b"x"),
    "other programs' data": ("customXml/item1.xml", b"", b"x"),
    "a printer's settings": ("xl/printerSettings/printerSettings1.bin", b"", b"x"),
    "one more sheet": ("xl/worksheets/sheet99.xml", b"", b"<worksheet/>"),
}


@pytest.mark.parametrize(("part", "old", "new"), MUTANTS.values(), ids=MUTANTS)
def test_what_does_not_belong_into_a_workbook_is_found(written: bytes, part: str, old: bytes, new: bytes):
    parts = package.parts(written)
    sheets = len(opened(written).sheetnames)
    package.check(parts, sheets)
    before = parts.get(part, b"")
    assert old in before
    parts[part] = before.replace(old, new, 1) if old else new
    with pytest.raises(WorkbookUnsafe):
        package.check(parts, sheets)


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            with (
                pytest.warns(UserWarning, match="Duplicate") if name in archive.namelist() else contextlib.nullcontext()
            ):
                archive.writestr(name, b"x")
    return buffer.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip", zipped("a", "a")], ids=["blank", "cut", "text", "twice"])
def test_what_is_no_zip_of_parts_is_refused(content: bytes):
    with pytest.raises(WorkbookUnsafe):
        package.parts(content)


def test_a_zip_that_swells_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(package, "_MOST_BYTES", 10)
    with pytest.raises(WorkbookUnsafe):
        package.parts(write(book()))


def test_parts_are_stored_so_that_no_packer_decides_their_bytes(written: bytes):
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        kinds = {
            (each.compress_type, each.date_time, each.create_system, each.external_attr) for each in archive.infolist()
        }
    assert kinds == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0, 0o600 << 16)}
