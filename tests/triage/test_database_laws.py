"""Laws of triage in the database: what is stored is what the pure function says of the folded referral, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.triage.dispositions import SCHEMA, decide
from exchange.triage.facts import NEEDED, REMEMBERED, Facts
from mappings.canonical import REFERRAL
from mappings.triage_rules import load_rules
from tests.cms.test_load import Cms
from tests.service import fresh_database
from tests.triage.test_laws import canonical_rows

KEYS = ("1234567/19|1", "1234567/19|2", "7654321/19|1")
_rows = st.tuples(canonical_rows, st.sampled_from(KEYS)).map(lambda both: both[0] | {"key": both[1]})
_files = st.lists(st.lists(_rows, min_size=1, max_size=4), min_size=2, max_size=5)


@pytest.fixture(scope="module")
def shared(server: str) -> Iterator[Cms]:
    with fresh_database(server) as url, psycopg.connect(url) as connection:
        yield Cms(connection)


def stored(cms: Cms) -> list[tuple[Any, ...]]:
    """What the database says was decided, by key."""
    names = ", ".join(name if name in {"age_at_offence", "disposition"} else f"{name}::text" for name in SCHEMA.names)
    return cms.connection.execute(f"select {names} from cms.referral order by referral_id").fetchall()


def worked_out(cms: Cms) -> list[tuple[Any, ...]]:
    """The pure function on the referrals as they stand, read without the CSV that loads read them by."""
    names = [*NEEDED, *REMEMBERED]
    found = cms.connection.execute(f"select {', '.join(names)} from cms.referral order by referral_id").fetchall()
    fields = [REFERRAL.schema.field(name) for name in NEEDED] + [pa.field(name, pa.bool_()) for name in REMEMBERED]
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in found], pa.schema(fields))
    return [tuple(row.values()) for row in decide(Facts(table, load_rules())).to_pylist()] if found else []


def ended(cms: Cms) -> list[tuple[Any, ...]]:
    """What staff see of each referral, and what protects it, without ids."""
    return cms.connection.execute(
        "select t.referral_key, t.disposition, held_for, onward_for, t.priority_reasons, t.age_at_offence, t.withdrawn, "
        "may_contact, not_because, r.da_flag, r.dash_risk, r.safe_to_contact, r.consent_pending, r.reopened "
        "from cms.triage t join cms.contact using (referral_id) join cms.referral r using (referral_id) "
        "order by t.referral_key"
    ).fetchall()


def protected(cms: Cms) -> None:
    """No accepted referral is unsafe, and holds are those that the rules give."""
    unsafe = cms.connection.execute(
        "select from cms.triage t join cms.referral r using (referral_id) where t.disposition = 'accepted' "
        "and (r.safe_to_contact = 'N' or r.da_flag and (r.safe_to_contact is null or r.age_at_offence < 16) "
        "or r.reopened or r.consent_pending or r.borough_code = 'outside_london')"
    ).fetchall()
    assert not unsafe
    by_rules = "select referral_id, reason from cms.reason_to_hold"
    by_holds = "select referral_id, reason from cms.hold where over_at is null"
    differ = f"({by_rules} except {by_holds}) union ({by_holds} except {by_rules})"
    assert not cms.connection.execute(differ).fetchall()
    odd = "select from cms.triage t join cms.referral r using (referral_id) where t.disposition <> r.disposition"
    assert not cms.connection.execute(odd).fetchall()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=_files, data=st.data())
def test_what_is_stored_is_what_the_rules_say_of_the_folded_referral_in_any_order_of_files(
    files: list[list[dict[str, Any]]], data: st.DataObject, shared: Cms
) -> None:
    ends = []
    for order in (range(len(files)), data.draw(st.permutations(range(len(files))))):
        shared.clear()
        for day in order:
            shared.load(day, files[day])
            assert stored(shared) == worked_out(shared)
            protected(shared)
        ends.append(ended(shared))
    assert ends[0] == ends[1]
