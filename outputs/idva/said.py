"""What the sheet of IDVA posts says in notes, and what moved since the version before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from fractions import Fraction
from typing import Final

from outputs.changes import CAUSES, CORRECTED, Change
from outputs.figures import Figure, Key, Value
from outputs.idva import records
from outputs.idva.counted import counted
from outputs.notes import Noted
from outputs.records import Records

# What is told day by day or event by event is left out of what moved: its totals are there.
_MOVES: Final = frozenset({"summary", "by_month", "by_area", "by_post", "by_specialism", "by_setting", "caseload"})


def notes(of: Noted) -> list[str]:
    """What a reader has to know, in order."""
    return list(_notes(of))


def _notes(of: Noted) -> Iterator[str]:
    terms = records.terms(of.records)
    if not records.is_known(of.records):
        yield (
            "No roster was known at the time of this version, so that nothing can be said of FTE. Awaited: "
            f"IDVA_ROSTER_{of.period.last:%Y%m%d}.xlsx or later."
        )
        return
    found = counted(of.records)
    day = date.fromisoformat(terms["statement_date"])
    yield f"Worked out from the roster of {day:%-d %B %Y} ({terms['file']}), the newest that was known."
    if day < of.period.last:
        yield (
            f"That roster is older than the last day of the quarter: what changed after {day:%-d %B %Y} and was not "
            "known then is not in it."
        )
    if found.beyond:
        yield (
            f"{found.beyond} assignments have days on which their post is not open: on these they count 0."
            if found.beyond > 1
            else "One assignment has days on which its post is not open: on these it counts 0."
        )
    if any(found.restated):
        yield "The quarter before is known otherwise now than its own sheet told; the sheet Variance shows by how much."
    if found.headcount is None:
        yield "No payroll headcount was given for the last month of the quarter, so that it could not be compared."
    if found.forecast.under_from is not None:
        yield (
            f"By what the roster says already, FTE falls under what is required on "
            f"{found.forecast.under_from:%-d %B %Y}, unless a post is filled."
        )
    yield (
        "Caseload: SafeLives' public guidance speaks of about 100 referrals and 60 to 80 clients a year for a "
        "full-time IDVA. That is context, not a target of this contract."
    )


def moved(
    old: Records, new: Records, count: Callable[[Records], list[Figure]], _: Collection[int] = ()
) -> list[Change]:
    """Every figure that moved: a later statement, or a term that changed, corrects the whole of it."""
    before: dict[Key, Value] = {each.key: each.value for each in count(old)}
    after: dict[Key, Value] = {each.key: each.value for each in count(new)}
    return [
        Change(key, before.get(key), after.get(key), _because(before.get(key), after.get(key)))
        for key in (before | after)
        if key[0] in _MOVES and before.get(key) != after.get(key) and not _is_text(before.get(key), after.get(key))
    ]


def _is_text(*values: Value) -> bool:
    return any(isinstance(value, str) for value in values)


def _because(old: Value, new: Value) -> dict[str, Fraction]:
    difference = _number(new) - _number(old)
    return {cause: difference if cause == CORRECTED else Fraction(0) for cause in CAUSES}


def _number(value: Value) -> Fraction:
    return Fraction(value) if isinstance(value, int | Fraction) else Fraction(0)
