"""Inputs: figures and texts that no feed can tell, read strictly from a file that staff give. Pure.

Which keys there are, of what kind and for what length of time, is outputs/definitions/inputs.csv (docs/inputs.md). A
file is taken as a whole or not at all; a finding names line, column and rule, never a value.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from exchange.cms.inputs import Given
from exchange.errors import WrongUse
from mappings.tables import Line, Shape, Table, read_table
from outputs import catalogue, periods

ROOT: Final = Path(__file__).resolve().parent / "definitions"
HEADER: Final = ("key", "period", "value", "note")
SHAPE: Final = Shape(
    ("key", "kind", "per", "lasts", "decimals", "requirement", "verified", "says"),
    ("key",),
    ("kind", "per", "lasts", "requirement", "verified", "says"),
)
POLICE_SHARE: Final = "police_share"
MOST_BYTES: Final = 1_000_000
MOST_CHARACTERS: Final = 5_000
MOST_OF_A_NOTE: Final = 500
# Shares of a field are rounded by whoever published them.
ROUNDING: Final = Fraction(5, 1000)

_YEAR: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_SHARE: Final = re.compile(r"0(\.\d{1,6})?|1(\.0{1,6})?", re.ASCII)
_LENGTHS: Final = {
    "year": "a year of the contract, as 2019-20",
    "quarter": "a quarter, as 2019-20Q1",
    "month": "a month, as 2019-06",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One key: `lasts` until_next: it holds for later years until another one is given."""

    key: str
    kind: Literal["number", "share", "text"]
    per: Literal["month", "quarter", "year"]
    lasts: Literal["period", "until_next"]
    decimals: int
    requirement: str
    says: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: the line of the file (header 1; 0 is the file itself), the column, and the rule in words."""

    line: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read; `given` counts only where nothing was found."""

    given: tuple[Given, ...]
    findings: tuple[Finding, ...]


@cache
def known(root: Path = ROOT) -> dict[str, Input]:
    """Every input by its key. Raises MappingInvalid."""
    table = read_table(root, "inputs", SHAPE)
    return {each.key: each for line in table.lines for each in _inputs(table, line)}


def _inputs(table: Table, line: Line) -> Iterator[Input]:
    for column, allowed in (
        ("kind", ("number", "share", "text")),
        ("per", tuple(_LENGTHS)),
        ("lasts", ("period", "until_next")),
    ):
        if line[column] not in allowed:
            table.refuse(line.number, f"{column} is not one of {', '.join(allowed)}")
    if line["decimals"] and not line["decimals"].isdecimal():
        table.refuse(line.number, "decimals is not a number")
    for key, words in _keys(line["key"]):
        yield Input(
            key=key,
            kind=cast('Literal["number", "share", "text"]', line["kind"]),
            per=cast('Literal["month", "quarter", "year"]', line["per"]),
            lasts=cast('Literal["period", "until_next"]', line["lasts"]),
            decimals=int(line["decimals"] or 0),
            requirement=line["requirement"],
            says=f"{words}{line['says']}",
        )


def _keys(key: str) -> list[tuple[str, str]]:
    """The key; a starred one stands for one of each group by which engagement is compared."""
    if key != f"*{POLICE_SHARE}":
        return [(key, "")]
    return [
        (f"{POLICE_SHARE} {field} {group}", f"{catalogue.plain(field)}, {words}: ")
        for field in catalogue.REPRESENTED
        for group, words in catalogue.groups(field)
    ]


