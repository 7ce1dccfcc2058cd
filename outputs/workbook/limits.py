"""What Excel takes: names, lengths, numbers and formulas. Every check says where and what, never the value. Pure.

Excel and the libraries cut, skip or repair silently past these limits (hazards F66 to F70), so nothing passes them.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from exchange.errors import WorkbookInvalid

ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
CELL_UNITS: Final = 32_767  # of UTF-16, as Excel counts
CELL_BREAKS: Final = 253
HEADER_UNITS: Final = 255
SHEET_NAME_UNITS: Final = 31
TEXT_OF_PROPERTY: Final = 255
FORMULA_UNITS: Final = 8_192
# Excel keeps 15 digits; with four decimals a fraction has eleven before them.
WHOLE: Final = 10**15
BROKEN: Final = 10**11

# Tab, line feed and carriage return are text. Nobody can see the others, and XML cannot hold most of them.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_LIKE_A_CELL: Final = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*|[Cc][0-9]*|[Rr][0-9]+[Cc][0-9]+")
# Taken by the writer's own sheets; History by Excel.
RESERVED: Final = frozenset({"cover", "contents", "notes", "charts", "history"})

_LIKE_AN_ESCAPE: Final = re.compile("(_x[0-9A-Fa-f]{4}_)")

# What a formula of ours may call: none reaches out of the workbook, and each is older than Excel 2010.
FUNCTIONS: Final = frozenset(
    "ABS AND AVERAGE COUNT COUNTA COUNTIF COUNTIFS DATE IF IFERROR INDEX INT MATCH MAX MEDIAN MIN NOT OR ROUND SUM "
    "SUMIF SUMIFS SUMPRODUCT".split()
)
_STRINGS: Final = re.compile(r'"(?:[^"]|"")*"')
# A bracket is of a table ([Column], [[#This Row],[Column]]) where a name, a bracket or a comma stands before it.
_OTHER_BOOK: Final = re.compile(r"(?:^|[^\w\[,])\[|\]!|\.xl\w*\]|file:|https?:", re.IGNORECASE)


def refuse(sheet: str, where: str, problem: str) -> WorkbookInvalid:
    """The error for a description that cannot be written. `where` and `problem` hold no value of a cell."""
    return WorkbookInvalid(sheet=sheet, where=where, problem=problem)


def guarded(text: str) -> str:
    """A text in which nothing looks like a workbook's escape of a character (_x000D_)."""
    return _LIKE_AN_ESCAPE.sub(r"_x005F\1", text)


def units(text: str) -> int:
    """How long a text is to Excel: in units of UTF-16, also where half a pair stands alone."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(text: str, sheet: str, where: str, longest: int = CELL_UNITS) -> None:
    """A text that a cell can hold whole and that somebody can see."""
    if not text.strip():
        raise refuse(sheet, where, "it is blank")
    if _UNSEEN.search(text):
        raise refuse(sheet, where, "it has a character that no workbook can hold")
    if units(text) > longest:
        raise refuse(sheet, where, f"it is longer than {longest} characters")
    if text.count("\n") > CELL_BREAKS:
        raise refuse(sheet, where, f"it has more than {CELL_BREAKS} line breaks")


def check_cell(text: str, sheet: str, where: str) -> None:
    """A text for a table's cell: it says something, and is no mark that only the notes may explain."""
    check_text(text, sheet, where)
    if not any(letter.isalnum() for letter in text):
        raise refuse(sheet, where, "it is nothing but symbols")
    if re.search(r"\[note \d+\]", text, re.IGNORECASE) or re.fullmatch(r"\s*\[[^\[\]]*\]\s*", text):
        raise refuse(sheet, where, "it is a mark in square brackets, or has one of a note")


def check_line(text: str, sheet: str, where: str, longest: int = CELL_UNITS) -> None:
    """A text of one line: titles, headings, names."""
    check_text(text, sheet, where, longest)
    if re.search(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]", text) or text != text.strip():
        raise refuse(sheet, where, "it has a tab, a line break, or space around it")


def check_sheet_name(name: str) -> None:
    """A name that Excel takes for a sheet and that is none of the writer's own sheets."""
    check_line(name, name, "its name", SHEET_NAME_UNITS)
    if re.search(r"[\[\]:*?/\\]", name) or name[0] == "'" or name[-1] == "'":
        raise refuse(name, "its name", r"it has one of [ ] : * ? / \ or an apostrophe at an end")
    if name.lower() in RESERVED:
        raise refuse(name, "its name", "the name is taken")


def check_table_name(name: str, sheet: str) -> None:
    """A name that Excel takes for a table: letters, digits and low lines, and not like a cell's."""
    if not _TABLE_NAME.fullmatch(name) or _LIKE_A_CELL.fullmatch(name):
        raise refuse(sheet, "the table's name", "it is none that Excel takes")


def check_number(value: int | Fraction, sheet: str, where: str) -> None:
    """A number that keeps all its digits in a cell."""
    bound = WHOLE if isinstance(value, int) else BROKEN
    if not -bound < value < bound:
        raise refuse(sheet, where, "the number has more digits than a cell keeps")


def check_formula(expression: str, sheet: str, where: str) -> None:
    """A formula over this workbook alone, of known functions."""
    bare = _STRINGS.sub('""', expression)
    called = {name.upper() for name in re.findall(r"([A-Za-z_.][\w.]*)\s*\(", bare)}
    if not expression.startswith("=") or _UNSEEN.search(expression) or units(expression) > FORMULA_UNITS:
        raise refuse(sheet, where, "the formula does not start with = or is too long")
    if called - FUNCTIONS or "|" in bare or _OTHER_BOOK.search(bare):
        raise refuse(sheet, where, "the formula calls what is not allowed or leaves the workbook")
