"""A made-up police file of any length, written in bounded memory: what a force might send, and what goes wrong in it.

The people, offences and streets are those of samples/, so nobody is real. The same length gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from samples import police
from validators.police_referral import LAYOUT

DAY: Final = date(2019, 6, 3)
NAME: Final = "MPS_LVWS_20190603_000001.csv"

_VERSION: Final = 1  # of this file's content: a cached one of another version is made anew
_POOL: Final = 20_000
_PIECE: Final = 5_000
_PLACE: Final = {name: place for place, name in enumerate(LAYOUT.names)}

# Shares of all rows.
_SHARES: Final = {"update": 0.01, "duplicate": 0.01, "broken": 0.005, "filler": 0.01}
_NOTED: Final = 0.10

# How often a force fills what it need not fill; what is not here is always as the samples have it.
_FILLED: Final = {
    "title": 0.5, "birth_date": 0.85, "age": 0.4, "sex": 0.95, "ethnicity_self": 0.6, "ethnicity_observed": 0.5,
    "disability": 0.2, "language": 0.15, "interpreter": 0.2, "address_1": 0.95, "address_2": 0.7, "address_3": 0.3,
    "address_4": 0.3, "postcode": 0.8, "borough": 0.7, "offence_borough": 0.8, "offence_bcu": 0.5, "mobile": 0.75,
    "home_phone": 0.4, "email": 0.5, "preferred_contact": 0.25, "safe_to_contact": 0.3, "opted_out": 0.3,
    "officer": 0.5, "station": 0.3, "consent": 0.6,
}  # fmt: skip

_FILLERS: Final = {"postcode": "ZZ99 3VZ", "birth_date": "01/01/1900", "mobile": "07777777777", "forename": "UNKNOWN"}
_BROKEN: Final = {
    "recorded_at": "31/06/2019 10:15", "crime_reference": "4200000-19", "ho_code": "999/99", "da_flag": "?",
}  # fmt: skip
_NOTES: Final = (
    "Text first, then call after six",
    'Ask for "the library", and say nothing to whoever answers',
    "Works nights, sleeps until 14:00",
    police.NOTE,
)


@dataclass(frozen=True)
class Made:
    """A file that lies ready, and what is in it."""

    path: Path
    rows: int
    bytes: int
    filled: float
    """Share of fields that are not blank."""


def make(folder: Path, rows: int) -> Made:
    """The file of so many rows in `folder`; taken from there if it was made before."""
    path, note = folder / f"police_{rows}_v{_VERSION}.csv", folder / f"police_{rows}_v{_VERSION}.json"
    if note.exists() and path.exists():
        known = json.loads(note.read_text(encoding="utf-8"))
        if path.stat().st_size == known["bytes"]:
            return Made(path=path, **known)
    folder.mkdir(parents=True, exist_ok=True)
    made = _write(path, rows)
    known = {name: value for name, value in asdict(made).items() if name != "path"}
    note.write_text(json.dumps(known), encoding="utf-8")
    return made


def _write(path: Path, rows: int) -> Made:
    checksum = size = filled = 0
    with path.open("wb") as file:

        def put(data: bytes, *, counts: bool = True) -> None:
            nonlocal checksum, size
            checksum = zlib.crc32(data, checksum) if counts else checksum
            size += file.write(data)

        put(_text([list(LAYOUT.names)]))
        for piece in _pieces(rows):
            filled += sum(1 for row in piece for value in row if value)
            put(_text(piece))
        put(f"TRAILER,{rows},{checksum:08X}\r\n".encode("ascii"), counts=False)
    return Made(path, rows, size, filled / (rows * len(LAYOUT.names)))


def _text(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("cp1252")


def _pieces(rows: int) -> Iterator[list[list[str]]]:
    chance = random.Random(20190603)  # noqa: S311 - made-up people need no secrets
    pool = [_ordinary(chance, number) for number in range(_POOL)]
    lately: list[list[str]] = []
    for start in range(0, rows, _PIECE):
        piece = [_row(chance, pool, lately, number) for number in range(start, min(start + _PIECE, rows))]
        lately = [row for row in piece if len(row) == len(_PLACE)]
        yield piece


def _ordinary(chance: random.Random, number: int) -> list[str]:
    """One of the rows that all others are varied from."""
    offence = chance.choice(list(police.OFFENCES))
    values = police.made(number % 1000, offence, DAY - timedelta(days=number % 90))
    if chance.random() < 0.12:
        values |= {"da_flag": "Y", "dash_risk": chance.choice("SMH"), "consent": "Y" if chance.random() < 0.95 else ""}
    if chance.random() < 0.03:
        values |= {"victim_type": "O", "title": "", "forename": "", "birth_date": "", "age": ""}
    for name, share in _FILLED.items():
        if chance.random() >= share and (name != "consent" or values["da_flag"] == "N"):
            values[name] = ""
    if chance.random() < 0.02:
        values["opted_out"] = "Y"
    return [values.get(name, "") for name in _PLACE]


def _row(chance: random.Random, pool: list[list[str]], lately: list[list[str]], number: int) -> list[str]:
    """Row `number`: a new referral, or one of few that are something else."""
    kind = chance.choices([*_SHARES, "new"], [*_SHARES.values(), 1 - sum(_SHARES.values())])[0]
    if kind in {"update", "duplicate"} and lately:
        again = chance.choice(lately).copy()
        _set(again, record_type="U")
        if kind == "update":
            _set(again, mobile=f"07700 900{chance.randrange(1000):03d}", officer="")
        return again
    row = chance.choice(pool).copy()
    _set(row, crime_reference=f"{1_000_000 + number % 9_000_000:07d}/{10 + number // 9_000_000:02d}")
    _set(row, mobile=row[_PLACE["mobile"]] and f"07700 900{chance.randrange(1000):03d}")
    _set(row, address_1=row[_PLACE["address_1"]] and f"{chance.randrange(1, 300)}")
    if chance.random() < _NOTED:
        _set(row, safe_contact_note=f"{chance.choice(_NOTES)} ({number})")
    if kind == "filler":
        _set(row, **dict([chance.choice(list(_FILLERS.items()))]))
    elif kind == "broken":
        _break(chance, row)
    return row


def _break(chance: random.Random, row: list[str]) -> None:
    column, value = chance.choice([*_BROKEN.items(), ("", "")])
    if column:
        _set(row, **{column: value})
    else:
        row.pop()


def _set(row: list[str], **values: str) -> None:
    for name, value in values.items():
        row[_PLACE[name]] = value
