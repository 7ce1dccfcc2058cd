"""What the database itself refuses about returns, whatever a program asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from exchange import database, operators
from exchange.errors import BuilderApproves
from exchange.returns import approving, versions
from tests.operators import Staff
from tests.returns import JUNE, Mopac, built
from tests.service import Service, running

PERIOD = ("monthly", "--period", JUNE)
Connection = psycopg.Connection[Any]


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        Mopac(made)
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


@pytest.fixture
def connection(service: Service) -> Iterator[Connection]:
    with psycopg.connect(service.database_url, autocommit=True) as made:
        yield made


def as_role(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(f"lvws_{role}")))


@pytest.mark.parametrize("role", ["loader", "reader", "operator"])
@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.return_version set state = 'approved', approved_at = now()",
        "update ledger.return_version set receiver = 'mps'",
        "update ledger.return_version set delivered_at = null",
        "insert into ledger.return_version (return_name, state) values ('monthly', 'approved')",
        "insert into ledger.return_version (return_name, receiver) values ('monthly', 'mopac')",
        "insert into ledger.return_approval (version_id, document) values (1, '{}')",
        "update ledger.return_approval set operator = 'x'",
        "delete from ledger.return_approval",
        "delete from ledger.return_version",
    ],
)
def test_no_role_writes_a_state_or_an_approval(connection: Connection, role: str, statement: str) -> None:
    as_role(connection, role)
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_the_loader_cannot_approve(service: Service, connection: Connection) -> None:
    made = built(service, {"total": 5})
    as_role(connection, "loader")
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute("select ledger.approve_return('{}', 'sam', 'x', '', '{}', '', 'x')")
    with pytest.raises(errors.CheckViolation) as refused:
        connection.execute("select ledger.set_return_state(%s, 'approved', 'x', now())", [made.version_id])
    assert refused.value.diag.constraint_name == "return_is_approved"
    for state, constraint in (("delivered", "return_is_sent"), ("receipted", "return_state_follows")):
        with pytest.raises(errors.CheckViolation) as refused:
            connection.execute("select ledger.set_return_state(%s, %s, 'x', now(), 'x')", [made.version_id, state])
        assert refused.value.diag.constraint_name == constraint


def test_the_operator_and_the_reader_cannot_deliver(connection: Connection) -> None:
    for role in ("operator", "reader"):
        as_role(connection, role)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("select ledger.set_return_state(1, 'delivered', 'x', now())")
        connection.execute("reset role")


def test_the_database_knows_who_built_it(service: Service, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    made = built(service, {"total": 5})
    signer = operators.acting(service.settings, {operators.KEY_VARIABLE: str(staff.keys["jo"])})
    monkeypatch.setattr(approving, "may_approve", lambda *_: None)
    with (
        database.connect(service.settings, "operator") as connection,
        pytest.raises(BuilderApproves),
    ):
        approving.approve(service.settings, connection, signer, made)


@pytest.mark.parametrize("change", ["file", "cut_off", "previous", "approved_by"])
def test_a_manifest_that_says_something_else_is_not_approved(
    service: Service, staff: Staff, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    from dataclasses import replace

    from exchange.errors import ChangedMeanwhile

    made = built(service, {"total": 5})
    signer = operators.acting(service.settings, {operators.KEY_VARIABLE: str(staff.keys["sam"])})
    real = approving.manifests.written

    def wrong(version: versions.Version, approval: approving.Approval) -> str:
        if change == "file":
            version = replace(version, files=[{**version.files[0], "sha256": "0" * 64}, *version.files[1:]])
        elif change == "cut_off":
            version = replace(version, cut_off=version.as_known_at)
        elif change == "previous":
            approval = replace(approval, previous="0" * 64)
        else:
            approval = replace(approval, approved_by="jo")
        return real(version, approval)

    monkeypatch.setattr(approving.manifests, "written", wrong)
    with database.connect(service.settings, "operator") as connection, pytest.raises(ChangedMeanwhile):
        approving.approve(service.settings, connection, signer, made)
    assert service.rows("select state from ledger.return_version") == [("draft",)]


@pytest.fixture
def out(service: Service, staff: Staff, connection: Connection) -> Connection:
    """A version that was delivered."""
    built(service, {"total": 5})
    for who, command in (("sam", "approve"), (None, "deliver")):
        assert staff.lvws(who, "returns", command, *PERIOD, "--yes").code == 0
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.return_version set files = '[1]'",
        "update ledger.return_version set figures_sha256 = repeat('0', 64)",
        "update ledger.return_version set cut_off = now()",
        "update ledger.return_version set built_by = 'x'",
        "update ledger.return_version set version = 7",
        "update ledger.return_version set period = '2019-07'",
        "update ledger.return_version set delivered_at = now()",
        "update ledger.return_version set state = 'draft', approved_at = null, delivered_at = null",
        "update ledger.return_version set state = 'approved', delivered_at = null",
        "update ledger.return_version set receiver = 'mps'",
    ],
)
def test_what_was_delivered_never_changes_even_by_its_owner(out: Connection, statement: str) -> None:
    for role in ("owner", None):
        if role:
            as_role(out, role)
        with pytest.raises(errors.CheckViolation):
            out.execute(statement.encode())
        out.execute("reset role")


def test_a_version_and_an_approval_stay_even_for_their_owner(out: Connection) -> None:
    for statement in (
        "delete from ledger.return_version",
        "delete from ledger.return_approval",
        "update ledger.return_approval set operator = 'jo'",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            out.execute(statement)  # type: ignore[call-overload]


def test_the_receiver_of_returns_gets_nothing_else_and_nobody_else_gets_them(service: Service, out: Connection) -> None:
    insert = "insert into ledger.outbox (source, name, body, version_id) select %s, %s, %s, version_id from ledger.return_version"
    approved = built(service, {"total": 6})
    assert isinstance(approved, versions.Version)
    (body,) = out.execute("select body from ledger.outbox where name = 'monthly-2019-06-v1.figures.csv'").fetchone()
    as_role(out, "loader")
    for source, name, content in (
        ("mps", "monthly-2019-06-v1.figures.csv", body),  # another receiver
        ("mopac", "monthly-2019-06-v1.more.csv", b"other bytes"),
        ("mopac", "other-name.csv", body),
        ("mopac", "monthly-2019-06-v1.again.csv", body),  # delivered: nothing more goes out under it
    ):
        with pytest.raises(errors.CheckViolation):
            out.execute(f"{insert} where version = 1", [source, name, content])
    draft = approved.files[0]["name"]
    figures = (service.home / "returns" / "monthly" / JUNE / "v2" / draft).read_bytes()
    with pytest.raises(errors.CheckViolation):  # a draft
        out.execute(f"{insert} where version = 2", ["mopac", f"monthly-2019-06-v2.{draft}", figures])
    with pytest.raises(errors.CheckViolation):  # of no version at all
        out.execute("insert into ledger.outbox (source, name, body) values ('mopac', 'x', '')")
