"""Police referrals: sources `mps`, `btp` and `colp` (interfaces: feeds, Police referrals)."""

from __future__ import annotations

from validators.layout import AgeGiven, Column, Kind, Layout, Needed, flags, texts

CRIME_REFERENCE = "[0-9]{7}/[0-9]{2}|[0-9]{2}/[0-9]{7}/[0-9]{2}"

# 16+1 (2001 Census based), reference/ethnicity_16plus1.csv.
ETHNICITY_16_PLUS_1 = (
    *("W1", "W2", "W9", "M1", "M2", "M3", "M9", "A1", "A2", "A3", "A9", "B1", "B2", "B9"),
    *("O1", "O9", "NS"),
)
ETHNICITY_OBSERVED = ("IC0", "IC1", "IC2", "IC3", "IC4", "IC5", "IC6", "IC7", "IC9")
HATE_FLAGS = ("AS", "FH", "HO", "IS", "RI", "TR", "VA", "VH")
PREFERRED_CONTACT = ("phone", "sms", "email", "post")

LAYOUT = Layout(
    name="police_referral",
    encoding="cp1252",
    complete="trailer",
    date_order="dd/mm/yyyy",
    key_columns=("crime_reference", "viw_number"),
    columns=(
        Column("record_type", Kind.CODE, codes=("N", "U", "W"), required=True),
        Column("crime_reference", Kind.SHAPE, pattern=CRIME_REFERENCE, rule="key_shape", required=True),
        Column("viw_number", Kind.SHAPE, pattern="[1-9][0-9]{0,2}", rule="key_shape", required=True),
        Column("recorded_at", Kind.MOMENT),
        Column("offence_from", Kind.DATE),
        Column("offence_to", Kind.DATE),
        Column("ho_code", Kind.SHAPE, pattern="[0-9]{3}/[0-9]{2}", rule="code_shape"),
        Column("offence_title"),
        Column("incident_kind", Kind.CODE, codes=("crime", "non-crime"), required=True),
        Column("da_flag", Kind.CODE, codes=("Y", "N"), required=True),
        Column("dash_risk", Kind.CODE, codes=("S", "M", "H")),
        Column("hate_flags", Kind.CODES, codes=HATE_FLAGS),
        *flags("vulnerable_flag", "repeat_flag"),
        Column("victim_type", Kind.CODE, codes=("I", "O"), required=True),
        Column("title"),
        Column("forename", Kind.NAME),
        Column("surname", Kind.NAME),
        Column("birth_date", Kind.BIRTH_DATE),
        Column("age", Kind.NUMBER, pattern="0|[1-9][0-9]?|1[01][0-9]|120", rule="number"),
        Column("sex", Kind.CODE, codes=("M", "F", "U")),
        Column("ethnicity_self", Kind.CODE, codes=ETHNICITY_16_PLUS_1),
        Column("ethnicity_observed", Kind.CODE, codes=ETHNICITY_OBSERVED),
        *flags("disability"),
        Column("language", Kind.SHAPE, pattern="[A-Za-z]{2}", rule="code_shape"),
        *flags("interpreter"),
        *texts("address_1", "address_2", "address_3", "address_4"),
        Column("postcode", Kind.POSTCODE),
        *texts("borough", "offence_borough", "offence_bcu"),
        Column("mobile", Kind.PHONE),
        Column("home_phone", Kind.PHONE),
        Column("email", Kind.EMAIL),
        Column("preferred_contact", Kind.CODE, codes=PREFERRED_CONTACT),
        *flags("safe_to_contact"),
        Column("safe_contact_note", multiline=True),
        *flags("consent", "opted_out"),
        *texts("officer", "station"),
    ),
    needed=(Needed("ho_code", when="incident_kind", among=("crime",), rule="ho_code_blank"),),
    in_order=(("offence_from", "offence_to"),),
    age_given=AgeGiven(age="age", birth_date="birth_date", at="recorded_at"),
)
