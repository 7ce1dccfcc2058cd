"""From a Home Office or NFIB code, a title and a day to class, crime category and how sure that is.

The law is interfaces: outcomes, "Crime category": where a code has several classes the title decides, then
the offence date; where they cannot, the row goes on with the category that all its classes share, without a
class and marked. The same mark is for a listed code with no class valid on the day. Nothing loops over rows:
titles by distinct pairs of code and title (26 codes alone), days by whole columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mappings.canonical import TEXT
from mappings.dates import Days, blanks
from mappings.offence_tables import NO_CLASS, OffenceBook
from mappings.titles import classes_named

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BASES = ("listed", "title", "date", "inferred", "no_code")
LISTED, BY_TITLE, BY_DATE, INFERRED, NO_CODE = range(len(BASES))
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Resolved:
    """Offences of a column of rows: numbers into the book's classes and categories and BASES, NOTHING where none."""

    offence_class: Ints
    category: Ints
    basis: Ints
    death: Flags
    unknown: Ints


def resolve_home_office(
    book: OffenceBook, code: pa.Array, title: pa.Array, *, days: Days, non_crime: Flags
) -> Resolved:
    """Police offences; `days` are those of offence_from. `unknown` lists the rows without a code that is listed."""
    number = _numbers(code, book.codes)
    unknown = (number == NOTHING) & ~(non_crime & blanks(code))
    rows = np.flatnonzero((number != NOTHING) & ~non_crime)
    offence_class, category, basis = (np.full(len(code), NOTHING, np.int64) for _ in range(3))
    death = np.zeros(len(code), np.bool_)
    known, on = number[rows], days.rows(rows)
    offence_class[rows], basis[rows] = _classes(book, known, title.take(pa.array(rows)), on)
    category[rows] = _categories(book, offence_class[rows], book.code_category[known], on)
    category[non_crime] = book.categories.index("non_crime")
    death[rows] = book.code_death[known]
    return Resolved(offence_class, category, basis, death, np.flatnonzero(unknown))


def resolve_told(book: OffenceBook, code: pa.Array, *, days: Days, non_crime: Flags) -> Resolved:
    """What people told the contact centre: no title, and a crime without a code is other crime, marked."""
    title = pa.repeat(pa.scalar("", TEXT), len(code))
    resolved = resolve_home_office(book, code, title, days=days, non_crime=non_crime)
    untold = blanks(code) & ~non_crime
    resolved.category[untold], resolved.basis[untold] = book.categories.index("other_crime"), NO_CODE
    return replace(resolved, unknown=np.setdiff1d(resolved.unknown, np.flatnonzero(untold)))


def resolve_nfib(book: OffenceBook, code: pa.Array, days: Days) -> Resolved:
    """Frauds: NFIB codes are classes themselves."""
    number = _numbers(code, book.nfib_classes)
    rows = np.flatnonzero(number != NOTHING)
    category = np.full(len(code), NOTHING, np.int64)
    category[rows] = _categories(book, number[rows], book.class_category[number[rows]], days.rows(rows))
    basis = np.where(number != NOTHING, LISTED, NOTHING)
    return Resolved(number, category, basis, np.zeros(len(code), np.bool_), np.flatnonzero(number == NOTHING))


def columns_of(book: OffenceBook, resolved: Resolved) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """offence_class, crime_category, class_basis and death, as the canonical table has them."""
    return (
        _names(resolved.offence_class, book.classes),
        _names(resolved.category, book.categories),
        _names(resolved.basis, BASES),
        pa.array(resolved.death),
    )


def inferred_rows(resolved: Resolved) -> Ints:
    return np.flatnonzero(resolved.basis == INFERRED)


def untold_rows(resolved: Resolved) -> Ints:
    return np.flatnonzero(resolved.basis == NO_CODE)


def _names(numbers: Ints, names: tuple[str, ...]) -> pa.Array:
    return pc.take(pa.array(names, TEXT), pa.array(numbers, mask=numbers == NOTHING))


def _numbers(code: pa.Array, known: dict[str, int]) -> Ints:
    """Each row's number in `known`, NOTHING where the code is not in it."""
    encoded = code.dictionary_encode()
    numbers = np.array([known.get(text, NOTHING) for text in encoded.dictionary.to_pylist()], np.int64)
    if len(numbers) == 0:
        return np.empty(0, np.int64)
    answer: Ints = numbers[encoded.indices.to_numpy()]
    return answer


def _classes(book: OffenceBook, code: Ints, title: pa.Array, days: Days) -> tuple[Ints, Ints]:
    """Class and basis of rows whose code is known."""
    only = book.candidates[code, 0].astype(np.int64)
    sure = (only != NO_CLASS) & _valid(book, only, days)
    offence_class = np.where(sure, only, NOTHING)
    basis = np.where(sure, LISTED, INFERRED)
    rows = np.flatnonzero(book.several[code])
    if len(rows):
        offence_class[rows], basis[rows] = _decide(book, code[rows], title.take(pa.array(rows)), days.rows(rows))
    return offence_class, basis


def _decide(book: OffenceBook, code: Ints, title: pa.Array, days: Days) -> tuple[Ints, Ints]:
    """Between several classes: the title, then the day. Sets of classes are bits, in the order of the candidates."""
    named = _named(book, code, title)
    valid = np.zeros(len(code), np.int64)
    for place in range(book.candidates.shape[1]):
        candidate = book.candidates[code, place].astype(np.int64)
        valid |= ((candidate != NO_CLASS) & _valid(book, candidate, days)).astype(np.int64) << place
    # A class that did not exist on the day cannot be meant, whatever today's title says: then the day alone decides.
    left = np.where(named & valid, named & valid, valid)
    one = np.bitwise_count(left) == 1
    place_of_one = np.where(one, np.bitwise_count(np.maximum(left, 1) - 1), 0)
    offence_class = np.where(one, book.candidates[code, place_of_one], NOTHING)
    return offence_class, np.where(one, np.where(named == left, BY_TITLE, BY_DATE), INFERRED)


def _named(book: OffenceBook, code: Ints, title: pa.Array) -> Ints:
    """Classes that the titles speak for, by distinct pairs of code and title."""
    encoded = title.dictionary_encode()
    titles = encoded.dictionary.to_pylist()
    pairs, of_row = np.unique(code * len(titles) + encoded.indices.to_numpy(), return_inverse=True)
    named = [classes_named(book.phrases[int(pair) // len(titles)], titles[int(pair) % len(titles)]) for pair in pairs]
    answer: Ints = np.array(named, np.int64)[of_row]
    return answer


def _valid(book: OffenceBook, offence_class: Ints, days: Days) -> Flags:
    """Whether a class stood on the day; a row without a day rules nothing out."""
    first, last = book.class_from[offence_class], book.class_to[offence_class]
    answer: Flags = days.blank | ((days.number >= first) & (days.number <= last))
    return answer


def _categories(book: OffenceBook, offence_class: Ints, today: npt.NDArray[np.int32], days: Days) -> Ints:
    """The category that the class had on the day, where that differs from today's; else today's."""
    answer = today.astype(np.int64)
    for dated in book.dated_categories:
        in_period = ~days.blank & (days.number >= dated.first) & (days.number <= dated.last)
        answer[in_period & (offence_class == dated.offence_class)] = dated.category
    return answer
