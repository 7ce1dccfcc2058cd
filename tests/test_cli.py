"""The command as scripts and people meet it: exit codes, one JSON document, help, empty cases (interfaces: command-line)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange import cli
from tests.feeds import a_police_file, a_police_row, police_name
from tests.service import Service, running

NAME = police_name(0, 1)
RUN = (
    "run source file business_date sequence state code rows created updated withdrawn duplicate quarantined excluded waiting"
).split()
COMMANDS = ("ingest", "runs", "show", "files", "doctor", "migrate", "purge", "demo", "keys")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def one_load(service: Service) -> str:
    service.put("mps", NAME, a_police_file([a_police_row(1), a_police_row(2, ho_code="")]))
    return service.loaded()[0]["run"]


# --- JSON -------------------------------------------------------------------------------------------


def test_ingest_and_runs_print_the_same_run(service: Service) -> None:
    service.put("mps", NAME, a_police_file([a_police_row(1)]))
    ran = service.ingest()
    assert list(ran.json) == ["runs"]
    (run,) = ran.runs
    assert list(run) == RUN
    assert {name: run[name] for name in RUN[1:9]} == {
        "source": "mps",
        "file": NAME,
        "business_date": "2019-06-03",
        "sequence": 1,
        "state": "loaded",
        "code": None,
        "rows": 1,
        "created": 1,
    }
    assert service.lvws("runs", "--json").runs == [run]


def test_runs_come_newest_first_and_all_of_them(service: Service) -> None:
    for day in range(3):
        service.put("mps", police_name(day, day + 1), a_police_file([a_police_row(day)]))
        service.loaded()
    assert [run["sequence"] for run in service.lvws("runs", "--json", "--limit", "1").runs] == [3, 2, 1]
    assert service.lvws("runs", "--limit", "1").out.count("MPS_LVWS") == 1


@pytest.mark.parametrize(
    "arguments",
    [("ingest",), ("runs",), ("files",), ("purge",), ("keys", "list"), ("migrate",), ("show",), ("doctor",)],
)
@pytest.mark.parametrize("empty", [True, False])
def test_json_is_one_document_and_nothing_else(arguments: tuple[str, ...], empty: bool, service: Service) -> None:
    if arguments == ("show",):
        arguments = ("show", one_load(service))
    elif not empty:
        one_load(service)
    ran = service.lvws(*arguments, "--json", "--yes")
    assert ran.out.count("\n") == 1
    assert isinstance(json.loads(ran.out), dict)
    assert (ran.err, ran.code) == ("", 0)


def test_a_failure_leaves_standard_output_to_the_document(service: Service) -> None:
    service.configure("mps", known_hosts="missing")
    ran = service.ingest()
    assert (ran.code, ran.json) == (5, {"runs": []})
    assert ran.err.startswith("E502")


# --- exit codes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("runs", "--bogus"), 2, "No such option"),
        (("nonsense",), 2, "No such command"),
        (("ingest", "--date", "03/06/2019"), 2, "--date"),
        (("runs", "--limit", "0"), 2, "--limit"),
        (("show",), 2, "RUN"),
        (("show", "abc"), 2, "at least the first 4"),
        (("show", "abcdef"), 7, "E701"),
        (("ingest", "--source", "nowhere"), 7, "E701"),
        (("ingest", "--source", "btp"), 2, "E203"),
        (("keys", "rotate", "vault"), 2, "E204"),
        (("keys", "new", "vault"), 2, "E204"),
        (("keys", "public", "vault-9"), 7, "E701"),
    ],
)
def test_wrong_use_and_what_is_not_there(arguments: tuple[str, ...], code: int, says: str, service: Service) -> None:
    ran = service.lvws(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says.lower() in ran.err.lower()
    assert "Traceback" not in ran.err


def test_settings_that_are_wrong_are_named_and_not_shown(service: Service) -> None:
    (service.folder / "lvws.toml").write_text('home = "state"\nraw_days = "zzsecret"\n')
    ran = service.lvws("runs")
    assert ran.code == 2
    assert "raw_days" in ran.err
    assert "zzsecret" not in ran.err


def test_no_source_at_all_is_wrong_use(service: Service) -> None:
    (service.folder / "lvws.toml").write_text(f'database_url = "{service.database_url}"\n')
    ran = service.ingest()
    assert ran.code == 2
    assert "E203" in ran.err


def test_a_database_of_another_release_says_which_command_helps(service: Service) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute("update ledger.alembic_version set version_num = '0000'")
    ran = service.ingest()
    assert (ran.code, "lvws migrate" in ran.err) == (2, True)
    with psycopg.connect(service.database_url) as connection:
        connection.execute("update ledger.alembic_version set version_num = '9999'")
    ran = service.lvws("runs")
    assert (ran.code, "E304" in ran.err) == (2, True)


def test_a_database_that_is_away_is_4(service: Service) -> None:
    service.database_url = "postgresql://nobody@127.0.0.1:1/lvws"
    service.configure("mps")
    for command in ("runs", "files", "ingest"):
        ran = service.lvws(command, "--json")
        assert (ran.code, ran.out) == (4, "")
        assert "E301" in ran.err


def test_refused_input_is_3_and_the_operator_is_told_what_to_do(service: Service) -> None:
    service.put("mps", NAME, b"<html>\nTRAILER,0,00000000\n")
    ran = service.lvws("ingest")
    assert ran.code == 3
    assert "lvws show" in ran.out


def test_a_vault_that_others_can_read_is_5(service: Service) -> None:
    one_load(service)
    next((service.home / "vault").rglob("raw.age")).chmod(0o644)
    ran = service.ingest()
    assert (ran.code, "E506" in ran.err) == (5, True)


def test_a_run_that_another_worker_has_is_6(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange import database, stages
    from exchange.ledger import runs

    monkeypatch.setattr(stages, "carry_on", lambda worker, run: None)
    service.put("mps", NAME, a_police_file([a_police_row(1)]))
    (run,) = service.ingest().runs
    monkeypatch.undo()
    with database.connect(service.settings, "loader") as other:
        runs.claim(other, run["run"], runs.enlist(other, "jo@elsewhere 17"), 300)
        ran = service.ingest()
        assert (ran.code, [each["state"] for each in ran.runs]) == (6, ["open"])
        assert "jo@elsewhere 17 since" in ran.err
    assert [each["state"] for each in service.loaded()] == ["loaded"]


def test_a_fault_of_ours_is_1_and_shows_no_value(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange.ledger import reports

    monkeypatch.setattr(reports, "files", lambda *_: int("zzamber"))
    ran = service.lvws("files")
    assert ran.code == 1
    assert ran.err.startswith("E001 A fault of ours (ValueError at ")
    assert "zzamber" not in ran.err


# --- help, and a second time ------------------------------------------------------------------------


def test_help_names_every_command_and_each_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(command in told for command in COMMANDS)
    for command in COMMANDS:
        assert cli.run([command, "--help"]) == 0
        assert "Usage:" in capsys.readouterr().out
    assert cli.run(["keys", "destroy", "-h"]) == 0
    assert "--yes" in capsys.readouterr().out


def test_empty_lists_say_so(service: Service) -> None:
    assert "none" in service.lvws("runs").out
    assert "none" in service.lvws("files").out
    told = service.lvws("ingest").out
    assert "No new file" in told
    assert "Nothing to do" in told


def test_the_second_time_nothing_changes(service: Service) -> None:
    run = one_load(service)
    before = service.rows("select * from cms.referral"), service.rows("select * from ledger.audit")
    assert service.loaded() == []
    assert (service.rows("select * from cms.referral"), service.rows("select * from ledger.audit")) == before
    assert service.lvws("migrate", "--json").json["keys_made"] == []
    assert run[:6] in service.lvws("show", run[:6]).out


def test_only_the_day_and_the_source_that_were_asked_for(service: Service) -> None:
    service.configure("btp")
    for day in range(2):
        service.put("mps", police_name(day, day + 1), a_police_file([a_police_row(day)]))
    service.put("btp", police_name(1, 1, "BTP"), a_police_file([a_police_row(1)]))
    assert [run["file"] for run in service.loaded("--date", "2019-06-04", "--source", "mps")] == [police_name(1, 2)]
    assert [run["source"] for run in service.loaded("--date", "2019-06-04")] == ["btp"]
    assert [run["file"] for run in service.loaded()] == [NAME]
