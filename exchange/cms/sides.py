"""Two referrals side by side, for whoever judges whether they are one person: what is shown, and how far it agrees.

Blind to protected characteristics: none is read, titles neither, which tell somebody's gender. Birth date and age are
shown, because without them nobody could judge. Contact details are shown only where both may be contacted: a detail
that agrees would else tell the other's (docs/adr/0014). How far they agree is always told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import jellyfish

from exchange.matching import names
from mappings.nicknames import load_nicknames

Mark = Literal["same", "near", "different", "missing"]
Values = Mapping[str, Any]

BLIND_TO: Final = ("gender", "ethnicity", "religion", "sexual orientation", "disability", "language")
CONTACT: Final = ("phone", "other_phone", "email", "address", "postcode")
SHOWN: Final = (
    *("referral_id", "source", "referral_key", "person_id", "channel", "forename", "surname", "birth_date", "age"),
    *("offence_from", "offence_to", "received_on", "crime_category"),
)
_DAYS_NEAR: Final = 7


@dataclass(frozen=True)
class Line:
    """One thing of both sides; `hidden`: it is there and not shown."""

    name: str
    left: str | None = field(repr=False)
    right: str | None = field(repr=False)
    mark: Mark
    hidden: bool = False


def compare(left: Values, right: Values, *, may_show: bool) -> list[Line]:
    """All lines. Each side has SHOWN, CONTACT as its sender told it, and `usable`: what may be used for contact.

    Of contact details those alone are shown that may be used; none unless `may_show`.
    """
    plain = [
        _line("forename", left, right, _names(left, right, "forename")),
        _line("surname", left, right, _names(left, right, "surname")),
        _line("birth_date", left, right, _mark(left["birth_date"], right["birth_date"], _near_births)),
        _line("age", left, right, _mark(left["age"], right["age"], lambda a, b: abs(a - b) <= 1)),
    ]
    contact = [
        _hidden(_line("phone", left, right, _phones(left, right)), left, right, may_show),
        _hidden(_line("other_phone", left, right, _phones(left, right)), left, right, may_show),
        _hidden(_line("email", left, right, _texts(left, right, "email", str.casefold)), left, right, may_show),
        _hidden(_line("address", left, right, _texts(left, right, "address", _words)), left, right, may_show),
        _hidden(_line("postcode", left, right, _texts(left, right, "postcode", _letters)), left, right, may_show),
    ]
    crime = [
        *(_line(name, left, right, _mark(left[name], right[name], _near_days)) for name in _DATES),
        *(_line(name, left, right, _mark(left[name], right[name])) for name in _ABOUT),
    ]
    return plain + contact + crime


_DATES: Final = ("offence_from", "offence_to", "received_on")
_ABOUT: Final = ("crime_category", "channel", "source", "referral_key")


def _line(name: str, left: Values, right: Values, mark: Mark) -> Line:
    texts = [None if side[name] is None else str(side[name]) for side in (left, right)]
    return Line(name, texts[0], texts[1], mark)


def _hidden(line: Line, left: Values, right: Values, may_show: bool) -> Line:
    """The line with those values alone that may be used for contact."""
    shown = [
        told if may_show and told == side["usable"][line.name] else None
        for told, side in ((line.left, left), (line.right, right))
    ]
    return Line(line.name, shown[0], shown[1], line.mark, hidden=shown != [line.left, line.right])


def _mark(left: Any, right: Any, near: Callable[[Any, Any], bool] = lambda *_: False) -> Mark:
    if left is None or right is None:
        return "missing"
    if left == right:
        return "same"
    return "near" if near(left, right) else "different"


# --- names -----------------------------------------------------------------------------------------


def _names(left: Values, right: Values, which: str) -> Mark:
    """As matching sees them: without case, accents, titles and particles."""
    other = "surname" if which == "forename" else "forename"
    told = _plain(left[which]), _plain(right[which])
    swapped = told[0] == _plain(right[other]) and told[1] == _plain(left[other])
    return _mark(*told, lambda a, b: swapped or _near_names(a, b))


def _plain(text: str | None) -> str | None:
    return (names.plain(text) or None) if text else None


def _near_names(left: str, right: str) -> bool:
    one, other = left.replace(" ", ""), right.replace(" ", "")
    if jellyfish.damerau_levenshtein_distance(one, other) <= 1 or set(left.split()) & set(right.split()):
        return True
    if one[0] == other[0] and 1 in {len(one), len(other)}:
        return True
    short = load_nicknames()
    forms = {one, *short.get(one, ())} & {other, *short.get(other, ())}
    return bool(forms) or jellyfish.metaphone(one) == jellyfish.metaphone(other)


# --- dates -----------------------------------------------------------------------------------------


def _near_births(left: date, right: date) -> bool:
    """Day and month have changed places, or one figure is another one."""
    if left.year == right.year and (left.day, left.month) == (right.month, right.day):
        return True
    return sum(a != b for a, b in zip(f"{left:%Y%m%d}", f"{right:%Y%m%d}", strict=True)) == 1


def _near_days(left: date, right: date) -> bool:
    return abs((left - right).days) <= _DAYS_NEAR


# --- contact ---------------------------------------------------------------------------------------


def _phones(left: Values, right: Values) -> Mark:
    """Whether any phone of one is one of the other: which of two is the first says nothing."""
    told = [{side["phone"], side["other_phone"]} - {None} for side in (left, right)]
    if not all(told):
        return "missing"
    return "same" if told[0] & told[1] else "different"


def _texts(left: Values, right: Values, name: str, form: Callable[[str], str]) -> Mark:
    one, other = (None if side[name] is None else form(side[name]) for side in (left, right))
    return _mark(one, other, lambda a, b: name != "email" and jellyfish.damerau_levenshtein_distance(a, b) <= 1)


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())
