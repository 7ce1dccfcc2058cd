"""Where somebody lives, for comparison: the postcode, which home there, and the street where no postcode is known."""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from mappings import spelling

_NUMBER: Final = re.compile(r"\b[0-9]+[a-z]?\b")


def postcodes(column: pa.Array, usable: pa.Array) -> pa.Array:
    """Without spaces and in capitals; null where it has not the shape of one, or is the filler ZZ99."""
    bare = pc.utf8_upper(pc.replace_substring_regex(column, r"\s", ""))
    right = pc.and_(pc.fill_null(usable, False), pc.invert(pc.starts_with(bare, "ZZ99")))
    return pc.if_else(right, bare, None)


def homes(first: pa.Array, second: pa.Array) -> pa.Array:
    """Which home of a postcode: the numbers of flat and house in their order, else the first line's words.

    Feeds put flat, house and street into one line or two; the numbers are the same.
    """
    both = _joined(first, second).dictionary_encode()
    found = [_home(text) for text in both.dictionary.to_pylist()]
    return pc.take(pa.array(found, pa.string()), both.indices)


def streets(first: pa.Array, second: pa.Array, borough: pa.Array) -> pa.Array:
    """The address without its postcode, as borough and words; null without a number or a borough."""
    both = _joined(first, second).dictionary_encode()
    found = [_words(text) if text and _NUMBER.search(_words(text)) else None for text in both.dictionary.to_pylist()]
    words = pc.take(pa.array(found, pa.string()), both.indices)
    return pc.binary_join_element_wise(borough, words, " ")


def _joined(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(second), pc.binary_join_element_wise(first, second, " "), first)


def _words(text: str) -> str:
    return spelling.plain(text)


def _home(text: str | None) -> str | None:
    words = _words(text) if text else ""
    return " ".join(_NUMBER.findall(words)) or words or None
