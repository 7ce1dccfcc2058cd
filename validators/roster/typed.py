"""A roster's sheets as posts, assignments and absences; every cell that breaks a rule is a finding. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, TypeVar, get_args

from validators.roster import cells
from validators.roster.cells import Broken
from validators.roster.model import COLUMNS, Absence, Assignment, Away, Kind, Post, Role, Setting
from validators.roster.rules import SheetFinding
from validators.roster.sheets import Cell, Sheet, SheetRow

T = TypeVar("T")
D = TypeVar("D")
MOST_HOURS: Final = 60
_OPTIONAL: Final = frozenset({("posts", name) for name in ("borough", "setting", "specialism", "to")}) | {
    ("assignments", "to"),
    ("absences", "to"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """The areas of posts, by their codes in small letters, and how a borough that is written somehow is known: by its
    code and area."""

    areas: Mapping[str, str]
    borough: Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Typed:
    """What of a sheet could be read: its good rows, findings, and the posts that good and bad rows name.

    `whole`: every row names its post, so that a post that is not named is missing for good.
    """

    rows: tuple[Any, ...] = ()
    findings: tuple[SheetFinding, ...] = ()
    names: frozenset[str] = frozenset()
    whole: bool = False


def typed(name: str, sheet: Sheet | None, london: Places) -> Typed:
    """The rows of one of the three sheets."""
    if sheet is None:
        return Typed(findings=(SheetFinding(name, 0, "", "sheet_missing"),))
    columns, faults = _header(name, sheet)
    if faults:
        return Typed(findings=tuple(faults))
    rows: list[Any] = []
    findings: list[SheetFinding] = []
    names: set[str] = set()
    for row in sheet.rows:
        reading = _Reading(name, row, columns, london, is_text=sheet.is_text)
        made = _MAKE[name](reading)
        findings += [*reading.findings, *reading.warnings]
        names |= reading.names
        if not reading.findings:
            rows.append(made)
    if name != "absences" and not sheet.rows:
        findings.append(SheetFinding(name, 0, "", "no_rows"))
    named = all(finding.column != "post_id" and finding.rule != "no_rows" for finding in findings)
    return Typed(tuple(rows), tuple(findings), frozenset(names), whole=named)


def _header(name: str, sheet: Sheet) -> tuple[dict[str, int], list[SheetFinding]]:
    """Where each column stands; a header that is not the layout's is told whole."""
    places: dict[str, int] = {}
    found = []
    unknown = False
    for place, header in enumerate(sheet.headers):
        told = header.strip().casefold() if isinstance(header, str) else header
        if told in (None, "") and all(cells.is_blank(_at(row, place)) for row in sheet.rows):
            continue
        if not isinstance(told, str) or told not in COLUMNS[name]:
            unknown = True
        elif told in places:
            found.append(SheetFinding(name, 1, told, "column_repeated"))
        else:
            places[told] = place
    found += [SheetFinding(name, 1, each, "column_missing") for each in COLUMNS[name] if each not in places]
    if unknown:
        found.append(SheetFinding(name, 1, "", "column_unknown"))
    return places, found


