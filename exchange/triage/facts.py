"""What the rules of triage ask of a referral: facts, each true or false, read off its canonical row.

A blank makes a fact false, unless the fact is that something is blank. Facts about the offence come from the table
mappings/triage/offence_facts.csv. Pure, whole columns; needs the columns of NEEDED and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchange.triage import ages
from mappings import spelling
from mappings.load import OUTSIDE_LONDON
from mappings.triage_rules import RuleBook

Flags = npt.NDArray[np.bool_]

# Canonical fields that facts are read from, with what the referral itself remembers of its records.
NEEDED: Final = (
    *("received_on", "channel", "recorded_at", "offence_from", "incident_kind", "ho_code", "offence_title"),
    *("crime_category", "death", "da_flag", "hate_flags", "vulnerable", "victim_type", "named_contact", "birth_date"),
    *("age", "postcode_usable", "address_1", "borough_code", "phone_e164", "other_phone_e164", "email_usable"),
    *("safe_to_contact", "consent", "opted_out"),
)
REMEMBERED: Final = ("consent_pending", "reopened", "persistently_targeted")
# What no referral keeps, because it only decides whether one may be held.
OF_ROWS_ALONE: Final = ("explicit_consent", "professional_witness")

_ADULT, _FROM_16 = 18, 16


@dataclass(frozen=True)
class Facts:
    """The facts of a table of rows; each is worked out when it is first asked for."""

    rows: pa.Table
    book: RuleBook

    def __getitem__(self, name: str) -> Flags:
        """One fact, a flag a row. Raises KeyError for one that is not known."""
        if name not in self._known:
            self._known[name] = _FACTS[name](self) if name in _FACTS else self._of_offence(self.book.offences[name])
        return self._known[name]

    @cached_property
    def ages(self) -> ages.Numbers:
        """Years at the offence; ages.UNKNOWN where nobody knows, which counts as an adult."""
        return ages.at_the_offence(self.rows)

    @cached_property
    def _known(self) -> dict[str, Flags]:
        return {}

    def true(self, column: str) -> Flags:
        """Where a yes-or-no column says yes; nowhere, if the table has none of that name."""
        return _flags(pc.fill_null(self.rows[column], False)) if column in self.rows.column_names else self.nowhere

    def equal(self, column: str, value: str) -> Flags:
        return _flags(pc.fill_null(pc.equal(self.rows[column], value), False))

    def given(self, column: str) -> Flags:
        return _flags(pc.is_valid(self.rows[column]))

    @property
    def nowhere(self) -> Flags:
        return np.zeros(self.rows.num_rows, np.bool_)

    def _of_offence(self, values: Mapping[str, tuple[str, ...]]) -> Flags:
        answer = self.nowhere
        for column, listed in values.items():
            answer |= _flags(pc.is_in(self.rows[column], value_set=pa.array(listed, pa.string())))
        return answer


def _younger_than(years: int) -> Callable[[Facts], Flags]:
    return lambda facts: (facts.ages != ages.UNKNOWN) & (facts.ages < years)


def _reachable(facts: Facts) -> Flags:
    """A phone or e-mail address that can be used, or an address that a letter finds."""
    by_post = facts.given("address_1") & facts.true("postcode_usable")
    return facts.given("phone_e164") | facts.given("other_phone_e164") | facts.true("email_usable") | by_post


def _anti_social(facts: Facts) -> Flags:
    """A non-crime whose title is in the table, by its distinct titles."""
    titles = pc.if_else(pc.equal(facts.rows["incident_kind"], "non-crime"), facts.rows["offence_title"], None)
    encoded = titles.combine_chunks().dictionary_encode()
    listed = [text is not None and spelling.plain(text) in facts.book.titles for text in encoded.dictionary.to_pylist()]
    return _flags(pc.fill_null(pc.take(pa.array(listed, pa.bool_()), encoded.indices), False))


def _flags(column: pa.ChunkedArray | pa.Array) -> Flags:
    answer: Flags = column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    return answer


_FACTS: Final[Mapping[str, Callable[[Facts], Flags]]] = {
    "opted_out": lambda facts: facts.true("opted_out"),
    "domestic_abuse": lambda facts: facts.true("da_flag"),
    "domestic_abuse_from_16": lambda facts: facts["domestic_abuse"] & ~facts["under_16"],
    "bereaved": lambda facts: facts.true("death"),
    "consented": lambda facts: facts.equal("consent", "Y"),
    "consent_always_needed": lambda facts: facts.true("explicit_consent"),
    "organisation": lambda facts: facts.given("victim_type") & ~facts.equal("victim_type", "individual"),
    "named_contact": lambda facts: facts.true("named_contact"),
    "professional_witness": lambda facts: facts.true("professional_witness"),
    "unsafe": lambda facts: facts.equal("safe_to_contact", "N"),
    "safety_unknown": lambda facts: ~facts.given("safe_to_contact"),
    "consent_pending": lambda facts: facts.true("consent_pending"),
    "reopened": lambda facts: facts.true("reopened"),
    "persistently_targeted": lambda facts: facts.true("persistently_targeted"),
    "under_16": _younger_than(_FROM_16),
    "under_18": _younger_than(_ADULT),
    "self_referral": lambda facts: facts.equal("channel", "self"),
    "anti_social_behaviour": _anti_social,
    "outside_london": lambda facts: facts.equal("borough_code", OUTSIDE_LONDON),
    "reachable": _reachable,
    "hate": lambda facts: facts.given("hate_flags"),
    "vulnerable": lambda facts: facts.true("vulnerable"),
}
FACTS: Final = frozenset(_FACTS)
