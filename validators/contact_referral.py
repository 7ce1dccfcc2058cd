"""Self-referrals and referrals by other agencies: source `contact_centre` (interfaces: feeds, Contact centre)."""

from __future__ import annotations

from validators.layout import Column, Kind, Layout, flags, texts

# 18+1 (2011 Census based), reference/ethnicity_18plus1.csv.
ETHNICITY_18_PLUS_1 = (
    *("W1", "W2", "W3", "W9", "M1", "M2", "M3", "M9", "A1", "A2", "A3", "A4", "A9", "B1", "B2", "B9"),
    *("O2", "O9", "NS"),
)
AGENCIES = ("social_services", "health", "housing", "education", "voluntary", "probation", "legal", "other")

LAYOUT = Layout(
    name="contact_referral",
    encoding="utf-8",
    complete="trailer",
    date_order="yyyy-mm-dd",
    key_columns=("referral_reference",),
    columns=(
        Column("referral_reference", Kind.SHAPE, pattern="CC[0-9]{1,20}", rule="key_shape", required=True),
        Column("received_at", Kind.INSTANT),
        Column("channel", Kind.CODE, codes=("self", "agency"), required=True),
        Column("agency_type", Kind.CODE, codes=AGENCIES),
        Column("incident_kind", Kind.CODE, codes=("crime", "non-crime"), required=True),
        Column("ho_code", Kind.SHAPE, pattern="[0-9]{3}/[0-9]{2}", rule="code_shape"),
        Column("da_flag", Kind.CODE, codes=("Y", "N"), required=True),
        Column("dash_score", Kind.NUMBER, pattern="0|[1-9]|1[0-9]|2[0-7]", rule="number"),
        Column("dash_risk", Kind.CODE, codes=("S", "M", "H")),
        Column("offence_from", Kind.DATE),
        *flags("reported_to_police"),
        *texts("police_reference"),
        Column("forename", Kind.NAME),
        Column("surname", Kind.NAME),
        Column("birth_date", Kind.BIRTH_DATE),
        Column("sex", Kind.CODE, codes=("M", "F", "U")),
        Column("ethnicity_self", Kind.CODE, codes=ETHNICITY_18_PLUS_1),
        *flags("disability"),
        *texts("sexual_orientation", "religion"),
        Column("language", Kind.SHAPE, pattern="[A-Za-z]{2}", rule="code_shape"),
        *texts("address_1"),
        Column("postcode", Kind.POSTCODE),
        *texts("borough"),
        Column("phone", Kind.PHONE),
        Column("email", Kind.EMAIL),
        Column("preferred_contact", Kind.CODE, codes=("phone", "sms", "email", "post")),
        *flags("safe_to_contact", "consent"),
    ),
)
