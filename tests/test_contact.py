"""Safe contact and proposals, as operators set and decide them (interfaces: command-line)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from exchange import cli
from exchange.cms import contact_fields
from exchange.errors import WrongUse
from tests.feeds import Row, a_fraud_file, a_fraud_row, a_police_file, a_stranger, fraud_name, police_key, police_name
from tests.operators import CALLED, Staff
from tests.service import Service, running
from tests.test_privacy import marks

KEY = police_key(1)
HIGH = police_key(2)
DA = {"da_flag": "Y", "dash_risk": "H"}
HAS = {
    "preferred_contact": "phone",
    "phone": "+447700900987",
    "other_phone": "+442079460987",
    "email": "zzelm@example.org",
    "address": "1 Zzquarry Row",
    "postcode": "E20 9ZZ",
    "note": "Zznote: after six, ask for Zzcedar",
}
NEW = "+447700900321"


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """Two people: one may be contacted, one too and is at high risk."""
    with running(tmp_path, database_url) as made:
        send(made, 0, a_stranger(1), a_stranger(2, **DA))
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


def send(service: Service, day: int, *rows: Row) -> None:
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    service.loaded()


def of(row: dict[str, Any], **over: Any) -> dict[str, Any]:
    assert row.keys() >= over.keys()
    return {**row, **over}


# --- contact show -----------------------------------------------------------------------------------


def test_contact_is_shown_with_how(staff: Staff) -> None:
    shown = staff.show(KEY)
    assert (shown["may_contact"], shown["not_because"], shown["contact"]) == (True, [], HAS)
    assert (shown["set_by_step"], shown["holds"], shown["proposals"], shown["steps"]) == (None, [], [], [])
    page = staff.lvws(None, "contact", "show", KEY, "--reason", CALLED)
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith(f"{KEY} (mps)\nThe person may be contacted.\nHow:\n")
    assert "+447700900987" in page.out


def test_what_is_not_to_be_used_is_shown_as_that(service: Service, staff: Staff) -> None:
    send(service, 1, a_stranger(1, record_type="U", safe_to_contact="N"))
    shown = staff.show(KEY)
    assert (shown["may_contact"], shown["not_because"]) == (False, ["unsafe_to_contact"])
    assert shown["contact"] == dict.fromkeys(HAS)
    assert shown["stored"] == HAS | {"safe_to_contact": "Y"}
    page = staff.lvws(None, "contact", "show", KEY, "--reason", CALLED).out
    assert "The person may NOT be contacted:\n  - unsafe_to_contact: The sender says that contact" in page
    assert "NOT TO BE USED" in page


def test_a_key_of_several_sources_needs_one(service: Service, staff: Staff) -> None:
    service.configure("btp")
    staff.add("jo", staff.keys["jo"].with_suffix(".pub"))  # configure wrote the settings anew
    service.put("btp", police_name(1, 1, "BTP"), a_police_file([a_stranger(1, email="")]))
    service.loaded()
    ran = staff.lvws(None, "contact", "show", KEY, "--reason", CALLED)
    assert (ran.code, ran.out) == (2, "")
    assert "--source with one of: btp, mps" in ran.err
    assert staff.show(KEY, "--source", "btp")["contact"]["email"] is None
    assert staff.show(KEY, "--source", "mps")["contact"] == HAS


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("show", "1/19|1", "--reason", CALLED), 7, "E702"),
        (("show", KEY, "--reason", CALLED, "--source", "btp"), 7, "E702"),
        (("show", KEY), 2, "--reason"),
        (("show", KEY, "--reason", "  "), 2, "E201"),
        (("show", KEY, "--reason", "rang 07700 900 987"), 2, "holds a detail"),
        (("show", KEY, "--reason", "wrote to ZZELM@example.org"), 2, "holds a detail"),
        (("show",), 2, "argument"),
        (("set", KEY, "--reason", CALLED, "--yes"), 2, "Standard input"),
        (("set", "1/19|1", "--reason", CALLED, "--yes"), 7, "E702"),
    ],
)
def test_wrong_use_and_what_is_not_there(arguments: tuple[str, ...], code: int, says: str, staff: Staff) -> None:
    ran = staff.lvws("jo", "contact", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert staff.service.rows("select count(*) from cms.step") == [(0,)]


def test_each_look_is_one_line_of_the_audit_without_a_value(service: Service, staff: Staff) -> None:
    before = service.rows("select count(*) from ledger.audit")[0][0]
    staff.show(KEY)
    ((what, detail),) = service.rows("select what, detail from ledger.audit order by audit_id offset %s", before)
    assert (what, detail) == ("contact read", {"source": "mps", "key": KEY, "reason": CALLED})


# --- contact set ------------------------------------------------------------------------------------


def test_one_person_sets_contact_and_it_is_done(service: Service, staff: Staff) -> None:
    ran = staff.set("jo", KEY, {"phone": "07700 900321", "email": None, "address": "2 Zzquarry Row\nFlat 3"})
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "step": 1, "state": "done", "people": 1, "fields": ["phone", "email", "address"], "not_because": []
    }  # fmt: skip
    shown = staff.show(KEY)
    assert shown["contact"] == HAS | {"phone": NEW, "email": None, "address": "2 Zzquarry Row\nFlat 3"}
    assert shown["set_by_step"] == 1
    assert [(step["what"], step["signatures"][0]["operator"]) for step in shown["steps"]] == [("set_contact", "jo")]
    assert "Set by jo, step 1" in staff.lvws(None, "contact", "show", KEY, "--reason", CALLED).out


def test_the_same_again_is_no_step(service: Service, staff: Staff) -> None:
    assert staff.set("jo", KEY, {"phone": NEW}).json["step"] == 1
    assert staff.set("jo", KEY, {"phone": "07700 900321"}).json == {"step": None, "fields": []}
    assert service.rows("select count(*) from cms.step") == [(1,)]


def test_no_longer_safe_holds_and_the_page_says_so(service: Service, staff: Staff) -> None:
    ran = staff.set("jo", KEY, {"safe_to_contact": "n"})
    assert ran.json["not_because"] == ["unsafe_to_contact"]
    assert [hold["reason"] for hold in staff.show(KEY)["holds"]] == ["unsafe_to_contact"]
    # Released, and unsafe again: a new hold.
    assert staff.lvws("jo", "held", "release", KEY, "--reason", CALLED, "--yes").code == 0
    assert staff.show(KEY)["may_contact"] is False  # because staff say N still
    assert staff.set("jo", KEY, {"safe_to_contact": "Y"}).json["not_because"] == []
    assert staff.set("jo", KEY, {"safe_to_contact": "N"}).json["not_because"] == ["unsafe_to_contact"]
    assert service.rows("select over_by from cms.hold order by hold_id") == [("step 4",), (None,)]


def test_it_is_asked_field_by_field_at_a_terminal(staff: Staff) -> None:
    typed = "\n\n07700 9\n07700 900321\n\n-\n2 Zzquarry Row; Flat 3\ne209zz\n\ny\n"
    ran = staff.lvws("jo", "contact", "set", KEY, "--reason", CALLED, typed=typed)
    assert (ran.code, ran.err.count("phone is not a phone number")) == (0, 1)
    assert "This sets phone, email, address of" in ran.out
    assert "Done (step 1)." in ran.out
    assert staff.show(KEY)["contact"] == HAS | {"phone": NEW, "email": None, "address": "2 Zzquarry Row\nFlat 3"}


def test_no_at_the_question_changes_nothing(service: Service, staff: Staff) -> None:
    ran = staff.lvws("jo", "contact", "set", KEY, "--reason", CALLED, typed="N" + "\n" * 8 + "n\n")
    assert (ran.code, "Stopped" in ran.err) == (2, True)
    assert service.rows("select count(*) from cms.step") == [(0,)]


def test_nobody_who_can_answer(service: Service, staff: Staff) -> None:
    ran = staff.lvws("jo", "contact", "set", KEY, "--reason", CALLED, piped='{"phone": null}')
    assert (ran.code, ran.err[:4]) == (2, "E204")
    assert service.rows("select count(*) from cms.step") == [(0,)]


def test_somebody_set_it_in_between(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(found: Any, reason: str) -> dict[str, str]:
        monkeypatch.undo()
        assert staff.set("sam", KEY, {"phone": "07700 900111"}).code == 0
        return {"phone": NEW}

    monkeypatch.setattr(cli.contact, "_changes", meanwhile)
    ran = staff.set("jo", KEY, {"phone": NEW})
    assert (ran.code, ran.out, ran.err[:4]) == (6, "", "E609")
    assert staff.show(KEY)["contact"]["phone"] == "+447700900111"


GOOD = [
    ("safe_to_contact", "y", "Y"),
    ("preferred_contact", "SMS", "sms"),
    ("phone", "07700 900321", NEW),
    ("phone", "+44 (0)7700 900321", NEW),
    ("phone", "0044 7700 900321", NEW),
    ("phone", "+33 1 42 68 53 00", "+33142685300"),
    ("email", " zz@example.org ", "zz@example.org"),
    ("postcode", "zz999zz", None),
    ("postcode", "e209zz", "E20 9ZZ"),
    ("address", "1 Zz Row ;  Flat 2", "1 Zz Row\nFlat 2"),
    ("note", "after six\nno letters", "after six\nno letters"),
]
BAD = [
    *(("safe_to_contact", value) for value in ("maybe", "", "YN")),
    ("preferred_contact", "fax"),
    *(("phone", value) for value in ("07700 9", "zz", "0800 ZZAMBER", "07700 900321 ext 5", "+44 4700 900321", "999")),
    *(("email", value) for value in ("zz", "zz@", "zz@example", "zz@example.org\nx", "ü@example.org")),
    *(("postcode", value) for value in ("ZZ99 9ZZ", "E20", "E20 9ZZ\nE")),
    ("note", "zz\x00"),
    ("note", "z" * 4001),
    ("address", "z\x1b[0m"),
    ("phone", 7700900321),
    ("note", None),
]


@pytest.mark.parametrize(("name", "given", "expected"), GOOD)
def test_values_have_one_form(name: str, given: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(WrongUse):
            contact_fields.parse(name, given)
    else:
        assert contact_fields.parse(name, given) == expected
        assert contact_fields.parse(name, expected) == expected


@pytest.mark.parametrize(("name", "given"), BAD)
def test_a_value_that_cannot_stand_is_refused_and_not_shown(name: str, given: object) -> None:
    with pytest.raises(WrongUse) as refused:
        contact_fields.parse(name, given)
    assert str(given) not in str(refused.value) or len(str(given)) < 5
    assert refused.value.__context__ is None


@pytest.mark.parametrize("text", ["", "zz", "[]", "{}", '{"zzamber": "x"}', '{"phone": null, "phone": null}', '"x"'])
def test_standard_input_is_one_object_of_known_fields(text: str) -> None:
    with pytest.raises(WrongUse) as refused:
        contact_fields.from_json(text)
    assert not marks(str(refused.value))


# --- nothing of a person but where it belongs -------------------------------------------------------


def test_no_value_is_in_arguments_audit_log_or_messages(
    service: Service, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    reading = contact_fields.from_json

    def look_at_processes(text: str) -> Any:
        seen.append(" ".join(" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])))
        return reading(text)

    monkeypatch.setattr(contact_fields, "from_json", look_at_processes)
    ran = staff.set("jo", HIGH, {"phone": NEW, "note": "Zznote: ask for Zzbirch"})
    assert (ran.code, len(seen)) == (0, 1)
    send(service, 1, a_stranger(1, record_type="U", email="zzelm.zzbirch@example.org"))
    assert staff.set("jo", KEY, {"email": "zzelm@example.org"}).code == 0
    seen += [ran.out, ran.err]
    for words in (("steps", "list"), ("proposals", "list"), ("held", "list"), ("not-passable", "list")):
        seen += [staff.lvws(None, *words).out, staff.lvws(None, *words, "--json").out]
    seen += [staff.set("jo", KEY, {"phone": "zznote 900321"}).err, staff.set("jo", KEY, {"zzamber": None}).err]
    seen += [text for (text,) in service.rows("select a::text from ledger.audit a")]
    seen += [path.read_text() for path in (service.home / "log").glob("*") if path.is_file()]
    assert marks("".join(seen)) == []
    assert "900321" not in "".join(seen)


# --- proposals --------------------------------------------------------------------------------------


@pytest.fixture
def proposed(service: Service, staff: Staff) -> int:
    """The feed says another phone than staff."""
    assert staff.set("jo", KEY, {"phone": NEW}).code == 0
    send(service, 1, a_stranger(1, record_type="U", mobile="07700 900555"))
    (listed,) = staff.lvws(None, "proposals", "list", "--json").json["proposals"]
    assert {name: listed[name] for name in ("source", "key", "field")} == {
        "source": "mps", "key": KEY, "field": "phone"
    }  # fmt: skip
    return listed["proposal"]


def decide(staff: Staff, how: str, proposal: int, who: str = "jo") -> Any:
    return staff.lvws(who, "proposals", how, str(proposal), "--reason", CALLED, "--yes", "--json")


def test_no_proposals(staff: Staff) -> None:
    assert staff.lvws(None, "proposals", "list", "--json").json == {"proposals": []}
    assert staff.lvws(None, "proposals", "list").out == "Proposals, oldest first: none.\n"


def test_a_proposal_is_shown_with_both_values(proposed: int, staff: Staff) -> None:
    ran = staff.lvws(None, "proposals", "show", str(proposed), "--reason", CALLED, "--json")
    assert (ran.json["now"], ran.json["proposed"]) == (NEW, "+447700900555")
    assert NEW in staff.lvws(None, "proposals", "show", str(proposed), "--reason", CALLED).out
    last = staff.service.rows("select what, detail - 'key' from ledger.audit order by audit_id desc limit 1")
    assert last == [("proposal read", {"source": "mps", "proposal": proposed, "reason": CALLED})]
    assert staff.lvws(None, "proposals", "show", str(proposed), "--reason", f"is it {NEW}").code == 2
    assert staff.lvws(None, "proposals", "show", str(proposed)).code == 2


def test_a_proposal_is_taken_over_once(proposed: int, staff: Staff) -> None:
    assert decide(staff, "accept", proposed).json["state"] == "done"
    assert staff.show(KEY)["contact"]["phone"] == "+447700900555"
    again = decide(staff, "accept", proposed)
    assert (again.code, again.err[:4]) == (7, "E701")


def test_a_refused_value_does_not_come_again_and_another_does(proposed: int, service: Service, staff: Staff) -> None:
    assert decide(staff, "refuse", proposed).json["state"] == "done"
    assert staff.show(KEY)["contact"]["phone"] == NEW
    send(service, 2, a_stranger(1, record_type="U", mobile="07700 900555", sex="M"))
    assert staff.show(KEY)["proposals"] == []
    send(service, 3, a_stranger(1, record_type="U", mobile="07700 900556"))
    assert [each["field"] for each in staff.show(KEY)["proposals"]] == ["phone"]


def test_a_settled_proposal_comes_again_when_the_feed_changes_its_mind(
    proposed: int, service: Service, staff: Staff
) -> None:
    send(service, 2, a_stranger(1, record_type="U", mobile="07700 900321"))
    assert staff.show(KEY)["proposals"] == []
    send(service, 3, a_stranger(1, record_type="U", mobile="07700 900555", sex="M"))
    assert [each["field"] for each in staff.show(KEY)["proposals"]] == ["phone"]


def test_another_value_that_came_meanwhile_is_not_taken_over(proposed: int, service: Service, staff: Staff) -> None:
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute(  # as a load would while the question is open
            "create function late() returns trigger language plpgsql as "
            "$$ begin update cms.proposal set value = '+447700900557'; return new; end $$;"
            "create trigger late before insert on cms.step for each row execute function late()"
        )
    ran = decide(staff, "accept", proposed)
    assert (ran.code, ran.err[:4]) == (6, "E609")
    assert staff.show(KEY)["contact"]["phone"] == NEW


def test_a_proposal_of_another_field_of_staff_is_taken_over(service: Service, staff: Staff) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute("set role lvws_operator")
        connection.execute(
            "insert into cms.staff_value (referral_id, field, value, set_by) "
            "select referral_id, 'station', 'Zzelm', 'jo' from cms.referral where referral_key = %s",
            (KEY,),
        )
    send(service, 1, a_stranger(1, record_type="U", station="Forest Gate"))
    (listed,) = staff.lvws(None, "proposals", "list", "--json").json["proposals"]
    assert decide(staff, "accept", listed["proposal"]).json["state"] == "done"
    assert service.rows("select value, set_by from cms.staff_value") == [("Forest Gate", "step 1")]
    assert service.rows("select count(*) from cms.safe_contact where set_at is not null") == [(0,)]


def test_fraud_keys_need_no_bar(service: Service, staff: Staff) -> None:
    service.configure("action_fraud")
    service.put_fraud(fraud_name(0), a_fraud_file([a_fraud_row(1)]))
    service.loaded()
    assert staff.show(a_fraud_row(1)["reference"])["contact"]["phone"] == "+442079460987"
