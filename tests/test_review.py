"""Possible matches as people judge them: listed, looked at, decided, undone (interfaces: command-line; hazards F59)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange import stages
from exchange.errors import DatabaseAway
from tests.feeds import CANARIES, Row, a_police_file, a_police_row, police_key, police_name
from tests.operators import CALLED, Staff
from tests.service import Ran, Service, running

ONE, OTHER, THIRD = (police_key(number) for number in (1, 2, 3))
SAME_HOME = {"address_1": "1 Zzquarry Row"}
DIFFERENT_WAY = {"mobile": "07700 900123", "home_phone": "", "email": "zzother@example.org"}
# The same person with a slip in the surname, an other phone and no birth date: nothing that may be linked alone.
OTHERWISE = {"surname": "Zzbirsh", "birth_date": "", **SAME_HOME, **DIFFERENT_WAY}
PROTECTED = ("sex", "ethnicity_self", "ethnicity_observed", "disability", "language")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


def send(service: Service, day: int, *rows: Row) -> None:
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    service.loaded()


@pytest.fixture
def waits(service: Service) -> str:
    """Two referrals in two files that may be one person."""
    send(service, 0, a_police_row(1))
    send(service, 1, a_police_row(2, **OTHERWISE))
    return number(service)


@pytest.fixture
def unsafe(service: Service) -> str:
    """The same, and contact is not safe with the second."""
    send(service, 0, a_police_row(1))
    send(service, 1, a_police_row(2, **OTHERWISE, safe_to_contact="N"))
    return number(service)


@pytest.fixture
def automatic(service: Service) -> str:
    """Two that are linked without anybody's word."""
    send(service, 0, a_police_row(1))
    send(service, 1, a_police_row(2, **SAME_HOME))
    return number(service)


def number(service: Service, one: str = ONE, other: str = OTHER) -> str:
    ids = service.rows("select referral_id from cms.referral where referral_key = any(%s) order by 1", [one, other])
    return "-".join(str(each) for (each,) in ids)


def listed(staff: Staff) -> Any:
    ran = staff.lvws(None, "review", "list", "--json")
    assert (ran.code, ran.err) == (0, "")
    return ran.json


def pairs(staff: Staff) -> list[str]:
    return [each["pair"] for each in listed(staff)["pairs"]]


def decide(staff: Staff, pair: str, how: str, *more: str, who: str = "jo") -> Ran:
    return staff.lvws(who, "review", "decide", pair, how, "--reason", CALLED, "--yes", "--json", *more)


def unlink(staff: Staff, *more: str) -> Ran:
    return staff.lvws("jo", "review", "unlink", ONE, OTHER, "--reason", CALLED, "--yes", "--json", *more)


def confirm(staff: Staff, step: int, who: str = "sam", how: str = "confirm") -> Ran:
    return staff.lvws(who, "steps", how, str(step), "--yes", "--json")


def shown(staff: Staff, pair: str) -> Any:
    ran = staff.lvws(None, "review", "show", pair, "--reason", CALLED, "--json")
    assert (ran.code, ran.err) == (0, "")
    return ran.json


def persons(service: Service) -> dict[str, int]:
    return dict(service.rows("select referral_key, person_id from cms.referral"))


def one_person(service: Service, *keys: str) -> bool:
    found = persons(service)
    return len({found[key] for key in keys or (ONE, OTHER)}) == 1


def held(service: Service) -> list[str]:
    found = service.rows("select referral_key from cms.open_hold where reason = 'match_review' order by 1")
    return [key for (key,) in found]


# --- the list ---------------------------------------------------------------------------------------


def test_nothing_waits(staff: Staff, service: Service) -> None:
    send(service, 0, a_police_row(1))
    none = {"agreed": 0, "refused": 0, "share": None}
    assert listed(staff) == {"waiting": 0, "agreement": none, "pairs": []}
    page = staff.lvws(None, "review", "list").out
    assert page.startswith("0 possible matches wait")
    assert "reviewers: none yet." in page
    assert page.endswith("then the oldest: none.\n")


