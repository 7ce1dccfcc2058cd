"""The cases of docs/idva.md: each is read from the page, counted, and compared with what stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from outputs import periods
from outputs.figures import written
from outputs.idva import days, quarter
from tests.repository import ROOT
from validators.roster.model import Absence, Assignment, Post, Roster

PAGE = (ROOT / "docs" / "idva.md").read_text(encoding="utf-8")
_CASE = re.compile(r"^### (\d+)\. (.+?)\n\n```\n(.*?)```\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)


@dataclass
class Case:
    """A case of the page."""

    name: str
    expected: dict[str, str]
    quarter: str = "2026-27Q2"
    required: Fraction = Fraction(81, 2)
    met_by: Any = "both"
    posts: list[Post] = field(default_factory=list)
    held: list[Assignment] = field(default_factory=list)
    away: list[Absence] = field(default_factory=list)

    def figures(self) -> dict[str, str]:
        """What the service counts."""
        period = periods.parse(self.quarter)
        roster = Roster(tuple(self.posts), tuple(self.held), tuple(self.away))
        found = days.by_day(roster, period.first, period.last)
        told = quarter.summary(found, self.required, self.met_by)
        return {
            "fte_first_day": written(told.first_day),
            "fte_last_day": written(told.last_day),
            "fte_mean": written(told.mean),
            "fte_lowest": written(told.lowest),
            "lowest_on": told.lowest_on.isoformat(),
            "days_under": str(told.days_under),
            "shortfall_fte_days": written(told.shortfall),
            "posts": str(told.posts),
            "vacancies": str(told.vacancies),
            "status": told.status,
            **{area.code: written(area.difference) for area in quarter.by_area(found)},
        }


def cases() -> list[Case]:
    found = []
    for number, name, lines, under in _CASE.findall(PAGE):
        case = Case(f"{number}. {name}", dict(pair.split(" ") for pair in re.findall(r"`([A-Za-z_]+ \S+)`", under)))
        for row, line in enumerate(lines.splitlines(), 2):
            _read(case, row, line.split(" "))
        found.append(case)
    return found


def _read(case: Case, row: int, told: list[str]) -> None:
    what, *cells = told
    match what:
        case "quarter" | "met_by":
            setattr(case, what, cells[0])
        case "required":
            case.required = Fraction(cells[0])
        case "post":
            post_id, fte, first, last, *more = cells
            funder, area = (*more, *("MOPAC", "AS")[len(more) :])
            days_ = (date.fromisoformat(first), _day(last))
            case.posts.append(Post(row, post_id, "idva", funder, area, None, None, None, Fraction(fte), *days_))
        case "hold":
            post_id, person, hours, first, last, *kind = cells
            weekly, full = map(Fraction, hours.split("/"))
            held: Any = (row, post_id, person, weekly, full, date.fromisoformat(first), _day(last))
            case.held.append(Assignment(*held, *(kind or ["substantive"])))
        case "away":
            person, first, last, kind_of, counts = cells
            case.away.append(
                Absence(row, person, date.fromisoformat(first), _day(last), kind_of, counts == "Y")  # type: ignore[arg-type]
            )
        case _:
            raise AssertionError(f"the page has a line that nobody reads: {what}")


def _day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


CASES = cases()


def test_the_page_has_as_many_cases_as_it_counts() -> None:
    assert len(CASES) == len(re.findall(r"^### \d+\.", PAGE, re.MULTILINE)) >= 25
    assert all(case.expected for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_it_was_worked_by_hand(case: Case) -> None:
    found = case.figures()
    assert {name: found[name] for name in case.expected} == case.expected
