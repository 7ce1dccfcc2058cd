"""Automatic, review or apart: what becomes of a pair, and the reasons as codes (words.py has the words).

Automatic is narrow on purpose: a false merge shows one victim's life to another, or tells an abuser an address. All of
these have to hold: a weight above the bar, the same birth date, names that agree, one contact or home that agrees, and
nothing against it. What is against it is looked at first, and no weight outbids it.

`apart` is the safe answer where two people are likely: nobody is asked, so nobody sees both. `review` is the safe
answer where one person is likely and a mistake would be dear: people see the reasons before anything is joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.evidence import Flags, Pairs
from exchange.matching.levels import BLANK, COMPARISONS

AUTOMATIC, REVIEW, APART = DECISIONS = "automatic", "review", "apart"

DECIDED: Final = pa.schema(
    [
        *((name, pa.int64()) for name in ("left", "right")),
        ("weight", pa.float64()),
        ("decision", pa.string()),
        # What agrees, what does not and what is against it: codes of words.WORDS. Empty where apart without a veto.
        ("reasons", pa.list_(pa.string())),
        # A rule says that these are two people: no weight and no other pair may bring them together.
        ("vetoed", pa.bool_()),
        # Were they one person, contact would be safe or unsafe for a reason that one of the two does not know.
        ("changes_safe_contact", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Bars:
    """Match weights (binary logarithms of odds): from which a pair is automatic, and from which people look at it."""

    automatic: float = 20.0
    review: float = 2.0


BARS: Final = Bars()

# Two people, whatever speaks for one. The first two are so by definition. The others share a home, where surname, phone
# and address say nothing: there another forename is another person, and so is another birth date under one name.
APART_BY: Final[Mapping[str, Callable[[Pairs], Flags]]] = {
    "other_victim_of_the_report": lambda pairs: pairs.one_crime & pairs.same("source") & pairs.differ("victim_number"),
    "other_role_in_the_crime": lambda pairs: pairs.one_crime & pairs.witness_and_other,
    "twins": lambda pairs: (
        pairs.one_home
        & pairs.level("birth_date_same", "birth_date_same_first_of_january")
        & pairs.level("forename_differs")
        & ~pairs.level("surname_differs")
    ),
    "other_forename_in_one_home": lambda pairs: (
        pairs.one_home
        & pairs.level("forename_differs")
        & ~pairs.level("birth_date_same", "birth_date_same_first_of_january")
    ),
    "same_name_other_birth_date": lambda pairs: (
        pairs.one_home & ~pairs.level("forename_differs", "surname_differs") & pairs.birth_differs
    ),
    "other_forename_and_birth_date": lambda pairs: pairs.level("forename_differs") & pairs.birth_differs,
    "other_names": lambda pairs: pairs.level("forename_differs") & pairs.level("surname_differs"),
}
# Perhaps one person: people look, whatever the weight.
REVIEW_BY: Final[Mapping[str, Callable[[Pairs], Flags]]] = {
    "safe_contact_conflicts": lambda pairs: pairs.safe_contact_conflicts,
    "witness_and_victim": lambda pairs: pairs.witness_and_other,
    "abuse_and_other_contact": lambda pairs: pairs.abuse_and_other_contact,
}


def decide(scored: pa.Table, features: pa.Table, bars: Bars = BARS) -> pa.Table:
    """DECIDED, row for row with `scored` (score.SCORED). `features` (features.FEATURES) has everybody in a pair.

    ValueError where it has not.
    """
    pairs = Pairs(scored, features)
    apart = {code: flags(pairs) for code, flags in APART_BY.items()}
    doubts = {code: flags(pairs) for code, flags in REVIEW_BY.items()}
    vetoed, doubted = _any(apart, len(scored)), _any(doubts, len(scored))
    automatic = (pairs.weight >= bars.automatic) & sure(pairs) & ~vetoed & ~doubted
    review = (pairs.weight >= bars.review) & likely(pairs) & ~vetoed & ~automatic
    decision = np.select([automatic, review], [0, 1], 2)
    return pa.table(
        [
            *(scored[name] for name in ("left", "right", "weight")),
            pc.take(pa.array(DECISIONS), pa.array(decision)),
            _reasons(pairs, {**apart, **doubts}, shown=automatic | review | vetoed),
            pa.array(vetoed),
            pa.array(pairs.changes_safe_contact),
        ],
        schema=DECIDED,
    )


def only(decided: pa.Table, flags: Flags) -> pa.Table:
    """The same where the flags are set, row for row; elsewhere the pair is apart and nothing is said of it."""
    kept = pa.array(flags)
    nothing = pa.array([[]], DECIDED.field("reasons").type).take(pa.array(np.zeros(len(flags), np.int64)))
    told = {
        "decision": pc.if_else(kept, decided["decision"], APART),
        "reasons": pc.if_else(kept, decided["reasons"].combine_chunks(), nothing),
        "vetoed": pc.and_(kept, decided["vetoed"]),
        "changes_safe_contact": pc.and_(kept, decided["changes_safe_contact"]),
    }
    return pa.table([told.get(name, decided[name]) for name in DECIDED.names], schema=DECIDED)


def sure(pairs: Pairs) -> Flags:
    """What an automatic link needs beside its weight."""
    return pairs.birth_agrees & pairs.forename_agrees & pairs.surname_agrees & (pairs.contacts >= 1)


def likely(pairs: Pairs) -> Flags:
    """Worth a person's time: birth does not speak against it, unless e-mails agree. Names do, or it is vetoed."""
    return ~pairs.birth_differs | pairs.level("email_same")


def _any(flags: Mapping[str, Flags], count: int) -> Flags:
    answer = np.zeros(count, np.bool_)
    for each in flags.values():
        answer |= each
    return answer


def _reasons(pairs: Pairs, against: Mapping[str, Flags], *, shown: Flags) -> pa.Array:
    """Codes of what is against it and of what was compared, for the pairs that are shown; an empty list for others."""
    bits, codes = np.zeros(len(shown), np.int64), list(against)
    for place, code in enumerate(codes):
        bits |= (against[code] & shown).astype(np.int64) << place
    for code in dict.fromkeys(level.code for comparison in COMPARISONS for level in comparison.levels):
        bits |= (pairs.level(code) & shown).astype(np.int64) << len(codes)
        codes.append(code)
    for comparison in COMPARISONS:
        if comparison.said_if_blank:
            bits |= ((pairs.number(comparison.name) == BLANK) & shown).astype(np.int64) << len(codes)
            codes.append(comparison.said_if_blank)
    encoded = pa.array(bits).dictionary_encode()
    lists = [
        [code for place, code in enumerate(codes) if number >> place & 1] for number in encoded.dictionary.to_pylist()
    ]
    return pc.take(pa.array(lists, pa.list_(pa.string())), encoded.indices)
