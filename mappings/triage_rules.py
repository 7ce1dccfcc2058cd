"""The rules of triage as data: mappings/triage/*.csv, read strictly and joined into one book.

A rule fires where all facts of `all_of` hold and none of `none_of`, for referrals received in its period. Facts are
worked out by exchange.triage.facts; those about the offence are themselves a table here. A rule that names a fact
which nobody works out, or is broken in any other way, is refused: table, line, problem.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, cast

from mappings import spelling
from mappings.tables import Line, Shape, Table, period, read_table
from mappings.triage_checks import check_tables
from mappings.versions import SET, check_versions, read_versions

ROOT: Final = Path(__file__).parent  # not from mappings.load, which has to import pyarrow

Decides = Literal["excluded", "held", "onward", "priority"]
DECIDES: Final = ("excluded", "held", "onward", "priority")

# What exchange.triage.facts reads off a row; facts about the offence come from the table offence_facts besides.
FACTS: Final = frozenset(
    "opted_out domestic_abuse domestic_abuse_from_16 bereaved consented consent_always_needed organisation "
    "named_contact professional_witness unsafe safety_unknown consent_pending reopened persistently_targeted "
    "under_16 under_18 self_referral anti_social_behaviour outside_london reachable hate vulnerable".split()
)
OFFENCE_COLUMNS: Final = ("crime_category", "ho_code")

RULES: Final = Shape(
    (
        *("rule", "decides", "order", "reason", "all_of", "none_of", "valid_from", "valid_to"),
        *("source", "verified", "says", "do"),
    ),
    ("rule",),
    ("decides", "order", "reason", "source", "verified", "says"),
)
OFFENCES: Final = Shape(("fact", "column", "value", "verified", "note"), ("fact", "column", "value"))
TITLES: Final = Shape(("title", "verified", "note"), ("title",), normal=spelling.plain)
DESTINATIONS: Final = Shape(
    ("reason", "destination", "at_once", "source", "verified", "note"), ("reason",), ("destination", "at_once")
)
TEAMS: Final = Shape(("area", "name", "verified", "note"), ("area",), ("name",))
SHAPES: Final = {
    "triage/rules": RULES,
    "triage/offence_facts": OFFENCES,
    "triage/anti_social_behaviour": TITLES,
    "triage/destinations": DESTINATIONS,
    "triage/teams": TEAMS,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one period of receipt (both ends included); `do` is what the operator or the sender does about it."""

    id: str
    decides: Decides
    order: int
    reason: str
    all_of: tuple[str, ...]
    none_of: tuple[str, ...]
    first: datetime.date
    last: datetime.date
    source: str
    says: str
    do: str


@dataclass(frozen=True, slots=True)
class Destination:
    """The service that takes referrals of a reason; `at_once`: without waiting for the person to agree."""

    name: str
    at_once: bool


@dataclass(frozen=True)
class RuleBook:
    """All rules in their order, and the tables that facts are looked up in.

    `offences`: fact to the values that make it, by column; `titles`: plain titles of anti-social behaviour.
    """

    version: str
    rules: tuple[Rule, ...]
    offences: Mapping[str, Mapping[str, tuple[str, ...]]]
    titles: tuple[str, ...]
    destinations: Mapping[str, Destination]
    teams: Mapping[str, str]

    def of(self, decides: Decides) -> tuple[Rule, ...]:
        """The rules that decide this, in their order."""
        return tuple(rule for rule in self.rules if rule.decides == decides)

    def reason(self, code: str) -> Rule:
        """The first rule that gives a reason; KeyError for a reason that no rule gives."""
        for rule in self.rules:
            if rule.reason == code:
                return rule
        raise KeyError(code)


@lru_cache(maxsize=8)
def load_rules(root: Path = ROOT) -> RuleBook:
    """Read and check the tables under `root`, once for a process. Raises MappingInvalid: table, line and problem."""
    book = read_rules(root)
    check_versions(root, read_versions(root))
    return book


def read_rules(root: Path = ROOT) -> RuleBook:
    """The same anew, and whether the tables have their versions or not: for tables that are still worked on."""
    versions = read_versions(root)
    offences = offences_by_fact(read_table(root, "triage/offence_facts", OFFENCES))
    rules = rules_in_order(read_table(root, "triage/rules", RULES), FACTS | offences.keys())
    titles = read_table(root, "triage/anti_social_behaviour", TITLES)
    destinations = destinations_by_reason(read_table(root, "triage/destinations", DESTINATIONS), rules)
    teams = {line["area"]: line["name"] for line in read_table(root, "triage/teams", TEAMS).lines}
    check_tables(root)
    return RuleBook(
        versions[SET].version,
        rules,
        offences,
        tuple(spelling.plain(line["title"]) for line in titles.lines),
        destinations,
        teams,
    )


def rules_in_order(table: Table, facts: frozenset[str]) -> tuple[Rule, ...]:
    """The rules, each of which names only these facts. Raises MappingInvalid."""
    return tuple(sorted((_rule(table, line, facts) for line in table.lines), key=lambda rule: rule.order))


def _rule(table: Table, line: Line, facts: frozenset[str]) -> Rule:
    all_of, none_of = tuple(line["all_of"].split()), tuple(line["none_of"].split())
    if line["decides"] not in DECIDES:
        table.refuse(line.number, f"decides is not one of {', '.join(DECIDES)}")
    if not line["order"].isdecimal():
        table.refuse(line.number, "order is not a number")
    if not {*all_of, *none_of} <= facts or not (all_of or none_of):
        table.refuse(line.number, "it names no fact, or one that is neither worked out nor in triage/offence_facts")
    first, last = period(table, line)
    return Rule(
        id=line["rule"],
        decides=cast(Decides, line["decides"]),
        order=int(line["order"]),
        reason=line["reason"],
        all_of=all_of,
        none_of=none_of,
        first=first,
        last=last,
        source=line["source"],
        says=line["says"],
        do=line["do"],
    )


def offences_by_fact(table: Table) -> dict[str, dict[str, tuple[str, ...]]]:
    """Fact to the values that make it, by column. Raises MappingInvalid."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in table.lines:
        if line["column"] not in OFFENCE_COLUMNS:
            table.refuse(line.number, f"column is not one of {', '.join(OFFENCE_COLUMNS)}")
        if line["fact"] in FACTS:
            table.refuse(line.number, "fact is one that is read off the row itself")
        columns = found.setdefault(line["fact"], {})
        columns[line["column"]] = (*columns.get(line["column"], ()), line["value"])
    return found


def destinations_by_reason(table: Table, rules: tuple[Rule, ...]) -> dict[str, Destination]:
    """Reason to destination, one for each reason of an onward rule. Raises MappingInvalid."""
    onward = {rule.reason for rule in rules if rule.decides == "onward"}
    for line in table.lines:
        if line["reason"] not in onward:
            table.refuse(line.number, "reason is given by no rule for onward referrals in triage/rules")
        if line["at_once"] not in ("yes", "no"):
            table.refuse(line.number, "at_once is neither yes nor no")
    missing = onward - {line["reason"] for line in table.lines}
    if missing:
        table.refuse(1, f"{', '.join(sorted(missing))} has no destination")
    return {line["reason"]: Destination(line["destination"], line["at_once"] == "yes") for line in table.lines}
