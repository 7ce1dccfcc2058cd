"""A month of a few dozen referrals through the whole service, against figures that were worked out by hand.

Written from interfaces: returns, outcomes and feeds. What is not in a table here is 0 in the return.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from exchange.sources import SOURCES
from tests.casework import contact_key, witness_key
from tests.feeds import police_key
from tests.outputs.told import Told, asked, contact, event, fraud, load, nil, police, shown, witness, written_tables
from tests.service import Service, fresh_database, running

pytestmark = pytest.mark.xdist_group("counts")  # one service for the module

ABH = {"ho_code": "008/06", "offence_title": "Assault occasioning actual bodily harm"}
DA = {**ABH, "da_flag": "Y"}
BROKEN = {"birth_date": "31/02/1980"}
SOUND = police("2024-04-08", 110, mobile="07700", home_phone="", email="")
TWICE = police("2024-04-04", 106, ethnicity_self="O1", mobile="", home_phone="")
LATER = "2024-05-12"  # the file that tells what was done on the last days

TOLD: list[Told] = [
    # The Met. Recorded on the Thursday before Easter: two working days end on Wednesday 3 April.
    police("2024-04-03", 101, recorded_at="28/03/2024 09:00", ethnicity_self=""),
    police("2024-04-03", 102, **DA, dash_risk="H", disability="Y"),
    police("2024-04-03", 103, **DA, borough="Zznowhere", ethnicity_self="NS"),
    police("2024-04-04", 104, **DA, dash_risk="S", borough="Outside London", recorded_at="28/03/2024 09:00"),
    police("2024-04-04", 105, **DA, dash_risk="M", borough="Barnet", disability=""),
    TWICE,
    Told(police("2024-04-05", 0).day, "mps", TWICE.row),  # duplicate
    police("2024-04-05", 107, ho_code="044/00", offence_title="Theft of a pedal cycle"),  # withdrawn on the tenth
    police("2024-04-05", 108, opted_out="Y"),  # excluded
    police("2024-04-05", 109, **BROKEN),  # quarantined and never mended
    police("2024-04-05", 110, **BROKEN),  # quarantined, and mended on the eighth
    SOUND,
    police("2024-04-09", 119, ho_code="001/01", offence_title="Murder of persons aged 1 yr or over"),
    police("2024-04-09", 124, ho_code="019/08", offence_title="Rape of a female aged 16 or over"),
    police("2024-04-09", 125, incident_kind="non-crime", ho_code="", offence_title="Anti-social behaviour"),
    police("2024-04-10", 107, record_type="W", ho_code="044/00", offence_title="Theft of a pedal cycle"),
    nil("2024-04-12"),
    # Other forces and fraud.
    police("2024-04-09", 111, "btp", ho_code="149/00", offence_title="Other criminal damage", sex="M", safe_to_contact=""),
    police("2024-04-09", 112, "colp", ho_code="034/01", offence_title="Robbery - personal", hate_flags="RI", sex="U"),
    fraud("2024-04-09", 113, ethnicity="Chinese"),
    fraud("2024-04-09", 114, gender="Prefer not to say", disability="Prefer not to say", vulnerable="Yes"),
    # The contact centre; a call belongs to the day in London on which it came.
    contact("2024-04-10 10:15", 115, ethnicity_self="A4", sexual_orientation="Lesbian", religion="None"),
    contact(
        "2024-04-10 10:16",
        116,
        channel="agency",
        agency_type="housing",
        da_flag="Y",
        dash_risk="H",
        borough="Hackney",
        sexual_orientation="bisexual",
        religion="Jedi",
    ),
    contact("2024-04-10 10:17", 117, da_flag="Y", dash_score="14"),
    contact("2024-03-31 23:59:59", 118),  # March
    contact("2024-05-01 00:00", 126),  # May, 23:00 of 30 April in UTC
    # Witnesses.
    witness("2024-04-11 10:15", 120, visit_requested="Y"),
    witness("2024-04-11 10:15", 121, referred_by="cps"),
    witness("2024-04-11 10:15", 122, referred_by="defence_solicitor", called_by="defence"),
    witness("2024-04-11 10:15", 123, professional_witness="Y"),  # excluded
    # What was done. 10 May in London ends at 23:00 UTC.
    event("2024-04-12 09:00", police_key(101), "take_up", LATER),
    event("2024-04-12 09:01", police_key(101), "caseworker_allocated", LATER, role="triage_iva"),
    event("2024-04-12 09:02", police_key(101), "support_started", LATER, category="immediate"),
    event("2024-04-12 09:03", police_key(102), "take_up", LATER),
    event("2024-04-12 09:04", police_key(102), "caseworker_allocated", LATER, role="triage_iva"),
    event("2024-04-15 09:04", police_key(102), "caseworker_allocated", LATER, role="idva"),
    event("2024-05-11 09:04", police_key(102), "caseworker_allocated", LATER, role="complex_iva"),  # after the cut-off
    event("2024-04-15 09:05", police_key(102), "support_started", LATER, category="immediate"),
    event("2024-05-10 23:59:59", police_key(102), "support_started", LATER, category="ongoing"),
    event("2024-05-11 00:00:01", police_key(105), "take_up", LATER),  # after the cut-off
    event("2024-04-06 09:00", police_key(107), "take_up", LATER),  # and withdrawn on the tenth
    event("2024-04-12 09:00", police_key(112), "take_up", LATER, referral_source="colp"),
    event("2024-04-12 09:01", police_key(112), "caseworker_allocated", LATER, referral_source="colp", role="complex_iva"),
    event("2024-04-12 09:02", police_key(112), "support_started", LATER, referral_source="colp", category="ongoing"),
    event("2024-04-12 09:00", "NFRC190600000114", "take_up", LATER),
    event("2024-04-12 09:00", contact_key(115), "take_up", LATER),
    event("2024-04-12 09:00", contact_key(116), "take_up", LATER),
    event("2024-04-12 09:01", contact_key(116), "caseworker_allocated", LATER, role="idva"),
    event("2024-04-12 09:02", contact_key(116), "support_started", LATER, category="immediate"),
    event("2024-04-12 09:03", contact_key(117), "caseworker_allocated", LATER, role="idva"),  # and no take-up
    event("2024-04-12 09:00", witness_key(120), "take_up", LATER),
    event("2024-04-12 09:01", witness_key(120), "visit_undertaken", LATER),
    event("2024-04-12 09:02", witness_key(121), "visit_requested", LATER),
    event("2024-05-11 09:02", witness_key(121), "visit_undertaken", LATER),  # after the cut-off
]  # fmt: skip

APRIL = """
referral_source | referrals | take_up | take_up_rate | share_of_support
police          | 15        | 5       | 0.3333       | 0.7143
mps             | 11        | 3       | 0.2727       | 0.4286
btp             | 1         | 0       | 0.0000       | 0.0000
colp            | 1         | 1       | 1.0000       | 0.1429
action_fraud    | 2         | 1       | 0.5000       | 0.1429
self_referral   | 2         | 1       | 0.5000       | 0.1429
other_agencies  | 1         | 1       | 1.0000       | 0.1429
total           | 18        | 7       | 0.3889       | 1.0000

