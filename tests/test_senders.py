"""What senders get back, and what their servers may do to us (interfaces: acknowledgements, command-line)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncssh
import pytest

from tests.feeds import (
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_police_row,
    as_record,
    fraud_name,
    police_key,
    police_name,
)
from tests.servers import Faults
from tests.service import SOUND, Service, running
from tests.ssh_keys import known_line

ACK = (
    "file,sha256,source,business_date,sequence,received_at,loaded_at,state,code,rows,created,updated,withdrawn,"
    "duplicate,quarantined,excluded,run,waiting"
)
REJECTS = "line,key,outcome,code,column,rule,what_to_do,first_reported,times_reported"
TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
HIGH_RISK = {"da_flag": "Y", "dash_risk": "H", "consent": ""}
NAME = police_name(0, 1)
ONE = a_police_file([a_police_row(1)])


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Service]]:
    with ExitStack() as stack:
        yield lambda faults=SOUND: stack.enter_context(running(tmp_path, database_url, faults=faults))


@pytest.fixture
def service(start: Callable[..., Service]) -> Service:
    return start()


# --- answers ----------------------------------------------------------------------------------------


def test_the_acknowledgement_is_one_line_of_what_was_done(service: Service) -> None:
    rows = [
        a_police_row(1),
        a_police_row(1),
        a_police_row(2, record_type="W"),
        a_police_row(3, opted_out="Y"),
        a_police_row(4, ho_code=""),
    ]
    service.put("mps", NAME, a_police_file(rows))
    (run,) = service.loaded()
    sha256 = service.lvws("show", run["run"], "--json").json["sha256"]
    text = (service.server.root / "mps/incoming" / f"{NAME}.ack.csv").read_bytes().decode()
    line = rf"{NAME},{sha256},mps,2019-06-03,1,{TIME},{TIME},loaded,,5,2,0,0,1,1,1,{run['run']},0"
    assert re.fullmatch(rf"{ACK}\r\n{line}\r\n", text)


def test_rejects_begin_with_high_risk_that_is_not_passable_and_hold_no_person(service: Service) -> None:
    rows = [
        a_police_row(1),
        a_police_row(2, ho_code="", birth_date="31/02/1980"),
        a_police_row(3, opted_out="Y"),
        as_record(a_police_row(4)).replace(b"Plaistow", b"Plai\x07stow"),
        a_police_row(5, **HIGH_RISK),
        a_police_row(6, viw_number="0"),
    ]
    service.put("mps", NAME, a_police_file(rows))
    service.loaded()
    text = (service.server.root / "mps/incoming" / f"{NAME}.rejects.csv").read_bytes().decode()
    told = [",".join(line.split(",")[:6]) for line in text.split("\r\n")[1:-1]]
    assert text.startswith(f"{REJECTS}\r\n")
    assert told == [
        f"6,{police_key(5)},excluded,consent_missing,,",
        f"3,{police_key(2)},quarantined,date_impossible,birth_date,date_impossible",
        f"3,{police_key(2)},quarantined,date_impossible,ho_code,ho_code_blank",
        f"4,{police_key(3)},excluded,opted_out,,",
        "5,,quarantined,control_character,,control_character",
        "7,,quarantined,key_shape,viw_number,key_shape",
    ]
    assert not re.search("zz", text, re.IGNORECASE)
    assert all(re.search(rf",{TIME},1$", line) for line in text.split("\r\n")[1:-1])


def test_a_reject_that_comes_again_says_since_when_and_how_often(service: Service) -> None:
    for day in range(3):
        rows = [a_police_row(1, ho_code=""), a_police_row(10 + day)]
        service.put("mps", police_name(day, day + 1), a_police_file(rows))
        service.loaded()
    times = [service.answer("mps", f"{police_name(day, day + 1)}.rejects.csv")[0] for day in range(3)]
    assert [each["times_reported"] for each in times] == ["1", "2", "3"]
    assert len({each["first_reported"] for each in times}) == 1


def test_no_rejects_no_file(service: Service) -> None:
    service.put("mps", NAME, ONE)
    service.loaded()
    assert service.there("mps", "incoming") == {f"{NAME}.ack.csv"}


@pytest.mark.parametrize("after_load", ["leave", "move", "delete"])
def test_after_the_load_the_file_goes_where_the_sender_wants(after_load: str, service: Service) -> None:
    service.configure("mps", "action_fraud", after_load=after_load)
    service.put("mps", NAME, ONE)
    service.put("mps", police_name(1, 2), b"<html>\nTRAILER,0,00000000\n")
    service.put_fraud(fraud_name(0), a_fraud_file([a_fraud_row(1)]))
    ran = service.ingest()
    assert [run["state"] for run in ran.runs] == ["loaded", "refused", "loaded"]
    fraud = {fraud_name(0), f"{fraud_name(0)}.manifest.json"}
    left = after_load == "leave"
    assert service.there("mps") == {police_name(1, 2), *([NAME] if left else [])}
    assert service.there("action_fraud") == (fraud if left else set())
    moved = after_load == "move"
    assert (service.there("mps", "done"), service.there("action_fraud", "done")) == (
        ({NAME}, fraud) if moved else (set(), set())
    )
    assert service.loaded() == []


# --- people's names ---------------------------------------------------------------------------------

READ_AS_MISSING = (
    "-1.#IND|1.#QNAN|1.#IND|-1.#QNAN|#N/A N/A|#N/A|N/A|n/a|NA|<NA>|#NA|NULL|null|NaN|-NaN|nan|-nan|None|Null".split("|")
)
PEOPLE = [
    "O'Neill-Null",
    "D’Arcy",
    "Zoë-Siân",
    "Müller Ølberg",
    "Nuñez",
    "Šimek Žák",
    "True",
    "Inf",
    "1E5",
    "007",
    "+1",
    " x ",
]


def test_names_are_kept_byte_by_byte(service: Service) -> None:
    names = READ_AS_MISSING + PEOPLE
    assert len(READ_AS_MISSING) == 19
    note = 'line one\r\nline "two"\nline three, with a comma'
    rows = [
        a_police_row(n, surname=name, forename=name, address_1=name, safe_contact_note=note)
        for n, name in enumerate(names)
    ]
    service.put("mps", NAME, a_police_file(rows))
    (run,) = service.loaded()
    assert run["created"] == len(names)
    kept = "select surname, forename, address_1, safe_contact_note from cms.referral where source = %s order by referral_key"
    assert service.rows(kept, "mps") == [(name, name, name, note) for name in names]


def test_names_of_the_utf_8_feed_are_kept_too(service: Service) -> None:
    names = [*READ_AS_MISSING, *PEOPLE, "Łukasz", "李小龍", "Ștefan", "e\u0301"]
    service.configure("action_fraud")
    file = a_fraud_file([a_fraud_row(n, first_name=name, last_name=name) for n, name in enumerate(names)])
    service.put_fraud(fraud_name(0), file)
    (run,) = service.loaded()
    assert run["created"] == len(names)
    kept = "select forename, surname from cms.referral where source = %s order by referral_key"
    assert service.rows(kept, "action_fraud") == [(name, name) for name in names]


# --- servers ----------------------------------------------------------------------------------------


def test_another_host_key_ends_with_5_before_anything_is_sent(service: Service) -> None:
    service.put("mps", NAME, ONE)
    service.server.known_hosts.write_text(known_line(asyncssh.generate_private_key("ssh-ed25519"), service.server.port))
    service.server.events.clear()
    ran = service.ingest()
    assert (ran.code, ran.runs) == (5, [])
    assert "E501" in ran.err
    assert set(service.server.events) <= {"connected"}
    assert service.there("mps", "incoming") == set()


def test_a_listing_with_hostile_names_still_gives_the_good_files(start: Callable[..., Service]) -> None:
    hostile = (
        b"../../x",
        b"/abs",
        b"a\nb",
        b"\x1b[31mred",
        b"nul\x00",
        b"\xff\xfe",
        "\u202etxt".encode(),
        b"x" * 300,
        b"..\\x",
        b"..",
    )
    service = start(Faults(listed=hostile))
    service.put("mps", NAME, ONE)
    (service.server.root / "mps/outgoing" / police_name(1, 2)).symlink_to("/etc/hostname")
    (service.server.root / "mps/outgoing" / police_name(2, 3)).mkdir()
    ran = service.ingest()
    assert (ran.code, [run["state"] for run in ran.runs]) == (0, ["loaded"])
    log = (service.home / "log" / "lvws.jsonl").read_text()
    assert "fetch.name_rejected" in log
    assert not [name for name in ("abs", "[31m", "xxx", "u202e", "u001b", "txt") if name in log]


def test_of_several_causes_the_first_of_5_1_3_4_6_decides_and_the_others_go_on(service: Service) -> None:
    closed = service.folder / "closed"
    closed.write_text(service.server.known_hosts.read_text().replace(f":{service.server.port}", ":1"))
    service.configure("btp", port=1, known_hosts=str(closed))
    assert service.ingest("--source", "btp").code == 4
    service.put("mps", NAME, b"<html>\nTRAILER,0,00000000\n")
    service.put("mps", police_name(1, 2), ONE)
    ran = service.ingest()
    assert (ran.code, [run["state"] for run in ran.runs]) == (3, ["refused", "loaded"])
    assert "E401 btp" in ran.err
    strange = service.folder / "strange"
    strange.write_text(known_line(asyncssh.generate_private_key("ssh-ed25519"), service.server.port))
    service.configure("colp", known_hosts=str(strange))
    service.put("mps", police_name(2, 3), b"<html>\nTRAILER,0,00000000\n")
    service.put("mps", police_name(3, 4), a_police_file([a_police_row(2)]))
    ran = service.ingest()
    assert (ran.code, [run["state"] for run in ran.runs]) == (5, ["refused", "loaded"])


def test_an_answer_that_cannot_be_put_waits_for_the_next_run(service: Service) -> None:
    service.put("mps", NAME, ONE)
    (service.server.root / "mps/incoming").rename(service.folder / "aside")
    ran = service.ingest()
    assert (ran.code, [run["state"] for run in ran.runs]) == (4, ["loaded"])
    (service.folder / "aside").rename(service.server.root / "mps/incoming")
    assert service.loaded() == []
    assert service.there("mps", "incoming") == {f"{NAME}.ack.csv"}
