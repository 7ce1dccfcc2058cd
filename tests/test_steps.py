"""Two people for somebody at high risk; what the database refuses; and one end whoever comes first (docs/adr/0014)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange import database, operators
from exchange.cms import signed, steps
from exchange.errors import ExchangeError, NotFound, ReferralUnknown, SignedTwice
from tests.feeds import Row, a_police_file, a_stranger, police_key, police_name
from tests.operators import CALLED, Staff
from tests.raising import raises
from tests.service import Ran, Service, running

KEY = police_key(1)
HIGH = police_key(2)
ABROAD = police_key(3)
NEW = "+447700900321"


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """Somebody, somebody at high risk, and somebody who lives outside London without a way to reach them."""
    with running(tmp_path, database_url) as made:
        high = {"da_flag": "Y", "dash_risk": "H"}
        abroad = {
            "borough": "Outside London",
            "mobile": "",
            "home_phone": "",
            "email": "",
            "address_1": "",
            "postcode": "",
        }
        send(made, 0, a_stranger(1), a_stranger(2, **high), a_stranger(3, **abroad))
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam", "kim")


@pytest.fixture
def waiting(staff: Staff) -> int:
    """A step about somebody at high risk, signed by jo."""
    ran = staff.set("jo", HIGH, {"phone": NEW})
    assert (ran.code, ran.json["state"], ran.json["people"]) == (0, "waiting", 2)
    return ran.json["step"]


def send(service: Service, day: int, *rows: Row) -> None:
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    service.loaded()


def confirm(staff: Staff, who: str, step: int, *more: str) -> Ran:
    return staff.lvws(who, "steps", "confirm", str(step), "--yes", *more)


def listed(staff: Staff) -> list[int]:
    return [step["step"] for step in staff.lvws(None, "steps", "list", "--json").json["steps"]]


# --- two people -------------------------------------------------------------------------------------


def test_nothing_waits(staff: Staff) -> None:
    assert listed(staff) == []
    assert staff.lvws(None, "steps", "list").out == "Steps that wait for a second person: none.\n"


def test_it_is_done_when_a_second_person_confirms(waiting: int, staff: Staff, service: Service) -> None:
    assert (listed(staff), staff.show(HIGH)["contact"]["phone"]) == ([waiting], "+447700900987")
    ran = staff.lvws("sam", "steps", "confirm", str(waiting), typed="y\n")
    assert (ran.code, ran.err) == (0, "")
    assert "+447700900987" in ran.out
    assert NEW in ran.out
    assert f"signs step {waiting} of jo as the second person" in ran.out
    shown = staff.show(HIGH)
    assert (listed(staff), shown["contact"]["phone"], shown["set_by_step"]) == ([], NEW, waiting)
    page = staff.lvws(None, "contact", "show", HIGH, "--reason", CALLED).out
    assert f"Set by jo and sam, step {waiting}" in page
    who = [row for row in service.rows("select who, what from ledger.audit order by 1") if "step signed" in row[1]]
    assert who == [("jo", "step signed: set_contact"), ("sam", "step signed: set_contact")]


def test_the_first_says_that_a_second_has_to_confirm(staff: Staff) -> None:
    told = ("contact", "set", HIGH, "--reason", CALLED, "--yes")
    ran = staff.lvws("jo", *told, piped='{"phone": "07700 900321"}')
    assert "a second operator has to confirm it, with a key of their own: lvws steps confirm 1" in ran.out
    (step,) = staff.lvws(None, "steps", "list", "--json").json["steps"]
    assert (step["what"], step["key"], step["reason"]) == ("set_contact", HIGH, CALLED)
    assert [each["operator"] for each in step["signatures"]] == ["jo"]
    assert "set contact details" in staff.lvws(None, "steps", "list").out


@pytest.mark.parametrize("how", ["confirm", "refuse"])
def test_nobody_signs_twice(how: str, waiting: int, staff: Staff) -> None:
    ran = staff.lvws("jo", "steps", how, str(waiting), "--yes")
    assert (ran.code, ran.out, ran.err[:4]) == (5, "", "E524")
    assert listed(staff) == [waiting]


def test_the_same_person_with_a_second_key_signs_nothing_either(waiting: int, staff: Staff, tmp_path: Path) -> None:
    """The name in the settings now has another key: the name is the same person."""
    config = staff.service.folder / "lvws.toml"
    staff.keys["new"], _ = operators.new("new", staff.service.folder / "operators")
    config.write_text(config.read_text().replace("operators/jo.pub", "operators/new.pub"))
    ran = confirm(staff, "new", waiting)
    assert (ran.code, ran.err[:4]) == (5, "E524")


def test_a_refused_step_changes_nothing(waiting: int, staff: Staff) -> None:
    ran = staff.lvws("sam", "steps", "refuse", str(waiting), "--yes", "--json")
    assert (ran.code, ran.json["state"]) == (0, "refused")
    assert staff.show(HIGH)["contact"]["phone"] == "+447700900987"
    for again in (confirm(staff, "kim", waiting), staff.lvws("kim", "steps", "refuse", str(waiting), "--yes")):
        assert (again.code, again.err[:4]) == (7, "E701")
    checks = staff.service.lvws("doctor", "--json").json["checks"]
    assert [check["state"] for check in checks if check["what"] == "signatures"] == ["ok"]


def test_a_step_is_shown_with_what_it_changes_and_that_is_audited(waiting: int, staff: Staff) -> None:
    ran = staff.lvws(None, "steps", "show", str(waiting), "--reason", CALLED, "--json")
    assert ran.json["changes"] == [{"what": "phone", "now": "+447700900987", "then": NEW}]
    assert NEW in staff.lvws(None, "steps", "show", str(waiting), "--reason", CALLED).out
    last = staff.service.rows("select what, detail from ledger.audit order by audit_id desc limit 1")
    assert last == [("step read", {"source": "mps", "key": HIGH, "reason": CALLED})]


def test_a_first_signature_that_does_not_fit_is_not_confirmed(waiting: int, staff: Staff, service: Service) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute("update cms.step set document = replace(document, '900321', '900322')")
    ran = confirm(staff, "sam", waiting)
    assert (ran.code, ran.out, ran.err[:4]) == (5, "", "E525")
    assert listed(staff) == [waiting]
    assert staff.lvws("sam", "steps", "refuse", str(waiting), "--yes").code == 0


def test_what_was_set_in_between_is_not_overwritten(waiting: int, staff: Staff) -> None:
    other = staff.set("sam", HIGH, {"phone": "07700 900111"}).json["step"]
    assert confirm(staff, "kim", other).code == 0
    ran = confirm(staff, "kim", waiting)
    assert (ran.code, ran.err[:4]) == (6, "E609")
    assert staff.show(HIGH)["contact"]["phone"] == "+447700900111"
    assert listed(staff) == [waiting]  # to be refused


@pytest.mark.parametrize("command", ["confirm", "refuse", "show"])
def test_a_step_that_is_not_there(command: str, staff: Staff) -> None:
    more = ("--reason", CALLED) if command == "show" else ("--yes",)
    ran = staff.lvws("sam", "steps", command, "99", *more)
    assert (ran.code, ran.out, ran.err[:4]) == (7, "", "E701")


def test_holds_and_proposals_of_high_risk_need_two_people_too(staff: Staff, service: Service) -> None:
    send(service, 1, a_stranger(2, record_type="U", safe_to_contact="N", da_flag="Y", dash_risk="H", email="zz@zz.org"))
    ran = staff.lvws("jo", "held", "release", HIGH, "--reason", CALLED, "--yes", "--json")
    assert (ran.json["state"], ran.json["not_because"]) == ("waiting", ["unsafe_to_contact"])
    ran = confirm(staff, "sam", ran.json["step"])
    assert "hold unsafe_to_contact" in ran.out
    assert staff.show(HIGH)["not_because"] == []
    proposals = {each["field"]: each["proposal"] for each in staff.show(HIGH)["proposals"]}
    assert proposals.keys() == {"email", "safe_to_contact"}
    for how, field in (("accept", "email"), ("refuse", "safe_to_contact")):
        told = ("proposals", how, str(proposals[field]), "--reason", CALLED, "--yes", "--json")
        ran = staff.lvws("jo", *told)
        assert ran.json["state"] == "waiting"
        assert confirm(staff, "sam", ran.json["step"]).code == 0
    shown = staff.show(HIGH)
    assert (shown["stored"]["email"], shown["stored"]["safe_to_contact"], shown["proposals"]) == ("zz@zz.org", "Y", [])


# --- one function for each kind of step -------------------------------------------------------------


@pytest.fixture
def desk(staff: Staff, service: Service) -> Iterator[Callable[[str], steps.Desk]]:
    """Somebody's desk, for calling the functions themselves."""
    opened = []

    def open_(who: str) -> steps.Desk:
        connection = database.connect(service.settings, "operator")
        opened.append(connection)
        signer = operators.acting(service.settings, {operators.KEY_VARIABLE: str(staff.keys[who])})
        return steps.Desk(connection, signer)

    yield open_
    for connection in opened:
        connection.close()