crime_category     | referrals | take_up | take_up_rate
non_crime          | 1         | 0       | 0.0000
homicide           | 1         | 0       | 0.0000
rape               | 1         | 0       | 0.0000
other_crime        | 1         | 1       | 1.0000
fraud_and_forgery  | 2         | 1       | 0.5000
criminal_damage    | 1         | 0       | 0.0000
other_theft        | 4         | 2       | 0.5000
bicycle_theft      | 1         | 1       | 1.0000
total_non_da       | 12        | 5       | 0.4167
high_risk_da       | 3         | 2       | 0.6667
low_medium_risk_da | 3         | 0       | 0.0000
total_da           | 6         | 2       | 0.3333
total              | 18        | 7       | 0.3889

da_borough     | referrals | take_up | take_up_rate | high_risk
E09000003      | 1         | 0       | 0.0000       | 0
E09000012      | 1         | 1       | 1.0000       | 1
E09000025      | 2         | 1       | 0.5000       | 2
outside_london | 1         | 0       | 0.0000       | 0
not_given      | 1         | 0       | 0.0000       | 0
total          | 6         | 2       | 0.3333       | 3

age_non_da | referrals | take_up | take_up_rate
35_to_44   | 10        | 4       | 0.4000
55_to_64   | 2         | 1       | 0.5000
total      | 12        | 5       | 0.4167

