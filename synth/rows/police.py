"""Rows of the police's feeds (validators/police_referral.py)."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Ints
from synth.population import places
from synth.population.demands import flags_of, whole
from synth.rows import text
from validators.police_referral import LAYOUT

# As officers write them: with commas, quotation marks and line ends, which a file has to carry.
_NOTES: Final = (
    "Call after 18:00 only.\nLeave no message.",
    "Suspect lives at the address, never write.",
    'Ask for "Sam" and say that it is the dentist.',
    "Partner reads the phone.\r\nNo text messages, no e-mail.",
    "Works nights; not before noon.",
    "Safe on weekdays from 9 to 3, school hours.",
)
_SAME: Final = (
    *("title", "forename", "surname", "sex", "disability", "language", "interpreter", "address_1", "address_2"),
    *("address_3", "address_4", "postcode", "borough", "mobile", "home_phone", "email", "preferred_contact"),
)


def police_rows(plan: pa.Table, people: pa.Table) -> pa.Table:
    """New referrals by the police; plan and people row for row, both of police lines alone."""
    number = whole(plan["number"]).to_numpy(zero_copy_only=False)
    scene = places.numbers_of(whole(plan["offence_borough_code"]))
    columns = {name: text.text(people[name]) for name in _SAME}
    columns |= {name: text.text(plan[name]) for name in ("offence_title", "incident_kind", "dash_risk", "hate_flags")}
    columns |= {
        "record_type": text.constant("N", len(plan)),
        "crime_reference": text.key_part(plan["key"], 0),
        "viw_number": text.key_part(plan["key"], 1),
        "recorded_at": text.moments(plan["recorded_at"]),
        "offence_from": text.days(plan["offence_from"], LAYOUT.date_order),
        "offence_to": text.days(plan["offence_to"], LAYOUT.date_order),
        "ho_code": text.text(plan["offence_code"]),
        "da_flag": text.yes_no(plan["da"]),
        "vulnerable_flag": text.yes_no(plan["vulnerable"]),
        "repeat_flag": text.yes_no(people["repeat"]),
        "victim_type": text.constant("I", len(plan)),
        "birth_date": text.days(people["birth_date"], LAYOUT.date_order),
        "age": text.text(people["age"]),
        "ethnicity_self": text.text(people["ethnicity"]),
        "ethnicity_observed": text.text(people["observed"]),
        "offence_borough": places.names_of(scene),
        "offence_bcu": _bcus(plan, scene),
        "safe_to_contact": text.text(plan["safe_to_contact"]),
        "safe_contact_note": _notes(plan, number),
        "consent": text.text(plan["consent"]),
        "opted_out": text.constant("N", len(plan)),
        **_officers(number, scene),
    }
    return text.table(LAYOUT, columns, plan["day"])


def _bcus(plan: pa.Table, scene: Ints) -> pa.Array:
    """Commands of the Metropolitan Police; the other two forces have none."""
    mps = pc.equal(whole(plan["source"]), "mps")
    return pc.if_else(mps, places.bcus_of(scene), "")


def _notes(plan: pa.Table, number: Ints) -> pa.Array:
    """A note for all who are unsafe to contact, and a few of whom the police know domestic abuse."""
    unsafe = pc.equal(whole(plan["safe_to_contact"]), "N").to_numpy(zero_copy_only=False)
    noted = unsafe | (flags_of(plan["da"]) & (number % 11 == 0))
    place = np.where(noted, number * 7919 % len(_NOTES), len(_NOTES))
    return pc.take(pa.array([*_NOTES, ""], text.TEXT), pa.array(place))


def _officers(number: Ints, scene: Ints) -> dict[str, pa.Array]:
    """Invented warrant numbers, and stations that are numbers of an area."""
    officer = pa.array(100_000 + number * 104_729 % 30_011).cast(text.TEXT)
    station = pa.array(10 + (scene + 1) * 3 + number % 3).cast(text.TEXT)
    return {
        "officer": pc.binary_join_element_wise("ZZ", officer, ""),
        "station": pc.binary_join_element_wise("Station", station, " "),
    }
