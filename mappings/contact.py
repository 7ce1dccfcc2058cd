"""Which phones, e-mail addresses and postcodes can be used, for whole columns; what was sent stays as it is.

United Kingdom numbers are told by their shape, which costs nothing and lets Ofcom's numbers for drama through;
only a number that says it is another country's goes to phonenumbers. Nothing is repaired: a number that
cannot be read is kept as sent and not used (interfaces: outcomes, Warned and kept).
"""

from __future__ import annotations

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from mappings.canonical import TEXT
from mappings.contact_shapes import EMAIL, EMAIL_LONGEST, NATIONAL, POSTCODE
from mappings.dates import blanks

_AT_HOME = rf"^0{NATIONAL}$"
_FROM_ABROAD = rf"^(?:\+|00)?440?(?P<national>{NATIONAL})$"
_SEPARATORS = r"[\s\x{00A0}().\-/]"
_ABROAD = r"^(?:\+|00)[1-9][0-9]{5,16}$"


def to_e164(column: pa.Array) -> pa.Array:
    """Phones to +44..., or another country's +...; null where blank or unreadable."""
    answer = _at_home(pc.replace_substring(column, " ", ""))
    left = np.flatnonzero(pc.is_null(answer).to_numpy(zero_copy_only=False) & ~blanks(column))
    if len(left) == 0:
        return answer
    stripped = pc.replace_substring_regex(column.take(pa.array(left)), _SEPARATORS, "")
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[left] = True
    found = pc.coalesce(_at_home(stripped), _from_abroad(stripped), _abroad(stripped))
    return pc.replace_with_mask(answer, pa.array(mask), found)


def _at_home(stripped: pa.Array) -> pa.Array:
    """As nearly all are written, 07700 900123; the cheap way, because a million rows go through it."""
    shaped = pc.match_substring_regex(stripped, _AT_HOME)
    return pc.if_else(shaped, pc.replace_substring(stripped, "0", "+44", max_replacements=1), pa.scalar(None, TEXT))


def _from_abroad(stripped: pa.Array) -> pa.Array:
    """As one would dial it from another country: +44 7700 900123, +44 (0)7700 900123, 0044 7700 900123."""
    national = pc.struct_field(pc.extract_regex(stripped, _FROM_ABROAD), "national")
    return pc.binary_join_element_wise(pa.scalar("+44"), national, "")


def _abroad(stripped: pa.Array) -> pa.Array:
    """By distinct values, because each is a call; few victims in London have a number from abroad."""
    encoded = stripped.dictionary_encode()
    foreign = pc.match_substring_regex(encoded.dictionary, _ABROAD).to_pylist()
    numbers = [
        _international(text) if is_foreign else None
        for text, is_foreign in zip(encoded.dictionary.to_pylist(), foreign, strict=True)
    ]
    return pc.take(pa.array(numbers, TEXT), encoded.indices)


def _international(text: str) -> str | None:
    """E.164 of a number with its country; null where its country has no number of that length."""
    try:
        number = phonenumbers.parse("+" + text.removeprefix("+").removeprefix("00"), None)
    except phonenumbers.NumberParseException:
        return None
    # A United Kingdom number was told by its shape already; what comes here as one has the wrong shape.
    if number.country_code == 44 or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def usable_emails(column: pa.Array) -> pa.Array:
    """True where mail could be sent to it, by shape; null where blank."""
    shaped = pc.and_(pc.match_substring_regex(column, EMAIL), pc.less_equal(pc.binary_length(column), EMAIL_LONGEST))
    return _unless_blank(column, shaped)


def usable_postcodes(column: pa.Array) -> pa.Array:
    """True where it has the shape of a United Kingdom postcode, in any case, space or none; null where blank."""
    return _unless_blank(column, pc.match_substring_regex(column, POSTCODE))


def _unless_blank(column: pa.Array, answer: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.bool_()), answer)