age_da   | referrals | take_up | take_up_rate
35_to_44 | 6         | 2       | 0.3333
total    | 6         | 2       | 0.3333

gender            | referrals | take_up | take_up_rate
female            | 15        | 5       | 0.3333
male              | 1         | 0       | 0.0000
prefer_not_to_say | 1         | 1       | 1.0000
not_given         | 1         | 1       | 1.0000
total             | 18        | 7       | 0.3889

ethnicity | referrals | take_up | take_up_rate
asian     | 2         | 1       | 0.5000
white     | 13        | 5       | 0.3846
other     | 1         | 0       | 0.0000
not_given | 2         | 1       | 0.5000
total     | 18        | 7       | 0.3889

disability        | referrals | take_up | take_up_rate
yes               | 1         | 1       | 1.0000
no                | 15        | 5       | 0.3333
prefer_not_to_say | 1         | 1       | 1.0000
not_given         | 1         | 0       | 0.0000
total             | 18        | 7       | 0.3889

sexual_orientation | referrals | take_up | take_up_rate
heterosexual       | 1         | 0       | 0.0000
gay_or_lesbian     | 1         | 1       | 1.0000
bisexual           | 1         | 1       | 1.0000
not_given          | 15        | 5       | 0.3333
total              | 18        | 7       | 0.3889

religion    | referrals | take_up | take_up_rate
no_religion | 1         | 1       | 1.0000
sikh        | 1         | 0       | 0.0000
other       | 1         | 1       | 1.0000
not_given   | 15        | 5       | 0.3333
total       | 18        | 7       | 0.3889

priority                    | referrals | take_up | take_up_rate | immediate | ongoing
enhanced                    | 11        | 4       | 0.3636       | 1         | 2
enhanced_without_fraud_rule | 10        | 4       | 0.4000       | 1         | 2
not_enhanced                | 7         | 3       | 0.4286       | 1         | 0
da                          | 6         | 2       | 0.3333       | 1         | 1
non_da_enhanced             | 5         | 2       | 0.4000       | 0         | 1
non_da_not_enhanced         | 7         | 3       | 0.4286       | 1         | 0
domestic_abuse              | 6         | 2       | 0.3333       | 1         | 1
hate_crime                  | 1         | 1       | 1.0000       | 0         | 1
sexual_offence              | 1         | 0       | 0.0000       | 0         | 0
bereaved                    | 1         | 0       | 0.0000       | 0         | 0
vulnerable                  | 1         | 1       | 1.0000       | 0         | 0
fraud                       | 2         | 1       | 0.5000       | 0         | 0

support_role | supported | immediate | ongoing
triage_iva   | 1         | 1         | 0
complex_iva  | 1         | 0         | 1
idva         | 2         | 1         | 1
total        | 4         | 2         | 2

da_source                 | referrals | take_up | take_up_rate
police                    | 4         | 1       | 0.2500
police_high               | 1         | 1       | 1.0000
police_low_medium         | 3         | 0       | 0.0000
self_referral             | 1         | 0       | 0.0000
self_referral_high        | 1         | 0       | 0.0000
other_agencies            | 1         | 1       | 1.0000
other_agencies_high       | 1         | 1       | 1.0000
total                     | 6         | 2       | 0.3333

restorative_justice | people

