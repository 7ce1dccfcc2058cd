"""`lvws undo`: after later loads and edits by staff exactly that load is gone; what people worked on is kept and listed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.casework import activity_name, an_activity_file, an_event
from tests.crashes.dump import difference, dump
from tests.feeds import CANARIES, Row, a_police_file, a_stranger, police_key, police_name
from tests.operators import CALLED, Staff
from tests.service import Service, fresh_database, running

HIGH_RISK = {"da_flag": "Y", "dash_risk": "H"}
BAD_DAY = 1

# What happened is told by its own tables: what was known when, links and holds that ended, pairs that say nothing.
# Match keys are made with a secret of each service.
HISTORY = {"cms.reported_before", "cms.event_before", "cms.match_key", "cms.crowded_key"}
# Signed at their own times.
SIGNED = {"cms.step", "cms.step_signature"}
ENDED = ("'unlinked_at': 'a time'", "'state': 'settled'", "'decision': 'apart'", "'over_at': 'a time'")
# Whose doing it is: the undone run's part in it is told as an undo's.
BY_WHOM = ("opened_by", "since", "seeded_by", "run", "changed_by", "secret", "own_person")


def files() -> dict[int, list[Row]]:
    """Five days of the police: one before, the one that is undone, and three after it."""
    zofia = {"forename": "Zofia", "surname": "Rowan", "birth_date": "17/03/1985", "email": "zofia@example.org"}
    return {
        0: [
            *(a_stranger(number) for number in range(1, 9)),
            a_stranger(9, mobile="", email="", home_phone=""),
            a_stranger(10, consent="", da_flag="N"),
            a_stranger(11, safe_to_contact=""),
            a_stranger(12, **zofia),
            a_stranger(13, ho_code="999/99"),
            a_stranger(14, safe_contact_note="", preferred_contact=""),
        ],
        BAD_DAY: [
            a_stranger(1, record_type="U", mobile="07700 900111"),
            a_stranger(2, record_type="W"),
            a_stranger(3, record_type="U", **HIGH_RISK, safe_to_contact="N"),
            a_stranger(4, record_type="U", surname="Other"),
            a_stranger(5, record_type="U", opted_out="Y"),
            a_stranger(6, record_type="U", ho_code="001/01", offence_title="Murder"),
            a_stranger(9, record_type="U", mobile="07700 900123"),
            a_stranger(10, record_type="U", da_flag="Y", consent=""),
            a_stranger(13),
            a_stranger(14, record_type="U", safe_contact_note="ring twice", preferred_contact="post"),
            a_stranger(20),
            a_stranger(21, **HIGH_RISK),
            a_stranger(22, **zofia),
            a_stranger(23, **HIGH_RISK, consent=""),
            a_stranger(24, ho_code="999/99"),
            a_stranger(25),
            a_stranger(26),
        ],
        2: [
            a_stranger(1, record_type="U", email="other@example.org"),
            a_stranger(4, record_type="U", surname="Third"),
            a_stranger(9, record_type="U", station="Bow"),
            a_stranger(14, record_type="U", preferred_contact="sms", safe_contact_note=""),
            a_stranger(25, record_type="U"),
            a_stranger(30),
        ],
        3: [a_stranger(2), a_stranger(7, record_type="W"), a_stranger(24), a_stranger(31)],
        4: [a_stranger(1, record_type="U", home_phone="020 7946 0111"), a_stranger(8, record_type="U", station="Bow")],
    }


def events() -> list[tuple[int, Sequence[Row]]]:
    of = {"referral_source": "mps"}
    return [
        (0, [an_event(1, referral_key=police_key(1), **of), an_event(2, referral_key=police_key(4), **of)]),
        (3, [an_event(3, referral_key=police_key(4), event="take_up", **of)]),
    ]


def lived(folder: Path, database_url: str, *, with_bad: bool) -> Iterator[tuple[Service, Staff, str]]:
    """A week at a service; with the load that was bad, or without."""
    with running(folder, database_url) as service:
        service.configure("case_activity")
        staff = Staff.of(service, "jo", "sam")
        bad = ""
        of_day = dict(events())
        for day, rows in files().items():
            if day == BAD_DAY and not with_bad:
                continue
            service.put("mps", police_name(day, day + 1), a_police_file(rows))
            if day in of_day:
                service.put("case_activity", activity_name(day, day + 1), an_activity_file(of_day[day]))
            runs = service.loaded()
            bad = runs[0]["run"] if day == BAD_DAY else bad
        edit(staff)
        assert service.loaded() == []  # whom staff changed is compared again
        yield service, staff, bad


def edit(staff: Staff) -> None:
    """Five things that staff did after the last load, of people whom other loads told of too."""
    for key, number in ((1, "07700 900321"), (7, "07700 900322"), (8, "07700 900323"), (30, "07700 900324")):
        done = staff.set("jo", police_key(key), {"phone": f"+44{number[1:].replace(' ', '')}"})
        assert done.code == 0, done
    released = staff.lvws("jo", "held", "release", police_key(11), "--reason", CALLED, "--yes")
    assert released.code in {0, 7}, released


@pytest.fixture
def both(tmp_path: Path, server: str) -> Iterator[list[tuple[Service, Staff, str]]]:
    """The week with the bad load, and the week without."""
    with contextlib.ExitStack() as stack:
        weeks = []
        for name, with_bad in (("with", True), ("without", False)):
            (tmp_path / name).mkdir()
            url = stack.enter_context(fresh_database(server))
            living = contextlib.contextmanager(lived)(tmp_path / name, url, with_bad=with_bad)
            weeks.append(stack.enter_context(living))
        yield weeks


def cms(service: Service) -> dict[str, list[str]]:
    """The CMS as it stands, by business keys."""
    whole = dump(service.database_url, service.home, service.server.root)
    found = {
        place: [line for line in lines if not any(mark in line for mark in ENDED)]
        for place, lines in whole.items()
        if place.startswith("cms.") and place not in HISTORY | SIGNED
    }
    return {place: [_without(line) for line in lines] for place, lines in found.items()}


def _without(line: str) -> str:
    told: dict[str, Any] = eval(
        line, {"__builtins__": {}, "datetime": __import__("datetime"), "Decimal": __import__("decimal").Decimal}
    )
    return repr({name: value for name, value in told.items() if name not in BY_WHOM})


def test_after_three_later_loads_and_five_edits_exactly_that_load_is_gone(
    both: list[tuple[Service, Staff, str]],
) -> None:
    (service, _, bad), (without, _, _) = both
    assert cms(service) != cms(without)
    shown = service.lvws("undo", bad, "--preview", "--json")
    assert shown.code == 0, shown
    assert cms(service) != cms(without), "a preview changes nothing"
    done = service.lvws("undo", bad, "--yes", "--json")
    assert (done.code, done.err) == (0, ""), done
    assert difference(cms(without), cms(service)) == []

    preview, told = shown.json, done.json
    assert {name: preview[name] for name in told} == told
    assert set(told["gone"]) == {police_key(number) for number in (13, 20, 21, 22, 26)}
    assert told["kept"] == []
    assert police_key(3) in told["less_protected"]
    assert preview["figures"]
    assert told["not_passable"] == 1, "23 is at high risk, and may not be held"
    assert not [mark for mark in CANARIES if mark in (shown.out + done.out).lower()]
    (state,) = service.rows("select state, rows, undone_by is not null from ledger.run where run = %s", bad)
    assert state == ("undone", 0, True)
    assert service.rows("select count(*) from ledger.disposition where run = %s", bad) == [(0,)]
    again = service.lvws("undo", bad, "--yes")
    assert (again.code, again.err[:4]) == (2, "E700")
    assert service.loaded() == [], "the file that lies there still is not taken in by itself"

    redone = service.lvws("rerun", bad, "--yes", "--json")
    assert (redone.code, redone.json["runs"][0]["state"]) == (0, "loaded"), redone
    assert service.rows("select count(*) from cms.referral where referral_key = %s", police_key(20)) == [(1,)]


def test_open_rejects_are_those_of_the_other_loads(both: list[tuple[Service, Staff, str]]) -> None:
    (service, _, bad), (without, _, _) = both
    service.lvws("undo", bad, "--yes")
    ask = (
        "select source, referral_key, kind, code, times from ledger.reject where mended_at is null order by 1, 2, 3, 4"
    )
    assert service.rows(ask) == without.rows(ask)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("case_activity")
        yield made


def test_whom_people_worked_on_stays_and_is_listed(service: Service) -> None:
    staff = Staff.of(service, "jo", "sam")
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1), a_stranger(2), a_stranger(3)]))
    (run,) = service.loaded()
    assert staff.set("jo", police_key(1), {"phone": "+447700900321"}).code == 0
    service.put(
        "case_activity",
        activity_name(1, 1),
        an_activity_file([an_event(1, referral_source="mps", referral_key=police_key(2))]),
    )
    service.loaded()

    shown = service.lvws("undo", run["run"], "--preview").out
    assert "Kept, because people worked on them: 2" in shown
    done = service.lvws("undo", run["run"], "--yes", "--json")
    assert done.code == 0, done
    told = done.json
    assert (told["gone"], told["kept"]) == ([police_key(3)], [police_key(1), police_key(2)]), "helped in casework"
    assert {(each["key"], each["becomes"]) for each in told["staff"]} == {
        (police_key(1), "kept"),
        (police_key(2), "kept"),
    }
    assert [each["who"] for each in told["staff"] if each["what"].startswith("step")] == ["jo"]
    assert service.rows("select referral_key from cms.referral order by 1") == [(police_key(1),), (police_key(2),)]
    assert service.rows("select count(*) from cms.waiting") == [(0,)]
    assert staff.show(police_key(1))["contact"]["phone"] == "+447700900321"
    refused = service.lvws("rerun", run["run"], "--yes")
    assert (refused.code, refused.err[:4]) == (3, "E684")


def test_the_same_content_again_says_that_it_was_taken_back(service: Service) -> None:
    content = a_police_file([a_stranger(1)])
    service.put("mps", police_name(0, 1), content)
    (run,) = service.loaded()
    assert service.lvws("undo", run["run"], "--yes").code == 0
    service.put("mps", police_name(1, 2), content)
    (again,) = service.loaded()
    assert again["state"] == "repeat"
    page = service.lvws("show", again["run"], "--json").json
    assert (page["taken_back"], f"lvws rerun {run['run']}" in page["next"]) == (run["run"], True)
    assert service.lvws("rerun", run["run"], "--yes").code == 0
    page = service.lvws("show", again["run"], "--json").json
    assert (page["taken_back"], page["next"]) == (None, "nothing to do.")


def test_a_nil_file_that_was_taken_back_is_its_own_day_s(service: Service) -> None:
    for day in range(2):
        service.put("mps", police_name(day, day + 1), a_police_file())
    first, _ = service.loaded()
    assert service.lvws("undo", first["run"], "--yes").code == 0
    for day, taken_back in enumerate((first["run"], None)):
        service.put("mps", police_name(day, day + 1), a_police_file())
        (again,) = service.loaded()
        page = service.lvws("show", again["run"], "--json").json
        assert (page["state"], page["taken_back"]) == ("repeat", taken_back)


def test_a_load_of_case_activity(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
    of = {"referral_source": "mps", "referral_key": police_key(1)}
    first = [an_event(1, **of), an_event(2, event="survey", after="2", **of)]
    second = [an_event(2, event="survey", after="5", **of), an_event(3, event="take_up", **of)]
    for day, rows in enumerate((first, second)):
        service.put("case_activity", activity_name(day, day + 1), an_activity_file(rows))
        runs = service.loaded()
    run = runs[-1]["run"]
    preview = service.lvws("undo", run, "--preview", "--json").json
    assert (preview["events_gone"], preview["events_changed"]) == (1, 1)
    moved = {(f["table"], f["row"], f["column"]) for f in preview["figures"]}
    assert ("data_quality", "case_activity", "created") in moved
    assert service.lvws("undo", run, "--yes").code == 0
    ask = "select event, after, single, first_line from cms.event order by event_id"
    assert service.rows(ask) == [(first[0]["event"], None, True, 2), ("survey", "2", True, 3)]
    assert service.rows("select count(*) from cms.event_record") == [(0,)]


def test_what_cannot_be_undone(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]).replace(b"TRAILER,1", b"TRAILER,2"))
    (run,) = service.ingest().runs
    for name, code, says in ((run["run"], 2, "E700"), ("abcdef123456", 7, "E701")):
        ran = service.lvws("undo", name, "--yes")
        assert (ran.code, ran.err[:4]) == (code, says), ran
    service.put("mps", police_name(1, 2), a_police_file([a_stranger(1)]))
    (run,) = service.loaded()
    ran = service.lvws("undo", run["run"])
    assert (ran.code, ran.err[:4]) == (2, "E204"), "nobody can answer"
    assert service.rows("select count(*) from cms.referral") == [(1,)]
