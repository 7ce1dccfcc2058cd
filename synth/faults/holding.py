"""What the sender says again, takes back or may not pass on (interfaces: outcomes, Rows, Excluded, Order of truth)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults.cases import RECORD_TYPES, Step, Story, Values, created, excluded, names_of, story
from synth.faults.ground import OTHER_PHONE
from validators.layout import Kind, Layout

SAYS: Final = {
    "again_in_file": "The same row stands in its file twice.",
    "again_later": "The same row comes again in a later file.",
    "again_as_update": "The same content comes again as an update.",
    "update": "An update of a known key with another phone number.",
    "update_to_blank": "An update whose phone is blank: no blank overwrites.",
    "update_of_unknown": "An update of a key that is not known.",
    "new_for_known": "A new record with other content for a known key.",
    "withdrawn": "A known referral is withdrawn.",
    "withdrawn_again": "A referral is withdrawn twice.",
    "withdrawal_of_unknown": "A key that is not known is withdrawn.",
    "reopened": "A new record comes after the withdrawal.",
    "opted_out": "The person asked not to be referred, and nobody knew the key.",
    "opted_out_later": "The person of a known referral asks not to be referred.",
    "opted_out_first": "An organisation without a contact that opted out too: the wish counts.",
    "abuse_without_consent": "Domestic abuse, and consent is blank.",
    "abuse_consent_refused": "Domestic abuse, and consent is refused.",
    "high_risk_not_passable": "High-risk domestic abuse without consent: excluded, and it must not vanish.",
    "sexual_without_consent": "A sexual offence without consent.",
    "bereaved_without_consent": "Somebody bereaved by murder, without consent.",
    "bereaved_by_driving_without_consent": "Somebody bereaved by driving, without consent.",
    "call_without_consent": "A contact-centre referral without consent.",
    "witness_without_consent": "A witness who did not consent.",
    "consent_refused_later": "The person of a known referral refuses consent.",
    "consent_given_later": "A row without the consent that it needs, and later the same with it.",
    "became_abuse": "A known referral turns into domestic abuse, and consent is blank.",
    "became_sexual": "A known referral turns into a sexual offence, and consent is blank.",
    "organisation": "An organisation without a named contact.",
    "organisation_later": "A known referral turns out to be of an organisation without a named contact.",
    "professional_witness": "A witness in a professional capacity.",
    "professional_later": "A known witness turns out to be a professional one.",
    "late_fills_blank": "An older file comes late and fills a blank.",
    "late_nothing_new": "An older file comes late and says nothing that is not known better.",
    "late_withdrawal": "An older file comes late and withdraws a referral that was updated since.",
}

_DUPLICATE: Final = Step("duplicate")
_ABUSE: Final = {"da_flag": "Y", "dash_risk": "M"}
_HIGH: Final = {"da_flag": "Y", "dash_risk": "H", "consent": ""}
_RAPE: Final = {"ho_code": "019/08", "consent": ""}
_TITLES: Final = {
    "019/08": "Rape of a female aged 16 or over",
    "001/01": "Murder of persons aged 1 yr or over",
    "004/04": "Causing death by dangerous driving",
}
_MISSING: Final = "consent_missing"


def stories(layout: Layout) -> Iterator[Story]:
    """All of one layout of referrals."""
    if layout.form != "referral":
        return
    yield from _again(layout)
    yield from _late(layout)
    if layout.name in RECORD_TYPES:
        yield from _typed(layout)
    yield from _OF_LAYOUT[layout.name](layout)


def _again(layout: Layout) -> Iterator[Story]:
    phone = names_of(layout, Kind.PHONE)[0]
    yield story("again_in_file", created(), _DUPLICATE)
    yield story("again_later", created(), _DUPLICATE, _DUPLICATE)
    yield story("new_for_known", created(), Step("updated", "new_for_known", {phone: OTHER_PHONE}))


def _late(layout: Layout) -> Iterator[Story]:
    phone, email = names_of(layout, Kind.PHONE)[0], names_of(layout, Kind.EMAIL)[0]
    yield story("late_fills_blank", created({email: ""}), Step("updated", "late", late=True))
    yield story("late_nothing_new", created(), Step("duplicate", "late", {phone: OTHER_PHONE}, late=True))
    if layout.name in RECORD_TYPES:
        updated = created(code="update_of_unknown", sent="U")
        yield story("late_withdrawal", updated, Step("withdrawn", "late", sent="W", late=True))


def _typed(layout: Layout) -> Iterator[Story]:
    """Of layouts that tell new, updated and withdrawn records apart."""
    phone = names_of(layout, Kind.PHONE)[0]
    changed = {phone: OTHER_PHONE}
    update, withdrawn = Step("updated", None, changed, "U"), Step("withdrawn", sent="W")
    yield story("again_as_update", created(), Step("duplicate", sent="U"))
    yield story("update", created(), update)
    yield story("update_to_blank", created(), update, Step("updated", None, {phone: ""}, "U"))
    yield story("update_of_unknown", created(code="update_of_unknown", sent="U"))
    yield story("withdrawn", created(), update, withdrawn)
    yield story("withdrawn_again", created(), withdrawn, Step("duplicate", sent="W"))
    yield story("withdrawal_of_unknown", created(code="withdrawal_of_unknown", sent="W"))
    yield story("reopened", created(), withdrawn, Step("updated", "reopened"))


def _needing_consent(layout: Layout) -> Iterator[tuple[str, Values]]:
    """Offences for which consent has to be explicit; the police alone say who of the dead is referred."""
    titled = "offence_title" in layout.names

    def of(code: str) -> Values:
        return {"ho_code": code, "consent": ""} | ({"offence_title": _TITLES[code]} if titled else {})

    yield "abuse_without_consent", {**_ABUSE, "consent": ""}
    yield "abuse_consent_refused", {**_ABUSE, "consent": "N"}
    yield "high_risk_not_passable", _HIGH
    yield "sexual_without_consent", of("019/08")
    yield "bereaved_without_consent", of("001/01")
    yield "bereaved_by_driving_without_consent", of("004/04")


def _police(layout: Layout) -> Iterator[Story]:
    nameless = {"victim_type": "O", "surname": ""}
    blank = {"consent": ""}
    opted_out = {"opted_out": "Y"}
    for fault, change in _needing_consent(layout):
        yield story(fault, excluded(_MISSING, change))
    yield story("opted_out", excluded("opted_out", opted_out))
    yield story("opted_out_later", created(), Step("withdrawn", "opted_out", opted_out, "U"))
    yield story("opted_out_first", excluded("opted_out", nameless | opted_out))
    yield story("organisation", excluded("organisation", nameless))
    yield story("organisation_later", created(), Step("withdrawn", "organisation", nameless, "U"))
    yield story("consent_refused_later", created(), Step("withdrawn", "consent_refused", {"consent": "N"}, "U"))
    now_abuse = Step("updated", "consent_pending", {**_ABUSE, **blank}, "U")
    yield story("became_abuse", created(blank), now_abuse)
    now_sexual = {**_RAPE, "offence_title": _TITLES["019/08"]}
    yield story("became_sexual", created(blank), Step("withdrawn", _MISSING, now_sexual, "U"))
    given = created(_ABUSE, code="update_of_unknown", sent="U")
    yield story("consent_given_later", excluded(_MISSING, {**_ABUSE, **blank}), given)


def _fraud(_: Layout) -> Iterator[Story]:
    refused = {"support_consent": "No"}
    business = {"victim_category": "business", "contact_name_given": "No"}
    yield story("opted_out", excluded("opted_out", refused))
    yield story("opted_out_later", created(), Step("withdrawn", "opted_out", refused, "U"))
    yield story("opted_out_first", excluded("opted_out", refused | business))
    yield story("organisation", excluded("organisation", business))
    yield story("organisation", excluded("organisation", {"victim_category": "charity"}))
    yield story("organisation_later", created(), Step("withdrawn", "organisation", business, "U"))


def _contact(layout: Layout) -> Iterator[Story]:
    for fault, change in _needing_consent(layout):
        yield story(fault, excluded(_MISSING, change))
    for said in ("", "N"):
        yield story("call_without_consent", excluded(_MISSING, {"consent": said}))
    yield story("consent_refused_later", created(), Step("withdrawn", _MISSING, {"consent": "N"}))
    pending = Step("updated", "consent_pending", {**_ABUSE, "consent": ""})
    yield story("became_abuse", created(), pending)
    yield story("consent_given_later", excluded(_MISSING, {"consent": ""}), created())


def _witness(_: Layout) -> Iterator[Story]:
    for said in ("", "N"):
        yield story("witness_without_consent", excluded(_MISSING, {"consent": said}))
    professional = {"professional_witness": "Y"}
    yield story("professional_witness", excluded("professional_witness", professional))
    yield story("professional_later", created(), Step("withdrawn", "professional_witness", professional))
    yield story("consent_refused_later", created(), Step("withdrawn", _MISSING, {"consent": "N"}))
    yield story("consent_given_later", excluded(_MISSING, {"consent": ""}), created())


_OF_LAYOUT: Final = {
    "police_referral": _police,
    "fraud_referral": _fraud,
    "contact_referral": _contact,
    "witness_referral": _witness,
}
