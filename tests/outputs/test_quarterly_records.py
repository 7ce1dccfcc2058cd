"""The records of a quarter from a database that real files filled: what people answered, and when that counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest

from exchange import database
from exchange.cms import known
from outputs import quarterly, quarterly_kinds, quarters
from outputs import records as kinds
from outputs.asked import Asked
from outputs.periods import parse
from tests.casework import (
    a_contact_file,
    a_contact_row,
    a_witness_file,
    a_witness_row,
    activity_name,
    an_activity_file,
    an_event,
    contact_key,
    contact_name,
    witness_key,
    witness_name,
)
from tests.outputs.quarter import row_of
from tests.service import Service, fresh_database, running

Q1, Q2 = parse("2019-20Q1"), parse("2019-20Q2")
JUNE, JULY, AUGUST = "2019-06-20T12:00:00+01:00", "2019-07-05T12:00:00+01:00", "2019-08-20T12:00:00+01:00"


def events() -> list[dict[str, str]]:
    """What happened to five victims and three witnesses of June."""
    numbers = iter(range(1, 1000))

    def victim(number: int, event: str, at: str = JUNE, **over: str) -> dict[str, str]:
        return an_event(next(numbers), referral_key=contact_key(number), event=event, at=at, **over)

    def witness(number: int, event: str, at: str = JUNE, **over: str) -> dict[str, str]:
        return an_event(
            next(numbers),
            referral_source="witness_care_unit",
            referral_key=witness_key(number),
            event=event,
            at=at,
            **over,
        )

    taken_back = victim(1, "outcome", category="wellbeing", before="1", after="5")
    return [
        *(victim(number, "take_up") for number in (1, 2, 3)),
        # Better than at first; what came between does not count.
        victim(1, "outcome", "2019-06-10T12:00:00+01:00", category="safety", before="2", after="5"),
        victim(1, "outcome", category="safety", before="5", after="3"),
        victim(2, "outcome", category="safety", before="3", after="3"),
        # The last answer is of the next quarter: there it counts, with the first one of this quarter.
        victim(3, "outcome", category="informed", before="4", after="5"),
        victim(3, "outcome", AUGUST, category="informed", before="5", after="2"),
        # After the quarter and before the cut-off: of the next quarter.
        victim(2, "outcome", JULY, category="everyday_life", before="1", after="2"),
        taken_back,
        victim(1, "void", category="mistake", before=taken_back["event_id"]),
        victim(1, "survey", after="4"),
        victim(2, "survey", after="3"),
        victim(2, "survey", JULY, after="5"),
        witness(1, "survey", after="1"),
        victim(1, "victim_statement", "2019-06-10T12:00:00+01:00", after="declined"),
        victim(1, "victim_statement", after="made"),
        victim(2, "victim_statement", after="declined"),
        victim(1, "entitlement", category="victims_code", after="received"),
        victim(2, "entitlement", category="victims_code", after="not_received"),
        witness(1, "entitlement", category="witness_charter", after="received"),
        # Each charter is of its own people.
        victim(3, "entitlement", category="witness_charter", after="not_received"),
        witness(2, "entitlement", category="victims_code", after="not_received"),
        *(witness(number, "take_up") for number in (1, 2)),
        witness(1, "attended_court"),
        witness(1, "gave_evidence"),
        witness(2, "attended_court"),
        victim(1, "complaint", "2019-06-03T10:00:00+01:00"),
        victim(1, "complaint_acknowledged", "2019-06-04T10:00:00+01:00"),
        victim(1, "complaint_told_commissioner", "2019-06-04T10:01:00+01:00"),
        victim(1, "complaint_resolved", "2019-06-11T17:00:00+01:00"),
        victim(2, "complaint", "2019-06-28T10:00:00+01:00"),
    ]


@pytest.fixture(scope="module")
def service(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with (
        fresh_database(server) as url,
        running(tmp_path_factory.mktemp("quarterly"), url) as made,
    ):
        made.configure("contact_centre", "witness_care_unit", "case_activity")
        people = [
            a_contact_row(number, forename=f"Zz{word}", sex="M" if number == 5 else "F", police_reference="")
            for number, word in enumerate(("amber", "birch", "cedar", "damson", "elder"), 1)
        ]
        made.put("contact_centre", contact_name(date(2019, 6, 4), 1), a_contact_file(people))
        witnesses = [
            a_witness_row(number, forename=f"Zz{word}", vulnerable="Y" if number == 2 else "N")
            for number, word in enumerate(("fern", "gorse", "hazel"), 1)
        ]
        made.put("witness_care_unit", witness_name(date(2019, 6, 4), 1), a_witness_file(witnesses))
        made.put("case_activity", activity_name(date(2019, 8, 21), 1), an_activity_file(events()))
        made.loaded()
        path = made.folder / "inputs.csv"
        path.write_text("key,period,value,note\nopening_hours,2019-20Q1,84,\nopening_hours,2019-20Q2,85,\n")
        assert made.lvws("inputs", "import", str(path), "--yes").code == 0
        yield made


def asked(service: Service, period, **more):
    with (
        database.connect(service.settings, "reader") as connection,
        known.moment(connection, "asking") as moment,
    ):
        what = Asked(period, period.cut_off, moment)
        given = {"previous": {}, "results": {"idva_provision": Fraction(41)}} | more
        return quarterly.records(connection, what, **given)


@pytest.fixture(scope="module")
def first(service: Service):
    return asked(service, Q1)


@pytest.fixture(scope="module")
def second(service: Service, first):
    return asked(service, Q2, previous=quarterly.results(first))


def test_every_record_is_as_its_kind_says(first):
    assert quarterly_kinds.SCHEMAS.keys() <= first.keys()
    assert {kind: table.schema for kind, table in first.items()} == {kind: kinds.SCHEMAS[kind] for kind in first}


def test_outcomes_count_in_the_quarter_of_the_last_answer(first, second):
    found = quarterly.figures(first)
    assert row_of(found, "outcomes", "safety") == {"measured": 2, "improved": 1, "improved_rate": Fraction(1, 2)}
    assert row_of(found, "outcomes", "informed")["improved"] == 1
    assert row_of(found, "outcomes", "everyday_life")["measured"] == 0
    found = quarterly.figures(second)
    assert row_of(found, "outcomes", "informed") == {"measured": 1, "improved": 0, "improved_rate": 0}
    assert row_of(found, "outcomes", "everyday_life")["improved"] == 1


def test_what_was_taken_back_does_not_count(first):
    assert row_of(quarterly.figures(first), "outcomes", "wellbeing")["measured"] == 0


def test_results_of_the_quarter(first):
    from outputs import kpi

    found = kpi.results(first)
    expected = {
        "access_volume": 5,
        "access_take_up": Fraction(3, 5),
        "quality": Fraction(1, 2),
        "cope_recover": None,
        "best_evidence": Fraction(1, 3),
        "priority_groups_witnesses": Fraction(1, 2),
        "entitlements": Fraction(1, 2),
        "entitlements_witness_charter": Fraction(1),
        "victim_statements": Fraction(1, 2),
        "opening_hours": 84,
        "idva_provision": 41,
    }
    assert {key: found[key] for key in expected} == expected


def test_complaints_and_their_answers(first):
    found = quarterly.figures(first)
    counted = {
        row: row_of(found, "complaints", row)["number"]
        for row in ("received", "acknowledged_24h", "told_commissioner_24h", "resolved_5_working_days", "open")
    }
    # Acknowledged exactly 24 hours after it; the commissioner a minute too late; resolved on the fifth working day.
    assert counted == {
        "received": 2,
        "acknowledged_24h": 1,
        "told_commissioner_24h": 0,
        "resolved_5_working_days": 1,
        "open": 1,
    }
    standard = row_of(found, "service_standard", "complaint_24h")
    assert (standard["due"], standard["met"]) == (2, 1)


def test_representation_counts_who_took_the_service_up(first):
    found = quarterly.figures(first)
    assert row_of(found, "representation", "gender female")["engaged"] == 3
    assert row_of(found, "representation", "gender male")["engaged"] == 0
    assert row_of(found, "gender", "female")["take_up"] == 3


def test_the_quarter_after_is_held_against_this_one(second):
    found = row_of(quarterly.figures(second), "kpi", "access_take_up")
    assert (found["previous"], found["target"], found["status"]) == (Fraction(3, 5), Fraction(3, 5), "collecting")
    assert row_of(quarterly.figures(second), "kpi", "opening_hours")["result"] == 85


def test_the_months_sum_to_the_quarter(service: Service, first, second):
    quarters.check(first, Q1)
    quarters.check(second, Q2)


def test_the_months_asked_for_themselves_sum_to_the_quarter(service: Service):
    with (
        database.connect(service.settings, "reader") as connection,
        known.moment(connection, "asking") as moment,
    ):
        whole = quarterly.records(connection, Asked(Q1, Q1.cut_off, moment), previous={}, results={})
    months = {}
    for month in Q1.months:
        with database.connect(service.settings, "reader") as connection, known.moment(connection, "asking") as now:
            months[month.name] = quarterly.counted(connection, Asked(month, Q1.cut_off, now))
    quarters.check(whole, Q1, months)


def test_the_return_is_made_again_from_its_file(first):
    again = kinds.from_parquet(kinds.to_parquet(first))
    assert quarterly.figures(again) == quarterly.figures(first)
