"""A cell as what its column holds: a code, a number, a day; or the rule that it breaks. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from fractions import Fraction
from typing import Final

from validators.roster.sheets import Cell, Odd

MOST_TEXT: Final = 60
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,19}")
_NUMBER: Final = re.compile(r"\d{1,4}(\.\d{1,4})?")
_DECIMALS: Final = 10_000


class Broken(Exception):
    """The cell breaks a rule; said inside this package alone."""

    def __init__(self, rule: str) -> None:
        """`rule`: its id."""
        super().__init__(rule)
        self.rule = rule


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands there. Spaces are nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text(cell: Cell) -> str:
    """Short text on one line, without spaces around it. Raises Broken."""
    if isinstance(cell, str):
        found = unicodedata.normalize("NFC", cell).strip()
        if len(found) > MOST_TEXT or any(unicodedata.category(each)[0] == "C" for each in found):
            raise Broken("text")
        return found
    if isinstance(cell, Fraction) and cell.denominator == 1:
        return str(cell.numerator)  # Excel makes numbers of what looks like some
    raise Broken(cell.rule if isinstance(cell, Odd) else "cell")


def identifier(cell: Cell) -> str:
    """The number of a post or a member of staff. Raises Broken."""
    found = text(cell)
    if not _IDENTIFIER.fullmatch(found):
        raise Broken("identifier")
    return found


def number(cell: Cell) -> Fraction:
    """An exact number with at most 4 decimals, 0 or more. Raises Broken."""
    if isinstance(cell, Odd):
        raise Broken(cell.rule)
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        cell = Fraction(cell.strip())
    if not isinstance(cell, Fraction) or cell < 0 or _DECIMALS % cell.denominator:
        raise Broken("number")
    return cell


def day(cell: Cell, *, is_text: bool) -> date:
    """A real date; in a CSV one written 2026-07-01. Raises Broken."""
    if isinstance(cell, Odd):
        raise Broken(cell.rule)
    if is_text and isinstance(cell, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", cell.strip()):
        try:
            return date.fromisoformat(cell.strip())
        except ValueError:
            raise Broken("date") from None
    if not isinstance(cell, date):
        raise Broken("date")
    return cell
