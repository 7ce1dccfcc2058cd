"""Events: any order of files, before or after their referrals, ends in one state; every row in one outcome."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.cms import events, load
from exchange.ledger.truth import file_order
from exchange.triage.rows import hold_all
from mappings.canonical import EVENT
from mappings.triage_rules import load_rules

DAY = date(2019, 6, 3)
OUTCOMES = {"created", "updated", "duplicate", "waiting"}

Row = dict[str, Any]


class Cms:
    """A database into which files of events are loaded as lists of rows."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.number = itertools.count(1)

    def clear(self) -> None:
        self.connection.rollback()
        self.connection.execute("truncate cms.event, cms.event_record, ledger.disposition")

    def load(self, day: int, rows: list[Row]) -> list[tuple[str, str | None]]:
        run, on = f"run{next(self.number)}", DAY + timedelta(days=day)
        place = load.Place(run, "case_activity", on, file_order(on, day, 1))
        table = pa.Table.from_pylist(rows, schema=EVENT.schema)
        lines = pa.array(range(2, len(rows) + 2), pa.int64())
        with self.connection.transaction():
            events.copy_rows(
                self.connection, place, [(table.append_column("line", lines), hold_all(table, load_rules()))]
            )
            events.merge(self.connection, place)
        self.connection.commit()  # which empties the temporary tables
        return self.connection.execute(
            "select outcome, code from ledger.disposition where run = %s order by line", (run,)
        ).fetchall()

    def state(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(
            "select event_id, referral_source, referral_key, event, at, role, category, before, after, worker "
            "from cms.event order by event_id"
        ).fetchall()


@pytest.fixture
def cms(database_url: str) -> Iterator[Cms]:
    connection = psycopg.connect(database_url)
    yield Cms(connection)
    connection.close()


def rows() -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries(
        {
            "key": st.sampled_from(["E1", "E2", "E3"]),
            "referral_source": st.sampled_from(["mps", "btp"]),
            "referral_key": st.sampled_from(["1|1", "1|2"]),
            "event": st.sampled_from(["take_up", "void", "closed"]),
            "at": st.sampled_from([datetime(2019, 6, day, tzinfo=UTC) for day in (1, 2)]),
            "category": st.sampled_from([None, "a", "b"]),
            "before": st.sampled_from([None, "E1"]),
            "worker": st.sampled_from([None, "S1", "S2"]),
        }
    )
    return st.lists(row, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(rows(), min_size=1, max_size=4), data=st.data())
def test_any_order_of_files_ends_in_one_state_and_every_row_in_one_outcome(
    cms: Cms, files: list[list[Row]], data: st.DataObject
):
    states = []
    for order in (range(len(files)), data.draw(st.permutations(range(len(files))))):
        cms.clear()
        for day in order:
            outcomes = cms.load(day + 1, files[day])
            assert len(outcomes) == len(files[day])
            assert {outcome for outcome, _ in outcomes} <= OUTCOMES
        states.append(cms.state())
    assert states[0] == states[1]
    assert {event_id for event_id, *_ in states[0]} == {row["key"] for file in files for row in file}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=rows())
def test_the_same_file_again_changes_nothing(cms: Cms, file: list[Row]):
    cms.clear()
    cms.load(1, file)
    once = cms.state()
    again = cms.load(2, [{**row} for row in cms_rows(once)])
    assert cms.state() == once
    assert {outcome for outcome, _ in again} <= {"duplicate", "updated"}


def cms_rows(state: list[tuple[Any, ...]]) -> list[Row]:
    return [dict(zip(EVENT.schema.names, row, strict=True)) for row in state]
