"""Engaged victims by group beside the victims whom the police know (R14, equal access). Pure.

The police's shares are inputs. A row without `known` is of all engaged and is compared where the police's share of
those not given is held too; a `known` row is of those whose group is known, and so is the share beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np

from outputs import catalogue, counting, inputs_held
from outputs.catalogue import REPRESENTED, UNKNOWN_GROUPS
from outputs.counting import Basis, Mask, Measure, column, flag
from outputs.figures import Figure, Key, Value, rate
from outputs.inputs import POLICE_SHARE
from outputs.quarterly_kinds import number
from outputs.records import Records

_COLUMNS: Final = {"ethnicity": "ethnicity_group", "age": "age_band"}
UNDER: Final = "under_represented"


def basis(records: Records, _: catalogue.Table) -> Basis:
    """Which referrals are in each row; engaged are victims who took the service up."""
    referrals = records["referrals"]
    rows: dict[str, Mask] = {}
    for field in REPRESENTED:
        rows |= _rows(field, column(referrals, _COLUMNS.get(field, field)))
    victim: Mask = column(referrals, "channel") != "witness"
    return Basis("referrals", rows, {"engaged": Measure(victim & flag(referrals, "take_up"))})


def _rows(field: str, values: np.ndarray[tuple[int], np.dtype[np.object_]]) -> dict[str, Mask]:
    named = {group: values == group for group, _ in catalogue.groups(field) if group != "not_given"}
    groups: dict[str, Mask] = {**named, "not_given": ~np.logical_or.reduce(list(named.values()))}
    known = np.logical_or.reduce([mask for group, mask in groups.items() if group not in UNKNOWN_GROUPS])
    return {
        **{f"{field} {group}": mask for group, mask in groups.items()},
        **{f"{field} {group} known": mask for group, mask in groups.items() if group not in UNKNOWN_GROUPS},
        f"{field} total": np.ones(len(values), np.bool_),
        f"{field} total known": known,
    }


def figures(records: Records, table: catalogue.Table) -> list[Figure]:
    """All figures of the table. Raises FiguresDisagree."""
    counted = counting.figures(replace(table, columns=(table.column("engaged"),)), basis(records, table))
    engaged = {each.row: _count(each.value) for each in counted}
    police = police_shares(inputs_held.values(records["inputs"]))
    bounds = _bounds(records)
    found = []
    for row in table.rows:
        share, _ = rate(engaged[row.key], engaged[row.part_of or row.key])
        index = _index(share, police.get(row.key))
        values: dict[str, Value] = {
            "engaged": engaged[row.key],
            "share": share,
            "police_share": police.get(row.key),
            "index": index,
            "status": _status(index, bounds),
        }
        found += [
            Figure(table.key, row.key, name, value, "ok" if value is not None else "not_available")
            for name, value in values.items()
        ]
    return found


def uses(table: catalogue.Table) -> dict[Key, list[Key]]:
    """The total that each share is a share of: where it is hidden, so are the shares and what is made of them."""
    return {
        (table.key, row.key, name): [(table.key, row.part_of, "engaged")]
        for row in table.rows
        if row.part_of
        for name in ("share", "index", "status")
    }


def under_represented(figures_of_table: list[Figure]) -> int | None:
    """How many known groups are under-represented, of the fields for which the share of every group is held.

    None where there is no such field, or nobody engaged whose group is known.
    """
    values = {(each.row, each.column): each.value for each in figures_of_table}
    found = None
    for field in REPRESENTED:
        groups = [f"{field} {group} known" for group, _ in catalogue.groups(field) if group not in UNKNOWN_GROUPS]
        if values[f"{field} total known", "engaged"] and all(values[row, "police_share"] is not None for row in groups):
            found = (found or 0) + sum(values[row, "status"] == UNDER for row in groups)
    return found


def police_shares(held: Mapping[str, str]) -> dict[str, Fraction]:
    """The police's share of each row for which it can be told, from the inputs that count."""
    found: dict[str, Fraction] = {}
    for field in REPRESENTED:
        given = {
            group: Fraction(held[key])
            for group, _ in catalogue.groups(field)
            if (key := f"{POLICE_SHARE} {field} {group}") in held
        }
        if "not_given" in given:
            found |= {f"{field} {group}": share for group, share in given.items()}
        known = 1 - sum(share for group, share in given.items() if group in UNKNOWN_GROUPS)
        if known > 0:
            found |= {
                f"{field} {group} known": share / known for group, share in given.items() if group not in UNKNOWN_GROUPS
            }
    return found


def _index(share: Fraction | None, police: Fraction | None) -> Fraction | None:
    """100 where both shares are the same; of a group that the police do not have it cannot be told."""
    return None if share is None or not police else 100 * share / police


def _bounds(records: Records) -> tuple[Fraction, Fraction] | None:
    told = {row["key"]: row["target"] for row in records["targets"].to_pylist()}
    if not (told.get("representation_from") and told.get("representation_to")):
        return None
    return Fraction(number(told["representation_from"])), Fraction(number(told["representation_to"]))


def _status(index: Fraction | None, bounds: tuple[Fraction, Fraction] | None) -> str | None:
    if index is None or bounds is None:
        return None
    if index < bounds[0]:
        return UNDER
    return "over_represented" if index > bounds[1] else "as_expected"


def _count(value: Value) -> int:
    assert isinstance(value, int)
    return value
