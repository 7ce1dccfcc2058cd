"""Sample files of the contact centre, witness care and case activity (interfaces: feeds), 3 to 6 June 2019."""

from __future__ import annotations

from datetime import date
from typing import Final

from samples.people import person
from samples.police import MONDAY, THURSDAY, TUESDAY
from samples.rows import File, Row

RELIGIONS: Final = ("No religion", "Christian", "Muslim", "Hindu", "Jewish", "Sikh", "")
# 18+1 has Chinese among Asian, 16+1 among other (requirements: traps).
EIGHTEEN: Final = {"O1": "A4"}


def call(number: int, day: date, outcome: str = "created", shows: str = "", **changes: str) -> Row:
    """One call of person `number`; `changes` replace columns."""
    who = person(number)
    values = {
        "referral_reference": f"CC{number:07d}",
        "received_at": f"{day.isoformat()}T{number % 9 + 9:02d}:{number * 11 % 60:02d}:00+01:00",
        "channel": "self",
        "incident_kind": "crime",
        "ho_code": "049/10",
        "da_flag": "N",
        "offence_from": MONDAY.isoformat(),
        "reported_to_police": "N",
        "forename": who.forename,
        "surname": who.surname,
        "birth_date": who.born.isoformat(),
        "sex": who.sex,
        "ethnicity_self": EIGHTEEN.get(who.ethnicity, who.ethnicity),
        "disability": "Y" if number % 6 == 0 else "N",
        "sexual_orientation": "heterosexual" if number % 7 else "",
        "religion": RELIGIONS[number % len(RELIGIONS)],
        "language": who.language,
        "address_1": f"{who.house}, {who.road}",
        "postcode": who.postcode,
        "borough": who.borough,
        "phone": who.mobile,
        "email": who.email,
        "preferred_contact": "phone",
        "safe_to_contact": "Y",
        "consent": "Y",
    }
    return Row({**values, **changes}, outcome, shows)


def witness(number: int, day: date, outcome: str = "created", shows: str = "", **changes: str) -> Row:
    """One witness of a trial; `changes` replace columns."""
    who = person(number)
    values = {
        "witness_reference": f"W{number:06d}",
        "urn": f"01SP{number:07d}19",
        "received_at": f"{day:%d/%m/%Y} {number % 8 + 9:02d}:30",
        "referred_by": "wcu",
        "called_by": "prosecution",
        "complainant": "N",
        "vulnerable": "N",
        "intimidated": "Y" if number % 4 == 0 else "N",
        "court": "Specimen Crown Court",
        "trial_date": "16/09/2019",
        "forename": who.forename,
        "surname": who.surname,
        "birth_date": f"{who.born:%d/%m/%Y}",
        "sex": who.sex,
        "ethnicity_self": who.ethnicity,
        "phone": who.mobile,
        "email": who.email,
        "safe_to_contact": "Y",
        "visit_requested": "Y" if number % 2 else "N",
        "consent": "Y",
        "professional_witness": "N",
    }
    return Row({**values, **changes}, outcome, shows)


def event(
    number: int, key: str, kind: str, day: date, outcome: str = "created", *, shows: str = "", **told: str
) -> Row:
    """One event of a referral; `told` are its other columns."""
    values = {
        "event_id": f"S{number:06d}",
        "referral_source": "contact_centre",
        "referral_key": key,
        "event": kind,
        "at": f"{day.isoformat()}T{number % 9 + 9:02d}:{number * 7 % 60:02d}:00+01:00",
        "worker": f"S{number % 5 + 101}",
    }
    return Row({**values, **told}, outcome, shows)


def contact_centre() -> tuple[File, ...]:
    """Two files."""
    monday = (
        call(300, MONDAY),
        call(301, MONDAY, shows="a crime that was told without a code: other crime, marked", ho_code=""),
        call(
            302,
            MONDAY,
            shows="15 ticks on the DASH checklist: high risk, though medium was written",
            ho_code="008/30",
            da_flag="Y",
            dash_score="15",
            dash_risk="M",
        ),
        call(303, MONDAY, shows="sent by a housing office", channel="agency", agency_type="housing"),
        call(304, MONDAY, "excluded", "nobody asked for consent", consent=""),
        call(305, MONDAY, "quarantined", "an agency that is not in the list", channel="agency", agency_type="gym"),
    )
    thursday = (
        call(300, MONDAY, "updated", "Monday's call, with another phone", phone="07700 900777"),
        call(310, THURSDAY),
        call(311, THURSDAY, reported_to_police="Y", police_reference="4217001/19"),
    )
    return (
        File("contact_centre", "CC_LVWS_20190603_000011.csv", MONDAY, 11, monday),
        File("contact_centre", "CC_LVWS_20190606_000012.csv", THURSDAY, 12, thursday),
    )


def witness_care_unit() -> tuple[File, ...]:
    """One file."""
    rows = (
        witness(320, TUESDAY),
        witness(321, TUESDAY, shows="called by the defence", referred_by="defence_solicitor", called_by="defence"),
        witness(322, TUESDAY, shows="a complainant, which a victim is called as a witness", complainant="Y"),
        witness(323, TUESDAY, "excluded", "a professional witness", professional_witness="Y"),
    )
    return (File("witness_care_unit", "WCU_LVWS_20190604_000007.csv", TUESDAY, 7, rows),)


def case_activity() -> tuple[File, ...]:
    """Two files."""
    first, unknown = "CC0000300", "CC0000399"
    tuesday = (
        event(1, first, "contact_attempt", TUESDAY, category="phone", after="reached"),
        event(2, first, "take_up", TUESDAY),
        event(3, first, "caseworker_allocated", TUESDAY, role="triage_iva"),
        event(4, first, "support_started", TUESDAY, category="immediate"),
        event(5, unknown, "contact_attempt", TUESDAY, "waiting", shows="its referral is not here yet", category="phone",
              after="not_reached"),
        event(6, first, "survey", TUESDAY, "quarantined", shows="a score that is not on the scale", after="7"),
    )  # fmt: skip
    thursday = (
        event(4, first, "support_started", TUESDAY, "updated", shows="the support went on", category="ongoing"),
        event(7, first, "void", THURSDAY, shows="takes the attempt of line 2 of Tuesday's file back",
              category="entered twice", before="S000001"),
    )  # fmt: skip
    return (
        File("case_activity", "ACT_LVWS_20190604_000021.csv", TUESDAY, 21, tuesday),
        File("case_activity", "ACT_LVWS_20190606_000022.csv", THURSDAY, 22, thursday),
    )
