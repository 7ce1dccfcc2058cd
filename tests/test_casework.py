"""What becomes of the rows of the contact centre, of witness care and of case activity, through the command.

Written from the interface documents (feeds, outcomes). Each case has a service's files of its own keys.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

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
from tests.feeds import Row, a_police_file, a_stranger, police_key, police_name
from tests.service import Service, fresh_database, running

_numbers = itertools.count(1)
_days = itertools.count(0)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("casework"), url) as made:
        made.configure("contact_centre", "witness_care_unit", "case_activity")
        yield made


@pytest.fixture
def number() -> int:
    """A number of a referral that no other case has."""
    return next(_numbers)


NAMES = {
    "contact_centre": (contact_name, a_contact_file),
    "witness_care_unit": (witness_name, a_witness_file),
    "case_activity": (activity_name, an_activity_file),
}


def take_in(service: Service, source: str, *rows: Row) -> list[tuple[str, str | None]]:
    """One file of these rows, on a business day after all others; the outcome of each row."""
    day = next(_days)
    name, file = NAMES[source]
    service.put(source, name(day, day + 1), file(rows))
    ran = service.ingest("--source", source)
    (run,) = ran.runs or [{"state": ran.err}]
    assert run["state"] == "loaded", (run, ran.err)
    return [(outcome, code) for _, outcome, code in service.outcomes(run["run"])]


def referral(service: Service, key: str, *columns: str) -> Any:
    (row,) = service.rows(f"select {', '.join(columns)} from cms.referral where referral_key = %s", key)
    return row


# --- contact centre --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, ("created", None)),
        ({"consent": ""}, ("excluded", "consent_missing")),
        ({"consent": "N"}, ("excluded", "consent_missing")),
        ({"channel": "agency", "agency_type": "housing"}, ("created", None)),
        ({"channel": "agency", "agency_type": "police"}, ("quarantined", "closed_list")),
        ({"channel": ""}, ("quarantined", "blank")),
        ({"dash_score": "28"}, ("quarantined", "number")),
        ({"ho_code": "999/99"}, ("quarantined", "ho_code_unknown")),
        ({"ethnicity_self": "O1"}, ("quarantined", "closed_list")),
        ({"received_at": "03/06/2019 10:15"}, ("quarantined", "date_format")),
    ],
    ids=str,
)
def test_rows_of_the_contact_centre(service: Service, number: int, values: dict[str, str], outcome: tuple[str, str]):
    assert take_in(service, "contact_centre", a_contact_row(number, **values)) == [outcome]


@pytest.mark.parametrize(
    ("values", "category", "basis"),
    [
        ({"ho_code": "049/10"}, "other_theft", "listed"),
        ({"ho_code": ""}, "other_crime", "no_code"),
        ({"ho_code": "", "incident_kind": "non-crime"}, "non_crime", None),
        ({"ho_code": "", "da_flag": "Y"}, "other_crime", "no_code"),
    ],
    ids=str,
)
def test_a_crime_that_was_told_without_a_code_is_other_crime_and_marked(
    service: Service, number: int, values: dict[str, str], category: str, basis: str
):
    assert take_in(service, "contact_centre", a_contact_row(number, **values)) == [("created", None)]
    assert referral(service, contact_key(number), "crime_category", "class_basis") == (category, basis)


@pytest.mark.parametrize(
    ("score", "risk", "found"),
    [("", "", None), ("13", "M", "M"), ("13", "", None), ("14", "", "H"), ("14", "S", "H"), ("3", "H", "H")],
)
def test_fourteen_ticks_are_high_risk_whatever_was_written_beside_them(
    service: Service, number: int, score: str, risk: str, found: str | None
):
    """R8; professional judgement may say high with fewer."""
    take_in(service, "contact_centre", a_contact_row(number, da_flag="Y", dash_score=score, dash_risk=risk))
    assert referral(service, contact_key(number), "dash_risk") == (found,)


def test_it_is_received_on_the_london_day_of_its_own_time(service: Service, number: int):
    take_in(service, "contact_centre", a_contact_row(number, received_at="2019-05-31T23:30:00Z"))
    assert referral(service, contact_key(number), "received_on::text", "channel") == ("2019-06-01", "self")
    take_in(service, "contact_centre", a_contact_row(number, received_at="2019-05-30T10:00:00Z", phone="07700 900111"))
    assert referral(service, contact_key(number), "received_on::text", "phone") == ("2019-05-30", "07700 900111")


def test_the_same_again_is_a_duplicate_and_a_change_an_update(service: Service, number: int):
    row = a_contact_row(number)
    assert take_in(service, "contact_centre", row, row) == [("created", None), ("duplicate", None)]
    assert take_in(service, "contact_centre", row) == [("duplicate", None)]
    assert take_in(service, "contact_centre", row | {"religion": "Jewish"}) == [("updated", "new_for_known")]


# --- witnesses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, ("created", None)),
        ({"consent": ""}, ("excluded", "consent_missing")),
        ({"professional_witness": "Y"}, ("excluded", "professional_witness")),
        ({"called_by": "defence", "referred_by": "defence_solicitor"}, ("created", None)),
        ({"referred_by": "judge"}, ("quarantined", "closed_list")),
        ({"trial_date": "31/06/2030"}, ("quarantined", "date_impossible")),
        ({"trial_date": "16/09/2099"}, ("created", None)),
        ({"trial_date": ""}, ("created", None)),
        ({"received_at": "16/09/2099 10:00"}, ("quarantined", "date_future")),
    ],
    ids=str,
)
def test_rows_of_witness_care(service: Service, number: int, values: dict[str, str], outcome: tuple[str, str]):
    assert take_in(service, "witness_care_unit", a_witness_row(number, **values)) == [outcome]


def test_a_witness_that_becomes_a_professional_one_is_withdrawn(service: Service, number: int):
    take_in(service, "witness_care_unit", a_witness_row(number))
    again = a_witness_row(number, professional_witness="Y")
    assert take_in(service, "witness_care_unit", again) == [("withdrawn", "professional_witness")]


def test_a_witness_has_no_crime_category_and_is_no_victim(service: Service, number: int):
    take_in(service, "witness_care_unit", a_witness_row(number, received_at="31/05/2019 23:45"))
    found = referral(service, witness_key(number), "channel", "crime_category", "received_on::text", "referred_by")
    assert found == ("witness", None, "2019-05-31", "wcu")


# --- case activity ---------------------------------------------------------------------------------


def event_of(number: int, event: str = "take_up", name: int | str | None = None, **values: str) -> Row:
    return an_event(1, referral_key=contact_key(number), event=event, event_id=f"E{name or number}", **values)


def standing(service: Service, number: int) -> list[str]:
    """The events that are applied to a referral, in their order."""
    rows = service.rows(
        "select event from cms.activity a join cms.referral r using (referral_id) where r.referral_key = %s "
        "order by a.at, a.event_id",
        contact_key(number),
    )
    return [event for (event,) in rows]


def test_an_event_waits_for_its_referral_and_is_applied_when_it_comes(service: Service, number: int):
    assert take_in(service, "case_activity", event_of(number)) == [("waiting", None)]
    assert standing(service, number) == []
    assert service.rows("select count(*) from cms.waiting where event_id = %s", f"E{number}") == [(1,)]
    take_in(service, "contact_centre", a_contact_row(number))
    assert standing(service, number) == ["take_up"]
    assert service.rows("select count(*) from cms.waiting where event_id = %s", f"E{number}") == [(0,)]
    closing = event_of(number, "closed", f"closed{number}", category="support ended")
    assert take_in(service, "case_activity", event_of(number), closing) == [("duplicate", None), ("created", None)]


def test_an_event_of_a_police_referral_names_both_parts_of_its_key(service: Service, number: int):
    service.put("mps", police_name(number, number), a_police_file([a_stranger(number)]))
    service.loaded("--source", "mps")
    event = an_event(1, event_id=f"P{number}", referral_source="mps", referral_key=police_key(number))
    assert take_in(service, "case_activity", event) == [("created", None)]
    assert service.rows("select referral_key from cms.take_up join cms.referral using (referral_id)")[-1:]


def test_an_event_sent_again_with_other_content_is_an_update(service: Service, number: int):
    take_in(service, "contact_centre", a_contact_row(number))
    take_in(service, "case_activity", event_of(number, "survey", after="2"))
    assert take_in(service, "case_activity", event_of(number, "survey", after="5")) == [("updated", None)]
    other = event_of(number, "survey", f"other{number}", after="3")
    again = take_in(service, "case_activity", event_of(number, "survey", after="5"), other)
    assert again == [("duplicate", None), ("created", None)]
    assert service.rows("select score, satisfied from cms.survey where event_id = %s", f"E{number}") == [(5, True)]


def test_an_older_file_fills_blanks_and_never_overwrites(service: Service, number: int):
    take_in(service, "contact_centre", a_contact_row(number))
    early, late = next(_days), next(_days)
    newer, older = event_of(number, worker=""), event_of(number, worker="S7", role="idva")
    service.put("case_activity", activity_name(late, late + 1), an_activity_file([newer]))
    service.loaded("--source", "case_activity")
    service.put("case_activity", activity_name(early, early + 1), an_activity_file([older]))
    (run,) = service.loaded("--source", "case_activity")
    assert service.outcomes(run["run"]) == [(2, "updated", "late")]
    assert service.rows("select worker, role from cms.event where event_id = %s", f"E{number}") == [("S7", "idva")]
    service.put("case_activity", activity_name(early - 1, early), an_activity_file([older | {"worker": "S8"}]))
    (run,) = service.loaded("--source", "case_activity")
    assert service.outcomes(run["run"]) == [(2, "duplicate", "late")]


def test_an_event_many_times_in_one_file(service: Service, number: int):
    take_in(service, "contact_centre", a_contact_row(number))
    rows = [event_of(number, "survey", after=score) for score in ("1", "1", "4", "1")]
    assert take_in(service, "case_activity", *rows) == [
        ("created", None),
        ("duplicate", None),
        ("updated", None),
        ("updated", None),
    ]
    assert service.rows("select score from cms.survey where event_id = %s", f"E{number}") == [(1,)]


@pytest.mark.parametrize("void_first", [False, True])
def test_a_void_takes_its_event_back_in_any_order(service: Service, number: int, void_first: bool):
    take_in(service, "contact_centre", a_contact_row(number))
    void = event_of(number, "void", f"V{number}", category="entered twice", before=f"E{number}")
    for row in (void, event_of(number)) if void_first else (event_of(number), void):
        assert take_in(service, "case_activity", row) == [("created", None)]
    assert standing(service, number) == []
    take_in(service, "case_activity", event_of(number, name=f"again{number}"))
    assert standing(service, number) == ["take_up"]


def test_show_tells_what_still_waits_and_what_a_restatement_lacks(service: Service, number: int):
    day = next(_days)
    name = activity_name(day, day + 1)
    first, second = event_of(number, name=f"a{number}"), event_of(number, name=f"b{number}")
    service.put("case_activity", name, an_activity_file([first, second]))
    (run,) = service.loaded("--source", "case_activity")
    page = service.lvws("show", run["run"]).out
    assert "Of 2 events that came before their referral 2 still wait" in page
    take_in(service, "contact_centre", a_contact_row(number))
    assert service.lvws("show", run["run"], "--json").json["events_waiting"] == 0
    service.put("case_activity", name, an_activity_file([first]))
    (again,) = service.loaded("--source", "case_activity")
    assert service.lvws("show", again["run"], "--json").json["missing_keys"] == [f"Eb{number}"]


BAD_EVENTS = [
    ({"event": "phoned"}, "closed_list"),
    ({"event": "survey", "after": "6"}, "closed_list"),
    ({"event": "survey"}, "blank"),
    ({"event": "caseworker_allocated", "role": "police"}, "closed_list"),
    ({"event": "caseworker_allocated"}, "blank"),
    ({"event": "void"}, "blank"),
    ({"event": "outcome", "category": "safety", "before": "2", "after": ""}, "blank"),
    ({"event": "outcome", "category": "money", "before": "2", "after": "3"}, "closed_list"),
    ({"referral_source": "nobody"}, "closed_list"),
    ({"referral_key": ""}, "blank"),
    ({"at": ""}, "blank"),
    ({"at": "2099-01-01T00:00:00Z"}, "date_future"),
    ({"event_id": ""}, "blank"),
]


@pytest.mark.parametrize(("values", "rule"), BAD_EVENTS, ids=str)
def test_a_broken_event_is_quarantined(service: Service, number: int, values: dict[str, str], rule: str):
    assert take_in(service, "case_activity", event_of(number) | values) == [("quarantined", rule)]


def test_casework_adds_up(service: Service, number: int):
    """One case from first call to closing, as the CMS's views tell it."""
    take_in(service, "contact_centre", a_contact_row(number))
    steps = [
        ("contact_attempt", {"category": "phone", "after": "not_reached"}),
        ("contact_attempt", {"category": "sms", "after": "reached"}),
        ("take_up", {}),
        ("needs_assessment", {}),
        ("caseworker_allocated", {"role": "triage_iva", "worker": "S1"}),
        ("caseworker_allocated", {"role": "idva", "worker": "S2"}),
        ("care_plan", {}),
        ("support_started", {"category": "ongoing"}),
        ("outcome", {"category": "safety", "before": "2", "after": "4"}),
        ("onward_referral", {"category": "shelter"}),
        ("onward_received", {"category": "shelter"}),
        ("complaint", {}),
        ("complaint_acknowledged", {}),
        ("complaint_resolved", {}),
        ("closed", {"category": "support ended"}),
    ]
    rows = [
        event_of(number, event, f"{number}-{hour:02d}", at=f"2019-06-05T{hour + 5:02d}:00:00+01:00", **values)
        for hour, (event, values) in enumerate(steps)
    ]
    assert set(take_in(service, "case_activity", *rows)) == {("created", None)}
    key = contact_key(number)

    def of(view: str, columns: str) -> list[tuple[Any, ...]]:
        return service.rows(
            f"select {columns} from {view} v join cms.referral r using (referral_id) where r.referral_key = %s", key
        )

    assert of("cms.supported_case", "v.role, v.caseworker, v.support, v.reason") == [
        ("idva", "S2", "ongoing", "support ended")
    ]
    assert of("cms.contact_attempt", "count(*), count(*) filter (where reached)") == [(2, 1)]
    assert of("cms.outcome", "v.category, improved") == [("safety", True)]
    assert of("cms.onward_referral", "destination, extract(epoch from received_at - at)::int") == [("shelter", 3600)]
    assert of("cms.complaint", "acknowledged_at is null, told_commissioner_at is null, resolved_at is null") == [
        (False, True, False)
    ]
