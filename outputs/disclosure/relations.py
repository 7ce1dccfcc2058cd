"""What ties counts together, as far as it is true of them: sums, parts, months of a quarter, versions, rates. Pure.

Everything here is something that a reader could use. Where a reader could only guess that it holds (that nobody took
the service up between the cut-offs of the months and that of their quarter), it is here if it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final

from exchange.sources import SOURCES
from outputs import catalogue, periods
from outputs.catalogue import Column
from outputs.disclosure.counts import Counts, Version, is_linked, moved, name_of, parent_of
from outputs.disclosure.deliveries import Delivered, Place, count_columns, true_counts

# Columns of a row of which one counts some of what another counts; rates say the rest (take_up/referrals).
_SOME_OF: Final = {
    "high_risk": ("referrals",),
    "immediate": ("supported", "take_up"),
    "ongoing": ("supported", "take_up"),
    "visits_requested": ("referrals",),
    "visits_undertaken": ("visits_requested",),
    "within_24h": ("referrals",),
    "received": ("referrals",),
}
# Sums over rows that are in no table's own sums: table, row, and what adds up to it.
_SUMS: Final = (
    (("crime_category", "high_risk_da"), "da_source", ("police_high", "self_referral_high", "other_agencies_high")),
    (
        ("crime_category", "low_medium_risk_da"),
        "da_source",
        ("police_low_medium", "self_referral_low_medium", "other_agencies_low_medium"),
    ),
)
# The field of the unknown rates and the rows of the table that are among its unknown.
_UNKNOWN: Final = (
    ("gender", "gender", ("not_given",)),
    ("gender", "gender", ("not_given", "prefer_not_to_say")),
    ("ethnicity", "ethnicity", ("not_given",)),
    ("disability", "disability", ("not_given",)),
    ("disability", "disability", ("not_given", "prefer_not_to_say")),
)
# Of the quarter itself, not sums of its months (interfaces: returns, What counts).
_NO_SUMS: Final = frozenset({"people", "open_at_end"})


@dataclass(frozen=True, slots=True)
class Relation:
    """low <= the sum of counts times their factors (<= high). `tells`: a reader who knows all but one count of it is
    taken to know that one, and nothing can be done about it."""

    terms: tuple[tuple[int, int], ...]
    low: int
    high: int | None
    tells: bool = False


def relations(counts: Counts, versions: Sequence[Version]) -> list[Relation]:
    """All that hold, in a fixed order."""
    builder = _Builder(counts)
    for version in sorted(versions, key=name_of):
        places = [Place(*name_of(version), *key) for key in sorted(true_counts(version))]
        builder.add_sums(places)
        builder.add_parts(places)
        builder.add_unknown(version)
        if isinstance(version, Delivered):
            builder.add_rates(version)
    builder.add_quarters(versions)
    builder.add_versions(versions)
    return sorted(builder.found, key=lambda each: (each.terms, each.low, each.high is None))


class _Builder:
    """Collects relations; each is put down only where it is true."""

    def __init__(self, counts: Counts) -> None:
        self.found: set[Relation] = set()
        self._counts = counts
        self._values = {place: counts.counts[index].value for place, index in counts.at.items()}

    def add_sums(self, places: Sequence[Place]) -> None:
        """Parts of a row add up to it."""
        parts: dict[Place, list[Place]] = defaultdict(list)
        for place in places:
            if parent := parent_of(place.of_return).get((place.table, place.row)):
                parts[place._replace(row=parent)].append(place)
            for whole, table, rows in _SUMS:
                if place.table == table and place.row in rows and place.column in {"referrals", "take_up"}:
                    parts[place._replace(table=whole[0], row=whole[1])].append(place)
        for whole_place, of in parts.items():
            self._equal([whole_place], of)

    def add_parts(self, places: Sequence[Place]) -> None:
        """A column counts some of what another column of its row counts."""
        for place in places:
            rates = (column.of for column in _rates(place.of_return, place.table))
            wholes = [whole for each in rates for part, _, whole in [each.partition("/")] if part == place.column]
            for whole in (*wholes, *_SOME_OF.get(place.column, ())):
                if ":" not in whole:
                    self._at_most([place], place._replace(column=whole))
            if place.column == "immediate":
                both = [place, place._replace(column="ongoing")]
                for whole in _SOME_OF["immediate"]:
                    self._at_most(both, place._replace(column=whole))
                    self._equal([place._replace(column=whole)], both)

    def add_unknown(self, version: Version) -> None:
        """The unknown of a field over all sources of victims are those of its table who gave nothing."""
        of_victims = [
            name
            for name, source in SOURCES.items()
            if source.layout.form == "referral" and source.layout_name != "witness_referral"
        ]
        for field, table, rows in _UNKNOWN:
            unknown = [Place(*name_of(version), "unknown_rate", f"{name} {field}", "unknown") for name in of_victims]
            given = [Place(*name_of(version), table, row, "referrals") for row in rows]
            self._equal(given, [place for place in unknown if place in self._values], tells=True)

    def add_rates(self, version: Delivered) -> None:
        """A rate that was delivered tells its two counts' quotient, to four decimals."""
        for each in version.figures:
            of = next((column.of for column in _rates(version.of_return, each.table) if column.key == each.column), "")
            if of and isinstance(each.value, Fraction):
                part, _, whole = of.partition("/")
                column, _, row = whole.partition(":")
                place = Place(*name_of(version), each.table, each.row, part)
                self._quotient(place, place._replace(row=row or each.row, column=column), each.value)

    def add_quarters(self, versions: Sequence[Version]) -> None:
        """A quarter's counts are the sums of those of its months; take-up may have grown since."""
        for quarter in versions:
            if quarter.of_return != "quarterly":
                continue
            months = [
                [each for each in versions if (each.of_return, each.period) == ("monthly", month.name)]
                for month in periods.parse(quarter.period).months
            ]
            for key in true_counts(quarter):
                table, _, column = key
                if column not in _NO_SUMS and is_linked(quarter, table) and (table, column) in count_columns("monthly"):
                    self._sum_of_months(
                        Place(*name_of(quarter), *key),
                        [[Place(*name_of(each), *key) for each in month if is_linked(each, table)] for month in months],
                    )

    def add_versions(self, versions: Sequence[Version]) -> None:
        """What moved between versions is not what it was: the changes say which figures did."""
        for smaller, larger in moved(versions, self._values):
            self._put([(larger, 1), (smaller, -1)], 1, None)

    def _sum_of_months(self, whole: Place, months: list[list[Place]]) -> None:
        # One place for each count: versions that did not move it are one.
        several = [
            list({self._counts.at[place]: place for place in reversed(month) if place in self._values}.values())
            for month in months
        ]
        for parts in product(*several):
            self._equal([whole], list(parts), tells=True)
            self._at_most(list(parts), whole)

    def _equal(self, ones: list[Place], others: list[Place], *, tells: bool = False) -> None:
        if others:
            self._put([*((place, 1) for place in others), *((place, -1) for place in ones)], 0, 0, tells=tells)

    def _at_most(self, parts: list[Place], whole: Place) -> None:
        self._put([(whole, 1), *((place, -1) for place in parts)], 0, None)

    def _quotient(self, part: Place, whole: Place, quotient: Fraction) -> None:
        # Twice the last decimal's unit: the value lies within half of it, either way.
        shown = int(quotient * 10_000 + Fraction(1, 2))
        self._put([(part, 20_000), (whole, 1 - 2 * shown)], 0, None)
        self._put([(part, -20_000), (whole, 2 * shown + 1)], 0, None)

    def _put(self, terms: Iterable[tuple[Place, int]], low: int, high: int | None, *, tells: bool = False) -> None:
        """Put it down where all its counts are there and it is true of them and says something."""
        factors: dict[int, int] = defaultdict(int)
        total = 0
        for place, factor in terms:
            if place not in self._values:
                return
            factors[self._counts.at[place]] += factor
            total += factor * self._values[place]
        kept = tuple(sorted((index, factor) for index, factor in factors.items() if factor))
        if kept and total >= low and (high is None or total <= high):
            self.found.add(Relation(kept, low, high, tells))


def _rates(of_return: str, table: str) -> Iterator[Column]:
    return (
        column
        for each in catalogue.tables(of_return)
        if each.key == table
        for column in each.columns
        if column.kind == "rate" and column.of
    )
