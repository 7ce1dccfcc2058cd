"""What tests share: one PostgreSQL for the session, a migrated template in it, a fresh database for each test."""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange import embedded, keys, logs
from exchange.cms import migrate
from exchange.settings import Settings

TEMPLATE = "lvws_template"


def pytest_configure(config: pytest.Config) -> None:
    """One folder a session for what its workers share; not under pytest's own, which a second session closes to others."""
    if not hasattr(config, "workerinput"):
        os.environ["TESTS_OF_LVWS"] = tempfile.mkdtemp(prefix="lvws-tests-")
        atexit.register(shutil.rmtree, os.environ["TESTS_OF_LVWS"], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A group that pytest-xdist does not see costs minutes and says nothing (requirements/dev.in)."""
    if getattr(config.option, "loadgroup", False):
        lost = [item.nodeid for item in items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        if lost:
            raise pytest.UsageError(f"pytest-xdist does not group tests of one xdist_group, {lost[0]} for one")


@pytest.fixture(scope="session")
def server() -> str:
    """The session's PostgreSQL, shared by all workers: the address of one of its databases.

    LVWS_TEST_SERVER names another one, of 15 or newer: postgresql://user:password@host:port/postgres?
    """
    root = Path(os.environ["TESTS_OF_LVWS"])
    with (root / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = os.environ.get("LVWS_TEST_SERVER") or embedded.start(root / "shared")
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", (TEMPLATE,)).fetchone() is None:
                connection.execute("alter system set fsync = off")
                connection.execute("select pg_reload_conf()")
                connection.execute(f"create database {TEMPLATE}_new")
                migrate.migrate(Settings(home=root / "template", database_url=named(url, f"{TEMPLATE}_new")))
                connection.execute(f"alter database {TEMPLATE}_new rename to {TEMPLATE}")
    return url


@pytest.fixture
def database_url(server: str) -> Iterator[str]:
    """A fresh, migrated database of this test's own."""
    name = f"t_{secrets.token_hex(8)}"
    with psycopg.connect(named(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE}")
        yield named(server, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings with a home of this test's own, its service keys made."""
    made = Settings(home=tmp_path / "home", database_url=database_url)
    keys.ensure(made.home)
    return made


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """The environment is as it was (the demo drops every LVWS_ variable of its process), and no log is open."""
    environ = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(environ)
    logs.close_log()


def named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return re.sub(r"/\w+\?", f"/{database}?", url, count=1)
