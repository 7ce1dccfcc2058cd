"""Match keys: by what two referrals find each other, so that the cost follows the night's rows and not the CMS.

A key joins two things, so that a common name, a shared phone or a large house alone finds nobody. It is stored as a
number: the first 8 bytes of BLAKE2b over kind and text, keyed with a secret of the service, because every United
Kingdom mobile can be hashed in minutes and a plain hash would be no pseudonym (hazards F92). Two texts fall on one
number once in about 10^19; what is found is compared anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# A key that more referrals than this have finds nobody, and is reported as crowded.
CAP: Final = 50
SECRET_BYTES: Final = (16, 64)

# Kinds by their number, which is stored: never reuse one. Kind, and the features that are joined.
KINDS: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    1: ("phone and forename", ("phones", "forename_roots")),
    2: ("phone and surname", ("phones", "surname_code")),
    3: ("phone and birth date", ("phones", "born")),
    4: ("e-mail", ("email",)),
    5: ("birth date and surname", ("born", "surname_code")),
    6: ("birth date and forename", ("born", "forename_roots")),
    7: ("birth date and all names", ("born", "name_words")),
    8: ("birth date in either order and surname", ("born_either", "surname_code")),
    9: ("postcode and forename", ("postcode", "forename_roots")),
    10: ("postcode and surname", ("postcode", "surname_code")),
    11: ("names and year of birth", ("forename", "surname", "years")),
    12: ("crime report", ("crime",)),
    13: ("birth date and postcode", ("born", "postcode")),
}
KEYS: Final = pa.schema([("referral_id", pa.int64()), ("kind", pa.int16()), ("key", pa.int64())])
PAIRS: Final = pa.schema([("left", pa.int64()), ("right", pa.int64())])

Numbers = npt.NDArray[np.int64]


def keys(features: pa.Table, secret: bytes) -> pa.Table:
    """KEYS of all linkable rows: referral_id, kind, key; each once. `secret`: 16 to 64 bytes, for this purpose alone.

    Whoever is asked with `features` of new rows and of old ones, under one secret, gets comparable keys. ValueError for
    a secret that is too short or too long.
    """
    if not SECRET_BYTES[0] <= len(secret) <= SECRET_BYTES[1]:
        raise ValueError("the secret of the match keys has the wrong length")
    rows = features.filter(features["linkable"]).combine_chunks()
    parts = {name: made(rows) for name, made in _PARTS.items()}
    found = [_of_kind(number, [parts[name] for name in names], secret) for number, (_, names) in KINDS.items()]
    referral = rows["referral_id"].to_numpy()
    return pa.table(
        {
            "referral_id": np.concatenate([referral[row] for row, _ in found]),
            "kind": np.concatenate(
                [np.full(len(row), number, np.int16) for number, (row, _) in zip(KINDS, found, strict=True)]
            ),
            "key": np.concatenate([key for _, key in found]),
        },
        schema=KEYS,
    )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs to compare (PAIRS, left < right, each once), and keys that too many have: kind, key, referrals."""

    pairs: pa.Table
    crowded: pa.Table


def candidates(found: pa.Table, *, cap: int = CAP, new: Numbers | None = None) -> Candidates:
    """Who shares a key with whom, among the referrals of `found` (KEYS); with `new`, pairs that have a new one in them.

    What the database does with its index, in memory: for training, measuring and tests.
    """
    kind, key, referral = (found[name].to_numpy() for name in ("kind", "key", "referral_id"))
    order = np.lexsort((referral, key, kind))
    kind, key, referral = kind[order], key[order], referral[order]
    first = np.flatnonzero((np.diff(kind, prepend=-1) != 0) | (np.diff(key, prepend=0) != 0)) if len(key) else order
    size = np.diff(np.append(first, len(key)))
    crowded = pa.table({"kind": kind[first], "key": key[first], "referrals": size}).filter(pa.array(size > cap))
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    # Groups of one size at a time: at most `cap` turns, whatever the number of rows.
    for each in np.unique(size[(size > 1) & (size <= cap)]).tolist():
        members = referral[first[size == each][:, None] + np.arange(each)]
        one, other = np.triu_indices(each, 1)
        left.append(members[:, one].ravel())
        right.append(members[:, other].ravel())
    pairs = np.unique(np.stack([np.concatenate(left), np.concatenate(right)], axis=1), axis=0)
    if new is not None:
        pairs = pairs[np.isin(pairs, new).any(axis=1)]
    return Candidates(pa.table([pairs[:, 0], pairs[:, 1]], schema=PAIRS), crowded)


