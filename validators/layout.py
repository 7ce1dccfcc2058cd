"""What a feed looks like, as data: its columns in order, and what each may hold.

A layout is read by the reader (names, order, encoding, where line ends may stand) and by the engine (kinds). It
imports nothing heavy, so that commands which only list runs stay quick. Source: interfaces/feeds.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Literal, cast

Encoding = Literal["cp1252", "utf-8", "utf-8-sig"]
DateOrder = Literal["dd/mm/yyyy", "yyyy-mm-dd"]


class Kind(StrEnum):
    """What the text of a column means, and with that which checks apply to it."""

    TEXT = "text"
    CODE = "one of a closed list"
    CODES = "codes of a closed list, separated by single spaces"
    SHAPE = "a reference or code of a fixed shape"
    NUMBER = "a number of a fixed shape"
    DATE = "a date"
    DAY_TO_COME = "a date that may lie ahead"
    BIRTH_DATE = "a birth date, where two dates are fillers"
    MOMENT = "date and time in London"
    INSTANT = "ISO 8601 date and time with an offset"
    NAME = "a name of a person"
    POSTCODE = "a postcode"
    PHONE = "a phone number"
    EMAIL = "an e-mail address"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a feed.

    `codes` belongs to CODE and CODES; `pattern` (RE2, the whole value) and `rule` (which rule a value breaks that
    does not match) to SHAPE and NUMBER. `required` means that a blank breaks the rule `blank`. `multiline` allows
    line ends inside quotes.
    """

    name: str
    kind: Kind = Kind.TEXT
    codes: tuple[str, ...] = ()
    pattern: str = ""
    rule: str = ""
    required: bool = False
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Needed:
    """`column` may not be blank where `when` holds one of `among`; otherwise the row breaks `rule`."""

    column: str
    when: str
    among: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Where `when` holds `value`, `column` holds one of `codes` (any text where there are none), or a blank.

    `required` means that a blank breaks the rule `blank` there.
    """

    column: str
    when: str
    value: str
    codes: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class AgeGiven:
    """A stated age that should agree with the birth date on the day of `at`."""

    age: str
    birth_date: str
    at: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A feed's file, column by column; `complete` says how a sender marks it as finished, `form` what a row becomes."""

    name: str
    encoding: Encoding
    complete: Literal["trailer", "manifest"]
    date_order: DateOrder
    key_columns: tuple[str, ...]
    columns: tuple[Column, ...]
    form: Literal["referral", "event"] = "referral"
    needed: tuple[Needed, ...] = ()
    choices: tuple[Choice, ...] = ()
    in_order: tuple[tuple[str, str], ...] = ()
    age_given: AgeGiven | None = None

    def __post_init__(self) -> None:
        """Every column that a rule names has to exist, and once only."""
        names = self.names
        mentioned = {*self.key_columns, *(name for pair in self.in_order for name in pair)}
        mentioned |= {name for needed in self.needed for name in (needed.column, needed.when)}
        mentioned |= {name for choice in self.choices for name in (choice.column, choice.when)}
        if self.age_given is not None:
            mentioned |= {self.age_given.age, self.age_given.birth_date, self.age_given.at}
        if len(set(names)) != len(names) or not mentioned <= set(names):
            raise ValueError(f"layout {self.name}: a column is repeated, or a rule names one that is not there")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in the order of the header."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@cache
def layout(name: str) -> Layout:
    """The LAYOUT of the module validators/<name>.py."""
    return cast(Layout, import_module(f"validators.{name}").LAYOUT)


def texts(*names: str) -> Iterator[Column]:
    """Columns of free text without any rule of their own."""
    return (Column(name) for name in names)


def flags(*names: str) -> Iterator[Column]:
    """Columns that hold `Y`, `N` or a blank."""
    return (Column(name, Kind.CODE, codes=("Y", "N")) for name in names)
