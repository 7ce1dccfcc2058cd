"""Days and times: one form a column, London's clock, and the two nights a year that no rule can settle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.clocks import LONDON, london_to_utc
from tests.mappings.feed_rows import normal, one, rules


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("15/01/2026 09:30", datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ("15/07/2026 09:30", datetime(2026, 7, 15, 8, 30, tzinfo=UTC)),
        ("01/07/2026 00:10", datetime(2026, 6, 30, 23, 10, tzinfo=UTC)),
        ("29/03/2026 00:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("29/03/2026 01:00", None),
        ("29/03/2026 01:59", None),
        ("29/03/2026 02:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("25/10/2026 00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("25/10/2026 01:00", None),
        ("25/10/2026 01:59", None),
        ("25/10/2026 02:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_london_s_clock(sent, utc):
    result = normal({}, {"recorded_at": sent})
    assert result.table["recorded_at"].to_pylist()[1] == utc
    assert result.table["recorded_at_text"].to_pylist()[1] == sent
    assert rules(result) == ([] if utc else [("recorded_at", "clock_change", [1])])


def test_a_blank_time_is_no_clock_change():
    result = normal({"recorded_at": ""})
    assert result.table["recorded_at"].to_pylist() == [None]
    assert not rules(result)


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(1971, 11, 1), datetime(2090, 1, 1)))
def test_every_hour_agrees_with_python_s_own_zone(wall):
    """The law, against zoneinfo: two readings of the fold differ exactly where the answer is "unclear"."""
    wall = wall.replace(second=0, microsecond=0)
    zone = ZoneInfo(LONDON)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    seconds, unclear = london_to_utc(np.array([int(wall.replace(tzinfo=UTC).timestamp())]))
    assert bool(unclear[0]) == (first != second)
    if first == second:
        assert int(seconds[0]) == int(first.timestamp())


@pytest.mark.parametrize("year", range(2019, 2031))
def test_each_year_has_two_unclear_hours(year):
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    minutes = np.arange(start, start + 365 * 86_400, 60)
    _, unclear = london_to_utc(minutes)
    assert unclear.sum() == 120


@pytest.mark.parametrize(
    ("sent", "utc"),
    [
        ("2026-10-25T01:30:00+01:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T01:30:00+00:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-29T01:30:00Z", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-07-01T09:30+01:00", datetime(2026, 7, 1, 8, 30, tzinfo=UTC)),
        ("2026-07-01T09:30:15.25+05:30", datetime(2026, 7, 1, 4, 0, 15, 250_000, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_time_with_its_offset_is_never_unclear(sent, utc):
    result = normal({"reported_at": sent}, layout="fraud_referral")
    assert result.table["recorded_at"].to_pylist() == [utc]
    assert result.table["recorded_at_text"].to_pylist() == [sent or None]
    assert not rules(result)


def test_the_third_of_april_is_not_the_fourth_of_march():
    days = [date(1990, month, day) for month in range(1, 13) for day in range(1, 13)]
    police = normal(*({"birth_date": day.strftime("%d/%m/%Y")} for day in days)).table
    fraud = normal(*({"date_of_birth": day.isoformat()} for day in days), layout="fraud_referral").table
    assert police["birth_date"].to_pylist() == fraud["birth_date"].to_pylist() == days


@settings(max_examples=100, deadline=None)
@given(st.dates())
def test_every_day_there_is_comes_back(day):
    row = one(offence_from=f"{day:%d/%m}/{day.year:04d}", offence_to=f"{day:%d/%m}/{day.year:04d}")
    assert (row["offence_from"], row["offence_to"]) == (day, day)


@pytest.mark.parametrize("sent", ["29/02/2019", "31/04/2019", "00/01/2019", "01/00/2019", "01/13/2019", "01/01/0000"])
def test_a_day_that_never_was_is_refused(sent):
    with pytest.raises(Exception, match="E603"):
        one(birth_date=sent)


def test_the_leap_day():
    assert one(birth_date="29/02/2020")["birth_date"] == date(2020, 2, 28) + timedelta(days=1)
