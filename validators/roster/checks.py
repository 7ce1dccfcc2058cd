"""A statement as a whole: is it a roster, and does everything in it fit together? Pure (interfaces: idva, Roster).

One cause makes one finding: what rests on a cell that could not be read is not judged.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from validators.roster.model import COLUMNS, Absence, Assignment, Post, Roster
from validators.roster.rules import SheetFinding, is_refusal, order_of
from validators.roster.sheets import Sheets
from validators.roster.typed import Places, Typed, typed

_WHOLE: Final = Fraction(1)
# Days [start, stop) as ordinals.
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Checked:
    """The roster, or why there is none; warnings besides. Findings come sheet by sheet, row by row."""

    roster: Roster | None
    findings: tuple[SheetFinding, ...]
    warnings: tuple[SheetFinding, ...]


def check(sheets: Sheets, london: Places) -> Checked:
    """Check a whole statement."""
    by_name = {name.strip().casefold(): sheet for name, sheet in sheets.items()}
    found = {name: typed(name, by_name.get(name), london) for name in COLUMNS}
    others = [SheetFinding(name, 0, "", "sheet_ignored") for name in sheets if name.strip().casefold() not in COLUMNS]
    told = [*others, *(finding for each in found.values() for finding in each.findings), *_together(found)]
    told.sort(key=order_of)
    refused = tuple(finding for finding in told if is_refusal(finding))
    roster = None if refused else Roster(*(found[name].rows for name in COLUMNS))
    return Checked(roster, refused, tuple(finding for finding in told if not is_refusal(finding)))


def _together(found: Mapping[str, Typed]) -> Iterator[SheetFinding]:
    """What no row shows by itself."""
    posts, assignments, absences = found["posts"], found["assignments"], found["absences"]
    doubled = list(_repeated("posts", "post_id", "post_repeated", posts.rows, lambda each: each.post_id))
    yield from doubled
    twice = list(_repeated("assignments", "", "row_repeated", assignments.rows, _but_row))
    yield from twice
    yield from _repeated("absences", "", "row_repeated", absences.rows, _but_row)
    once = [each for each in assignments.rows if each.row not in {finding.row for finding in twice}]
    if posts.whole:
        yield from (
            SheetFinding("assignments", each.row, "post_id", "post_unknown")
            for each in once
            if each.post_id not in posts.names
        )
    unclear = {row for finding in doubled for row in (finding.row, *finding.also)}
    by_id = {post.post_id: post for post in posts.rows if post.row not in unclear}
    known = [each for each in once if each.post_id in by_id]
    yield from _beyond(known, by_id)
    alone = [] if assignments.findings else list(_alone(absences.rows, assignments.rows))
    yield from alone
    over = list(_people_over(known, by_id))
    yield from over
    flagged = {row for finding in over for row in (finding.row, *finding.also)}
    if absences.whole and not (absences.findings or alone):  # else who is away might seem to be one too many
        yield from _posts_over([each for each in known if each.row not in flagged], by_id, absences.rows)


def _but_row(each: Assignment | Absence) -> tuple[Any, ...]:
    return tuple(getattr(each, name) for name in each.__dataclass_fields__ if name != "row")


def _repeated(
    sheet: str, column: str, rule: str, rows: Iterable[Any], key: Callable[[Any], Any]
) -> Iterator[SheetFinding]:
    first: dict[Any, int] = {}
    for each in rows:
        known = first.setdefault(key(each), each.row)
        if known != each.row:
            yield SheetFinding(sheet, each.row, column, rule, (known,))


def _span(first: date, last: date | None) -> _Span:
    return first.toordinal(), (last or date.max).toordinal() + 1


def _within(each: Assignment, posts: Mapping[str, Post]) -> _Span:
    """The days of an assignment on which its post is open; none where start is not before stop."""
    post = posts[each.post_id]
    (start, stop), (opens, closes) = _span(each.first, each.last), _span(post.first, post.last)
    return max(start, opens), min(stop, closes)


def _beyond(known: Iterable[Assignment], posts: Mapping[str, Post]) -> Iterator[SheetFinding]:
    for each in known:
        if _within(each, posts) != _span(each.first, each.last):
            yield SheetFinding("assignments", each.row, "", "beyond_post")


def _alone(absences: Iterable[Absence], assignments: Iterable[Assignment]) -> Iterator[SheetFinding]:
    held: dict[str, list[_Span]] = defaultdict(list)
    for each in assignments:
        held[each.staff_number].append(_span(each.first, each.last))
    for absence in absences:
        start, stop = _span(absence.first, absence.last)
        if not any(max(start, begins) < min(stop, ends) for begins, ends in held[absence.staff_number]):
            yield SheetFinding("absences", absence.row, "staff_number", "absence_alone")


_Held = tuple[int, int, Assignment]


def _people_over(known: Iterable[Assignment], posts: Mapping[str, Post]) -> Iterator[SheetFinding]:
    held: dict[str, list[_Held]] = defaultdict(list)
    for each in known:
        held[each.staff_number].append((*_within(each, posts), each))
    for some in held.values():
        yield from _over(some, _WHOLE, "person_over")


def _posts_over(
    known: Iterable[Assignment], posts: Mapping[str, Post], absences: Iterable[Absence]
) -> Iterator[SheetFinding]:
    away: dict[str, list[_Span]] = defaultdict(list)
    for absence in absences:
        if not absence.counts:
            away[absence.staff_number].append(_span(absence.first, absence.last))
    held: dict[str, list[_Held]] = defaultdict(list)
    for each in known:
        spans = _without(_within(each, posts), away.get(each.staff_number, ()))
        held[each.post_id] += [(start, stop, each) for start, stop in spans]
    for post_id, some in held.items():
        yield from _over(some, posts[post_id].fte, "post_over")


def _without(span: _Span, away: Iterable[_Span]) -> Iterator[_Span]:
    """The days of a span on which nothing of `away` holds."""
    start, stop = span
    for begins, ends in sorted(away):
        if begins > start:
            yield start, min(begins, stop)
        start = max(start, ends)
        if start >= stop:
            return
    yield start, stop


def _over(held: Sequence[_Held], most: Fraction, rule: str) -> Iterator[SheetFinding]:
    """One finding for all rows that are together too much on any day; it stands at the last of them."""
    open_ = [each for each in held if each[0] < each[1]]
    rows: set[int] = set()
    for start, _ in itertools.pairwise(sorted({day for each in open_ for day in each[:2]})):
        now = [each for begins, ends, each in open_ if begins <= start < ends]
        if sum((each.weekly_hours / each.full_time_hours for each in now), Fraction(0)) > most:
            rows |= {each.row for each in now}
    if rows:
        *also, row = sorted(rows)
        yield SheetFinding("assignments", row, "weekly_hours", rule, tuple(also))
