"""Rows of the contact centre's feed (validators/contact_referral.py)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from synth.rows import text
from validators.contact_referral import LAYOUT

_FROM_PLAN: Final = (
    *("channel", "agency_type", "incident_kind", "dash_score", "dash_risk", "reported_to_police", "safe_to_contact"),
    "consent",
)
_FROM_PEOPLE: Final = (
    *("forename", "surname", "sex", "disability", "sexual_orientation", "religion", "language", "postcode", "borough"),
    *("email", "preferred_contact"),
)


def contact_rows(plan: pa.Table, people: pa.Table) -> pa.Table:
    """Self-referrals and other agencies'; plan and people row for row, of the contact centre alone."""
    columns = {name: text.text(plan[name]) for name in _FROM_PLAN}
    columns |= {name: text.text(people[name]) for name in _FROM_PEOPLE}
    columns |= {
        "referral_reference": text.text(plan["key"]),
        "received_at": text.instants(plan["recorded_at"]),
        "ho_code": text.text(plan["offence_code"]),
        "da_flag": text.yes_no(plan["da"]),
        "offence_from": text.days(plan["offence_from"], LAYOUT.date_order),
        "police_reference": text.text(people["same_crime_reference"]),
        "birth_date": text.days(people["birth_date"], LAYOUT.date_order),
        "ethnicity_self": text.text(people["ethnicity_18"]),
        "address_1": text.text(people["address"]),
        "phone": text.phone(people),
    }
    return text.table(LAYOUT, columns, plan["day"])
