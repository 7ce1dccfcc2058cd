"""`lvws rerun` as operators use it: after a stop, a refusal, a crash; by run, day and source; and its preview."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from tests.feeds import CANARIES, a_police_file, a_police_row, a_stranger, police_key, police_name
from tests.operators import Terminal
from tests.service import Ran, Service, running

BROKEN = {"ho_code": "999/99"}
EVERYTHING = "select source, state, code, rows, created, quarantined from ledger.run order by file_order"


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def stopped(service: Service, day: int = 0, *, first: int = 1, sound: int = 3, broken: int = 12) -> str:
    """A file of which most rows are broken; its run."""
    rows = [a_stranger(first + n, **(BROKEN if n < broken else {})) for n in range(sound + broken)]
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    ran = service.ingest()
    assert ran.code == 3, ran
    return str(ran.runs[-1]["run"])


def everything(service: Service) -> dict[str, list[tuple[object, ...]]]:
    """What a preview may not change."""
    tables = ("ledger.run", "ledger.finding", "ledger.disposition", "ledger.outbox", "ledger.audit", "ledger.reject")
    left_out = "worker_id lease_until fence".split()
    return {
        table: service.rows(f"select (to_jsonb(t) - %s::text[])::text from {table} t order by 1", left_out)
        for table in (*tables, "cms.referral", "cms.record", "cms.hold", "cms.matching", "cms.event")
    }


def test_a_stopped_file_goes_on_once_somebody_accepts_its_broken_rows(service: Service) -> None:
    run = stopped(service)
    assert service.answer("mps", f"{police_name(0, 1)}.ack.csv")[0]["state"] == "stopped"
    again = service.lvws("rerun", run, "--yes", "--json")
    assert (again.code, again.json["runs"][0]["state"]) == (3, "stopped"), "nothing has changed about it"

    done = service.lvws("rerun", run, "--accept-quarantine", "--yes", "--json")
    assert done.code == 0, done
    (told,) = done.json["runs"]
    assert (told["state"], told["created"], told["quarantined"], told["already"]) == ("loaded", 3, 12, False)
    (answer,) = service.answer("mps", f"{police_name(0, 1)}.ack.csv")
    assert (answer["state"], answer["created"]) == ("loaded", "3"), "the sender is answered anew"
    assert len(service.answer("mps", f"{police_name(0, 1)}.rejects.csv")) == 12

    once_more = service.lvws("rerun", run, "--yes")
    assert once_more.code == 0
    assert f"Run {run} ({police_name(0, 1)}): already loaded by " in once_more.out
    assert service.rows("select quarantine_accepted_by is not null from ledger.run") == [(True,)]
    assert service.loaded() == []


def test_a_preview_lists_exactly_what_the_rerun_does_and_changes_nothing(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(13), a_stranger(14)]))
    service.loaded()
    run = stopped(service, 1)  # of it 13 is known and says the same, 14 comes as an update
    service.change("delete from ledger.outbox where run = %s", run)
    before = everything(service)
    shown = service.lvws("rerun", run, "--preview", "--accept-quarantine", "--json")
    assert (shown.code, shown.err) == (0, ""), shown
    assert everything(service) == before
    (preview,) = shown.json["previews"]
    assert [row["line"] for row in preview["blocked"]] == list(range(2, 14))
    assert {row["outcome"] for row in preview["blocked"]} == {"quarantined"}
    assert [(row["line"], row["key"]) for row in preview["new"]] == [(16, police_key(15))]
    assert preview["changed"] == []
    assert preview["duplicate"] == 2
    moved = {
        (f["table"], f["row"], f["column"]): (f["before"], f["after"])
        for f in preview["figures"]
        if f["return"] == "monthly"
    }
    assert preview["periods"] == ["2019-06", "2019-20Q1"]
    assert moved["referral_source", "police", "referrals"] == ("2", "3")
    told = service.lvws("rerun", run, "--preview", "--accept-quarantine")
    assert "would be loaded" in told.out
    assert "Figures that move, monthly 2019-06" in told.out
    assert not [mark for mark in CANARIES if mark in (shown.out + told.out).lower()]

    done = service.lvws("rerun", run, "--accept-quarantine", "--previewed", preview["digest"], "--yes", "--json")
    assert done.code == 0, done
    rows = service.outcomes(run)
    listed = {
        (row["line"], row["outcome"], row["code"]) for name in ("new", "changed", "blocked") for row in preview[name]
    }
    assert listed == {row for row in rows if row[1] != "duplicate"}


def test_what_changed_since_the_preview_is_refused(service: Service) -> None:
    run = stopped(service, 1)
    (preview,) = service.lvws("rerun", run, "--preview", "--accept-quarantine", "--json").json["previews"]
    service.put("mps", police_name(0, 9), a_police_file([a_stranger(13)]))  # which the run would have made
    service.loaded()
    before = everything(service)
    refused = service.lvws("rerun", run, "--accept-quarantine", "--previewed", preview["digest"], "--yes")
    assert (refused.code, refused.err[:4]) == (6, "E680"), refused
    assert everything(service) == before
    assert service.rows("select state from ledger.run where run = %s", run) == [("stopped",)]


def test_somebody_at_a_terminal_is_shown_it_and_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(service)
    assert service.lvws("rerun", run).code == 2, "nobody can answer"
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    no = service.lvws("rerun", run, "--accept-quarantine")
    assert (no.code, "New: 3" in no.out) == (2, True), no
    assert service.rows("select state from ledger.run") == [("stopped",)]
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    yes = service.lvws("rerun", run, "--accept-quarantine")
    assert (yes.code, "Go on?" in yes.out) == (0, True), yes
    assert service.rows("select state from ledger.run") == [("loaded",)]


def test_a_refused_file_is_looked_at_again_and_one_that_is_no_file_of_ours_never(service: Service) -> None:
    sound = a_police_file([a_stranger(1)], trailer=False).replace(b"viw_number", b"vic_number")
    from tests.feeds import a_trailer

    service.put("mps", police_name(0, 1), sound + a_trailer(sound, 1))
    service.put("mps", police_name(1, 2), a_police_file([a_stranger(2)]).replace(b"TRAILER,1", b"TRAILER,7"))
    by_code = {run["code"]: run["run"] for run in service.ingest().runs}
    header = service.lvws("rerun", by_code["header"], "--yes", "--json")
    assert (header.code, header.json["runs"][0]["code"]) == (3, "header")
    trailer = service.lvws("rerun", by_code["trailer"], "--yes")
    assert (trailer.code, trailer.err[:4]) == (3, "E681")
    assert "trailer" in trailer.err


def test_a_day_that_has_come_by_now(service: Service) -> None:
    with time_machine.travel("2019-06-02T12:00:00Z", tick=True):
        service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
        (run,) = service.ingest().runs
        assert run["code"] == "business_date"
        refused = service.lvws("rerun", run["run"], "--yes")
        assert (refused.code, refused.err[:4]) == (3, "E681")
    done = service.lvws("rerun", run["run"], "--yes", "--json")
    assert (done.code, done.json["runs"][0]["state"]) == (0, "loaded")


def test_all_that_stands_still_of_a_day_or_a_source(service: Service) -> None:
    for day in range(3):
        stopped(service, day, first=100 * day)
    of_a_day = service.lvws("rerun", "--date", "2019-06-04", "--accept-quarantine", "--yes", "--json")
    assert [run["business_date"] for run in of_a_day.json["runs"]] == ["2019-06-04"]
    of_all = service.lvws("rerun", "--source", "mps", "--accept-quarantine", "--yes", "--json")
    assert [run["business_date"] for run in of_all.json["runs"]] == ["2019-06-03", "2019-06-05"]
    assert of_all.code == 0
    none = service.lvws("rerun", "--source", "mps", "--yes")
    assert (none.code, none.err[:4]) == (7, "E683")


def test_a_run_on_its_way_is_carried_on(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_police_row(1)]))
    (run,) = service.loaded()
    service.change("delete from cms.matching; delete from cms.referral; delete from ledger.disposition")
    service.change("update ledger.run set state = 'open', stage = 'check', rows = 0, created = 0, ended_at = null")
    service.change("delete from ledger.outbox")
    preview = service.lvws("rerun", run["run"], "--preview", "--json").json["previews"][0]
    assert [row["key"] for row in preview["new"]] == [police_key(1)]
    assert service.lvws("rerun", run["run"], "--yes").code == 0
    assert service.rows(EVERYTHING) == [("mps", "loaded", None, 1, 1, 0)]


def test_the_bytes_are_gone(service: Service) -> None:
    run = stopped(service)
    service.change("update ledger.delivery set received_at = now() - interval '40 days'")
    service.change("update ledger.run set started_at = now() - interval '40 days'")
    assert service.lvws("purge", "--yes").code == 0
    ran = service.lvws("rerun", run, "--accept-quarantine", "--yes")
    assert (ran.code, ran.err[:4]) == (3, "E682"), ran


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "E201"),
        (("abcd", "--source", "mps"), "E201"),
        (("--source", "mps", "--previewed", "0123"), "E201"),
        (("abcd",), "E701"),
    ],
)
def test_wrong_use(service: Service, arguments: tuple[str, ...], code: str) -> None:
    ran = service.lvws("rerun", *arguments, "--yes")
    assert ran.err[:4] == code, ran


def test_another_who_has_it_is_named(service: Service) -> None:
    from exchange.ledger import runs
    from exchange.worker import working

    run = stopped(service)
    with working(service.settings) as other:
        runs.claim(other.connection, run, other.number, 300)
        ran = service.lvws("rerun", run, "--yes")
        preview = service.lvws("rerun", run, "--preview")
    for each in (ran, preview):
        assert isinstance(each, Ran)
        assert (each.code, each.err[:4]) == (6, "E604"), each
        assert f"run {run} is being worked on by" in each.err