def test_the_same_person_written_differently_waits_for_people(waits: str, staff: Staff, service: Service) -> None:
    (pair,) = listed(staff)["pairs"]
    assert (pair["pair"], pair["left"], pair["right"]) == (
        waits,
        {"source": "mps", "key": ONE},
        {"source": "mps", "key": OTHER},
    )
    assert "surname differs by one letter" in pair["why"]
    assert "other phone" in pair["why"]
    assert (pair["two_people"], pair["held"], pair["step"]) == (False, False, None)
    assert not one_person(service)
    page = staff.lvws(None, "review", "list").out
    assert page.startswith("1 possible matches wait")
    assert waits in page


def test_safety_comes_first_then_the_oldest(waits: str, staff: Staff, service: Service) -> None:
    apart = {
        "forename": "Zzada",
        "surname": "Zzashton",
        "birth_date": "04/05/1970",
        "age": "49",
        "mobile": "07700 900456",
    }
    apart |= {"home_phone": "", "email": "zzash@example.org", "address_1": "9 Zzelm Way", "postcode": "E21 9ZZ"}
    slip = {**apart, "surname": "Zzashtom", "birth_date": "", "mobile": "07700 900457", "email": ""}
    send(service, 2, a_police_row(5, **apart), a_police_row(6, **slip, safe_to_contact="N"))
    first = number(service, police_key(5), police_key(6))
    assert pairs(staff) == [first, waits]
    assert [each["two_people"] for each in listed(staff)["pairs"]] == [True, False]


