"""`lvws status`: the night in one picture, whatever it was like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import a_police_file, a_police_row, a_stranger, police_name
from tests.service import Service, running

HIGH_RISK = {"da_flag": "Y", "dash_risk": "H"}


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("btp")
        yield made


def looks(service: Service) -> dict[str, int]:
    ran = service.lvws("status", "--json")
    assert (ran.code, ran.err) == (0, ""), ran
    return {each["command"]: each["count"] for each in ran.json["look_at"]}


def test_before_the_first_file(service: Service) -> None:
    assert looks(service) == {}
    told = service.lvws("status").out
    assert "Nothing waits for anybody." in told
    assert "Nothing was ever loaded" in told
    assert "none yet" in told


def test_a_bad_night_is_told_with_the_most_dangerous_first(service: Service) -> None:
    rows = [
        a_stranger(1),
        a_stranger(2, **HIGH_RISK, consent="Y", safe_to_contact="N"),
        a_stranger(3, **HIGH_RISK, consent=""),
        a_stranger(4, ho_code="999/99"),
    ]
    service.put("mps", police_name(0, 1), a_police_file(rows))
    service.put("btp", police_name(0, 1, "BTP"), a_police_file([a_police_row(9)]).replace(b"TRAILER,1", b"TRAILER,2"))
    service.put("btp", police_name(1, 2, "BTP"), a_police_file([a_police_row(10)], trailer=False))
    assert service.ingest().code == 3

    found = service.lvws("status", "--json").json
    commands = [each["command"] for each in found["look_at"]]
    assert commands[:4] == ["lvws not-passable list", "lvws held list", "lvws runs", "lvws files"]
    counts = looks(service)
    assert (counts["lvws not-passable list"], counts["lvws runs"], counts["lvws files"]) == (1, 1, 1)
    assert counts["lvws quarantine list"] == 1
    mps, btp = found["sources"][:2]
    assert (mps["source"], mps["files"], mps["rows"], mps["quarantined"], mps["excluded"]) == ("mps", 1, 4, 1, 1)
    assert (btp["state"], btp["bad"], btp["incomplete"]) == ("refused", 1, 1)
    told = service.lvws("status").out
    assert told.index("not passable") < told.index("at high risk and held") < told.index("refused, stopped")


def test_what_was_days_ago_is_no_part_of_the_night(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
    service.loaded()
    service.change("update ledger.run set started_at = started_at - interval '3 days', ended_at = ended_at - interval '3 days'")  # fmt: skip
    mps = service.lvws("status", "--json").json["sources"][0]
    assert (mps["files"], mps["rows"], mps["state"]) == (0, 0, "loaded")
