"""The words of the indicators: before their quarter, without target, and exactly at the boundary."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from exchange.errors import MappingInvalid
from outputs import catalogue, targets
from outputs.periods import parse, quarter
from outputs.targets import Beside

F = Fraction
NOTHING = Beside(None, None, None)
JUST = F(1, 10**12)

# key, its first quarter, the quarter before it, how it is judged, the target's text
KPIS = [
    ("access_volume", "2019-20Q1", "2018-19Q4", "at_least_baseline", ""),
    ("access_take_up", "2019-20Q1", "2018-19Q4", "above_previous", ""),
    ("equal_access", "2019-20Q1", "2018-19Q4", "at_most_target", "0"),
    ("quality", "2019-20Q2", "2019-20Q1", "at_least_target", ""),
    ("cope_recover", "2019-20Q2", "2019-20Q1", "at_least_target", "0.95"),
    ("best_evidence", "2020-21Q1", "2019-20Q4", "at_least_target", ""),
    ("priority_groups", "2020-21Q1", "2019-20Q4", "at_least_target", ""),
    ("priority_groups_witnesses", "2020-21Q1", "2019-20Q4", "at_least_target", ""),
    ("repeat_victims", "2020-21Q1", "2019-20Q4", "below_baseline", ""),
    ("entitlements", "2020-21Q1", "2019-20Q4", "above_baseline", ""),
    ("entitlements_witness_charter", "2020-21Q1", "2019-20Q4", "above_baseline", ""),
    ("victim_statements", "2020-21Q1", "2019-20Q4", "above_baseline", ""),
    ("partners", "2019-20Q2", "2019-20Q1", "at_least_target", ""),
    ("partners_arrangements", "2019-20Q2", "2019-20Q1", "at_least_target", ""),
    ("idva_provision", "2019-20Q1", "2018-19Q4", "at_least_target", "40.5"),
    ("opening_hours", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
    ("contact_72h", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
    ("needs_assessment_24h", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
    ("caseworker_24h", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
    ("care_plan_72h", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
    ("supply_chain", "2019-20Q1", "2018-19Q4", "at_least_target", ""),
]


def target(key: str, day: date) -> targets.Target:
    return next(each for each in targets.load_targets() if each.key == key and each.first <= day <= each.last)


@pytest.mark.parametrize(("key", "first", "before", "judged", "number"), KPIS)
def test_each_indicator_begins_in_its_quarter_and_is_judged_as_the_contract_says(key, first, before, judged, number):
    found = target(key, parse(first).last)
    assert (found.judged, found.target) == (judged, number)
    assert found.started(parse(first))
    assert not found.started(parse(before))
    assert targets.status(found.judged, F(1), Beside(F(1), F(1), F(1)), started=False) == "not_started"
    assert targets.status(found.judged, F(1), NOTHING, started=True) == "collecting"
    assert targets.status(found.judged, None, Beside(F(1), F(1), F(1)), started=True) == "collecting"


def test_every_row_of_the_table_has_its_target_and_its_case_here():
    rows = [row.key for row in catalogue.table("quarterly", "kpi").rows]
    assert [key for key, *_ in KPIS] == rows


def test_every_row_has_a_target_on_every_day_of_the_contract():
    day = date(2019, 4, 1)
    while day < date(2029, 4, 1):
        held = {row["key"] for row in targets.of(quarter(day)).to_pylist()}
        assert {row.key for row in catalogue.table("quarterly", "kpi").rows} <= held
        day += timedelta(days=92)


@pytest.mark.parametrize(
    ("judged", "beside", "cases"),
    [
        ("at_least_target", Beside(F("40.5"), None, None), {"40.5": "met", "below": "not_met", "above": "met"}),
        ("at_most_target", Beside(F("40.5"), None, None), {"40.5": "met", "below": "met", "above": "not_met"}),
        ("at_least_baseline", Beside(None, F("40.5"), None), {"40.5": "met", "below": "not_met", "above": "met"}),
        ("above_baseline", Beside(None, F("40.5"), None), {"40.5": "not_met", "below": "not_met", "above": "met"}),
        ("below_baseline", Beside(None, F("40.5"), None), {"40.5": "not_met", "below": "met", "above": "not_met"}),
        ("above_previous", Beside(None, None, F("40.5")), {"40.5": "not_met", "below": "not_met", "above": "met"}),
    ],
)
def test_the_boundary_is_exact(judged, beside, cases):
    results = {"40.5": F("40.5"), "below": F("40.5") - JUST, "above": F("40.5") + JUST}
    assert {name: targets.status(judged, results[name], beside, started=True) for name in cases} == cases


HEADER = ",".join(targets.SHAPE.header)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a,2019-04-01,,1,1,at_least,,words,S,yes", "judged"),
        ("a,2019-04-01,,1,5,at_least_target,,words,S,yes", "from_year"),
        ("a,2019-04-01,,one,1,at_least_target,,words,S,yes", "from_year"),
        ("a,2019-04-01,,1,1,at_least_target,many,words,S,yes", "target"),
        ("a,2019-04-01,,1,1,at_least_target,,words,S,perhaps", "verified"),
        ("a,2019-04-01,,1,1,at_least_target,,,S,yes", "target_words"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, line: str, problem: str):
    (tmp_path / "targets.csv").write_text(f"{HEADER}\n{line}\n", encoding="utf-8")
    with pytest.raises(MappingInvalid) as refused:
        targets.load_targets(tmp_path)
    assert problem in str(refused.value)
