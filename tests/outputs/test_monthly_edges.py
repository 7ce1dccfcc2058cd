"""Where the months, clocks and people of the return have their edges: each month here has one question.

Written from interfaces: returns, outcomes and feeds, and from docs/triage.md. What is not in a table here is 0 in the
return; a dash is not available.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from exchange import clock
from exchange.sources import SOURCES
from outputs.periods import end_of
from tests.casework import contact_key
from tests.feeds import names_of, police_key
from tests.outputs import told
from tests.outputs.told import Told, asked, event, fraud, load, police, shown, witness, written_tables
from tests.service import Service, fresh_database, running

pytestmark = pytest.mark.xdist_group("edges")  # one service for the module

ALL_IN = date(2023, 6, 30)
REACHED = {"category": "phone", "after": "reached"}
MISSED = {"category": "phone", "after": "not_reached"}
CHILD = {"birth_date": "2010-03-12"}
NO = {"category": "no wish"}
HERE = {"category": "children_young_people"}
UNKNOWN = {"da_flag": "Y", "dash_risk": "S", "safe_to_contact": ""}


def contact(moment: str, number: int, /, **over: str) -> Told:
    """Somebody new who called, in the one file that tells all calls: its day decides nothing."""
    return replace(told.contact(moment, number, **over), day=ALL_IN)


def steps(number: int, *steps: str | tuple[str, str] | tuple[str, str, dict[str, str]]) -> list[Told]:
    """What was done about somebody of the contact centre: "take_up 2021-06-02 10:00", perhaps with more values."""
    found = []
    for step in steps:
        words, over = (step, {}) if isinstance(step, str) else (step[0], step[-1])
        name, _, moment = words.partition(" ")
        assert isinstance(over, dict)
        found.append(done(moment, contact_key(number), name, **over))
    return found


def void(number: int, moment: str, event_id: str) -> Told:
    return done(moment, contact_key(number), "void", category="entered twice", before=event_id)


def done(moment: str, key: str, name: str, **over: str) -> Told:
    """An event in the one file that tells all of them."""
    return event(moment, key, name, f"{ALL_IN}", **over)


def of(person: int) -> dict[str, str]:
    """Names that the rows of one person share."""
    return names_of(person)


# --- age at referral, May 2022 ---------------------------------------------------------------------

AGES = [
    police("2022-05-10", 200, birth_date="10/05/2004"),  # 18 that day
    police("2022-05-10", 201, birth_date="11/05/2004"),  # the day after
    contact("2022-05-10 00:10", 202, birth_date="2004-05-10"),  # that day in London, the day before in UTC
    police("2022-05-10", 203, birth_date="", age="34"),
    police("2022-05-10", 204, birth_date="", age=""),
    police("2022-05-10", 205, birth_date="01/01/1900", age="70"),  # a filler
    fraud("2022-05-10", 206, date_of_birth="1957-05-11"),  # 65 the day after
]

# --- take-up, June 2021: the cut-off is 24:00 of 10 July ---------------------------------------------

TAKEN = [
    *(contact("2021-06-01 10:00", number) for number in range(210, 219)),
    *steps(210, "take_up 2021-07-10 23:59:59"),
    *steps(211, "take_up 2021-07-11 00:00:00"),
    *steps(212, ("take_up 2021-06-02 10:00", {"event_id": "T212"})),
    void(212, "2021-06-03 10:00", "T212"),
    *steps(213, ("take_up 2021-06-02 10:00", {"event_id": "T213"}), "take_up 2021-06-04 10:00"),
    void(213, "2021-06-03 10:00", "T213"),
    *steps(215, ("take_up 2021-06-02 10:00", {"event_id": "T215"})),
    *steps(216, ("take_up 2021-06-02 10:00", {"event_id": "T216"})),
    *steps(218, ("take_up 2021-07-09 10:00", {"event_id": "T218"})),
    void(216, "2021-08-01 10:00", "T216"),  # taken back after the cut-off: it never was
]
TAKEN_LATER = [
    *steps(214, "take_up 2021-06-05 10:00"),
    *steps(217, "take_up 2021-06-05 10:01"),
    void(215, "2021-06-05 10:02", "T215"),
    *steps(218, ("take_up 2021-07-12 10:00", {"event_id": "T218"})),  # told again, of a later day
]

# --- roles, August 2021 ------------------------------------------------------------------------------

ROLES = [
    *(contact("2021-08-01 10:00", number) for number in range(220, 225)),
    *(each for number in (220, 221, 222, 224) for each in steps(number, "take_up 2021-08-02 10:00")),
    *steps(220, ("caseworker_allocated 2021-08-03 10:00", {"role": "triage_iva"})),
    *steps(220, ("caseworker_allocated 2021-09-10 23:59:59", {"role": "idva"})),
    *steps(220, ("support_started 2021-08-04 10:00", {"category": "immediate"})),
    *steps(220, ("support_started 2021-08-09 10:00", {"category": "ongoing"})),
    *steps(221, ("caseworker_allocated 2021-08-03 10:00", {"role": "idva"})),
    *steps(221, ("caseworker_allocated 2021-08-04 10:00", {"role": "triage_iva"})),
    *steps(221, ("support_started 2021-08-04 10:00", {"category": "ongoing"})),
    *steps(221, ("support_started 2021-08-09 10:00", {"category": "immediate"})),
    *steps(222, ("caseworker_allocated 2021-09-11 00:00:01", {"role": "idva"})),
    *steps(222, ("support_started 2021-08-04 10:00", {"category": "immediate"})),
    *steps(223, ("caseworker_allocated 2021-08-03 10:00", {"role": "complex_iva"})),
    *steps(224, ("caseworker_allocated 2021-08-03 10:00", {"role": "complex_iva"})),
    *steps(224, ("caseworker_allocated 2021-08-04 10:00", {"role": "idva", "event_id": "A224"})),
    void(224, "2021-08-05 10:00", "A224"),
]

# --- clocks over the change to summer time, March 2021 -----------------------------------------------

NOON = "2021-03-27 12:00"  # in winter time; 72 hours end on the thirtieth at 13:00
CLOCKS = [
    *(contact(NOON, number) for number in range(230, 235)),
    *steps(230, ("contact_attempt 2021-03-30 13:00:00", REACHED), "needs_assessment 2021-03-31 13:00:00"),
    *steps(230, ("caseworker_allocated 2021-04-01 13:01:00", {"role": "triage_iva"}), "care_plan 2021-04-03 13:00:00"),
    *(each for day in (27, 28, 29) for each in steps(231, (f"contact_attempt 2021-03-{day} 13:00", MISSED))),
    *steps(231, ("contact_attempt 2021-03-30 13:00:01", REACHED)),  # a second late
    *steps(232, ("contact_attempt 2021-03-27 13:00:00", MISSED), ("contact_attempt 2021-03-27 13:00:30", MISSED)),
    *steps(232, ("contact_attempt 2021-03-28 13:00:00", MISSED)),  # twice at one minute, so it is the second
    *steps(233, "needs_assessment 2021-03-27 15:00", "take_up 2021-03-28 10:00"),  # assessed before
    *steps(234, ("declined 2021-03-28 10:00", NO)),
    police("2021-03-27", 235),  # received at the end of that day
    done("2021-03-31 01:00", police_key(235), "contact_attempt", **REACHED),
    police("2021-03-27", 236),
    police("2021-03-28", 236, record_type="W", recorded_at="27/03/2021 10:15", offence_from="26/03/2021"),
    witness(NOON, 237),
    done("2021-03-27 13:00", "W000237", "contact_attempt", **REACHED),
    contact("2021-03-31 23:30", 238),
]

# --- clocks that stop and go on, December 2021 -------------------------------------------------------

STOPPED = [
    *(contact("2021-12-01 10:00", number) for number in (320, 321, 322, 324)),
    *steps(320, ("declined 2021-12-01 12:00", NO), "take_up 2021-12-03 10:00"),  # and is never assessed
    *steps(321, "take_up 2021-12-01 12:00", ("closed 2021-12-01 13:00", NO)),
    *steps(322, ("declined 2021-12-01 12:00", NO), ("closed 2021-12-05 12:00", NO)),
    contact("2021-12-01 10:00", 323, **CHILD),
    *steps(323, ("contact_attempt 2021-12-02 10:00:00", REACHED), ("onward_referral 2021-12-03 10:00:30", HERE)),
    *steps(324, ("contact_attempt 2021-12-01 11:00", MISSED), ("contact_attempt 2021-12-02 11:00", MISSED)),
    *steps(324, ("contact_attempt 2021-12-04 10:00:30", MISSED)),  # half a minute late
    contact("2021-12-01 10:00", 325, religion=" ", sexual_orientation=" "),
]

# --- complaints and the police around Easter, April 2021 ---------------------------------------------

EASTER = [
    police("2021-04-07", 240, recorded_at="01/04/2021 09:00"),  # Thursday: Tuesday and Wednesday after Easter
    police("2021-04-08", 241, recorded_at="01/04/2021 09:00"),
    police("2021-04-06", 242, recorded_at="02/04/2021 23:00"),  # Good Friday
    *(contact("2021-02-01 10:00", number) for number in range(243, 249)),
    *steps(243, "complaint 2021-04-01 10:00", "complaint_acknowledged 2021-04-01 16:00"),
    *steps(243, "complaint_resolved 2021-04-12 23:59"),
    *steps(244, "complaint 2021-04-01 10:00", "complaint_acknowledged 2021-04-02 10:01"),
    *steps(244, "complaint_resolved 2021-04-13 00:01"),
    *steps(
        245, "complaint 2021-04-30 10:00", "complaint_acknowledged 2021-04-30 11:00"
    ),  # until 10 May: a bank holiday
    *steps(246, "complaint 2021-04-30 23:30"),
    *steps(247, "complaint 2021-03-31 23:59:59"),
    *steps(248, "complaint 2021-04-06 10:00", "complaint_acknowledged 2021-04-06 11:00"),
    *steps(248, "complaint_resolved 2021-04-07 10:00", "complaint 2021-04-20 10:00"),
    *steps(243, ("complaint 2021-04-15 10:00", {"event_id": "C243"})),
    void(243, "2021-04-16 10:00", "C243"),
    *steps(248, "complaint_acknowledged 2021-04-22 10:00", "complaint_resolved 2021-04-23 10:00"),
]

# --- onward referrals, September 2021 ----------------------------------------------------------------

ONWARD = [
    *(contact("2021-09-01 10:00", number, **CHILD) for number in range(250, 254)),
    *(each for number in range(250, 254) for each in steps(number, ("contact_attempt 2021-09-02 10:00", REACHED))),
    *steps(250, ("onward_referral 2021-09-03 10:00", HERE), ("onward_received 2021-09-05 10:00", HERE)),
    *steps(251, ("onward_referral 2021-09-03 10:01", HERE)),
    *steps(253, ("onward_referral 2021-09-02 11:00", HERE), ("onward_received 2021-10-11 00:01", HERE)),
]

# --- restorative justice, October 2021 ---------------------------------------------------------------

RESTORATIVE = [
    contact("2021-07-01 10:00", 260, **of(260)),
    contact("2021-07-02 10:00", 261, **of(260)),
    *(contact("2021-07-01 10:00", number) for number in (262, 263)),
    *(each for number in (260, 261, 262) for each in steps(number, "rj_offered 2021-10-05 10:00")),
    *steps(263, ("rj_offered 2021-10-05 10:00", {"event_id": "R263"})),
    void(263, "2021-10-06 10:00", "R263"),
    *steps(262, "rj_accepted 2021-10-31 23:59:59"),
    *steps(260, "rj_accepted 2021-11-01 00:00:00"),
    *steps(
        262,
        ("rj_done 2021-10-20 10:00", {"category": "direct"}),
        ("rj_done 2021-10-21 10:00", {"category": "indirect"}),
    ),
]

# --- repeat victims over the year's edge, November 2022 ----------------------------------------------

ABH = {"ho_code": "008/06", "offence_title": "Assault occasioning actual bodily harm"}
REPEATS = [
    police("2021-11-11", 270, **of(270), offence_from="10/11/2021"),
    police("2022-11-11", 271, **of(270), offence_from="10/11/2022"),  # twelve months, first and last day included
    police("2021-11-11", 272, **of(272), offence_from="09/11/2021"),
    police("2022-11-11", 273, **of(272), offence_from="10/11/2022"),  # and a day
    police("2022-02-10", 274, **of(274), offence_from="05/02/2022", **ABH),
    police("2022-11-11", 275, **of(274), offence_from="08/11/2022"),
    police("2022-11-11", 276, **of(276), offence_from="01/11/2022"),
    contact(
        "2022-11-03 10:00", 277, **of(276), reported_to_police="Y", police_reference=police_key(276).split("|")[0]
    ),  # one crime in two feeds
    police("2022-09-02", 278, **of(278), offence_from="01/06/2022"),
    police("2022-09-02", 279, **of(278), offence_from="01/09/2022"),
    police("2022-11-11", 280, **of(278), offence_from="03/11/2022"),
    police("2022-11-11", 281, **of(281), offence_from="01/11/2022"),
    police("2022-11-11", 282, **of(281), offence_from="02/11/2022"),
    police("2022-11-11", 283, **of(281), offence_from="03/11/2022"),
    police("2022-03-03", 284, **of(284), offence_from="01/03/2022", **ABH),
    police("2022-11-11", 285, **of(284), offence_from="01/11/2022"),
    contact("2022-11-03 10:00", 286, **of(284), reported_to_police="Y", police_reference=police_key(285).split("|")[0]),
]

# --- holds, February 2022 ----------------------------------------------------------------------------

HELD = [
    police("2022-01-20", 290, safe_to_contact="N"),
    police("2022-02-10", 291, safe_to_contact="N"),
    police("2022-02-10", 292, **UNKNOWN),
    police("2022-02-20", 292, **UNKNOWN | {"safe_to_contact": "Y"}, record_type="U"),
    police("2022-02-10", 293, **UNKNOWN),
    police("2022-03-01", 293, **UNKNOWN | {"safe_to_contact": "Y"}, record_type="U"),
    police("2022-03-03", 294, safe_to_contact="N"),
]

# --- the fraud rule, since 1 October 2020; a late file that moves a month ----------------------------

FRAUD = [fraud("2020-09-30", 300), fraud("2020-10-01", 301)]
MOVED = police("2023-05-02", 310)
MOVED_BEFORE = police("2023-04-28", 310)

# --- broken, closed, opted out: June and July 2023 ---------------------------------------------------

STATES = [
    police("2023-06-29", 330, birth_date="31/02/1980"),  # quarantined, and mended by the last files
    police("2023-07-05", 331, record_type="W"),  # nobody knew of it: made closed
    police("2023-07-05", 332),
    police(
        "2023-07-06", 332, record_type="U", opted_out="Y", recorded_at="05/07/2023 10:15", offence_from="04/07/2023"
    ),
]
MENDED = police("2023-07-03", 330, recorded_at="29/06/2023 10:15", offence_from="28/06/2023")

TOLD = [
    *STATES,
    *AGES,
    *TAKEN,
    *ROLES,
    *CLOCKS,
    *STOPPED,
    *EASTER,
    *ONWARD,
    *RESTORATIVE,
    *REPEATS,
    *HELD,
    *FRAUD,
    MOVED,
]

EXPECTED = {
    "2022-05": """
