"""What rules, code tables and forms the returns are made under, and which of them changed in a period.

A return says when one changed: figures on both sides are not always alike (requirements, Traps). Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa

from mappings.tables import ALWAYS_FROM, ALWAYS_TO, Shape, period, read_table
from mappings.triage_rules import load_rules
from mappings.versions import SET, read_versions
from outputs.periods import Period

DEFINITIONS: Final = Path(__file__).resolve().parent / "definitions"
MAPPINGS: Final = Path(__file__).resolve().parents[1] / "mappings"
FORMATS: Final = Shape(
    ("version", "valid_from", "valid_to", "agreed_with", "verified", "says"), ("version",), ("valid_from", "says")
)
# The row that says so where nothing did.
NOTHING: Final = "nothing"
# One line a change: `what` is the row, `since` the first day on which it holds.
CHANGES: Final = pa.schema(
    [("what", pa.string()), ("words", pa.string()), ("version", pa.string()), ("since", pa.date32())]
)

Change = tuple[str, str, date]


def every() -> list[tuple[str, str]]:
    """The rows of all that may ever change, with their words."""
    found = [(what, _words(what)) for what, _, _ in _all()]
    return [*dict.fromkeys(found), (NOTHING, "Nothing changed in the period")]


def within(period_: Period) -> pa.Table:
    """What changed on a day of the period, as records (CHANGES)."""
    found = [each for each in _all() if period_.first <= each[2] <= period_.last]
    lines = [(what, _words(what), version, since) for what, version, since in found]
    return pa.Table.from_pylist([dict(zip(CHANGES.names, line, strict=True)) for line in lines], CHANGES)


@cache
def _all() -> tuple[Change, ...]:
    return (*_formats(), *_tables(), *_rules())


def _formats() -> Iterator[Change]:
    table = read_table(DEFINITIONS, "formats", FORMATS)
    for line in table.lines:
        yield f"format {line['version']}", line["version"], period(table, line)[0]


def _tables() -> Iterator[Change]:
    versions = read_versions(MAPPINGS)
    for name, found in versions.items():
        yield "mappings" if name == SET else f"table {name}", found.version, found.since


def _rules() -> Iterator[Change]:
    """Rules of triage with a first or a last day of their own, each day a change."""
    for rule in load_rules().rules:
        if rule.first != ALWAYS_FROM:
            yield f"rule {rule.id} begins", rule.reason, rule.first
        if rule.last != ALWAYS_TO:
            yield f"rule {rule.id} ends", rule.reason, rule.last + timedelta(days=1)


def _words(what: str) -> str:
    kind, _, name = what.partition(" ")
    match kind:
        case "format":
            return f"Format of the returns: {name}"
        case "mappings":
            return "All code tables together"
        case "table":
            return f"Code table {name}"
        case _:
            rule, _, change = name.partition(" ")
            return f"Rule of triage {rule} {change}: {_rule_words(rule)}"


def _rule_words(rule: str) -> str:
    return next(each.says for each in load_rules().rules if each.id == rule)
