"""From canonical referrals to what is compared: features, a row a referral. Whole columns; blank stays null.

Gender is left out on purpose. It adds nothing that names and birth dates do not say, and somebody whose gender changed
must neither be told so by a sentence of ours nor lose their history by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching import addresses
from exchange.matching.names import Name, name_of
from mappings.canonical import REFERRAL

# What the caller has of a referral beside its canonical fields.
PLACED: Final = ("referral_id", "source", "referral_key")
# Canonical fields that are needed. A field that a layout lacks is given as a column of nulls.
NEEDED: Final = (
    *PLACED,
    *("channel", "recorded_at", "received_on", "offence_from", "offence_to", "crime_category", "loss_gbp"),
    *("police_reference", "complainant", "victim_type", "forename", "surname", "birth_date", "age"),
    *("address_1", "address_2", "postcode", "postcode_usable", "borough_code"),
    *("phone_e164", "other_phone_e164", "email", "email_usable", "safe_to_contact", "da_flag"),
)
# May be left out. What staff own of safe contact: whether contact is safe (Y, N), and any text that is equal where
# their contact details are (a digest of them will do); null where staff own nothing.
OPTIONAL: Final = {"staff_safe_to_contact": pa.string(), "staff_contact": pa.string()}

_WORDS: Final = pa.list_(pa.string())
INPUT: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        *((name, pa.string()) for name in PLACED[1:]),
        *((name, REFERRAL.by_name[name].arrow_type) for name in NEEDED if name not in PLACED),
    ]
)
FEATURES: Final = pa.schema(
    [
        ("referral_id", pa.int64()),
        ("linkable", pa.bool_()),
        # Which crime or trial it is about, and as whom.
        *((name, pa.string()) for name in ("source", "role", "crime", "victim_number")),
        # The names, run together; forms and roots of the forename (see names.Name); words; sounds; all words sorted.
        *((name, pa.string()) for name in ("forename", "surname")),
        *((name, _WORDS) for name in ("forename_forms", "forename_roots", "forename_words", "surname_words")),
        *((name, pa.string()) for name in ("forename_sound", "surname_sound", "surname_code", "name_words")),
        # Birth date as yyyymmdd, with day and month changed for each other where that is a date; years it can be in.
        *((name, pa.string()) for name in ("born", "born_swapped")),
        *((name, pa.int16()) for name in ("born_from", "born_to")),
        ("phones", _WORDS),
        *((name, pa.string()) for name in ("email", "postcode", "home", "street")),
        # Y, N or null: what staff own, else what the feed says; what staff own of contact details; domestic abuse.
        *((name, pa.string()) for name in ("safe", "staff_contact")),
        ("abuse", pa.bool_()),
    ]
)

VICTIM, COMPLAINANT, WITNESS = "victim", "complainant", "witness"
# Of nobody: 01/01/1900 and 01/01/1901 are fillers of the feeds, 01/01/1970 is day nought of most computers.
_NO_BIRTH_DATES: Final = ("19000101", "19010101", "19700101")

Numbers = npt.NDArray[np.int64]


def features(referrals: pa.Table, short_forms: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """FEATURES, row for row with `referrals` (INPUT, and OPTIONAL where there is any of it).

    `short_forms`: mappings.nicknames.load_nicknames(). A row is linkable if it is about an individual, has both names,
    and a birth date, phone, e-mail address or postcode besides; nobody else is ever compared with anybody.
    """
    column = {name: _whole(referrals[name]) for name in referrals.column_names}
    made: dict[str, pa.Array] = {
        "referral_id": column["referral_id"],
        "source": column["source"],
        "postcode": addresses.postcodes(column["postcode"], column["postcode_usable"]),
        "home": addresses.homes(column["address_1"], column["address_2"]),
        "street": addresses.streets(column["address_1"], column["address_2"], column["borough_code"]),
        "email": pc.if_else(column["email_usable"], pc.utf8_lower(column["email"]), None),
        "phones": _sorted_pairs(column["phone_e164"], column["other_phone_e164"]),
        "safe": column["safe_to_contact"],
        "abuse": column["da_flag"],
        "staff_contact": column.get("staff_contact", pa.nulls(len(referrals), pa.string())),
    }
    if "staff_safe_to_contact" in column:
        made["safe"] = pc.coalesce(column["staff_safe_to_contact"], made["safe"])
    made |= _names(column["forename"], column["surname"], short_forms)
    made |= _births(column)
    made |= _crimes(column)
    made["linkable"] = _linkable(made, column["victim_type"])
    return pa.table([made[field.name].cast(field.type) for field in FEATURES], schema=FEATURES)


def _linkable(made: Mapping[str, pa.Array], victim_type: pa.Array) -> pa.Array:
    known = pc.greater(pc.list_value_length(made["phones"]), 0)
    for name in ("born", "email", "postcode"):
        known = pc.or_(known, pc.is_valid(made[name]))
    named = pc.and_(pc.is_valid(made["forename"]), pc.is_valid(made["surname"]))
    somebody = pc.fill_null(pc.equal(victim_type, "individual"), True)
    return pc.and_(pc.and_(named, known), somebody)


# --- names -----------------------------------------------------------------------------------------


def _names(forename: pa.Array, surname: pa.Array, short_forms: Mapping[str, tuple[str, ...]]) -> dict[str, pa.Array]:
    first, last = _by_distinct(forename, short_forms), _by_distinct(surname, {})
    both = pc.binary_join_element_wise(forename, surname, " ").dictionary_encode()
    ordered = [_ordered(text, short_forms) for text in both.dictionary.to_pylist()]
    return {
        "forename": first("plain", pa.string()),
        "forename_forms": first("forms", _WORDS),
        "forename_roots": first("roots", _WORDS),
        "forename_words": first("words", _WORDS),
        "forename_sound": first("sound", pa.string()),
        "surname": last("plain", pa.string()),
        "surname_words": last("words", _WORDS),
        "surname_sound": last("sound", pa.string()),
        "surname_code": last("code", pa.string()),
        "name_words": pc.take(pa.array(ordered, pa.string()), both.indices),
    }


def _by_distinct(
    column: pa.Array, short_forms: Mapping[str, tuple[str, ...]]
) -> Callable[[str, pa.DataType], pa.Array]:
    """Each name once: a part of it for the whole column."""
    encoded = column.dictionary_encode()
    found: list[Name | None] = [name_of(text, short_forms) for text in encoded.dictionary.to_pylist()]

    def part(name: str, kind: pa.DataType) -> pa.Array:
        values: list[Any] = [None if each is None else getattr(each, name) for each in found]
        return pc.take(pa.array(values, kind), encoded.indices)

    return part


def _ordered(text: str | None, short_forms: Mapping[str, tuple[str, ...]]) -> str | None:
    name = name_of(text, short_forms) if text is not None else None
    return " ".join(sorted(name.words)) if name else None


# --- birth -----------------------------------------------------------------------------------------


def _births(column: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Birth dates as text; years of birth from the date, else from the age on the day that it was told."""
    born = pc.strftime(column["birth_date"], "%Y%m%d")
    born = pc.if_else(pc.is_in(born, value_set=pa.array(_NO_BIRTH_DATES)), None, born)
    year = pc.utf8_slice_codeunits(born, 0, 4)
    month, day = pc.utf8_slice_codeunits(born, 4, 6), pc.utf8_slice_codeunits(born, 6, 8)
    swapped = pc.binary_join_element_wise(year, day, month, "")
    possible = pc.and_(pc.less_equal(day, "12"), pc.not_equal(day, month))
    told = pc.coalesce(column["recorded_at"].cast(pa.date32()), column["received_on"])
    by_age = pc.subtract(pc.year(told), column["age"].cast(pa.int64()))
    number = year.cast(pa.int64())
    return {
        "born": born,
        "born_swapped": pc.if_else(possible, swapped, None),
        "born_from": pc.coalesce(number, pc.subtract(by_age, 1)).cast(pa.int16()),
        "born_to": pc.coalesce(number, by_age).cast(pa.int16()),
    }


