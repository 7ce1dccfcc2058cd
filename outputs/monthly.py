"""The monthly return: which records count in which row and column of each table (interfaces: returns, Monthly tables).

`records` asks; all else is pure. docs/returns.md has every table, row and column in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from exchange.database import Connection
from outputs import catalogue, counting
from outputs.asked import Asked, ask
from outputs.counting import Basis, Mask, Measure, column, flag, number
from outputs.figures import Figure
from outputs.records import ASKED, Records, banded

NAME: Final = "monthly"
NOT_GIVEN: Final = "not_given"
FRAUD: Final = "fraud"
_CHANNELS: Final = {"police": "police", "self_referral": "self", "other_agencies": "agency"}
# As texts: a blank is None.
_REFUSED: Final = ("None", NOT_GIVEN, "prefer_not_to_say")


def records(connection: Connection, what: Asked, _: Mapping[str, int | Fraction]) -> dict[str, pa.Table]:
    """The records of a month, or of any period, in the transaction of the moment at hand."""
    return banded(ask(connection, NAME, ASKED, what), what.period, what.cut_off)


def figures(records: Records) -> list[Figure]:
    """All figures of the return in the order of its tables. Raises FiguresDisagree."""
    return [figure for table in catalogue.tables(NAME) for figure in counting.figures(table, basis(records, table))]


def basis(records: Records, table: catalogue.Table, _: str | None = None) -> Basis:
    """What a table of the return counts."""
    return BASES[table.key](records, table)


class _Referrals:
    """Referrals of the period, victims and witnesses, with the masks that several tables use."""

    def __init__(self, records: Records) -> None:
        self.table = records["referrals"]
        self.channel = column(self.table, "channel")
        self.victim: Mask = self.channel != "witness"
        self.da = flag(self.table, "da") & self.victim
        self.high = flag(self.table, "high_risk") & self.victim
        self.take_up = flag(self.table, "take_up")

    def text(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return column(self.table, name)

    def basis(self, rows: Mapping[str, Mask], among: Mask, **more: Mask) -> Basis:
        """Referrals and take-up among some, with more columns."""
        measures = {"referrals": among, "take_up": among & self.take_up}
        measures |= {name: among & mask for name, mask in more.items()}
        return Basis("referrals", rows, {name: Measure(mask) for name, mask in measures.items()})


def _listed(values: np.ndarray[tuple[int], np.dtype[np.object_]], keys: list[str]) -> dict[str, Mask]:
    """A row for each key by its value; blank is not given, and so is what stands in no row."""
    rows: dict[str, Mask] = {key: values == key for key in keys if key not in {NOT_GIVEN, "total"}}
    known = np.logical_or.reduce(list(rows.values()))
    return {**rows, NOT_GIVEN: ~known, "total": np.ones(len(values), np.bool_)}


def _referral_source(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    source, police = all_of.text("source"), all_of.channel == "police"
    rows = {row: all_of.channel == channel for row, channel in _CHANNELS.items()}
    named = [row.key for row in table.rows if row.part_of == "police" and row.key != "other_force"]
    rows |= {name: police & (source == name) for name in named}
    rows |= {"other_force": police & ~np.isin(source.astype(str), named), "total": all_of.victim}
    return all_of.basis(rows, all_of.victim)


def _crime_category(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    category = all_of.text("crime_category")
    rows = {row.key: ~all_of.da & (category == row.key) for row in table.rows if row.part_of == "total_non_da"}
    rows |= {"total_non_da": ~all_of.da, "high_risk_da": all_of.high, "low_medium_risk_da": all_of.da & ~all_of.high}
    rows |= {"total_da": all_of.da, "total": all_of.victim}
    return all_of.basis(rows, all_of.victim)


def _da_borough(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    rows = _listed(all_of.text("borough_code"), [row.key for row in table.rows])
    return all_of.basis(rows, all_of.da, high_risk=all_of.high)


def _age(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    among = all_of.da if table.key == "age_da" else all_of.victim & ~all_of.da
    return all_of.basis(_listed(all_of.text("age_band"), [row.key for row in table.rows]), among)


def _group(name: str) -> Callable[[Records, catalogue.Table], Basis]:
    """A table of victims by a group."""

    def basis(records: Records, table: catalogue.Table) -> Basis:
        all_of = _Referrals(records)
        return all_of.basis(_listed(all_of.text(name), [row.key for row in table.rows]), all_of.victim)

    return basis


def _priority(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    told = records["referrals"]["priority_reasons"].to_pylist()
    lists = {text: frozenset((text or "").split()) for text in set(told)}
    reasons = np.array([lists[text] for text in told], dtype=object)
    enhanced: Mask = np.array([bool(each) for each in reasons], np.bool_)
    without: Mask = np.array([bool(each - {FRAUD}) for each in reasons], np.bool_)
    keys = [row.key for row in table.rows]
    rows = {key: np.array([key in each for each in reasons], np.bool_) for key in keys}
    rows |= {"enhanced": enhanced, "enhanced_without_fraud_rule": without, "not_enhanced": ~enhanced}
    rows |= {"da": all_of.da, "non_da_enhanced": enhanced & ~all_of.da, "non_da_not_enhanced": ~enhanced & ~all_of.da}
    support = all_of.text("support")
    return all_of.basis(
        rows,
        all_of.victim,
        immediate=all_of.take_up & (support == "immediate"),
        ongoing=all_of.take_up & (support == "ongoing"),
    )


def _support_role(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    role, support = all_of.text("role"), all_of.text("support")
    keys = [row.key for row in table.rows if row.key != "total"]
    rows = {key: role == key for key in keys}
    among = all_of.victim & all_of.take_up & np.logical_or.reduce(list(rows.values()))
    rows["total"] = among
    counted = {
        "supported": among,
        "immediate": among & (support == "immediate"),
        "ongoing": among & (support == "ongoing"),
    }
    return Basis("referrals", rows, {name: Measure(mask) for name, mask in counted.items()})


def _da_source(records: Records, _: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    rows: dict[str, Mask] = {"total": all_of.da}
    for row, channel in _CHANNELS.items():
        came = all_of.channel == channel
        rows |= {row: came, f"{row}_high": came & all_of.high, f"{row}_low_medium": came & ~all_of.high}
    return all_of.basis(rows, all_of.da)


def _restorative_justice(records: Records, _: catalogue.Table) -> Basis:
    table = records["restorative"]
    step, kind = column(table, "step"), column(table, "kind")
    done = step == "done"
    rows = {"offered": step == "offered", "accepted": step == "accepted", "done": done}
    rows |= {f"done_{each}": done & (kind == each) for each in ("direct", "indirect")}
    people = Measure(np.ones(table.num_rows, np.bool_), "people", number(table, "person_id"))
    return Basis("restorative", rows, {"people": people})


def _witness(records: Records, table: catalogue.Table) -> Basis:
    all_of = _Referrals(records)
    referred_by, called_by = all_of.text("referred_by"), all_of.text("called_by")
    witnesses = ~all_of.victim
    rows = {row.key: referred_by == row.key for row in table.rows if row.part_of == "total"}
    known = np.logical_or.reduce([rows[key] for key in rows if key != "other"])
    rows |= {
        "other": ~known,
        "total": witnesses,
        "defence": called_by == "defence",
        "prosecution": called_by != "defence",
    }
    requested, undertaken = (flag(all_of.table, f"visit_{name}") for name in ("requested", "undertaken"))
    return all_of.basis(rows, witnesses, visits_requested=requested, visits_undertaken=undertaken)


def _service_standard(records: Records, table: catalogue.Table) -> Basis:
    clocks = records["standards"]
    standard, met = column(clocks, "standard"), flag(clocks, "met")
    done = ~np.asarray(clocks["minutes"].is_null().to_numpy())
    hours = Measure(done, "median_hours", number(clocks, "minutes"))
    measures = {"due": Measure(np.ones(clocks.num_rows, np.bool_)), "met": Measure(met), "median_hours": hours}
    return Basis("standards", {row.key: standard == row.key for row in table.rows}, measures)


def _onward(records: Records, table: catalogue.Table) -> Basis:
    handed = records["onward"]
    destination = column(handed, "destination")
    measures = {
        "referrals": Measure(np.ones(handed.num_rows, np.bool_)),
        "within_24h": Measure(flag(handed, "within_24h")),
        "received": Measure(flag(handed, "received")),
    }
    return Basis("onward", {row.key: destination == row.key for row in table.rows}, measures)


def _repeat_victims(records: Records, table: catalogue.Table) -> Basis:
    repeats = records["repeats"]
    everybody = np.ones(repeats.num_rows, np.bool_)
    measures = {
        "people": Measure(everybody, "people", number(repeats, "person_id")),
        "referrals": Measure(everybody),
    }
    return Basis("repeats", {row.key: flag(repeats, row.key) for row in table.rows}, measures)


def _data_quality(records: Records, table: catalogue.Table) -> Basis:
    files = records["files"]
    source, everything = column(files, "source"), np.ones(files.num_rows, np.bool_)
    measures = {
        "files": Measure(everything),
        "nil_files": Measure(number(files, "rows") == 0),
        "late_files": Measure(flag(files, "late")),
    }
    names = [each.key for each in table.columns if each.key not in measures]
    measures |= {name: Measure(everything, "sum", number(files, name)) for name in names}
    return Basis("files", {row.key: source == row.key for row in table.rows}, measures)


def _unknown_rate(records: Records, table: catalogue.Table) -> Basis:
    """Each referral counts once for each field that is asked of it: the risk of domestic abuse of those alone."""
    all_of = _Referrals(records)
    count, fields = all_of.table.num_rows, catalogue.UNKNOWN_FIELDS
    asked = np.concatenate([all_of.da if field == "dash_risk" else np.ones(count, np.bool_) for field in fields])
    unknown = np.concatenate([_unknown(all_of, field) for field in fields])
    source = all_of.text("source")
    came = {name: source == name for name in dict.fromkeys(row.key.split(" ")[0] for row in table.rows)}
    rows: dict[str, Mask] = {}
    for row in table.rows:
        name, field = row.key.split(" ")
        first = fields.index(field) * count
        rows[row.key] = np.zeros(count * len(fields), np.bool_)
        rows[row.key][first : first + count] = came[name]
    measures = {"referrals": Measure(asked), "unknown": Measure(asked & unknown)}
    return Basis("referrals", rows, measures, np.tile(np.arange(count), len(fields)))


def _unknown(all_of: _Referrals, field: str) -> Mask:
    if field in {"phone", "safe_contact"}:
        return ~flag(all_of.table, f"has_{field}")
    names = {"ethnicity": "ethnicity_group", "borough": "borough_code", "age": "age_band"}
    values = all_of.text(names.get(field, field))
    return np.isin(values.astype(str), _REFUSED)


def _held(records: Records, table: catalogue.Table) -> Basis:
    holds = records["holds"]
    reason = column(holds, "reason")
    opened, ended = (~np.asarray(holds[name].is_null().to_numpy()) for name in ("opened", "ended"))
    measures = {
        "opened": Measure(opened),
        "released": Measure(ended),
        "open_at_end": Measure(flag(holds, "open_at_end")),
    }
    return Basis("holds", {row.key: reason == row.key for row in table.rows}, measures)


BASES: Final[Mapping[str, Callable[[Records, catalogue.Table], Basis]]] = {
    "referral_source": _referral_source,
    "crime_category": _crime_category,
    "da_borough": _da_borough,
    "age_non_da": _age,
    "age_da": _age,
    "gender": _group("gender"),
    "ethnicity": _group("ethnicity_group"),
    "disability": _group("disability"),
    "sexual_orientation": _group("sexual_orientation"),
    "religion": _group("religion"),
    "priority": _priority,
    "support_role": _support_role,
    "da_source": _da_source,
    "restorative_justice": _restorative_justice,
    "witness": _witness,
    "service_standard": _service_standard,
    "onward": _onward,
    "repeat_victims": _repeat_victims,
    "data_quality": _data_quality,
    "unknown_rate": _unknown_rate,
    "held": _held,
}
