"""Fraud referrals: source `action_fraud`, the Report Fraud service (interfaces: feeds, Fraud referrals)."""

from __future__ import annotations

from collections.abc import Iterator

from validators.layout import Column, Kind, Layout, texts

YES_NO = ("Yes", "No")

# Labels of 18+1 (2011 Census based), reference/ethnicity_16plus1.csv.
ETHNICITY_18_PLUS_1 = (
    "British",
    "Irish",
    "Gypsy or Irish Traveller",
    "Any other White background",
    "White and Black Caribbean",
    "White and Black African",
    "White and Asian",
    "Any other mixed background",
    "Indian",
    "Pakistani",
    "Bangladeshi",
    "Chinese",
    "Any other Asian background",
    "Caribbean",
    "African",
    "Any other Black background",
    "Arab",
    "Any other ethnic group",
    "Not stated",
)


def _answers(*names: str) -> Iterator[Column]:
    return (Column(name, Kind.CODE, codes=YES_NO) for name in names)


LAYOUT = Layout(
    name="fraud_referral",
    encoding="utf-8-sig",
    complete="manifest",
    date_order="yyyy-mm-dd",
    key_columns=("reference",),
    columns=(
        Column("reference", Kind.SHAPE, pattern="NFRC[0-9]{1,20}", rule="key_shape", required=True),
        Column("status", Kind.CODE, codes=("New", "Updated", "Withdrawn"), required=True),
        Column("reported_at", Kind.INSTANT),
        Column("incident_from", Kind.DATE),
        Column("incident_to", Kind.DATE),
        Column("nfib_code", Kind.SHAPE, pattern="NFIB[0-9]{1,2}[A-Z]?", rule="code_shape", required=True),
        Column("nfib_title"),
        Column("loss_gbp", Kind.NUMBER, pattern=r"[0-9]{1,10}(?:\.[0-9]{1,2})?", rule="number"),
        Column("victim_category", Kind.CODE, codes=("individual", "business", "charity"), required=True),
        *_answers("contact_name_given"),
        Column("first_name", Kind.NAME),
        Column("last_name", Kind.NAME),
        Column("date_of_birth", Kind.BIRTH_DATE),
        Column("gender", Kind.CODE, codes=("Male", "Female", "Other", "Prefer not to say")),
        Column("ethnicity", Kind.CODE, codes=ETHNICITY_18_PLUS_1),
        Column("disability", Kind.CODE, codes=("Yes", "No", "Prefer not to say")),
        *_answers("vulnerable", "repeat_victim"),
        *texts("address", "town"),
        Column("postcode", Kind.POSTCODE),
        *texts("local_authority"),
        Column("phone", Kind.PHONE),
        Column("email", Kind.EMAIL),
        Column("contact_preference", Kind.CODE, codes=("phone", "sms", "email", "post")),
        Column("support_consent", Kind.CODE, codes=YES_NO, required=True),
        Column("police_force", Kind.SHAPE, pattern="[0-9]{2}", rule="code_shape"),
    ),
    in_order=(("incident_from", "incident_to"),),
)
