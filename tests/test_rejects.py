"""Rejects: told to their sender, counted again, and open until they are mended (interfaces: acknowledgements; R4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

import psycopg
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.ledger.rejects import ASKED, NOTHING_TO_MEND
from mappings.triage_rules import load_rules
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import (
    CANARIES,
    Row,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_stranger,
    as_record,
    fraud_key,
    fraud_name,
    on,
    police_key,
    police_name,
)
from tests.service import Service, fresh_database, running

Files = Sequence[tuple[int, Sequence[Row | str]]]  # (business day, what rows about one person say; names of acts)
Told = tuple[str, str, int, int | None]  # kind, code, times, days to mend or None while it is open

SOUND: Row = {}
BROKEN = {"birth_date": "31/02/1980"}
NO_CODE = {"ho_code": ""}
NO_KEY = {"viw_number": "0"}
DA = {"da_flag": "Y", "dash_risk": "S"}
ASK_FIRST = DA | {"consent": ""}
HIGH = DA | {"dash_risk": "H", "consent": ""}
OPTED_OUT = {"opted_out": "Y"}
ORGANISATION = {"victim_type": "O", "surname": ""}
UNSAFE = {"safe_to_contact": "N"}
UNKNOWN = DA | {"safe_to_contact": ""}
BARE = dict.fromkeys("address_1 postcode mobile home_phone email".split(), "")
WITHDRAWN = {"record_type": "W"}

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    """One service for all: each case has keys, files and sequence numbers of its own."""
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("rejects"), url) as made:
        made.configure("action_fraud", "case_activity")
        yield made


def send(service: Service, day: int, rows: Sequence[Row | bytes], *, name: str = "") -> tuple[str, str]:
    """Let a file of a day be loaded at eleven in the evening of the day on which it came; its name and run."""
    name = name or police_name(day, next(_numbers))
    service.put("mps", name, a_police_file(rows))
    (run,) = service.loaded("--source", "mps")
    return name, run["run"]


def at(day: int) -> Any:
    """The clock of a test, at half past eleven in the evening of a day in London's summer."""
    return time_machine.travel(datetime.combine(on(day), time(22, 30), UTC), tick=True)


def told(service: Service, key: str | None, run: str | None = None) -> list[Told]:
    """What the ledger knows of a key's rejects, in the order in which they were told."""
    return service.rows(
        "select kind, code, times, (mended_at at time zone 'Europe/London')::date "
        "  - (first_reported at time zone 'Europe/London')::date "
        "from ledger.reject where referral_key = %s or %s::text is null and referral_key is null and first_run = %s "
        "order by reject_id",
        key, key, run,
    )  # fmt: skip


def case(name: str, *files: tuple[int, Sequence[Row | str]], ends: Sequence[Told]) -> Any:
    return pytest.param(files, list(ends), id=name)


