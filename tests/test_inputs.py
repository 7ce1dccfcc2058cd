"""`lvws inputs`: a file through the command into the database, and what was known when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from exchange import database
from exchange.cms import describe, inputs, known
from exchange.errors import ChangedMeanwhile
from exchange.ledger import audit
from tests.operators import Staff
from tests.service import Service, running

HEADER = "key,period,value,note\n"
FIRST = HEADER + (
    "baseline access_volume,2018-19,41757,average quarter\n"
    "opening_hours,2019-20Q1,84.5,\n"
    'narrative summary,2019-20Q1,"=1+1\nA quiet quarter.",\n'
)
SECOND = (
    HEADER + "baseline access_volume,2018-19,41758,corrected\nopening_hours,2019-20Q1,84.5,\npartners,2019-20Q2,0.75,\n"
)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def connection(service: Service) -> Iterator[database.Connection]:
    with database.connect(service.settings, "operator") as made:
        yield made


def a_file(service: Service, text: str, name: str = "inputs.csv") -> str:
    path = service.folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def given(service: Service, text: str, *more: str):
    return service.lvws("inputs", "import", a_file(service, text), "--yes", *more)


def values(connection: database.Connection, moment=None) -> dict[tuple[str, str], str]:
    found = inputs.held(connection) if moment is None else inputs.at(connection, moment)
    return {(each.key, each.period): each.value for each in found}


def the_moment(connection: database.Connection):
    with known.moment(connection, "naming a moment") as at:
        return at


# --- importing --------------------------------------------------------------------------------------


def test_what_was_known_at_two_moments(service: Service, connection: database.Connection):
    before = the_moment(connection)
    assert given(service, FIRST).code == 0
    between = the_moment(connection)
    assert given(service, SECOND).code == 0
    after = the_moment(connection)
    assert given(service, HEADER + "opening_hours,2019-20Q1,,never open\n").code == 0

    assert values(connection, before) == {}
    assert values(connection, between) == {
        ("baseline access_volume", "2018-19"): "41757",
        ("opening_hours", "2019-20Q1"): "84.5",
        ("narrative summary", "2019-20Q1"): "=1+1\nA quiet quarter.",
    }
    assert values(connection, after) == values(connection, between) | {
        ("baseline access_volume", "2018-19"): "41758",
        ("partners", "2019-20Q2"): "0.75",
    }
    assert ("opening_hours", "2019-20Q1") not in values(connection)
    assert ("opening_hours", "2019-20Q1") in values(connection, after)


def test_importing_twice_is_importing_once(service: Service):
    first = given(service, FIRST, "--json").json
    assert (first["stored"], [each["change"] for each in first["inputs"]]) == (3, ["new"] * 3)
    again = given(service, FIRST, "--json").json
    assert (again["stored"], [each["change"] for each in again["inputs"]]) == (0, ["same"] * 3)
    assert service.rows("select count(*) from cms.input") == [(3,)]


def test_json_says_what_changes(service: Service):
    given(service, FIRST)
    assert given(service, SECOND, "--json").json == {
        "file": "inputs.csv",
        "stored": 2,
        "inputs": [
            {
                "key": "baseline access_volume",
                "period": "2018-19",
                "change": "changed",
                "before": "41757",
                "value": "41758",
            },
            {"key": "opening_hours", "period": "2019-20Q1", "change": "same", "before": "84.5", "value": "84.5"},
            {"key": "partners", "period": "2019-20Q2", "change": "new", "before": None, "value": "0.75"},
        ],
    }


def test_a_blank_takes_back_what_stands_there_and_nothing_else(service: Service, connection: database.Connection):
    given(service, FIRST)
    taken = given(service, HEADER + "opening_hours,2019-20Q1,,\nopening_hours,2019-20Q2,,\n", "--json").json
    assert [each["change"] for each in taken["inputs"]] == ["taken_back", "same"]
    assert ("opening_hours", "2019-20Q1") not in values(connection)
    assert given(service, FIRST, "--json").json["stored"] == 1


def test_a_new_note_alone_is_a_version(service: Service, connection: database.Connection):
    given(service, FIRST)
    given(service, HEADER + "opening_hours,2019-20Q1,84.5,counted anew\n")
    assert [each.note for each in inputs.held(connection) if each.key == "opening_hours"] == ["counted anew"]


def test_nothing_is_stored_where_a_line_is_wrong(service: Service):
    ran = given(service, FIRST + "opening_hours,2019-20Q2,ZZmany,\nnobody,2019-20Q1,1,\n")
    assert ran.code == 3
    assert ran.err.startswith("E640 inputs.csv has 2 faults; the first is in line 6, column value: ")
    assert "ZZmany" not in ran.out + ran.err
    assert service.rows("select count(*) from cms.input") == [(0,)]

    ran = given(service, FIRST + "opening_hours,2019-20Q2,ZZmany,\nnobody,2019-20Q1,1,\n", "--json")
    assert (ran.code, ran.json["stored"]) == (3, 0)
    assert [(each["line"], each["column"]) for each in ran.json["findings"]] == [(6, "value"), (7, "key")]


def test_a_file_that_is_none_is_refused(service: Service):
    path = service.folder / "utf16.csv"
    path.write_bytes(FIRST.encode("utf-16"))
    ran = service.lvws("inputs", "import", str(path), "--yes")
    assert (ran.code, "about the file as a whole" in ran.err) == (3, True)


def test_a_file_that_is_not_there_is_wrong_use(service: Service):
    assert service.lvws("inputs", "import", str(service.folder / "none.csv"), "--yes").code == 2


# --- asking ------------------------------------------------------------------------------------------


def test_it_asks_and_ends_with_2_where_nobody_can_answer(service: Service):
    staff = Staff.of(service, "jo")
    path = a_file(service, FIRST)
    ran = staff.lvws(None, "inputs", "import", path)
    assert (ran.code, "3 new" in ran.err) == (2, True)
    assert staff.lvws(None, "inputs", "import", path, typed="n\n").code == 2
    assert service.rows("select count(*) from cms.input") == [(0,)]
    ran = staff.lvws(None, "inputs", "import", path, typed="y\n")
    assert (ran.code, "Stored: 3." in ran.out) == (0, True)
    ran = staff.lvws(None, "inputs", "import", path)
    assert (ran.code, "Nothing to store" in ran.out) == (0, True)


def test_who_gave_it_is_kept_and_audited(service: Service, connection: database.Connection):
    staff = Staff.of(service, "jo")
    staff.lvws("jo", "inputs", "import", a_file(service, FIRST), "--yes")
    staff.lvws(None, "inputs", "import", a_file(service, SECOND, "second.csv"), "--yes")
    by = {each.key: (each.given_by, each.file) for each in inputs.held(connection)}
    assert by["opening_hours"] == ("jo", "inputs.csv")
    assert by["partners"] == (audit.whoami(), "second.csv")
    told = service.rows("select detail from ledger.audit where what = 'inputs given' order by audit_id")
    assert [detail for (detail,) in told] == [
        {"file": "inputs.csv", "by": "jo", "versions": 3},
        {"file": "second.csv", "by": audit.whoami(), "versions": 2},
    ]


def test_a_key_of_nobody_is_refused(service: Service):
    from exchange import operators

    private, _ = operators.new("stranger", service.folder / "operators")
    service.environ[operators.KEY_VARIABLE] = str(private)
    assert given(service, FIRST).code == 5
    assert service.rows("select count(*) from cms.input") == [(0,)]


def test_what_somebody_gave_meanwhile_is_not_overwritten(service: Service, connection: database.Connection):
    line = inputs.Given("opening_hours", "2019-20Q1", "80", "")
    origin = inputs.Origin("late.csv", "0" * 64, "jo")
    looked = inputs.compare([line], inputs.held(connection))
    given(service, FIRST)
    with pytest.raises(ChangedMeanwhile):
        inputs.store(connection, looked, origin)
    assert values(connection)["opening_hours", "2019-20Q1"] == "84.5"
    again = inputs.compare([line], inputs.held(connection))
    assert inputs.store(connection, again, origin) == 1


# --- listing ------------------------------------------------------------------------------------------


def test_the_list_shows_what_is_there_and_what_a_quarter_lacks(service: Service):
    given(service, FIRST)
    found = service.lvws("inputs", "list", "--period", "2019-20Q1", "--json").json
    assert [each["key"] for each in found["inputs"]] == ["baseline access_volume", "narrative summary", "opening_hours"]
    lacking = {each["key"] for each in found["lacking"]}
    assert found["period"] == "2019-20Q1"
    assert "supply_chain" in lacking
    assert not lacking & {"baseline access_volume", "opening_hours", "narrative summary"}

    ran = service.lvws("inputs", "list", "--period", "2019-20Q2")
    assert ran.code == 0
    assert "2019-20Q2 lacks" in ran.out
    assert "=1+1 A quiet quarter." in ran.out


def test_the_list_of_a_month_is_wrong_use(service: Service):
    assert service.lvws("inputs", "list", "--period", "2019-06").code == 2
    assert service.lvws("inputs", "list", "--period", "soon").code == 2


def test_the_list_asks_about_the_last_quarter_and_tells_every_key(service: Service):
    assert service.lvws("inputs", "list", "--json").json["period"].count("Q") == 1
    told = service.lvws("inputs", "list", "--keys", "--json").json["keys"]
    assert {"key": "opening_hours", "kind": "number", "per": "quarter"}.items() <= next(
        each for each in told if each["key"] == "opening_hours"
    ).items()
    assert "police_share religion sikh" in service.lvws("inputs", "list", "--keys").out


# --- the database's own guard -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("operator", "update cms.input set value = '1'"),
        ("operator", "delete from cms.input"),
        ("owner", "update cms.input set value = '1'"),
        ("owner", "delete from cms.input"),
        (
            "loader",
            "insert into cms.input (key, period, file, sha256, given_by, given_at) values ('a', '2019-06', 'f', repeat('0', 64), 'jo', now())",
        ),
        (
            "reader",
            "insert into cms.input (key, period, file, sha256, given_by, given_at) values ('a', '2019-06', 'f', repeat('0', 64), 'jo', now())",
        ),
    ],
)
def test_nobody_changes_what_was_given(service: Service, role: str, statement: str):
    given(service, FIRST)
    with psycopg.connect(service.database_url) as connection:
        connection.execute(f"set role lvws_{role}")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize(
    "over",
    [
        {"key": ""},
        {"period": "soon"},
        {"period": "2019-20Q5"},
        {"value": ""},
        {"sha256": "x"},
        {"given_by": ""},
        {"file": ""},
    ],
)
def test_the_database_refuses_what_is_no_input(database_url: str, over: dict[str, str]):
    line = {"key": "a", "period": "2019-06", "value": "1", "file": "f", "sha256": "0" * 64, "given_by": "jo"} | over
    with psycopg.connect(database_url) as connection, pytest.raises(errors.CheckViolation):
        connection.execute(
            "insert into cms.input (key, period, value, file, sha256, given_by, given_at) values "
            "(%(key)s, %(period)s, %(value)s, %(file)s, %(sha256)s, %(given_by)s, now())",
            line,
        )


def test_the_table_is_described(database_url: str):
    with psycopg.connect(database_url) as connection:
        told = [each for each in describe.columns(connection) if each[0] == "input"]
    assert told
    assert all(of_table and of_column for *_, of_table, of_column in told)


def test_the_example_of_the_documentation_is_taken(service: Service):
    page = Path(__file__).resolve().parents[1] / "docs" / "inputs.md"
    example = page.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    ran = given(service, example, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["stored"] == example.count("\n") - 1
