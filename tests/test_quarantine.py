"""`lvws quarantine` as operators use it: by cause, with a reason, by hand, in a workbook, released; replayed in place."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msoffcrypto
import msoffcrypto.format.ooxml
import openpyxl
import pytest
import time_machine

from exchange import clock
from tests.feeds import (
    CANARIES,
    POLICE_COLUMNS,
    a_police_file,
    a_stranger,
    a_trailer,
    as_record,
    police_key,
    police_name,
)
from tests.libreoffice import converted
from tests.operators import Staff
from tests.service import Ran, Service, running

WHY = "asked the force"
PASSWORD = "LVWS_QUARANTINE_PASSWORD"


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


def load(service: Service, day: int, *rows: Any, code: int = 0) -> str:
    service.put("mps", police_name(day, day + 1), a_police_file(list(rows)))
    ran = service.ingest()
    assert ran.code == code, ran
    return str(ran.runs[-1]["run"])


def broken(service: Service, day: int = 0) -> str:
    """A file with three broken rows: a code, a date, and one whose key is not sound."""
    return load(
        service,
        day,
        a_stranger(1),
        a_stranger(2, ho_code="999/99"),
        a_stranger(3, offence_from="31/02/2019"),
        a_stranger(4, viw_number="0"),
        a_stranger(5, safe_contact_note="two\r\nlines", ho_code="049/10"),
    )


def correct(staff: Staff, who: str, run: str, line: int, values: dict[str, str]) -> Ran:
    return staff.lvws(
        who, "quarantine", "correct", run, str(line), "--reason", WHY, "--yes", "--json", piped=json.dumps(values)
    )


def outcomes(service: Service) -> list[tuple[Any, ...]]:
    ask = (
        "select r.corrects is not null, d.line, d.outcome from ledger.disposition d join ledger.run r using (run) "
        "where d.outcome <> 'duplicate' order by r.file_order, d.line, r.started_at"
    )
    return service.rows(ask)


def test_what_is_broken_is_listed_by_cause(service: Service) -> None:
    run = broken(service)
    told = service.lvws("quarantine", "list", "--json").json
    causes = {(each["rule"], each["column"]): each["rows"] for each in told["causes"]}
    assert sum(causes.values()) == 3
    assert causes["ho_code_unknown", "ho_code"] == 1, causes
    assert [(row["run"], row["line"], row["key"]) for row in told["rows"]] == [
        (run, 3, police_key(2)),
        (run, 4, police_key(3)),
        (run, 5, None),
    ]
    page = service.lvws("quarantine", "list").out + service.lvws("quarantine", "list", "--rows").out
    assert "nobody" in page
    assert not [mark for mark in CANARIES if mark in page.lower()]


def test_a_row_is_shown_with_a_reason_and_the_look_is_audited(service: Service) -> None:
    run = broken(service)
    assert service.lvws("quarantine", "show", run, "3").code == 2, "no reason given"
    page = service.lvws("quarantine", "show", run, "3", "--reason", WHY)
    assert (page.code, "999/99" in page.out, "Zzquarry" in page.out) == (0, True, True), page
    (what, detail) = service.rows("select what, detail from ledger.audit order by audit_id desc limit 1")[0]
    assert (what, detail) == ("broken row read", {"line": 3, "reason": WHY})
    none = service.lvws("quarantine", "show", run, "2", "--reason", WHY)
    assert (none.code, none.err[:4]) == (3, "E691")


def test_one_person_corrects_a_code_and_the_row_stands_in_its_old_place(service: Service, staff: Staff) -> None:
    run = broken(service)
    load(service, 1, a_stranger(2, record_type="U", station="Bow"))  # newer, and it mends the reject by itself
    gone = correct(staff, "jo", run, 3, {"ho_code": "049/10"})
    assert (gone.code, gone.err[:4]) == (7, "E695"), "a newer row of the key is there"

    done = correct(staff, "jo", run, 4, {"offence_from": "02/06/2019"})
    assert done.code == 0, done
    (replayed,) = done.json["runs"]
    assert (replayed["state"], replayed["created"], replayed["business_date"]) == ("loaded", 1, "2019-06-03")
    assert service.rows("select first_line, first_file_order = (select file_order from ledger.run where run = %s) "
                        "from cms.referral where referral_key = %s", run, police_key(3)) == [(4, True)]  # fmt: skip
    assert service.rows("select count(*) from ledger.quarantined") == [(1,)]
    again = correct(staff, "jo", run, 4, {"ho_code": "049/11"})
    assert (again.code, again.err[:4]) == (7, "E695")
    document = service.rows("select document from ledger.correction")[0][0]
    assert json.loads(document)["rows"] == {"4": ["offence_from"]}
    assert not [mark for mark in (*CANARIES, "02/06/2019") if mark in document.lower()]
    assert service.loaded() == []
    assert f"{police_name(0, 1)}.ack.csv" in service.there("mps", "incoming")


def test_a_correction_is_older_than_what_came_since(service: Service, staff: Staff) -> None:
    run = load(service, 0, a_stranger(1, ho_code="999/99", station="Bow"), a_stranger(9))
    load(service, 1, a_stranger(9, record_type="U", station="Ilford"))
    assert correct(staff, "jo", run, 2, {"ho_code": "049/10"}).code == 0
    load(service, 2, a_stranger(1, record_type="U", station="Stratford"))
    assert service.rows("select station from cms.referral order by referral_key") == [("Stratford",), ("Ilford",)]


def test_what_tells_how_somebody_is_reached_takes_two(service: Service, staff: Staff) -> None:
    run = load(service, 0, a_stranger(1, safe_to_contact="?"), a_stranger(2))
    asked = correct(staff, "jo", run, 2, {"safe_to_contact": "N"})
    assert (asked.code, asked.json["runs"]) == (0, []), asked
    (waiting,) = asked.json["corrections"]
    number = str(waiting["correction"])
    assert "waits for a second person" in service.lvws("quarantine", "list").out
    assert service.rows("select count(*) from cms.referral") == [(1,)]
    twice = staff.lvws("jo", "quarantine", "confirm", number, "--yes")
    assert (twice.code, twice.err[:4]) == (5, "E524")
    done = staff.lvws("sam", "quarantine", "confirm", number, "--yes")
    assert (done.code, "safe_to_contact" in done.out) == (0, True), done
    assert service.rows("select disposition from cms.referral where referral_key = %s", police_key(1)) == [("held",)]
    over = staff.lvws("sam", "quarantine", "refuse", number, "--yes")
    assert over.code in {5, 7}


def test_two_who_correct_one_row_make_one_person(service: Service, staff: Staff) -> None:
    """With another key each: told twice, it would be two people."""
    run = load(service, 0, a_stranger(1, viw_number="0"), a_stranger(2))
    numbers = [
        str(correct(staff, who, run, 2, {"viw_number": viw}).json["corrections"][0]["correction"])
        for who, viw in (("jo", "1"), ("jo", "2"))
    ]
    first = staff.lvws("sam", "quarantine", "confirm", numbers[0], "--yes", "--json")
    assert (first.code, len(first.json["runs"])) == (0, 1)
    second = staff.lvws("sam", "quarantine", "confirm", numbers[1], "--yes", "--json")
    assert (second.code, second.json["runs"], second.json["corrections"][0]["state"]) == (6, [], "refused"), second
    assert service.rows("select referral_key from cms.referral order by 1") == [(police_key(1),), (police_key(2),)]


@pytest.mark.parametrize(("verb", "code"), [("refuse", 0), ("confirm", 6)])
def test_the_same_correction_twice_shares_its_bytes(service: Service, staff: Staff, verb: str, code: int) -> None:
    """Whichever ends undone leaves them to the other: one loads, and its raw bytes are kept."""
    run = load(service, 0, a_stranger(1, viw_number="0"))
    one, two = (
        str(correct(staff, "jo", run, 2, {"viw_number": "1"}).json["corrections"][0]["correction"]) for _ in range(2)
    )
    if verb == "refuse":
        assert staff.lvws("sam", "quarantine", "refuse", one, "--yes").code == code
    loaded = staff.lvws("sam", "quarantine", "confirm", two, "--yes", "--json")
    assert loaded.code == 0, loaded
    if verb == "confirm":
        assert staff.lvws("sam", "quarantine", "confirm", one, "--yes").code == code
    corrected = loaded.json["runs"][0]["run"]
    assert service.lvws("undo", corrected, "--yes").code == 0
    assert service.lvws("rerun", corrected, "--yes").code == 0, "its bytes are there"
    assert service.rows("select count(*) from cms.referral") == [(1,)]


def test_a_correction_that_the_sender_overtook_is_not_done(service: Service, staff: Staff) -> None:
    run = load(service, 0, a_stranger(1, safe_to_contact="?"), a_stranger(2))
    number = str(correct(staff, "jo", run, 2, {"safe_to_contact": "Y"}).json["corrections"][0]["correction"])
    load(service, 1, a_stranger(1, safe_to_contact="N"))
    late = staff.lvws("sam", "quarantine", "confirm", number, "--yes")
    assert (late.code, "was not done" in late.out) == (6, True), late
    assert service.rows("select safe_to_contact from cms.referral where referral_key = %s", police_key(1)) == [("N",)]


def test_rows_that_people_corrected_are_in_the_file_that_they_came_in(service: Service, staff: Staff) -> None:
    """MOPAC is told of one file with three rows, one of which was broken and corrected."""
    run = load(service, 0, a_stranger(1), a_stranger(2, ho_code="999/99"), a_stranger(3))
    assert correct(staff, "jo", run, 3, {"ho_code": "049/10"}).code == 0
    found = service.rows("select count(*), sum(rows), sum(created), sum(quarantined) from ledger.sent")
    assert found == [(1, 3, 2, 1)]
    built = staff.lvws("jo", "returns", "build", "monthly", "--period", "2019-06", "--json")
    assert built.code == 0, built
    figures = next((service.home / "returns").rglob("figures.csv")).read_text().splitlines()
    told = {line.split(",")[5]: line.split(",")[6] for line in figures if ",data_quality,mps," in line}
    wanted = {"files": "1", "late_files": "1", "rows": "3", "created": "2", "quarantined": "1", "corrected": "1"}
    assert {name: told[name] for name in wanted} == wanted


def test_a_colleague_refuses(service: Service, staff: Staff) -> None:
    run = load(service, 0, a_stranger(1, viw_number="0"))
    number = str(correct(staff, "jo", run, 2, {"viw_number": "1"}).json["corrections"][0]["correction"])
    done = staff.lvws("sam", "quarantine", "refuse", number, "--yes")
    assert done.code == 0, done
    assert service.rows("select count(*) from cms.referral") == [(0,)]
    late = staff.lvws("sam", "quarantine", "confirm", number, "--yes")
    assert late.code in {5, 7}, late
    assert service.rows("select count(*) from ledger.quarantined") == [(1,)]


def test_a_correction_that_is_broken_still_changes_nothing(service: Service, staff: Staff) -> None:
    run = broken(service)
    for line, values, code in (
        (3, {"ho_code": "999/97"}, "E692"),
        (3, {"surname": "\u0141ukasz"}, "E691"),
        (3, {"no_such": "x"}, "E201"),
        (4, {"offence_from": "02-06-2019"}, "E692"),
        (2, {"ho_code": "049/10"}, "E695"),
    ):
        ran = correct(staff, "jo", run, line, values)
        assert ran.err[:4] == code, ran
        assert not [value for value in values.values() if value in ran.err]
    assert service.rows("select count(*) from ledger.correction") == [(0,)]
    unsigned = service.lvws("quarantine", "correct", run, "3", "--reason", WHY, "--yes")
    assert (unsigned.code, unsigned.err[:4]) == (5, "E520")


def test_a_row_without_its_fields_is_the_sender_s(service: Service, staff: Staff) -> None:
    short = as_record(a_stranger(1)).replace(b",Plaistow", b"")
    run = load(service, 0, short, a_stranger(2))
    ran = correct(staff, "jo", run, 2, {"ho_code": "049/10"})
    assert (ran.code, ran.err[:4]) == (3, "E691"), ran
    none = staff.lvws("jo", "quarantine", "export", "--folder", str(service.folder), "--reason", WHY, "--yes")
    assert (none.code, none.err[:4]) == (7, "E695")


# --- a workbook -------------------------------------------------------------------------------------


def exported(service: Service, staff: Staff, *more: str) -> tuple[Path, str]:
    folder = service.folder / "out"
    ran = staff.lvws("jo", "quarantine", "export", "--folder", str(folder), "--reason", WHY, "--yes", "--json", *more)
    assert ran.code == 0, ran
    return Path(ran.json["file"]), ran.json["password"]


def opened(path: Path, password: str) -> openpyxl.Workbook:
    plain = io.BytesIO()
    with path.open("rb") as file:
        locked = msoffcrypto.OfficeFile(file)
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(plain)
    return openpyxl.load_workbook(plain)


def saved(book: openpyxl.Workbook, path: Path, password: str, *, by_libreoffice: bool = False) -> None:
    """The workbook locked again where it was; on the way LibreOffice opens and saves it."""
    plain = path.with_name("plain.xlsx")
    book.save(plain)
    if by_libreoffice:
        plain = converted(plain, "xlsx", path.parent)
    locked = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(plain.read_bytes())).encrypt(password, locked)
    path.write_bytes(locked.getvalue())


def filled(book: openpyxl.Workbook, values: dict[tuple[str, str], str]) -> None:
    sheet = book["Correct"]
    for row in sheet.iter_rows(min_row=2):
        value = values.get((row[1].value, row[3].value))
        if value is not None:
            row[6].value = value


def take_in(staff: Staff, path: Path, password: str, who: str = "jo") -> Ran:
    staff.service.environ[PASSWORD] = password
    return staff.lvws(who, "quarantine", "import", str(path), "--reason", WHY, "--yes", "--json")


def test_a_workbook_has_what_is_faulty_and_nothing_else(service: Service, staff: Staff) -> None:
    broken(service)
    path, password = exported(service, staff)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    data = path.read_bytes()
    assert not [mark for mark in CANARIES if mark.encode() in data.lower()]
    rows = [[cell.value for cell in row] for row in opened(path, password)["Correct"].iter_rows()]
    assert [(row[1], row[2], row[3], row[5]) for row in rows[1:]] == [
        ("3", police_key(2), "ho_code", "999/99"),
        ("4", police_key(3), "offence_from", "31/02/2019"),
        ("5", "", "viw_number", "0"),
    ]
    assert not [mark for mark in CANARIES if mark in str(rows).lower()]


def test_a_round_trip_through_libreoffice(service: Service, staff: Staff) -> None:
    """All types kept, nothing else changed: dates, codes with leading zeros and notes of two lines are texts still."""
    run = broken(service)
    path, password = exported(service, staff)
    book = opened(path, password)
    before = [[cell.value or None for cell in row][:6] for row in book["Correct"].iter_rows()]
    filled(book, {("3", "ho_code"): "008/06", ("4", "offence_from"): "02/06/2019", ("5", "viw_number"): "1"})  # fmt: skip
    saved(book, path, password, by_libreoffice=True)
    assert [[cell.value or None for cell in row][:6] for row in opened(path, password)["Correct"].iter_rows()] == before
    ran = take_in(staff, path, password)
    assert ran.code == 0, ran
    (asked,) = ran.json["corrections"]
    assert (asked["rows"], asked["people"], ran.json["runs"]) == (3, 2, []), "the key of one is corrected"
    assert not path.exists(), "taken in, it is deleted"
    done = staff.lvws("sam", "quarantine", "confirm", str(asked["correction"]), "--yes", "--json")
    assert (done.code, [each["created"] for each in done.json["runs"]]) == (0, [3]), done
    ask = "select referral_key, ho_code, offence_from::text, surname is not null from cms.referral order by 1"
    assert service.rows(ask) == [
        (police_key(1), "049/10", "2019-06-02", True),
        (police_key(2), "008/06", "2019-06-02", True),
        (police_key(3), "049/10", "2019-06-02", True),
        (police_key(4), "049/10", "2019-06-02", True),
        (police_key(5), "049/10", "2019-06-02", True),
    ]
    assert service.rows("select count(*) from ledger.quarantined") == [(0,)]
    assert [line for _, line, _ in outcomes(service)] == [2, 3, 3, 4, 4, 5, 5, 6]
    assert service.lvws("show", run).code == 0


def test_a_workbook_that_is_not_as_it_was(service: Service, staff: Staff) -> None:
    broken(service)
    path, password = exported(service, staff)
    whole = path.read_bytes()

    def spoiled(change: Any) -> Ran:
        path.write_bytes(whole)
        book = opened(path, password)
        filled(book, {("3", "ho_code"): "049/10"})
        change(book["Correct"])
        saved(book, path, password)
        return take_in(staff, path, password)

    def other_value(sheet: Any) -> None:
        sheet["F2"] = "999/00"

    def other_line(sheet: Any) -> None:
        sheet["B2"] = "4"

    def row_less(sheet: Any) -> None:
        sheet.delete_rows(3)

    def number(sheet: Any) -> None:
        sheet["G3"] = 49.1

    def formula(sheet: Any) -> None:
        sheet["G3"] = '="049/10"'

    for change in (other_value, other_line, row_less, number, formula):
        ran = spoiled(change)
        assert (ran.code, ran.err[:4]) == (3, "E694"), (change, ran)
        assert path.exists()
    path.write_bytes(whole)
    nothing = take_in(staff, path, password)
    assert (nothing.code, nothing.err[:4]) == (7, "E695")
    for data, key in ((whole, "wrong-password"), (whole[:4000], password), (b"PK", password)):
        path.write_bytes(data)
        ran = take_in(staff, path, key)
        assert (ran.code, ran.err[:4]) == (3, "E693"), ran
    missing = take_in(staff, path.with_name("none.xlsx"), password)
    assert (missing.code, missing.err[:4]) == (7, "E650")
    assert service.rows("select count(*) from ledger.correction") == [(0,)]


def test_a_workbook_counts_once_and_until_it_expires(service: Service, staff: Staff) -> None:
    broken(service)
    path, password = exported(service, staff, "--rule", "ho_code_unknown")
    book = opened(path, password)
    filled(book, {("3", "ho_code"): "049/10"})
    saved(book, path, password)
    whole = path.read_bytes()
    with time_machine.travel(clock.now().timestamp() + 8 * 86_400, tick=True):
        late = take_in(staff, path, password)
    assert (late.code, late.err[:4]) == (3, "E693")
    assert take_in(staff, path, password).code == 0
    path.write_bytes(whole)
    again = take_in(staff, path, password)
    assert (again.code, again.err[:4]) == (3, "E693")
    assert "taken in on" in again.err


# --- what a changed table mends ----------------------------------------------------------------------


def test_release_replays_only_what_breaks_no_rule_any_more(service: Service, staff: Staff) -> None:
    """A force that numbers its crimes anew: until its pattern is a setting, the keys are not sound."""
    load(
        service,
        0,
        a_stranger(1, crime_reference="ZQ-0001"),
        a_stranger(2, crime_reference="ZQ-0002", ho_code="999/99"),
        a_stranger(3),
    )
    none = staff.lvws("jo", "quarantine", "release", "--reason", WHY, "--yes")
    assert (none.code, none.err[:4]) == (7, "E695")
    assert "2 still do" in none.err
    blocks = (service.folder / "lvws.toml").read_text().partition("[operators")
    service.configure("mps", pattern=r"ZQ-\d{4}|\d{7}/\d\d")
    config = service.folder / "lvws.toml"
    config.write_text(config.read_text() + blocks[1] + blocks[2])
    done = staff.lvws("jo", "quarantine", "release", "--source", "mps", "--reason", WHY, "--yes", "--json")
    assert (done.code, done.json["still_broken"]) == (0, 1), done
    assert [(run["created"], run["quarantined"]) for run in done.json["runs"]] == [(1, 0)]
    assert service.rows("select referral_key from cms.referral order by 1") == [(police_key(3),), ("ZQ-0001|1",)]
    assert [each["line"] for each in service.lvws("quarantine", "list", "--json").json["rows"]] == [3]


def test_somebody_looks_after_a_cause(service: Service, staff: Staff) -> None:
    broken(service)
    done = staff.lvws(
        "jo", "quarantine", "assign", "--source", "mps", "--rule", "ho_code_unknown", "--to", "sam", "--yes"
    )
    assert done.code == 0, done
    owners = {each["rule"]: each["owner"] for each in service.lvws("quarantine", "list", "--json").json["causes"]}
    assert owners["ho_code_unknown"] == "sam"
    wrong = staff.lvws("jo", "quarantine", "assign", "--source", "mps", "--rule", "x", "--to", "sam", "--yes")
    assert (wrong.code, wrong.err[:4]) == (2, "E201")


def test_after_their_period_broken_rows_are_gone(service: Service, staff: Staff) -> None:
    run = broken(service)
    service.change("update ledger.run set ended_at = now() - interval '100 days'")
    assert service.lvws("purge", "--yes").code == 0
    ran = correct(staff, "jo", run, 3, {"ho_code": "049/10"})
    assert (ran.code, ran.err[:4]) == (3, "E690"), ran


def test_before_and_after_are_kept_as_long_as_each_other(service: Service, staff: Staff) -> None:
    run = broken(service)
    assert correct(staff, "jo", run, 3, {"ho_code": "049/10"}).code == 0
    service.change("update ledger.delivery set received_at = now() - interval '40 days'")
    service.change("update ledger.run set started_at = now() - interval '40 days'")
    assert service.lvws("purge", "--yes", "--json").json["raw"] == 1, "the sender's file"
    service.change("update ledger.delivery set received_at = now() - interval '100 days'")
    service.change(
        "update ledger.run set started_at = now() - interval '100 days', ended_at = now() - interval '100 days'"
    )
    done = service.lvws("purge", "--yes", "--json").json
    assert (done["raw"], done["quarantine"]) == (1, 1), "the broken row, and what it became"


def test_what_nobody_brought_back_or_confirmed_goes(service: Service, staff: Staff) -> None:
    run = broken(service)
    path, _ = exported(service, staff)
    asked = correct(staff, "jo", run, 5, {"viw_number": "1"})
    number = str(asked.json["corrections"][0]["correction"])
    service.change("update ledger.quarantine_export set expires_at = now() - interval '1 hour'")
    service.change("update ledger.correction set made_at = now() - interval '100 days'")
    done = service.lvws("purge", "--yes", "--json")
    assert (done.code, done.json["raw"], done.json["exports"]) == (0, 1, 1), done
    assert not path.exists()
    late = staff.lvws("sam", "quarantine", "confirm", number, "--yes")
    assert (late.code, late.err[:4]) == (7, "E505"), late
    assert service.lvws("purge", "--yes").out == "Nothing was to be destroyed.\n"


# --- columns that were renamed or moved ---------------------------------------------------------------


def with_header(changed: dict[str, str], rows: int = 12, *, swap: tuple[str, str] | None = None) -> bytes:
    """A whole file whose header has other names for some columns, and two of them in each other's place."""
    names = list(POLICE_COLUMNS)
    order = list(names)
    if swap is not None:
        a, b = (order.index(name) for name in swap)
        order[a], order[b] = order[b], order[a]
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([changed.get(name, name) for name in order])
    for number in range(rows):
        row = a_stranger(number + 1)
        out.writerow([row[name] for name in order])
    body = text.getvalue().encode("cp1252")
    return body + a_trailer(body, rows)


