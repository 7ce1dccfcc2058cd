"""Sound rows of each layout, which faults are made from, and how a row becomes bytes of a file.

Nobody in them exists: phones of Ofcom's ranges for drama, postcodes of districts that there are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from synth.formats import Feed
from validators.case_event import LAYOUT as EVENT
from validators.layout import Layout

Row = dict[str, str]
NO_BYTES: Final[Mapping[str, bytes | None]] = MappingProxyType({})

# A referral that every run with faults has, and an event of it: what other events are about.
GROUND: Final = 0
GROUND_SOURCE: Final = "contact_centre"
GROUND_REFERRAL: Final = f"CC{GROUND:06d}"
GROUND_EVENT: Final = f"X{GROUND:06d}"
# For changes: no sound row has it.
OTHER_PHONE: Final = "07700 900911"

_PEOPLE: Final = (
    *(("Amina", "Okonjo"), ("Bronagh", "Tierney"), ("Chandra", "Velupillai"), ("Dragan", "Petrovic")),
    *(("Esi", "Quarshie"), ("Farid", "Haidari"), ("Grace", "Penhaligon"), ("Huong", "Trinh")),
    *(("Ines", "Figueira"), ("Jolanta", "Wrona"), ("Kwame", "Darkwah"), ("Leyla", "Aksoy")),
)
_STREETS: Final = ("Zeppelin Rise", "Quillfeather Road", "Marzipan Row", "Thimblegate")
_NEEDS_QUOTES: Final = re.compile('[",\r\n]')


def sound_row(layout: Layout, number: int, day: date) -> Row:
    """A row that is created, of a key that no sound row of any plan has; in a file of `day` or of later days."""
    row = dict.fromkeys(layout.names, "") | _ROWS[layout.name](number, day)
    assert len(row) == len(layout.names)
    return row


def key_of(layout: Layout, row: Mapping[str, str]) -> str:
    """The row's key as the ledger has it."""
    return "|".join(row[name] for name in layout.key_columns)


def record(
    row: Mapping[str, str], feed: Feed, raw: Mapping[str, bytes | None] = NO_BYTES, *, other_end: bool = False
) -> bytes:
    """The row as it stands in its file; columns in `raw` hold those bytes, or are left out."""
    encoding = "cp1252" if feed.layout.encoding == "cp1252" else "utf-8"
    given = {name: _field(value).encode(encoding) for name, value in row.items()} | dict(raw)
    fields = [value for value in given.values() if value is not None]
    return b",".join(fields) + line_end(feed, other=other_end)


def line_end(feed: Feed, *, other: bool = False) -> bytes:
    """What lines of the feed end in, or what they do not."""
    return b"\r\n" if (feed.line_end == "\r\n") != other else b"\n"


