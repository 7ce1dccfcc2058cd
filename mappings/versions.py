"""Which version of which table is in force, and whether the tables still are what was agreed.

Every record carries the version of the whole set, so the set may not change under its version: versions.csv
holds the hash of each table, and of all of them together. Who changes a table runs

    python -m mappings.versions --since 2026-12-01 --agreed-with "who agreed to it"

which raises the versions of exactly the tables that changed, and of the set.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import MappingInvalid
from mappings.tables import Line, Shape, Table, day, read_table

VERSIONS = "versions"
SET = "all"
_SOURCE_OF_OUR_OWN = "interfaces: feeds"
HEADER = ("table", "version", "since", "agreed_with", "source", "sha256")
SHAPE = Shape(HEADER, ("table",), ("version", "since", "source", "sha256"))


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A table's version, since when, who agreed to it (blank: nobody yet), and where its facts come from."""

    table: str
    version: str
    since: datetime.date
    agreed_with: str
    source: str
    sha256: str


def table_names(root: Path) -> tuple[str, ...]:
    """Every table under the folder but versions.csv, by name."""
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.glob("*/*.csv")))


def read_versions(root: Path) -> dict[str, TableVersion]:
    """Read versions.csv; `all` is the version of the set. Raises MappingInvalid."""
    table = read_table(root, VERSIONS, SHAPE)
    versions = {line["table"]: _version(table, line) for line in table.lines}
    if SET not in versions:
        table.refuse(1, "the version of the whole set is missing")
    return versions


def check_versions(root: Path, versions: dict[str, TableVersion]) -> None:
    """Refuse tables that are not the ones that were given this version. Raises MappingInvalid."""
    for fault in not_as_stamped(root, versions):
        raise fault


def not_as_stamped(root: Path, versions: dict[str, TableVersion]) -> Iterator[MappingInvalid]:
    """What keeps each table from being the one that was given its version."""
    names = table_names(root)
    for name in sorted({*names, *versions} - {SET}):
        if name not in versions:
            yield MappingInvalid(table=name, line=0, problem="it has no version in versions.csv")
        elif name not in names:
            yield MappingInvalid(table=name, line=0, problem="it has a version in versions.csv and is not there")
        elif versions[name].sha256 != table_hash(root, name):
            yield MappingInvalid(table=name, line=0, problem="it was changed without a new version")
    if versions[SET].sha256 != set_hash(versions):
        yield MappingInvalid(table=VERSIONS, line=0, problem="a table has a new version and the set has not")


def table_hash(root: Path, name: str) -> str:
    """SHA-256 of a table's lines, whatever line ends a checkout gave them."""
    return hashlib.sha256((root / f"{name}.csv").read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def set_hash(versions: dict[str, TableVersion]) -> str:
    lines = [f"{name} {found.version} {found.sha256}\n" for name, found in sorted(versions.items()) if name != SET]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def stamp(root: Path, *, since: datetime.date, agreed_with: str = "", source: str = "") -> str:
    """Raise the version of every changed table and of the set, and write versions.csv. Returns the set's version.

    A blank `source` keeps a table's source as it was.
    """
    known = read_versions(root) if (root / f"{VERSIONS}.csv").is_file() else {}
    now = {}
    for name in table_names(root):
        old = known.get(name, TableVersion(name, "0", since, "", _SOURCE_OF_OUR_OWN, ""))
        hashed = table_hash(root, name)
        changed = TableVersion(name, str(int(old.version) + 1), since, agreed_with, source or old.source, hashed)
        now[name] = old if old.sha256 == hashed else changed
    now[SET] = _next_set(known.get(SET), since, agreed_with, set_hash(now))
    _write(root, now)
    return now[SET].version


def _next_set(old: TableVersion | None, since: datetime.date, agreed_with: str, hashed: str) -> TableVersion:
    """The set's version counts within a month: 2026.12-1, 2026.12-2."""
    if old is not None and old.sha256 == hashed:
        return old
    month = f"{since.year}.{since.month:02d}"
    count = int(old.version.rpartition("-")[2]) + 1 if old is not None and old.version.startswith(f"{month}-") else 1
    return TableVersion(SET, f"{month}-{count}", since, agreed_with, "every table below", hashed)


def _version(table: Table, line: Line) -> TableVersion:
    since = day(table, line, "since")
    return TableVersion(line["table"], line["version"], since, line["agreed_with"], line["source"], line["sha256"])


def _write(root: Path, versions: dict[str, TableVersion]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for name in (SET, *sorted(set(versions) - {SET})):
        found = versions[name]
        writer.writerow((name, found.version, found.since.isoformat(), found.agreed_with, found.source, found.sha256))
    (root / f"{VERSIONS}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def main(arguments: list[str] | None = None) -> int:
    """Stamp the tables beside this module, or those under another folder."""
    parser = argparse.ArgumentParser(prog="python -m mappings.versions", description="Give changed tables a version.")
    parser.add_argument("--since", required=True, type=datetime.date.fromisoformat, help="the day from which it holds")
    parser.add_argument("--agreed-with", default="", help="who agreed to it outside the project")
    parser.add_argument("--source", default="", help="where the new facts come from; left out: as before")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    stamp(given.root, since=given.since, agreed_with=given.agreed_with, source=given.source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