def shared(pairs: pa.Table, found: pa.Table) -> npt.NDArray[np.bool_]:
    """Which of the pairs (PAIRS) share a key of `found` (KEYS of all who are in one), row for row.

    A pair that a key found which has gone out of use since says nothing: else it would count which file came first.
    """
    place = pairs.append_column("place", pa.array(np.arange(len(pairs))))
    mine = place.join(found, "left", "referral_id", join_type="inner")
    both = mine.join(found, ["right", "kind", "key"], ["referral_id", "kind", "key"], join_type="left semi")
    answer = np.zeros(len(pairs), np.bool_)
    answer[both["place"].to_numpy()] = True
    return answer


# --- parts: rows, and their values; a row may have several or none -----------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    rows: Numbers
    values: pa.Array


def _column(name: str) -> Callable[[pa.Table], _Part]:
    def part(rows: pa.Table) -> _Part:
        column = rows[name].combine_chunks()
        there = np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False))
        return _Part(there, column.take(pa.array(there)))

    return part


def _lists(name: str) -> Callable[[pa.Table], _Part]:
    def part(rows: pa.Table) -> _Part:
        column = rows[name].combine_chunks()
        return _Part(pc.list_parent_indices(column).to_numpy().astype(np.int64), pc.list_flatten(column))

    return part


def _born_either(rows: pa.Table) -> _Part:
    """The earlier of the birth date and of that with day and month changed; null where there is but one reading."""
    born, swapped = rows["born"].combine_chunks(), rows["born_swapped"].combine_chunks()
    lower = pc.if_else(pc.is_valid(swapped), pc.min_element_wise(born, swapped), None)
    there = np.flatnonzero(pc.is_valid(lower).to_numpy(zero_copy_only=False))
    return _Part(there, lower.take(pa.array(there)))


def _years(rows: pa.Table) -> _Part:
    """The years in which the person can have been born: one by the birth date, two by an age."""
    begin, end = (pc.fill_null(rows[name], 0).to_numpy() for name in ("born_from", "born_to"))
    first, second = np.flatnonzero(begin > 0), np.flatnonzero((begin > 0) & (begin != end))
    years = np.concatenate([begin[first], end[second]])
    return _Part(np.concatenate([first, second]), pa.array(years).cast(pa.string()))


_PARTS: Final[dict[str, Callable[[pa.Table], _Part]]] = {
    **{
        name: _column(name)
        for name in ("forename", "surname", "surname_code", "born", "name_words", "email", "postcode", "crime")
    },
    **{name: _lists(name) for name in ("phones", "forename_roots")},
    "born_either": _born_either,
    "years": _years,
}


def _of_kind(kind: int, parts: list[_Part], secret: bytes) -> tuple[Numbers, Numbers]:
    """Rows and keys of one kind; a row with two phones and three roots has six."""
    rows, text = parts[0].rows, parts[0].values
    for part in parts[1:]:
        rows, text = _joined(_Part(rows, text), part)
    encoded = text.dictionary_encode()
    made: Numbers = np.fromiter(_hashed(kind, encoded.dictionary.to_pylist(), secret), np.int64)
    pairs = np.unique(np.stack([rows, made[encoded.indices.to_numpy()]], axis=1), axis=0) if len(rows) else None
    return (pairs[:, 0], pairs[:, 1]) if pairs is not None else (rows, np.zeros(0, np.int64))


def _joined(left: _Part, right: _Part) -> tuple[Numbers, pa.Array]:
    """Every value of a row on the left with every one of it on the right."""
    order = np.argsort(right.rows, kind="stable")
    begin = np.searchsorted(right.rows[order], left.rows, side="left")
    count = np.searchsorted(right.rows[order], left.rows, side="right") - begin
    which = np.repeat(np.arange(len(left.rows)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    other = right.values.take(pa.array(order[begin[which] + within]))
    # A line break is in no feature, so no two joins make one text.
    return left.rows[which], pc.binary_join_element_wise(left.values.take(pa.array(which)), other, "\n")


def _hashed(kind: int, texts: list[str], secret: bytes) -> Iterator[int]:
    for text in texts:
        digest = hashlib.blake2b(f"{kind}\n{text}".encode(), key=secret, digest_size=8).digest()
        yield int.from_bytes(digest, "big", signed=True)
