"""What the returns have in them, as data: tables, rows and columns with their words (outputs/definitions/*.csv).

The keys are fixed (interfaces: returns). Rows that code lists give (sources, boroughs, reasons, destinations) are named
by a starred row of rows.csv and come from those lists. Pure; read once.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal, cast

from exchange.sources import SOURCES
from mappings.load import ROOT as MAPPINGS
from mappings.triage_rules import load_rules
from outputs import changing
from outputs.idva import bcus
from outputs.idva.guide import guide

ROOT: Final = Path(__file__).resolve().parent / "definitions"

# A change of a table's rows or columns makes a new version, which the return announces (R13).
FORMAT_VERSION: Final = "1"
# Fields whose unknown rates are reported, in the order of the interface.
UNKNOWN_FIELDS: Final = ("gender", "age", "ethnicity", "disability", "borough", "phone", "safe_contact", "dash_risk")

Kind = Literal["count", "rate", "hours", "number", "fte", "text"]
Suppression = Literal["none", "primary", "secondary"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its key, its words, the row of which it is a part (blank: of none), and what is to be known of it; `kind`:
    of its numbers, where each row has one of its own."""

    key: str
    words: str
    part_of: str = ""
    says: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, words and kind. `of`: for a rate, its two columns (take_up/referrals), the second perhaps of
    another row (take_up/take_up:total)."""

    key: str
    words: str
    kind: Kind
    of: str
    says: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of returns. `suppression`: of small numbers, unless a setting says otherwise. `chart`: the columns that
    are drawn; none for a table without chart."""

    key: str
    sheet: str
    title: str
    unit: str
    suppression: Suppression
    requirement: str
    says: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    chart: tuple[str, ...]

    def column(self, key: str) -> Column:
        """The column of that key."""
        return next(column for column in self.columns if column.key == key)


@cache
def tables(of_return: str) -> tuple[Table, ...]:
    """The tables of a return: those whose line names it."""
    return tuple(_table(line) for line in _lines("tables") if of_return in line["returns"].split())


def table(of_return: str, key: str) -> Table:
    """One of them."""
    return next(each for each in tables(of_return) if each.key == key)


@cache
def changes() -> Table:
    """The table of what changed since the version before; its rows are the figures that moved."""
    return next(_table(line) for line in _lines("tables") if line["table"] == line["returns"] == "changes")


