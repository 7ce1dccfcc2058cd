"""Any order of six days of files ends in one and the same CMS, and every row of every file has its outcome.

Two senders of one layout get the same files: one sends them in order, the other in any order and in any portions. The
whole way is taken: server, vault, check, triage, load.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feeds import Row, a_police_file, a_police_row, police_name
from tests.service import Service, fresh_database, running

DAYS = 6
OUTCOMES = "created updated withdrawn duplicate quarantined excluded waiting".split()

# What a referral is made of; the rest says how it came to be: ids, runs, and which of its records came first.
_HOW = {"referral_id", "person_id", "source", "referral_key", "made_by", "changed_by", "single"}
# What follows from a person's other referrals, those of other examples too: tests/cms/test_people.py has its law.
_HOW |= {"own_person", "one_crime", "persistently_targeted", "priority_reasons"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("orders"), url) as made:
        made.configure("mps", "btp", after_load="delete")
        yield made


def one_of(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


ROWS = st.fixed_dictionaries(
    {"viw_number": one_of("1", "2", "3"), "record_type": one_of("N", "U", "U", "W")},
    optional={
        "mobile": one_of("", "07700 900111", "07700 900222", "07700 9"),
        "home_phone": st.just(""),
        "surname": one_of("", "Null", "O'Neill", "Zoë"),
        "consent": one_of("", "Y", "N"),
        "safe_to_contact": one_of("", "Y", "N"),
        "safe_contact_note": one_of("", "after six\r\nand not before"),
        "da_flag": st.just("Y"),
        "dash_risk": one_of("S", "H"),
        "opted_out": st.just("Y"),
        "victim_type": st.just("O"),
        "ho_code": one_of("", "017/15", "001/01", "999/99"),
        "address_1": one_of("", "1 Testing Row"),
        "recorded_at": one_of("", "02/06/2019 09:00", "31/03/2019 01:30"),
        "borough": one_of("", "Outside London", "Nowhere"),
    },
)
FILES = st.lists(st.lists(ROWS, min_size=1, max_size=6), min_size=DAYS, max_size=DAYS)

_examples = itertools.count(1)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(files=FILES, order=st.permutations(range(DAYS)), cuts=st.sets(st.integers(1, DAYS - 1)))
def test_any_order_of_six_days_ends_in_one_state(
    files: list[list[Row]], order: list[int], cuts: set[int], service: Service
) -> None:
    example = next(_examples)
    for day in range(DAYS):
        put(service, "mps", example, day, files[day])
    taken = service.ingest("--source", "mps").runs
    for number, day in enumerate(order, 1):
        put(service, "btp", example, day, files[day])
        if number in cuts or number == DAYS:
            taken += service.ingest("--source", "btp").runs
    assert len(taken) == 2 * DAYS
    for run in taken:
        assert run["state"] == "loaded"
        assert run["rows"] == len(files[run["sequence"] % 10 - 1]) + 1 == sum(run[outcome] for outcome in OUTCOMES)
    assert referrals(service, "btp", example) == referrals(service, "mps", example)
    assert records(service, "btp", example) == records(service, "mps", example)


def put(service: Service, source: str, example: int, day: int, rows: list[Row]) -> None:
    """One day's file: rows about victims of one crime, and one row that no other file has."""
    made = [a_police_row(example, **row) for row in rows]
    made.append(a_police_row(100_000 + 10 * example + day, forename=""))
    name = police_name(day, 10 * example + day + 1, source.upper())
    service.put(source, name, a_police_file(made))


def referrals(service: Service, source: str, example: int) -> list[dict[str, Any]]:
    """The referrals of an example's one crime, by victim."""
    reference = a_police_row(example)["crime_reference"]
    found = service.rows(
        "select referral_key, to_jsonb(r) from cms.referral r "
        "where source = %s and starts_with(referral_key, %s) order by referral_key",
        source,
        f"{reference}|",
    )
    return [
        {name: value for name, value in row.items() if name not in _HOW and not name.startswith("first_")}
        | {"key": key}
        for key, row in found
    ]


def records(service: Service, source: str, example: int) -> list[tuple[Any, ...]]:
    """Every record that is held, and every row that may not be, by its place in the order of truth."""
    reference = a_police_row(example)["crime_reference"]
    return service.rows(
        "select referral_key, file_order, line, record_type from cms.every_record "
        "where source = %(source)s and starts_with(referral_key, %(key)s) union all "
        "select referral_key, file_order, line, code from cms.not_held "
        "where source = %(source)s and starts_with(referral_key, %(key)s) order by 1, 2, 3",
        {"source": source, "key": f"{reference}|"},
    )