# --- which crime, and as whom ----------------------------------------------------------------------


def _crimes(column: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """A key of two parts is a crime report's number and the victim's number in it (interfaces: feeds)."""
    parts = pc.split_pattern(column["referral_key"], "|")
    numbered = pc.and_(pc.equal(pc.list_value_length(parts), 2), pc.equal(column["channel"], "police"))
    begin = pc.list_element(parts, 0)
    end = pc.list_element(pc.list_slice(parts, 1, 2, return_fixed_size_list=True), 0)
    crime = pc.if_else(numbered, begin, column["police_reference"])
    witness = pc.equal(column["channel"], WITNESS)
    complains = pc.if_else(pc.fill_null(column["complainant"], False), COMPLAINANT, WITNESS)
    return {
        "crime": pc.utf8_upper(pc.replace_substring(crime, " ", "")),
        "victim_number": pc.if_else(numbered, end, None),
        "role": pc.if_else(witness, complains, VICTIM),
    }


# --- columns ---------------------------------------------------------------------------------------


def _sorted_pairs(left: pa.Array, right: pa.Array) -> pa.Array:
    """Two columns as one of lists: sorted, without blanks, each value once; an empty list where both are blank."""
    low, high = pc.min_element_wise(left, right), pc.max_element_wise(left, right)
    high = pc.if_else(pc.equal(low, high), None, high)
    flat = pa.chunked_array([low, high]).combine_chunks()
    count = len(low)
    turns = flat.take(pa.array(np.stack([np.arange(count), np.arange(count) + count], axis=1).ravel()))
    there = np.asarray(pc.is_valid(turns).to_numpy(zero_copy_only=False))
    offsets: Numbers = np.concatenate([[0], np.cumsum(there.reshape(count, 2).sum(axis=1))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), turns.filter(pa.array(there)))


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