def _field(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def _person(number: int) -> tuple[str, str, date]:
    """Forename, surname and birth date."""
    first, last = number % len(_PEOPLE), (number // len(_PEOPLE)) % len(_PEOPLE)
    return _PEOPLE[first][0], _PEOPLE[last][1], date(1950 + number % 45, 1 + number % 12, 1 + number % 28)


def _mobile(number: int) -> str:
    return f"07700 900{number % 900:03d}"


def _postcode(number: int) -> str:
    return f"E{21 + number % 70} {number % 10}ZZ"


def _street(number: int) -> str:
    return f"{1 + number % 200} {_STREETS[number % len(_STREETS)]}"


def _instant(day: date, time: str) -> str:
    """In universal time, so that no clock change is near."""
    return f"{day:%Y-%m-%d}T{time}:00+00:00"


def _police(number: int, day: date) -> Row:
    forename, surname, born = _person(number)
    recorded = day - timedelta(days=1)
    age = recorded.year - born.year - ((recorded.month, recorded.day) < (born.month, born.day))
    return {
        "record_type": "N",
        # The plan's references begin at a million.
        "crime_reference": f"{number:07d}/{recorded:%y}",
        "viw_number": "1",
        "recorded_at": f"{recorded:%d/%m/%Y} 10:15",
        "offence_from": f"{recorded - timedelta(days=1):%d/%m/%Y}",
        "ho_code": "049/10",
        "offence_title": "Other theft",
        "incident_kind": "crime",
        "da_flag": "N",
        "vulnerable_flag": "N",
        "repeat_flag": "N",
        "victim_type": "I",
        "forename": forename,
        "surname": surname,
        "birth_date": f"{born:%d/%m/%Y}",
        "age": str(age),
        "sex": "F",
        "ethnicity_self": "B2",
        "ethnicity_observed": "IC3",
        "disability": "N",
        "language": "en",
        "interpreter": "N",
        "address_1": _street(number),
        "postcode": _postcode(number),
        "borough": "Newham",
        "offence_borough": "Newham",
        "offence_bcu": "NE",
        "mobile": _mobile(number),
        "home_phone": f"020 7946 0{number % 1000:03d}",
        "email": f"row{number}@example.org",
        "preferred_contact": "phone",
        "safe_to_contact": "Y",
        "safe_contact_note": "After six",
        "consent": "Y",
        "opted_out": "N",
        "officer": "PC 204",
        "station": "Zedfield",
    }


def _fraud(number: int, day: date) -> Row:
    forename, surname, born = _person(number)
    return {
        "reference": f"NFRC{number:06d}",  # the plan's have twelve digits
        "status": "New",
        "reported_at": _instant(day - timedelta(days=1), "14:05"),
        "incident_from": f"{day - timedelta(days=3)}",
        "nfib_code": "NFIB3A",
        "nfib_title": "Online shopping and auctions",
        "loss_gbp": "1250.00",
        "victim_category": "individual",
        "first_name": forename,
        "last_name": surname,
        "date_of_birth": f"{born}",
        "gender": "Female",
        "ethnicity": "African",
        "disability": "No",
        "vulnerable": "No",
        "repeat_victim": "No",
        "address": _street(number),
        "town": "London",
        "postcode": _postcode(number),
        "local_authority": "Newham",
        "phone": _mobile(number),
        "email": f"row{number}@example.org",
        "contact_preference": "email",
        "support_consent": "Yes",
        "police_force": "01",
    }


def _contact(number: int, day: date) -> Row:
    forename, surname, born = _person(number)
    return {
        "referral_reference": f"CC{number:06d}",  # the plan's have seven digits or more
        "received_at": _instant(day, "10:15"),
        "channel": "self",
        "incident_kind": "crime",
        "ho_code": "049/10",
        "da_flag": "N",
        "offence_from": f"{day - timedelta(days=2)}",
        "reported_to_police": "N",
        "forename": forename,
        "surname": surname,
        "birth_date": f"{born}",
        "sex": "F",
        "ethnicity_self": "B2",
        "disability": "N",
        "sexual_orientation": "heterosexual",
        "religion": "Sikh",
        "language": "en",
        "address_1": _street(number),
        "postcode": _postcode(number),
        "borough": "Newham",
        "phone": _mobile(number),
        "email": f"row{number}@example.org",
        "preferred_contact": "phone",
        "safe_to_contact": "Y",
        "consent": "Y",
    }


def _witness(number: int, day: date) -> Row:
    forename, surname, born = _person(number)
    return {
        "witness_reference": f"W{number:06d}",  # the plan's have nine digits
        "urn": f"01ZZ{number:07d}",
        "received_at": f"{day:%d/%m/%Y} 10:15",
        "referred_by": "wcu",
        "called_by": "prosecution",
        "complainant": "N",
        "vulnerable": "N",
        "intimidated": "N",
        "court": "Snaresbrook Crown Court",
        "trial_date": f"{day + timedelta(days=60):%d/%m/%Y}",
        "forename": forename,
        "surname": surname,
        "birth_date": f"{born:%d/%m/%Y}",
        "sex": "F",
        "ethnicity_self": "B2",
        "phone": _mobile(number),
        "email": f"row{number}@example.org",
        "safe_to_contact": "Y",
        "visit_requested": "Y",
        "consent": "Y",
        "professional_witness": "N",
    }


def _event(number: int, day: date) -> Row:
    return {
        "event_id": f"X{number:06d}",
        "referral_source": GROUND_SOURCE,
        "referral_key": GROUND_REFERRAL,
        **event_values("contact_attempt"),
        "at": _instant(day, "11:00"),
        "worker": "S1001",
    }


def event_values(event: str) -> Row:
    """What a sound event of this kind says in the columns that depend on the kind."""
    said = {"event": event, "role": "", "category": "", "before": "", "after": ""}
    of_event = [choice for choice in EVENT.choices if choice.value == event and choice.required]
    return said | {choice.column: choice.codes[0] if choice.codes else "E-0" for choice in of_event}


_ROWS: Final[Mapping[str, Callable[[int, date], Row]]] = {
    "police_referral": _police,
    "fraud_referral": _fraud,
    "contact_referral": _contact,
    "witness_referral": _witness,
    "case_event": _event,
}