def test_lists_load_nothing_heavy() -> None:
    """Nor does showing one pair."""
    heavy = "('pyarrow', 'pandas', 'duckdb', 'prefect', 'numpy')"
    program = (
        "import sys, exchange.cli.review_page, exchange.cms.reviewing\n"
        "from mappings.nicknames import load_nicknames\n"
        f"load_nicknames(); assert not [each for each in {heavy} if each in sys.modules]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])


# --- a look -----------------------------------------------------------------------------------------


def test_two_side_by_side_and_the_look_is_audited(waits: str, staff: Staff, service: Service) -> None:
    found = shown(staff, waits)
    marks = {each["field"]: each["mark"] for each in found["fields"]}
    assert {name: marks[name] for name in ("forename", "surname", "birth_date", "age", "phone", "email")} == {
        "forename": "same",
        "surname": "near",
        "birth_date": "missing",
        "age": "same",
        "phone": "different",
        "email": "different",
    }
    assert {name: marks[name] for name in ("address", "postcode", "offence_from", "received_on", "crime_category")} == {
        "address": "same",
        "postcode": "same",
        "offence_from": "same",
        "received_on": "near",
        "crime_category": "same",
    }
    told = {each["field"]: (each["left"], each["right"]) for each in found["fields"]}
    assert told["surname"] == ("Zzbirch", "Zzbirsh")
    assert told["phone"] == ("+447700900987", "+447700900123")
    assert (found["waits"], found["judged"], found["links"], found["contact_shown"]) == (True, None, [], True)
    last = service.rows("select what, detail from ledger.audit order by audit_id desc limit 1")
    detail = {"source": "mps", "key": ONE, "other_source": "mps", "other_key": OTHER, "reason": CALLED}
    assert last == [("match read", detail)]
    page = staff.lvws(None, "review", "show", waits, "--reason", CALLED).out
    assert "DIFFERENT" in page
    assert "nobody may be judged by it: gender" in page


def test_protected_characteristics_are_never_shown(staff: Staff, service: Service) -> None:
    marked = {"title": "Mx", "sex": "M", "ethnicity_self": "A1", "disability": "Y", "language": "fr"}
    send(service, 0, a_police_row(1, **marked))
    send(service, 1, a_police_row(2, **OTHERWISE, **marked))
    found = shown(staff, number(service))
    names = {each["field"] for each in found["fields"]}
    assert not {name for name in names if any(each in name for each in (*PROTECTED, "title", "gender", "ethnicity"))}
    assert found["blind_to"] == [*("gender", "ethnicity", "religion", "sexual orientation", "disability", "language")]
    values = {each[side] for each in found["fields"] for side in ("left", "right")}
    assert not values & {"Mx", "M", "male", "A1", "asian", "fr"}


def test_contact_details_are_hidden_where_one_may_not_be_contacted(unsafe: str, staff: Staff) -> None:
    found = shown(staff, unsafe)
    contact = {each["field"]: each for each in found["fields"]}
    for name in ("phone", "email", "address", "postcode"):
        assert (contact[name]["left"], contact[name]["right"], contact[name]["hidden"]) == (None, None, True)
    assert (contact["address"]["mark"], contact["phone"]["mark"]) == ("same", "different")
    assert found["contact_shown"] is False
    page = staff.lvws(None, "review", "show", unsafe, "--reason", CALLED).out
    assert "not shown" in page
    assert "compared and not shown" in page
    for value in ("900987", "900123", "zzother", "Zzquarry", "E20"):
        assert value not in page


def test_a_value_that_staff_replaced_is_not_shown(waits: str, staff: Staff) -> None:
    assert staff.set("jo", ONE, {"phone": "07700 900321"}).code == 0
    phone = next(each for each in shown(staff, waits)["fields"] if each["field"] == "phone")
    assert (phone["left"], phone["hidden"]) == (None, True)


@pytest.mark.parametrize("reason", ["rang 07700 900987", "asked for Zzamber Zzbirch"])
@pytest.mark.parametrize("command", ["show", "decide"])
def test_a_reason_that_tells_is_refused(command: str, reason: str, waits: str, staff: Staff, service: Service) -> None:
    how = ("--same", "--yes") if command == "decide" else ()
    ran = staff.lvws("jo", "review", command, waits, "--reason", reason, *how)
    assert (ran.code, ran.out, ran.err[:4]) == (2, "", "E201")
    assert service.rows("select count(*) from ledger.audit where detail ->> 'reason' = %s", reason) == [(0,)]


# --- deciding ---------------------------------------------------------------------------------------


def test_one_person(waits: str, staff: Staff, service: Service) -> None:
    before = persons(service)
    ran = decide(staff, waits, "--same")
    assert (ran.code, ran.err) == (0, "")
    links = {"followed": True, "one_person": True, "referrals": 2, "possible_matches": 0}
    assert ran.json == {
        "step": 1, "state": "done", "people": 1, "pair": waits, "same": True, "links": links
    }  # fmt: skip
    assert persons(service) == {ONE: before[ONE], OTHER: before[ONE]}
    assert pairs(staff) == []
    found = shown(staff, waits)
    assert (found["judged"]["same"], found["judged"]["step"], found["waits"]) == (True, 1, False)
    assert [(link["how"], link["left"]["key"], link["right"]["key"]) for link in found["links"]] == [
        ("judged", ONE, OTHER)
    ]
    send(service, 2, a_police_row(9, forename="Zzora", surname="Zzyew", birth_date="", mobile="07700 900555"))
    assert one_person(service)


def test_two_people(waits: str, staff: Staff, service: Service) -> None:
    before = persons(service)
    ran = staff.lvws("jo", "review", "decide", waits, "--different", "--reason", CALLED, typed="y\n")
    assert (ran.code, ran.err) == (0, "")
    assert "surname differs by one letter" in ran.out
    assert f"{ONE} (mps) and {OTHER} (mps) are two people. Go on?" in ran.out
    assert "Kept apart" in ran.out
    assert (pairs(staff), persons(service)) == ([], before)
    # Neither the next night nor new data of either side brings it up again.
    send(service, 2, a_police_row(1, record_type="U", birth_date="12/03/1980", mobile="07700 900123"))
    send(
        service, 3, a_police_row(2, record_type="U", **{**OTHERWISE, "surname": "Zzbirch", "birth_date": "12/03/1980"})
    )
    assert (pairs(staff), persons(service)) == ([], before)


def test_deciding_again_changes_it(waits: str, staff: Staff, service: Service) -> None:
    before = persons(service)
    assert decide(staff, waits, "--same").code == 0
    ran = decide(staff, waits, "--different")
    assert (ran.code, ran.json["links"]["one_person"]) == (0, False)
    assert persons(service) == before
    assert decide(staff, waits, "--same").code == 0
    assert one_person(service)
    judged = service.rows("select same, over_at is not null from cms.match_judgement order by step_id")
    assert judged == [(True, True), (False, True), (True, False)]


def test_a_judgement_survives_new_data_of_either_side(waits: str, staff: Staff, service: Service) -> None:
    assert decide(staff, waits, "--same").code == 0
    send(service, 2, a_police_row(1, record_type="U", birth_date="01/02/1960", age="59", mobile="07700 900777"))
    send(service, 3, a_police_row(2, record_type="U", **{**OTHERWISE, "forename": "Zzora", "surname": "Zzyew"}))
    assert one_person(service)
    assert pairs(staff) == []


def test_words_that_contradict_link_nobody_and_come_to_people_again(staff: Staff, service: Service) -> None:
    send(service, 0, a_police_row(1))
    third = {**OTHERWISE, "surname": "Zzbirck", "mobile": "07700 900456", "email": ""}
    send(service, 1, a_police_row(2, **OTHERWISE), a_police_row(3, **third))
    first, second, last = (number(service, *of) for of in ((ONE, OTHER), (ONE, THIRD), (OTHER, THIRD)))
    assert pairs(staff) == [first, second, last]
    assert decide(staff, first, "--same").code == 0
    assert decide(staff, second, "--same").json["links"]["referrals"] == 3
    ran = decide(staff, last, "--different")
    assert ran.json["links"] == {"followed": True, "one_person": False, "referrals": 1, "possible_matches": 2}
    assert len(set(persons(service).values())) == 3
    assert pairs(staff) == [first, second]
    assert decide(staff, second, "--different").json["links"]["one_person"] is False
    assert one_person(service)
    assert pairs(staff) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("decide", "98-99", "--same", "--reason", CALLED), 7, "E701"),
        (("show", "98-99", "--reason", CALLED), 7, "lvws review list"),
        (("show", "zz", "--reason", CALLED), 2, "such as 12-34"),
        (("decide", "PAIR", "--reason", CALLED), 2, "--same or --different"),
        (("decide", "PAIR", "--same"), 2, "--reason"),
        (("decide", "PAIR", "--same", "--reason", CALLED), 2, "E204"),
        (("unlink", ONE, OTHER, "--reason", CALLED), 7, "link between"),
        (("unlink", ONE, ONE, "--reason", CALLED), 7, "link between"),
        (("unlink", ONE, police_key(9), "--reason", CALLED), 7, "E702"),
        (("person", police_key(9), "--reason", CALLED), 7, "E702"),
    ],
)
def test_wrong_use_and_what_is_not_there(
    arguments: tuple[str, ...], code: int, says: str, waits: str, staff: Staff, service: Service
) -> None:
    ran = staff.lvws("jo", "review", *(each.replace("PAIR", waits) for each in arguments))
    assert (ran.code, says in ran.err) == (code, True), ran
    assert pairs(staff) == [waits]
    assert service.rows("select count(*) from cms.step") == [(0,)]