def about(key: str, source: str = "mps") -> steps.About:
    return steps.About(source, key, CALLED)


def test_turning_back_keeps_somebody_and_what_holds_them_then(
    desk: Callable[[str], steps.Desk], service: Service
) -> None:
    of_abroad = "select disposition, held_for, onward_for from cms.triage where referral_key = %s"
    assert service.rows(of_abroad, ABROAD) == [("onward", [], ["outside_london"])]
    assert steps.turn_back(desk("jo"), about(ABROAD)).state == "done"
    assert service.rows(of_abroad, ABROAD) == [("held", ["no_contact_details"], [])]
    for key in (ABROAD, KEY):
        with raises(NotFound, name=key):
            steps.turn_back(desk("jo"), about(key))


@pytest.mark.parametrize(
    "take",
    [
        steps.turn_back,
        lambda at, of: steps.release_hold(at, of, reasons=["unsafe_to_contact"]),
        lambda at, of: steps.set_contact(at, of, fields={"phone": None}, seen=None),
        lambda at, of: steps.accept_proposal(at, of, proposal=1, value=None),
        lambda at, of: steps.refuse_proposal(at, of, proposal=1, value=None),
    ],
)
def test_no_step_about_a_referral_that_is_not_there(take: Any, desk: Callable[[str], steps.Desk]) -> None:
    with raises(ReferralUnknown, key="1/19|1"):
        take(desk("jo"), about("1/19|1"))


