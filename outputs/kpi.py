"""The key performance indicators and the secondary ones (R14, R16): each result beside what it is to reach. Pure.

A result is counted from records (COUNTED), or is an input of staff, or comes from another return. What cannot be known
yet is not available and says so by its status; it is never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

import numpy as np
import pyarrow.compute as pc

from outputs import catalogue, counting, inputs_held, representation, targets
from outputs.counting import Basis, Mask, Measure, column, flag, number
from outputs.figures import Figure, Key, Value, rate
from outputs.quarterly_kinds import Number
from outputs.quarterly_kinds import number as exactly
from outputs.records import Records
from outputs.targets import Beside

STANDARDS: Final = ("contact_72h", "needs_assessment_24h", "caseworker_24h", "care_plan_72h")
CATEGORIES: Final = ("informed", "wellbeing", "safety", "everyday_life")
OF_STAFF: Final = ("partners", "partners_arrangements", "opening_hours", "supply_chain")


def figures(records: Records, table: catalogue.Table) -> list[Figure]:
    """All figures of the table, row by row."""
    found = results(records)
    of_target = {row["key"]: row for row in records["targets"].to_pylist()}
    previous = {row["key"]: exactly(row["value"]) for row in records["previous"].to_pylist()}
    held = inputs_held.values(records["inputs"])
    shown: list[Figure] = []
    for row in table.rows:
        line = of_target.get(row.key, {"started": False, "judged": "at_least_target", "target": None})
        result = found.get(row.key) if line["started"] else None
        beside = Beside(
            target=exactly(line["target"]) if line["target"] else None,
            baseline=inputs_held.as_number(f"baseline {row.key}", held),
            previous=previous.get(row.key),
        )
        values: Mapping[str, Value] = {
            "baseline": beside.baseline,
            "target": targets.aim(line["judged"], beside),
            "result": result,
            "previous": beside.previous,
            "status": targets.status(line["judged"], result, beside, started=line["started"]),
        }
        shown += [_figure(table.key, row.key, name, value) for name, value in values.items()]
    return shown


def results(records: Records) -> dict[str, Number | None]:
    """Every result that can be told, whether its quarter has come or not."""
    held = inputs_held.values(records["inputs"])
    found: dict[str, Number | None] = {key: _counted(COUNTED[key](records)) for key in COUNTED}
    found["equal_access"] = _equal_access(records)
    found["cope_recover"] = _lowest(records)
    found |= {key: inputs_held.as_number(key, held) for key in OF_STAFF}
    return found | {row["key"]: exactly(row["value"]) for row in records["results"].to_pylist()}


def basis(records: Records, row: str) -> Basis | None:
    """What an indicator counts, or what its rate divides by; None where it is counted from no records."""
    if row == "equal_access":
        engaged = representation.basis(records, catalogue.table("quarterly", "representation"))
        return Basis(engaged.kind, {row: _all(records, engaged.kind)}, {"result": engaged.measures["engaged"]})
    if row == "cope_recover":
        return Basis("outcomes", {row: _all(records, "outcomes")}, {"result": Measure(_all(records, "outcomes"))})
    made = COUNTED[row](records) if row in COUNTED else None
    return None if made is None else Basis(made.kind, {row: made.rows[_ROW]}, {"result": made.measures["whole"]})


def uses() -> Mapping[Key, Collection[Key]]:
    """The figures of other tables from which an indicator could be worked out: where one is hidden, so is that."""
    victims, supported = ("referral_source", "total", "referrals"), ("referral_source", "total", "take_up")
    groups = catalogue.table("quarterly", "representation").rows
    of_result: dict[str, list[Key]] = {
        "access_volume": [victims],
        "access_take_up": [victims, supported],
        "equal_access": [("representation", row.key, "status") for row in groups if row.key.endswith(" known")],
        "cope_recover": [("outcomes", name, column) for name in CATEGORIES for column in ("measured", "improved")],
        "best_evidence": [("witness", "total", "referrals")],
        "priority_groups": [("priority", "enhanced", "take_up"), supported],
        "priority_groups_witnesses": [("witness", "total", "take_up")],
        "repeat_victims": [("repeat_victims", "any_crime_12m", "people")],
        **{name: [("service_standard", name, column) for column in ("due", "met")] for name in STANDARDS},
    }
    rows = [row.key for row in catalogue.table("quarterly", "kpi").rows]
    results: dict[Key, list[Key]] = {("kpi", key, "result"): used for key, used in of_result.items()}
    return results | {("kpi", key, "status"): [("kpi", key, "result")] for key in rows}


def _figure(table: str, row: str, name: str, value: Value) -> Figure:
    return Figure(table, row, name, value, "ok" if value is not None else "not_available")


# --- what is counted --------------------------------------------------------------------------------

_ROW: Final = "all"


def _counted(made: Basis) -> Number | None:
    """The count of an indicator that has no part, else the rate of its part."""
    whole = counting.value(made.rows[_ROW], made.measures["whole"])
    if "part" not in made.measures:
        return whole if isinstance(whole, int) else None
    part = counting.value(made.rows[_ROW], made.measures["part"])
    assert isinstance(part, int)
    assert isinstance(whole, int)
    return rate(part, whole)[0]


def _of(kind: str, whole: Measure, part: Measure | None = None) -> Basis:
    measures = {"whole": whole} if part is None else {"whole": whole, "part": part}
    return Basis(kind, {_ROW: np.ones(len(whole.where), np.bool_)}, measures)


def _all(records: Records, kind: str) -> Mask:
    return np.ones(records[kind].num_rows, np.bool_)


def _victims(records: Records) -> Mask:
    victim: Mask = column(records["referrals"], "channel") != "witness"
    return victim


def _access_volume(records: Records) -> Basis:
    return _of("referrals", Measure(_victims(records)))


def _access_take_up(records: Records) -> Basis:
    victims = _victims(records)
    return _of("referrals", Measure(victims), Measure(victims & flag(records["referrals"], "take_up")))


def _priority_groups(records: Records) -> Basis:
    reasons = records["referrals"]["priority_reasons"].fill_null("")
    enhanced: Mask = np.asarray(pc.not_equal(reasons, "").to_numpy())
    supported = _victims(records) & flag(records["referrals"], "take_up")
    return _of("referrals", Measure(supported), Measure(supported & enhanced))


def _share(kind: str, part: str, among: str | None = None) -> Callable[[Records], Basis]:
    """The share of the records of a kind that have a flag, perhaps among those alone that have another one."""

    def basis(records: Records) -> Basis:
        whole = flag(records[kind], among) if among else _all(records, kind)
        return _of(kind, Measure(whole), Measure(whole & flag(records[kind], part)))

    return basis


def _repeat_victims(records: Records) -> Basis:
    repeats = records["repeats"]
    people = number(repeats, "person_id")
    again = Measure(flag(repeats, "any_crime_12m"), "people", people)
    return _of("repeats", Measure(_all(records, "repeats"), "people", people), again)


def _entitlements(records: Records, category: str) -> Basis:
    told = records["entitlements"]
    whole: Mask = column(told, "category") == category
    return _of("entitlements", Measure(whole), Measure(whole & flag(told, "received")))


def _standard(records: Records, name: str) -> Basis:
    """As the table of service standards counts it, so that the two cannot differ."""
    whole: Mask = column(records["standards"], "standard") == name
    return _of("standards", Measure(whole), Measure(whole & flag(records["standards"], "met")))


def _lowest(records: Records) -> Number | None:
    """The lowest improved rate of the categories; unless all are measured, it could be lower still."""
    found = []
    category, improved = column(records["outcomes"], "category"), flag(records["outcomes"], "improved")
    for name in CATEGORIES:
        of_category = category == name
        measured = int(np.count_nonzero(of_category))
        found.append(rate(int(np.count_nonzero(of_category & improved)), measured)[0])
    known = [each for each in found if each is not None]
    return min(known) if len(known) == len(CATEGORIES) else None


def _equal_access(records: Records) -> Number | None:
    table = catalogue.table("quarterly", "representation")
    return representation.under_represented(representation.figures(records, table))


COUNTED: Final[Mapping[str, Callable[[Records], Basis]]] = {
    "access_volume": _access_volume,
    "access_take_up": _access_take_up,
    "quality": _share("surveys", "satisfied"),
    "best_evidence": _share("evidence", "gave_evidence"),
    "priority_groups": _priority_groups,
    "priority_groups_witnesses": _share("evidence", "vulnerable", among="take_up"),
    "repeat_victims": _repeat_victims,
    "entitlements": partial(_entitlements, category="victims_code"),
    "entitlements_witness_charter": partial(_entitlements, category="witness_charter"),
    "victim_statements": _share("statements", "made"),
    **{name: partial(_standard, name=name) for name in STANDARDS},
}
