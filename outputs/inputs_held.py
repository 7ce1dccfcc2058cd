"""Which inputs count for a quarter, and which of them it still lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from outputs import catalogue, inputs, targets
from outputs.inputs import POLICE_SHARE, Input
from outputs.periods import Period
from outputs.quarterly_kinds import SCHEMAS, Number, number

Held = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lacking:
    """An input that a quarter lacks, and the period for which it is to be given."""

    key: str
    period: str
    says: str


def year_of(quarter: Period) -> str:
    """The contract's year of a quarter: 2019-20."""
    return quarter.name.split("Q")[0]


def counting(asked: pa.Table, quarter: Period) -> pa.Table:
    """Of all inputs (key, period, value) those that count for a quarter, as records, sorted.

    What lasts until the next one is given counts as of the newest year up to the quarter's; the groups of a field
    come from one and the same year.
    """
    kept = held_for([(row["key"], row["period"], row["value"]) for row in asked.to_pylist()], quarter)
    return pa.Table.from_pylist(
        [dict(zip(SCHEMAS["inputs"].names, each, strict=True)) for each in kept], SCHEMAS["inputs"]
    )


def held_for(told: Iterable[Held], quarter: Period) -> list[Held]:
    """The same of (key, period, value) as they stand."""
    return sorted(_counting([each for each in told if each[0] in inputs.known()], quarter))


def _counting(told: list[Held], quarter: Period) -> Iterator[Held]:
    own = {quarter.name, *(month.name for month in quarter.months)}
    newest: dict[str, str] = {}
    for key, period, _ in told:
        if inputs.known()[key].lasts == "until_next" and period <= year_of(quarter):
            newest[_family(key)] = max(newest.get(_family(key), ""), period)
    for key, period, value in told:
        lasts = inputs.known()[key].lasts == "until_next"
        if period == newest.get(_family(key)) if lasts else period in own:
            yield key, period, value


def _family(key: str) -> str:
    return " ".join(key.split(" ")[:2]) if key.startswith(f"{POLICE_SHARE} ") else key


def values(records: pa.Table) -> dict[str, str]:
    """Value by key of the records of a quarter; of one that is given by the month, its last."""
    return {row["key"]: row["value"] for row in records.to_pylist()}


def as_number(key: str, held: dict[str, str]) -> Number | None:
    """The number or share that was given; a share is never a count."""
    value = held.get(key)
    if value is None:
        return None
    return Fraction(value) if inputs.known()[key].kind == "share" else number(value)


def lacking(held: Iterable[tuple[str, str]], quarter: Period) -> list[Lacking]:
    """What the quarter still lacks, given the keys and periods that count for it."""
    there = set(held)
    keys = {key for key, _ in there}
    started = {each.key for each in targets.load_targets() if each.first <= quarter.last and each.started(quarter)}
    found = []
    for each in inputs.known().values():
        if not _asked_for(each, started):
            continue
        for period in _periods(each, quarter):
            missing = each.key not in keys if each.lasts == "until_next" else (each.key, period) not in there
            if missing:
                found.append(Lacking(each.key, period, each.says))
    return found


def _asked_for(each: Input, started: set[str]) -> bool:
    """Not of indicators that the quarter does not measure yet, nor of groups that are no group."""
    kind, _, name = each.key.partition(" ")
    if kind == POLICE_SHARE:
        return name.split(" ")[1] not in catalogue.UNKNOWN_GROUPS
    return (name if kind == "baseline" else each.key) in started or each.kind == "text" or each.per == "month"


def _periods(each: Input, quarter: Period) -> list[str]:
    match each.per:
        case "year":
            return [year_of(quarter)]
        case "quarter":
            return [quarter.name]
        case "month":
            return [month.name for month in quarter.months]
