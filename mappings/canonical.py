"""The shapes that every feed is brought into: the names and types of a referral's fields, and of an event's.

What stands here is law for mappings/normalise.py (which makes these columns, in this order) and for whoever
stores them. Nothing here knows a feed, a file or a table of the database. Null means blank and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import pyarrow as pa

Merge = Literal["newest", "most_cautious"]

TEXT: Final = pa.string()
DAY: Final = pa.date32()
INSTANT: Final = pa.timestamp("us", tz="UTC")
MONEY: Final = pa.decimal128(12, 2)
YES_NO: Final = pa.bool_()
COUNT: Final = pa.int16()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a referral: its name, its Arrow type, and which of two records' values counts.

    `newest`: that of the newer record, where it is not blank. `most_cautious`: that which protects more,
    whatever its age, because a feed may raise protection and never lower it (interfaces: outcomes).
    `follows`: what was made from another field, or means nothing without it, comes from the same record as
    that field, blank or not. Else a number that cannot be called could lend its place to an older one, and
    the second line of an old address could stand under the first of a new one.
    """

    name: str
    arrow_type: pa.DataType
    merge: Merge = "newest"
    follows: str | None = None


@dataclass(frozen=True)
class Form:
    """What rows of a layout become: a referral, or something that was done about one.

    `required`: fields that no layout of this form can leave out.
    """

    name: str
    fields: tuple[Field, ...]
    required: tuple[str, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """The fields as an Arrow schema, in their order."""
        return pa.schema([(field.name, field.arrow_type) for field in self.fields])

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}


_REFERRAL: Final[tuple[Field, ...]] = (
    # --- what it is, and where its codes came from
    Field("key", TEXT),
    Field("record_type", TEXT),
    Field("recorded_at", INSTANT, follows="recorded_at_text"),
    Field("recorded_at_text", TEXT),
    Field("received_on", DAY),
    Field("channel", TEXT),
    Field("agency_type", TEXT),
    Field("explicit_consent", YES_NO),
    # --- the offence
    Field("offence_from", DAY),
    Field("offence_to", DAY, follows="offence_from"),
    Field("incident_kind", TEXT),
    Field("ho_code", TEXT),
    Field("nfib_code", TEXT),
    Field("offence_title", TEXT),
    Field("offence_class", TEXT, follows="crime_category"),
    Field("crime_category", TEXT),
    Field("class_basis", TEXT, follows="crime_category"),
    Field("death", YES_NO, follows="crime_category"),
    Field("mapping_version", TEXT, follows="crime_category"),
    Field("loss_gbp", MONEY),
    Field("reported_to_police", YES_NO),
    Field("police_reference", TEXT),
    # --- risk
    Field("da_flag", YES_NO, "most_cautious"),
    Field("dash_risk", TEXT, "most_cautious"),
    Field("dash_score", COUNT),
    Field("hate_flags", TEXT),
    Field("vulnerable", YES_NO),
    Field("repeat_victim", YES_NO),
    Field("intimidated", YES_NO),
    # --- the victim
    Field("victim_type", TEXT),
    Field("named_contact", YES_NO),
    Field("title", TEXT),
    Field("forename", TEXT),
    Field("surname", TEXT),
    Field("birth_date", DAY),
    Field("age", COUNT),
    Field("gender", TEXT, follows="gender_code"),
    Field("gender_code", TEXT),
    Field("gender_code_set", TEXT, follows="gender_code"),
    Field("ethnicity_self", TEXT),
    Field("ethnicity_self_set", TEXT, follows="ethnicity_self"),
    Field("ethnicity_group", TEXT, follows="ethnicity_self"),
    Field("ethnicity_observed", TEXT),
    Field("disability", TEXT),
    Field("sexual_orientation", TEXT),
    Field("religion", TEXT),
    Field("language", TEXT),
    Field("interpreter", YES_NO),
    # --- places: residence and offence are kept apart (requirements: traps)
    Field("address_1", TEXT),
    Field("address_2", TEXT, follows="address_1"),
    Field("address_3", TEXT, follows="address_1"),
    Field("address_4", TEXT, follows="address_1"),
    Field("town", TEXT, follows="address_1"),
    Field("postcode", TEXT),
    Field("postcode_usable", YES_NO, follows="postcode"),
    Field("borough", TEXT),
    Field("borough_code", TEXT, follows="borough"),
    Field("offence_borough", TEXT),
    Field("offence_borough_code", TEXT, follows="offence_borough"),
    Field("offence_bcu", TEXT),
    Field("police_force", TEXT),
    # --- contact
    Field("phone", TEXT),
    Field("other_phone", TEXT),
    Field("phone_e164", TEXT, follows="phone"),
    Field("other_phone_e164", TEXT, follows="other_phone"),
    Field("email", TEXT),
    Field("email_usable", YES_NO, follows="email"),
    Field("preferred_contact", TEXT),
    Field("safe_to_contact", TEXT, "most_cautious"),
    Field("safe_contact_note", TEXT),
    Field("consent", TEXT),
    Field("opted_out", YES_NO),
    # --- who at the sender
    Field("officer", TEXT),
    Field("station", TEXT),
    # --- witnesses, whose referral is about a trial
    Field("urn", TEXT),
    Field("referred_by", TEXT),
    Field("called_by", TEXT),
    Field("complainant", YES_NO),
    Field("court", TEXT),
    Field("trial_date", DAY),
    Field("visit_requested", YES_NO),
    Field("professional_witness", YES_NO),
)

