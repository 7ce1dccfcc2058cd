"""Bring the offence tables together: codes, classes, dates, categories, and which codes are a death.

Built once, when the tables are loaded; everything that leads nowhere is refused here with its table and line.
Dates come from reference/offences.csv alone: "year added" in the Home Office's list is not a start.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mappings.canonical import CRIME_CATEGORIES
from mappings.tables import Line, Shape, Table, period, read_table
from mappings.titles import Phrases, phrases_of

DETAIL, OFFENCES, NFIB = "reference/home_office_detail", "reference/offences", "reference/nfib_codes"
CATEGORIES, WITHOUT_CLASS, DEATHS = "reference/crime_categories", "reference/codes_without_class", "reference/deaths"

SHAPES = {
    DETAIL: Shape(
        ("home_office_code", "offence_class", "class_title", "offence_title", "victim_or_state", "verified"),
        ("home_office_code", "offence_class", "offence_title"),
        ("class_title",),
    ),
    OFFENCES: Shape(
        (
            *("offence_class", "description", "description_april_2026", "offence_group", "offence_subgroup"),
            *("valid_from", "valid_to", "dates_verified", "status", "verified", "seen_in", "note"),
        ),
        ("offence_class",),
        ("description", "offence_group", "offence_subgroup"),
    ),
    NFIB: Shape(
        (
            *("nfib_code", "description", "fraud_group", "verified", "verified_note"),
            *("home_office_codes", "mapping_verified", "seen_in", "note"),
        ),
        ("nfib_code",),
        ("description",),
    ),
    CATEGORIES: Shape(
        ("offence_class", "crime_category", "valid_from", "valid_to", "offence_subgroup", "verified", "note"),
        ("offence_class",),
        ("crime_category",),
    ),
    WITHOUT_CLASS: Shape(
        ("home_office_code", "crime_category", "offence_title", "verified", "note"),
        ("home_office_code",),
        ("crime_category",),
    ),
    DEATHS: Shape(("home_office_code", "kind", "verified", "note"), ("home_office_code",), ("kind",)),
}

Ints = npt.NDArray[np.int32]
# Days since 1970 that stand for "since ever" and "still".
EVER, STILL = np.iinfo(np.int32).min, np.iinfo(np.int32).max
NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class CategoryPeriod:
    """A category that a class had, or has, in one period only: class and category by number, days since 1970."""

    offence_class: int
    category: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OffenceBook:
    """All that is needed to resolve an offence, by number: classes, categories and codes each in a fixed order.

    `candidates[code]` are the classes of a code, padded with NO_CLASS; `class_from` and `class_to` are the
    first and last day of a class; `class_category` is today's category of a class, `code_category` of a code.
    """

    classes: tuple[str, ...]
    categories: tuple[str, ...]
    codes: dict[str, int]
    class_from: Ints
    class_to: Ints
    class_category: Ints
    dated_categories: tuple[CategoryPeriod, ...]
    candidates: Ints
    code_category: Ints
    code_death: npt.NDArray[np.bool_]
    phrases: dict[int, Phrases]
    nfib_classes: dict[str, int]

    @property
    def several(self) -> npt.NDArray[np.bool_]:
        """Which codes have several classes."""
        answer: npt.NDArray[np.bool_] = (self.candidates != NO_CLASS).sum(axis=1) > 1
        return answer


def read_offence_tables(root: Path) -> dict[str, Table]:
    return {name: read_table(root, name, shape) for name, shape in SHAPES.items()}


def build_book(tables: dict[str, Table]) -> OffenceBook:
    """Check that every code leads to a class and every class to a category of the returns. Raises MappingInvalid."""
    periods = {line["offence_class"]: period(tables[OFFENCES], line) for line in tables[OFFENCES].lines}
    nfib = [line["nfib_code"] for line in tables[NFIB].lines]
    classes = tuple(dict.fromkeys((*periods, *nfib)))
    number = {name: place for place, name in enumerate(classes)}
    categories = tuple(sorted(CRIME_CATEGORIES))
    category_number = {name: place for place, name in enumerate(categories)}
    today, dated = _categories(tables, number, category_number)
    listed = _listed_lines(tables[DETAIL], number)
    without = {line["home_office_code"]: line for line in tables[WITHOUT_CLASS].lines}
    codes = {code: place for place, code in enumerate(dict.fromkeys((*listed, *without)))}
    candidates = _candidates(tables[DETAIL], listed, number, len(codes))
    return OffenceBook(
        classes=classes,
        categories=categories,
        codes=codes,
        class_from=np.array([_epoch(periods[name][0]) if name in periods else EVER for name in classes], np.int32),
        class_to=np.array([_epoch(periods[name][1]) if name in periods else STILL for name in classes], np.int32),
        class_category=today,
        dated_categories=dated,
        candidates=candidates,
        code_category=_code_categories(tables, codes, candidates, today, category_number),
        code_death=_deaths(tables[DEATHS], codes),
        phrases=_phrases(tables, listed, codes),
        nfib_classes={name: number[name] for name in nfib},
    )


def check_each(tables: Mapping[str, Table], attempt: Callable[[Callable[[], Any]], Any]) -> None:
    """The checks of build_book, each for itself as far as that goes; `attempt` runs one, None where it refused.

    `tables` may lack those that cannot be read: what leans on them is not checked.
    """
    if not {OFFENCES, NFIB} <= tables.keys():
        return
    keys = ((OFFENCES, "offence_class"), (NFIB, "nfib_code"))
    names = [line[column] for name, column in keys for line in tables[name].lines]
    number = {name: place for place, name in enumerate(dict.fromkeys(names))}
    category_number = {name: place for place, name in enumerate(sorted(CRIME_CATEGORIES))}
    told = attempt(lambda: _categories(dict(tables), number, category_number)) if CATEGORIES in tables else None
    today = told[0] if told else np.full(len(number), NO_CLASS, np.int32)
    if not {DETAIL, WITHOUT_CLASS} <= tables.keys():
        return
    known = [line["home_office_code"] for name in (DETAIL, WITHOUT_CLASS) for line in tables[name].lines]
    codes = {code: place for place, code in enumerate(dict.fromkeys(known))}
    listed = attempt(lambda: _listed_lines(tables[DETAIL], number))
    candidates = attempt(lambda: _candidates(tables[DETAIL], listed, number, len(codes))) if listed else None
    if candidates is not None:
        attempt(lambda: _code_categories(dict(tables), codes, candidates, today, category_number))
    if DEATHS in tables:
        attempt(lambda: _deaths(tables[DEATHS], codes))


def _epoch(day: datetime.date) -> int:
    if day == datetime.date.min:
        return int(EVER)
    if day == datetime.date.max:
        return int(STILL)
    return (day - datetime.date(1970, 1, 1)).days


def _category(table: Table, line: Line, numbers: dict[str, int]) -> int:
    if line["crime_category"] not in numbers:
        table.refuse(line.number, "crime_category is not a row of the monthly return")
    return numbers[line["crime_category"]]


def _categories(
    tables: dict[str, Table], classes: dict[str, int], numbers: dict[str, int]
) -> tuple[Ints, tuple[CategoryPeriod, ...]]:
    """Today's category of every class, and those that hold in a period only."""
    table = tables[CATEGORIES]
    today = np.full(len(classes), NO_CLASS, np.int32)
    dated = []
    for line in table.lines:
        if line["offence_class"] not in classes:
            table.refuse(line.number, "offence_class is neither in reference/offences nor in reference/nfib_codes")
        name, category = classes[line["offence_class"]], _category(table, line, numbers)
        first, last = (_epoch(day) for day in period(table, line))
        if last == STILL:
            today[name] = category
        if (first, last) != (EVER, STILL):
            dated.append(CategoryPeriod(name, category, first, last))
    for source, column in ((OFFENCES, "offence_class"), (NFIB, "nfib_code")):
        for line in tables[source].lines:
            if today[classes[line[column]]] == NO_CLASS:
                tables[source].refuse(line.number, f"{column} has no crime category today in {CATEGORIES}")
    return today, tuple(dated)