def _at(row: SheetRow, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None


class _Reading:
    """One row being read: each cell is asked for once, and what is wrong with it noted."""

    def __init__(self, sheet: str, row: SheetRow, columns: Mapping[str, int], london: Places, *, is_text: bool) -> None:
        self.sheet, self.number, self.london = sheet, row.number, london
        self._row, self._columns, self._is_text = row, columns, is_text
        self.findings: list[SheetFinding] = []
        self.warnings: list[SheetFinding] = []
        self.names: set[str] = set()

    def get(self, column: str, read: Callable[[Cell], T], default: D) -> T | D:
        """The cell's value; the default where it is blank and may be, or broken, which is noted."""
        cell = _at(self._row, self._columns[column])
        if cells.is_blank(cell):
            if (self.sheet, column) not in _OPTIONAL:
                self.broken(column, "blank")
            return default
        try:
            return read(cell)
        except Broken as broken:
            self.broken(column, broken.rule)
        return default

    def broken(self, column: str, rule: str) -> None:
        """Note a finding."""
        self.findings.append(SheetFinding(self.sheet, self.number, column, rule))

    def identifier(self, column: str) -> str:
        return self.get(column, cells.identifier, "")

    def code(self, column: str, allowed: Any) -> Any:
        """One of a closed list, in any case."""
        return self.get(column, lambda cell: _code(cell, allowed), None)

    def period(self) -> tuple[date, date | None]:
        """The two dates; the end may be blank, and is not before the start."""
        before = len(self.findings)
        read: Callable[[Cell], date | None] = lambda cell: cells.day(cell, is_text=self._is_text)  # noqa: E731
        first, last = self.get("from", read, None), self.get("to", read, None)
        if first is not None and last is not None and last < first and len(self.findings) == before:
            self.broken("to", "order")
        return first or date.min, last


def _code(cell: Cell, allowed: Mapping[str, str]) -> str:
    found = allowed.get(cells.text(cell).casefold())
    if found is None:
        raise Broken("code")
    return found


def _codes(of: Any) -> Mapping[str, str]:
    return {str(each).casefold(): str(each) for each in get_args(of)}


_ROLES: Final = _codes(Role)
_SETTINGS: Final = _codes(Setting)
_KINDS: Final = _codes(Kind)
_AWAY: Final = _codes(Away)
_YES: Final = {"y": "Y", "n": "N"}


def _post(reading: _Reading) -> Post:
    post_id = reading.identifier("post_id")
    reading.names |= {post_id} if post_id else set()
    role, funder = reading.code("role", _ROLES), reading.get("funder", cells.text, "")
    area = reading.code("area", reading.london.areas)
    found = reading.get("borough", lambda cell: _borough(cell, reading.london), None)
    borough, lies_in = found or (None, None)
    if lies_in and area and lies_in != area:
        reading.warnings.append(SheetFinding("posts", reading.number, "borough", "borough_elsewhere"))
    setting = reading.code("setting", _SETTINGS)
    specialism = reading.get("specialism", cells.text, None)
    fte = reading.get("fte", _fte, Fraction(1))
    first, last = reading.period()
    return Post(reading.number, post_id, role, funder, area, borough, setting, specialism, fte, first, last)


def _borough(cell: Cell, london: Places) -> tuple[str, str]:
    """A borough's code and the area in which it lies."""
    found = london.borough(cells.text(cell))
    if found is None:
        raise Broken("code")
    return found


def _fte(cell: Cell) -> Fraction:
    found = cells.number(cell)
    if not 0 < found <= 1:
        raise Broken("fte")
    return found


def _hours(cell: Cell) -> Fraction:
    found = cells.number(cell)
    if not 0 < found <= MOST_HOURS:
        raise Broken("hours")
    return found


def _assignment(reading: _Reading) -> Assignment:
    post_id, person = reading.identifier("post_id"), reading.identifier("staff_number")
    before = len(reading.findings)
    weekly, full = (reading.get(column, _hours, Fraction(1)) for column in ("weekly_hours", "full_time_hours"))
    if weekly > full and len(reading.findings) == before:
        reading.broken("weekly_hours", "over_full_time")
    first, last = reading.period()
    return Assignment(reading.number, post_id, person, weekly, full, first, last, reading.code("kind", _KINDS))


def _absence(reading: _Reading) -> Absence:
    person = reading.identifier("staff_number")
    first, last = reading.period()
    kind, counts = reading.code("kind", _AWAY), reading.code("counts_as_in_post", _YES)
    return Absence(reading.number, person, first, last, kind, counts == "Y")


_MAKE: Final[Mapping[str, Callable[[_Reading], Any]]] = {
    "posts": _post,
    "assignments": _assignment,
    "absences": _absence,
}
