"""Names of many origins: Faker's lists and our own, read once and drawn by the column.

Faker itself is never asked for a name; its providers are read as lists, with their weights where they have them.
A name that no feed could carry, or that the validators would remark on, is left out.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Ints
from synth.population.origins import ORIGINS
from synth.population.romanised import SHORT, names_of
from synth.seeds import generator

FEMALE, MALE, EITHER = 0, 1, -1

_LONGEST: Final = 35
_NAME: Final = re.compile(r"[^\W\d_][^\W\d_'’ .\-]*(?:[' .\-]{1,2}[^\W\d_][^\W\d_]*)*", re.UNICODE)
_FLATTEN: Final = 12.0  # lists without weights: the first is about three times as frequent as the 24th
# What has no accent to take off, as British typists write it.
_PLAIN: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "Ae"}
    | {"ə": "e", "Ə": "E", "þ": "th", "Þ": "Th", "ð": "d", "œ": "oe", "Œ": "Oe", "’": "'"}
)

_POLISH: Final = [origin.name for origin in ORIGINS].index("polish")

Weighted = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A list of names of all origins in one row, and for each group the stretch of it and its running weights."""

    names: pa.Array
    begins: tuple[int, ...]
    reach: tuple[npt.NDArray[np.float64], ...]

    def draw(self, rng: np.random.Generator, group: Ints) -> Ints:
        """For each row a position in `names`, out of its group's stretch."""
        at = rng.random(len(group))
        answer = np.zeros(len(group), np.int64)
        for each in np.unique(group).tolist():
            rows = group == each
            reach = self.reach[each]
            found = np.searchsorted(reach, at[rows] * reach[-1], side="right")
            answer[rows] = self.begins[each] + found.clip(max=len(reach) - 1)
        return answer


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """All names. Groups of both lists are 2 x origin + sex (0 women, 1 men); `short` stands beside the forenames, blank
    for those without a short form."""

    forenames: Drawn
    surnames: Drawn
    short: pa.Array


@cache
def book() -> Book:
    """Read all lists; the same every time."""
    forenames, surnames = [], []
    for origin in ORIGINS:
        lists = [_lists(where) for where in origin.lists.split("+")]
        for sex in (FEMALE, MALE):
            forenames.append(_merged(each[sex] for each in lists))
            surnames.append(_merged(each[2 + sex] for each in lists))
    drawn = _drawn(forenames, "forenames")
    short = pa.array([SHORT.get(name, "") for name in drawn.names.to_pylist()], pa.string())
    return Book(drawn, _drawn(surnames, "surnames"), short)


def family_surname(surname: Ints, origin: Ints, sex: Ints) -> Ints:
    """The same family's surname as people of this sex bear it: Kowalski's sister is Kowalska, Nowak's is Nowak.

    Polish alone: its two lists stand side by side. Of other languages with two forms everybody keeps the one.
    """
    women, men = (book().surnames.begins[2 * _POLISH + each] for each in (FEMALE, MALE))
    bears = np.where(surname >= men, MALE, FEMALE)
    other = surname + np.where(sex == MALE, men - women, women - men)
    return np.where((origin == _POLISH) & (bears != sex), other, surname)


def group_of(origin: Ints, sex: Ints) -> Ints:
    """The group of both lists for people of these origins and sexes."""
    return origin * 2 + sex


def plain(text: str) -> str:
    """A name without accents, in ASCII, as somebody types it who has no such keys."""
    if text.isascii():
        return text
    flat = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in flat if ord(letter) < 128)


def as_cp1252(text: str) -> str:
    """A name as Windows-1252 can carry it: only the letters that it lacks lose their marks."""
    return text if text.isascii() else "".join(letter if letter in _CP1252 else plain(letter) for letter in text)


def slug(text: str) -> str:
    """A name in an e-mail address: small ASCII letters."""
    return re.sub(r"[^a-z]", "", plain(text).lower()) or "x"


