"""What `lvws mappings check` and `lvws mappings diff` print. Codes and rules are no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from exchange.cli import screen
from mappings.differences import Key, TableDifference
from mappings.faults import Checked


@dataclass(frozen=True, slots=True)
class Pair:
    """The versions of both sets, and the tables of the other one that have no version yet."""

    before: str
    after: str
    unstamped: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {"versions": {"before": self.before, "after": self.after}, "unstamped": list(self.unstamped)}


def as_json_check(found: Checked) -> None:
    """`lvws mappings check --json`."""
    valid = not (found.faults or found.unstamped)
    screen.document({"valid": valid, **asdict(found)})


def show_check(found: Checked, folder: Path | None) -> None:
    """`lvws mappings check` for people; `folder` is where tables are that are not those in force."""
    screen.say(
        f"{found.tables} tables with {found.lines:,} lines, version {found.version or 'unknown'}. "
        f"{found.not_verified} facts are not verified (docs/mappings.md)."
    )
    if found.faults:
        lines = [(fault.table, fault.line or "·", fault.problem) for fault in found.faults]
        screen.table("Not valid: the first fault of each table", ["table", "line", "problem"], lines, right=["line"])
    if found.unstamped:
        screen.table("Not as stamped", ["table", "problem"], [(each.table, each.problem) for each in found.unstamped])
        where = f' --root "{folder}"' if folder else ""
        screen.say(
            "Nothing is loaded with tables that changed under their version. Once the change is agreed, run: "
            f'python -m mappings.versions --since YYYY-MM-DD --agreed-with "WHO"{where}'
        )
    if not (found.faults or found.unstamped):
        screen.say("All of them are valid, and are the ones that have these versions.")


def as_json_diff(pair: Pair, found: Sequence[TableDifference]) -> None:
    """`lvws mappings diff --json`."""
    screen.document({**pair.as_json(), "tables": [_table_as_json(each) for each in found]})


def _table_as_json(each: TableDifference) -> dict[str, object]:
    before, after = each.versions
    return {
        "table": each.table,
        "state": each.state,
        "versions": {"before": before, "after": after},
        "added": [dict(line) for line in each.added],
        "removed": [dict(line) for line in each.removed],
        "changed": [
            {"key": list(one.key), "column": one.column, "before": one.before, "after": one.after}
            for one in each.changed
        ],
    }


def show_diff(pair: Pair, found: Sequence[TableDifference]) -> None:
    """`lvws mappings diff` for people."""
    say_versions(pair)
    if not found:
        screen.say("The tables are the same.")
    for each in found:
        before, after = (version or "none" for version in each.versions)
        versions = f"version {before}" if before == after else f"version {before} to {after}"
        screen.table(
            f"{each.table}: {each.state}, {versions}",
            ["", "line", "column", "before", "after"],
            [
                *(("changed", _key(one.key), one.column, one.before, one.after) for one in each.changed),
                *(("removed", _cells(line), None, None, None) for line in each.removed),
                *(("added", _cells(line), None, None, None) for line in each.added),
            ]
            or [("changed", "the order of its lines, or how it is written", None, None, None)],
        )


def say_versions(pair: Pair) -> None:
    """Which sets are compared, and what in the other one is not agreed yet."""
    screen.say(f"The tables in force are version {pair.before}, the others {pair.after}.")
    if pair.unstamped:
        screen.say(f"Of the others, these are not as stamped, so that nothing loads with them: {_and(pair.unstamped)}.")


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)


def _key(key: Key) -> str:
    return " · ".join(key)


def _cells(line: Mapping[str, str]) -> str:
    return " · ".join(cell for cell in line.values() if cell)