CASES = [
    case("told", (0, [BROKEN]), ends=[("quarantined", "date_impossible", 1, None)]),
    case("mended on the same day", (0, [BROKEN]), (0, [SOUND]), ends=[("quarantined", "date_impossible", 1, 0)]),
    case("mended nine days later", (0, [BROKEN]), (9, [SOUND]), ends=[("quarantined", "date_impossible", 1, 9)]),
    case("broken again", (0, [BROKEN]), (1, [BROKEN]), ends=[("quarantined", "date_impossible", 2, None)]),
    case("broken again in another way", (0, [BROKEN]), (1, [NO_CODE]), ends=[("quarantined", "ho_code_blank", 2, None)]),
    case("broken twice in one file", (0, [BROKEN, NO_CODE]), ends=[("quarantined", "ho_code_blank", 1, None)]),
    case("broken, then sound in one file", (0, [BROKEN, SOUND]), ends=[("quarantined", "date_impossible", 1, 0)]),
    case("sound, then broken in one file", (0, [SOUND, BROKEN]), ends=[("quarantined", "date_impossible", 1, None)]),
    case("broken, mended and broken", (0, [BROKEN]), (2, [SOUND]), (3, [NO_CODE]), ends=[("quarantined", "date_impossible", 1, 2), ("quarantined", "ho_code_blank", 1, None)]),
    case("an older sound row mends nothing", (5, [BROKEN]), (1, [SOUND]), ends=[("quarantined", "date_impossible", 1, None)]),
    case("mended before it came", (5, [SOUND]), (1, [BROKEN]), ends=[("quarantined", "date_impossible", 1, 0)]),
    case("an older broken row counts, and leaves the newer fault", (5, [NO_CODE]), (1, [BROKEN]), ends=[("quarantined", "ho_code_blank", 2, None)]),
    case("broken, then readable and without consent", (0, [BROKEN]), (1, [ASK_FIRST]), ends=[("quarantined", "date_impossible", 1, 1), ("excluded", "consent_missing", 1, None)]),
    case("without consent, then with it", (0, [ASK_FIRST]), (3, [DA]), ends=[("excluded", "consent_missing", 1, 3)]),
    case("without consent, then with it in one file", (0, [ASK_FIRST, DA]), ends=[("excluded", "consent_missing", 1, 0)]),
    case("without consent, twice", (0, [ASK_FIRST]), (3, [HIGH]), ends=[("excluded", "consent_missing", 2, None)]),
    case("without consent, then opted out", (0, [ASK_FIRST]), (3, [OPTED_OUT]), ends=[("excluded", "consent_missing", 1, 3)]),
    case("opted out is never open", (0, [OPTED_OUT]), (1, [OPTED_OUT]), ends=[]),
    case("an organisation, then somebody there", (0, [ORGANISATION]), (1, [{"victim_type": "O"}]), ends=[("excluded", "organisation", 1, 1)]),
    case("consent was there before the row without it came", (1, [DA]), (0, [ASK_FIRST]), ends=[]),
    case("the row without consent came before the older one that is held", (4, [ASK_FIRST]), (0, [SOUND]), ends=[("excluded", "consent_missing", 1, -4), ("held", "consent_pending", 1, None)]),
    case("no contact details, then some", (0, [BARE]), (4, [SOUND]), ends=[("held", "no_contact_details", 1, 4)]),
    case("held and told again", (0, [UNKNOWN]), (1, [UNKNOWN | {"station": "Zzelm"}]), ends=[("held", "safe_contact_unknown", 2, None)]),
    case("held for two reasons is one reject", (0, [BARE | UNKNOWN]), ends=[("held", "safe_contact_unknown", 1, None)]),
    case("unknown, then unsafe", (0, [UNKNOWN]), (2, [DA | UNSAFE]), ends=[("held", "unsafe_to_contact", 2, None)]),
    case("unknown, then safe", (0, [UNKNOWN]), (2, [DA]), ends=[("held", "safe_contact_unknown", 1, 2)]),
    case("unsafe stays, whatever comes", (0, [UNSAFE]), (2, [SOUND]), ends=[("held", "unsafe_to_contact", 2, None)]),
    case("held, then withdrawn", (0, [BARE]), (2, [WITHDRAWN | BARE]), ends=[("held", "no_contact_details", 1, 2)]),
    case("turned into domestic abuse, then consent", (0, [SOUND | {"consent": ""}]), (1, [ASK_FIRST]), (3, [DA]), ends=[("held", "consent_pending", 1, 2)]),
    case("a child is held for other people to decide", (0, [DA | {"birth_date": "12/03/2010", "age": "9"}]), ends=[]),
    case("released by staff", (0, [UNSAFE]), (6, ["released"]), ends=[("held", "unsafe_to_contact", 1, 6)]),
    case("released by staff, and told no more", (0, [UNSAFE]), (1, ["released"]), (2, [UNSAFE | {"sex": "M"}]), ends=[("held", "unsafe_to_contact", 1, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "ends"), CASES)
def test_a_reject_is(files: Files, ends: list[Told], service: Service) -> None:
    number = next(_numbers)
    for day, rows in files:
        with at(day):
            if rows == ["released"]:
                release(service, police_key(number), day)
            else:
                another = a_stranger(800_000 + next(_numbers))
                send(service, day, [*(a_stranger(number, **row) for row in rows), another])  # type: ignore[arg-type]
    assert told(service, police_key(number)) == ends


def release(service: Service, key: str, day: int) -> None:
    """What the database does when the step of an operator is signed."""
    with psycopg.connect(service.database_url) as connection:
        connection.execute(
            "with step as (insert into cms.step (what, source, referral_key, document, reason, people) "
            "  values ('release_hold', 'mps', %(key)s, jsonb_build_object('key', %(key)s::text)::text, 'made up', 1) "
            "  returning step_id) "
            "update cms.hold h set released_at = %(at)s, released_by = s.step_id from step s "
            "where h.over_at is null and h.referral_id = (select referral_id from cms.referral where referral_key = %(key)s)",
            {"key": key, "at": datetime.combine(on(day), time(12), UTC)},
        )


def test_events_are_rejects_too_until_they_come_soundly(service: Service) -> None:
    name = activity_name(0, 1)
    service.put("case_activity", name, an_activity_file([an_event(1, event="nonsense"), an_event(2)]))
    service.loaded("--source", "case_activity")
    (reject,) = service.answer("case_activity", f"{name}.rejects.csv")
    ((kind, code, times, days),) = told(service, reject["key"])
    assert (kind, code, times, days) == ("quarantined", "closed_list", 1, None)
    service.put("case_activity", activity_name(1, 2), an_activity_file([an_event(1)]))
    service.loaded("--source", "case_activity")
    ((*_, days),) = told(service, reject["key"])
    assert days == 0


def test_a_row_without_a_key_is_mended_by_its_file_sent_again(service: Service) -> None:
    numbers = [next(_numbers) for _ in range(3)]
    rows = [a_stranger(number, **NO_KEY) for number in numbers[:2]]
    with at(20):
        name, first = send(service, 20, rows)
    with at(22):
        send(service, 22, [a_stranger(numbers[0])])  # which may be one of them: nobody can know
        assert told(service, None, first) == [("quarantined", "key_shape", 1, None)] * 2
        _, second = send(service, 20, [a_stranger(numbers[0]), rows[1]], name=name)
    assert told(service, None, first) == [("quarantined", "key_shape", 1, 2)] * 2
    assert told(service, None, second) == [("quarantined", "key_shape", 1, None)]
    assert [each["times_reported"] for each in service.answer("mps", f"{name}.rejects.csv")] == ["1"]


def test_the_same_file_again_changes_nothing(service: Service) -> None:
    number = next(_numbers)
    name, _ = send(service, 30, [a_stranger(number, **BROKEN), a_stranger(next(_numbers), **UNSAFE)])
    before = (
        service.rows("select * from ledger.reject order by reject_id"),
        service.rows("select * from ledger.reject_row"),
    )
    data = (service.server.root / "mps" / "outgoing" / name).read_bytes()
    service.put("mps", police_name(31, next(_numbers)), data)
    (again,) = service.loaded("--source", "mps")
    assert again["state"] == "repeat"
    after = (
        service.rows("select * from ledger.reject order by reject_id"),
        service.rows("select * from ledger.reject_row"),
    )
    assert before == after


def test_fraud_reports_are_told_in_their_own_words(service: Service) -> None:
    day = on(40)
    rows = [a_fraud_row(1, support_consent=""), a_fraud_row(2, phone="", email="", address="", town="", postcode="")]
    service.put_fraud(fraud_name(day), a_fraud_file(rows, day, next(_numbers)))
    service.loaded("--source", "action_fraud")
    rejects = service.answer("action_fraud", f"{fraud_name(day)}.rejects.csv")
    assert [(each["key"], each["outcome"], each["code"], each["column"]) for each in rejects] == [
        (fraud_key(1), "quarantined", "blank", "support_consent"),
        (fraud_key(2), "held", "no_contact_details", ""),
    ]


# --- the file that the sender gets ------------------------------------------------------------------

COLUMNS = ["line", "key", "outcome", "code", "column", "rule", "what_to_do", "first_reported", "times_reported"]


def test_the_file_begins_with_who_must_not_vanish_and_goes_on_by_line(service: Service) -> None:
    numbers = [next(_numbers) for _ in range(9)]
    changes = [BARE | UNKNOWN, BROKEN | NO_CODE, OPTED_OUT, ASK_FIRST, NO_KEY, UNSAFE, SOUND, HIGH, DA]
    rows = [a_stranger(number, **change) for number, change in zip(numbers, changes, strict=True)]
    with at(50):
        send(service, 50, [rows[5]])
    with at(53):
        name, _ = send(service, 53, [*rows, as_record(a_stranger(1)).replace(b"Plaistow", b"Plai\x07stow")])
    rejects = service.answer("mps", f"{name}.rejects.csv")
    assert {tuple(each) for each in rejects} == {tuple(COLUMNS)}
    keys = [police_key(number) for number in numbers]
    dated = [(*list(each.values())[:6], each["first_reported"][:10], each["times_reported"]) for each in rejects]
    first, last = on(50).isoformat(), on(53).isoformat()
    assert dated == [
        ("9", keys[7], "excluded", "consent_missing", "", "", last, "1"),
        ("2", keys[0], "held", "no_contact_details", "", "", last, "1"),
        ("2", keys[0], "held", "safe_contact_unknown", "", "", last, "1"),
        ("3", keys[1], "quarantined", "date_impossible", "birth_date", "date_impossible", last, "1"),
        ("3", keys[1], "quarantined", "date_impossible", "ho_code", "ho_code_blank", last, "1"),
        ("4", keys[2], "excluded", "opted_out", "", "", last, "1"),
        ("5", keys[3], "excluded", "consent_missing", "", "", last, "1"),
        ("6", "", "quarantined", "key_shape", "viw_number", "key_shape", last, "1"),
        ("7", keys[5], "held", "unsafe_to_contact", "", "", first, "2"),
        ("11", "", "quarantined", "control_character", "", "control_character", last, "1"),
    ]
    assert all(each["what_to_do"] and "lvws" not in each["what_to_do"] for each in rejects)


def test_a_referral_that_stays_held_is_told_with_its_own_rows_alone(service: Service) -> None:
    send(service, 60, [a_stranger(next(_numbers), **UNSAFE)])
    name, _ = send(service, 61, [a_stranger(next(_numbers))])
    assert f"{name}.rejects.csv" not in service.there("mps", "incoming")


def test_what_is_asked_of_a_sender_stands_in_the_database_and_among_the_rules(service: Service) -> None:
    ((view,),) = service.rows("select pg_get_viewdef('cms.asked_of_sender'::regclass)")
    held = [rule.reason for rule in load_rules().of("held")]
    assert [reason for reason in held if f"'{reason}'" in view] == list(ASKED)
    excluded = {rule.reason for rule in load_rules().of("excluded")}
    assert set(NOTHING_TO_MEND) < excluded


# --- the list ---------------------------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Any, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def test_the_list_shows_what_is_open_by_source_and_code(alone: Service) -> None:
    with at(0):
        name, run = send(alone, 0, [a_stranger(1, **BROKEN), a_stranger(2, **NO_KEY), a_stranger(3, **BARE)])
    with at(2):
        send(alone, 2, [a_stranger(1), a_stranger(3, **BARE, record_type="U", sex="M")])
        listed = alone.lvws("rejects", "list", "--json").json
        everything = alone.lvws("rejects", "list", "--all", "--json", "--source", "mps").json["rejects"]
        page = alone.lvws("rejects", "list", "--yes")
    assert [(r["key"], r["kind"], r["code"], r["times"], r["age_days"]) for r in listed["rejects"]] == [
        (None, "quarantined", "key_shape", 1, 2),
        (police_key(3), "held", "no_contact_details", 2, 2),
    ]
    assert listed["rejects"][0] | {"first_reported": ""} == {
        "source": "mps", "key": None, "kind": "quarantined", "code": "key_shape", "file": name, "line": 3, "run": run,
        "first_reported": "", "times": 1, "age_days": 2, "mended_at": None, "mended_by": None, "days_to_mend": None,
    }  # fmt: skip
    assert listed["summary"] == [
        {"source": "mps", "kind": "held", "code": "no_contact_details", "rejects": 1, "oldest_days": 2},
        {"source": "mps", "kind": "quarantined", "code": "key_shape", "rejects": 1, "oldest_days": 2},
    ]
    assert [(r["key"], r["days_to_mend"]) for r in everything] == [
        (police_key(1), 2),
        (None, None),
        (police_key(3), None),
    ]
    assert page.code == 0
    assert f"line 3 of {name}" in " ".join(page.out.split())
    assert "mps: 1 held for no_contact_details, the oldest 2 days" in page.out


def test_the_list_of_nothing_says_so_and_an_unknown_source_is_refused(alone: Service) -> None:
    assert "none" in alone.lvws("rejects", "list").out
    assert alone.lvws("rejects", "list", "--source", "nobody").code == 7


def test_no_person_shows_in_answers_and_the_list(alone: Service) -> None:
    changes = [BARE | UNKNOWN, BROKEN, OPTED_OUT, HIGH, NO_KEY, UNSAFE, SOUND]
    send(alone, 0, [a_stranger(number, **change) for number, change in enumerate(changes, 1)])
    texts = [path.read_text() for path in (alone.server.root / "mps" / "incoming").iterdir()]
    texts += [alone.lvws("rejects", "list", *options).out for options in ((), ("--all",), ("--json",))]
    assert len(texts) == 5
    assert not [mark for text in texts for mark in CANARIES if mark in text.lower()]


# --- a law ------------------------------------------------------------------------------------------

SAYS = [SOUND, BROKEN, NO_CODE, ASK_FIRST, DA, OPTED_OUT, BARE, UNKNOWN, UNSAFE, WITHDRAWN, {"consent": ""}]
DAYS = st.lists(
    st.lists(st.tuples(st.integers(1, 2), st.integers(0, len(SAYS) - 1)), min_size=1, max_size=3),
    min_size=2,
    max_size=4,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, order=st.randoms(use_true_random=False))
def test_in_any_order_the_same_rejects_end_open(
    days: list[list[tuple[int, int]]], order: Any, service: Service
) -> None:
    arrivals = list(range(len(days)))
    order.shuffle(arrivals)
    first = outcome_of(service, days, range(len(days)))
    assert outcome_of(service, days, arrivals) == first


def outcome_of(
    service: Service, days: list[list[tuple[int, int]]], arrivals: Sequence[int]
) -> set[tuple[int, str, str]]:
    """The rejects that end open, by person, kind and code, after the files of some days came in this order."""
    people = {person: next(_numbers) for person in (1, 2)}
    numbers = {day: next(_numbers) for day in range(len(days))}
    runs = []
    for day in arrivals:
        rows = [a_stranger(people[person], **SAYS[says]) for person, says in days[day]]
        data = a_police_file([*rows, a_stranger(700_000 + next(_numbers))])
        service.put("mps", police_name(100 + day, numbers[day]), data)
        (run,) = service.loaded("--source", "mps")
        runs.append(run["run"])
    keys = {police_key(number): person for person, number in people.items()}
    lines = service.rows(
        "select referral_key, kind, code, times, mended_at is null, reject_id from ledger.reject where referral_key = any(%s)",
        [*keys],
    )
    reported = service.rows(
        "select count(distinct (w.run, j.reject_id)) from ledger.reject_row w join ledger.reject j using (reject_id) "
        "where w.run = any(%s)", runs,
    )  # fmt: skip
    assert reported == [(sum(times for _, _, _, times, *_ in lines),)]  # open and mended are what was told
    return {(keys[key], kind, code) for key, kind, code, _, is_open, _ in lines if is_open}
