"""What moved between two versions, cause by cause, through the whole service: rules, erasure, and all at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.casework import an_event
from tests.feeds import police_key
from tests.operators import Staff
from tests.returns import Mopac
from tests.service import Service, running
from tests.test_returns_build import DA, OF_POLICE, approve, build, folder, happened, lines, some, take_in


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("case_activity")
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    Mopac(service)
    return Staff.of(service, "jo", "sam")


def moved(service: Service) -> dict[str, dict[str, float]]:
    """The table of changes of version 2; every line adds up."""
    by_row: dict[str, dict[str, float]] = {}
    for each in lines(service, 2):
        if each["table"] == "changes" and each["value"]:
            by_row.setdefault(each["row"], {})[each["column"]] = float(each["value"])
    for row, values in by_row.items():
        if "old" in values and "new" in values:
            parts = sum(value for name, value in values.items() if name not in {"old", "new"})
            assert parts == pytest.approx(values["new"] - values["old"], abs=0.001), row
    return by_row


def rules_change(service: Service, *keys: str) -> None:
    """What triage under a newer version of the rules writes into referrals that were there: no word of a sender's."""
    service.change(
        "update cms.referral set priority_reasons = '{vulnerable}', triage_version = 'a newer one' "
        "where referral_key = any(%s)",
        list(keys),
    )


def forget(service: Service, key: str) -> None:
    """What is left of a referral whose person had the right to be erased: nothing in the CMS."""
    (number,) = service.rows("select referral_id from cms.referral where referral_key = %s", key)[0]
    tables = service.rows(
        "select distinct n.nspname || '.' || c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid "
        "join pg_namespace n on n.oid = c.relnamespace where a.attname = 'referral_id' and c.relkind = 'r' "
        "and n.nspname = 'cms' and c.relname <> 'referral'"
    )
    for (table,) in tables:
        service.change(f"set session_replication_role = replica; delete from {table} where referral_id = {number}")
    service.change(f"set session_replication_role = replica; delete from cms.referral where referral_id = {number}")


def test_a_change_of_rules_is_told_as_one(service: Service, staff: Staff) -> None:
    take_in(service, 0, *some(*range(1, 21)))
    build(service)
    approve(staff)
    rules_change(service, *(police_key(number) for number in range(1, 8)))
    assert build(service)["version"] == 2
    enhanced = moved(service)["priority enhanced referrals"]
    assert (enhanced["new"] - enhanced["old"], enhanced["rules"]) == (7, 7)
    assert "referral_source total referrals" not in moved(service)


def test_an_erasure_is_told_as_one_and_the_version_before_is_made_again_all_the_same(service: Service, staff: Staff) -> None:  # fmt: skip
    take_in(service, 0, *some(*range(1, 21)))
    build(service)
    approve(staff)
    before = (folder(service, 1) / "figures.csv").read_bytes()
    forget(service, police_key(4))
    assert build(service)["version"] == 2
    total = moved(service)["referral_source total referrals"]
    assert (total["old"], total["new"], total["erasure"]) == (20, 19, -1)
    ran = service.lvws("returns", "rebuild", "monthly", "--period", "2019-06", "--version", "1")
    assert (ran.code, "NOT" in ran.out) == (0, False), ran
    assert (folder(service, 1) / "figures.csv").read_bytes() == before


def test_late_files_corrections_a_withdrawal_rules_and_an_erasure_add_up_together(service: Service, staff: Staff) -> None:  # fmt: skip
    take_in(service, 0, *some(*range(1, 31)))
    build(service)
    approve(staff)
    forget(service, police_key(9))
    rules_change(service, *(police_key(number) for number in range(10, 16)))
    take_in(service, 5, *some(101, 102))
    take_in(service, 40, *some(1, record_type="U", **DA), *some(2, record_type="W"))
    taken = (an_event(number, **OF_POLICE | {"referral_key": police_key(number)}) for number in range(1, 8))
    happened(service, 60, *taken)
    assert build(service)["version"] == 2
    found = moved(service)
    total = found["referral_source total referrals"]
    assert (total["old"], total["new"], total["late_referrals"], total["erasure"]) == (30, 31, 2, -1)
    enhanced = found["priority enhanced referrals"]
    assert (enhanced["rules"], enhanced["corrections"]) == (6, 1)
    assert found["referral_source total take_up"]["withdrawals"] == 1
