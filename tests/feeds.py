"""Feed files as senders write them, for tests of the whole way (interfaces: feeds). All persons are made up.

a_police_file([a_police_row(1), a_police_row(2, record_type="U")])            bytes with their trailer
a_fraud_file([a_fraud_row(1)], date(2019, 6, 3), sequence=1)                  bytes and their manifest
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

Row = dict[str, str]

FIRST_DAY = date(2019, 6, 3)

# What nobody but a person may show: every default value that could tell who somebody is has a mark of these.
CANARIES = ("zzamber", "zzbirch", "zzcedar", "zzquarry", "900987", "946 0987", "zznote", "zzelm", "e20 9zz")

POLICE_COLUMNS = (
    "record_type crime_reference viw_number recorded_at offence_from offence_to ho_code offence_title incident_kind "
    "da_flag dash_risk hate_flags vulnerable_flag repeat_flag victim_type title forename surname birth_date age sex "
    "ethnicity_self ethnicity_observed disability language interpreter address_1 address_2 address_3 address_4 "
    "postcode borough offence_borough offence_bcu mobile home_phone email preferred_contact safe_to_contact "
    "safe_contact_note consent opted_out officer station"
).split()
FRAUD_COLUMNS = (
    "reference status reported_at incident_from incident_to nfib_code nfib_title loss_gbp victim_category "
    "contact_name_given first_name last_name date_of_birth gender ethnicity disability vulnerable repeat_victim "
    "address town postcode local_authority phone email contact_preference support_consent police_force"
).split()


def police_key(number: int, viw: int = 1) -> str:
    """The key of `a_police_row(number)`, as the ledger and the rejects write it."""
    return f"{4_000_000 + number:07d}/19|{viw}"


def fraud_key(number: int) -> str:
    """The key of `a_fraud_row(number)`."""
    return f"NFRC1906{number:08d}"


def a_police_row(number: int = 1, /, **over: str) -> Row:
    """A sound row about victim `number`: a theft in 2019, a person who may be contacted and consents."""
    crime_reference, viw_number = police_key(number).split("|")
    row = dict.fromkeys(POLICE_COLUMNS, "") | {
        "record_type": "N",
        "crime_reference": crime_reference,
        "viw_number": viw_number,
        "recorded_at": "03/06/2019 10:15",
        "offence_from": "02/06/2019",
        "ho_code": "049/10",
        "offence_title": "Other theft",
        "incident_kind": "crime",
        "da_flag": "N",
        "vulnerable_flag": "N",
        "repeat_flag": "N",
        "victim_type": "I",
        "title": "Ms",
        "forename": "Zzamber",
        "surname": "Zzbirch",
        "birth_date": "12/03/1980",
        "age": "39",
        "sex": "F",
        "ethnicity_self": "W1",
        "ethnicity_observed": "IC1",
        "disability": "N",
        "language": "en",
        "interpreter": "N",
        "address_1": f"{number} Zzquarry Row",
        "postcode": "E20 9ZZ",
        "borough": "Newham",
        "offence_borough": "Newham",
        "offence_bcu": "NE",
        "mobile": "07700 900987",
        "home_phone": "020 7946 0987",
        "email": "zzelm@example.org",
        "preferred_contact": "phone",
        "safe_to_contact": "Y",
        "safe_contact_note": "Zznote: after six, ask for Zzcedar",
        "consent": "Y",
        "opted_out": "N",
        "officer": "PC 123",
        "station": "Plaistow",
    }
    return with_values(row, over)


def names_of(number: int) -> Row:
    """A forename and a surname unlike those of any other number."""
    drawn = random.Random(number)
    forename, surname = ("".join(drawn.choice("bdfgklmnprstvz") + drawn.choice("aeiou") for _ in "1234") for _ in "12")
    return {"forename": forename.title(), "surname": surname.title()}


def a_stranger(number: int = 1, /, **over: str) -> Row:
    """`a_police_row` about somebody with names of their own: nobody takes two of them for one person.

    For tests in which several victims must not be held, or need two people, because of each other.
    """
    return a_police_row(number, **names_of(number) | over)


def a_fraud_row(number: int = 1, /, **over: str) -> Row:
    """A sound row about report `number`: an online shopping fraud, a person who wants support."""
    row = dict.fromkeys(FRAUD_COLUMNS, "") | {
        "reference": fraud_key(number),
        "status": "New",
        "reported_at": "2019-06-03T14:05:00+01:00",
        "incident_from": "2019-06-01",
        "nfib_code": "NFIB3A",
        "nfib_title": "Online shopping and auctions",
        "loss_gbp": "1250.00",
        "victim_category": "individual",
        "first_name": "Zzamber",
        "last_name": "Zzbirch",
        "date_of_birth": "1961-07-30",
        "gender": "Female",
        "ethnicity": "British",
        "disability": "No",
        "vulnerable": "No",
        "repeat_victim": "No",
        "address": f"{number} Zzquarry Row",
        "town": "London",
        "postcode": "E20 9ZZ",
        "local_authority": "Newham",
        "phone": "020 7946 0987",
        "email": "zzelm@example.org",
        "contact_preference": "email",
        "support_consent": "Yes",
        "police_force": "01",
    }
    return with_values(row, over)


def a_police_file(rows: Sequence[Row | bytes] = (), *, end: str = "\r\n", trailer: bool = True) -> bytes:
    """A whole file in Windows-1252; a row given as bytes stands in it as it is."""
    body = records(POLICE_COLUMNS, rows, encoding="cp1252", end=end)
    return body + a_trailer(body, len(rows), end=end) if trailer else body


def a_trailer(body: bytes, rows: int, *, end: str = "\r\n") -> bytes:
    """The last line of a file whose bytes before it are `body`."""
    return f"TRAILER,{rows},{zlib.crc32(body):08X}{end}".encode()


def a_fraud_file(
    rows: Sequence[Row | bytes] = (), day: date = FIRST_DAY, sequence: int = 1, **manifest: Any
) -> tuple[bytes, bytes]:
    """A whole file in UTF-8 with its mark, and its manifest; `manifest` replaces what that says."""
    body = b"\xef\xbb\xbf" + records(FRAUD_COLUMNS, rows, encoding="utf-8", end="\r\n")
    stated = {
        "file": fraud_name(day),
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "records": len(rows),
        "sequence": sequence,
    }
    return body, json.dumps(stated | manifest).encode()


def police_name(day: int | date, sequence: int, force: str = "MPS") -> str:
    """A police file's name; `day` is a date, or counts from FIRST_DAY (0)."""
    return f"{force}_LVWS_{on(day):%Y%m%d}_{sequence:06d}.csv"


def fraud_name(day: int | date) -> str:
    """A fraud file's name; `day` as in `police_name`."""
    return f"AF_LVWS_{on(day):%Y-%m-%d}.csv"


def on(day: int | date) -> date:
    """A date, or one that counts from FIRST_DAY (0)."""
    return FIRST_DAY + timedelta(days=day) if isinstance(day, int) else day


def with_values(row: Row, over: Row) -> Row:
    """The row with other values in columns that it has."""
    assert over.keys() <= row.keys(), sorted(over.keys() - row.keys())
    return row | over


def records(columns: Sequence[str], rows: Sequence[Row | bytes], *, encoding: str, end: str) -> bytes:
    """Header and rows; a row given as bytes stands there as it is."""

    def line(values: Sequence[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator=end).writerow(values)
        return text.getvalue().encode(encoding)

    body = [row if isinstance(row, bytes) else line([row[name] for name in columns]) for row in rows]
    return b"".join([line(columns), *body])


def as_record(row: Row, *, end: str = "\r\n") -> bytes:
    """A police row as it stands in its file, for tests that damage it."""
    return records(POLICE_COLUMNS, [row], encoding="cp1252", end=end).partition(end.encode())[2]
