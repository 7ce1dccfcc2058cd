"""Rows that look odd and are kept, warned of or not (interfaces: outcomes, Warned and kept; feeds, Common rules)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults.cases import Story, Values, kept, names_of
from validators.layout import Kind, Layout

SAYS: Final = {
    "name_like_nothing": "A name that programs take for nothing, true or a number, such as Null, None, NA, Nan, Inf.",
    "name_odd": "A name with unusual characters or more than 35 of them, such as 1E5 or a formula.",
    "name_decomposed": "A name whose accent is a character of its own, as some computers write it.",
    "name_mojibake": "A name whose accent was damaged before it was sent.",
    "postcode_malformed": "A postcode that is none.",
    "phone_malformed": "A phone number that is none.",
    "email_malformed": "An e-mail address that is none.",
    "filler": "A value that only fills its field: ZZ99, one repeated digit, UNKNOWN, 01/01/1900.",
    "age_against_birth_date": "An age that is not the one of the birth date.",
    "ends_before_it_begins": "An offence whose last day lies before its first.",
    "borough_unknown": "A borough spelled in a way that nobody knows.",
    "time_in_clock_change": "A time in the hour that the clocks skip, or in the one that comes twice.",
    "class_undecided": "A listed Home Office code for which neither title nor date decides on a class.",
    "crime_untold": "A crime told to the contact centre without a code.",
    "note_of_lines": "A note with quotation marks, commas and line ends, quoted as it should be.",
    "unsafe_contact": "The person may not be contacted safely by these details.",
    "safe_contact_unknown": "Domestic abuse, and nothing is said about safe contact.",
    "no_contact_details": "Neither phone, e-mail nor address is given.",
    "organisation_with_contact": "An organisation with a named contact, who may be helped.",
    "non_crime": "Something that is no crime and has no code.",
}

_LIKE_NOTHING: Final = ("Null", "None", "NA", "NaN", "nan", "True", "Inf", "O'Neill-Null", "none")
_ODD: Final = ("1E5", "=SUM(A1)", "+44", "Zz" * 18, "<NA>")
_FILLERS: Final = {
    Kind.POSTCODE: "ZZ99 3VZ",
    Kind.PHONE: "00000000000",
    Kind.NAME: "UNKNOWN",
}
_MALFORMED: Final = {
    Kind.POSTCODE: ("postcode_malformed", "postcode_shape", "London"),
    Kind.PHONE: ("phone_malformed", "phone_shape", "after six only"),
    Kind.EMAIL: ("email_malformed", "email_shape", "row at example.org"),
}
_BOROUGHS: Final = ("borough", "offence_borough", "local_authority")
_CLOCKS_CHANGED: Final = ("31/03/2019 01:30", "28/10/2018 01:30")
# A code that is listed, and of which no class stood on any day since 2012.
_UNDECIDED: Final = "053/40"
_ADDRESSES: Final = ("address_1", "address_2", "address_3", "address_4", "address", "town", "postcode")


def stories(layout: Layout) -> Iterator[Story]:
    """One row for each odd thing that the layout has room for."""
    if layout.form == "event":
        return
    yield from _names(layout)
    for kind, (fault, rule, value) in _MALFORMED.items():
        for column in names_of(layout, kind):
            yield kept(fault, rule, {column: value})
    for kind, value in _FILLERS.items():
        for column in names_of(layout, kind):
            yield kept("filler", "filler", {column: value})
    yield from _days(layout)
    yield from _codes(layout)
    yield from _contact(layout)


def _names(layout: Layout) -> Iterator[Story]:
    names = names_of(layout, Kind.NAME)
    for place, name in enumerate(_LIKE_NOTHING):
        yield kept("name_like_nothing", None, {names[place % len(names)]: name})
    for place, name in enumerate(_ODD):
        yield kept("name_odd", "name_characters", {names[place % len(names)]: name})
    if layout.encoding != "cp1252":
        yield kept("name_decomposed", None, {names[0]: "Zoe\u0308"})
        yield kept("name_odd", "name_characters", {names[0]: "Zoe\u200b"})
    # One and the same accent: two different ones in a file without others would be a file in another encoding.
    yield kept("name_mojibake", "mojibake", {names[0]: "RenÃ©e"})


def _days(layout: Layout) -> Iterator[Story]:
    given = layout.age_given
    no_age = {given.age: ""} if given else {}
    for column in names_of(layout, Kind.BIRTH_DATE):
        filler = "01/01/1900" if layout.date_order == "dd/mm/yyyy" else "1901-01-01"
        yield kept("filler", "filler", {column: filler, **no_age})
    if given:
        yield kept("age_against_birth_date", "age_birth_date", {given.age: "119"})
    before = "01/01/2015" if layout.date_order == "dd/mm/yyyy" else "2015-01-01"
    for _, last in layout.in_order:
        yield kept("ends_before_it_begins", "date_order", {last: before})
    for column in names_of(layout, Kind.MOMENT):
        for moment in _CLOCKS_CHANGED:
            yield kept("time_in_clock_change", "clock_change", {column: moment, **no_age})


def _codes(layout: Layout) -> Iterator[Story]:
    for column in _BOROUGHS:
        if column in layout.names:
            yield kept("borough_unknown", "borough_unknown", {column: "Little Zedfield"})
    if "ho_code" not in layout.names:
        return
    blank: Values = {"ho_code": ""}
    yield kept("class_undecided", "class_inferred", {"ho_code": _UNDECIDED})
    yield kept("non_crime", None, {**blank, "incident_kind": "non-crime"})
    if not layout.needed:
        yield kept("crime_untold", "ho_code_untold", {**blank, "incident_kind": "crime"})


def _contact(layout: Layout) -> Iterator[Story]:
    """What decides about contact and not about holding; the dispositions of these referrals are triage's."""
    if "safe_contact_note" in layout.names:
        note = 'Never "now",\r\nnot after six;\nask first'
        yield kept("note_of_lines", None, {"safe_contact_note": note})
    if "safe_to_contact" in layout.names:
        yield kept("unsafe_contact", None, {"safe_to_contact": "N"})
    if {"safe_to_contact", "da_flag"} <= set(layout.names):
        yield kept("safe_contact_unknown", None, {"safe_to_contact": "", "da_flag": "Y", "dash_risk": "M"})
    ways = (*names_of(layout, Kind.PHONE, Kind.EMAIL), *(each for each in _ADDRESSES if each in layout.names))
    yield kept("no_contact_details", None, dict.fromkeys(ways, ""))
    if "victim_type" in layout.names:
        yield kept("organisation_with_contact", None, {"victim_type": "O"})
    if "victim_category" in layout.names:
        contact = {"victim_category": "charity", "contact_name_given": "Yes"}
        yield kept("organisation_with_contact", None, contact)
