"""Which of a code's classes an offence title speaks for.

26 Home Office codes have several classes, and the force's own title decides between them (interfaces: outcomes,
Crime category). The old system (CRIS) ends a title with a full stop, the new one (CONNECT) may put the class
before it ("Assault with injury on a constable - Assault occasioning actual bodily harm"), and both write
"Attempted - " before an attempt (shared/reference/action_fraud.md, MPS systems). Only whole phrases of the
Home Office's list count: a title that is merely similar decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mappings.spelling import plain

_ATTEMPT = "attempted"
_DASH = " - "


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases that name one code's classes; a class is a bit, in the order of the code's candidates.

    `attempts` are the classes that are kept for attempts, such as 28J beside 28I.
    """

    by_phrase: Mapping[str, int]
    attempts: int


def phrases_of(candidates: Iterable[tuple[Iterable[str], Iterable[str]]]) -> Phrases:
    """Build from each candidate's (names of the class, offence titles), in the order of the candidates."""
    by_phrase: dict[str, int] = {}
    attempts = 0
    for place, (names, titles) in enumerate(candidates):
        bit = 1 << place
        plain_names = [plain(name) for name in names if name]
        for phrase in (*plain_names, *(plain(title) for title in titles)):
            by_phrase[phrase] = by_phrase.get(phrase, 0) | bit
        if plain_names and all(name.startswith(_ATTEMPT) for name in plain_names):
            attempts |= bit
    return Phrases(by_phrase, attempts)


def classes_named(phrases: Phrases, title: str) -> int:
    """The classes that a title speaks for, as bits; 0 when it names none."""
    whole = plain(title)
    if not whole:
        return 0
    attempted = whole.startswith(f"{_ATTEMPT} ")
    named = phrases.by_phrase.get(whole, 0)
    if not named and attempted:
        named = phrases.by_phrase.get(whole.removeprefix(f"{_ATTEMPT} "), 0)
    split = _named_by_parts(phrases, title, attempted=attempted)
    if named and split & named:
        named &= split
    named = named or split
    if attempted and named & phrases.attempts:
        named &= phrases.attempts
    return named


def _named_by_parts(phrases: Phrases, title: str, *, attempted: bool) -> int:
    """Classes named by the parts of `<class> - <title>`; parts that name none are passed over."""
    parts = title.split(_DASH)
    if plain(parts[0]) == _ATTEMPT:
        parts = parts[1:]
    named = 0
    for cut in range(1, len(parts)):
        for part in (plain(_DASH.join(parts[:cut])), plain(_DASH.join(parts[cut:]))):
            as_attempt = phrases.by_phrase.get(f"{_ATTEMPT} {part}", 0) if attempted else 0
            found = as_attempt or phrases.by_phrase.get(part, 0)
            named = (named & found) or named or found
    return named
