"""Building returns through the command: what is counted, made again, restated with reasons, and traced."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from exchange import clock
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import Row, a_police_file, a_stranger, police_key, police_name
from tests.operators import Staff
from tests.returns import Mopac
from tests.service import Ran, Service, running

JUNE = ("monthly", "--period", "2019-06")
DA = {"da_flag": "Y", "dash_risk": "H"}
OF_POLICE = {"referral_source": "mps", "referral_key": police_key(1)}


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("case_activity")
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    Mopac(service)
    return Staff.of(service, "jo", "sam")


def take_in(service: Service, day: int, *rows: Row, sequence: int | None = None) -> None:
    service.put("mps", police_name(day, sequence or day + 20), a_police_file(rows))
    service.loaded("--source", "mps")


def happened(service: Service, number: int, *events: Row) -> None:
    service.put("case_activity", activity_name(number, number), an_activity_file(events))
    service.loaded("--source", "case_activity")


def build(service: Service, *more: str) -> Any:
    ran = service.lvws("returns", "build", *JUNE, "--json", *more)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.json


def approve(staff: Staff, *more: str) -> Ran:
    ran = staff.lvws("sam", "returns", "approve", *JUNE, "--yes", *more)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran


def folder(service: Service, version: int) -> Path:
    return service.home / "returns" / "monthly" / "2019-06" / f"v{version}"


def lines(service: Service, version: int = 1) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder(service, version) / "figures.csv").read_text(encoding="utf-8"))))


def cell(service: Service, table: str, row: str, column: str, version: int = 1) -> str:
    (found,) = [
        each for each in lines(service, version) if (each["table"], each["row"], each["column"]) == (table, row, column)
    ]
    return found["value"] or found["status"]


def some(*numbers: int, **over: str) -> Sequence[Row]:
    return [a_stranger(number, **over) for number in numbers]


def test_a_month_is_built_and_said(service: Service) -> None:
    take_in(service, 0, *some(1, 2, 3), *some(4, **DA))
    happened(service, 1, an_event(1, **OF_POLICE))
    made = build(service)
    assert (made["return"], made["period"], made["version"], made["state"], made["built"]) == ("monthly", "2019-06", 1, "draft", True)  # fmt: skip
    assert cell(service, "referral_source", "police", "referrals") == "4"
    assert cell(service, "referral_source", "police", "take_up_rate") == "0.2500"
    assert cell(service, "crime_category", "high_risk_da", "referrals") == "1"
    assert cell(service, "referral_source", "other_force", "take_up_rate") == "not_available"
    assert cell(service, "gender", "female", "referrals") == "suppressed"  # 4 in a table of small numbers
    said = service.lvws("returns", "build", *JUNE)
    assert (said.code, said.err) == (0, "")
    assert "monthly-2019-06-v1 was built" in said.out
    assert "It counts 4 referrals." in said.out
    assert "lvws returns approve" in said.out


def test_a_month_without_anything(service: Service) -> None:
    assert "No referral was received in the period." in service.lvws("returns", "build", *JUNE).out
    assert cell(service, "referral_source", "total", "referrals") == "0"
    assert cell(service, "referral_source", "total", "take_up_rate") == "not_available"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("monthly", "--period", "2019-20Q1"), "made for a month"),
        (("monthly", "--period", "2019-13"), "is no period"),
        (("monthly", "--period", "2019-06", "--cut-off", "soon"), "is no moment"),
        (("monthly", "--period", "2099-06"), "has not come yet"),
        (("monthly", "--period", "2019-06", "--cut-off", "2099-01-01"), "has not come yet"),
        (("monthly", "--period", "2019-06", "--as-known-at", "2099-01-01"), "has not come yet"),
    ],
)
def test_wrong_use_is_refused(service: Service, arguments: tuple[str, ...], says: str) -> None:
    ran = service.lvws("returns", "build", *arguments)
    assert ran.code == 2
    assert says in ran.err
    assert not (service.home / "returns" / "monthly" / "2019-06").exists()


def test_an_unknown_return(service: Service) -> None:
    ran = service.lvws("returns", "build", "weekly", "--period", "2019-06")
    assert (ran.code, ran.err.split()[0]) == (7, "E701")


def test_a_version_is_made_again_on_another_day_elsewhere_and_after_a_purge(service: Service, staff: Staff) -> None:
    take_in(service, 0, *some(1, 2, 3, 4, 5, 6, 7))
    build(service)
    approve(staff)
    before = {path.name: path.read_bytes() for path in folder(service, 1).iterdir() if path.name != "records.parquet"}
    with time_machine.travel(clock.now() + timedelta(days=400)), pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TZ", "Pacific/Kiritimati")
        time.tzset()
        assert service.lvws("purge", "--yes").code == 0
        ran = service.lvws("returns", "rebuild", *JUNE, "--json")
        assert (ran.code, ran.err) == (0, "")
    time.tzset()
    assert ran.json == {"name": "monthly-2019-06-v1", "files": {"monthly-2019-06-v1.xlsx": True, "figures.csv": True}}
    after = {path.name: path.read_bytes() for path in folder(service, 1).iterdir() if path.name != "records.parquet"}
    assert after == before


def test_building_again_after_approval_without_news_makes_no_version(service: Service, staff: Staff) -> None:
    take_in(service, 0, *some(1, 2))
    build(service)
    approve(staff)
    ran = service.lvws("returns", "build", *JUNE)
    assert (ran.code, ran.out) == (0, "Nothing changed since monthly-2019-06-v1 (approved): no new version was made.\n")
    assert not folder(service, 2).exists()


def test_later_facts_make_a_second_version_that_says_why(service: Service, staff: Staff) -> None:
    """Late file, correction, withdrawal: each difference is the sum of its parts."""
    take_in(service, 0, *some(*range(1, 31)))
    build(service)
    approve(staff)
    moment = clock.now().isoformat()
    take_in(service, 5, *some(101, 102))  # a late file of June
    take_in(service, 40, *some(1, record_type="U", **DA), *some(2, record_type="W"))
    happened(
        service, 60, *(an_event(number, **OF_POLICE | {"referral_key": police_key(number)}) for number in range(1, 8))
    )
    assert build(service)["version"] == 2
    changes = [each for each in lines(service, 2) if each["table"] == "changes"]
    by_row: dict[str, dict[str, str]] = {}
    for each in changes:
        by_row.setdefault(each["row"], {})[each["column"]] = each["value"]
    total = by_row["referral_source total referrals"]
    assert (total["old"], total["new"], total["late_referrals"]) == ("30.0000", "32.0000", "2.0000")
    risk = by_row["crime_category high_risk_da referrals"]
    assert (risk["old"], risk["new"], risk["corrections"]) == ("0.0000", "1.0000", "1.0000")
    taken = by_row["referral_source total take_up"]
    assert (taken["new"], taken["corrections"], taken["withdrawals"]) == ("7.0000", "6.0000", "1.0000")
    for row, values in by_row.items():
        if values["old"] and values["new"]:
            parts = sum(float(values[each]) for each in values if each not in {"old", "new"})
            assert parts == pytest.approx(float(values["new"]) - float(values["old"]), abs=0.001), row
    known_then = build(service, "--as-known-at", moment)
    assert known_then["built"] is False  # June as it was known then is version 1 still


def test_a_figure_is_traced_to_file_and_line_and_back(service: Service) -> None:
    take_in(service, 0, *some(1, 2, 3), *some(4, **DA))
    take_in(service, 1, *some(4, record_type="U", sex="M", **DA))
    build(service)
    ran = service.lvws("returns", "trace", "monthly", "crime_category", "high_risk_da", "referrals", "--period", "2019-06", "--json")  # fmt: skip
    assert ran.json["records"] == 1
    assert [(each["file"], each["line"], each["key"]) for each in ran.json["lines"]] == [
        (police_name(0, 20), 5, police_key(4)),
        (police_name(1, 21), 2, police_key(4)),
    ]
    back = service.lvws("returns", "trace", "monthly", "--referral", "mps", police_key(4), "--period", "2019-06", "--json").json  # fmt: skip
    cells = {(each["table"], each["row"], each["column"]) for each in back["cells"]}
    assert ("crime_category", "high_risk_da", "referrals") in cells
    assert ("crime_category", "high_risk_da", "take_up") not in cells
    assert ("age_non_da", "total", "referrals") not in cells
    audited = service.rows("select what from ledger.audit where what like '%%traced' order by audit_id")
    assert audited == [("figure traced",), ("referral traced",)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (("crime_category", "high_risk_da", "referrals"), 7),  # no version is there
        (("crime_category", "high_risk_da"), 2),
        ((), 2),
    ],
)
def test_what_cannot_be_traced(service: Service, cell: tuple[str, ...], code: int) -> None:
    assert service.lvws("returns", "trace", "monthly", *cell, "--period", "2019-06").code == code


def test_a_cell_that_is_not_there(service: Service) -> None:
    build(service)
    ran = service.lvws("returns", "trace", "monthly", "crime_category", "zzelm", "referrals", "--period", "2019-06")
    assert (ran.code, ran.err.split()[0]) == (7, "E633")
