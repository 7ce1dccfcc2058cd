"""What moved between two versions of a return, and how much of each difference comes from what. Pure.

Every record that is not the same in both has one cause. The causes are applied to the older records one after the
other, in a fixed order, and the figures counted each time: so the parts add up to the difference, whatever a figure
counts (people, rates and medians too).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from outputs.figures import Figure, Key, Value
from outputs.records import Records

# In the order in which they are applied, as in the table `changes` (interfaces: returns).
CAUSES: Final = ("late_referrals", "corrections", "withdrawals", "merges", "rules", "erasure")
LATE, CORRECTED, WITHDRAWN, MERGED, RULES, ERASED = CAUSES

_VERSIONS: Final = frozenset({"mapping_version", "triage_version"})
# What says which record it is, where that is not its referral.
_KEYS: Final[Mapping[str, str]] = {"files": "run"}
_MERGED_ONLY: Final = frozenset({"person_id"})


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that moved: what it was and is, and how much of the difference each cause makes (CAUSES)."""

    key: Key
    old: Value
    new: Value
    because: Mapping[str, Fraction]


def changes(
    old: Records, new: Records, count: Callable[[Records], list[Figure]], erased: Collection[int] = ()
) -> list[Change]:
    """Every figure that moved from the old records to the new ones, in the order of the figures.

    `count`: the return's figures of records. `erased`: referrals that the CMS had to forget.
    """
    old = {kind: old.get(kind, table.slice(0, 0)) for kind, table in new.items()}
    causes = _causes(old, new, frozenset(erased))
    steps = [_values(count(old))]
    applied: set[str] = set()
    for cause in CAUSES:
        applied.add(cause)
        found = any(cause in of.values() for of in causes.values()) or (cause == CORRECTED and _given_anew(old, new))
        steps.append(_values(count(_mixed(old, new, causes, applied))) if found else steps[-1])
    last = _values(count(new))
    assert steps[-1] == last, "every record that differs has a cause"
    return [
        Change(key, steps[0].get(key), value, _parts(key, steps))
        for key, value in last.items()
        if steps[0].get(key) != value and not _is_text(value, steps[0].get(key))
    ]


def _is_text(*values: Value) -> bool:
    """A text that is another one now has no difference that causes could add up to."""
    return any(isinstance(value, str) for value in values)


def _parts(key: Key, steps: list[dict[Key, Value]]) -> dict[str, Fraction]:
    numbers = [_number(step.get(key)) for step in steps]
    return {cause: numbers[place + 1] - numbers[place] for place, cause in enumerate(CAUSES)}


def _number(value: Value) -> Fraction:
    """What is not available counts as nothing here: the difference is then the whole figure."""
    return Fraction(value) if isinstance(value, int | Fraction) else Fraction(0)


def _values(figures: list[Figure]) -> dict[Key, Value]:
    return {figure.key: figure.value for figure in figures}


Causes = Mapping[str, Mapping[object, str]]


def _causes(old: Records, new: Records, erased: frozenset[int]) -> Causes:
    """By the name of the key, the cause of every record that differs."""
    referrals: dict[object, str] = {}
    if "referrals" in new:
        before, after = _by_key(old["referrals"], "referral_id"), _by_key(new["referrals"], "referral_id")
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key):
                referrals[key] = _cause(before.get(key), after.get(key), key in erased)
    for kind in sorted(_hanging(new) - {"referrals"}):
        for key in _differing(old[kind], new[kind], "referral_id"):
            by_kind = MERGED if kind == "repeats" else CORRECTED
            referrals.setdefault(key, ERASED if key in erased else by_kind)
    files: dict[object, str] = {}
    if "files" in new:
        known = set(old["files"]["run"].to_pylist())
        for key in _differing(old["files"], new["files"], "run"):
            files[key] = CORRECTED if key in known else LATE
    return {"referral_id": referrals, "run": files}


def _cause(before: list[dict[str, object]] | None, after: list[dict[str, object]] | None, erased: bool) -> str:
    if before is None or after is None:
        return ERASED if erased else LATE
    (was,), (now,) = before, after
    moved = {name for name in was if was[name] != now[name]}
    if "is_withdrawn" in moved:
        return WITHDRAWN
    if "changed_by" not in moved and moved & _VERSIONS:
        return RULES  # nothing came from the sender
    return MERGED if moved <= _MERGED_ONLY else CORRECTED


def _given_anew(old: Records, new: Records) -> bool:
    """Whether any records differ that are of no referral and no file."""
    return any(not old[kind].equals(new[kind]) for kind in new.keys() - _hanging(new) - _KEYS.keys())


def _hanging(records: Records) -> set[str]:
    """The kinds of records that hang on a referral."""
    return {kind for kind, table in records.items() if "referral_id" in table.column_names}


def _differing(old: pa.Table, new: pa.Table, key: str) -> Iterator[object]:
    before, after = _by_key(old, key), _by_key(new, key)
    return (each for each in before.keys() | after.keys() if before.get(each) != after.get(each))


def _by_key(table: pa.Table, key: str) -> dict[object, list[dict[str, object]]]:
    found: dict[object, list[dict[str, object]]] = {}
    for row in table.to_pylist():
        found.setdefault(row[key], []).append(row)
    return found


def _mixed(old: Records, new: Records, causes: Causes, applied: Collection[str]) -> dict[str, pa.Table]:
    """The new records where their cause is applied, the old ones everywhere else. What is no record of a referral or a
    file (what staff gave) is corrected as a whole."""
    mixed = dict(new if CORRECTED in applied else old)
    for kind in sorted(_hanging(new) | (_KEYS.keys() & new.keys())):
        key = _KEYS.get(kind, "referral_id")
        keys = [each for each, cause in causes[key].items() if cause in applied]
        chosen = pa.array(keys, old[kind].schema.field(key).type)
        mixed[kind] = pa.concat_tables([_without(old[kind], key, chosen), _only(new[kind], key, chosen)])
    return mixed


def _only(table: pa.Table, key: str, chosen: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table[key], value_set=chosen))


def _without(table: pa.Table, key: str, chosen: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[key], value_set=chosen)))