witness           | referrals | take_up | take_up_rate | visits_requested | visits_undertaken
wcu               | 1         | 1       | 1.0000       | 1                | 1
cps               | 1         | 0       | 0.0000       | 1                | 0
defence_solicitor | 1         | 0       | 0.0000       | 0                | 0
total             | 3         | 1       | 0.3333       | 2                | 1
prosecution       | 2         | 1       | 0.5000       | 2                | 1
defence           | 1         | 0       | 0.0000       | 0                | 0

onward | referrals | within_24h | received

repeat_victims | people | referrals

data_quality      | files | nil_files | late_files | rows | created | updated | withdrawn | duplicate | quarantined | excluded | corrected
mps               | 7     | 1         | 1          | 16   | 11      | 0       | 1         | 1         | 2           | 1        | 1
btp               | 1     | 0         | 0          | 1    | 1       | 0       | 0         | 0         | 0           | 0        | 0
colp              | 1     | 0         | 0          | 1    | 1       | 0       | 0         | 0         | 0           | 0        | 0
action_fraud      | 1     | 0         | 0          | 2    | 2       | 0       | 0         | 0         | 0           | 0        | 0
contact_centre    | 1     | 0         | 0          | 3    | 3       | 0       | 0         | 0         | 0           | 0        | 0
witness_care_unit | 1     | 0         | 0          | 4    | 3       | 0       | 0         | 0         | 0           | 1        | 0
"""

TABLES = written_tables(APRIL)

# Referrals of each source, and of each field those without a usable value. Only domestic abuse has a risk.
UNKNOWN = """
                  | referrals | gender | age | ethnicity | disability | borough | phone | safe_contact | dash_risk
mps               | 11        | 0      | 0   | 2         | 1          | 1       | 2     | 0            | 1 of 4
btp               | 1         | 0      | 0   | 0         | 0          | 0       | 0     | 1            | 0 of 0
colp              | 1         | 1      | 0   | 0         | 0          | 0       | 0     | 0            | 0 of 0
action_fraud      | 2         | 1      | 0   | 0         | 1          | 0       | 0     | 2            | 0 of 0
contact_centre    | 3         | 0      | 0   | 0         | 0          | 0       | 0     | 0            | 0 of 2
witness_care_unit | 3         | 0      | 0   | 0         | 3          | 3       | 0     | 0            | 0 of 0
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    """Everything told, taken in; each file came in the morning after its day, that of 9 April a day later."""
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("counts"), url) as made:
        made.configure(*SOURCES)
        load(made, TOLD)
        made.change(
            "update ledger.delivery d set received_at = (r.business_date + 1 + (r.source = 'mps' and r.business_date "
            "= '2024-04-09')::int) + time '06:00' from ledger.run r where r.run = d.run"
        )
        yield made


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_figures_that_were_worked_out(service: Service, table: str) -> None:
    assert shown(asked(service, "2024-04"), table).splitlines() == TABLES[table].splitlines()


def test_unknown_values_are_counted_source_by_source(service: Service) -> None:
    values = {figure.key: figure.value for figure in asked(service, "2024-04")}
    head, *lines = ([cell.strip() for cell in line.split("|")] for line in UNKNOWN.strip("\n").splitlines())
    expected: dict[str, tuple[int, int, Fraction | None]] = {}
    for source, referrals, *counts in lines:
        for field, count in zip(head[2:], counts, strict=True):
            unknown, of = (
                int(number) for number in (count if " of " in count else f"{count} of {referrals}").split(" of ")
            )
            expected[f"{source} {field}"] = unknown, of, Fraction(unknown, of) if of else None
    columns = ("unknown", "referrals", "unknown_rate")
    assert {row: tuple(values["unknown_rate", row, column] for column in columns) for row in expected} == expected
    assert {row for table, row, _ in values if table == "unknown_rate"} == expected.keys()


def test_a_call_belongs_to_its_day_in_london(service: Service) -> None:
    for month, row in (("2024-03", "self_referral | 1"), ("2024-05", "self_referral | 1")):
        assert row in shown(asked(service, month), "referral_source")
