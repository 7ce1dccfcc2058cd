"""Matching a night asks indexes alone: no statement reads a large table from end to end, however large the CMS is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from exchange.cms.people import candidates, crimes, links, matching, pairs, reading
from tests.service import fresh_database

pytestmark = pytest.mark.xdist_group("large")  # one database for the module

PEOPLE, NIGHT = 200_000, 600
LARGE = {"referral", "matching", "match_key", "pair", "link", "same_crime", "match_judgement", "hold"}

FILLED = f"""
    set session_replication_role = replica;  -- which leaves out what foreign keys would look up
    insert into cms.referral (source, referral_key, received_on, withdrawn, reopened, consent_pending, made_by,
        changed_by, single, first_line, first_file_order, first_record_type, first_opens, channel, incident_kind,
        offence_from, forename, surname, address_1, safe_contact_note)
    select 'mps', n || '/19|1', '2019-06-03', false, false, false, 'run', 'run', true, 2, n, 'N', true, 'police', 'crime',
        '2019-06-01', 'Zz' || n % 500, 'Zz' || n % 3000, repeat('z', 40), repeat('z', 60)
    from generate_series(1, {PEOPLE}) n;
    insert into cms.matching (referral_id, done_at, identity, model_version, secret)
    select referral_id, now(), 'new', '1', 'match-keys-1' from cms.referral;
    insert into cms.match_key select kind, hashint8extended(n / 2 * 100 + kind, 0), n
    from generate_series(1, {PEOPLE}) n, generate_series(1, 8) kind;
    insert into cms.pair select n, n + 1, 25, (array['automatic', 'review', 'apart'])[n % 3 + 1], n % 3 = 2, n % 2 = 0,
        array['phone_same'], null, '1' from generate_series(1, {PEOPLE} - 1) n;
    insert into cms.link (left_id, right_id, how, reasons)
    select left_id, right_id, 'automatic', '{{}}' from cms.pair where decision = 'automatic';
    insert into cms.same_crime (left_id, right_id, reasons) select left_id, right_id, '{{}}' from cms.pair where vetoed;
    insert into cms.match_judgement (left_id, right_id, same, step_id)
    select left_id, right_id, true, 1 from cms.pair where left_id % 10 = 0;
    insert into cms.hold (referral_id, reason, since, opened_by)
    select referral_id, 'match_review', '2019-06-03', 'matching' from cms.referral;
    set session_replication_role = origin;
    analyze cms.referral, cms.matching, cms.match_key, cms.pair, cms.link, cms.same_crime, cms.match_judgement, cms.hold;
"""
# As a night leaves them: never analysed, and filled in the transaction in which they are asked.
NIGHT_TABLES = f"""
    insert into to_match select n * 7, now() from generate_series(1, {NIGHT}) n;
    insert into asked_for select referral_id from to_match;
    insert into new_key select k.referral_id, k.kind, k.key from cms.match_key k join to_match using (referral_id);
    insert into in_a_group select referral_id from to_match;
    insert into final_pair select n, n + 1, 'automatic', null from generate_series(7, {NIGHT} * 7, 7) n;
    insert into one_person select n, n from generate_series(7, {NIGHT} * 7, 7) n;
    insert into one_crime select n, n + 1, '{{}}' from generate_series(7, {NIGHT} * 7, 7) n;
    insert into in_pair select n, n + 1, true from generate_series(7, {NIGHT} * 7, 7) n;
    insert into decided_pair select left_id, right_id, weight, decision, vetoed, changes_safe_contact, reasons, '2'
    from cms.pair where left_id % 7 = 0 and left_id < {NIGHT} * 7;
"""
TABLES = (matching._TABLE, reading._TABLE, candidates._TABLE, candidates._FOUND, pairs._TABLES, links._TABLES)
TABLES += (links._IN_PAIR, crimes._TABLES)
FACTS = {"id": "match-keys-1", "version": "2", "secret": "match-keys-1", "not_linkable": [7, 14]}
STATEMENTS: dict[str, Any] = {
    "keyed otherwise": matching._KEYED_OTHERWISE,
    "members": candidates.MEMBERS,
    "candidate pairs": candidates._PAIRS,
    "store keys": candidates._STORE,
    "read": reading._QUERY,
    "store pairs": pairs._STORE,
    "groups": pairs._GROUPS,
    "verdicts": pairs._VERDICTS,
    "group reasons": links._GROUP_REASONS,
    "end": links._END,
    "link": links._LINK,
    "persons": links._PERSONS,
    "done": links._DONE,
    "others": links._OTHERS,
    "hold": links._HOLD,
    "holds over": links._HOLDS_OVER,
    "pairs of all": links._PAIRS_OF_ALL,
    "same": crimes._SAME,
    "not the same": crimes._NOT_SAME,
    "number": crimes._NUMBER,
    "targeted": crimes._TARGETED,
}


@pytest.fixture(scope="module")
def large(server: str) -> Iterator[psycopg.Connection[Any]]:
    with fresh_database(server) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILLED)
        for table in TABLES:
            connection.execute(table)
        yield connection


def scans(plan: dict[str, Any]) -> set[str]:
    """Large tables that the plan reads from end to end, by themselves or by a whole index."""
    found = set[str]()
    whole = plan["Node Type"] == "Seq Scan" or ("Index" in plan["Node Type"] and not plan.get("Index Cond"))
    if whole and plan.get("Relation Name") in LARGE:
        found.add(f"{plan['Node Type']} of {plan['Relation Name']}")
    return found.union(*(scans(each) for each in plan.get("Plans", [])))


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_large_table_is_read_whole(name: str, large: psycopg.Connection[Any]) -> None:
    statement = STATEMENTS[name]
    with large.transaction(force_rollback=True):
        large.execute(NIGHT_TABLES)
        if name != "members":
            large.execute(sql.SQL("insert into found_key {}").format(candidates.MEMBERS))
        if name == "groups":
            large.execute("truncate in_a_group")
        explain = sql.SQL("explain (format json) ") + (
            statement if isinstance(statement, sql.Composable) else sql.SQL(statement)
        )
        ((answer,),) = large.execute(explain, FACTS if "%(" in large_text(explain, large) else None).fetchall()
    assert scans(answer[0]["Plan"]) == set()


def large_text(statement: sql.Composable, connection: psycopg.Connection[Any]) -> str:
    return statement.as_string(connection)
