"""The watch as its users meet it: one alert for each change, none twice, and a word when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine

from exchange import clock
from exchange.alerts.kinds import KINDS
from exchange.clock import LONDON
from tests.feeds import CANARIES, a_police_file, a_police_row, a_stranger, police_name
from tests.places import Webhook, mailbox, route, webhook
from tests.service import Ran, Service, running

HIGH_RISK = {"da_flag": "Y", "dash_risk": "H"}


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def duty(service: Service) -> Iterator[Webhook]:
    """Everybody's alerts go to one webhook."""
    with webhook() as made:
        route(service, "duty", made.url)
        yield made


def today() -> date:
    return clock.today()


def at(days: int, hhmm: str) -> datetime:
    """A moment some days from now, by London's clocks."""
    return datetime.combine(today() + timedelta(days=days), time.fromisoformat(hhmm), LONDON)


def watch(service: Service, moment: datetime | None = None) -> Ran:
    if moment is None:
        return service.lvws("watch", "--json")
    with time_machine.travel(moment, tick=True):
        return service.lvws("watch", "--json")


def kinds(ran: Ran) -> list[str]:
    assert (ran.code, ran.err) == (0, ""), ran
    return [each["kind"] for each in ran.json["alerts"]]


def number(service: Service, source: str = "mps") -> int:
    return int(service.rows("select count(*) + 1 from ledger.run where source = %s", source)[0][0])


def deliver(service: Service, days: int, *, rows: int = 1, source: str = "mps") -> None:
    """The file of a day; every row is somebody new."""
    seq = number(service, source)
    data = a_police_file([a_stranger(1000 * seq + row) for row in range(rows)])
    service.put(source, police_name(today() + timedelta(days=days), seq, source.upper()), data)


def test_a_late_file_is_told_once_by_each_change_and_once_when_it_is_over(service: Service, duty: Webhook) -> None:
    service.loaded()  # the first visit: from today on a file is owed a day
    assert kinds(watch(service, at(0, "23:59"))) == []
    assert kinds(watch(service, at(1, "04:00"))) == []
    assert duty.got == []

    assert kinds(watch(service, at(1, "05:01"))) == ["late"]
    (told,) = duty.texts
    assert told.startswith("LVWS: 1 alert\n")
    assert f"mps: the file of {today():%a %d %B %Y} was due at" in told
    assert "Ask the sender" in told
    for moment in (at(1, "05:15"), at(1, "23:00"), at(2, "04:59")):
        assert kinds(watch(service, moment)) == ["late"]
    assert len(duty.got) == 1

    assert kinds(watch(service, at(2, "05:01"))) == ["missed", "late"], "tomorrow's is owed by now, too"
    assert "did not come in a day" in duty.texts[1]
    assert "OVER" not in duty.texts[1], "what became worse is not over"
    assert kinds(watch(service, at(2, "05:30"))) == ["missed", "late"]
    assert len(duty.got) == 2

    deliver(service, 0)
    service.loaded()
    assert kinds(watch(service, at(2, "06:00"))) == ["late"], "the file of one day does not clear another's"
    assert duty.texts[2].startswith("LVWS: over, 1 alert\nOVER: mps: the file of ")
    watch(service, at(2, "06:15"))
    assert len(duty.got) == 3
    assert not [text for text in duty.texts for mark in CANARIES if mark in text.lower()]


def test_two_who_watch_at_once_tell_nothing_twice(service: Service, duty: Webhook) -> None:
    service.loaded()
    for _ in range(3):
        watch(service, at(1, "06:00"))
    assert len(duty.got) == 1
    assert service.rows("select kind, count(*) from ledger.alert group by kind") == [("late", 1)]


def test_a_place_that_takes_nothing_is_tried_again(service: Service, duty: Webhook) -> None:
    service.loaded()
    duty.refuses = True
    ran = watch(service, at(1, "06:00"))
    assert (ran.code, ran.json["alerts"][0]["kind"]) == (4, "late")
    assert ran.err.startswith("E670 The alerts for duty were not taken: 1 wait.")
    duty.refuses = False
    assert kinds(watch(service, at(1, "06:15"))) == ["late"]
    assert len(duty.got) == 1