def test_whom_rules_keep_apart_is_shown_to_nobody(staff: Staff, service: Service) -> None:
    """Two victims of one crime report."""
    report = {"crime_reference": ONE.split("|")[0], "viw_number": "2"}
    send(service, 0, a_police_row(1), a_police_row(2, **report, **SAME_HOME))
    pair = number(service, ONE, police_key(1, 2))
    assert service.rows("select vetoed from cms.pair") == [(True,)]
    assert staff.lvws(None, "review", "show", pair, "--reason", CALLED).code == 7


def test_where_links_cannot_follow_that_is_said_and_the_next_night_follows(
    waits: str, staff: Staff, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseAway(sqlstate="57P01")

    with monkeypatch.context() as patch:
        patch.setattr(stages, "match", away)
        ran = decide(staff, waits, "--same")
    assert (ran.code, ran.json["state"], ran.json["links"]) == (4, "done", {"followed": False})
    assert not one_person(service)
    service.loaded()
    assert one_person(service)


# --- two people -------------------------------------------------------------------------------------


def test_a_hold_opens_and_ends_with_the_decision(unsafe: str, staff: Staff, service: Service) -> None:
    (pair,) = listed(staff)["pairs"]
    assert (pair["two_people"], pair["held"], held(service)) == (True, True, [ONE, OTHER])
    why = next(each for each in staff.lvws(None, "held", "list", "--json").json["held"] if each["key"] == ONE)
    assert why["reasons"][0]["do"] == "Decide the match: lvws review list."
    ran = decide(staff, unsafe, "--different")
    assert (ran.json["state"], ran.json["people"], ran.json["links"]) == ("waiting", 2, None)
    assert (held(service), listed(staff)["pairs"][0]["step"]) == ([ONE, OTHER], ran.json["step"])
    ran = confirm(staff, ran.json["step"])
    assert (ran.code, ran.json["same"], ran.json["links"]["one_person"]) == (0, False, False)
    assert (held(service), pairs(staff)) == ([], [])
    assert staff.show(ONE)["may_contact"] is True
    assert staff.show(OTHER)["not_because"] == ["unsafe_to_contact"]


def test_one_person_is_as_unsafe_as_any_of_their_referrals(unsafe: str, staff: Staff, service: Service) -> None:
    ran = staff.lvws("jo", "review", "decide", unsafe, "--same", "--reason", CALLED, typed="y\n")
    assert "are one person; a second person has to confirm it. Go on?" in ran.out
    assert "it could change how contact is safe" in ran.out
    (step,) = staff.lvws(None, "steps", "list", "--json").json["steps"]
    assert (step["what"], step["key"], step["other_key"], step["same"]) == ("judge_pair", ONE, OTHER, True)
    page = staff.lvws(None, "steps", "list").out
    assert OTHER in page
    assert "one person" in page
    (change, compared) = staff.lvws(None, "steps", "show", "1", "--reason", CALLED, "--json").json["changes"]
    assert change == {"what": f"{ONE} (mps) and {OTHER} (mps)", "now": "two people", "then": "one person"}
    assert "surname differs by one letter" in compared["now"]
    ran = staff.lvws("sam", "steps", "confirm", "1", typed="y\n")
    assert "Linked: 2 referrals are one person now." in ran.out
    assert one_person(service)
    assert staff.show(ONE)["not_because"] == ["unsafe_to_contact"]


def test_the_first_cannot_confirm_and_nobody_asks_twice(unsafe: str, staff: Staff, service: Service) -> None:
    step = decide(staff, unsafe, "--same").json["step"]
    for how in ("confirm", "refuse"):
        ran = confirm(staff, step, "jo", how)
        assert (ran.code, ran.out, ran.err[:4]) == (5, "", "E524")
    ran = decide(staff, unsafe, "--different", who="sam")
    assert (ran.code, f"lvws steps confirm {step}" in ran.err) == (2, True)
    assert not one_person(service)


def test_agreement_is_counted_from_second_signatures_alone(unsafe: str, staff: Staff, service: Service) -> None:
    step = decide(staff, unsafe, "--same").json["step"]
    assert listed(staff)["agreement"]["share"] is None
    assert confirm(staff, step, how="refuse").json["state"] == "refused"
    assert (pairs(staff), held(service), one_person(service)) == ([unsafe], [ONE, OTHER], False)
    assert confirm(staff, decide(staff, unsafe, "--different").json["step"]).code == 0
    assert listed(staff)["agreement"] == {"agreed": 1, "refused": 1, "share": 0.5}
    assert "reviewers: 50% (agreed 1, refused 1)." in staff.lvws(None, "review", "list").out


def test_high_risk_takes_two(staff: Staff, service: Service) -> None:
    high = {"da_flag": "Y", "dash_risk": "H"}
    send(service, 0, a_police_row(1, **high))
    send(service, 1, a_police_row(2, **OTHERWISE))
    assert decide(staff, number(service), "--different").json["state"] == "waiting"


# --- taking apart -----------------------------------------------------------------------------------


def test_an_automatic_pair_is_taken_apart_and_stays_so(automatic: str, staff: Staff, service: Service) -> None:
    ((own, other),) = service.rows(
        "select a.own_person, b.own_person from cms.referral a, cms.referral b "
        "where a.referral_key = %s and b.referral_key = %s",
        ONE,
        OTHER,
    )
    assert one_person(service)
    assert pairs(staff) == []
    ran = unlink(staff)
    assert (ran.code, ran.json["links"]["one_person"]) == (0, False)
    assert persons(service) == {ONE: own, OTHER: other}
    assert own != other
    assert service.rows("select how, unlinked_because from cms.link") == [("automatic", "judged")]
    send(
        service, 2, a_police_row(1, record_type="U", offence_title="Zz"), a_police_row(2, record_type="U", **SAME_HOME)
    )
    assert (persons(service), pairs(staff)) == ({ONE: own, OTHER: other}, [])
    assert unlink(staff).code == 7
    # It can be changed again like any judgement.
    assert decide(staff, automatic, "--same").code == 0
    assert one_person(service)


def test_unlinking_says_what_it_does(automatic: str, staff: Staff) -> None:
    refused = staff.lvws("jo", "review", "unlink", ONE, OTHER, "--reason", CALLED)
    assert (refused.code, refused.err[:4]) == (2, "E204")
    told = ("review", "unlink", OTHER, ONE, "--source", "mps", "--other-source", "mps", "--reason", CALLED)
    ran = staff.lvws("jo", *told, typed="y\n")
    assert (ran.code, ran.err) == (0, "")
    assert "are two people. Go on?" in ran.out
    assert "Kept apart: they are two people" in ran.out


def test_nobody_alone_takes_apart_a_person_with_whom_contact_is_not_safe(staff: Staff, service: Service) -> None:
    """One referral says that contact is not safe: what is taken from it could be contacted."""
    for day in (0, 1):
        send(service, day, a_police_row(day + 1, **SAME_HOME, safe_to_contact="N"))
    assert one_person(service)
    ran = unlink(staff)
    assert (ran.json["state"], one_person(service)) == ("waiting", True)
    assert confirm(staff, ran.json["step"]).json["links"]["one_person"] is False


# --- a person ---------------------------------------------------------------------------------------


def test_all_referrals_of_a_person_and_how_they_are_linked(automatic: str, staff: Staff, service: Service) -> None:
    ran = staff.lvws(None, "review", "person", OTHER, "--reason", CALLED, "--json")
    assert (ran.code, ran.err) == (0, "")
    first, second = ran.json["referrals"]
    assert (first["key"], first["received_on"], first["offence_from"], first["crime_category"]) == (
        ONE, "2019-06-03", "2019-06-02", "other_theft"
    )  # fmt: skip
    assert second["key"] == OTHER
    (link,) = first["links"]
    assert (link["how"], link["right"]["key"], bool(link["model_version"])) == ("automatic", OTHER, True)
    assert link["why"].startswith("same forename, surname, birth date")
    last = service.rows("select what, detail from ledger.audit order by audit_id desc limit 1")
    assert last == [("person read", {"source": "mps", "key": OTHER, "reason": CALLED})]
    page = staff.lvws(None, "review", "person", ONE, "--source", "mps", "--reason", CALLED).out
    assert "automatic" in page
    assert not [mark for mark in CANARIES if mark in page.lower()]


def test_somebody_alone(staff: Staff, service: Service) -> None:
    send(service, 0, a_police_row(1))
    ran = staff.lvws(None, "review", "person", ONE, "--reason", CALLED, "--json")
    assert [(each["key"], each["links"]) for each in ran.json["referrals"]] == [(ONE, [])]
    assert "alone" in staff.lvws(None, "review", "person", ONE, "--reason", CALLED).out


# --- nobody's values --------------------------------------------------------------------------------


def test_no_value_of_a_person_is_in_lists_logs_steps_or_audit(unsafe: str, staff: Staff, service: Service) -> None:
    shown(staff, unsafe)
    step = decide(staff, unsafe, "--same").json["step"]
    lists = staff.lvws(None, "review", "list", "--json").out + staff.lvws(None, "review", "list").out
    lists += staff.lvws(None, "steps", "list").out + staff.lvws(None, "steps", "show", "1", "--reason", CALLED).out
    told = confirm(staff, step).out + staff.lvws(None, "review", "person", ONE, "--reason", CALLED, "--json").out
    audited = str(service.rows("select who, what, detail::text from ledger.audit"))
    stored = str(service.rows("select document, reason from cms.step"))
    log = (service.home / "log" / "lvws.jsonl").read_text()
    for text in (lists, told, audited, stored, log):
        assert text
        assert not [mark for mark in CANARIES if mark in text.lower()]
