"""On which day which return is built by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from exchange import database
from exchange.returns import due
from exchange.settings import Settings
from outputs import periods
from outputs.returns import RETURNS
from tests.returns import save


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2019-06", date(2019, 7, 11)),  # a Thursday
        ("2019-07", date(2019, 8, 12)),  # the 10th is a Saturday
        ("2019-10", date(2019, 11, 11)),  # the 10th is a Sunday
        ("2020-03", date(2020, 4, 14)),  # Good Friday on the 10th, Easter Monday on the 13th
        ("2019-20Q1", date(2019, 7, 11)),
        ("2019-20Q3", date(2020, 1, 13)),
    ],
)
def test_it_is_built_on_the_first_working_day_after_its_cut_off(period: str, day: date) -> None:
    assert due.day_of(periods.parse(period)) == day


@pytest.mark.parametrize(
    ("today", "month", "quarter"),
    [
        (date(2019, 7, 10), "2019-05", "2018-19Q4"),
        (date(2019, 7, 11), "2019-06", "2019-20Q1"),
        (date(2019, 8, 11), "2019-06", "2019-20Q1"),
        (date(2019, 8, 12), "2019-07", "2019-20Q1"),
        (date(2020, 4, 13), "2020-02", "2019-20Q3"),
        (date(2020, 4, 14), "2020-03", "2019-20Q4"),
    ],
)
def test_a_day_that_was_missed_is_made_good_on_any_later_one(today: date, month: str, quarter: str) -> None:
    assert (due.newest("month", today).name, due.newest("quarter", today).name) == (month, quarter)


def loaded(url: str, *days: date) -> None:
    """Files with rows of these business days."""
    with psycopg.connect(url) as connection:
        connection.execute("insert into ledger.content (content, bytes) values (repeat('0', 64), 1)")
        for number, day in enumerate(days, 1):
            connection.execute("set session_replication_role = replica")  # rows without their outcomes
            connection.execute(
                "insert into ledger.run (run, source, file, content, business_date, sequence, arrival, file_order, "
                "state, rows, created, ended_at) values (%s, %s, %s, repeat('0', 64), %s, %s, 1, %s, 'loaded', 1, 1, now())",
                (f"run{number}", f"s{number}", f"f{number}", day, number, number),
            )


def test_only_what_was_not_built_and_has_something_to_say_is_due(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monthly = RETURNS["monthly"]
    two = {"monthly": monthly, "quarterly": replace(monthly, name="quarterly", of="quarter")}
    monkeypatch.setattr(due, "RETURNS", two)
    with database.connect(settings, "loader") as connection:
        today = date(2019, 7, 11)
        assert due.due(connection, today) == []
        loaded(database_url, date(2019, 5, 3))
        assert [(name, period.name) for name, period in due.due(connection, today)] == [("quarterly", "2019-20Q1")]
        save(settings, connection, {"total": 1}, name="quarterly", period="2019-20Q1")
        assert due.due(connection, today) == []
        assert [(name, period.name) for name, period in due.due(connection, date(2019, 7, 10))] == [
            ("monthly", "2019-05")
        ]
