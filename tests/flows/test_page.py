"""The page of the night, without Prefect: what stands on it, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.cms.high_risk import HighRisk
from exchange.cms.not_passable import NotPassable
from exchange.errors import Busy, HostKeyChanged, LeaseLost, ServerAway
from exchange.ledger.reports import Gap
from exchange.ledger.runs import Run
from exchange.stages import Night
from flows import page
from flows.page import Visit

DAY = date(2019, 6, 4)
LOADED = Run(
    run="0123456789ab",
    source="mps",
    file="MPS_LVWS_20190603_000101.csv",
    content="0" * 64,
    business_date=date(2019, 6, 3),
    sequence=101,
    arrival=1,
    file_order=1,
    declared_rows=3,
    body_bytes=100,
    state="loaded",
    stage="load",
    code=None,
    detail=None,
    rows=3,
    created=1,
    updated=0,
    withdrawn=0,
    duplicate=0,
    quarantined=2,
    excluded=0,
    waiting=0,
    mapping_version="1",
    triage_version="1",
    fence=1,
    started_at=datetime(2019, 6, 4, 5, 30, tzinfo=UTC),
    ended_at=datetime(2019, 6, 4, 5, 31, tzinfo=UTC),
)
REFUSED = replace(LOADED, run="ba9876543210", state="refused", code="header", rows=0, created=0, quarantined=0)
AWAY = ServerAway(source="btp", host="127.0.0.1", port=22, doing="connecting")
ROW = NotPassable("mps", LOADED.run, LOADED.file, LOADED.business_date, 11, "NE", "IDVA team North East")


def visit(*runs: Run, source: str = "mps", failures: tuple[Exception, ...] = (), **more: object) -> Visit:
    return Visit(source, Night(runs=list(runs), failures=list(failures)), **more)


@pytest.mark.parametrize(
    ("given", "failed"),
    [
        (visit(), False),
        (visit(LOADED), False),
        (visit(replace(LOADED, state="repeat", rows=0, quarantined=0)), False),
        (visit(REFUSED), True),
        (visit(replace(REFUSED, state="stopped")), True),
        (visit(replace(REFUSED, state="open", code=None)), True),
        (visit(failures=(AWAY,)), True),
        (visit(failures=(HostKeyChanged(source="mps"),)), True),
        (visit(LOADED, not_passable=[ROW]), True),
        (visit(not_passable=[ROW]), False),  # of an earlier night: it stays on the page
    ],
)
def test_a_visit_fails_when_somebody_has_to_act(given: Visit, failed: bool):
    assert given.failed is failed


@pytest.mark.parametrize(
    "taken",
    [
        Busy(what=f"run {LOADED.run}", who="another", since="05:30", until="05:35"),
        LeaseLost(run=LOADED.run),
    ],
)
def test_a_run_that_another_worker_has_is_no_fault_and_nothing_to_do(taken: Exception):
    given = visit(replace(REFUSED, run=LOADED.run, state="open", code=None), failures=(taken,))
    told = page.markdown(DAY, [given])
    assert not given.failed
    assert "## To do\n\nNothing." in told
    assert f"another worker is at run {LOADED.run}" in told


def test_a_busy_database_is_a_fault():
    assert visit(failures=(Busy(what="the database", who="another command", since="now", until="soon"),)).failed


def test_what_to_do_stands_in_the_order_in_which_one_does_it():
    visits = [
        visit(LOADED, REFUSED, not_passable=[ROW], gaps=[Gap("mps", 99, 100)]),
        visit(source="btp", failures=(AWAY,)),
    ]
    steps = [line for line in page.markdown(DAY, visits).splitlines() if line[:1].isdigit()]
    begins = [step.split(". ", 1)[1].lstrip("*") for step in steps]
    assert [begin.split(":")[0].replace("\\", "") for begin in begins] == [
        "HIGH RISK, NOT PASSABLE",
        "btp",
        REFUSED.file,
        "mps",
        LOADED.file,
    ]
    assert "numbers 99 to 100 never came" in steps[3]


def test_people_at_high_risk_stand_before_everything_else():
    some = [HighRisk("NE", "IDVA team North East", 1, 0, 1), HighRisk("CITY", "S1001", 0, 1, 0)]
    told = page.markdown(
        DAY,
        [visit(LOADED, REFUSED, high_risk=some, not_passable=[ROW]), visit(LOADED, source="btp", high_risk=some[:1])],
    )
    headings = [line for line in told.splitlines() if line.startswith("## ")]
    assert headings[:2] == ["## High-risk domestic abuse: 3 referrals, 2 of them held", "## To do"]
    assert "| NE | 2 |  | 2 | IDVA team North East |" in told
    assert "| CITY |  | 1 |  | S1001 |" in told


def test_an_ordinary_night_says_so():
    told = page.markdown(DAY, [visit(replace(LOADED, quarantined=0, rows=1)), visit(source="btp")])
    assert told.startswith("# Files taken in on Tuesday 4 June 2019\n\n**1 file, 1 row.**\n\n## To do\n\nNothing.\n")
    assert "| btp |  |  | no new file |  |  |" in told


def test_a_file_s_name_cannot_act_as_markdown():
    night = Night(incomplete={"mps": ["MPS_[x](http://evil)|<b>*.csv"]})
    told = page.markdown(DAY, [Visit("mps", night)])
    assert "\\[x](http://evil)\\|&lt;b>\\*" in told


def test_many_people_at_high_risk_do_not_make_an_endless_page():
    rows = [replace(ROW, line=line) for line in range(1, 31)]
    told = page.markdown(DAY, [visit(LOADED, not_passable=rows)])
    assert told.count("**HIGH RISK, NOT PASSABLE:** line") == page.MOST
    assert "10 more of mps" in told


def test_no_key_stands_on_the_page():
    """Prefect keeps it; keys are pseudonyms, and so still protected."""
    assert not {"key", "referral_key"} & set(NotPassable.__dataclass_fields__)
