"""The kinds of conversion that a line of columns.csv may name, from a layout's columns to canonical ones.

A kind is built once, with its argument checked against the tables, and then converts whole columns. A layout
that needs another kind gets a function and a line in KINDS here, and no branch anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mappings import spelling
from mappings.canonical import COUNT, DAY, INSTANT, MONEY, TEXT, YES_NO
from mappings.contact import to_e164, usable_emails, usable_postcodes
from mappings.dates import DAY_FORMS, TIME_FORMS, Unfit, to_days, to_instants, to_london_days, to_london_instants
from mappings.offence_tables import OffenceBook
from mappings.offences import (
    Resolved,
    columns_of,
    inferred_rows,
    resolve_home_office,
    resolve_nfib,
    resolve_told,
    untold_rows,
)

Rows = npt.NDArray[np.int64]
Columns = Sequence[pa.Array]


@dataclass(frozen=True, slots=True)
class Converted:
    """Canonical columns, and the rows of each rule that no table could answer for."""

    columns: tuple[pa.Array, ...]
    unmapped: tuple[tuple[str, Rows], ...] = ()


Convert = Callable[[Columns], Converted]


class WrongArgument(Exception):
    """The argument of a line in columns.csv is not one that its kind can take; `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Codes:
    """The tables that kinds look things up in, by what they are for.

    `lookups`: the layout's own small tables; `groups`: code to 5+1 group; `labels`: plain label to code;
    `boroughs`: plain spelling to borough code, None for words that mean "not given".
    """

    version: str
    lookups: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    boroughs: Mapping[str, str | None]
    offences: OffenceBook


Build = Callable[[str, Codes], Convert]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind takes and gives: how many columns (None: any number, at least one), and the types it makes."""

    takes: int | None
    gives: tuple[pa.DataType, ...]
    build: Build


def by_distinct(column: pa.Array, convert: Callable[[str], object], arrow_type: pa.DataType) -> pa.Array:
    """Convert a column by its distinct values; blank is null. Only for columns with few of them."""
    encoded = column.dictionary_encode()
    values = [convert(text) if text else None for text in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(values, arrow_type), encoded.indices)


def as_sent(column: pa.Array) -> pa.Array:
    """Text byte for byte as sent; an empty string, and nothing else, is null."""
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, TEXT), column)


def _one(convert: Callable[[pa.Array], pa.Array]) -> Build:
    """A kind that takes one column and no argument."""

    def build(argument: str, _codes: Codes) -> Convert:
        if argument:
            raise WrongArgument("this kind takes no argument")
        return lambda columns: Converted((convert(columns[0]),))

    return build


def _key(_argument: str, _codes: Codes) -> Convert:
    return lambda columns: Converted((pc.binary_join_element_wise(*columns, "|"),))


def _constant(argument: str, _codes: Codes) -> Convert:
    _needed(argument)
    return lambda columns: Converted((pa.repeat(pa.scalar(argument, TEXT), len(columns[0])),))


def _constant_if_given(argument: str, _codes: Codes) -> Convert:
    _needed(argument)
    return lambda columns: Converted(
        (pc.if_else(pc.equal(columns[0], ""), pa.scalar(None, TEXT), pa.scalar(argument)),)
    )


def _always(argument: str, _codes: Codes) -> Convert:
    if argument:
        raise WrongArgument("this kind takes no argument")
    return lambda columns: Converted((pa.repeat(pa.scalar(True, YES_NO), len(columns[0])),))


def _version(_argument: str, codes: Codes) -> Convert:
    return _constant(codes.version, codes)


def _needed(argument: str) -> None:
    if not argument:
        raise WrongArgument("this kind needs an argument")


def _flag(argument: str, _codes: Codes) -> Convert:
    """`Y/N`: the first word is true, the second false, and there is no third."""
    words = argument.split("/")
    if len(words) != 2 or not all(words) or words[0] == words[1]:
        raise WrongArgument("its argument is not two words with / between them")
    return _closed({words[0]: True, words[1]: False}, YES_NO)


def _closed(table: Mapping[str, object], arrow_type: pa.DataType) -> Convert:
    def value(text: str) -> object:
        if text not in table:
            raise Unfit
        return table[text]

    return lambda columns: Converted((by_distinct(columns[0], value, arrow_type),))


def _lookup(argument: str, codes: Codes) -> Convert:
    if argument not in codes.lookups:
        raise WrongArgument("its argument is not a table in the layout's folder")
    return _closed(codes.lookups[argument], TEXT)


def _code_group(argument: str, codes: Codes) -> Convert:
    groups = _named(codes.groups, argument)
    return lambda columns: Converted((by_distinct(columns[0], groups.get, TEXT),))


def _label_code(argument: str, codes: Codes) -> Convert:
    """A label that is not listed stays as it was sent: better a label among codes than nothing."""
    labels = _named(codes.labels, argument)
    return lambda columns: Converted(
        (by_distinct(columns[0], lambda text: labels.get(spelling.plain(text), text), TEXT),)
    )


def _label_group(argument: str, codes: Codes) -> Convert:
    labels, groups = _named(codes.labels, argument), _named(codes.groups, argument)
    return lambda columns: Converted(
        (by_distinct(columns[0], lambda text: groups.get(labels.get(spelling.plain(text), "")), TEXT),)
    )


def _named(tables: Mapping[str, Mapping[str, str]], name: str) -> Mapping[str, str]:
    if name not in tables:
        raise WrongArgument("its argument is not a table in reference/ that this kind can use")
    return tables[name]


def _form(argument: str, forms: tuple[str, ...]) -> str:
    if argument not in forms:
        raise WrongArgument(f"its argument is not one of {', '.join(forms)}")
    return argument


def _day(argument: str, _codes: Codes) -> Convert:
    form = _form(argument, DAY_FORMS)
    return lambda columns: Converted((to_days(columns[0], form).array,))


def _london_time(argument: str, _codes: Codes) -> Convert:
    form = _form(argument, TIME_FORMS)

    def convert(columns: Columns) -> Converted:
        instants, unclear = to_london_instants(columns[0], form)
        return Converted((instants,), (("clock_change", unclear),))

    return convert


def _day_of_time(argument: str, _codes: Codes) -> Convert:
    """The day of a London time, which a clock change leaves as it is."""
    day, _, _ = _form(argument, TIME_FORMS).partition(" ")
    return lambda columns: Converted((to_days(pc.utf8_slice_codeunits(columns[0], 0, len(day)), day).array,))


def _number(arrow_type: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    def convert(column: pa.Array) -> pa.Array:
        encoded = column.dictionary_encode()
        try:
            numbers = as_sent(encoded.dictionary).cast(arrow_type)
        except pa.ArrowInvalid:
            numbers = None
        # Raised outside the except, because pyarrow's error carries the value (docs/adr/0003).
        if numbers is None:
            raise Unfit
        return pc.take(numbers, encoded.indices)

    return convert


def _named_contact(argument: str, _codes: Codes) -> Convert:
    """Of victim type and surname: null for persons; for organisations (the argument) whether a surname was given."""
    _needed(argument)

    def convert(columns: Columns) -> Converted:
        organisation = pc.equal(columns[0], argument)
        return Converted((pc.if_else(organisation, pc.not_equal(columns[1], ""), pa.scalar(None, YES_NO)),))

    return convert


def _borough(argument: str, codes: Codes) -> Convert:
    if argument:
        raise WrongArgument("this kind takes no argument")

    def convert(columns: Columns) -> Converted:
        encoded = columns[0].dictionary_encode()
        names = encoded.dictionary.to_pylist()
        plain = [spelling.place(name) for name in names]
        found = pc.take(pa.array([codes.boroughs.get(name) for name in plain], TEXT), encoded.indices)
        strange = np.array([bool(sent) and name not in codes.boroughs for sent, name in zip(names, plain, strict=True)])
        rows = np.flatnonzero(strange[encoded.indices.to_numpy()]) if len(names) else np.empty(0, np.int64)
        return Converted((found,), (("borough_unknown", rows),))

    return convert


def _home_office(argument: str, codes: Codes) -> Convert:
    """Of code, title, kind of incident and offence_from."""
    form, book = _form(argument, DAY_FORMS), codes.offences

    def convert(columns: Columns) -> Converted:
        code, title, incident, offence_from = columns
        non_crime = pc.equal(incident, "non-crime").to_numpy(zero_copy_only=False)
        resolved = resolve_home_office(book, code, title, days=to_days(offence_from, form), non_crime=non_crime)
        return _resolved(book, resolved, "ho_code_unknown")

    return convert


def _told(argument: str, codes: Codes) -> Convert:
    """Of code, kind of incident and offence_from; nobody gave a title, and the code may be missing."""
    form, book = _form(argument, DAY_FORMS), codes.offences

    def convert(columns: Columns) -> Converted:
        code, incident, offence_from = columns
        non_crime = pc.equal(incident, "non-crime").to_numpy(zero_copy_only=False)
        resolved = resolve_told(book, code, days=to_days(offence_from, form), non_crime=non_crime)
        answer = _resolved(book, resolved, "ho_code_unknown")
        return Converted(answer.columns, (*answer.unmapped, ("ho_code_untold", untold_rows(resolved))))

    return convert


def _dash_risk(argument: str, _codes: Codes) -> Convert:
    """Of risk and DASH score: high where either says so; the score from which it does is the argument (R8)."""
    if not argument.isdecimal():
        raise WrongArgument("its argument is not a number")

    def convert(columns: Columns) -> Converted:
        score = _number(COUNT)(columns[1])
        high = pc.fill_null(pc.greater_equal(score, pa.scalar(int(argument), COUNT)), False)
        return Converted((pc.if_else(high, pa.scalar("H", TEXT), as_sent(columns[0])),))

    return convert


def _nfib(argument: str, codes: Codes) -> Convert:
    """Of NFIB code and offence_from."""
    form, book = _form(argument, DAY_FORMS), codes.offences

    def convert(columns: Columns) -> Converted:
        return _resolved(book, resolve_nfib(book, columns[0], to_days(columns[1], form)), "nfib_code_unknown")

    return convert


def _resolved(book: OffenceBook, resolved: Resolved, rule: str) -> Converted:
    unmapped = ((rule, resolved.unknown), ("class_inferred", inferred_rows(resolved)))
    return Converted(columns_of(book, resolved), unmapped)


OFFENCE = (TEXT, TEXT, TEXT, YES_NO)

KINDS: Mapping[str, Kind] = {
    "text": Kind(1, (TEXT,), _one(as_sent)),
    "key": Kind(None, (TEXT,), _key),
    "constant": Kind(1, (TEXT,), _constant),
    "always": Kind(1, (YES_NO,), _always),
    "constant_if_given": Kind(1, (TEXT,), _constant_if_given),
    "version": Kind(1, (TEXT,), _version),
    "flag": Kind(1, (YES_NO,), _flag),
    "lookup": Kind(1, (TEXT,), _lookup),
    "code_group": Kind(1, (TEXT,), _code_group),
    "label_code": Kind(1, (TEXT,), _label_code),
    "label_group": Kind(1, (TEXT,), _label_group),
    "day": Kind(1, (DAY,), _day),
    "london_time": Kind(1, (INSTANT,), _london_time),
    "day_of_time": Kind(1, (DAY,), _day_of_time),
    "instant": Kind(1, (INSTANT,), _one(to_instants)),
    "london_day": Kind(1, (DAY,), _one(to_london_days)),
    "count": Kind(1, (COUNT,), _one(_number(COUNT))),
    "money": Kind(1, (MONEY,), _one(_number(MONEY))),
    "named_contact": Kind(2, (YES_NO,), _named_contact),
    "phone": Kind(1, (TEXT,), _one(to_e164)),
    "email_usable": Kind(1, (YES_NO,), _one(usable_emails)),
    "postcode_usable": Kind(1, (YES_NO,), _one(usable_postcodes)),
    "borough": Kind(1, (TEXT,), _borough),
    "dash_risk": Kind(2, (TEXT,), _dash_risk),
    "home_office": Kind(4, OFFENCE, _home_office),
    "home_office_told": Kind(3, OFFENCE, _told),
    "nfib": Kind(2, OFFENCE, _nfib),
}