age_non_da   | referrals | take_up | take_up_rate
17_and_under | 1         | 0       | 0.0000
18_to_24     | 2         | 0       | 0.0000
25_to_34     | 1         | 0       | 0.0000
55_to_64     | 1         | 0       | 0.0000
65_and_over  | 1         | 0       | 0.0000
not_given    | 1         | 0       | 0.0000
total        | 7         | 0       | 0.0000
""",
    "2021-06": """
referral_source | referrals | take_up | take_up_rate | share_of_support
self_referral   | 9         | 4       | 0.4444       | 1.0000
total           | 9         | 4       | 0.4444       | 1.0000
""",
    "2021-08": """
support_role | supported | immediate | ongoing
triage_iva   | 1         | 1         | 0
complex_iva  | 1         | 0         | 0
idva         | 1         | 0         | 1
total        | 3         | 1         | 1

priority               | referrals | take_up | take_up_rate | immediate | ongoing
not_enhanced           | 5         | 4       | 0.8000       | 2         | 1
non_da_not_enhanced    | 5         | 4       | 0.8000       | 2         | 1
""",
    "2021-03": """
service_standard      | due | met | met_rate | median_hours
contact_72h           | 7   | 4   | 0.5714   | 72.0000
three_attempts_72h    | 7   | 5   | 0.7143   | 48.0000
needs_assessment_24h  | 5   | 2   | 0.4000   | 12.0000
caseworker_24h        | 2   | 0   | 0.0000   | 24.0167
care_plan_72h         | 2   | 1   | 0.5000   | 72.0000
police_2_working_days | 2   | 2   | 1.0000   | 13.7500
complaint_24h         | 1   | 0   | 0.0000   | -
""",
    "2021-12": """