def test_alerts_go_where_their_kind_is_wanted_by_mail_too(service: Service, duty: Webhook) -> None:
    with mailbox() as (address, mails):
        route(service, "safety", address, groups="safety security")
        service.put("mps", police_name(0, 1), a_police_file([a_stranger(1, **HIGH_RISK, consent="")]))
        service.loaded()
        watch(service, at(1, "06:00"))
        (mail,) = mails
    body = mail.get_body(("plain", "html")).get_content()  # type: ignore[attr-defined]
    assert mail["subject"] == "LVWS: 1 alert"
    assert "high-risk domestic abuse that may not be held (line 2 of MPS_LVWS_20190603_000001.csv" in body
    assert "was due" not in body
    (told,) = duty.texts
    assert told.index("high-risk domestic abuse") < told.index("was due"), "the most dangerous first"
    assert not [mark for mark in CANARIES if mark in body.lower()]


def test_what_came_and_went_wrong_is_told_at_once(service: Service, duty: Webhook) -> None:
    service.put("mps", police_name(today(), 1), a_police_file([a_police_row(1)]).replace(b"TRAILER,1", b"TRAILER,2"))
    assert service.ingest().code == 3
    assert kinds(watch(service)) == ["refused"]
    assert "was refused (trailer)" in duty.texts[0]
    service.put("mps", police_name(today(), 1), a_police_file([a_stranger(1)]))
    service.loaded()
    assert kinds(watch(service)) == []
    assert duty.texts[1].startswith("LVWS: over")


def test_what_is_refused_of_a_day_that_nobody_owes_is_told_too(service: Service, duty: Webhook) -> None:
    broken = a_police_file([a_police_row(1)]).replace(b"TRAILER,1", b"TRAILER,2")
    service.put("mps", police_name(0, 1), broken)  # years before the first visit
    assert service.ingest().code == 3
    assert kinds(watch(service)) == ["refused"]
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
    service.loaded()
    assert kinds(watch(service)) == []
    assert len(duty.got) == 2


def test_a_file_that_is_still_written_is_told_at_its_due_time(service: Service, duty: Webhook) -> None:
    service.put("mps", police_name(today(), 1), a_police_file([a_police_row(1)], trailer=False))
    service.loaded()
    assert kinds(watch(service)) == []
    assert kinds(watch(service, at(1, "05:01"))) == ["incomplete"]
    assert "is not finished" in duty.texts[0]


def test_a_gap_in_the_numbers_is_told_until_it_is_filled(service: Service, duty: Webhook) -> None:
    for seq in (1, 4):
        service.put("mps", police_name(seq, seq), a_police_file([a_stranger(seq)]))
    service.loaded()
    assert kinds(watch(service)) == ["gap"]
    assert "mps: numbers 2 to 3 never came" in duty.texts[0]
    service.put("mps", police_name(2, 2), a_police_file([a_stranger(2)]))
    service.loaded()
    assert kinds(watch(service)) == ["gap"]
    assert "mps: number 3 never came" in duty.texts[1], "another gap: what is left of it"
    service.put("mps", police_name(3, 3), a_police_file([a_stranger(3)]))
    service.loaded()
    assert kinds(watch(service)) == []


def test_a_volume_out_of_the_ordinary_is_told_once(service: Service, duty: Webhook) -> None:
    for weeks in range(5, 0, -1):
        deliver(service, -7 * weeks, rows=25)
        service.loaded()
    deliver(service, 0, rows=3)
    service.loaded()
    assert kinds(watch(service)) == ["few_rows"]
    assert "has 3 rows; on this weekday there are about 25 usually" in duty.texts[0]
    deliver(service, 7, rows=60)
    with time_machine.travel(at(7, "22:00"), tick=True):
        service.loaded()
    assert "many_rows" in kinds(watch(service, at(7, "23:00")))
    late = kinds(watch(service, at(30, "23:00")))
    assert not {"few_rows", "many_rows"} & set(late), "news for a week"
    assert not [text for text in duty.texts if text.startswith("LVWS: over") and "rows; on this" in text]


