"""Names, months and cut-offs of periods, written from interfaces: returns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import LONDON
from exchange.errors import WrongUse
from outputs.periods import end_of, month, parse, quarter

CASES = """
name       | first      | last       | months                  | cut-off          | words
2019-06    | 2019-06-01 | 2019-06-30 | 2019-06                 | 2019-07-10 23:00 | June 2019
2019-02    | 2019-02-01 | 2019-02-28 | 2019-02                 | 2019-03-11 00:00 | February 2019
2020-02    | 2020-02-01 | 2020-02-29 | 2020-02                 | 2020-03-11 00:00 | February 2020
2020-03    | 2020-03-01 | 2020-03-31 | 2020-03                 | 2020-04-10 23:00 | March 2020
2019-09    | 2019-09-01 | 2019-09-30 | 2019-09                 | 2019-10-10 23:00 | September 2019
2019-10    | 2019-10-01 | 2019-10-31 | 2019-10                 | 2019-11-11 00:00 | October 2019
2019-12    | 2019-12-01 | 2019-12-31 | 2019-12                 | 2020-01-11 00:00 | December 2019
2019-20Q1  | 2019-04-01 | 2019-06-30 | 2019-04 2019-05 2019-06 | 2019-07-10 23:00 | April to June 2019
2019-20Q2  | 2019-07-01 | 2019-09-30 | 2019-07 2019-08 2019-09 | 2019-10-10 23:00 | July to September 2019
2019-20Q3  | 2019-10-01 | 2019-12-31 | 2019-10 2019-11 2019-12 | 2020-01-11 00:00 | October to December 2019
2019-20Q4  | 2020-01-01 | 2020-03-31 | 2020-01 2020-02 2020-03 | 2020-04-10 23:00 | January to March 2020
2099-00Q4  | 2100-01-01 | 2100-03-31 | 2100-01 2100-02 2100-03 | 2100-04-10 23:00 | January to March 2100
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in CASES.strip().splitlines()[1:]]

WRONG = """
2019 | 2019-6 | 2019-00 | 2019-13 | 2019-06-01 | 19-06 | 201906 | 2019/06 | 2019-06x | x2019-06 | June 2019
2019-20Q0 | 2019-20Q5 | 2019-20q1 | 2019-21Q1 | 2019-19Q1 | 2019-2020Q1 | 2019Q1 | 2019-20 Q1 | 2019-20Q11 | 2019-20
0000-05 | 0000-01Q1 | 9999-12 | 9999-00Q4 | ٢٠١٩-٠٦ | 2019-0６ | ²019-06 | ２０１９-06 | 2019-２0Q1
"""


@pytest.mark.parametrize(("name", "first", "last", "months", "cut_off", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_a_name_tells_days_months_and_cut_off(
    name: str, first: str, last: str, months: str, cut_off: str, words: str
) -> None:
    period = parse(name)
    assert (period.name, f"{period.first}", f"{period.last}") == (name, first, last)
    assert " ".join(each.name for each in period.months) == months
    assert period.cut_off.astimezone(UTC) == datetime.fromisoformat(f"{cut_off}+00:00")
    assert (period.words(), period.is_quarter) == (words, "Q" in name)


@pytest.mark.parametrize("text", [*(text.strip() for text in WRONG.replace("\n", "|").split("|")), "2019-06\n"])
def test_no_other_name_is_a_period(text: str) -> None:
    with pytest.raises(WrongUse):
        parse(text)


@pytest.mark.parametrize(
    ("name", "before"),
    [("2019-01", "2018-12"), ("2019-20Q1", "2018-19Q4"), ("2019-20Q4", "2019-20Q3"), ("2000-01Q1", "1999-00Q4")],
)
def test_the_period_before_has_its_length(name: str, before: str) -> None:
    assert parse(name).previous.name == before


def test_the_end_of_a_day_is_its_last_moment_in_london() -> None:
    assert end_of(date(2020, 4, 30)) == datetime(2020, 4, 30, 23, 0, tzinfo=UTC)
    assert end_of(date(2020, 1, 31)) == datetime(2020, 2, 1, tzinfo=UTC)
    # The days on which the clocks change have 23 and 25 hours.
    for day, hours in ((date(2020, 3, 29), 23), (date(2020, 10, 25), 25)):
        lasts = end_of(day).astimezone(UTC) - end_of(day - timedelta(days=1)).astimezone(UTC)
        assert lasts == timedelta(hours=hours)


DAYS = st.dates(date(2001, 1, 1), date(2190, 12, 31))


@given(DAYS)
def test_every_day_is_in_one_month_and_one_quarter(day: date) -> None:
    for period in (month(day), quarter(day)):
        assert period.first <= day <= period.last
        assert parse(period.name) == period
        assert period.previous.last == period.first - timedelta(days=1)
        assert period.months[0].first == period.first
        assert period.months[-1].last == period.last
    assert month(day) in quarter(day).months
    assert len(quarter(day).months) == 3


@given(DAYS)
def test_a_cut_off_is_the_midnight_after_the_tenth_day(day: date) -> None:
    local = month(day).cut_off.astimezone(LONDON)
    assert (local.hour, local.minute, local.day) == (0, 0, 11)
