"""A statement of the IDVA roster, checked and typed: posts, who holds them for how many hours, who is away. Pure.

Dates are whole days; both ends belong to the period, and no last day means that it goes on. Hours and FTE are exact
fractions: 0.6 is six tenths. Of people a roster knows staff numbers alone (interfaces: idva, Roster).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

# The funder whose posts count towards the contract (R15).
FUNDER: Final = "MOPAC"

Role = Literal["idva", "senior_idva"]
Setting = Literal["police", "hospital", "court", "community"]
Kind = Literal["substantive", "cover", "agency"]
Away = Literal["maternity", "long_term_sick", "secondment", "unpaid"]

# Sheets and their columns, in the order of the interface; a CSV has the same header.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "posts": ("post_id", "role", "funder", "area", "borough", "setting", "specialism", "fte", "from", "to"),
    "assignments": ("post_id", "staff_number", "weekly_hours", "full_time_hours", "from", "to", "kind"),
    "absences": ("staff_number", "from", "to", "kind", "counts_as_in_post"),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A funded post. `row`: its row in the sheet, the header being 1; `borough`: an ONS code."""

    row: int
    post_id: str
    role: Role
    funder: str
    area: str
    borough: str | None
    setting: Setting | None
    specialism: str | None
    fte: Fraction
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody's hours in a post; full_time_hours is the full-time week by which they are measured."""

    row: int
    post_id: str
    staff_number: str
    weekly_hours: Fraction
    full_time_hours: Fraction
    first: date
    last: date | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away; `counts`: still counted as in post."""

    row: int
    staff_number: str
    first: date
    last: date | None
    kind: Away
    counts: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """A whole statement, each part in the order of its sheet."""

    posts: tuple[Post, ...]
    assignments: tuple[Assignment, ...]
    absences: tuple[Absence, ...]
