"""What becomes of rows, written from the interface documents alone (interfaces: outcomes, Rows; feeds)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.feeds import (
    FIRST_DAY,
    Row,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_stranger,
    as_record,
    fraud_key,
    fraud_name,
    police_key,
    police_name,
)
from tests.service import Service, fresh_database, running

Outcome = tuple[str, str | None]
Files = Sequence[tuple[int, Sequence[Row]]]  # (business day, rows), in the order of arrival

DA = {"da_flag": "Y", "dash_risk": "S"}
RAPE = {"ho_code": "019/08", "offence_title": "Rape of a female aged 16 or over"}
MURDER = {"ho_code": "001/01", "offence_title": "Murder of persons aged 1 yr or over"}
DEATH_BY_DRIVING = {"ho_code": "004/04", "offence_title": "Causing death by dangerous driving"}
N, U, W = ({"record_type": letter} for letter in "NUW")
NEW, UPDATED, WITHDRAWN = ({"status": word} for word in ("New", "Updated", "Withdrawn"))
BLANK = {"consent": ""}

OUTCOMES = "created updated withdrawn duplicate quarantined excluded waiting".split()

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    """One service for all rows here: each case has keys, files and sequence numbers of its own."""
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("outcomes"), url) as made:
        made.configure("action_fraud")
        yield made


def case(name: str, *files: tuple[int, Sequence[Row]], ends: Sequence[Outcome]) -> Any:
    """A row of the tables below: files as (business day, what their rows say), and the outcomes of the last one."""
    return pytest.param(files, list(ends), id=name)


POLICE = [
    case("new", (1, [N]), ends=[("created", None)]),
    case("update of an unknown key", (1, [U]), ends=[("created", "update_of_unknown")]),
    case("withdrawal of an unknown key", (1, [W]), ends=[("created", "withdrawal_of_unknown")]),
    case("changed", (1, [N]), (2, [U | {"mobile": "07700 900111"}]), ends=[("updated", None)]),
    case("the same, record type aside", (1, [N]), (2, [U]), ends=[("duplicate", None)]),
    case("the same twice in a file", (1, [N, N]), ends=[("created", None), ("duplicate", None)]),
    case("a blank is no change", (1, [N]), (2, [U | {"mobile": "07700 900111"}]), (3, [U | {"mobile": ""}]), ends=[("updated", None)]),
    case("new again with other content", (1, [N]), (2, [N | {"surname": "Zzelm"}]), ends=[("updated", "new_for_known")]),
    case("withdrawn", (1, [N]), (2, [W]), ends=[("withdrawn", None)]),
    case("new, changed and withdrawn in a file", (1, [N, U | {"sex": "M"}, W]), ends=[("created", None), ("updated", None), ("withdrawn", None)]),
    case("withdrawn twice", (1, [N]), (2, [W]), (3, [W]), ends=[("duplicate", None)]),
    case("new after withdrawn opens again", (1, [N]), (2, [W]), (3, [N]), ends=[("updated", "reopened")]),
    case("older, and fills a blank", (2, [N | {"email": ""}]), (1, [N]), ends=[("updated", "late")]),
    case("older, and says nothing new", (2, [N]), (1, [N | {"mobile": "07700 900111"}]), ends=[("duplicate", "late")]),
    case("older withdrawal under a newer update", (1, [N]), (3, [U]), (2, [W]), ends=[("withdrawn", "late")]),
    case("opted out, unknown", (1, [N | {"opted_out": "Y"}]), ends=[("excluded", "opted_out")]),
    case("opted out, known", (1, [N]), (2, [U | {"opted_out": "Y"}]), ends=[("withdrawn", "opted_out")]),
    case("consent refused later", (1, [N]), (2, [U | {"consent": "N"}]), ends=[("withdrawn", "consent_refused")]),
    case("consent blank, where none is needed", (1, [N | BLANK]), ends=[("created", None)]),
    case("domestic abuse without consent", (1, [N | DA | BLANK]), ends=[("excluded", "consent_missing")]),
    case("domestic abuse, consent refused", (1, [N | DA | {"consent": "N"}]), ends=[("excluded", "consent_missing")]),
    case("domestic abuse with consent", (1, [N | DA]), ends=[("created", None)]),
    case("sexual offence without consent", (1, [N | RAPE | BLANK]), ends=[("excluded", "consent_missing")]),
    case("bereaved by murder, without consent", (1, [N | MURDER | BLANK]), ends=[("excluded", "consent_missing")]),
    case("bereaved by driving, without consent", (1, [N | DEATH_BY_DRIVING | BLANK]), ends=[("excluded", "consent_missing")]),
    case("bereaved by driving, with consent", (1, [N | DEATH_BY_DRIVING]), ends=[("created", None)]),
    case("turned into domestic abuse, blank", (1, [N | BLANK]), (2, [U | DA | BLANK]), ends=[("updated", "consent_pending")]),
    case("turned into a sexual offence, blank", (1, [N | BLANK]), (2, [U | RAPE | BLANK]), ends=[("withdrawn", "consent_missing")]),
    case("excluded, then with consent", (1, [N | DA | BLANK]), (2, [U | DA]), ends=[("created", "update_of_unknown")]),
    case("excluded, then held, in one file", (1, [N | DA | BLANK, N | DA]), ends=[("excluded", "consent_missing"), ("created", None)]),
    case("organisation without a name", (1, [N | {"victim_type": "O", "surname": ""}]), ends=[("excluded", "organisation")]),
    case("organisation with a named contact", (1, [N | {"victim_type": "O"}]), ends=[("created", None)]),
    case("opted out before organisation", (1, [N | {"victim_type": "O", "surname": "", "opted_out": "Y"}]), ends=[("excluded", "opted_out")]),
    case("non-crime without a code", (1, [N | {"incident_kind": "non-crime", "ho_code": "", "offence_title": "Anti-social behaviour"}]), ends=[("created", None)]),
]  # fmt: skip

FRAUD = [
    case("new", (1, [NEW]), ends=[("created", None)]),
    case("update of an unknown key", (1, [UPDATED]), ends=[("created", "update_of_unknown")]),
    case("changed", (1, [NEW]), (2, [UPDATED | {"loss_gbp": "99.50"}]), ends=[("updated", None)]),
    case("withdrawn", (1, [NEW]), (2, [WITHDRAWN]), ends=[("withdrawn", None)]),
    case("no support wanted, unknown", (1, [NEW | {"support_consent": "No"}]), ends=[("excluded", "opted_out")]),
    case("no support wanted, known", (1, [NEW]), (2, [UPDATED | {"support_consent": "No"}]), ends=[("withdrawn", "opted_out")]),
    case("business without a contact", (1, [NEW | {"victim_category": "business", "contact_name_given": "No"}]), ends=[("excluded", "organisation")]),
    case("charity, contact not said", (1, [NEW | {"victim_category": "charity"}]), ends=[("excluded", "organisation")]),
    case("business with a contact", (1, [NEW | {"victim_category": "business", "contact_name_given": "Yes"}]), ends=[("created", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "ends"), POLICE)
def test_a_police_row_ends_in(files: Files, ends: list[Outcome], service: Service) -> None:
    number = next(_numbers)
    for day, rows in files:
        sequence = next(_numbers)
        another = a_stranger(800_000 + sequence)  # so that no file has the content of one before it
        data = a_police_file([*(a_stranger(number, **row) for row in rows), another])
        service.put("mps", police_name(day, sequence), data)
        (run,) = service.loaded("--source", "mps")
    found = [(outcome, code) for _, outcome, code in service.outcomes(run["run"])]
    assert found == [*ends, ("created", None)]
    assert {outcome: run[outcome] for outcome in OUTCOMES} == {
        outcome: [each for each, _ in found].count(outcome) for outcome in OUTCOMES
    }


@pytest.mark.parametrize(("files", "ends"), FRAUD)
def test_a_fraud_row_ends_in(files: Files, ends: list[Outcome], service: Service) -> None:
    number = next(_numbers)
    for day, rows in files:
        on = FIRST_DAY + timedelta(days=10 * number + day)
        file = a_fraud_file([a_fraud_row(number, **row) for row in rows], on, next(_numbers))
        service.put_fraud(fraud_name(on), file)
        (run,) = service.loaded("--source", "action_fraud")
    assert [(outcome, code) for _, outcome, code in service.outcomes(run["run"])] == ends


# --- broken rows ------------------------------------------------------------------------------------

BROKEN = [
    # rule, column, what the row says
    ("blank", "crime_reference", {"crime_reference": ""}),
    ("blank", "viw_number", {"viw_number": ""}),
    ("key_shape", "crime_reference", {"crime_reference": "4000001-19"}),
    ("key_shape", "viw_number", {"viw_number": "0"}),
    ("key_shape", "viw_number", {"viw_number": "1000"}),
    ("closed_list", "record_type", {"record_type": "X"}),
    ("closed_list", "da_flag", {"da_flag": "y"}),
    ("closed_list", "dash_risk", {"dash_risk": "L"}),
    ("closed_list", "hate_flags", {"hate_flags": "TR,HO"}),
    ("closed_list", "ethnicity_self", {"ethnicity_self": "W3"}),
    ("closed_list", "ethnicity_observed", {"ethnicity_observed": "IC8"}),
    ("closed_list", "preferred_contact", {"preferred_contact": "letter"}),
    ("closed_list", "consent", {"consent": "Yes"}),
    ("date_impossible", "birth_date", {"birth_date": "31/02/1980"}),
    ("date_impossible", "recorded_at", {"recorded_at": "03/06/2019 24:15"}),
    ("date_format", "offence_from", {"offence_from": "2019-06-02"}),
    ("date_format", "offence_to", {"offence_to": "2/6/2019"}),
    ("date_future", "recorded_at", {"recorded_at": "03/06/2999 10:15"}),
    ("date_future", "offence_from", {"offence_from": "02/06/2999"}),
    ("ho_code_blank", "ho_code", {"ho_code": ""}),
    ("ho_code_unknown", "ho_code", {"ho_code": "999/99"}),
]
DAMAGED = [
    # rule, what is replaced in the record, by what
    ("fields", b"Plaistow", b"Plaistow,Zzelm"),
    ("fields", b",Plaistow", b""),
    ("quoting", b"Plaistow", b'Plai"stow'),
    ("line_end", b"Plaistow", b'"Plai\r\nstow"'),
    ("control_character", b"Plaistow", b"Plai\x07stow"),
    ("control_character", b"after six", b"after\tsix"),
    ("encoding", b"Plaistow", b"Plai\x81stow"),
]
ENOUGH = 150  # sound rows, so that an operator is not asked


def test_each_broken_row_is_quarantined_with_its_rule_and_the_sender_told(service: Service) -> None:
    rows: list[Row | bytes] = [a_stranger(900_000 + number, **change) for number, (*_, change) in enumerate(BROKEN)]
    rows += [as_record(a_stranger(910_000 + n)).replace(old, new) for n, (_, old, new) in enumerate(DAMAGED)]
    rows += [a_stranger(920_000 + number) for number in range(ENOUGH)]
    name = police_name(1, next(_numbers))
    service.put("mps", name, a_police_file(rows))
    (run,) = service.loaded("--source", "mps")
    broken = len(BROKEN) + len(DAMAGED)
    assert (run["quarantined"], run["created"], run["rows"]) == (broken, ENOUGH, len(rows))
    rejects = service.answer("mps", f"{name}.rejects.csv")
    assert [(each["column"], each["rule"]) for each in rejects] == [
        *((column, rule) for rule, column, _ in BROKEN),
        *(("", rule) for rule, *_ in DAMAGED),
    ]
    assert {each["outcome"] for each in rejects} == {"quarantined"}
    # The one row with a line end inside a field moves those after it down by a line.
    assert [int(each["line"]) for each in rejects[: len(BROKEN) + 4]] == list(range(2, len(BROKEN) + 6))
    with_key = {each["line"] for each in rejects if each["key"]}
    assert len(with_key) == len(BROKEN) - 5
    assert rejects[20]["key"] == police_key(900_020)


@pytest.mark.parametrize(
    ("change", "rule", "column"),
    [
        ({"nfib_code": "NFIB99Z"}, "nfib_code_unknown", "nfib_code"),
        ({"nfib_code": ""}, "blank", "nfib_code"),
        ({"support_consent": ""}, "blank", "support_consent"),
        ({"reference": "AF19060001"}, "key_shape", "reference"),
        ({"status": "new"}, "closed_list", "status"),
        ({"ethnicity": "W1"}, "closed_list", "ethnicity"),
        ({"reported_at": "2019-06-03T14:05:00"}, "date_format", "reported_at"),
        ({"incident_from": "03/06/2019"}, "date_format", "incident_from"),
        ({"loss_gbp": "1,250.00"}, "number", "loss_gbp"),
    ],
)
def test_a_broken_fraud_row_is_quarantined(change: Row, rule: str, column: str, service: Service) -> None:
    number = next(_numbers)
    on = FIRST_DAY + timedelta(days=10 * number)
    service.put_fraud(fraud_name(on), a_fraud_file([a_fraud_row(number, **change)], on, next(_numbers)))
    (run,) = service.loaded("--source", "action_fraud")
    assert service.outcomes(run["run"]) == [(2, "quarantined", rule)]
    (reject,) = service.answer("action_fraud", f"{fraud_name(on)}.rejects.csv")
    assert (reject["column"], reject["key"]) == (column, "" if column == "reference" else fraud_key(number))


WARNED = [
    ("name_characters", "surname", {"surname": "1E5"}),
    ("name_characters", "surname", {"surname": "=SUM(A1)"}),
    ("name_characters", "forename", {"forename": "Zz" * 18}),
    ("postcode_shape", "postcode", {"postcode": "E20 9"}),
    ("phone_shape", "mobile", {"mobile": "07700 9"}),
    ("email_shape", "email", {"email": "zzelm.example.org"}),
    ("age_birth_date", "age", {"age": "12"}),
    ("borough_unknown", "borough", {"borough": "Newhamm"}),
    ("filler", "postcode", {"postcode": "ZZ99 3VZ"}),
    ("filler", "mobile", {"mobile": "00000000000"}),
    ("filler", "birth_date", {"birth_date": "01/01/1900", "age": ""}),
    ("filler", "surname", {"surname": "N/K"}),
    ("clock_change", "recorded_at", {"recorded_at": "31/03/2019 01:30", "age": ""}),
    ("clock_change", "recorded_at", {"recorded_at": "28/10/2018 01:30", "age": ""}),
]


def test_odd_values_are_warned_of_and_kept(service: Service) -> None:
    rows = [a_stranger(930_000 + number, **change) for number, (*_, change) in enumerate(WARNED)]
    service.put("mps", police_name(1, next(_numbers)), a_police_file(rows))
    (run,) = service.loaded("--source", "mps")
    assert run["created"] == len(rows)
    found = service.rows("select line, rule, column_name from ledger.finding where run = %s order by line", run["run"])
    assert found == [(line, rule, column) for line, (rule, column, _) in enumerate(WARNED, 2)]


def test_a_warned_value_is_kept_as_sent_and_a_filler_is_blank(service: Service) -> None:
    number = next(_numbers)
    odd = {
        "surname": "=SUM(A1)",
        "mobile": "07700 9",
        "postcode": "ZZ99 3VZ",
        "forename": "UNKNOWN",
        "borough": "Newhamm",
    }
    odd |= {"recorded_at": "31/03/2019 01:30"}
    service.put("mps", police_name(1, next(_numbers)), a_police_file([a_stranger(number, **odd)]))
    service.loaded("--source", "mps")
    assert service.rows(
        "select surname, phone, phone_e164, postcode, forename, borough, borough_code, recorded_at_text, recorded_at "
        "from cms.referral where referral_key = %s",
        police_key(number),
    ) == [("=SUM(A1)", "07700 9", None, None, None, "Newhamm", None, "31/03/2019 01:30", None)]