def _listed_lines(table: Table, classes: dict[str, int]) -> dict[str, list[Line]]:
    listed: dict[str, list[Line]] = {}
    for line in table.lines:
        if line["offence_class"] not in classes:
            table.refuse(line.number, "offence_class is neither in reference/offences nor in reference/nfib_codes")
        listed.setdefault(line["home_office_code"], []).append(line)
    return listed


def _candidates(table: Table, listed: dict[str, list[Line]], classes: dict[str, int], codes: int) -> Ints:
    by_code = [list(dict.fromkeys(classes[line["offence_class"]] for line in lines)) for lines in listed.values()]
    widest = max(len(found) for found in by_code)
    if widest > np.iinfo(np.int16).bits - 1:
        table.refuse(1, "a code has more classes than can be told apart")
    answer = np.full((codes, widest), NO_CLASS, np.int32)
    for place, found in enumerate(by_code):
        answer[place, : len(found)] = found
    return answer


def _code_categories(
    tables: dict[str, Table], codes: dict[str, int], candidates: Ints, today: Ints, numbers: dict[str, int]
) -> Ints:
    """Today's category of every code: all its classes share one, so that a row goes on where they cannot be told."""
    answer = np.where(candidates[:, 0] == NO_CLASS, NO_CLASS, today[candidates[:, 0]]).astype(np.int32)
    for line in tables[DETAIL].lines:
        code = codes[line["home_office_code"]]
        if len(set(today[candidates[code][candidates[code] != NO_CLASS]])) > 1:
            tables[DETAIL].refuse(line.number, "home_office_code has classes of several crime categories")
    for line in tables[WITHOUT_CLASS].lines:
        code = codes[line["home_office_code"]]
        if answer[code] != NO_CLASS:
            tables[WITHOUT_CLASS].refuse(line.number, f"home_office_code has a class in {DETAIL}")
        answer[code] = _category(tables[WITHOUT_CLASS], line, numbers)
    return answer


def _deaths(table: Table, codes: dict[str, int]) -> npt.NDArray[np.bool_]:
    answer = np.zeros(len(codes), np.bool_)
    for line in table.lines:
        if line["home_office_code"] not in codes:
            table.refuse(line.number, f"home_office_code is not in {DETAIL}")
        if line["kind"] not in ("homicide", "driving", "other"):
            table.refuse(line.number, "kind is none of homicide, driving, other")
        answer[codes[line["home_office_code"]]] = True
    return answer


def _phrases(tables: dict[str, Table], listed: dict[str, list[Line]], codes: dict[str, int]) -> dict[int, Phrases]:
    """What names the classes of each code that has several: the list's titles, and both names of each class."""
    names = {
        line["offence_class"]: {line["description"], line["description_april_2026"]} for line in tables[OFFENCES].lines
    }
    answer = {}
    for code, lines in listed.items():
        by_class: dict[str, tuple[set[str], set[str]]] = {}
        for line in lines:
            name, title = line["offence_class"], line["offence_title"]
            found = by_class.setdefault(name, (set(names.get(name, ())), set()))
            found[0].add(line["class_title"])
            found[1].add(title)
        if len(by_class) > 1:
            answer[codes[code]] = phrases_of(by_class.values())
    return answer
