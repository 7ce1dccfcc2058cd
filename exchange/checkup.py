"""The examination behind `lvws doctor`: each check says what it saw and what to do about it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from exchange import clock, database, keys, operators, settings
from exchange.alerts import telling
from exchange.alerts.found import LEAST_DISK_GB
from exchange.cms import signed
from exchange.errors import EXIT_OUR_FAULT, EXIT_UNSAFE, ExchangeError
from exchange.intake import sftp, vault
from exchange.ledger import audit
from exchange.onward import places
from exchange.operating import copies
from exchange.returns import approving, names
from exchange.returns.versions import RECEIVER
from exchange.settings import Settings, SftpHost
from exchange.sources import FEEDS

MOST_FAULTS = 20
WATCHED = ("paramiko", "cryptography", "psycopg", "pandas", "pandera", "pyarrow", "prefect", "fastapi")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "warn", "bad"]
    says: str
    do: str = ""
    exit_code: int = EXIT_OUR_FAULT


def examine() -> list[Check]:
    """All checks, in the order in which one would mend things."""
    try:
        loaded = settings.load()
    except ExchangeError as invalid:
        return [_bad("settings", invalid)]
    return [
        Check("settings", "ok", str(loaded.where) if loaded.where.exists() else "no lvws.toml: the defaults hold"),
        *_folders(loaded),
        *_keys(loaded),
        *_operators(loaded),
        *_database(loaded),
        *_senders(loaded),
        *_destinations(loaded),
        *_receiver(loaded),
        *_alerts(loaded),
        *_backups(loaded),
        *_disk(loaded),
        *_versions(),
    ]


def _folders(loaded: Settings) -> Iterator[Check]:
    try:
        vault.check_permissions(loaded.home)
    except ExchangeError as open_to_all:
        yield _bad("folders", open_to_all)
    else:
        yield Check("folders", "ok", f"{loaded.home}: vault and keys are closed to others")


def _keys(loaded: Settings) -> Iterator[Check]:
    try:
        found = keys.list_keys(loaded.home)
    except ExchangeError as unusable:
        yield _bad("keys", unusable)
        return
    active = {key.purpose for key in found if key.state == "active"}
    if active:
        yield Check("keys", "ok", "active: " + ", ".join(sorted(active)))
    else:
        yield Check("keys", "warn", "none yet", "Make them with: lvws migrate.")


def _operators(loaded: Settings) -> Iterator[Check]:
    try:
        found = operators.known(loaded)
    except ExchangeError as unusable:
        yield _bad("operators", unusable)
        return
    if found:
        yield Check("operators", "ok", ", ".join(sorted(found)))
    else:
        yield Check("operators", "warn", "nobody may decide yet", "Make a key for each person: lvws operators new.")


def _signatures(loaded: Settings, connection: database.Connection) -> Iterator[Check]:
    try:
        made, faults = signed.of_all(connection, operators.known(loaded))
    except ExchangeError as unusable:
        yield _bad("signatures", unusable)
        return
    for fault in faults[:MOST_FAULTS]:
        yield Check(
            "signatures",
            "bad",
            f"step {fault.step}, signature of {fault.operator}: {fault.problem}",
            "If the operator's block or key was taken out of the settings, put it back. If not, somebody changed a "
            "step: tell the data protection officer, and look at the person's contact with lvws contact show.",
            EXIT_UNSAFE,
        )
    if not faults:
        yield Check("signatures", "ok", f"{made} of staff's steps, all of them fit")


def _approvals(loaded: Settings, connection: database.Connection) -> Iterator[Check]:
    try:
        made, faults = approving.faults(connection, operators.known(loaded))
    except ExchangeError as unusable:
        yield _bad("approvals", unusable)
        return
    for fault in faults[:MOST_FAULTS]:
        yield Check(
            "approvals",
            "bad",
            f"{fault.stem}, approved by {fault.operator}: {fault.problem}",
            "If the operator's block or key was taken out of the settings, put it back. If not, somebody changed the "
            "approval of a return: tell the data protection officer, and verify its folder with lvws returns verify.",
            EXIT_UNSAFE,
        )
    if not faults:
        yield Check("approvals", "ok", f"{made} of returns, all of them fit")


def _database(loaded: Settings) -> Iterator[Check]:
    try:
        with database.connect(loaded, "reader", doing="looking at the database") as connection:
            server = connection.info.server_version // 10000
            whose = "your server" if loaded.database_url else "embedded"
            yield Check(
                "database",
                "ok",
                f"PostgreSQL {server}, schema {database.head()}, {whose}",
            )
            yield from _clock(connection)
            yield from _signatures(loaded, connection)
            yield from _approvals(loaded, connection)
            broken = audit.first_broken_link(connection)
            yield (
                Check("audit", "ok", "unbroken")
                if broken is None
                else Check(
                    "audit",
                    "bad",
                    f"line {broken} does not fit the one before it",
                    "Somebody changed the audit: tell the data protection officer.",
                )
            )
            logs_statements = connection.execute("show log_min_error_statement").fetchone()
            if logs_statements and logs_statements[0] not in {"panic", "fatal"}:
                yield Check(
                    "database log",
                    "warn",
                    "the server logs statements that fail",
                    "Set log_min_error_statement = panic and log_error_verbosity = terse there.",
                )
    except ExchangeError as away:
        yield _bad("database", away)


def _clock(connection: database.Connection) -> Iterator[Check]:
    row = connection.execute("select clock_timestamp(), (select max(at) from ledger.audit)").fetchone()
    assert row is not None
    there, last = row
    if abs(there - clock.now()) > timedelta(minutes=2):
        yield Check("clock", "bad", "this machine and the database differ by over 2 minutes", "Set both by NTP.")
    elif last is not None and last > clock.now() + timedelta(minutes=2):
        yield Check(
            "clock", "bad", "the audit has lines from the future", "This machine's clock went back: set it by NTP."
        )
    else:
        yield Check("clock", "ok", f"{clock.now().astimezone(clock.LONDON):%Y-%m-%d %H:%M} in London")


def _senders(loaded: Settings) -> Iterator[Check]:
    unknown = [name for name in loaded.sftp if name not in {*FEEDS, RECEIVER}]
    others = {name for name in unknown if _takes_onward(name, loaded.sftp[name])}
    for name in unknown:
        if name in others:
            continue
        yield Check(
            f"sftp.{name}",
            "warn",
            "no source of that name; nothing is pulled from it",
            "Known sources: " + ", ".join(FEEDS) + ".",
        )
    if not set(loaded.sftp) & set(FEEDS):
        yield Check("senders", "warn", "none is set up", "Add [sftp.<source>] blocks to lvws.toml (docs/settings.md).")
    for name in FEEDS:
        host = loaded.sftp.get(name)
        if host is None:
            continue
        try:
            with sftp.session(host, source=name) as remote:
                listing = remote.list(host.outgoing)
                yield Check(
                    f"sftp.{name}",
                    "ok",
                    f"{host.host}:{host.port}, {len(listing.entries)} files, {remote.negotiated.summary}",
                )
        except ExchangeError as failure:
            yield _bad(f"sftp.{name}", failure)


def _takes_onward(name: str, host: SftpHost) -> bool:
    """Whether a block is meant for onward referrals: it has a key for them, or the name of a service in mappings/."""
    return name not in places.NEVER and (bool(host.age_recipient) or name in places.book()["destinations"])


def _destinations(loaded: Settings) -> Iterator[Check]:
    """Services that take onward referrals: their key, host key, login and folders."""
    for name, host in loaded.sftp.items():
        if not _takes_onward(name, host):
            continue
        if not places.NAME.fullmatch(name):
            yield Check(f"sftp.{name}", "bad", "a service's name is small letters, digits and _", "Rename the block.")
            continue
        try:
            places.recipient(loaded, name)
            with sftp.session(host, source=name) as remote:
                receipts = [each for each in remote.list(host.outgoing).entries if places.is_receipt(name, each.name)]
                remote.list(host.incoming)
                yield Check(
                    f"sftp.{name}",
                    "ok",
                    f"{host.host}:{host.port}, {len(receipts)} receipts, {remote.negotiated.summary}, age key",
                )
        except ExchangeError as failure:
            yield _bad(f"sftp.{name}", failure)


def _receiver(loaded: Settings) -> Iterator[Check]:
    """Where returns are delivered: host key, login and folders."""
    server = loaded.sftp.get(RECEIVER)
    if server is None:
        return
    try:
        with sftp.session(server, source=RECEIVER) as remote:
            there = [each for each in remote.list(server.outgoing).entries if names.receipt_of(each.name)]
            remote.list(server.incoming)
            says = f"{server.host}:{server.port}, {len(there)} receipts of returns, {remote.negotiated.summary}"
            yield Check(f"sftp.{RECEIVER}", "ok", says)
    except ExchangeError as failure:
        yield _bad(f"sftp.{RECEIVER}", failure)


def _alerts(loaded: Settings) -> Iterator[Check]:
    """Whether somebody is told what is wrong."""
    if not loaded.alerts:
        do = "Add an [alerts.<name>] block (docs/operations.md, Alerts); until then: lvws alerts list."
        yield Check("alerts", "warn", "nobody is told what is wrong", do)
    for name, route in loaded.alerts.items():
        try:
            count = telling.addresses(name, route.urls)
        except ExchangeError as unusable:
            yield _bad(f"alerts.{name}", unusable)
        else:
            yield Check(
                f"alerts.{name}", "ok", f"{count} address{'' if count == 1 else 'es'}, told: {', '.join(route.groups)}"
            )


def _backups(loaded: Settings) -> Iterator[Check]:
    """Whether there is a backup that somebody can open."""
    try:
        copies.recipient(loaded.backup.recipient)
    except ExchangeError as missing:
        says, do = missing.sentences
        yield Check("backup", "warn", says, do)
        return
    made = sorted(path.name for path in loaded.backup.folder.glob("lvws-*"))
    if made:
        yield Check("backup", "ok", f"{len(made)} in {loaded.backup.folder}, the newest {made[-1]}")
    else:
        yield Check("backup", "warn", f"none in {loaded.backup.folder} yet", "Make one with: lvws backup.")


def _disk(loaded: Settings) -> Iterator[Check]:
    folder = loaded.home if loaded.home.exists() else loaded.home.parent
    free = shutil.disk_usage(folder if folder.exists() else "/").free / 1e9
    if free < LEAST_DISK_GB:
        yield Check(
            "disk",
            "warn",
            f"{free:.1f} GB free",
            f"Free some: at least {LEAST_DISK_GB} GB, and 3 times the largest file.",
        )
    else:
        yield Check("disk", "ok", f"{free:.0f} GB free")


def _versions() -> Iterator[Check]:
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in WATCHED)
    yield Check(
        "versions", "ok", f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}, {found}"
    )


def _bad(what: str, error: ExchangeError) -> Check:
    says, do = error.sentences
    return Check(what, "bad", says, do, error.exit_code)