def refused_for_columns(service: Service, data: bytes) -> str:
    service.put("mps", police_name(0, 1), data)
    (run,) = service.ingest().runs
    assert (run["state"], run["code"]) == ("refused", "header")
    return str(run["run"])


def test_a_renamed_column_is_proposed_with_its_evidence_and_accepted(service: Service, staff: Staff) -> None:
    run = refused_for_columns(service, with_header({"offence_title": "offence_title_text"}))
    shown = service.lvws("quarantine", "columns", run, "--reason", WHY, "--json")
    assert shown.code == 0, shown
    (pair,) = shown.json["columns"]
    assert (pair["column"], pair["sent"], pair["fit"], pair["looked_at"]) == (
        "offence_title",
        "offence_title_text",
        12,
        12,
    )
    assert service.rows("select count(*) from cms.referral") == [(0,)]
    done = staff.lvws("jo", "quarantine", "columns", run, "--accept", "--reason", WHY, "--yes", "--json")
    assert done.code == 0, done
    (replayed,) = done.json["runs"]
    assert (replayed["state"], replayed["rows"], replayed["created"]) == ("loaded", 12, 12)
    assert service.rows("select state from ledger.run where run = %s", run) == [("refused",)]
    assert service.rows("select count(*) from cms.referral where offence_title = 'Other theft'") == [(12,)]
    assert service.rows("select min(first_line), max(first_line) from cms.referral") == [(2, 13)]


