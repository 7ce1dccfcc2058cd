"""Files of the contact centre, of witness care and of case activity as they are written (interfaces: feeds).

a_contact_file([a_contact_row(1)])       self-referrals and other agencies
a_witness_file([a_witness_row(1)])       witnesses of trials
an_activity_file([an_event(1, referral_key=contact_key(1))])    what caseworkers did
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tests.feeds import Row, a_trailer, on, records, with_values

CONTACT_COLUMNS = (
    "referral_reference received_at channel agency_type incident_kind ho_code da_flag dash_score dash_risk offence_from "
    "reported_to_police police_reference forename surname birth_date sex ethnicity_self disability sexual_orientation "
    "religion language address_1 postcode borough phone email preferred_contact safe_to_contact consent"
).split()
WITNESS_COLUMNS = (
    "witness_reference urn received_at referred_by called_by complainant crime_reference vulnerable intimidated court "
    "trial_date forename surname birth_date sex ethnicity_self phone email safe_to_contact visit_requested consent "
    "professional_witness"
).split()
EVENT_COLUMNS = "event_id referral_source referral_key event at role category before after worker".split()


def contact_key(number: int) -> str:
    """The key of `a_contact_row(number)`."""
    return f"CC{number:07d}"


def witness_key(number: int) -> str:
    """The key of `a_witness_row(number)`."""
    return f"W{number:06d}"


def a_contact_row(number: int = 1, /, **over: str) -> Row:
    """A sound row: somebody who called about a theft, gave a code for it and consents."""
    row = dict.fromkeys(CONTACT_COLUMNS, "") | {
        "referral_reference": contact_key(number),
        "received_at": "2019-06-03T10:15:00+01:00",
        "channel": "self",
        "incident_kind": "crime",
        "ho_code": "049/10",
        "da_flag": "N",
        "offence_from": "2019-06-01",
        "reported_to_police": "N",
        "forename": "Zzamber",
        "surname": "Zzbirch",
        "birth_date": "1980-03-12",
        "sex": "F",
        "ethnicity_self": "W1",
        "disability": "N",
        "sexual_orientation": "heterosexual",
        "religion": "Sikh",
        "language": "en",
        "address_1": f"{number} Zzquarry Row",
        "postcode": "E20 9ZZ",
        "borough": "Newham",
        "phone": "07700 900987",
        "email": "zzelm@example.org",
        "preferred_contact": "phone",
        "safe_to_contact": "Y",
        "consent": "Y",
    }
    return with_values(row, over)


def a_witness_row(number: int = 1, /, **over: str) -> Row:
    """A sound row: somebody whom the prosecution calls, who wants to see the court before."""
    row = dict.fromkeys(WITNESS_COLUMNS, "") | {
        "witness_reference": witness_key(number),
        "urn": f"01ZZ{number:07d}19",
        "received_at": "03/06/2019 10:15",
        "referred_by": "wcu",
        "called_by": "prosecution",
        "complainant": "N",
        "vulnerable": "N",
        "intimidated": "N",
        "court": "Snaresbrook Crown Court",
        "trial_date": "16/09/2030",
        "forename": "Zzamber",
        "surname": "Zzbirch",
        "birth_date": "12/03/1980",
        "sex": "F",
        "ethnicity_self": "W1",
        "phone": "07700 900987",
        "email": "zzelm@example.org",
        "safe_to_contact": "Y",
        "visit_requested": "Y",
        "consent": "Y",
        "professional_witness": "N",
    }
    return with_values(row, over)


def an_event(number: int = 1, /, **over: str) -> Row:
    """A sound event: the person of `a_contact_row(1)` accepts support."""
    row = dict.fromkeys(EVENT_COLUMNS, "") | {
        "event_id": f"E{number:08d}",
        "referral_source": "contact_centre",
        "referral_key": contact_key(1),
        "event": "take_up",
        "at": "2019-06-04T11:00:00+01:00",
        "worker": "S1001",
    }
    return with_values(row, over)


def a_contact_file(rows: Sequence[Row | bytes] = ()) -> bytes:
    """A whole file in UTF-8."""
    return _file(CONTACT_COLUMNS, rows, "utf-8")


def a_witness_file(rows: Sequence[Row | bytes] = ()) -> bytes:
    """A whole file in Windows-1252."""
    return _file(WITNESS_COLUMNS, rows, "cp1252")


def an_activity_file(rows: Sequence[Row | bytes] = ()) -> bytes:
    """A whole file in UTF-8."""
    return _file(EVENT_COLUMNS, rows, "utf-8")


def contact_name(day: int | date, sequence: int) -> str:
    """`day` is a date, or counts from FIRST_DAY (0); so in the names below."""
    return f"CC_LVWS_{on(day):%Y%m%d}_{sequence:06d}.csv"


def witness_name(day: int | date, sequence: int) -> str:
    return f"WCU_LVWS_{on(day):%Y%m%d}_{sequence:06d}.csv"


def activity_name(day: int | date, sequence: int) -> str:
    return f"ACT_LVWS_{on(day):%Y%m%d}_{sequence:06d}.csv"


def _file(columns: Sequence[str], rows: Sequence[Row | bytes], encoding: str) -> bytes:
    body = records(columns, rows, encoding=encoding, end="\n")
    return body + a_trailer(body, len(rows), end="\n")
