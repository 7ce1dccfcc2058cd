"""Results of the indicators, from few records each, and what the table says of them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from exchange.errors import FiguresDisagree
from outputs import catalogue, counting, kpi, quarterly
from outputs.figures import written
from tests.outputs.quarter import records, row_of

F = Fraction
WITNESS = {"channel": "witness"}


def outcomes(**improved: list[bool]) -> list[dict[str, object]]:
    return [{"category": name, "improved": each} for name, answers in improved.items() for each in answers]


ALL_FOUR = outcomes(informed=[True] * 20, wellbeing=[True] * 19 + [False], safety=[True], everyday_life=[True])

# key, kinds of records, the result
RESULTS = [
    ("access_volume", {"referrals": [{}, {}, WITNESS]}, 2),
    ("access_volume", {}, 0),
    ("access_take_up", {"referrals": [{"take_up": True}, {}, {}, WITNESS | {"take_up": True}]}, F(1, 3)),
    ("access_take_up", {"referrals": [WITNESS]}, None),
    ("quality", {"surveys": [{"satisfied": True}, {"satisfied": True}, {"satisfied": False}]}, F(2, 3)),
    ("quality", {}, None),
    ("cope_recover", {"outcomes": ALL_FOUR}, F(19, 20)),
    ("cope_recover", {"outcomes": outcomes(informed=[True], wellbeing=[True], safety=[True])}, None),
    ("best_evidence", {"evidence": [{"gave_evidence": True}, {}, {}, {}]}, F(1, 4)),
    (
        "priority_groups",
        {
            "referrals": [
                {"take_up": True, "priority_reasons": "hate_crime"},
                {"take_up": True},
                {"priority_reasons": "fraud"},
                WITNESS | {"take_up": True, "priority_reasons": "under_18"},
            ]
        },
        F(1, 2),
    ),
    (
        "priority_groups_witnesses",
        {"evidence": [{"vulnerable": True}, {}, {}, {"vulnerable": True, "take_up": False}]},
        F(1, 3),
    ),
    (
        "repeat_victims",
        {
            "repeats": [
                {"person_id": 7, "any_crime_12m": True},
                {"person_id": 7, "any_crime_12m": True},
                {"person_id": 8, "any_crime_12m": False},
            ]
        },
        F(1, 2),
    ),
    (
        "entitlements",
        {
            "entitlements": [
                {"category": "victims_code", "received": True},
                {"category": "witness_charter", "received": False},
            ]
        },
        F(1),
    ),
    (
        "entitlements_witness_charter",
        {"entitlements": [{"category": "victims_code", "received": True}]},
        None,
    ),
    ("victim_statements", {"statements": [{"made": True}, {"made": False}]}, F(1, 2)),
    ("contact_72h", {"standards": [{"standard": "contact_72h", "met": met} for met in (True, True, False)]}, F(2, 3)),
    ("care_plan_72h", {"standards": [{"standard": "contact_72h", "met": True}]}, None),
]


@pytest.mark.parametrize(("key", "kinds", "result"), RESULTS)
def test_results(key, kinds, result):
    found = kpi.results(records(**kinds))[key]
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize("key", [row.key for row in catalogue.table("quarterly", "kpi").rows])
def test_every_row_has_a_result_or_none(key):
    assert key in kpi.results(records(results={"idva_provision": F(41)}))


def figures_of(key: str, **made: object) -> dict[str, object]:
    return row_of(kpi.figures(records(**made), catalogue.table("quarterly", "kpi")), "kpi", key)


@pytest.mark.parametrize(
    ("fte", "status"),
    [(F("40.5"), "met"), (F("40.5") - F(1, 10**9), "not_met"), (F(41), "met"), (None, "collecting")],
)
def test_the_provision_of_idvas_is_what_the_sheet_says(fte, status):
    found = figures_of("idva_provision", results={} if fte is None else {"idva_provision": fte})
    assert found == {"baseline": None, "target": F("40.5"), "result": fte, "previous": None, "status": status}


def test_before_its_quarter_an_indicator_has_no_result():
    made = {"outcomes": ALL_FOUR, "surveys": [{"satisfied": True}]}
    for key in ("cope_recover", "quality"):
        found = figures_of(key, **made)
        assert (found["result"], found["status"]) == (None, "not_started")
    assert figures_of("cope_recover", quarter="2019-20Q2", **made)["status"] == "met"
    assert figures_of("quality", quarter="2019-20Q2", **made)["status"] == "collecting"


def test_a_quarter_before_the_contract_has_none_at_all():
    figures = kpi.figures(records("2018-19Q4", referrals=[{}]), catalogue.table("quarterly", "kpi"))
    assert {each.value for each in figures if each.column == "status"} == {"not_started"}
    assert {each.value for each in figures if each.column == "result"} == {None}


def test_volume_is_held_against_the_baseline_that_staff_gave():
    given = {"baseline access_volume": "2"}
    assert figures_of("access_volume", inputs=given, referrals=[{}, {}]) == {
        "baseline": 2,
        "target": 2,
        "result": 2,
        "previous": None,
        "status": "met",
    }
    assert figures_of("access_volume", inputs=given, referrals=[{}])["status"] == "not_met"
    assert figures_of("access_volume", referrals=[{}])["status"] == "collecting"


def test_take_up_has_to_rise():
    half = [{"take_up": True}, {}]
    assert figures_of("access_take_up", referrals=half, previous={"access_take_up": F(1, 2)})["status"] == "not_met"
    assert figures_of("access_take_up", referrals=half, previous={"access_take_up": F(49, 100)})["status"] == "met"
    assert figures_of("access_take_up", referrals=half)["status"] == "collecting"


def test_a_share_that_is_the_whole_is_no_count():
    found = figures_of("supply_chain", inputs={"supply_chain": "1"})
    assert written(found["result"]) == "1.0000"


def test_what_is_missing_is_not_available_and_never_zero():
    figures = kpi.figures(records("2020-21Q1"), catalogue.table("quarterly", "kpi"))
    for each in figures:
        assert (each.status == "not_available") == (each.value is None)
    assert {(each.row, each.column) for each in figures if each.value == 0} == {
        ("access_volume", "result"),
        ("equal_access", "target"),
    }


@pytest.mark.parametrize(("key", "kinds", "result"), RESULTS)
def test_an_indicator_is_traced_to_what_it_counts_or_divides_by(key, kinds, result):
    made = records(**kinds)
    table = catalogue.table("quarterly", "kpi")
    basis = quarterly.basis(made, table, key)
    assert basis is not None
    places = counting.in_figure(table, basis, key, "result")
    assert set(places) <= set(np.arange(made[basis.kind].num_rows))
    if result is not None:
        assert len(places) == result if isinstance(result, int) else len(places) > 0


def test_what_staff_give_is_traced_to_no_record():
    assert quarterly.basis(records(), catalogue.table("quarterly", "kpi"), "opening_hours") is None


def test_parts_that_do_not_sum_stop_the_build(monkeypatch):
    """A group of representation that is in two rows."""
    from outputs import representation

    made, table = (
        records(referrals=[{"take_up": True, "gender": "male"}]),
        catalogue.table("quarterly", "representation"),
    )
    basis = representation.basis(made, table)
    twice = {**basis.rows, "gender female": basis.rows["gender male"]}
    monkeypatch.setattr(representation, "basis", lambda *_: counting.Basis("referrals", twice, basis.measures))
    with pytest.raises(FiguresDisagree):
        representation.figures(made, table)


def test_what_figures_use_are_figures_of_the_return():
    keys = {each.key for each in quarterly.figures(records())}
    assert ("representation", "gender total known", "engaged") in quarterly.uses()[
        "representation", "gender male known", "share"
    ]
    for key, used in quarterly.uses().items():
        assert {key, *used} <= keys
