"""Loading: any order of files ends in one state, every row in one outcome."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.cms import load
from exchange.ledger.truth import file_order
from exchange.triage.rows import triage
from mappings.canonical import REFERRAL
from mappings.triage_rules import load_rules
from tests.conftest import named

DAY = date(2019, 6, 3)
DECIDED = "age_at_offence, hold_reasons, onward_reasons, priority_reasons, disposition"
FIELDS = "phone, phone_e164, surname, da_flag, dash_risk, consent, safe_to_contact, address_1, address_2, offence_from"


def a_row(key: str = "1234567/19|1", record_type: str = "N", **values: Any) -> dict[str, Any]:
    """A canonical row with the least that a row has."""
    return {
        "key": key,
        "record_type": record_type,
        "incident_kind": "crime",
        "crime_category": "other_theft",
        "da_flag": False,
        "victim_type": "individual",
        **values,
    }


class Cms:
    """A database into which files are loaded as lists of rows."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.number = itertools.count(1)

    def clear(self) -> None:
        self.connection.rollback()
        self.connection.execute(
            "truncate cms.record, cms.not_held, cms.referral, cms.proposal, cms.staff_value, cms.hold, cms.safe_contact, cms.step, "
            "cms.step_signature, cms.turned_back, cms.onward, ledger.disposition, ledger.finding, "
            "cms.match_key, cms.crowded_key restart identity cascade"
        )

    def load(
        self, day: int, rows: list[dict[str, Any]], *, arrival: int = 1, source: str = "mps"
    ) -> list[tuple[str, str | None]]:
        """Load one file of a day; the outcomes of its rows in order."""
        run = f"run{next(self.number)}"
        on = DAY + timedelta(days=day)
        place = load.Place(run, source, on, file_order(on, day, arrival))
        table = pa.Table.from_pylist([{"received_on": on, **row} for row in rows], schema=REFERRAL.schema)
        triaged = triage(table, load_rules())
        with self.connection.transaction():
            load.copy_rows(
                self.connection,
                place,
                [(table.append_column("line", pa.array(range(2, len(rows) + 2), pa.int64())), triaged)],
            )
            load.merge(self.connection, place)
        self.connection.commit()  # which empties the temporary tables
        return self.connection.execute(
            "select outcome, code from ledger.disposition where run = %s order by line", (run,)
        ).fetchall()

    def state(self) -> list[tuple[Any, ...]]:
        """All referrals without ids and run names."""
        return self.connection.execute(
            f"select referral_key, received_on, withdrawn, reopened, consent_pending, {FIELDS}, {DECIDED} "
            "from cms.referral order by referral_key"
        ).fetchall()


@pytest.fixture
def cms(database_url: str) -> Cms:
    connection = psycopg.connect(database_url)
    yield Cms(connection)
    connection.close()


N, U, W = "N", "U", "W"
BLANK = {"phone": None, "phone_e164": None}
DA = {"da_flag": True, "dash_risk": "H"}

CASES = [
    # name, files in order of arrival as (day, [rows]), outcomes of the last file
    ("new", [(1, [a_row()])], [("created", None)]),
    ("update of a key that is not known", [(1, [a_row(record_type=U)])], [("created", "update_of_unknown")]),
    ("withdrawal of a key that is not known", [(1, [a_row(record_type=W)])], [("created", "withdrawal_of_unknown")]),
    ("the same again", [(1, [a_row()]), (2, [a_row(record_type=U)])], [("duplicate", None)]),
    ("twice in one file", [(1, [a_row(), a_row()])], [("created", None), ("duplicate", None)]),
    ("changed", [(1, [a_row()]), (2, [a_row(record_type=U, phone="1")])], [("updated", None)]),
    ("new again with other content", [(1, [a_row()]), (2, [a_row(phone="1")])], [("updated", "new_for_known")]),
    ("withdrawn", [(1, [a_row()]), (2, [a_row(record_type=W)])], [("withdrawn", None)]),
    (
        "withdrawn twice",
        [(1, [a_row()]), (2, [a_row(record_type=W)]), (3, [a_row(record_type=W)])],
        [("duplicate", None)],
    ),
    ("opened again", [(1, [a_row()]), (2, [a_row(record_type=W)]), (3, [a_row()])], [("updated", "reopened")]),
    ("older, fills a blank", [(2, [a_row()]), (1, [a_row(phone="1")])], [("updated", "late")]),
    ("older, nothing new", [(2, [a_row(phone="2")]), (1, [a_row(phone="1")])], [("duplicate", "late")]),
    (
        "older withdrawal, newer update",
        [(1, [a_row()]), (3, [a_row(record_type=U, phone="1")]), (2, [a_row(record_type=W)])],
        [("withdrawn", "late")],
    ),
    ("opted out, unknown", [(1, [a_row(opted_out=True)])], [("excluded", "opted_out")]),
    ("opted out, known", [(1, [a_row()]), (2, [a_row(record_type=U, opted_out=True)])], [("withdrawn", "opted_out")]),
    ("domestic abuse without consent", [(1, [a_row(**DA)])], [("excluded", "consent_missing")]),
    (
        "turned into domestic abuse",
        [(1, [a_row()]), (2, [a_row(record_type=U, **DA)])],
        [("updated", "consent_pending")],
    ),
    (
        "consent refused later",
        [(1, [a_row()]), (2, [a_row(record_type=U, consent="N")])],
        [("withdrawn", "consent_refused")],
    ),
    (
        "consent never given, not needed",
        [(1, [a_row(consent="N")]), (2, [a_row(record_type=U, consent="N", phone="1")])],
        [("updated", None)],
    ),
    ("organisation", [(1, [a_row(victim_type="organisation", named_contact=False)])], [("excluded", "organisation")]),
    (
        "excluded, then the force has consent",
        [(1, [a_row(**DA)]), (2, [a_row(record_type=U, consent="Y", **DA)])],
        [("created", "update_of_unknown")],
    ),
]


