"""What a reader of a return has to know beside the figures: late files, corrections, changes of rules, what is unknown,
and figures that are unlike their last twelve months. Pure: notes in, sentences out; no name, no key.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from outputs import catalogue
from outputs.figures import Figure, Key
from outputs.periods import Period
from outputs.records import Records

# A count steps out when it is further from the middle of its last months than usual for it, and by a quarter at least.
FEWEST_MONTHS: Final = 3
MONTHS: Final = 12
_FACTOR: Final = 4
_SHARE: Final = 0.25
_SMALL: Final = 20
# Steps are looked for where a reader decides by them; parts of them say where a step comes from.
_WATCHED: Final = ("referral_source", "crime_category", "da_source", "priority", "witness")
_UNKNOWN: Final = 0.2


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A table of rules or mappings that got another version on a day of the period."""

    table: str
    version: str
    since: date


@dataclass(frozen=True, slots=True)
class Noted:
    """What notes are made from: records, figures as shown, changes of rules, and the counts of earlier periods of the
    same length, by their names."""

    records: Records
    figures: Sequence[Figure]
    period: Period
    rules: Sequence[RuleChange]
    before: Mapping[str, Mapping[Key, int]]


def of_referrals(of: Noted) -> list[str]:
    """All notes of a return that counts referrals, in order."""
    counts = {figure.key: figure.value for figure in of.figures if isinstance(figure.value, int)}
    return [
        *_files(counts),
        *_rules(of.rules),
        *_unknown(of.figures),
        *_steps(counts, of.period, of.rules, of.before),
    ]


def _files(counts: Mapping[Key, int]) -> list[str]:
    said = []
    late = _summed(counts, "data_quality", "late_files")
    if late:
        said.append(f"{_many(late, 'file')} came later than the day after the business date; all that came is counted.")
    quarantined, corrected = (_summed(counts, "data_quality", name) for name in ("quarantined", "corrected"))
    if quarantined:
        said.append(
            f"{_many(quarantined, 'row')} could not be taken in as sent; {corrected} of them had been corrected by "
            "the time of this return. The others are not counted until they are."
        )
    if excluded := _summed(counts, "data_quality", "excluded"):
        said.append(
            f"{_many(excluded, 'row')} may not be held (no consent, opted out, organisations) and is no referral."
        )
    if withdrawn := _summed(counts, "data_quality", "withdrawn"):
        said.append(f"{_many(withdrawn, 'referral')} was withdrawn by its sender and stays counted.")
    return said


def _rules(rules: Sequence[RuleChange]) -> list[str]:
    return [
        f"The table {change.table} has version {change.version} since {change.since:%-d %B %Y}: figures before and "
        "after that day may not be alike."
        for change in rules
    ]


def _unknown(figures: Sequence[Figure]) -> list[str]:
    words = {row.key: row.words for row in catalogue.table("monthly", "unknown_rate").rows}
    often = [
        f"{words[each.row]} {float(each.value):.0%}"
        for each in figures
        if each.table == each.column == "unknown_rate" and isinstance(each.value, Fraction) and each.value > _UNKNOWN
    ]
    return [f"More than a fifth of the referrals have no value for: {'; '.join(often)}."] if often else []


def _steps(
    counts: Mapping[Key, int], period: Period, rules: Sequence[RuleChange], before: Mapping[str, Mapping[Key, int]]
) -> list[str]:
    names = sorted(name for name in before if name < period.name)[-MONTHS:]
    if len(names) < FEWEST_MONTHS:
        return [
            (
                f"Whether a figure is unlike its last {MONTHS} periods cannot be said yet: "
                f"{len(names)} earlier ones are there."
            )
        ]
    said = []
    for key, count in counts.items():
        table, row, column = key
        history = [before[name][key] for name in names if key in before[name]]
        if table in _WATCHED and column == "referrals" and len(history) >= FEWEST_MONTHS and steps_out(count, history):
            middle = statistics.median(history)
            why = (
                f" Rules changed in the period ({', '.join(c.table for c in rules)}): look there first."
                if rules
                else ""
            )
            title = catalogue.table("monthly", table)
            words = next(each.words for each in title.rows if each.key == row)
            said.append(
                f"{title.sheet}, {words}: {count:,} referrals, where the middle of the last {len(history)} periods is "
                f"{middle:,.0f}.{why}"
            )
    return said


def steps_out(count: int, history: Sequence[int]) -> bool:
    """Whether a count is unlike those before it: far from their middle, by their own spread and in proportion."""
    middle = statistics.median(history)
    spread = statistics.median(abs(each - middle) for each in history)
    distance = abs(count - middle)
    return distance > max(_FACTOR * spread, _SHARE * middle, _SMALL)


def _summed(counts: Mapping[Key, int], table: str, column: str) -> int:
    return sum(count for key, count in counts.items() if key[0] == table and key[2] == column)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
