"""What the tables of triage have to be besides well formed: codes that somebody can send, one place for each rule, a
team for each area.

Read after their shapes were checked (mappings.triage_rules); without pyarrow, because quick commands load the rules.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from exchange.errors import MappingInvalid

RULES: Final = "triage/rules"
OFFENCES: Final = "triage/offence_facts"
TEAMS: Final = "triage/teams"
CATEGORIES: Final = "reference/crime_categories"
DETAIL: Final = "reference/home_office_detail"
BOROUGHS: Final = "reference/boroughs"

_REASON: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")  # stands unquoted in a list of PostgreSQL's
_ACTED_ON: Final = ("excluded", "held")
_WITHOUT_BCU: Final = ("CITY", "PAN_LONDON")  # the City has no BCU; whoever has no other team


def check_tables(root: Path) -> None:
    """Raises MappingInvalid: table, line and problem of the first fault."""
    orders: dict[str, str] = {}
    for number, line in _lines(root, RULES):
        problem = _of_a_rule(line)
        if orders.setdefault(line["order"], line["rule"]) != line["rule"]:
            problem = "order is that of another rule"
        if problem:
            raise MappingInvalid(table=RULES, line=number, problem=problem)
    _check_offences(root)
    _check_teams(root)


def _of_a_rule(line: dict[str, str]) -> str | None:
    if set(line["all_of"].split()) & set(line["none_of"].split()):
        return "a fact is in all_of and in none_of"
    if not _REASON.fullmatch(line["reason"]):
        return "reason is not a word of small letters and _"
    if line["decides"] in _ACTED_ON and not line["do"]:
        return "do is blank, and somebody has to act on it"
    return None


def _check_offences(root: Path) -> None:
    """A code that no row can have would make a fact that is never true."""
    known = {
        "crime_category": (CATEGORIES, {line["crime_category"] for _, line in _lines(root, CATEGORIES)}),
        "ho_code": (DETAIL, {line["home_office_code"] for _, line in _lines(root, DETAIL)}),
    }
    for number, line in _lines(root, OFFENCES):
        table, values = known[line["column"]]
        if line["value"] not in values:
            raise MappingInvalid(table=OFFENCES, line=number, problem=f"value is not in {table}")


def _check_teams(root: Path) -> None:
    """High risk has an owner wherever it is."""
    areas = {line["bcu_code"] for _, line in _lines(root, BOROUGHS)} - {""} | {*_WITHOUT_BCU}
    teams = {line["area"]: number for number, line in _lines(root, TEAMS)}
    for area, number in teams.items():
        if area not in areas:
            raise MappingInvalid(table=TEAMS, line=number, problem="area is none of the boroughs' areas nor PAN_LONDON")
    missing = sorted(areas - teams.keys())
    if missing:
        raise MappingInvalid(table=TEAMS, line=1, problem=f"{', '.join(missing)} has no team")


def _lines(root: Path, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    path = root / f"{name}.csv"
    if not path.is_file():
        raise MappingInvalid(table=name, line=0, problem="the table is not there")
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        for line in lines:
            yield lines.line_num, line