@pytest.mark.parametrize(("name", "files", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_row_ends_in(name: str, files: list[Any], expected: list[Any], cms: Cms) -> None:
    for day, rows in files:
        outcomes = cms.load(day, rows)
    assert outcomes == expected


def test_blanks_never_overwrite_and_a_bad_number_never_borrows_an_older_one(cms: Cms) -> None:
    cms.load(1, [a_row(phone="07700 900001", phone_e164="+447700900001", surname="Null")])
    cms.load(2, [a_row(record_type=U, phone="07700 9", phone_e164=None)])
    phone, e164, surname = cms.connection.execute("select phone, phone_e164, surname from cms.referral").fetchone()
    assert (phone, e164, surname) == ("07700 9", None, "Null")


def test_protection_is_never_lowered(cms: Cms) -> None:
    cms.load(1, [a_row(consent="Y", safe_to_contact="N", **DA)])
    cms.load(2, [a_row(record_type=U, consent="Y", safe_to_contact="Y", da_flag=False, dash_risk="S")])
    assert cms.connection.execute("select da_flag, dash_risk, safe_to_contact from cms.referral").fetchone() == (
        True,
        "H",
        "N",
    )


def test_staff_own_what_they_changed(cms: Cms) -> None:
    cms.load(1, [a_row(surname="1")])
    cms.connection.execute(
        "insert into cms.staff_value (referral_id, field, value, set_by) select referral_id, 'surname', '9', 'jo' from cms.referral"
    )
    cms.load(2, [a_row(record_type=U, surname="2")])
    assert cms.connection.execute("select value from cms.staff_value").fetchall() == [("9",)]
    assert cms.connection.execute("select field, value from cms.proposal").fetchall() == [("surname", "2")]


_maybe = lambda *values: st.sampled_from([None, *values])  # noqa: E731
_rows = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["1234567/19|1", "1234567/19|2", "7654321/19|1"]),
        "record_type": st.sampled_from([N, N, U, U, W]),
        "phone": _maybe("1", "2"),
        "surname": _maybe("Null", "O'Neill"),
        "consent": _maybe("Y", "N"),
        "da_flag": st.sampled_from([False, False, True]),
        "dash_risk": _maybe("S", "H"),
        "opted_out": st.sampled_from([None, None, None, True]),
        "safe_to_contact": _maybe("Y", "N"),
        "address_1": _maybe("1 Testing Row", "2 Testing Row"),
        "address_2": _maybe("Flat 3"),
    }
).map(lambda values: a_row(**values))


@pytest.fixture(scope="module")
def shared_cms(server: str) -> Cms:
    with psycopg.connect(named(server, "postgres"), autocommit=True) as connection:
        connection.execute("create database orders template lvws_template")
    connection = psycopg.connect(named(server, "orders"))
    yield Cms(connection)
    connection.close()
    with psycopg.connect(named(server, "postgres"), autocommit=True) as maintenance:
        maintenance.execute("drop database orders with (force)")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(_rows, min_size=1, max_size=4), min_size=2, max_size=6), data=st.data())
def test_any_order_of_files_ends_in_one_state(
    files: list[list[dict[str, Any]]], data: st.DataObject, shared_cms: Cms
) -> None:
    shared_cms.clear()
    for day, rows in enumerate(files):
        outcomes = shared_cms.load(day, rows)
        assert len(outcomes) == len(rows)
    in_order = shared_cms.state()
    order = data.draw(st.permutations(range(len(files))))
    shared_cms.clear()
    for day in order:
        outcomes = shared_cms.load(day, files[day])
        assert len(outcomes) == len(files[day])
    assert shared_cms.state() == in_order
