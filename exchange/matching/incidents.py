"""One crime in two feeds: pairs of referrals that tell of the same incident, with reasons.

Two ways lead there. The contact centre, or a Witness Care Unit, names a police force's crime reference. Or the police
and the fraud reporting service both have a fraud of one person within a few days. Nothing is joined by it: it says that
what looks like two crimes may be counted as one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.decide import APART, AUTOMATIC
from exchange.matching.groups import LINKED, SEPARATED

FEW_DAYS: Final = 7
_FRAUD: Final = "fraud_and_forgery"
# Of referrals, what is needed here (features.INPUT has all of it).
NEEDED: Final = ("referral_id", "source", "offence_from", "crime_category", "loss_gbp")
INCIDENTS: Final = pa.schema([*((name, pa.int64()) for name in ("left", "right")), ("reasons", pa.list_(pa.string()))])

Flags = npt.NDArray[np.bool_]


def incidents(referrals: pa.Table, features: pa.Table, pairs: pa.Table) -> pa.Table:
    """INCIDENTS among pairs of people (groups.FINAL or VERDICTS) who are one person or may be.

    `referrals` (NEEDED) and `features` (features.FEATURES) are row for row the same referrals, and have everybody who
    is in a pair. For a reference that is named it is enough that the two may be one person; for two frauds they have to
    be linked, because a date and a category are easily shared.
    """
    kept = pairs.filter(pc.invert(pc.is_in(pairs["verdict"], value_set=pa.array([APART, SEPARATED]))))
    rows = _Rows(referrals, features, kept)
    linked = _flags(pc.is_in(kept["verdict"].combine_chunks(), value_set=pa.array([AUTOMATIC, LINKED])))
    numbered = [rows.valid("victim_number", side) for side in (0, 1)]
    # One is the police's own report, the other names it.
    named = rows.equal("crime") & (numbered[0] != numbered[1])
    amounts = rows.equal("loss_gbp")
    unknown = ~(rows.valid("loss_gbp", 0) & rows.valid("loss_gbp", 1))
    near = rows.days_apart <= FEW_DAYS
    frauds = linked & ~rows.equal("source") & (numbered[0] != numbered[1]) & rows.both_are(_FRAUD) & near
    frauds &= ~named & (amounts | unknown)
    reasons = {
        "crime_report_named": named,
        "both_are_fraud": frauds,
        "dates_within_days": frauds,
        "amount_same": frauds & amounts,
        "amount_not_compared": frauds & unknown,
        "same_person": (named | frauds) & linked,
        "perhaps_same_person": named & ~linked,
    }
    found = np.flatnonzero(named | frauds).tolist()
    told = [[code for code, flags in reasons.items() if flags[each]] for each in found]
    taken = kept.take(pa.array(found, pa.int64()))
    return pa.table([taken["left"], taken["right"], pa.array(told, pa.list_(pa.string()))], schema=INCIDENTS)


class _Rows:
    """Both sides of pairs, from the two tables."""

    def __init__(self, referrals: pa.Table, features: pa.Table, pairs: pa.Table) -> None:
        self._tables = (features, referrals)
        known = referrals["referral_id"].combine_chunks()
        self._places = [pc.index_in(pairs[side].combine_chunks(), value_set=known) for side in ("left", "right")]
        if any(places.null_count for places in self._places):
            raise ValueError("a pair has a referral without features")

    def side(self, column: str, side: int) -> pa.Array:
        table = next(table for table in self._tables if column in table.column_names)
        return table[column].combine_chunks().take(self._places[side])

    def valid(self, column: str, side: int) -> Flags:
        return _flags(pc.is_valid(self.side(column, side)))

    def equal(self, column: str) -> Flags:
        return _flags(pc.fill_null(pc.equal(self.side(column, 0), self.side(column, 1)), False))

    def both_are(self, category: str) -> Flags:
        each = [_flags(pc.fill_null(pc.equal(self.side("crime_category", side), category), False)) for side in (0, 1)]
        return each[0] & each[1]

    @property
    def days_apart(self) -> npt.NDArray[np.int64]:
        """Days between the offences; a number beyond any bar where one is not known."""
        days = [self.side("offence_from", side).cast(pa.int32()).cast(pa.int64()) for side in (0, 1)]
        apart = pc.fill_null(pc.abs(pc.subtract(days[0], days[1])), np.iinfo(np.int64).max)
        answer: npt.NDArray[np.int64] = apart.to_numpy(zero_copy_only=False)
        return answer


def _flags(column: pa.Array) -> Flags:
    answer: Flags = column.to_numpy(zero_copy_only=False)
    return answer
