"""Sample files of the police layout (interfaces: feeds): MPS, BTP and COLP, 3 to 6 June 2019."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from samples.people import person
from samples.rows import File, Row

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2019, 6, day) for day in (3, 4, 5, 6))

# Home Office code and the force's title, as in mappings/reference.
OFFENCES: Final = {
    "burglary": ("028/03", "Residential Burglary of a Home"),
    "burglary of a shop": ("030/02", "Burglary business and community"),
    "robbery": ("034/01", "Robbery of Personal Property"),
    "theft from the person": ("039/00", "Theft from the person of another"),
    "bicycle theft": ("044/00", "Theft of a pedal cycle"),
    "theft": ("049/10", "Theft if not classified elsewhere"),
    "vehicle theft": ("048/01", "Theft of a motor vehicle"),
    "criminal damage": ("058/00", "Criminal Damage to a vehicle"),
    "assault with injury": ("008/06", "Assault with injury"),
    "common assault": ("105/01", "Common assault and battery"),
    "harassment": ("195/94", "Harassment"),
    "stalking": ("195/12", "Stalking"),
    "coercion": ("008/67", "Controlling or Coercive Behaviour"),
    "threats": ("003/01", "Threats to Kill"),
    "public fear": ("066/91", "Racially or Religiously Aggravated Public Fear, Alarm or Distress"),
    "sexual assault": ("017/15", "Sexual assault on a male"),
}  # fmt: skip

NOTE: Final = """\
Only by text, weekdays 10:00 to 14:00.
Do not leave a voicemail; he listens to them.
Ask for "the library" first."""


def made(number: int, offence: str, recorded: date, **changes: str) -> dict[str, str]:
    """An ordinary referral of person `number`, recorded on a day; `changes` replace columns."""
    who = person(number)
    code, title = OFFENCES[offence]
    values = {
        "record_type": "N",
        "crime_reference": f"42{number:05d}/19",
        "viw_number": "1",
        "recorded_at": f"{recorded:%d/%m/%Y} {number % 12 + 8:02d}:{number * 7 % 60:02d}",
        "offence_from": f"{recorded - timedelta(days=number % 3):%d/%m/%Y}",
        "ho_code": code,
        "offence_title": title,
        "incident_kind": "crime",
        "da_flag": "N",
        "vulnerable_flag": "Y" if number % 11 == 0 else "N",
        "repeat_flag": "N",
        "victim_type": "I",
        "title": "Ms" if who.sex == "F" else "Mr",
        "forename": who.forename,
        "surname": who.surname,
        "birth_date": f"{who.born:%d/%m/%Y}",
        "age": str(who.age_on(recorded)),
        "sex": who.sex,
        "ethnicity_self": who.ethnicity,
        "ethnicity_observed": "" if number % 2 else "IC0",
        "disability": "N" if number % 4 else "",
        "language": who.language,
        "interpreter": "N" if who.language == "en" else "Y",
        "address_1": who.house,
        "address_2": who.road,
        "address_3": "Sampleton",
        "address_4": "London",
        "postcode": who.postcode,
        "borough": who.borough,
        "offence_borough": person(number + 1).borough,
        "offence_bcu": "NA" if number % 6 == 0 else "CE",
        "mobile": who.mobile,
        "home_phone": who.home_phone,
        "email": who.email,
        "preferred_contact": ("phone", "sms", "email", "post")[number % 4] if who.email else "phone",
        "safe_to_contact": "Y",
        "consent": "Y" if number % 3 else "",
        "opted_out": "N",
        "officer": f"PC {number + 100}XX",
        "station": "Sampleton",
    }
    return {**values, **changes}


def row(number: int, offence: str, recorded: date, outcome: str = "created", shows: str = "", **changes: str) -> Row:
    """One row; see `made`."""
    return Row(made(number, offence, recorded, **changes), outcome, shows)


def abuse(risk: str, consent: str = "Y") -> dict[str, str]:
    """The columns of domestic abuse."""
    return {"da_flag": "Y", "dash_risk": risk, "consent": consent}


def organisation(**changes: str) -> dict[str, str]:
    """The columns of a victim that is no person."""
    blank = dict.fromkeys(
        "title birth_date age sex ethnicity_self ethnicity_observed disability language interpreter home_phone".split(),
        "",
    )
    return {**blank, "victim_type": "O", "forename": "", "surname": "", "consent": "", "email": "", **changes}


def mps() -> tuple[File, ...]:
    """Four days of the Metropolitan Police; on Wednesday there was nothing."""
    return (
        File("mps", "MPS_LVWS_20190603_000101.csv", MONDAY, 101, _monday()),
        File("mps", "MPS_LVWS_20190604_000102.csv", TUESDAY, 102, _tuesday()),
        File("mps", "MPS_LVWS_20190605_000103.csv", WEDNESDAY, 103, ()),
        File("mps", "MPS_LVWS_20190606_000104.csv", THURSDAY, 104, _thursday()),
    )


def _monday() -> tuple[Row, ...]:
    short = Row(
        made(22, "theft", MONDAY), "quarantined", "a field is missing: the row has one too few", drop="offence_to"
    )
    return (
        row(1, "burglary", MONDAY),
        row(2, "theft from the person", MONDAY),
        row(3, "robbery", MONDAY),
        row(4, "bicycle theft", MONDAY),
        row(5, "assault with injury", MONDAY),
        row(6, "harassment", MONDAY, shows="offence BCU `NA`: the North Area, not a missing value"),
        row(
            7,
            "coercion",
            MONDAY,
            shows="high-risk domestic abuse, consent given, a note about safe contact with line breaks",
            **abuse("H"),
            preferred_contact="sms",
            safe_contact_note=NOTE,
        ),
        row(
            8,
            "common assault",
            MONDAY,
            "excluded",
            "HIGH-RISK domestic abuse without consent: may not be held, and must not vanish",
            **abuse("H", consent="N"),
        ),
        row(
            9, "threats", MONDAY, "excluded", "domestic abuse, consent blank: may not be held", **abuse("S", consent="")
        ),
        row(10, "stalking", MONDAY, shows="domestic abuse, medium risk", **abuse("M")),
        row(11, "burglary", MONDAY, "excluded", "opted out of the referral", opted_out="Y"),
        row(12, "burglary of a shop", MONDAY, "excluded", "an organisation without a named contact", **organisation()),
        row(
            13,
            "burglary of a shop",
            MONDAY,
            shows="an organisation with a named contact",
            **organisation(surname="Featherstone"),
        ),
        row(14, "theft", MONDAY, shows="a person called Null", forename="Jennifer", surname="Null"),
        row(15, "theft", MONDAY, shows="a person called O'Neill-Null", surname="O'Neill-Null"),
        row(16, "criminal damage", MONDAY, shows="a person called True", forename="True", surname="Na"),
        row(
            17,
            "vehicle theft",
            MONDAY,
            shows="fillers, read as blank: postcode ZZ99, birth date 01/01/1900, a phone of sevens",
            postcode="ZZ99 9ZZ",
            birth_date="01/01/1900",
            age="",
            home_phone="07777777777",
        ),
        row(18, "public fear", MONDAY, shows="hate flags RI and FH", hate_flags="RI FH"),
        row(19, "theft from the person", MONDAY, "quarantined", "an impossible date", offence_from="31/06/2019"),
        row(20, "robbery", MONDAY, "quarantined", "an unknown code: sex X", sex="X"),
        row(21, "theft", MONDAY, "quarantined", "a control character in the forename", forename="Ber\x07yl"),
        short,
        row(23, "theft", MONDAY, "quarantined", "a crime with an unknown Home Office code", ho_code="999/99"),
        row(24, "bicycle theft", MONDAY, shows="borough in another spelling", borough="Kensington & Chelsea"),
    )


def _tuesday() -> tuple[Row, ...]:
    return (
        row(2, "theft from the person", MONDAY, "duplicate", "the same as on Monday"),
        row(3, "robbery", MONDAY, "updated", "another phone than on Monday", record_type="U", mobile="07700 900803"),
        row(
            5,
            "assault with injury",
            MONDAY,
            "updated",
            "turned out to be domestic abuse, consent not asked yet",
            record_type="U",
            **abuse("M", consent=""),
        ),
        row(4, "bicycle theft", MONDAY, "withdrawn", "withdraws Monday's referral", record_type="W"),
        row(6, "harassment", MONDAY, "withdrawn", "opted out since Monday", record_type="U", opted_out="Y"),
        row(19, "theft from the person", MONDAY, shows="Monday's impossible date, corrected by the sender"),
        row(30, "assault with injury", TUESDAY),
        row(31, "burglary", TUESDAY),
        row(
            32,
            "theft",
            TUESDAY,
            shows="an update of a referral that never came: made all the same, with a warning",
            record_type="U",
        ),
        row(33, "criminal damage", TUESDAY),
        row(
            34,
            "coercion",
            TUESDAY,
            shows="not safe to contact: kept, and nobody may call",
            **abuse("H"),
            safe_to_contact="N",
            safe_contact_note="Partner answers the phone.",
        ),
        row(35, "sexual assault", TUESDAY, "excluded", "a sexual offence without explicit consent", consent=""),
        row(36, "theft", TUESDAY, "quarantined", "no Home Office code for a crime", ho_code=""),
        row(37, "robbery", TUESDAY, "quarantined", "a date in the future", offence_from="04/06/2091"),
        row(38, "bicycle theft", TUESDAY, shows="a phone that cannot be one: kept, not used", home_phone="07700 90012"),
        row(39, "vehicle theft", TUESDAY),
    )


def _thursday() -> tuple[Row, ...]:
    return (
        row(
            3,
            "robbery",
            MONDAY,
            "updated",
            "an e-mail address came, the phone is blank now: a blank overwrites nothing",
            record_type="U",
            mobile="",
            email="robbery.victim@example.org",
        ),
        row(10, "stalking", MONDAY, "updated", "the risk rose to high", record_type="U", **abuse("H")),
        row(40, "burglary", THURSDAY),
        row(
            40,
            "burglary",
            THURSDAY,
            shows="a second victim of the same burglary",
            viw_number="2",
            forename="Maud",
            surname="Nan",
            title="Mrs",
            sex="F",
        ),
        row(41, "theft from the person", THURSDAY),
        row(42, "assault with injury", THURSDAY),
        row(43, "threats", THURSDAY, "quarantined", "a date in another format", offence_from="2019-06-05"),
        row(44, "theft", THURSDAY, shows="17 at the offence", birth_date="12/09/2001", age="17"),
        row(
            45,
            "criminal damage",
            THURSDAY,
            shows="an officer wrote UNKNOWN for the forename: a filler",
            forename="UNKNOWN",
        ),
        row(46, "harassment", THURSDAY),
        row(47, "bicycle theft", THURSDAY, shows="lives outside London", borough="Outside London"),
        row(48, "public fear", THURSDAY, "excluded", "opted out of the referral", opted_out="Y"),
    )


def btp() -> tuple[File, ...]:
    """British Transport Police: one good file, and one that was damaged on its way."""
    kinds = ("theft from the person", "robbery", "common assault", "theft", "public fear", "theft from the person")
    good = tuple(row(60 + place, kind, MONDAY) for place, kind in enumerate(kinds * 2))
    damaged = tuple(row(80 + place, kind, WEDNESDAY) for place, kind in enumerate(kinds))
    return (
        File("btp", "BTP_LVWS_20190603_000051.csv", MONDAY, 51, good),
        File(
            "btp",
            "BTP_LVWS_20190605_000052.csv",
            WEDNESDAY,
            52,
            damaged,
            state="refused",
            code="trailer",
            damage=("07700 900082", "07700 900028"),
        ),
    )


def colp() -> tuple[File, ...]:
    """City of London Police: one good file, and one that is still being written."""
    kinds = ("theft", "robbery", "burglary of a shop", "assault with injury", "bicycle theft")
    good = tuple(row(100 + place, kind, TUESDAY) for place, kind in enumerate(kinds * 2))
    begun = tuple(row(120 + place, kind, THURSDAY) for place, kind in enumerate(kinds[:3]))
    return (
        File("colp", "COLP_LVWS_20190604_000031.csv", TUESDAY, 31, good),
        File("colp", "COLP_LVWS_20190606_000032.csv", THURSDAY, 32, begun, state=None, finished=False),
    )
