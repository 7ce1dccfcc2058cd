"""The expected-file clock: which days are owed, when, how a day stands, and what is out of the ordinary."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import LONDON
from exchange.errors import MappingInvalid
from exchange.intake import arrivals
from exchange.intake.arrivals import Expected, Seen
from exchange.sources import SOURCES
from mappings.arrival_calendar import Calendar, load_calendars
from mappings.load import ROOT
from tests.mappings.spoiling import spoil

TABLE = Path(__file__).with_name("arrivals.txt")
MONDAY = date(2026, 6, 1)
DAYS = {name: MONDAY + timedelta(days=count) for count, name in enumerate("Mon Tue Wed Thu Fri".split())}
EXAMPLES = [
    [cell.strip() for cell in line.split("|")]
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.count("|") == 2 and not line.startswith("what")
]
EVERY_DAY = Calendar("mps", frozenset(range(7)), True, 1, time(5), timedelta(hours=24), date.min, date.max, False)
WORKING = Calendar("mps", frozenset(range(5)), False, 1, time(5), timedelta(hours=24), date.min, date.max, False)


def moment(said: str) -> datetime:
    day, clock = said.split()
    return datetime.combine(DAYS[day], time.fromisoformat(clock), LONDON).astimezone(UTC)


def seen(said: str) -> list[Seen]:
    found = re.findall(r"(\w+):(\d+)@(\w+ [\d:]+)", said)
    return [Seen(state, int(rows), moment(at)) for state, rows, at in found]


@pytest.mark.parametrize(("came", "now", "state"), EXAMPLES)
def test_how_a_day_stands(came: str, now: str, state: str) -> None:
    (owed,) = arrivals.expected([EVERY_DAY], "mps", MONDAY, MONDAY)
    assert arrivals.state_of(owed, seen(came), is_being_written="writing" in came, now=moment(now)) == state


def test_the_examples_show_every_state() -> None:
    assert {state for *_, state in EXAMPLES} == set(arrivals.STATES)


moments = st.datetimes(datetime(2026, 5, 30), datetime(2026, 6, 8)).map(lambda at: at.replace(tzinfo=UTC))
files = st.lists(
    st.builds(Seen, st.sampled_from(["open", "loaded", "refused", "stopped", "repeat"]), st.integers(0, 3), moments)
)
OWED = Expected("mps", MONDAY, datetime(2026, 6, 2, 4, tzinfo=UTC), datetime(2026, 6, 3, 4, tzinfo=UTC))


@given(files, st.booleans(), moments)
def test_the_order_in_which_files_came_does_not_matter(came: list[Seen], writing: bool, now: datetime) -> None:
    state = arrivals.state_of(OWED, came, is_being_written=writing, now=now)
    assert state == arrivals.state_of(OWED, came[::-1], is_being_written=writing, now=now)
    assert (state in {"came", "nil", "recovered"}) == any(each.state == "loaded" for each in came)


@given(files, st.booleans(), moments, moments)
def test_a_day_that_is_wanting_stays_so_until_something_comes(
    came: list[Seen], writing: bool, one: datetime, other: datetime
) -> None:
    before, after = (arrivals.state_of(OWED, came, is_being_written=writing, now=now) for now in sorted((one, other)))
    assert before not in arrivals.WANTING or after in arrivals.WANTING


def test_every_day_is_owed_on_both_changes_of_the_clocks() -> None:
    for first, last in ((date(2026, 3, 27), date(2026, 3, 31)), (date(2026, 10, 23), date(2026, 10, 27))):
        days = list(arrivals.expected([EVERY_DAY], "mps", first, last))
        assert [each.business_date for each in days] == [first + timedelta(days=count) for count in range(5)]
        assert {each.due_at.astimezone(LONDON).strftime("%H:%M") for each in days} == {"05:00"}


def test_days_that_are_not_worked_are_not_owed() -> None:
    """Christmas 2026: Friday 25 December and, in its place, Monday 28 December are bank holidays."""
    days = arrivals.expected([WORKING], "mps", date(2026, 12, 24), date(2026, 12, 30))
    assert [each.business_date.day for each in days] == [24, 29, 30]
    saturday = date(2026, 12, 26)
    assert [each.due_at.hour for each in arrivals.expected([EVERY_DAY], "mps", saturday, saturday)] == [5]


def test_a_calendar_holds_from_its_first_day_to_its_last() -> None:
    until = date(2026, 6, 2)
    old = Calendar("mps", frozenset({0, 1}), True, 1, time(5), timedelta(hours=24), date.min, until, False)
    new = Calendar("mps", frozenset(range(7)), True, 0, time(22), timedelta(hours=8), date(2026, 6, 3), date.max, False)
    found = [
        (each.business_date.day, each.due_at.hour) for each in arrivals.expected([old, new], "mps", MONDAY, DAYS["Thu"])
    ]
    assert found == [(1, 4), (2, 4), (3, 21), (4, 21)]
    assert list(arrivals.expected([old], "btp", MONDAY, MONDAY)) == []


@pytest.mark.parametrize(
    ("rows", "before", "found"),
    [
        (0, [], None),
        (0, [300, 310, 290], None),
        (0, [300, 310, 290, 305], "few"),
        (149, [300, 310, 290, 300], "few"),
        (150, [300, 310, 290, 300], None),
        (600, [300, 310, 290, 300], None),
        (601, [300, 310, 290, 300], "many"),
        (0, [3, 9, 4, 5], None),
        (11, [1, 2, 1, 1], "many"),
        (300, [300, 0, 0, 300, 300], None),
    ],
)
def test_a_volume_out_of_the_ordinary(rows: int, before: list[int], found: str | None) -> None:
    assert arrivals.volume(rows, before) == found


# --- the calendars ---------------------------------------------------------------------------------


def test_every_source_of_rows_has_a_calendar() -> None:
    assert {calendar.feed for calendar in load_calendars()} == set(SOURCES)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("btp,mon mon,yes,1,05:00,24,,,x,no,", "days are not some of mon tue wed thu fri sat sun"),
        ("btp,monday,yes,1,05:00,24,,,x,no,", "days are not some of mon tue wed thu fri sat sun"),
        ("btp,mon,maybe,1,05:00,24,,,x,no,", "bank_holidays is neither yes nor no"),
        ("btp,mon,yes,1,5:00,24,,,x,no,", "due_time is not hh:mm"),
        ("btp,mon,yes,1,24:00,24,,,x,no,", "due_time is not hh:mm"),
        ("btp,mon,yes,1,01:30,24,,,x,no,", "due_time is in the hour that is missing in March and comes twice in October"),
        ("btp,mon,yes,-1,05:00,24,,,x,no,", "due_after_days and missed_after_hours are whole numbers"),
        ("btp,mon,yes,1,05:00,soon,,,x,no,", "due_after_days and missed_after_hours are whole numbers"),
        ("btp,,yes,1,05:00,24,,,x,no,", "days is blank"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_not_valid_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    root = shutil.copytree(ROOT, tmp_path / "mappings", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    spoil(root, "arrivals/calendar", "btp,", line)
    with pytest.raises(MappingInvalid) as refused:
        load_calendars(root)
    assert (refused.value.facts["table"], refused.value.facts["problem"]) == ("arrivals/calendar", problem)
