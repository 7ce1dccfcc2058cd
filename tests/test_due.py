"""What is due, through the command: each clock shows when it runs, and goes when it is met or stopped.

Written from the requirements (R5, R8, R9, R10, R17) and interfaces: outcomes. Each case has a referral of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from exchange import clock
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
from tests.feeds import CANARIES, Row, a_police_file, a_stranger, police_key, police_name
from tests.service import Service, fresh_database, running

_numbers = itertools.count(1)
_days = itertools.count(0)

CONTACT = {"contact_72h", "three_attempts_72h"}
FILES = {
    "contact_centre": (contact_name, a_contact_file),
    "witness_care_unit": (witness_name, a_witness_file),
    "case_activity": (activity_name, an_activity_file),
    "mps": (police_name, a_police_file),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("due"), url) as made:
        made.configure("contact_centre", "witness_care_unit", "case_activity")
        yield made


@pytest.fixture
def number() -> int:
    """A number of a referral that no other case has."""
    return next(_numbers)


def take_in(service: Service, source: str, *rows: Row) -> None:
    day = next(_days)
    name, file = FILES[source]
    service.put(source, name(day, day + 1), file(rows))
    (run,) = service.loaded("--source", source)
    assert (run["state"], run["quarantined"]) == ("loaded", 0)


def happened(service: Service, key: str, *events: str | tuple[str, dict[str, str]], hour: int = 8) -> None:
    """Events of a referral of the contact centre, an hour after one another on 4 June 2019."""
    rows = []
    for place, event in enumerate(events):
        name, values = (event, {}) if isinstance(event, str) else event
        at = f"2019-06-04T{hour + place:02d}:00:00+01:00"
        more = {"event_id": f"{key}-{name}-{hour + place}", "referral_key": key, "at": at, **values}
        rows.append(an_event(1, event=name, **more))
    take_in(service, "case_activity", *rows)


def void(service: Service, key: str, event_id: str) -> None:
    voided = {"event_id": f"void-{event_id}", "category": "entered twice", "before": event_id}
    take_in(service, "case_activity", an_event(1, event="void", referral_key=key, **voided))


REACHED = ("contact_attempt", {"category": "phone", "after": "reached"})
MISSED = ("contact_attempt", {"category": "phone", "after": "not_reached"})


def listed(service: Service, *options: str) -> dict[str, Any]:
    ran = service.lvws("due", "--json", "--limit", "100000", *options)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.json


def lines(service: Service, key: str) -> list[dict[str, Any]]:
    return [line for line in listed(service)["due"] if line["key"] == key]


def standards(service: Service, key: str) -> set[str]:
    return {line["standard"] for line in lines(service, key)}


def change(service: Service, statement: str, *parameters: Any) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute(statement, parameters)


# --- clocks come and go ----------------------------------------------------------------------------


def test_each_step_ends_one_clock_and_begins_the_next(service: Service, number: int):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    assert standards(service, key) == CONTACT
    for hour, (event, left) in enumerate(
        [
            (REACHED, {"needs_assessment_24h"}),
            ("needs_assessment", {"caseworker_24h", "care_plan_72h"}),
            (("caseworker_allocated", {"role": "triage_iva"}), {"care_plan_72h"}),
            ("care_plan", set()),
        ],
        start=8,
    ):
        happened(service, key, event, hour=hour)
        assert standards(service, key) == left, event


def test_a_void_brings_a_clock_back(service: Service, number: int):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    happened(service, key, "take_up", "needs_assessment")
    assert standards(service, key) == {"caseworker_24h", "care_plan_72h"}
    void(service, key, f"{key}-needs_assessment-9")
    assert standards(service, key) == {"needs_assessment_24h"}
    void(service, key, f"{key}-take_up-8")
    assert standards(service, key) == CONTACT


def test_three_attempts_at_different_times_are_enough_of_trying_and_not_of_contact(service: Service, number: int):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    again = {"at": "2019-06-04T08:00:20+01:00", "event_id": f"{key}-again"}
    happened(service, key, MISSED, MISSED, ("contact_attempt", {**MISSED[1], **again}))
    assert standards(service, key) == CONTACT
    happened(service, key, MISSED, hour=12)
    assert standards(service, key) == {"contact_72h"}


@pytest.mark.parametrize("event", ["declined", "closed"])
def test_what_is_declined_or_closed_is_out_until_support_is_taken_up_again(service: Service, number: int, event: str):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    happened(service, key, "take_up", (event, {"category": "support ended"}))
    assert standards(service, key) == set()
    happened(service, key, "take_up", hour=12)
    assert standards(service, key) == {"needs_assessment_24h"}


def test_a_withdrawn_person_is_never_in_the_list(service: Service, number: int):
    row, key = a_stranger(number, da_flag="Y", dash_risk="H", safe_to_contact="N"), police_key(number)
    take_in(service, "mps", row)
    assert standards(service, key) == {"high_risk_hold_24h", *CONTACT}
    take_in(service, "mps", row | {"record_type": "W"})
    assert standards(service, key) == set()


def test_witnesses_are_contacted_too(service: Service, number: int):
    take_in(service, "witness_care_unit", a_witness_row(number))
    assert standards(service, witness_key(number)) == CONTACT


def test_a_complaint_is_due_even_after_closing(service: Service, number: int):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    happened(service, key, ("closed", {"category": "support ended"}), "complaint")
    assert standards(service, key) == {"complaint_24h", "complaint_told_24h"}
    happened(service, key, "complaint_acknowledged", "complaint_told_commissioner", hour=11)
    (line,) = lines(service, key)
    assert (line["standard"], line["due"]) == ("complaint_5_working_days", "2019-06-11T23:00:00+00:00")
    happened(service, key, "complaint_resolved", hour=13)
    assert standards(service, key) == set()


# --- onward ----------------------------------------------------------------------------------------


def a_child(number: int) -> Row:
    return a_contact_row(number, birth_date="2004-03-12")


def test_an_onward_referral_is_ours_until_the_other_service_says_that_it_has_it(service: Service, number: int):
    key, there = contact_key(number), {"category": "children_young_people"}
    take_in(service, "contact_centre", a_child(number))
    assert standards(service, key) == CONTACT
    happened(service, key, REACHED)
    assert standards(service, key) == {"needs_assessment_24h", "onward_24h"}
    happened(service, key, ("onward_referral", there), hour=9)
    assert standards(service, key) == {"needs_assessment_24h", "onward_receipt_24h"}
    happened(service, key, ("onward_received", there), hour=10)
    assert standards(service, key) == set()


def sent(service: Service, key: str, destination: str = "children_young_people") -> None:
    change(
        service,
        "insert into cms.onward (onward_id, referral_id, destination, reason, agreed_at, at_once, file) "
        "select 'O' || lpad(upper(to_hex(referral_id)), 16, '0'), referral_id, %s, 'x', timestamptz '2019-06-01', true, 'a file' "
        "from cms.referral where referral_key = %s",
        destination,
        key,
    )


@pytest.mark.parametrize("told_by", ["receipt", "event"])
def test_contact_is_ours_until_the_receipt_of_what_was_sent_at_once(service: Service, number: int, told_by: str):
    key = contact_key(number)
    take_in(service, "contact_centre", a_child(number))
    sent(service, key)
    assert standards(service, key) == {"onward_receipt_24h", *CONTACT}
    if told_by == "event":
        happened(service, key, ("onward_received", {"category": "somewhere else"}))
        assert standards(service, key) == {"onward_receipt_24h", *CONTACT}
        happened(service, key, ("onward_received", {"category": "children_young_people"}), hour=9)
    else:
        change(service, "update cms.onward set received_at = now(), receipt = 'r' where file = 'a file'")
    assert standards(service, key) == set()


def test_a_specialist_besides_takes_nothing_off_us(service: Service, number: int):
    """Support that somebody gets elsewhere besides; the referral itself is ours."""
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    happened(service, key, ("onward_referral", {"category": "shelter"}), ("onward_received", {"category": "shelter"}))
    assert standards(service, key) == CONTACT


def test_who_takes_support_up_with_us_as_well_stays_with_us_for_that(service: Service, number: int):
    key, there = contact_key(number), {"category": "children_young_people"}
    take_in(service, "contact_centre", a_child(number))
    happened(service, key, "take_up", ("onward_referral", there), ("onward_received", there))
    assert standards(service, key) == {"needs_assessment_24h"}


# --- held ------------------------------------------------------------------------------------------


def test_held_high_risk_heads_the_list_and_the_hold_is_told_apart(service: Service, number: int):
    key = police_key(number)
    take_in(service, "mps", a_stranger(number, da_flag="Y", dash_risk="H", safe_to_contact=""))
    heads = [line["standard"] == "high_risk_hold_24h" for line in listed(service)["due"]]
    assert heads == sorted(heads, reverse=True)
    assert heads[0]
    assert not heads[-1]
    mine = lines(service, key)
    assert {line["standard"] for line in mine} == {"high_risk_hold_24h", *CONTACT}
    assert all(line["held_for"] == ["safe_contact_unknown"] and line["held_since"] for line in mine)
    assert {(line["owner"], line["area"]) for line in mine} == {("IDVA team North East", "NE")}
    hold = next(line for line in mine if line["standard"] == "high_risk_hold_24h")
    lasts = datetime.fromisoformat(hold["due"]) - datetime.fromisoformat(hold["held_since"])
    assert lasts.total_seconds() == 24 * 3600
    assert "held since" in service.lvws("due").out.replace("\n", " ")

    take_in(service, "mps", a_stranger(number, da_flag="Y", dash_risk="H", safe_to_contact="Y", record_type="U"))
    assert standards(service, key) == CONTACT
    assert all(line["held_for"] == [] for line in lines(service, key))


def test_a_hold_on_another_referral_of_somebody_at_high_risk_counts(service: Service, number: int):
    other, high = next(_numbers), police_key(number)
    take_in(
        service,
        "mps",
        a_stranger(number, da_flag="Y", dash_risk="H"),
        a_stranger(other, safe_to_contact="N"),
    )
    assert standards(service, high) == CONTACT
    change(
        service,
        "update cms.referral set person_id = (select person_id from cms.referral where referral_key = %s) "
        "where referral_key = %s",
        high,
        police_key(other),
    )
    assert standards(service, high) == {"high_risk_hold_24h", *CONTACT}
    assert {tuple(line["held_for"]) for line in lines(service, high)} == {("unsafe_to_contact",)}


# --- owners, filters, words ------------------------------------------------------------------------


def test_the_owner_is_whoever_was_named_last_or_whose_it_is(service: Service, number: int):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number))
    assert {line["owner"] for line in lines(service, key)} == {"triage team"}
    named = [("caseworker_allocated", {"role": "triage_iva", "worker": f"S{number}-{who}"}) for who in ("a", "b")]
    happened(service, key, REACHED, *named)
    assert {line["owner"] for line in lines(service, key)} == {f"S{number}-b"}
    assert {line["key"] for line in listed(service, "--owner", f"s{number}-B")["due"]} == {key}
    assert not listed(service, "--owner", f"S{number}-a")["due"]
    assert key not in {line["key"] for line in listed(service, "--owner", "triage team")["due"]}


def test_a_list_can_be_cut_by_source_and_clock_and_says_what_it_leaves_off(service: Service, number: int):
    take_in(service, "witness_care_unit", a_witness_row(number), a_witness_row(next(_numbers)))
    options = ("--source", "witness_care_unit", "--standard", "contact_72h")
    found = listed(service, *options)
    assert {(line["source"], line["standard"]) for line in found["due"]} == {("witness_care_unit", "contact_72h")}
    count = len(found["due"])
    assert found["more"] == 0
    assert found["counts"] == [{"standard": "contact_72h", "open": count, "overdue": count}]
    cut = service.lvws("due", *options, "--limit", "1").out
    assert f"{count - 1} more. See: lvws due --limit {count}" in cut
    assert f"Overdue: contact_72h {count}." in cut
    assert service.lvws("due", "--json", *options, "--limit", "1").json["more"] == count - 1


def test_the_most_urgent_comes_first_and_words_and_times_are_london_s(service: Service, number: int, monkeypatch):
    key = contact_key(number)
    take_in(service, "contact_centre", a_contact_row(number, received_at="2019-06-03T10:15:00+01:00"))
    monkeypatch.setattr(clock, "now", lambda: datetime(2019, 6, 6, 6, 15, tzinfo=UTC))
    line = lines(service, key)[0]
    assert (line["due"], line["how_long"], line["overdue"]) == ("2019-06-06T09:15:00+00:00", "in 3 hours", False)
    shown = next(text for text in service.lvws("due", "--limit", "1000").out.splitlines() if key in text)
    assert shown.startswith("2019-06-06 10:15")
    ordered = [line["due"] for line in listed(service)["due"] if line["standard"] != "high_risk_hold_24h"]
    assert ordered == sorted(ordered)


def test_a_file_of_a_day_counts_from_the_end_of_that_day(service: Service, number: int):
    take_in(service, "mps", a_stranger(number))
    ((business_date,),) = service.rows(
        "select received_on::text from cms.referral where referral_key = %s", police_key(number)
    )
    started = {line["started"] for line in lines(service, police_key(number))}
    assert started == {f"{business_date}T23:00:00+00:00"}


def test_a_clock_that_is_not_ours_or_unknown_is_wrong_use(service: Service):
    for name in ("police_2_working_days", "soon"):
        ran = service.lvws("due", "--standard", name)
        assert (ran.code, ran.out) == (2, "")
        assert "contact_72h" in ran.err


def test_nothing_of_a_person_but_the_key_is_told(service: Service, number: int):
    take_in(service, "contact_centre", a_contact_row(number))
    told = (service.lvws("due", "--limit", "1000").out + service.lvws("due", "--json").out).lower()
    assert not [mark for mark in CANARIES if mark in told]


def test_where_nothing_is_due_it_says_so(server: str, tmp_path):
    with fresh_database(server) as url, running(tmp_path, url) as empty:
        assert empty.lvws("due").out == "Nothing is due.\n"
        assert empty.lvws("due", "--json").json == {"due": [], "more": 0, "counts": []}
