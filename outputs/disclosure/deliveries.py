"""What is about to be delivered, what was delivered, and how small numbers of each table are treated. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, NamedTuple

from outputs import catalogue, periods
from outputs.figures import Figure, Key

# `withheld`: all counts of the table but its totals go, for one version that could not be protected otherwise.
Setting = Literal["none", "primary", "secondary", "withheld"]
Settings = Mapping[str, Setting]

SMALLEST: Final = 1
LARGEST: Final = 4


class Place(NamedTuple):
    """A cell of a version of a return."""

    of_return: str
    period: str
    version: int
    table: str
    row: str
    column: str

    @property
    def key(self) -> Key:
        """What names it within the return."""
        return self.table, self.row, self.column


@dataclass(frozen=True, slots=True)
class Draft:
    """A version of a return with all its counts, and the settings of its tables that are not the catalogue's."""

    of_return: str
    period: str
    version: int
    figures: tuple[Figure, ...]
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A version as its receiver has it. `hidden`: the counts that it does not show, which we know and nobody else."""

    of_return: str
    period: str
    version: int
    figures: tuple[Figure, ...]
    hidden: Mapping[Key, int]
    settings: Settings = field(default_factory=dict)


def related(version: Draft | Delivered, others: Iterable[Delivered]) -> list[Delivered]:
    """Those of the same quarter: no sum, version or month of theirs reaches beyond it."""
    return [each for each in others if _quarter(each.period) == _quarter(version.period)]


@cache
def _quarter(period: str) -> str:
    return periods.quarter(periods.parse(period).first).name


def is_small(count: int) -> bool:
    """Whether it is one of those that go."""
    return SMALLEST <= count <= LARGEST


def setting_of(of_return: str, table: str, settings: Settings) -> Setting:
    """How a table is treated: as the settings say, or else as the catalogue does. An unknown table is not treated."""
    return settings.get(table) or _default(of_return).get(table, "none")


@cache
def _default(of_return: str) -> dict[str, Setting]:
    return {each.key: each.suppression for each in catalogue.tables(of_return)}


@cache
def count_columns(of_return: str) -> frozenset[tuple[str, str]]:
    """Table and column of all counts of a return."""
    return frozenset(
        (table.key, column.key)
        for table in catalogue.tables(of_return)
        for column in table.columns
        if column.kind == "count"
    )


def counts_of(of_return: str, figures: Iterable[Figure]) -> dict[Key, int]:
    """The counts among figures that have a value."""
    columns = count_columns(of_return)
    return {
        each.key: each.value for each in figures if (each.table, each.column) in columns and isinstance(each.value, int)
    }


def true_counts(version: Draft | Delivered) -> dict[Key, int]:
    """All counts of a version, hidden ones too."""
    hidden = version.hidden if isinstance(version, Delivered) else {}
    return {**counts_of(version.of_return, version.figures), **hidden}