@pytest.mark.parametrize(
    "take",
    [
        lambda at, of: steps.release_hold(at, of, reasons=["unsafe_to_contact"]),
        lambda at, of: steps.accept_proposal(at, of, proposal=1, value=None),
        lambda at, of: steps.refuse_proposal(at, of, proposal=1, value=None),
        steps.answer_not_passable,
    ],
)
def test_no_step_about_what_is_not_open(take: Any, desk: Callable[[str], steps.Desk], service: Service) -> None:
    with raises(NotFound, name=KEY):
        take(desk("jo"), about(KEY))
    assert service.rows("select count(*) from cms.step") == [(0,)]


def test_the_database_refuses_a_second_signature_too(
    waiting: int, desk: Callable[[str], steps.Desk], monkeypatch
) -> None:
    at = desk("jo")
    step = signed.get(at.connection, waiting)
    monkeypatch.setattr(steps, "may_sign", lambda *_: None)
    with raises(SignedTwice, step=waiting):
        steps.confirm(at, step, {at.signer.operator.name: at.signer.operator})


def test_what_was_signed_once_cannot_be_sent_again(desk: Callable[[str], steps.Desk], service: Service) -> None:
    at = desk("jo")
    steps.set_contact(at, about(KEY), fields={"safe_to_contact": "N"}, seen=None)
    ((document, signature),) = service.rows(
        "select document, signature from cms.step join cms.step_signature using (step_id)"
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        at.connection.execute(
            "select cms.take_step(%s, 'jo', %s, %s)", (document, at.signer.operator.key_id, signature)
        )


def test_two_confirmations_at_once_end_in_one(
    waiting: int, desk: Callable[[str], steps.Desk], service: Service
) -> None:
    everybody = operators.known(service.settings)
    desks = [desk(who) for who in ("sam", "kim")]
    step = signed.get(desks[0].connection, waiting)
    barrier, ends = threading.Barrier(2), []

    def sign(at: steps.Desk) -> None:
        barrier.wait()
        try:
            ends.append(steps.confirm(at, step, everybody).state)
        except ExchangeError as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=sign, args=(at,)) for at in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["NotFound", "done"]
    assert service.rows("select count(*) from cms.step_signature") == [(2,)]


def test_two_people_who_set_at_once_do_not_overwrite_each_other(
    desk: Callable[[str], steps.Desk], service: Service
) -> None:
    desks = [desk(who) for who in ("jo", "sam", "kim")]
    barrier, ends, numbers = threading.Barrier(3), [], itertools.count(1)

    def put(at: steps.Desk) -> None:
        phone = f"+4477009000{next(numbers):02d}"
        barrier.wait()
        try:
            ends.append(steps.set_contact(at, about(KEY), fields={"phone": phone}, seen=None).state)
        except ExchangeError as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=put, args=(at,)) for at in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["ChangedMeanwhile", "ChangedMeanwhile", "done"]
    assert service.rows("select count(*) from cms.step") == [(1,)]
