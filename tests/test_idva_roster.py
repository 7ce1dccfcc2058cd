"""The roster as a feed: by SFTP and by hand, whole or not at all, every statement kept, and answered."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from exchange import clock, database
from exchange.cms import rosters
from tests.rosters import a_post, a_roster, a_workbook, an_assignment, csv_files, realistic
from tests.rosters_broken import BROKEN
from tests.service import Service, running

SOURCE = "idva_roster"


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure(SOURCE)
        yield made


def small(fte: float = 1) -> dict:
    return a_roster([a_post(fte=fte)], [an_assignment(weekly_hours=37.5 * fte)])


def name(day: date = date(2026, 9, 30)) -> str:
    return f"IDVA_ROSTER_{day:%Y%m%d}.xlsx"


def stored(service: Service) -> list[tuple]:
    return service.rows("select statement_date, file from cms.roster_statement order by statement_id")


def fte_known_at(service: Service, moment: datetime | None = None) -> float | None:
    with database.connect(service.settings, "reader") as connection, database.transaction(connection, "reading"):
        found = rosters.newest_at(connection, moment)
    return None if found is None else float(found.roster.posts[0].fte)


def test_a_workbook_comes_by_sftp_once_and_is_answered(service: Service) -> None:
    service.put(SOURCE, name(), a_workbook(realistic()))
    (run,) = service.loaded("--source", SOURCE)
    rows = sum(map(len, realistic().values()))
    assert (run["state"], run["rows"], run["created"], run["business_date"]) == ("loaded", rows, rows, "2026-09-30")
    assert service.there(SOURCE, "incoming") == {f"{name()}.ack.csv"}
    assert [each["state"] for each in service.answer(SOURCE, f"{name()}.ack.csv")] == ["loaded"]
    assert service.loaded("--source", SOURCE) == []
    assert service.loaded("--source", "mps") == [], "and the other sources go on"
    service.put(SOURCE, name(date(2026, 10, 1)), a_workbook(small()))
    assert [each["state"] for each in service.loaded("--source", SOURCE)] == ["loaded"]
    assert [day for day, _ in stored(service)] == [date(2026, 9, 30), date(2026, 10, 1)]


def test_the_same_bytes_under_another_day_are_a_repeat(service: Service) -> None:
    body = a_workbook(small())
    service.put(SOURCE, name(), body)
    service.put(SOURCE, name(date(2026, 10, 1)), body)
    assert [each["state"] for each in service.loaded("--source", SOURCE)] == ["loaded", "repeat"]
    assert len(stored(service)) == 1


def test_three_csv_files_are_one_statement_when_all_are_there_and_settled(service: Service) -> None:
    files = {f"IDVA_ROSTER_20260930_{sheet}.csv": body for sheet, body in csv_files(small()).items()}
    for file, body in list(files.items())[:2]:
        service.put(SOURCE, file, body)
    ran = service.ingest("--source", SOURCE)
    assert (ran.code, ran.runs) == (0, []), "two of three are no statement"
    came = service.lvws("files", "--json").json["files"]
    assert [(each["file"], each["what"]) for each in came] == [("IDVA_ROSTER_20260930.csv", "incomplete")]

    *_, last = files
    path = service.put(SOURCE, last, files[last])
    now = time.time()
    os.utime(path, (now, now))
    assert service.ingest("--source", SOURCE).runs == [], "one of them may still be written to"
    os.utime(path, (now - 300, now - 300))
    (run,) = service.loaded("--source", SOURCE)
    assert (run["file"], run["state"], run["rows"]) == ("IDVA_ROSTER_20260930.csv", "loaded", 2)
    assert service.loaded("--source", SOURCE) == []


def test_loaded_files_are_tidied_away_where_the_settings_say_so(service: Service) -> None:
    service.configure(SOURCE, after_load="move")
    for sheet, body in csv_files(small()).items():
        service.put(SOURCE, f"IDVA_ROSTER_20260930_{sheet}.csv", body)
    service.put(SOURCE, name(date(2026, 10, 1)), a_workbook(small(0.5)))
    assert [each["state"] for each in service.loaded("--source", SOURCE)] == ["loaded", "loaded"]
    assert service.there(SOURCE) == set()
    assert len(service.there(SOURCE, "done")) == 4


def test_one_that_is_still_being_written_waits_and_one_that_stays_torn_is_refused(service: Service) -> None:
    body = a_workbook(realistic())
    path = service.put(SOURCE, name(), body[:-40])
    now = time.time()
    os.utime(path, (now, now))
    assert service.ingest("--source", SOURCE).runs == []
    os.utime(path, (now - 600, now - 600))
    ran = service.ingest("--source", SOURCE)
    assert (ran.code, [(each["state"], each["code"]) for each in ran.runs]) == (
        3,
        [("refused", "statement_unreadable")],
    )
    service.put(SOURCE, name(), body)
    assert [each["state"] for each in service.loaded("--source", SOURCE)] == ["loaded"]


def test_a_broken_one_is_refused_whole_and_both_sides_are_told_where(service: Service) -> None:
    service.put(SOURCE, name(), a_workbook(small()))
    service.loaded("--source", SOURCE)
    lines = realistic()
    lines["posts"][3]["fte"] = 0
    lines["assignments"][7]["staff_number"] = "Zebulon Quagmire"
    service.put(SOURCE, name(date(2026, 10, 1)), a_workbook(lines))
    ran = service.ingest("--source", SOURCE)
    assert (ran.code, [(each["state"], each["code"]) for each in ran.runs]) == (3, [("refused", "roster")])
    assert len(stored(service)) == 1

    told = service.answer(SOURCE, f"{name(date(2026, 10, 1))}.findings.csv")
    places = [(each["sheet"], each["row"], each["column"], each["rule"]) for each in told]
    assert places == [("posts", "5", "fte", "fte"), ("assignments", "9", "staff_number", "identifier")]
    assert all(each["what_is_wrong"] and each["what_to_do"] for each in told)
    shown = service.lvws("show", ran.runs[0]["run"])
    assert "FTE is not over 0" in " ".join(shown.out.split())
    seen = "".join(
        (shown.out, ran.out, *(str(each) for each in told), *map(str, service.rows("select * from ledger.audit")))
    )
    assert "Quagmire" not in seen


def test_the_newest_holds_by_its_date_and_then_by_receipt_and_every_moment_stays(service: Service) -> None:
    assert fte_known_at(service) is None
    moments = []
    for day, fte in (
        (date(2026, 9, 30), 1),
        (date(2026, 8, 31), 0.5),
        (date(2026, 9, 30), 0.6),
        (date(2026, 10, 31), 0.8),
    ):
        service.put(SOURCE, name(day), a_workbook(small(fte)))
        service.loaded("--source", SOURCE)
        moments.append(service.rows("select clock_timestamp()")[0][0])
    assert [fte_known_at(service, moment) for moment in moments] == [1, 1, 0.6, 0.8]
    assert fte_known_at(service, datetime(2020, 1, 1, tzinfo=UTC)) is None
    assert fte_known_at(service) == 0.8


def test_a_day_that_has_not_come_is_refused(service: Service) -> None:
    service.put(SOURCE, name(clock.today() + timedelta(days=1)), a_workbook(small()))
    ran = service.ingest("--source", SOURCE)
    assert [(each["state"], each["code"]) for each in ran.runs] == [("refused", "business_date")]


# --- by hand ---------------------------------------------------------------------------------------


def by_hand(service: Service, *files: Path) -> tuple[int, str, str]:
    ran = service.lvws("idva", "import", *map(str, files))
    return ran.code, " ".join(ran.out.split()), " ".join(ran.err.split())


def test_by_hand_it_says_what_is_stored_and_what_changed(service: Service, tmp_path: Path) -> None:
    assert "none came yet" in service.lvws("idva", "list").out
    first = tmp_path / name()
    first.write_bytes(a_workbook(realistic()))
    code, out, _ = by_hand(service, first)
    assert code == 0
    assert "the roster of 30 September 2026, with 43 posts, 46 assignments and 2 absences" in out
    assert "nothing changed" in by_hand(service, first)[1]
    assert len(stored(service)) == 1

    lines = realistic()
    lines["assignments"][1]["to"] = date(2026, 10, 15)
    lines["posts"][0]["setting"] = "court"
    lines["absences"] = lines["absences"][:1]
    for sheet, body in csv_files(lines).items():
        (tmp_path / f"IDVA_ROSTER_20261031_{sheet}.csv").write_bytes(body)
    code, out, _ = by_hand(service, tmp_path / "IDVA_ROSTER_20261031_posts.csv")
    assert code == 0
    assert (
        "posts: 0 new, 1 changed, 0 gone assignments: 0 new, 1 changed, 0 gone absences: 0 new, 0 changed, 1 gone"
        in out
    )

    older = tmp_path / name(date(2026, 8, 31))
    older.write_bytes(a_workbook(small()))
    assert "The roster that holds is that of 31 October 2026" in by_hand(service, older)[1]
    listed = service.lvws("idva", "list", "--json").json["statements"]
    assert [(each["statement_date"], each["holds"]) for each in listed] == [
        ("2026-10-31", True),
        ("2026-09-30", False),
        ("2026-08-31", False),
    ]
    assert service.rows("select count(*) from ledger.outbox") == [(0,)], "nobody on a server waits for an answer"


@pytest.mark.parametrize("case", ["FTE of two", "two people in one post", "an absence of nobody", "a formula"])
def test_by_hand_a_broken_one_is_told_place_by_place_and_nothing_is_stored(service: Service, tmp_path: Path, case: str) -> None:  # fmt: skip
    lines, (sheet, row, _, _, _) = BROKEN[case]
    file = tmp_path / name()
    file.write_bytes(a_workbook(lines))
    ran = service.lvws("idva", "import", str(file), "--json")
    assert ran.code == 3
    assert [(each["sheet"], each["row"]) for each in ran.json["findings"]] == [(sheet, row)]
    assert "1 place to correct" in " ".join(ran.err.split())
    assert stored(service) == []
    assert by_hand(service, file)[0] == 3, "the same again is refused again"


def test_by_hand_what_is_no_roster_is_told_apart(service: Service, tmp_path: Path) -> None:
    wrong = tmp_path / "roster final v2.xlsx"
    wrong.write_bytes(b"")
    code, _, err = by_hand(service, wrong)
    assert (code, "IDVA_ROSTER_YYYYMMDD.xlsx" in err) == (2, True)
    assert by_hand(service, tmp_path / name())[0] == 7
    (tmp_path / name()).mkdir()
    assert by_hand(service, tmp_path / name())[0] == 7
    web_page = tmp_path / name(date(2026, 9, 29))
    web_page.write_bytes(b"<html>Log in</html>")
    code, _, err = by_hand(service, web_page)
    assert (code, "no Excel workbook" in err) == (3, True)
    one = tmp_path / "IDVA_ROSTER_20260928_posts.csv"
    one.write_bytes(b"post_id\n")
    assert by_hand(service, one)[0] == 7, "its two others are not there"


# --- who may what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["lvws_loader", "lvws_operator", "lvws_reader", "lvws_owner"])
@pytest.mark.parametrize("statement", ["update cms.roster_post set fte = 0.5", "delete from cms.roster_statement"])
def test_nobody_changes_a_statement(service: Service, tmp_path: Path, role: str, statement: str) -> None:
    file = tmp_path / name()
    file.write_bytes(a_workbook(small()))
    assert by_hand(service, file)[0] == 0
    with psycopg.connect(service.database_url) as connection:
        connection.execute(f"set role {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
