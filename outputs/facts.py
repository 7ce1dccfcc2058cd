"""What is said of a version of a return beside its figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from exchange.clock import LONDON
from outputs.periods import Period

ORGANISATION: Final = "London Victim and Witness Service"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is to be said of a version beside its figures. `small_numbers`: a sentence for each table that hides any."""

    of_return: str
    period: Period
    version: int
    cut_off: datetime
    as_known_at: datetime
    made_at: datetime
    rule_version: str
    mapping_version: str
    small_numbers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def in_words(moment: datetime) -> str:
    """A moment as people say it; the last of a day is the end of that day."""
    here = moment.astimezone(LONDON)
    if here.time() == time():
        return f"the end of {here - timedelta(days=1):%-d %B %Y}"
    return f"{here:%-d %B %Y, %H:%M:%S} (London)"
