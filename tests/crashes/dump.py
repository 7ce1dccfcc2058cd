"""What a night left, by business keys: two nights that did the same have equal dumps.

All tables of ledger and cms; the files on the senders' server, acknowledgements included; what lies in the vault.
Left out are run ids, numbers, times (only whether there is one), who worked, attempts, leases, fences and ciphertext.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pyrage
from psycopg import sql

from exchange.intake import vault
from exchange.ledger import audit
from tests.crashes.world import IDENTITY

Dump = dict[str, list[str]]

ATTEMPTS = {"worker", "visit"}  # whole tables
NUMBERS = {
    f"{what}_id"
    for what in "worker delivery outbox audit reject hold proposal step onward receipt link statement".split()
}
LEFT_OUT = NUMBERS | {"fence", "lease_until", "chain", "who"}
OF_A_REFERRAL = {"referral_id", "left_id", "right_id", "one_crime", "crime_id"}
OF_A_PERSON = {"person_id", "own_person"}  # told by whom the person has been from the first
NAMES_RUN = set("run made_by changed_by first_run last_run mended_by opened_by over_by seeded_by".split())
TIMES = set(
    "at started_at ended_at first_seen last_seen destroyed_at received_at cleaned_at made_at sent_at set_at queued_at "
    "sending_at taken_back_at replaced_at read_at tidied_at opened_at released_at over_at seeded_at first_reported "
    "mended_at done_at found_at linked_at unlinked_at noted_at until".split()
)
ANSWERED_AT = ("received_at", "loaded_at", "first_reported", "run", "onward_id")


def dump(database_url: str, home: Path, server: Path) -> Dump:
    """Everything that counts; each list sorted."""
    with psycopg.connect(database_url) as connection:
        connection.execute("set time zone 'UTC'")
        names = _runs(connection)
        found = _tables(connection, names)
        found["audit's chain"] = [str(audit.first_broken_link(connection))]
    found["server"] = _server(server)
    found["vault"] = _vault(home, names)
    return {place: sorted(lines) for place, lines in found.items()}


def difference(expected: Dump, found: Dump) -> list[str]:
    """What is missing (-) and what is too much (+), by place."""
    lines = []
    for place in sorted({*expected, *found}):
        before, after = Counter(expected.get(place, [])), Counter(found.get(place, []))
        lines += [f"{place}: - {line}" for line in (before - after).elements()]
        lines += [f"{place}: + {line}" for line in (after - before).elements()]
    return lines


def _runs(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """A name for each run that does not depend on its id: what came, as what, and how it ended."""
    rows = connection.execute(
        "select r.run, r.source, r.file, r.content, min(d.delivered_name) "
        "from ledger.run r left join ledger.delivery d using (run) group by r.run"
    ).fetchall()
    return {run: f"<{source} {file} {content[:8]} as {name}>" for run, source, file, content, name in rows}


def _tables(connection: psycopg.Connection[Any], names: dict[str, str]) -> Dump:
    found: Dump = {}
    referrals = dict(
        connection.execute("select referral_id, source || ' ' || referral_key from cms.referral").fetchall()
    )
    persons = dict(
        connection.execute(
            "select coalesce(own_person, person_id), source || ' ' || referral_key from cms.referral"
        ).fetchall()
    )
    tables = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname in ('ledger', 'cms')"
    ).fetchall()
    for schema, table in tables:
        if table in ATTEMPTS:
            continue
        rows = connection.execute(sql.SQL("select * from {}").format(sql.Identifier(schema, table)))
        columns = [column.name for column in rows.description or ()]
        found[f"{schema}.{table}"] = [
            _row(dict(zip(columns, row, strict=True)), names, referrals, persons) for row in rows
        ]
    return found


def _row(row: dict[str, Any], names: dict[str, str], referrals: dict[int, str], persons: dict[int, str]) -> str:
    told = {}
    for column, value in row.items():
        if column in LEFT_OUT:
            continue
        if column in NAMES_RUN:
            told[column] = names.get(value, f"unknown run {value}") if value else value
        elif column in TIMES:
            told[column] = "a time" if value else None
        elif column in OF_A_REFERRAL:
            told[column] = referrals.get(value)
        elif column in OF_A_PERSON:
            told[column] = persons.get(value)
        elif column == "body":
            told[column] = _answer(bytes(value))
        else:
            told[column] = value
    return repr(told)


def _answer(data: bytes) -> str:
    """An acknowledgement, rejects or a file for a service, opened; without times, run ids and random numbers."""
    if data.startswith(b"age-encryption.org"):
        data = pyrage.decrypt(data, [IDENTITY])
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    return repr([{name: bool(value) if name in ANSWERED_AT else value for name, value in row.items()} for row in rows])


def _server(root: Path) -> list[str]:
    """Every file there is, temporary ones too."""
    lines = []
    for path in root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            answer = path.parent.name == "incoming" and path.suffix in {".csv", ".age"}
            content = _answer(data) if answer else hashlib.sha256(data).hexdigest()
            lines.append(f"{path.relative_to(root)} {content}")
    return lines


def _vault(home: Path, names: dict[str, str]) -> list[str]:
    """The folders with what lies in them; contents open and are what their names say."""
    lines = []
    for path in (home / "vault").rglob("*"):
        if path.is_file():
            name = str(path.relative_to(home / "vault"))
            for run, told in names.items():
                name = name.replace(run, told)
            lines.append(name)
    for folder in vault.names(home):
        if not folder.startswith("quarantine-"):
            with vault.open_raw(home, folder) as file:
                lines.append(f"{folder} opens: {hashlib.sha256(file.read()).hexdigest() == folder}")
    return lines