def read(data: bytes) -> Read:
    """What a file gives, or what is wrong with it. UTF-8, with a byte order mark or without."""
    if len(data) > MOST_BYTES:
        return Read((), (Finding(0, "", f"it is larger than {MOST_BYTES} bytes"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Read((), (Finding(0, "", "it is not UTF-8: save it as CSV UTF-8"),))
    rows: list[tuple[int, Given]] = []
    findings: list[Finding] = []
    for line, cells in _records(text, findings):
        found = list(_wrong(line, cells))
        findings += found
        if not found:
            key, period, value, note = cells
            rows.append((line, Given(key, period, _line_ends(value) or None, _line_ends(note))))
    findings += _repeated(rows)
    findings += _too_much(rows)
    if not rows and not findings:
        findings.append(Finding(1, "", "there is nothing under the header"))
    return Read(tuple(each for _, each in rows), tuple(sorted(findings, key=lambda each: (each.line, each.column))))


def _records(text: str, findings: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    """The lines under the header, each with the number of the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            findings.append(Finding(begins, "", "a quote is in the wrong place or not closed"))
            return
        if begins == 1 and tuple(cells or ()) != HEADER:
            findings.append(Finding(1, "", f"the header is not {','.join(HEADER)}, with commas between"))
            return
        if cells is None:
            return
        if begins > 1 and cells:
            yield begins, cells
        begins = reader.line_num + 1


def _wrong(line: int, cells: list[str]) -> Iterator[Finding]:
    if len(cells) != len(HEADER):
        yield Finding(line, "", f"it has {len(cells)} cells instead of {len(HEADER)}")
        return
    key, period, value, note = cells
    about = known().get(key)
    if about is None:
        yield Finding(line, "key", "no such key: see lvws inputs list --keys")
    else:
        if not is_period(about, period):
            yield Finding(line, "period", f"it is not {_LENGTHS[about.per]}")
        if problem := _wrong_value(about, value):
            yield Finding(line, "value", problem)
    if len(note) > MOST_OF_A_NOTE or not _is_plain(note):
        yield Finding(line, "note", f"it has more than {MOST_OF_A_NOTE} characters, or control characters")


def is_period(about: Input, text: str) -> bool:
    """Whether it names a period of the length that the input is about."""
    if about.per == "year":
        found = _YEAR.fullmatch(text)
        return bool(found) and (int(found[1]) + 1) % 100 == int(found[2]) if found else False
    try:
        return text.isascii() and periods.parse(text).is_quarter == (about.per == "quarter")
    except WrongUse:
        return False


def _wrong_value(about: Input, value: str) -> str:
    """What is wrong with a value; a blank one takes back what stands there."""
    if not value:
        return ""
    if about.kind == "text":
        plain = len(value) <= MOST_CHARACTERS and _is_plain(value) and value.strip()
        return "" if plain else f"it has more than {MOST_CHARACTERS} characters, control characters, or spaces alone"
    if about.kind == "share":
        return "" if _SHARE.fullmatch(value) else "it is not a share of 1 with a point, as 0.51"
    fraction = rf"(\.\d{{1,{about.decimals}}})?" if about.decimals else ""
    if re.fullmatch(rf"\d{{1,9}}{fraction}", value, re.ASCII):
        return ""
    return f"it is not a number of at most 9 digits with at most {about.decimals} after a point"


def _is_plain(text: str) -> bool:
    """Without control characters but tabs and line ends, and without what no file of the returns could hold."""
    return not any(
        (unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\t") or ord(each) & 0xFFFE == 0xFFFE
        for each in _line_ends(text)
    )


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _repeated(rows: Iterable[tuple[int, Given]]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for line, each in rows:
        first = seen.setdefault((each.key, each.period), line)
        if first != line:
            yield Finding(line, "key", f"key and period stand in line {first} already")


def _too_much(rows: Iterable[tuple[int, Given]]) -> Iterator[Finding]:
    """Shares of a field that are more than the whole."""
    sums: dict[tuple[str, str], Fraction] = {}
    for line, each in rows:
        if not each.key.startswith(f"{POLICE_SHARE} "):
            continue
        of = (each.key.split(" ")[1], each.period)
        before = sums.get(of, Fraction(0))
        sums[of] = before + Fraction(each.value or 0)
        if before <= 1 + ROUNDING < sums[of]:
            yield Finding(line, "value", "with those above it the shares of the field are more than 1")
