"""What becomes of files, written from the interface documents alone (interfaces: outcomes, Files; feeds)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysequoia import Tsk

from tests.feeds import (
    FIRST_DAY,
    POLICE_COLUMNS,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_police_row,
    a_trailer,
    fraud_name,
    police_key,
    police_name,
)
from tests.intake import sealed
from tests.service import Service, running

ONE = a_police_file([a_police_row(1)])
NAME = police_name(0, 1)
SENDER = Tsk.generate(user_id="sender")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def body(*rows: dict[str, str]) -> bytes:
    return a_police_file(rows or [a_police_row(1)], trailer=False)


def whole(changed: bytes, rows: int = 1) -> bytes:
    """A body that was damaged, under a trailer that agrees with it."""
    return changed + a_trailer(changed, rows)


def header(*columns: str) -> bytes:
    return whole(",".join(columns).encode() + b"\r\n", 0)


REFUSED = {
    "column renamed": ("header", whole(body().replace(b"viw_number", b"vic_number"))),
    "column missing": ("header", header(*POLICE_COLUMNS[:-1])),
    "column added": ("header", header(*POLICE_COLUMNS, "extra")),
    "column repeated": ("header", header(*POLICE_COLUMNS[:-1], "officer")),
    "columns exchanged": ("header", header(POLICE_COLUMNS[1], POLICE_COLUMNS[0], *POLICE_COLUMNS[2:])),
    "header in capitals": ("header", header(*(name.upper() for name in POLICE_COLUMNS))),
    "separated by semicolons": ("header", whole(body().replace(b",", b";"))),
    "trailer counts another row": ("trailer", body() + a_trailer(body(), 2)),
    "trailer sums other bytes": ("trailer", body() + a_trailer(b"", 1)),
    "a byte order mark": ("encoding", whole(b"\xef\xbb\xbf" + body())),
    "UTF-16, little end first": ("encoding", b"\xff\xfe" + ONE.decode("cp1252").encode("utf-16-le")),
    "UTF-16, big end first": ("encoding", b"\xfe\xff" + ONE.decode("cp1252").encode("utf-16-be")),
    "UTF-8 throughout": ("encoding", whole(body(a_police_row(1, surname="Zzbéton"), a_police_row(2, forename="Zzañe")).decode("cp1252").encode(), 2)),
    "a workbook": ("not_text", whole(b"PK\x03\x04" + body())),
    "a web page": ("not_text", whole(b"<html>" + body())),
    "a field without end": ("size", whole(body(a_police_row(1, safe_contact_note="z" * 70_000)))),
    "a business day that has not come": ("business_date", ONE),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_police_file_is_refused_and_nothing_of_it_loaded(what: str, service: Service) -> None:
    code, data = REFUSED[what]
    name = NAME if code != "business_date" else "MPS_LVWS_29990101_000001.csv"
    service.put("mps", name, data)
    ran = service.ingest()
    assert ran.code == 3
    (run,) = ran.runs
    assert (run["state"], run["code"], run["rows"]) == ("refused", code, 0)
    assert service.rows("select count(*) from cms.referral") == [(0,)]
    (told,) = service.answer("mps", f"{name}.ack.csv")
    assert (told["state"], told["code"], told["rows"], told["loaded_at"]) == ("refused", code, "0", "")
    assert service.loaded() == []


FRAUD = a_fraud_file([a_fraud_row(1)])
REFUSED_FRAUD = {
    "another hash": ("manifest", a_fraud_file([a_fraud_row(1)], sha256="0" * 64)),
    "another name": ("manifest", a_fraud_file([a_fraud_row(1)], file="AF_LVWS_2019-06-04.csv")),
    "more bytes than it says": ("manifest", a_fraud_file([a_fraud_row(1)], bytes=10)),
    "other records": ("manifest", a_fraud_file([a_fraud_row(1)], records=2)),
    "manifest is no JSON": ("manifest", (FRAUD[0], b"{]}")),
    "manifest lacks a key": ("manifest", (FRAUD[0], b'{"file": "AF_LVWS_2019-06-03.csv"}')),
    "manifest says more": ("manifest", a_fraud_file([a_fraud_row(1)], sender="x")),
    "no byte order mark": ("encoding", None),
}


@pytest.mark.parametrize("what", REFUSED_FRAUD)
def test_a_fraud_file_is_refused(what: str, service: Service) -> None:
    code, file = REFUSED_FRAUD[what]
    if file is None:
        import hashlib

        bare = FRAUD[0].removeprefix(b"\xef\xbb\xbf")
        file = bare, a_fraud_file(bytes=len(bare), records=1, sha256=hashlib.sha256(bare).hexdigest())[1]
    service.configure("action_fraud")
    service.put_fraud(fraud_name(0), file)
    ran = service.ingest()
    assert [(run["state"], run["code"]) for run in ran.runs] == [("refused", code)]
    assert ran.code == 3


def test_a_sequence_number_of_another_day_is_refused_and_a_gap_only_told(service: Service) -> None:
    service.put("mps", police_name(0, 5), ONE)
    service.put("mps", police_name(1, 5), a_police_file([a_police_row(2)]))
    service.put("mps", police_name(2, 8), a_police_file([a_police_row(3)]))
    ran = service.ingest()
    assert [(run["state"], run["code"]) for run in ran.runs] == [
        ("loaded", None),
        ("refused", "sequence_reused"),
        ("loaded", None),
    ]
    assert ran.code == 3
    assert service.lvws("files", "--json").json["gaps"] == [{"source": "mps", "first": 6, "last": 7}]


@pytest.mark.parametrize(
    ("broken", "rows", "state"),
    [
        (10, 49, "stopped"),
        (10, 50, "loaded"),
        (11, 50, "stopped"),
        (9, 9, "loaded"),
        (10, 10, "stopped"),
        (20, 100, "loaded"),
    ],
)
def test_an_operator_decides_from_ten_rows_and_above_a_fifth(
    broken: int, rows: int, state: str, service: Service
) -> None:
    made = [a_police_row(n, ho_code="") if n < broken else a_police_row(n) for n in range(rows)]
    service.put("mps", NAME, a_police_file(made))
    ran = service.ingest()
    (run,) = ran.runs
    loaded = state == "loaded"
    assert (run["state"], run["code"], ran.code) == (state, None if loaded else "too_many_broken", 0 if loaded else 3)
    assert (run["rows"], run["quarantined"]) == ((rows, broken) if loaded else (0, 0))
    assert service.rows("select count(*) from cms.referral") == [(rows - broken if loaded else 0,)]
    found = service.lvws("show", run["run"], "--json").json["findings"]
    assert [(each["rule"], each["rows"]) for each in found] == [("ho_code_blank", broken)]


def test_a_known_content_is_a_repeat_by_whatever_name_or_cipher_it_comes(service: Service) -> None:
    ours = sealed.public_part(service.home, "intake-age")
    service.put("mps", NAME, ONE)
    assert [run["state"] for run in service.loaded()] == ["loaded"]
    service.put("mps", NAME, ONE)  # the same again, with another time
    service.put("mps", police_name(1, 2), ONE)
    service.put("mps", f"{police_name(2, 3)}.age", sealed.age(ONE, to=ours))
    assert [(run["state"], run["rows"]) for run in service.loaded()] == [("repeat", 0)] * 3
    service.put("mps", f"{police_name(2, 3)}.age", sealed.age(ONE, to=ours))
    assert [run["state"] for run in service.loaded()] == ["repeat"]
    (told,) = service.answer("mps", f"{police_name(1, 2)}.ack.csv")
    assert (told["state"], told["rows"], told["created"]) == ("repeat", "0", "0")
    assert service.loaded() == []  # none of them is fetched again


def test_nil_files_are_loaded_each_day_although_their_bytes_are_the_same(service: Service) -> None:
    for day in range(3):
        service.put("mps", police_name(day, day + 1), a_police_file())
    assert [(run["state"], run["rows"]) for run in service.loaded()] == [("loaded", 0)] * 3
    service.put("mps", police_name(1, 2), a_police_file())
    assert [run["state"] for run in service.loaded()] == ["repeat"]
    assert {file["what"] for file in service.lvws("files", "--json").json["files"]} == {"nil", "repeat"}


def test_a_restatement_updates_and_says_what_it_lacks(service: Service) -> None:
    service.put("mps", NAME, a_police_file([a_police_row(1), a_police_row(2)]))
    (first,) = service.loaded()
    service.put("mps", NAME, a_police_file([a_police_row(1, surname="Zzelm"), a_police_row(3)]))
    (second,) = service.loaded()
    assert (second["state"], second["updated"], second["created"]) == ("loaded", 1, 1)
    page = service.lvws("show", second["run"], "--json").json
    assert (page["restates"], page["missing_keys"]) == (first["run"], [police_key(2)])
    assert service.rows("select surname, withdrawn from cms.referral order by referral_key") == [
        ("Zzelm", False),
        ("Zzbirch", False),
        ("Zzbirch", False),
    ]


def test_what_is_not_complete_waits_and_is_taken_when_it_is(service: Service) -> None:
    service.configure("action_fraud")
    file, manifest = a_fraud_file([a_fraud_row(1)])
    service.put("mps", NAME, body())
    service.put("mps", f"{police_name(1, 2)}.part", ONE)
    service.put("mps", f"{police_name(1, 2)}.tmp", ONE)
    service.put("action_fraud", fraud_name(0), file)
    service.put_fraud(fraud_name(1), (file[:-3], manifest.replace(b"06-03", b"06-04")))
    assert service.loaded() == []
    waiting = service.lvws("files", "--json").json["files"]
    assert {(each["file"], each["what"]) for each in waiting} == {
        (name, "incomplete") for name in (NAME, fraud_name(0), fraud_name(1))
    }
    service.put("mps", NAME, ONE)
    service.put("action_fraud", f"{fraud_name(0)}.manifest.json", manifest)
    assert [run["state"] for run in service.loaded()] == ["loaded", "loaded"]
    assert [each["file"] for each in service.lvws("files", "--json").json["files"] if each["what"] == "incomplete"] == [
        fraud_name(1)
    ]


# --- encrypted deliveries ---------------------------------------------------------------------------


def test_files_sealed_with_age_and_openpgp_are_opened(service: Service, tmp_path: Path) -> None:
    service.configure("mps", pgp_certificate=str(sealed.certificate_file(tmp_path, SENDER)))
    ours = {purpose: sealed.public_part(service.home, purpose) for purpose in ("intake-age", "intake-pgp")}
    service.put("mps", f"{NAME}.age", sealed.age(ONE, to=ours["intake-age"]))
    two = a_police_file([a_police_row(2)])
    service.put("mps", f"{police_name(1, 2)}.pgp", sealed.pgp(two, to=ours["intake-pgp"], signer=SENDER))
    assert [(run["file"], run["created"]) for run in service.loaded()] == [(NAME, 1), (police_name(1, 2), 1)]
    assert service.there("mps", "incoming") == {f"{NAME}.ack.csv", f"{police_name(1, 2)}.ack.csv"}


def test_less_protection_than_agreed_is_refused(service: Service, tmp_path: Path) -> None:
    pinned = str(sealed.certificate_file(tmp_path, SENDER))
    ours = {purpose: sealed.public_part(service.home, purpose) for purpose in ("intake-age", "intake-pgp")}
    age, unsigned = sealed.age(ONE, to=ours["intake-age"]), sealed.pgp(ONE, to=ours["intake-pgp"], signer=None)
    for require, ending, data, code, exit_code in (
        ("age", "", ONE, "not_encrypted", 3),
        ("pgp_signed", "", ONE, "not_encrypted", 3),
        ("pgp_signed", ".age", age, "signature", 5),
        ("pgp_signed", ".pgp", unsigned, "signature", 5),
        ("plain", ".pgp", unsigned, "signature", 5),
    ):
        service.configure("mps", require=require, pgp_certificate=pinned)
        service.put("mps", f"{NAME}{ending}", data)
        ran = service.ingest()
        assert (ran.code, [run["code"] for run in ran.runs]) == (exit_code, [code])
    service.configure("mps", require="age")
    service.put("mps", f"{NAME}.age", age)
    assert [run["state"] for run in service.loaded()] == ["loaded"]


def test_the_date_of_the_manifest_is_the_files_and_its_sequence_counts(service: Service) -> None:
    service.configure("action_fraud")
    service.put_fraud(fraud_name(0), a_fraud_file([a_fraud_row(1)], FIRST_DAY, sequence=41))
    (run,) = service.loaded("--source", "action_fraud")
    assert (run["business_date"], run["sequence"]) == ("2019-06-03", 41)
    assert json.loads(a_fraud_file()[1]).keys() == {"file", "sha256", "bytes", "records", "sequence"}
