"""What each role of the database may do, asked of the database itself (DESIGN section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from exchange.ledger import audit
from tests.feeds import a_police_file, a_police_row, police_name
from tests.service import Service, running

Connection = psycopg.Connection[Any]
Deny = Callable[[str, str], None]


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """A CMS with one referral of two records, of which staff own a field."""
    with running(tmp_path, database_url) as made:
        made.put("mps", police_name(0, 1), a_police_file([a_police_row(1)]))
        made.put("mps", police_name(1, 2), a_police_file([a_police_row(1, record_type="U", sex="M")]))
        made.loaded()
        with psycopg.connect(database_url) as connection:
            connection.execute("set role lvws_operator")
            connection.execute(
                "insert into cms.staff_value (referral_id, field, value, set_by) "
                "select referral_id, 'station', 'Zzelm', 'jo' from cms.referral"
            )
        yield made


@pytest.fixture
def connection(service: Service) -> Iterator[Connection]:
    with psycopg.connect(service.database_url, autocommit=True) as made:
        yield made


@pytest.fixture
def denied(connection: Connection) -> Deny:
    """Tries a statement in a role and sees it refused for want of permission."""

    def deny(role: str, statement: str) -> None:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(f"lvws_{role}")))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
        connection.execute("reset role")

    return deny


def tables(connection: Connection) -> list[str]:
    found = connection.execute(
        "select schemaname || '.' || tablename from pg_tables where schemaname in ('ledger', 'cms') order by 1"
    )
    return [name for (name,) in found]


def test_the_loader_deletes_nothing_but_notes_of_unfinished_files(connection: Connection, denied: Deny) -> None:
    assert len(tables(connection)) >= 12
    for table in tables(connection):
        if table != "ledger.incomplete":
            denied("loader", f"delete from {table}")
        denied("loader", f"truncate {table}")
        denied("loader", f"drop table {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "update cms.staff_value set value = '1'",
        "insert into cms.staff_value (referral_id, field, value, set_by) select referral_id, 'email', 'x', 'y' from cms.referral",
        "update ledger.audit set who = 'nobody'",
        "update cms.record set surname = 'Zzelm'",
        "update cms.not_held set code = 'x'",
        "update ledger.disposition set outcome = 'duplicate'",
        "update ledger.finding set rule = 'x'",
        "update ledger.content set bytes = 0",
        "update ledger.delivery set received_at = now()",
        "update ledger.outbox set body = ''",
        "update cms.proposal set referral_id = 0",
        "update cms.safe_contact set phone = null",
        "update cms.safe_contact set seeded_by = 'x'",
        "insert into cms.safe_contact (referral_id) select referral_id from cms.referral",
        "update cms.hold set released_at = now()",
        "update cms.hold set released_by = 1",
        "update cms.hold set reason = 'x'",
        "update cms.hold set opened_by = 'x'",
        "insert into cms.hold (referral_id, reason, since, opened_by, released_at, released_by) values (1, 'x', now(), 'x', now(), 1)",
        "insert into cms.step (what, source, referral_key, document, reason, people) values ('turn_back', 'x', 'x', 'x', 'x', 1)",
        "update cms.step set state = 'done'",
        "insert into cms.step_signature (step_id, operator, key_id, signature, agrees) values (1, 'x', 'x', '', true)",
        "update cms.step_signature set agrees = true",
        "insert into cms.turned_back (referral_id, reason, step_id) values (1, 'x', 1)",
        "update cms.turned_back set reason = 'x'",
        "insert into cms.not_passable_answer (source, referral_key, step_id) values ('x', 'x', 1)",
        "update cms.proposal set step_id = 1",
        "select cms.take_step('{}', 'x', 'x', '')",
        "select cms.sign_step(1, 'x', 'x', '', true)",
        "select cms.apply_step(s) from cms.step s",
        "select cms.apply_contact(s, '{}', 1) from cms.step s",
        "create table cms.more (x int)",
        "alter table ledger.run disable trigger all",
        "update ledger.alembic_version set version_num = '9999'",
    ],
)
def test_the_loader_may_not(statement: str, denied: Deny) -> None:
    denied("loader", statement)


def test_a_load_of_another_value_leaves_what_staff_set(service: Service) -> None:
    service.put("mps", police_name(2, 3), a_police_file([a_police_row(1, record_type="U", station="Forest Gate")]))
    service.loaded()
    assert service.rows("select field, value, set_by from cms.staff_value") == [("station", "Zzelm", "jo")]
    assert service.rows("select field, value from cms.proposal") == [("station", "Forest Gate")]


def test_the_reader_reads_and_writes_nothing(connection: Connection, denied: Deny) -> None:
    connection.execute("set role lvws_reader")
    for table in tables(connection):
        if table != "ledger.alembic_version":
            connection.execute(f"select * from {table} limit 1")  # type: ignore[call-overload]
    connection.execute("reset role")
    for table in tables(connection):
        denied("reader", f"delete from {table}")
        denied("reader", f"insert into {table} default values")
    denied("reader", "update ledger.run set code = 'x'")
    denied("reader", "update cms.referral set withdrawn = true")


@pytest.mark.parametrize(
    "statement",
    [
        "update cms.referral set surname = 'Zzelm'",
        "delete from cms.referral",
        "delete from cms.staff_value",
        "update ledger.run set state = 'open'",
        "update ledger.audit set who = 'nobody'",
        "insert into ledger.disposition (run, line, outcome) values ('x', 2, 'created')",
        "update cms.safe_contact set phone = null",
        "insert into cms.safe_contact (referral_id) select referral_id from cms.referral",
        "delete from cms.safe_contact",
        "insert into cms.hold (referral_id, reason, since, opened_by) values (1, 'x', now(), 'x')",
        "update cms.hold set released_at = now()",
        "update cms.hold set over_at = now()",
        "delete from cms.hold",
        "insert into cms.step (what, source, referral_key, document, reason, people) values ('turn_back', 'x', 'x', 'x', 'x', 1)",
        "update cms.step set state = 'done'",
        "delete from cms.step",
        "insert into cms.step_signature (step_id, operator, key_id, signature, agrees) values (1, 'x', 'x', '', true)",
        "update cms.step_signature set agrees = true",
        "delete from cms.step_signature",
        "insert into cms.turned_back (referral_id, reason, step_id) values (1, 'x', 1)",
        "delete from cms.turned_back",
        "insert into cms.not_passable_answer (source, referral_key, step_id) values ('x', 'x', 1)",
        "update cms.proposal set state = 'refused'",
        "select cms.keep_safe_contact('x', '{}', 'x')",
        "select cms.seed_safe_contact('x', '{}', 'x')",
        "select cms.apply_step(s) from cms.step s",
        "select cms.apply_contact(s, '{}', 1) from cms.step s",
        "select cms.apply_proposal(s, 1, 'x') from cms.step s",
    ],
)
def test_the_operator_may_not(statement: str, denied: Deny) -> None:
    denied("operator", statement)


def test_the_audit_cannot_be_changed_even_by_its_owner(connection: Connection, denied: Deny) -> None:
    for statement in ("update ledger.audit set who = 'nobody'", "delete from ledger.audit"):
        denied("owner", statement)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)  # as whoever made the database


def test_a_line_of_the_audit_that_was_changed_or_dropped_is_found(service: Service, connection: Connection) -> None:
    assert audit.first_broken_link(connection) is None
    lines = [number for (number,) in connection.execute("select audit_id from ledger.audit order by 1")]
    assert len(lines) == 2
    connection.execute("alter table ledger.audit disable trigger audit_for_good")
    connection.execute("update ledger.audit set who = 'nobody' where audit_id = %s", lines[:1])
    assert audit.first_broken_link(connection) == lines[0]
    found = service.lvws("doctor", "--json").json["checks"]
    assert [check["state"] for check in found if check["what"] == "audit"] == ["bad"]
    connection.execute("delete from ledger.audit where audit_id = %s", lines[:1])
    assert audit.first_broken_link(connection) == lines[1]


def test_the_audit_s_numbers_and_times_are_its_own(connection: Connection) -> None:
    connection.execute("set role lvws_loader")
    connection.execute("insert into ledger.audit (who, what, at, chain) values ('x', 'y', '2001-01-01', 'forged')")
    connection.execute("reset role")
    at, chain = connection.execute("select at, chain from ledger.audit order by audit_id desc limit 1").fetchone()
    assert at.year > 2001
    assert bytes(chain) != b"forged"
    assert audit.first_broken_link(connection) is None
