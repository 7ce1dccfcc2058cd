"""Names for comparison alone: their plain form, what they may be short for, how they sound (hazards F33).

The plain form has no case, accents, apostrophes, hyphens, titles or particles: O’Neill-Łapiński is `oneill lapinski`,
de la Cruz is `cruz`. Letters of other scripts stay as they are: no library that is kept here writes them in Latin
ones. What was sent is stored unchanged, elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import jellyfish

# Letters that Unicode does not take apart, as British typists write them.
_LETTERS: Final = str.maketrans(
    {"ł": "l", "đ": "d", "ı": "i", "ø": "o", "ß": "ss", "æ": "ae", "ə": "e", "þ": "th", "ð": "d", "œ": "oe", "ħ": "h"}
)
_APOSTROPHES: Final = re.compile("['`´ʹʻʼʽʾʿ‘’‛′＇]")
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_JOINED: Final = frozenset({"o", "mc", "mac"})  # O Neill, Mc Donald
_PARTICLES: Final = frozenset(
    "de da do dos das del della di du la le las los el al ul bin ibn bint van von der den ter ten af av y e".split()
)
_TITLES: Final = frozenset("mr mrs ms miss mx dr master".split())
# Read as blank by the validators already; here too, because they must never make two people one.
_FILLERS: Final = frozenset({"unknown", "n k", "not known"})


@dataclass(frozen=True, slots=True)
class Name:
    """One forename or surname.

    - words, and the words run together.
    - forms: itself and what the whole name may be short for. Two names that share one may be one name.
    - roots: what it is looked for by; the forms of its first word besides. Two names may share one by the first word
      alone, as Abdul Karim and Abdul Rahman do, so it never says that they are the same.
    - sound (Metaphone), and a coarse code of it (Soundex) in which most slips of the finger do not show.
    """

    words: tuple[str, ...]
    plain: str
    forms: tuple[str, ...]
    roots: tuple[str, ...]
    sound: str
    code: str


def plain(text: str) -> str:
    """The plain form, words with one space between; empty for a filler or where no letter is left."""
    bare = _without_marks(_without_marks(_APOSTROPHES.sub("", text)).casefold()).translate(_LETTERS)
    words = _joined(_NOT_LETTERS.sub(" ", _APOSTROPHES.sub("", bare)).split())
    if " ".join(words) in _FILLERS:
        return ""
    for small in (_TITLES, _PARTICLES):
        words = [word for word in words if word not in small] or words
    return " ".join(words)


def name_of(text: str, short_forms: Mapping[str, tuple[str, ...]]) -> Name | None:
    """What a name is for comparison; None where it says nothing. `short_forms`: a name and what it is short for."""
    words = tuple(plain(text).split())
    if not words:
        return None
    run_together = "".join(words)
    forms = {run_together, *short_forms.get(run_together, ())}
    roots = {*forms, words[0], *short_forms.get(words[0], ())}
    return Name(
        words=words,
        plain=run_together,
        forms=tuple(sorted(forms)),
        # One letter stands for too many to be looked for by it.
        roots=tuple(sorted(root for root in roots if len(root) > 1 or root == run_together)),
        sound=jellyfish.metaphone(run_together) or run_together,
        code=jellyfish.soundex(run_together),
    )


def _without_marks(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def _joined(words: list[str]) -> list[str]:
    answer: list[str] = []
    for word in words:
        if answer and answer[-1] in _JOINED:
            answer[-1] += word
        else:
            answer.append(word)
    return answer
