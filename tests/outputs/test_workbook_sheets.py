"""What cannot be written whole is refused when it is described, and the refusal shows no value."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from fractions import Fraction

import pytest

from exchange.errors import WorkbookInvalid
from outputs.workbook.sheets import Chart, Column, CoverLine, Formula, Level, Note, Row, Shorthand, Table
from tests.outputs.books import book, sheet, texts

TABLE = sheet().table


def table(**over: object) -> Table:
    return dataclasses.replace(TABLE, **over)


def with_columns(*headers: str) -> Table:
    return Table("Sources", tuple(Column(header, "text") for header in headers), (Row(("x",) * len(headers)),))


def with_cell(cell: object, kind: str = "count") -> Table:
    return Table("Sources", (Column("Source", "text"), Column("Value", kind)), (Row(("Police", cell)),))


SHEETS = {
    "a name of 32 letters": {"name": "x" * 32},
    "a name with a slash": {"name": "Age/sex"},
    "a name with a bracket": {"name": "Age [1]"},
    "a name that ends in an apostrophe": {"name": "Age'"},
    "a blank name": {"name": " "},
    "Excel's own name": {"name": "History"},
    "a name of the writer's": {"name": "contents"},
    "a blank title": {"title": ""},
    "a title of two lines": {"title": "One\nTwo"},
    "a title with space around it": {"title": " One"},
    "a blank line": {"says": ("",)},
    "figures without a unit": {"unit": ""},
    "a table like a cell": {"table": table(name="AB12")},
    "a table like a row": {"table": table(name="R")},
    "a table with a space": {"table": table(name="a b")},
    "a table that starts with a digit": {"table": table(name="1a")},
    "no columns": {"table": Table("Sources", (), (Row(()),))},
    "no rows": {"table": table(rows=())},
    "a heading twice": {"table": with_columns("Source", "source")},
    "a blank heading": {"table": with_columns("Source", "  ")},
    "a heading of 256 letters": {"table": with_columns("Source", "x" * 256)},
    "a heading of two lines": {"table": with_columns("Source", "a\nb")},
    "a row too short": {"table": table(rows=(Row(("Police",)),))},
    "more columns than Excel has": {"table": with_columns(*map(str, range(16_385)))},
    "a blank cell": {"table": with_cell("", "text")},
    "a cell of spaces": {"table": with_cell(" \n ", "text")},
    "no value": {"table": with_cell(None)},
    "text as a count": {"table": with_cell("12")},
    "a truth as a count": {"table": with_cell(True)},
    "a fraction as a count": {"table": with_cell(Fraction(1, 2))},
    "a float": {"table": with_cell(0.5, "rate")},
    "a number as text": {"table": with_cell(5, "text")},
    "16 digits": {"table": with_cell(10**15)},
    "16 digits with a minus": {"table": with_cell(-(10**15))},
    "a fraction of 16 digits": {"table": with_cell(Fraction(10**11), "number")},
    "a time as a date": {"table": with_cell(datetime(2019, 6, 1), "date")},
    "a date before Excel's": {"table": with_cell(date(1900, 2, 28), "date")},
    "a text of 32,768 letters": {"table": with_cell("x" * 32_768, "text")},
    "a text of 40,000 letters": {"table": with_cell("x" * 40_000, "text")},
    "16,384 letters of two units": {"table": with_cell("\N{GRINNING FACE}" * 16_384, "text")},
    "254 line breaks": {"table": with_cell("x\n" * 254, "text")},
    "nothing but a symbol": {"table": with_cell("-", "text")},
    "a mark": {"table": with_cell("[low]", "text")},
    "a note's mark": {"table": with_cell("Some [Note 1] more", "text")},
    "a heading of a symbol": {"table": with_columns("Source", "%")},
    "a null": {"table": with_cell("a\0b", "text")},
    "a bell": {"table": with_cell("a\x07b", "text")},
    "half a pair": {"table": with_cell("a\ud800b", "text")},
    "no character": {"table": with_cell("a\ufffeb", "text")},
}


@pytest.mark.parametrize("over", SHEETS.values(), ids=SHEETS)
def test_a_sheet_that_excel_would_cut_or_repair_is_refused(over: dict[str, object]):
    with pytest.raises(WorkbookInvalid):
        sheet(**over)


FORMULAS = {
    "no formula": "SUM(A1)",
    "DDE": "=cmd|' /C calc'!A0",
    "a call to the web": '=WEBSERVICE("https://example.org")',
    "a link": '=HYPERLINK("https://example.org","x")',
    "an indirect cell": '=INDIRECT("A1")',
    "another book": "=[1]Sheet!A1",
    "another book by its path": "='file:///tmp/[b.xlsx]S'!A1",
    "another book in a sum": "=SUM([b.xlsx]S!A1)",
    "a function of later times": "=_xlfn.CONCAT(A1)",
    "too long": "=" + "+".join(["A1"] * 3_000),
    "a null": '=A1&"\0"',
}


@pytest.mark.parametrize("expression", FORMULAS.values(), ids=FORMULAS)
def test_a_formula_that_reaches_out_is_refused(expression: str):
    with pytest.raises(WorkbookInvalid):
        sheet(with_cell(Formula(expression, 1)))


@pytest.mark.parametrize(
    "expression",
    [
        "=SUM(B6:B9)",
        '=IF(B6=0,"n|a",C6/B6)',
        "=SUM(Hours[Hours worked])",
        "='Hours'!B6",
        "=ROUND(Hours[[#This Row],[a]],1)",
    ],
)
def test_a_formula_over_its_own_workbook_is_taken(expression: str):
    sheet(with_cell(Formula(expression, 1)))


CHART = Chart("Referrals", "Bars of referrals.", "Source of referral", "Source", ("Referrals",), "bar")
BOOKS = {
    "a time without a zone": {"made_at": datetime(2019, 7, 11)},
    "no title": {"title": ""},
    "a title of 256 letters": {"title": "x" * 256},
    "a language in words": {"language": "English"},
    "no organisation": {"organisation": " "},
    "a blank heading": {"cover": (CoverLine("", "x"),)},
    "a blank part of the cover": {"cover": (CoverLine("x", ""),)},
    "a blank note": {"notes": (Note("a", ""),)},
    "a note twice": {"notes": (Note("a", "x"), Note("A", "y"))},
    "a note that is not there": {"sheets": (sheet(notes=("b",)),)},
    "no sheets": {"sheets": ()},
    "a sheet twice": {"sheets": (sheet(), sheet(name="SOURCE OF REFERRAL", table=table(name="Other")))},
    "a table twice": {"sheets": (sheet(), sheet(name="Other", table=table(name="SOURCES")))},
    "a chart of no sheet": {"charts": (dataclasses.replace(CHART, sheet="Other"),)},
    "a chart of no column": {"charts": (dataclasses.replace(CHART, values=("Other",)),)},
    "a chart without series": {"charts": (dataclasses.replace(CHART, values=()),)},
    "a series twice": {"charts": (dataclasses.replace(CHART, values=("Referrals", "Referrals")),)},
    "five series": {"charts": (dataclasses.replace(CHART, values=("Referrals",) * 5),)},
    "a chart of words": {"charts": (dataclasses.replace(CHART, values=("Source",)),)},
    "counts and rates in one chart": {"charts": (dataclasses.replace(CHART, values=("Referrals", "Take-up rate")),)},
    "a chart without a title": {"charts": (dataclasses.replace(CHART, title=""),)},
    "a chart whose title is a formula": {"charts": (dataclasses.replace(CHART, title="=Cover!A1"),)},
    "a chart without its text": {"charts": (dataclasses.replace(CHART, says=" "),)},
    "a level called as a column": {"charts": (dataclasses.replace(CHART, level=Level("referrals", 1)),)},
}


@pytest.mark.parametrize("over", BOOKS.values(), ids=BOOKS)
def test_a_workbook_that_is_not_whole_is_refused(over: dict[str, object]):
    with pytest.raises(WorkbookInvalid):
        book(**over)


def test_a_refusal_says_where_and_not_what():
    with pytest.raises(WorkbookInvalid) as refused:
        texts("fine", "ZZAMBER\x07")
    assert "row 2" in str(refused.value)
    assert "ZZAMBER" not in str(refused.value)


def test_every_shorthand_is_explained():
    assert all(each.words for each in Shorthand)