service_standard     | due | met | met_rate | median_hours
contact_72h          | 5   | 3   | 0.6000   | 24.0000
three_attempts_72h   | 5   | 3   | 0.6000   | 36.0000
needs_assessment_24h | 2   | 0   | 0.0000   | -
onward_24h           | 1   | 0   | 0.0000   | 24.0000

onward                | referrals | within_24h | received
children_young_people | 1         | 0          | 0

religion  | referrals | take_up | take_up_rate
sikh      | 5         | 2       | 0.4000
not_given | 1         | 0       | 0.0000
total     | 6         | 2       | 0.3333

sexual_orientation | referrals | take_up | take_up_rate
heterosexual       | 5         | 2       | 0.4000
not_given          | 1         | 0       | 0.0000
total              | 6         | 2       | 0.3333
""",
    "2021-04": """
service_standard         | due | met | met_rate | median_hours
contact_72h              | 3   | 0   | 0.0000   | -
three_attempts_72h       | 3   | 0   | 0.0000   | -
police_2_working_days    | 3   | 2   | 0.6667   | 159.0000
complaint_24h            | 6   | 3   | 0.5000   | 6.0000
complaint_5_working_days | 5   | 3   | 0.6000   | 139.0000
""",
    "2021-09": """
onward                | referrals | within_24h | received
children_young_people | 3         | 2          | 1
""",
    "2021-10": """
