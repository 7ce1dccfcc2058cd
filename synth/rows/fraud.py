"""Rows of the fraud reporting service's feed (validators/fraud_referral.py)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from synth.population import places
from synth.population.demands import whole
from synth.rows import text
from validators import contact_referral
from validators.fraud_referral import ETHNICITY_18_PLUS_1, LAYOUT

_GENDERS: Final = {"F": "Female", "M": "Male", "U": "Prefer not to say"}
_ANSWERS: Final = {"Y": "Yes", "N": "No"}
_LABELS: Final = dict(zip(contact_referral.ETHNICITY_18_PLUS_1, ETHNICITY_18_PLUS_1, strict=True))
_YES_NO: Final = ("Yes", "No")
_METROPOLITAN, _CITY = "01", "48"


def fraud_rows(plan: pa.Table, people: pa.Table) -> pa.Table:
    """New reports by individuals who want support; plan and people row for row, of the fraud service alone."""
    count = len(plan)
    columns = {
        "reference": text.text(plan["key"]),
        "status": text.constant("New", count),
        "reported_at": text.instants(plan["recorded_at"]),
        "incident_from": text.days(plan["offence_from"], LAYOUT.date_order),
        "incident_to": text.days(plan["offence_to"], LAYOUT.date_order),
        "nfib_code": text.text(plan["offence_code"]),
        "nfib_title": text.text(plan["offence_title"]),
        "loss_gbp": text.text(plan["loss_gbp"]),
        "victim_category": text.constant("individual", count),
        "first_name": text.text(people["forename"]),
        "last_name": text.text(people["surname"]),
        "date_of_birth": text.days(people["birth_date"], LAYOUT.date_order),
        "gender": text.worded(people["sex"], _GENDERS),
        "ethnicity": text.worded(people["ethnicity_18"], _LABELS),
        "disability": text.worded(people["disability"], _ANSWERS),
        "vulnerable": text.yes_no(plan["vulnerable"], _YES_NO),
        "repeat_victim": text.yes_no(people["repeat"], _YES_NO),
        "address": text.text(people["address"]),
        "town": text.text(people["town"]),
        "postcode": text.text(people["postcode"]),
        "local_authority": text.text(people["borough"]),
        "phone": text.phone(people),
        "email": text.text(people["email"]),
        "contact_preference": text.text(people["preferred_contact"]),
        "support_consent": text.constant("Yes", count),
        "police_force": _forces(people),
    }
    return text.table(LAYOUT, columns, plan["day"])


def _forces(people: pa.Table) -> pa.Array:
    """The force of the place of residence; blank outside London, where it may be any."""
    borough = whole(people["borough"])
    known = places.places()
    outside = pc.or_(pc.equal(borough, known.names[-1]), pc.equal(borough, ""))
    force = pc.if_else(pc.equal(borough, known.names[0]), _CITY, _METROPOLITAN)
    return pc.if_else(outside, "", force)
