"""How the FTE of IDVAs stands on a day: today, the quarter so far, what is coming, and when it falls under. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from outputs import periods
from outputs.idva import days, moves
from outputs.idva.moves import Move
from outputs.idva.records import required as required_in
from validators.roster.model import Roster

# How far ahead the roster is read: a quarter and a little.
AHEAD: Final = timedelta(days=100)
# A roster comes at least once a month; one that is older may miss who started or left.
OLD_AFTER: Final = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Standing:
    """The day.

    - mean, days_under: of the quarter up to it; under_from: the first day, from it on, with less FTE than required.
    - vacant: posts open today with less FTE in post than funded, their areas, and how much less.
    """

    today: date
    quarter: str
    required: Fraction
    fte: Fraction
    mean: Fraction
    days_under: int
    under_from: date | None
    lowest_ahead: Fraction
    coming: Sequence[Move]
    vacant: Sequence[tuple[str, str, Fraction]]

    @property
    def is_met(self) -> bool:
        """Whether what is required is in post today."""
        return self.fte >= self.required


def standing(roster: Roster, today: date) -> Standing:
    """How a roster stands on a day."""
    quarter = periods.quarter(today)
    required = required_in(quarter)
    found = days.by_day(roster, quarter.first, today + AHEAD)
    until = found.within(quarter.first, today)
    ahead = found.within(today, found.last)
    under = [today + timedelta(days=place) for place, fte in enumerate(ahead) if fte < required]
    return Standing(
        today=today,
        quarter=quarter.name,
        required=required,
        fte=until[-1],
        mean=days.mean(until),
        days_under=sum(fte < required for fte in until),
        under_from=under[0] if under else None,
        lowest_ahead=min(ahead),
        coming=moves.moves(found, today, found.last),
        vacant=_vacant(found, today),
    )


def _vacant(found: days.Days, today: date) -> list[tuple[str, str, Fraction]]:
    on = today.toordinal()
    told = []
    for post_id, post in sorted(found.posts.items()):
        if post.first <= today and (post.last is None or today <= post.last):
            mine = (each for each in found.stretches if each.post_id == post_id and each.start <= on < each.stop)
            lacking = post.fte - sum((each.counted for each in mine), Fraction(0))
            if lacking > 0:
                told.append((post_id, post.area, lacking))
    return told