restorative_justice | people
offered             | 2
accepted            | 1
done_direct         | 1
done_indirect       | 1
done                | 1
""",
    "2021-11": """
restorative_justice | people
accepted            | 1
""",
    "2022-11": """
repeat_victims        | people | referrals
any_crime_12m         | 5      | 7
same_crime_12m        | 3      | 4
persistently_targeted | 2      | 4
""",
    "2022-02": """
held                 | opened | released | open_at_end
unsafe_to_contact    | 1      | 0        | 2
safe_contact_unknown | 2      | 1        | 1
""",
    "2020-09": """
priority            | referrals | take_up | take_up_rate | immediate | ongoing
not_enhanced        | 1         | 0       | 0.0000       | 0         | 0
non_da_not_enhanced | 1         | 0       | 0.0000       | 0         | 0
""",
    "2020-10": """
priority        | referrals | take_up | take_up_rate | immediate | ongoing
enhanced        | 1         | 0       | 0.0000       | 0         | 0
non_da_enhanced | 1         | 0       | 0.0000       | 0         | 0
fraud           | 1         | 0       | 0.0000       | 0         | 0
""",
}
TABLES = [(month, table, lines) for month, text in EXPECTED.items() for table, lines in written_tables(text).items()]


@dataclass(frozen=True)
class World:
    """A service with everything told, and the moment before the last files came."""

    service: Service
    before: datetime


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[World]:
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("edges"), url) as made:
        made.configure(*SOURCES)
        load(made, TOLD)
        moment = clock.now()
        load(made, [*TAKEN_LATER, MOVED_BEFORE, MENDED])
        for key, day in ((police_key(292), "2022-02-20 12:00+00"), (police_key(293), "2022-03-01 00:00+00")):
            made.change(
                "update cms.hold set over_at = %s::timestamptz where over_at is not null and referral_id = "
                "(select referral_id from cms.referral where referral_key = %s)",
                day,
                key,
            )
        yield World(made, moment)


@pytest.mark.parametrize(("month", "table", "lines"), TABLES, ids=[f"{month} {table}" for month, table, _ in TABLES])
def test_a_month_has_the_figures_that_were_worked_out(world: World, month: str, table: str, lines: str) -> None:
    assert shown(asked(world.service, month), table).splitlines() == lines.splitlines()


def total(world: World, month: str, **when: datetime) -> str:
    """Referrals, take-up and their rate."""
    lines = shown(asked(world.service, month, **when), "referral_source", "total").splitlines()
    return " ".join(cell.strip() for cell in lines[1].split("|")[1:4])


def test_what_came_later_does_not_count_as_known_before(world: World) -> None:
    assert total(world, "2021-06", moment=world.before) == "9 4 0.4444"  # 210, 213, 215 and 218
    assert total(world, "2021-06") == "9 4 0.4444"  # 210, 213, 214 and 217
    late = end_of(date(2021, 7, 12))
    assert total(world, "2021-06", cut_off=late, moment=world.before) == "9 5 0.5556"
    assert total(world, "2021-06", cut_off=late) == "9 6 0.6667"


def test_a_later_cut_off_counts_more(world: World) -> None:
    assert total(world, "2021-06", cut_off=end_of(date(2021, 7, 11))) == "9 5 0.5556"
    assert total(world, "2021-06", cut_off=end_of(date(2021, 7, 9))) == "9 3 0.3333"


def test_an_older_file_moves_a_referral_to_its_month(world: World) -> None:
    assert (total(world, "2023-04", moment=world.before), total(world, "2023-05", moment=world.before)) == (
        "0 0 -",
        "1 0 0.0000",
    )
    assert (total(world, "2023-04"), total(world, "2023-05")) == ("1 0 0.0000", "0 0 -")


def test_a_broken_row_counts_once_it_is_mended_in_the_month_of_the_sound_one(world: World) -> None:
    assert (total(world, "2023-06"), total(world, "2023-07")) == ("0 0 -", "3 0 0.0000")
    assert total(world, "2023-07", moment=world.before) == "2 0 0.0000"
    for moment, corrected in ((world.before, 0), (None, 1)):
        figures = {figure.key: figure.value for figure in asked(world.service, "2023-06", moment=moment)}
        assert figures["data_quality", "mps", "quarantined"] == 1
        assert figures["data_quality", "mps", "corrected"] == corrected


def test_files_are_counted_by_their_business_date(world: World) -> None:
    figures = {figure.key: figure.value for figure in asked(world.service, "2023-07")}
    names = ("files", "rows", "created", "updated", "withdrawn")
    assert [figures["data_quality", "mps", name] for name in names] == [3, 4, 3, 0, 1]
