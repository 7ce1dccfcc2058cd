"""When something is due: every example of the page is true, and the laws that hold for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.generate import clocks as page
from docs.generate.clocks import Example, examples
from exchange.clock import LONDON
from exchange.triage import clocks
from mappings.clock_rules import STANDARDS, load_clocks

CLOCKS = {clock.standard: clock for clock in load_clocks()}
HOURS = [clock for clock in CLOCKS.values() if clock.unit == "hours"]
DAYS = [clock for clock in CLOCKS.values() if clock.unit == "working_days"]


def moment(written: str) -> datetime:
    """A moment as the table writes it: 24:00 is the day's end, BST and GMT tell two equal times apart."""
    day, time, *zone = written.split()
    if time == "24:00":
        return clocks.end_of_day(date.fromisoformat(day))
    local = datetime.fromisoformat(f"{day}T{time}")
    first, second = (local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
    assert bool(zone) == (first.utcoffset() != second.utcoffset()), (
        "it has to say BST or GMT, and only where it is needed"
    )
    return (second if zone == ["GMT"] else first).astimezone(UTC)


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e.start} {e.standard}")
def test_the_examples_of_the_page_are_true(example: Example):
    clock = CLOCKS[example.standard]
    due = clocks.due_at(moment(example.start), clock)
    assert due == moment(example.due)
    assert clocks.in_london(due, clock) == example.due.removesuffix(" GMT").removesuffix(" BST")


def test_every_line_of_the_table_is_an_example_and_every_clock_has_one():
    lines = page.TABLE.read_text(encoding="utf-8").splitlines()
    assert len(examples()) == sum(line.count("|") == 3 for line in lines) - 1
    assert {example.standard for example in examples()} >= CLOCKS.keys() - {"complaint_told_24h", "onward_receipt_24h"}


def test_the_page_names_every_clock_and_every_open_reading():
    text = page.render()
    assert text.startswith("## The clocks\n")
    assert all(f"| `{standard}` | " in text for standard in STANDARDS)
    assert all(clock.note in text for clock in CLOCKS.values() if not clock.verified)


# --- laws ------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))
DATES = st.dates(date(2019, 1, 1), date(2031, 12, 31))


@given(MOMENTS, st.sampled_from(HOURS))
def test_hours_are_elapsed_hours(started, clock):
    assert clocks.due_at(started, clock) - started == timedelta(hours=clock.amount)
    assert clocks.due_at(started.astimezone(LONDON), clock) == clocks.due_at(started, clock)


@given(MOMENTS, MOMENTS, st.sampled_from([*HOURS, *DAYS]))
def test_nothing_is_due_before_it_began_and_what_began_later_is_never_due_earlier(one, other, clock):
    assert clocks.due_at(one, clock) > one
    earlier, later = sorted((one, other))
    assert clocks.due_at(earlier, clock) <= clocks.due_at(later, clock)


@given(DATES, st.integers(1, 40))
def test_working_days_between_undoes_working_day_after(day, count):
    last = clocks.working_day_after(day, count)
    assert clocks.working_days_between(day, last) == count
    assert clocks.working_days_between(day, last - timedelta(days=1)) == count - 1


@given(st.lists(DATES, min_size=3, max_size=3))
def test_working_days_add_up(days):
    first, middle, last = sorted(days)
    parts = clocks.working_days_between(first, middle) + clocks.working_days_between(middle, last)
    assert parts == clocks.working_days_between(first, last)
    assert clocks.working_days_between(last, first) == 0


@given(MOMENTS, st.sampled_from(DAYS))
def test_working_days_end_with_a_london_day_that_is_no_week_end(started, clock):
    due = clocks.due_at(started, clock).astimezone(LONDON)
    assert (due.hour, due.minute, due.second, due.microsecond) == (0, 0, 0, 0)
    assert (due - timedelta(days=1)).weekday() < 5


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(), "now"),
        (timedelta(seconds=59), "in less than a minute"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=3, minutes=30), "in 3 hours"),
        (timedelta(hours=47, minutes=59), "in 47 hours"),
        (timedelta(hours=48), "in 2 days"),
        (-timedelta(seconds=1), "less than a minute late"),
        (-timedelta(hours=1), "1 hour late"),
        (-timedelta(days=2, hours=23), "2 days late"),
    ],
    ids=str,
)
def test_how_long_there_is_in_words(left: timedelta, words: str):
    due = datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert clocks.in_words(due, due - left) == words
    assert clocks.is_overdue(due, due - left) == words.endswith("late")
