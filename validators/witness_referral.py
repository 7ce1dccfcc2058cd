"""Witnesses of trials: source `witness_care_unit` (interfaces: feeds, Witnesses). A complainant is a witness too."""

from __future__ import annotations

from validators.layout import Column, Kind, Layout, flags, texts
from validators.police_referral import ETHNICITY_16_PLUS_1

LAYOUT = Layout(
    name="witness_referral",
    encoding="cp1252",
    complete="trailer",
    date_order="dd/mm/yyyy",
    key_columns=("witness_reference",),
    columns=(
        Column("witness_reference", Kind.SHAPE, pattern="W[0-9]{1,20}", rule="key_shape", required=True),
        *texts("urn"),
        Column("received_at", Kind.MOMENT),
        Column("referred_by", Kind.CODE, codes=("wcu", "cps", "defence_solicitor", "self", "other"), required=True),
        Column("called_by", Kind.CODE, codes=("prosecution", "defence")),
        *flags("complainant"),
        *texts("crime_reference"),
        *flags("vulnerable", "intimidated"),
        *texts("court"),
        Column("trial_date", Kind.DAY_TO_COME),
        Column("forename", Kind.NAME),
        Column("surname", Kind.NAME),
        Column("birth_date", Kind.BIRTH_DATE),
        Column("sex", Kind.CODE, codes=("M", "F", "U")),
        Column("ethnicity_self", Kind.CODE, codes=ETHNICITY_16_PLUS_1),
        Column("phone", Kind.PHONE),
        Column("email", Kind.EMAIL),
        *flags("safe_to_contact", "visit_requested", "consent", "professional_witness"),
    ),
)