def by_distinct(column: pa.Array, convert: Callable[[str], str]) -> pa.Array:
    """Text converted by its distinct values."""
    encoded = column.dictionary_encode()
    values = pa.array([convert(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.take(values, encoded.indices)


_CP1252: Final = frozenset(
    letter for byte in (*range(0x20, 0x7F), *range(0xA0, 0x100)) for letter in bytes([byte]).decode("cp1252")
) | frozenset("ŠšŽžŒœŸƒ’")


def _drawn(groups: list[Weighted], stage: str) -> Drawn:
    """Where a list has no weights of its own, a chance that is the same for every seed decides who is frequent."""
    begins: list[int] = []
    reach: list[npt.NDArray[np.float64]] = []
    names: list[str] = []
    for number, group in enumerate(groups):
        begins.append(len(names))
        names += list(group)
        weights = np.array(list(group.values()))
        mixed = generator(0, f"names/{stage}", number).permutation(len(weights))
        reach.append(np.cumsum(weights / (mixed + _FLATTEN)))
    return Drawn(pa.array(names, pa.string()), tuple(begins), tuple(reach))


def _merged(lists: Iterable[Weighted]) -> Weighted:
    """Several lists as one, each as heavy as the other."""
    merged: Weighted = {}
    for each in lists:
        total = sum(each.values())
        for name, weight in each.items():
            merged[name] = merged.get(name, 0.0) + weight / total
    return merged


@cache
def _lists(where: str) -> tuple[Weighted, Weighted, Weighted, Weighted]:
    """Women's and men's forenames, women's and men's surnames of one list."""
    if where.startswith("own:"):
        return _own(where.removeprefix("own:"))
    provider = vars(importlib.import_module(f"faker.providers.person.{where}").Provider)
    women, men = _given(where, provider)
    unisex = _kept(provider, "last_romanized_names", "unisex_last_names", "last_names")
    surnames = _kept(provider, "last_names_female") or unisex, _kept(provider, "last_names_male") or unisex
    if where == "pl_PL":
        surnames = _polish(provider)
    return women, men, *surnames


def _own(origin: str) -> tuple[Weighted, Weighted, Weighted, Weighted]:
    women, men, family = (dict.fromkeys(names_of(origin, whose), 1.0) for whose in ("women", "men", "family"))
    return women, men, family, family


def _given(where: str, provider: Mapping[str, object]) -> tuple[Weighted, Weighted]:
    women = _kept(provider, "first_romanized_names_female", "first_names_female")
    men = _kept(provider, "first_romanized_names_male", "first_names_male")
    if women or men:
        return women, men
    every = _kept(provider, "first_names")
    if where == "lt_LT":  # its one list holds both; Lithuanian says which by the ending
        women = {name: weight for name, weight in every.items() if name.endswith(("a", "ė"))}
        return women, {name: weight for name, weight in every.items() if name not in women}
    return {}, every  # en_PK: its list is of men


def _polish(provider: Mapping[str, object]) -> tuple[Weighted, Weighted]:
    """Polish adjectives agree: Kowalski's wife and daughter are Kowalska. Others are the same for all."""
    unisex = dict.fromkeys(_kept(provider, "unisex_last_names"), 0.1)
    men = _kept(provider, "male_last_names")
    return {re.sub(r"(?<=[scd])ki$|(?<=dz)ki$", "ka", name): 1.0 for name in men} | unisex, men | unisex


def _kept(provider: Mapping[str, object], *attributes: str) -> Weighted:
    """The first of these lists that the provider itself has, without what is no name to us; weights where given."""
    for attribute in attributes:
        found = provider.get(attribute)
        if not isinstance(found, (tuple, list, dict)):
            continue
        weights = dict(found) if isinstance(found, dict) else dict.fromkeys(found, 1.0)
        cased = {_cased(name): float(weight) for name, weight in weights.items()}
        kept = {name: weight for name, weight in cased.items() if _is_name(name) and weight > 0}
        if kept:
            return kept
    return {}


def _cased(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    return name.title() if name.isupper() and len(name) > 1 else name


def _is_name(name: str) -> bool:
    """Latin letters, not too long, no abbreviation and no filler."""
    latin = all("LATIN" in unicodedata.name(letter, "") for letter in name if letter.isalpha())
    return latin and 2 <= len(name) <= _LONGEST - 5 and bool(_NAME.fullmatch(name)) and name != "Doe"
