"""Which clocks count and which were met, as tables of cases (docs/triage.md, The clocks; interfaces: returns)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from exchange.clock import LONDON
from outputs.standards import COMPLAINTS, RAW, STANDARDS, standards

CUT_OFF = datetime(2021, 5, 11, tzinfo=LONDON)  # 24:00 of the tenth

# Times are London's; `-` is never. `counts`: met, late (due and not met), or nothing. Hours are those of the step done.
# Fridays before and after Easter 2021 are 2 and 9 April; 3 May is a bank holiday; summer time began on 28 March.
CASES = """
standard              | started          | done                | also                          | counts | hours
contact_72h           | 2021-04-06 10:00 | 2021-04-09 10:00:00 |                               | met    | 72
contact_72h           | 2021-04-06 10:00 | 2021-04-09 10:00:01 |                               | late   | 72
contact_72h           | 2021-04-06 10:00 | 2021-04-06 10:00:00 |                               | met    | 0
contact_72h           | 2021-04-06 10:00 | -                   |                               | late   |
contact_72h           | 2021-05-08 00:00 | -                   |                               | late   |
contact_72h           | 2021-05-08 00:01 | -                   |                               |        |
contact_72h           | 2021-05-08 00:01 | 2021-05-09 00:01    |                               | met    | 24
contact_72h           | 2021-03-27 12:00 | 2021-03-30 13:00:00 |                               | met    | 72
contact_72h           | 2021-03-27 12:00 | 2021-03-30 13:00:01 |                               | late   | 72
contact_72h           | 2021-04-06 10:00 | -                   | withdrawn=yes                 |        |
contact_72h           | 2021-04-06 10:00 | 2021-04-06 12:00    | withdrawn=yes                 | met    | 2
contact_72h           | 2021-04-06 10:00 | -                   | ended=2021-04-09 10:00        |        |
contact_72h           | 2021-04-06 10:00 | -                   | ended=2021-04-09 10:01        | late   |
three_attempts_72h    | 2021-04-06 10:00 | 2021-04-09 10:00    |                               | met    | 72
three_attempts_72h    | 2021-04-06 10:00 | 2021-04-09 10:01    |                               | late   | 72.0167
three_attempts_72h    | 2021-04-06 10:00 | -                   | contact=2021-04-07 10:00      | met    | 24
three_attempts_72h    | 2021-04-06 10:00 | 2021-04-08 10:00    | contact=2021-04-10 10:00      | met    | 48
three_attempts_72h    | 2021-04-06 10:00 | 2021-04-08 10:00    | contact=2021-04-07 10:00      | met    | 24
three_attempts_72h    | 2021-04-06 10:00 | -                   |                               | late   |
needs_assessment_24h  | 2021-04-06 10:00 | 2021-04-07 10:00    |                               | met    | 24
needs_assessment_24h  | 2021-04-06 10:00 | 2021-04-07 10:01    |                               | late   | 24.0167
needs_assessment_24h  | 2021-04-06 10:00 | 2021-04-05 10:00    |                               | met    | 0
needs_assessment_24h  | -                | -                   |                               |        |
needs_assessment_24h  | -                | 2021-04-05 10:00    |                               |        |
caseworker_24h        | 2021-04-06 10:00 | 2021-04-07 10:00    |                               | met    | 24
caseworker_24h        | 2021-04-06 10:00 | 2021-04-03 10:00    |                               | met    | 0
caseworker_24h        | 2021-04-06 10:00 | -                   |                               | late   |
caseworker_24h        | 2021-04-06 10:00 | -                   | ended=2021-04-06 11:00        |        |
care_plan_72h         | 2021-04-06 10:00 | 2021-04-09 10:00    |                               | met    | 72
care_plan_72h         | 2021-04-06 10:00 | 2021-04-09 10:01    |                               | late   | 72.0167
onward_24h            | 2021-04-06 10:00 | 2021-04-07 10:00    | goes_onward=yes               | met    | 24
onward_24h            | 2021-04-06 10:00 | 2021-04-07 10:01    | goes_onward=yes               | late   | 24.0167
onward_24h            | 2021-04-06 10:00 | 2021-04-05 10:00    | goes_onward=yes               | met    | 0
onward_24h            | 2021-04-06 10:00 | -                   | goes_onward=yes               | late   |
onward_24h            | -                | -                   | goes_onward=yes               |        |
onward_24h            | 2021-04-06 10:00 | -                   |                               |        |
onward_24h            | 2021-04-06 10:00 | 2021-04-06 11:00    |                               |        |
police_2_working_days | 2021-04-01 09:00 | 2021-04-08 00:00    |                               | met    | 159
police_2_working_days | 2021-04-01 09:00 | 2021-04-09 00:00    |                               | late   | 183
police_2_working_days | 2021-04-02 23:00 | 2021-04-08 00:00    |                               | met    | 121
police_2_working_days | 2021-04-05 23:59 | 2021-04-08 00:00    |                               | met    | 48.0167
police_2_working_days | 2021-04-06 00:00 | 2021-04-09 00:00    |                               | met    | 72
police_2_working_days | 2021-04-06 00:00 | 2021-04-10 00:00    |                               | late   | 96
police_2_working_days | 2021-04-01 09:00 | 2021-04-08 00:00    | withdrawn=yes                 | met    | 159
police_2_working_days | -                | 2021-04-08 00:00    |                               |        |
police_2_working_days | 2021-03-26 18:00 | 2021-03-31 00:00    |                               | met    | 101
"""
COMPLAINT_CASES = """
complained       | acknowledged     | resolved         | in 24 hours | hours   | in 5 working days | hours
2021-04-01 10:00 | 2021-04-02 10:00 | 2021-04-12 23:59 | met         | 24      | met               | 253.9833
2021-04-01 10:00 | 2021-04-02 10:01 | 2021-04-13 00:01 | late        | 24.0167 | late              | 254
2021-04-30 10:00 | 2021-04-30 11:00 | -                | met         | 1       | late              |
2021-05-03 10:00 | 2021-05-03 11:00 | -                | met         | 1       | late              |
2021-05-04 10:00 | 2021-05-04 11:00 | -                | met         | 1       |                   |
2021-05-04 10:00 | 2021-05-04 11:00 | 2021-05-05 11:00 | met         | 1       | met               | 24
2021-04-30 10:00 | -                | -                | late        |         |                   |
2021-05-10 00:00 | -                | -                | late        |         |                   |
2021-05-10 00:01 | -                | -                |             |         |                   |
"""

# What starts a clock and what meets it, as columns of RAW.
COLUMNS = {
    "contact_72h": ("received_at", "contact"),
    "three_attempts_72h": ("received_at", "third_attempt"),
    "needs_assessment_24h": ("contact", "assessment"),
    "caseworker_24h": ("assessment", "caseworker"),
    "care_plan_72h": ("assessment", "care_plan"),
    "onward_24h": ("contact", "onward"),
    "police_2_working_days": ("recorded_at", "received_at"),
}


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()[1:]]


def moment(text: str) -> datetime | None:
    return None if text == "-" else datetime.fromisoformat(text).replace(tzinfo=LONDON)


def raw(*rows: dict[str, Any]) -> pa.Table:
    filled = [dict.fromkeys(RAW.names) | {"referral_id": 1, "month": "2021-04"} | row for row in rows]
    return pa.Table.from_pylist(filled, RAW)


def complaints(*rows: dict[str, Any]) -> pa.Table:
    filled = [dict.fromkeys(COMPLAINTS.names) | {"referral_id": 1, "month": "2021-04"} | row for row in rows]
    return pa.Table.from_pylist(filled, COMPLAINTS)


def told(found: pa.Table, standard: str) -> tuple[str, str]:
    """What a table says of a clock: met, late or nothing, and in how many hours the step was done."""
    lines = [line for line in found.to_pylist() if line["standard"] == standard]
    if not lines:
        return "", ""
    (line,) = lines
    assert (line["referral_id"], line["month"]) == (1, "2021-04")
    hours = "" if line["minutes"] is None else f"{line['minutes'] / 60:.4f}".removesuffix(".0000")
    return "met" if line["met"] else "late", hours


@pytest.mark.parametrize(("standard", "started", "done", "also", "counts", "hours"), table(CASES))
def test_a_clock_counts_when_it_was_met_or_ran_out(
    standard: str, started: str, done: str, also: str, counts: str, hours: str
) -> None:
    starts, meets = COLUMNS[standard]
    row: dict[str, Any] = {starts: moment(started), meets: moment(done)}
    if also:
        name, _, value = also.partition("=")
        row[name] = True if value == "yes" else moment(value)
    found = standards(raw(row), complaints(), CUT_OFF)
    assert told(found, standard) == (counts, hours)


@pytest.mark.parametrize(
    ("at", "acknowledged", "resolved", "day", "hours", "week", "week_hours"), table(COMPLAINT_CASES)
)
def test_complaints(
    at: str, acknowledged: str, resolved: str, day: str, hours: str, week: str, week_hours: str
) -> None:
    row = {
        "complained_at": moment(at),
        "acknowledged_at": moment(acknowledged),
        "resolved_at": moment(resolved),
    }
    found = standards(raw(), complaints(row), CUT_OFF)
    assert told(found, "complaint_24h") == (day, hours)
    assert told(found, "complaint_5_working_days") == (week, week_hours)


def test_of_nothing_there_is_nothing() -> None:
    found = standards(raw(), complaints(), CUT_OFF)
    assert found.num_rows == 0
    assert found.schema == STANDARDS


def test_each_referral_has_its_own_clocks() -> None:
    """Two of them together are the same as each alone."""
    one = {"received_at": moment("2021-04-06 10:00"), "contact": moment("2021-04-07 10:00")}
    other = {"referral_id": 2, "received_at": moment("2021-04-08 10:00"), "recorded_at": moment("2021-04-01 10:00")}
    together = standards(raw(one, other), complaints(), CUT_OFF).to_pylist()
    apart = [line for row in (one, other) for line in standards(raw(row), complaints(), CUT_OFF).to_pylist()]
    key = lambda line: (line["standard"], line["referral_id"])  # noqa: E731
    assert sorted(together, key=key) == sorted(apart, key=key)