_EVENT: Final[tuple[Field, ...]] = (
    Field("key", TEXT),
    Field("referral_source", TEXT),
    Field("referral_key", TEXT, follows="referral_source"),
    Field("event", TEXT),
    Field("at", INSTANT),
    Field("role", TEXT),
    Field("category", TEXT),
    Field("before", TEXT),
    Field("after", TEXT),
    Field("worker", TEXT),
)

REFERRAL: Final = Form(
    "referral", _REFERRAL, required=("key", "record_type", "recorded_at_text", "channel", "mapping_version")
)
EVENT: Final = Form("event", _EVENT, required=("key", "referral_source", "referral_key", "event", "at"))
FORMS: Final = {form.name: form for form in (REFERRAL, EVENT)}

# Keys of the monthly return's table crime_category that a referral itself can have (interfaces: returns).
CRIME_CATEGORIES: Final[frozenset[str]] = frozenset(
    {
        "non_crime",
        "homicide",
        "rape",
        "other_sexual_offences",
        "other_crime",
        "violence_without_injury",
        "violence_with_injury",
        "arson",
        "fraud_and_forgery",
        "burglary_dwelling",
        "criminal_damage",
        "theft_from_the_person",
        "other_theft",
        "burglary_non_dwelling",
        "bicycle_theft",
    }
)

# The 5+1 groups of the returns; not_given is a group, so that "refused" stays apart from "not asked" (null).
ETHNICITY_GROUPS: Final[frozenset[str]] = frozenset({"white", "mixed", "asian", "black", "other", "not_given"})

# Closed lists of the canonical form: a layout's own table of that name may lead to these and to nothing else.
VALUES: Final[dict[str, frozenset[str]]] = {
    "record_type": frozenset({"N", "U", "W"}),
    "victim_type": frozenset({"individual", "organisation", "business", "charity"}),
    "gender": frozenset({"male", "female", "other", "not_given", "prefer_not_to_say"}),
    "disability": frozenset({"yes", "no", "prefer_not_to_say"}),
    "consent": frozenset({"Y", "N"}),
    "channel": frozenset({"police", "self", "agency", "witness"}),
    "referred_by": frozenset({"wcu", "cps", "defence_solicitor", "self", "other"}),
}