def _lines(name: str) -> list[dict[str, str]]:
    with (ROOT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(line: dict[str, str]) -> Table:
    key = line["table"]
    described = {(each["table"], each["column"]): each for each in _lines("columns")}
    columns = tuple(_column(described.get((key, name)) or described["*", name]) for name in line["columns"].split())
    rows = tuple(row for each in _lines("rows") if each["table"] == key for row in _rows(each))
    return Table(
        key=key,
        sheet=line["sheet"],
        title=line["title"],
        unit=line["unit"],
        suppression=cast("Suppression", line["suppression"]),
        requirement=line["requirement"],
        says=line["says"],
        rows=rows,
        columns=columns,
        chart=tuple(line["chart"].split()),
    )


def _column(line: dict[str, str]) -> Column:
    return Column(line["column"], line["words"], cast("Kind", line["kind"]), line["of"], line["says"])


def _rows(line: dict[str, str]) -> list[Row]:
    key, part = line["row"], line["part_of"]
    if key.startswith("*"):
        return [Row(name, words, part, _says(key, name)) for name, words in LISTS[key]()]
    return [Row(key, line["words"], part, line["says"], cast("Kind | None", line["kind"] or None))]


# --- rows that code lists give ----------------------------------------------------------------------


def plain(key: str) -> str:
    """A key in words, where no list has any."""
    return key.replace("_", " ").capitalize()


@cache
def _worded() -> Mapping[tuple[str, str], tuple[str, str]]:
    """By list and key the words of it, and what is to be known of it (words.csv)."""
    return {(line["list"], line["key"]): (line["words"], line["says"]) for line in _lines("words")}


def _words(of: str, key: str) -> str:
    return _worded()[of, key][0] if (of, key) in _worded() else plain(key)


def _says(of: str, key: str) -> str:
    return _worded().get((of.removeprefix("*"), key), ("", ""))[1]


def _referral_sources() -> list[tuple[str, str]]:
    return [(name, source.sender) for name, source in SOURCES.items()]


def _police_sources() -> list[tuple[str, str]]:
    police = {"police_referral", "fraud_referral"}
    named = [(name, source.sender) for name, source in SOURCES.items() if source.layout_name in police]
    return [*named, ("other_force", "Other forces")]


def _boroughs() -> list[tuple[str, str]]:
    with (MAPPINGS / "reference" / "boroughs.csv").open(encoding="utf-8", newline="") as file:
        return [(line["borough_code"], line["name"]) for line in csv.DictReader(file)]


_REASONS: Final = {"priority": "priority_reasons", "held": "hold_reasons"}


def _reasons(decides: str) -> list[tuple[str, str]]:
    rules = [rule for rule in load_rules().rules if rule.decides == decides]
    return [(key, _words(_REASONS[decides], key)) for key in dict.fromkeys(rule.reason for rule in rules)]


def _destinations() -> list[tuple[str, str]]:
    with (MAPPINGS / "triage" / "destinations.csv").open(encoding="utf-8", newline="") as file:
        return [(line["destination"], _words("destinations", line["destination"])) for line in csv.DictReader(file)]


# What the table of representation is by, with the table whose groups it takes.
REPRESENTED: Final[Mapping[str, str]] = {
    "gender": "gender",
    "age": "age_non_da",
    "ethnicity": "ethnicity",
    "disability": "disability",
    "sexual_orientation": "sexual_orientation",
    "religion": "religion",
}
# Groups of those who did not say.
UNKNOWN_GROUPS: Final = ("not_given", "prefer_not_to_say")


def groups(field: str) -> list[tuple[str, str]]:
    """The groups of a field with their words, as the monthly tables have them."""
    lines = [each for each in _lines("rows") if each["table"] == REPRESENTED[field] and each["row"] != "total"]
    return [(line["row"], line["words"]) for line in lines]


def _represented(field: str, *, known: bool) -> list[tuple[str, str]]:
    """Rows of representation: every group of all engaged; known groups of those whose group is known."""
    after, of = (" known", " (of known)") if known else ("", "")
    return [
        (f"{field} {group}{after}", f"{plain(field)}: {words}{of}")
        for group, words in groups(field)
        if not (known and group in UNKNOWN_GROUPS)
    ]


def _source_fields() -> list[tuple[str, str]]:
    return [
        (f"{name} {field}", f"{source.sender}: {_words('fields', field)}")
        for name, source in SOURCES.items()
        if source.layout.form == "referral"
        for field in UNKNOWN_FIELDS
    ]


def _areas() -> list[tuple[str, str]]:
    return [(area, bcus.area_words(area)) for area in guide()]


def _given(line: tuple[str, str]) -> list[tuple[str, str]]:
    return [line]


# Rows that a version's own records give; the catalogue names them by what they are.
_GIVEN: Final[Mapping[str, tuple[str, str]]] = {
    "*days": ("YYYY-MM-DD", "Each day of the quarter"),
    "*months": ("YYYY-MM", "Each month"),
    "*posts": ("number of the post", "Each post that was open on a day of the quarter"),
    "*groups": ("the group", "Each group that the roster names, and not_given"),
    "*moves": ("day, post, staff number", "Each change, by its day, post and staff number"),
}

LISTS: Final[Mapping[str, Callable[[], list[tuple[str, str]]]]] = {
    "*police_sources": _police_sources,
    "*boroughs": _boroughs,
    "*priority_reasons": lambda: _reasons("priority"),
    "*hold_reasons": lambda: [*_reasons("held"), ("match_review", _words("hold_reasons", "match_review"))],
    "*destinations": _destinations,
    "*sources": _referral_sources,
    "*source_fields": _source_fields,
    "*changes": changing.every,
    "*areas": _areas,
    **{key: partial(_given, line) for key, line in _GIVEN.items()},
    **{f"*{field}_groups": partial(_represented, field, known=False) for field in REPRESENTED},
    **{f"*{field}_known": partial(_represented, field, known=True) for field in REPRESENTED},
}