def test_columns_about_safe_contact_take_two(service: Service, staff: Staff) -> None:
    run = refused_for_columns(service, with_header({"mobile": "mobile_no"}, swap=("title", "surname")))
    page = service.lvws("quarantine", "columns", run, "--reason", WHY).out
    assert "the same name, in place" in page
    assert "values are as mobile has them" in page
    asked = staff.lvws("jo", "quarantine", "columns", run, "--accept", "--reason", WHY, "--yes", "--json")
    assert (asked.code, asked.json["runs"]) == (0, [])
    number = str(asked.json["corrections"][0]["correction"])
    done = staff.lvws("sam", "quarantine", "confirm", number, "--yes")
    assert (done.code, "mobile_no" in done.out) == (0, True), done
    assert service.rows("select count(distinct surname), count(phone_e164) from cms.referral") == [(12, 12)]


@pytest.mark.parametrize(
    "data",
    [
        with_header({"mobile": "phone_a", "home_phone": "phone_b"}),  # which is which?
        with_header({"birth_date": "zz"}),
        with_header({"offence_from": "offence_to", "offence_to": "offence_to"}),
        with_header({"ho_code": "ho_code"}, swap=None).replace(b",station", b",station,more", 1),
    ],
    ids=["two alike", "no name of the kind", "one twice", "one more"],
)
def test_what_is_not_plain_is_not_proposed(service: Service, data: bytes) -> None:
    body = data.rpartition(b"TRAILER")[0]
    run = refused_for_columns(service, body + a_trailer(body, 12))
    ran = service.lvws("quarantine", "columns", run, "--reason", WHY)
    assert (ran.code, ran.err[:4]) == (3, "E696"), ran


def test_a_statement_has_no_broken_rows(service: Service) -> None:
    service.configure("idva_roster")
    service.put("idva_roster", "IDVA_ROSTER_20190630.xlsx", b"PK no workbook")
    (run,) = service.ingest().runs
    assert run["state"] == "refused"
    ran = service.lvws("quarantine", "show", run["run"], "2", "--reason", WHY)
    assert (ran.code, ran.err[:4]) == (3, "E690"), ran


def test_a_file_that_was_refused_for_something_else(service: Service) -> None:
    run = load(service, 0, a_stranger(1))
    ran = service.lvws("quarantine", "columns", run, "--reason", WHY)
    assert (ran.code, ran.err[:4]) == (3, "E696")
