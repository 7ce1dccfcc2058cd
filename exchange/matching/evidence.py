"""What is asked of scored pairs: how far names, birth and contact agree, which crime, as whom, how safe contact is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.features import WITNESS
from exchange.matching.levels import BY_NAME, COMPARISONS

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Scored pairs (score.SCORED) with the features of both sides; every answer is a flag or number a pair."""

    scored: pa.Table
    features: pa.Table

    def level(self, *codes: str) -> Flags:
        """Where any of the levels was reached."""
        answer = np.zeros(len(self.scored), np.bool_)
        for comparison in COMPARISONS:
            for code in {level.code for level in comparison.levels} & set(codes):
                answer |= self.number(comparison.name) == comparison.number(code)
        return answer

    def number(self, comparison: str) -> npt.NDArray[np.int8]:
        """The level's number; levels.BLANK where nothing was compared."""
        answer: npt.NDArray[np.int8] = self.scored[comparison].to_numpy()
        return answer

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """Match weights."""
        answer: npt.NDArray[np.float64] = self.scored["weight"].to_numpy()
        return answer

    # --- names, birth, contact

    @cached_property
    def swapped(self) -> Flags:
        """Forename and surname have changed places, whole."""
        forename, surname = (BY_NAME[name].number("names_swapped") for name in ("forename", "surname"))
        answer: Flags = (self.number("forename") == forename) & (self.number("surname") == surname)
        return answer

    @cached_property
    def forename_agrees(self) -> Flags:
        """Equal, a short form or swapped. One letter apart is as twins are often named: then the e-mail has to agree,
        which a home does not share, and phone or home besides."""
        slip = self.level("forename_differs_by_one_letter") & self.level("surname_same")
        slip &= self.level("email_same") & self.level("phone_same", "address_same")
        return self.level("forename_same", "forename_is_short_form") | self.swapped | slip

    @cached_property
    def surname_agrees(self) -> Flags:
        """Equal, swapped, or one letter apart."""
        return self.level("surname_same", "surname_differs_by_one_letter") | self.swapped

    @cached_property
    def birth_agrees(self) -> Flags:
        """The same birth date. The first of January is nobody's proof: then two of phone, e-mail and home as well."""
        january = self.level("birth_date_same_first_of_january") & (self.contacts >= 2)
        return self.level("birth_date_same") | january

    @cached_property
    def birth_differs(self) -> Flags:
        """Two birth dates that no slip makes one, or an age that cannot be."""
        return self.level("birth_date_differs", "age_contradicts")

    @cached_property
    def contacts(self) -> Numbers:
        """How many of phone, e-mail and home agree."""
        answer = self.level("phone_same").astype(np.int64)
        return answer + self.level("email_same") + self.level("address_same", "postcode_same")

    @cached_property
    def one_home(self) -> Flags:
        """Where they share a home, or what people of one home share."""
        return self.level("address_same", "postcode_same", "street_same", "phone_same")

    # --- which crime, and as whom

    def same(self, column: str) -> Flags:
        """Where both sides have the same value, blanks left out."""
        return _flags(pc.fill_null(pc.equal(*self.sides(column)), False))

    def differ(self, column: str) -> Flags:
        """Where both sides have a value, and not the same."""
        return _flags(pc.fill_null(pc.not_equal(*self.sides(column)), False))

    @cached_property
    def one_crime(self) -> Flags:
        """Where both name one crime report. Two forces can give one number by chance; that only makes it stricter."""
        return self.same("crime")

    @cached_property
    def witness_and_other(self) -> Flags:
        """Where one is a witness who is not the complainant, and the other a victim or complainant."""
        left, right = (_flags(pc.equal(side, WITNESS)) for side in self.sides("role"))
        return np.not_equal(left, right)

    # --- safe contact

    @cached_property
    def safe_contact_conflicts(self) -> Flags:
        """One says that contact is safe and the other that it is not, or staff own two different contact details."""
        return self.differ("safe") | self.differ("staff_contact")

    @cached_property
    def changes_safe_contact(self) -> Flags:
        """One says that contact is not safe and the other does not, or staff own contact details of one alone."""
        left, right = (_flags(pc.fill_null(pc.equal(side, "N"), False)) for side in self.sides("safe"))
        owned, other = (_flags(pc.is_valid(side)) for side in self.sides("staff_contact"))
        return np.not_equal(left, right) | np.not_equal(owned, other) | self.differ("staff_contact")

    @cached_property
    def abuse_and_other_contact(self) -> Flags:
        """One is about domestic abuse, and a phone or e-mail address differs: it may be the abuser's, who knows name,
        birth date and address."""
        left, right = (_flags(pc.fill_null(side, False)) for side in self.sides("abuse"))
        return (left | right) & self.level("phone_differs", "email_differs")

    # --- features of both sides

    def sides(self, column: str) -> tuple[pa.Array, pa.Array]:
        """A feature of the left side and of the right one."""
        values = self.features[column].combine_chunks()
        left, right = self._places
        return values.take(left), values.take(right)

    @cached_property
    def _places(self) -> tuple[pa.Array, pa.Array]:
        known = self.features["referral_id"].combine_chunks()
        left, right = (pc.index_in(self.scored[side].combine_chunks(), value_set=known) for side in ("left", "right"))
        if left.null_count or right.null_count:
            raise ValueError("a pair has a referral without features")
        return left, right


def _flags(column: pa.Array) -> Flags:
    answer: Flags = column.to_numpy(zero_copy_only=False)
    return answer
