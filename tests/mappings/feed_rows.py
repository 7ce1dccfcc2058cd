"""Rows of the feeds as text, made from what a test is about; everything else is a plain valid default."""

from __future__ import annotations

import pyarrow as pa

from mappings.load import load
from mappings.normalise import Normalised, normalise

POLICE = {
    "record_type": "N",
    "crime_reference": "4217653/19",
    "viw_number": "1",
    "recorded_at": "03/06/2019 14:05",
    "offence_from": "01/06/2019",
    "offence_to": "",
    "ho_code": "008/30",
    "offence_title": "",
    "incident_kind": "crime",
    "da_flag": "N",
    "dash_risk": "",
    "hate_flags": "",
    "vulnerable_flag": "N",
    "repeat_flag": "N",
    "victim_type": "I",
    "title": "Ms",
    "forename": "Zzamber",
    "surname": "Zzbirch",
    "birth_date": "04/03/1990",
    "age": "",
    "sex": "F",
    "ethnicity_self": "",
    "ethnicity_observed": "",
    "disability": "",
    "language": "",
    "interpreter": "",
    "address_1": "",
    "address_2": "",
    "address_3": "",
    "address_4": "",
    "postcode": "",
    "borough": "",
    "offence_borough": "",
    "offence_bcu": "",
    "mobile": "",
    "home_phone": "",
    "email": "",
    "preferred_contact": "",
    "safe_to_contact": "",
    "safe_contact_note": "",
    "consent": "",
    "opted_out": "N",
    "officer": "",
    "station": "",
}

FRAUD = {
    "reference": "NFRC190601234567",
    "status": "New",
    "reported_at": "2019-06-03T14:05:00+01:00",
    "incident_from": "2019-06-01",
    "incident_to": "",
    "nfib_code": "NFIB3A",
    "nfib_title": "Online shopping and auctions",
    "loss_gbp": "",
    "victim_category": "individual",
    "contact_name_given": "",
    "first_name": "Zzamber",
    "last_name": "Zzbirch",
    "date_of_birth": "1990-03-04",
    "gender": "",
    "ethnicity": "",
    "disability": "",
    "vulnerable": "No",
    "repeat_victim": "No",
    "address": "",
    "town": "",
    "postcode": "",
    "local_authority": "",
    "phone": "",
    "email": "",
    "contact_preference": "",
    "support_consent": "Yes",
    "police_force": "",
}

DEFAULTS = {"police_referral": POLICE, "fraud_referral": FRAUD}


def table_of(*rows: dict[str, str], layout: str = "police_referral") -> pa.Table:
    defaults = DEFAULTS[layout]
    assert all(row.keys() <= defaults.keys() for row in rows)
    return pa.table({name: pa.array([(defaults | row)[name] for row in rows], pa.string()) for name in defaults})


def normal(*rows: dict[str, str], layout: str = "police_referral") -> Normalised:
    return normalise(table_of(*rows, layout=layout), load(layout))


def one(layout: str = "police_referral", /, **columns: str) -> dict[str, object]:
    """The canonical form of one row."""
    return normal(columns, layout=layout).table.to_pylist()[0]


def rules(result: Normalised) -> list[tuple[str, str, list[int]]]:
    return [(found.column, found.rule, found.rows.tolist()) for found in result.unmapped]