def test_what_somebody_settled_is_told_no_more(service: Service, duty: Webhook) -> None:
    service.loaded()
    (late,) = watch(service, at(1, "06:00")).json["alerts"]
    refused = service.lvws("alerts", "settle", str(late["alert"]), "--reason", "none is sent on that day")
    assert (refused.code, refused.err[:4]) == (2, "E204")
    settled = service.lvws("alerts", "settle", str(late["alert"]), "--reason", "none is sent on that day", "--yes")
    assert settled.code == 0, settled
    again = service.lvws("alerts", "settle", str(late["alert"]), "--reason", "again", "--yes")
    assert (again.code, again.err[:4]) == (7, "E701")

    assert set(kinds(watch(service, at(2, "05:01")))) == {"missed", "late"}
    (told,) = duty.texts[1:]
    assert "did not come" not in told, "settled stays settled when it becomes worse"
    assert [each["kind"] for each in service.lvws("alerts", "list", "--json").json["alerts"]] == ["late"]
    everything = service.lvws("alerts", "list", "--all").out
    assert "none is sent on that day" in everything
    deliver(service, 0)
    service.loaded()
    assert kinds(watch(service, at(2, "06:00"))) == ["late"]
    assert len(duty.got) == 2, "its end is nobody's news"


def test_a_server_that_is_away_and_one_that_is_not_itself(service: Service, duty: Webhook) -> None:
    known_hosts = Path(service.hosts["mps"]["known_hosts"])
    pinned = known_hosts.read_text()
    other = pinned.split()[2][:-6] + "AAAAAA"
    known_hosts.write_text(pinned.replace(pinned.split()[2], other))
    assert service.ingest().code in {5, 3}
    assert kinds(watch(service)) == ["visit_unsafe"]
    assert "nothing is read from its server" in duty.texts[0]
    known_hosts.write_text(pinned + pinned.replace(f":{service.server.port} ", ":1 "))
    service.configure("mps", port=1)
    route(service, "duty", duty.url)
    assert service.ingest().code == 4
    assert kinds(watch(service)) == ["visit_failed"]
    assert "its server was not read (E4" in duty.texts[1]
    service.configure("mps")
    route(service, "duty", duty.url)
    service.loaded()
    assert kinds(watch(service)) == []
    assert duty.texts[2].startswith("LVWS: over")


def test_a_run_that_nobody_has(service: Service, duty: Webhook) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
    (run,) = service.loaded()
    service.change(
        "update ledger.run set state = 'open', rows = 0, created = 0, ended_at = null, worker_id = null, "
        "lease_until = null, started_at = now() - interval '2 hours'"
    )
    assert kinds(watch(service)) == ["run_stuck"]
    assert f"lvws rerun {run['run']}" in duty.texts[0]


def test_the_addresses_are_looked_after(service: Service, duty: Webhook) -> None:
    path = service.folder / "alerts-duty"
    assert service.lvws("alerts", "try", "duty", "--yes").out == "duty took it.\n"
    assert duty.got[0]["title"] == "LVWS: a try"
    assert service.lvws("alerts", "try", "nobody", "--yes").code == 7
    assert "1 address, told: safety" in service.lvws("doctor").out
    for written, mode, code, says in (
        ("", 0o600, 2, "it has no address"),
        ("# one\nnothing of the kind\n", 0o600, 2, "line 2 is no address"),
        (duty.url, 0o644, 5, "can be read by other users"),
        (None, 0, 2, "the file cannot be read"),
    ):
        path.unlink(missing_ok=True)
        if written is not None:
            path.write_text(written)
            path.chmod(mode)
        ran = service.lvws("alerts", "try", "duty", "--yes")
        assert (ran.code, says in ran.err) == (code, True), ran


def test_files_tells_what_was_expected(service: Service) -> None:
    service.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
    service.put("mps", police_name(2, 2), a_police_file([]))
    service.loaded()
    states = {
        day: [
            each["state"] for each in service.lvws("files", "--json", "--date", f"2019-06-{day:02d}").json["expected"]
        ]
        for day in (2, 3, 4, 5)
    }
    assert states == {2: [], 3: ["recovered"], 4: ["missed"], 5: ["recovered"]}
    (now,) = service.lvws("files", "--json").json["expected"]
    assert (now["source"], now["business_date"], now["state"]) == ("mps", str(today()), "expected")
    told = service.lvws("files").out
    assert "Expected" in told
    with time_machine.travel(at(3, "12:00"), tick=True):
        told = service.lvws("files").out
    assert f"{today()} to {today() + timedelta(days=1)}  missed" in told


def test_every_kind_is_looked_for() -> None:
    from exchange.alerts.found import LOOKS

    of_looks = [kind for kinds_of in LOOKS.values() for kind in kinds_of]
    assert sorted(of_looks) == sorted(KINDS)
