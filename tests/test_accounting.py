"""Row accounting is held by the database: each way to break it is tried, and refused (interfaces: outcomes, Rows)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.feeds import FIRST_DAY

Connection = psycopg.Connection[Any]

CONTENT = "a" * 64


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """As the loader, with one open run of three rows that have their outcomes."""
    with psycopg.connect(database_url) as made:
        made.execute("set role lvws_loader")
        made.execute("insert into ledger.content (content, bytes) values (%s, 1)", (CONTENT,))
        a_run(made, "one")
        made.commit()
        yield made
        made.rollback()


def a_run(connection: Connection, run: str) -> None:
    connection.execute(
        "insert into ledger.run (run, source, file, content, business_date, sequence, arrival, file_order) "
        "values (%s, 'mps', 'x.csv', %s, %s, 1, 1, 1)",
        (run, CONTENT, FIRST_DAY),
    )


def outcomes(connection: Connection, *rows: tuple[int, str], run: str = "one") -> None:
    for line, outcome in rows:
        code = "blank" if outcome in {"quarantined", "excluded"} else None
        connection.execute(
            "insert into ledger.disposition (run, line, outcome, code) values (%s, %s, %s, %s)",
            (run, line, outcome, code),
        )


def load(connection: Connection, *, run: str = "one", state: str = "loaded", **counts: int) -> None:
    """Give a run its state and counts, and commit."""
    told = ", ".join(f"{name} = {number}" for name, number in counts.items())
    connection.execute(f"update ledger.run set state = '{state}', {told or 'rows = rows'} where run = '{run}'")
    connection.commit()


def test_counts_that_agree_with_each_other_and_the_outcomes_are_let_in(connection: Connection) -> None:
    outcomes(connection, (2, "created"), (3, "created"), (4, "quarantined"))
    load(connection, rows=3, created=2, quarantined=1)
    a_run(connection, "nil")
    load(connection, run="nil")


@pytest.mark.parametrize(
    ("counts", "constraint"),
    [
        ({"rows": 4, "created": 2, "quarantined": 1}, "run_rows_add_up"),
        ({"rows": 3, "created": 2, "quarantined": 2}, "run_rows_add_up"),
        ({"rows": 2, "created": 3, "quarantined": -1}, "run_quarantined_check"),
        ({"rows": 3, "created": 1, "updated": 1, "quarantined": 1}, "run_counts_its_dispositions"),
        ({"rows": 4, "created": 3, "quarantined": 1}, "run_counts_its_dispositions"),
        ({"rows": 2, "created": 2}, "run_counts_its_dispositions"),
        ({"rows": 0}, "run_counts_its_dispositions"),
        ({"rows": 3, "created": 2, "waiting": 1}, "run_counts_its_dispositions"),
    ],
)
def test_counts_that_differ_are_refused(counts: dict[str, int], constraint: str, connection: Connection) -> None:
    outcomes(connection, (2, "created"), (3, "created"), (4, "quarantined"))
    with pytest.raises(errors.CheckViolation) as refused:
        load(connection, **counts)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize("state", ["open", "refused", "stopped", "repeat"])
def test_only_a_loaded_run_counts_rows(state: str, connection: Connection) -> None:
    outcomes(connection, (2, "created"))
    connection.execute("update ledger.run set code = 'header'")
    with pytest.raises(errors.CheckViolation) as refused:
        load(connection, state=state, rows=1, created=1)
    assert refused.value.diag.constraint_name == "run_only_loads_count"


def test_a_line_has_one_outcome(connection: Connection) -> None:
    outcomes(connection, (2, "created"))
    with pytest.raises(errors.UniqueViolation):
        outcomes(connection, (2, "duplicate"))


def test_an_outcome_has_its_name_and_its_reason(connection: Connection) -> None:
    with pytest.raises(errors.CheckViolation), connection.transaction():
        outcomes(connection, (2, "lost"))
    for outcome in ("quarantined", "excluded"):
        with pytest.raises(errors.CheckViolation), connection.transaction():
            connection.execute("insert into ledger.disposition (run, line, outcome) values ('one', 2, %s)", (outcome,))


def test_a_content_with_rows_is_loaded_once(connection: Connection) -> None:
    outcomes(connection, (2, "created"))
    load(connection, rows=1, created=1)
    a_run(connection, "two")
    outcomes(connection, (2, "created"), run="two")
    with pytest.raises(errors.UniqueViolation) as refused:
        load(connection, run="two", rows=1, created=1)
    assert refused.value.diag.constraint_name == "run_loaded_once"


def test_a_delivery_is_noted_once_and_a_key_has_one_referral(connection: Connection) -> None:
    delivery = (
        "insert into ledger.delivery (source, delivered_name, remote_stamp, transfer_sha256, run, transport) "
        "values ('mps', 'x.csv', '1.1', 'x', 'one', 'x')"
    )
    connection.execute(delivery)
    with pytest.raises(errors.UniqueViolation), connection.transaction():
        connection.execute(delivery)
    referral = (
        "insert into cms.referral (source, referral_key, received_on, withdrawn, reopened, consent_pending, made_by, "
        "changed_by, single, first_line, first_file_order, first_record_type, first_opens) "
        "values ('mps', '4000001/19|1', '2019-06-03', false, false, false, 'one', 'one', true, 2, 1, 'N', true)"
    )
    connection.execute(referral)
    with pytest.raises(errors.UniqueViolation), connection.transaction():
        connection.execute(referral)


def test_an_ended_run_that_was_not_loaded_says_why(connection: Connection) -> None:
    for state in ("refused", "stopped"):
        with pytest.raises(errors.CheckViolation), connection.transaction():
            connection.execute("update ledger.run set state = %s", (state,))


def test_outcomes_added_after_the_load_do_not_add_up_with_it(connection: Connection) -> None:
    """What a fault could still do to a loaded run shows in its counts, and any later change of them is refused."""
    outcomes(connection, (2, "created"))
    load(connection, rows=1, created=1)
    outcomes(connection, (3, "created"))
    with pytest.raises(errors.CheckViolation):
        load(connection, rows=1, created=1)
