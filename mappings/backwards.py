"""Back from what a referral keeps to what was sent, so that the same conversion can run again under other tables.

A column of a layout can be told where some canonical field holds it unchanged (kind text), or in a way that leads
back: a day by its form, yes and no by their words, a number, a code whose table has one word for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from mappings.canonical import TEXT
from mappings.kinds import Codes
from mappings.tables import Line, Table

Back = Callable[[pa.Array], pa.Array]
_BLANK: Final = pa.scalar("", TEXT)


@dataclass(frozen=True, slots=True)
class Way:
    """How a column is told: from which canonical field, by what."""

    field: str
    back: Back


def ways(columns: Table, codes: Codes, kept: Collection[str]) -> dict[str, Way]:
    """For each column of the layout that can be told from the fields that are kept, the surest way."""
    found: dict[str, tuple[int, Way]] = {}
    for line in columns.lines:
        if line["kind"] not in _BACK or line["canonical"] not in kept:
            continue
        back = _BACK[line["kind"]](line, codes)
        rank = list(_BACK).index(line["kind"])
        if back is not None and rank < found.get(line["columns"], (len(_BACK), None))[0]:
            found[line["columns"]] = (rank, Way(line["canonical"], back))
    return {column: way for column, (_, way) in found.items()}


def _text(_line: Line, _codes: Codes) -> Back:
    return lambda kept: kept.fill_null(_BLANK)


def _number(_line: Line, _codes: Codes) -> Back:
    return lambda kept: kept.cast(TEXT).fill_null(_BLANK)


def _flag(line: Line, _codes: Codes) -> Back:
    yes, no = (pa.scalar(word, TEXT) for word in line["argument"].split("/"))
    return lambda kept: pc.if_else(kept, yes, no).fill_null(_BLANK)


def _day(line: Line, _codes: Codes) -> Back:
    """By distinct days, of which there are few."""
    form = line["argument"].replace("yyyy", "{0.year:04d}").replace("mm", "{0.month:02d}").replace("dd", "{0.day:02d}")

    def back(kept: pa.Array) -> pa.Array:
        encoded = kept.dictionary_encode()
        days = [form.format(day) for day in encoded.dictionary.to_pylist()]
        return pc.take(pa.array(days, TEXT), encoded.indices).fill_null(_BLANK)

    return back


def _lookup(line: Line, codes: Codes) -> Back | None:
    table = codes.lookups[line["argument"]]
    return _replaced({value: code for code, value in table.items()}) if _one_to_one(table) else None


def _label_code(line: Line, codes: Codes) -> Back | None:
    """A label that is not listed was kept as it is, and stays so here."""
    table = codes.labels[line["argument"]]
    return _replaced({code: label for label, code in table.items()}, others=True) if _one_to_one(table) else None


def _one_to_one(table: Mapping[str, str]) -> bool:
    return len(set(table.values())) == len(table)


def _replaced(table: Mapping[str, str], *, others: bool = False) -> Back:
    def back(kept: pa.Array) -> pa.Array:
        encoded = kept.dictionary_encode()
        words = [table.get(value, value if others else "") for value in encoded.dictionary.to_pylist()]
        return pc.take(pa.array(words, TEXT), encoded.indices).fill_null(_BLANK)

    return back


# From the surest way to the least sure.
_BACK: Final[Mapping[str, Callable[[Line, Codes], Back | None]]] = {
    "text": _text,
    "day": _day,
    "flag": _flag,
    "count": _number,
    "money": _number,
    "label_code": _label_code,
    "lookup": _lookup,
}
