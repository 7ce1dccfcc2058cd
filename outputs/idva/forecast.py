"""What the roster already says about days to come: known starts, ends and leave, and nothing else. Pure.

Nobody is assumed to be found for a vacancy, nor to go; a forecast is what becomes of the FTE if nothing new is agreed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from outputs.idva import quarter
from outputs.idva.days import Days, mean
from outputs.idva.moves import Move, moves
from outputs.idva.quarter import Month
from outputs.periods import Period


@dataclass(frozen=True, slots=True)
class Forecast:
    """A quarter to come. `under_from`: the first day on which FTE is under what is required; None: on none."""

    quarter: Period
    months: Sequence[Month]
    mean: Fraction
    lowest: Fraction
    last_day: Fraction
    days_under: int
    under_from: date | None
    coming: Sequence[Move]


def forecast(days: Days, period: Period, required: Fraction) -> Forecast:
    """The forecast of a quarter whose days these are."""
    under = [day for day, fte in zip(days.dates, days.fte, strict=True) if fte < required]
    return Forecast(
        quarter=period,
        months=quarter.by_month(days, period, required),
        mean=mean(days.fte),
        lowest=min(days.fte),
        last_day=days.fte[-1],
        days_under=len(under),
        under_from=under[0] if under else None,
        coming=moves(days, period.previous.last, period.last),
    )
