"""Rows of the Witness Care Units' feed (validators/witness_referral.py)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from synth.rows import text
from validators.witness_referral import LAYOUT

_FLAGS: Final = ("complainant", "vulnerable", "intimidated", "visit_requested")
_FROM_PLAN: Final = ("urn", "referred_by", "called_by", "crime_reference", "court")
_FROM_PEOPLE: Final = ("forename", "surname", "sex", "phone", "email")


def witness_rows(plan: pa.Table, people: pa.Table) -> pa.Table:
    """Witnesses of trials; plan and people row for row."""
    count = len(plan)
    columns = {name: text.text(plan[name]) for name in _FROM_PLAN}
    columns |= {name: text.yes_no(plan[name]) for name in _FLAGS}
    columns |= {name: text.text(people[name]) for name in _FROM_PEOPLE}
    columns |= {
        "witness_reference": text.text(plan["key"]),
        "received_at": text.moments(plan["received_at"]),
        "trial_date": text.days(plan["trial_date"], LAYOUT.date_order),
        "birth_date": text.days(people["birth_date"], LAYOUT.date_order),
        "ethnicity_self": text.text(people["ethnicity"]),
        "safe_to_contact": text.constant("Y", count),
        "consent": text.constant("Y", count),
        "professional_witness": text.constant("N", count),
    }
    return text.table(LAYOUT, columns, plan["day"])
