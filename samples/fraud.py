"""Sample files of the fraud layout (interfaces: feeds): Action Fraud, 3, 4 and 6 June 2019; one number is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from samples.people import person
from samples.police import MONDAY, THURSDAY, TUESDAY
from samples.rows import File, Row

FRAUDS: Final = {
    "shopping": ("NFIB3A", "Online shopping and auctions", "149.99"),
    "software": ("NFIB3E", "Computer software service fraud", "350.00"),
    "dating": ("NFIB1D", "Dating scam", "12480.00"),
    "account": ("NFIB52C", "Hacking - social media and email", ""),
    "rental": ("NFIB1G", "Rental fraud", "1200.00"),
    "mandate": ("NFIB5D", "Mandate fraud", "23750.50"),
    "ticket": ("NFIB3F", "Ticket fraud", "85.00"),
}
ETHNICITY: Final = {
    "W1": "British", "W2": "Irish", "W9": "Any other White background", "M1": "White and Black Caribbean",
    "M2": "White and Black African", "A1": "Indian", "A3": "Bangladeshi", "B1": "Caribbean", "B2": "African",
    "O1": "Chinese", "O9": "Any other ethnic group",
}  # fmt: skip


def made(number: int, fraud: str, reported: date, **changes: str) -> dict[str, str]:
    """An ordinary report of person `number`; `changes` replace columns."""
    who = person(number)
    code, title, loss = FRAUDS[fraud]
    incident = reported - timedelta(days=number % 9 + 1)
    values = {
        "reference": f"NFRC1906{number:08d}",
        "status": "New",
        "reported_at": f"{reported.isoformat()}T{number % 12 + 8:02d}:{number * 7 % 60:02d}:00+01:00",
        "incident_from": incident.isoformat(),
        "incident_to": incident.isoformat() if number % 2 else "",
        "nfib_code": code,
        "nfib_title": title,
        "loss_gbp": loss,
        "victim_category": "individual",
        "first_name": who.forename,
        "last_name": who.surname,
        "date_of_birth": who.born.isoformat(),
        "gender": "Female" if who.sex == "F" else "Male",
        "ethnicity": ETHNICITY[who.ethnicity],
        "disability": "No",
        "vulnerable": "Yes" if number % 5 == 0 else "No",
        "repeat_victim": "No",
        "address": f"{who.house}, {who.road}",
        "town": "London",
        "postcode": who.postcode,
        "local_authority": who.borough,
        "phone": who.mobile,
        "email": who.email,
        "contact_preference": "email" if who.email else "phone",
        "support_consent": "Yes",
        "police_force": "01",
    }
    return {**values, **changes}


def row(number: int, fraud: str, reported: date, outcome: str = "created", shows: str = "", **changes: str) -> Row:
    """One row; see `made`."""
    return Row(made(number, fraud, reported, **changes), outcome, shows)


def organisation(category: str, contact: str, **changes: str) -> dict[str, str]:
    """The columns of a business or charity; `contact` is Yes where somebody there is named."""
    blank = dict.fromkeys(
        "first_name last_name date_of_birth gender ethnicity disability vulnerable repeat_victim".split(), ""
    )
    return {**blank, "victim_category": category, "contact_name_given": contact, **changes}


def action_fraud() -> tuple[File, ...]:
    """Three files; Wednesday's, sequence number 403, never came."""
    return (
        File("action_fraud", "AF_LVWS_2019-06-03.csv", MONDAY, 401, _monday()),
        File("action_fraud", "AF_LVWS_2019-06-04.csv", TUESDAY, 402, _tuesday()),
        File("action_fraud", "AF_LVWS_2019-06-06.csv", THURSDAY, 404, _thursday()),
    )


def _monday() -> tuple[Row, ...]:
    return (
        row(200, "shopping", MONDAY),
        row(201, "software", MONDAY),
        row(
            202,
            "dating",
            MONDAY,
            shows="letters beyond Latin-1: this feed is UTF-8",
            first_name="Łukasz",
            last_name="Nguyễn",
        ),
        row(203, "account", MONDAY, shows="no loss is not a loss of nothing", loss_gbp=""),
        row(204, "rental", MONDAY),
        row(
            205,
            "mandate",
            MONDAY,
            shows="a charity with a named contact",
            **organisation("charity", "Yes", first_name="Odette", last_name="None"),
        ),
        row(206, "mandate", MONDAY, "excluded", "a business without a named contact", **organisation("business", "No")),
        row(207, "ticket", MONDAY, "excluded", "does not want support", support_consent="No"),
        row(208, "shopping", MONDAY, "quarantined", "whether the person wants support is blank", support_consent=""),
        row(209, "software", MONDAY, "quarantined", "an unknown NFIB code", nfib_code="NFIB99Z"),
        row(210, "shopping", MONDAY, "quarantined", "a loss that is no number", loss_gbp="about 300"),
        row(211, "ticket", MONDAY),
    )


def _tuesday() -> tuple[Row, ...]:
    return (
        row(200, "shopping", MONDAY, "updated", "the loss is known better", status="Updated", loss_gbp="189.99"),
        row(201, "software", MONDAY, "withdrawn", "withdrawn by the reporting service", status="Withdrawn"),
        row(
            204, "rental", MONDAY, "withdrawn", "does not want support any more", status="Updated", support_consent="No"
        ),
        row(211, "ticket", MONDAY, "duplicate", "the same as on Monday, called an update", status="Updated"),
        row(220, "software", TUESDAY),
        row(221, "dating", TUESDAY),
        row(
            222,
            "rental",
            TUESDAY,
            "quarantined",
            "a report without an offset from UTC",
            reported_at="2019-06-04T10:00:00",
        ),
        row(223, "ticket", TUESDAY),
        row(
            224,
            "account",
            TUESDAY,
            shows="prefers not to say",
            gender="Prefer not to say",
            disability="Prefer not to say",
            ethnicity="Not stated",
        ),
        row(225, "shopping", TUESDAY),
    )


def _thursday() -> tuple[Row, ...]:
    kinds = ("shopping", "software", "mandate", "ticket", "account", "shopping", "rental", "dating")
    return (
        row(208, "shopping", MONDAY, shows="Monday's blank, answered: wants support"),
        *(row(230 + place, kind, THURSDAY) for place, kind in enumerate(kinds)),
        row(
            240,
            "software",
            THURSDAY,
            shows="a filler for a name, and an unusual one",
            first_name="N/K",
            last_name="=SUM(A1)",
        ),
    )
