"""`lvws backfill`: a range of days, all of it and nothing else, and on where it was when it is run again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.errors import FileRefused, ServerAway
from exchange.operating import backfill
from exchange.sources import Span
from tests.feeds import a_police_file, a_stranger, on, police_name
from tests.service import Service, running


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        made.configure("btp")
        yield made


def put(service: Service, *days: int, source: str = "mps") -> None:
    for day in days:
        service.put(source, police_name(day, day + 1, source.upper()), a_police_file([a_stranger(100 * day + 1)]))


def test_the_days_of_the_range_and_no_others(service: Service) -> None:
    put(service, *range(0, 60, 10))
    put(service, 20, source="btp")
    ran = service.lvws("backfill", "--from", str(on(10)), "--to", str(on(40)), "--yes", "--json")
    assert ran.code == 0, ran
    assert [(run["source"], run["business_date"]) for run in ran.runs] == [
        ("mps", str(on(10))),
        ("mps", str(on(20))),
        ("btp", str(on(20))),
        ("mps", str(on(30))),
        ("mps", str(on(40))),
    ]
    assert service.lvws("backfill", "--from", str(on(10)), "--to", str(on(40)), "--yes", "--json").runs == []
    one = service.lvws("backfill", "--from", str(on(0)), "--to", str(on(60)), "--source", "mps", "--yes")
    assert "Files taken in" in one.out
    assert service.rows("select count(*) from ledger.run where state = 'loaded'") == [(7,)]
    assert service.rows("select count(*) from cms.matching where done_at is null") == [(0,)]


def test_stopped_it_goes_on_where_it_was(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    put(service, 0, 30, 60)
    real = backfill.do
    done = []

    def dies(settings, part, report):  # type: ignore[no-untyped-def]
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(part)
        return real(settings, part, report)

    monkeypatch.setattr(backfill, "do", dies)
    stopped = service.lvws("backfill", "--from", str(on(0)), "--to", str(on(60)), "--yes")
    assert (stopped.code, "Nothing is lost" in stopped.err) == (130, True)
    monkeypatch.undo()
    assert service.rows("select count(*) from ledger.run") == [(2,)]
    ran = service.lvws("backfill", "--from", str(on(0)), "--to", str(on(60)), "--yes", "--json")
    assert [run["business_date"] for run in ran.runs] == [str(on(60))]


def test_wrong_use_and_nobody_who_can_answer(service: Service) -> None:
    wrong = service.lvws("backfill", "--from", "2019-06-04", "--to", "2019-06-03", "--yes")
    assert (wrong.code, wrong.err[:4]) == (2, "E201")
    unasked = service.lvws("backfill", "--from", "2019-06-03", "--to", "2019-06-04")
    assert (unasked.code, unasked.err[:4]) == (2, "E204")
    unknown = service.lvws("backfill", "--from", "2019-06-03", "--to", "2019-06-04", "--source", "x", "--yes")
    assert unknown.code == 7


def test_a_server_that_is_away(service: Service) -> None:
    service.configure("btp", port=1)
    put(service, 0)
    ran = service.lvws("backfill", "--from", str(on(0)), "--to", str(on(0)), "--yes", "--json")
    assert (ran.code in {4, 5}, [run["source"] for run in ran.runs]) == (True, ["mps"]), ran


def test_parts_are_months_and_cover_the_range_once() -> None:
    span = Span(on(-120), on(400))
    parts = backfill.parts(["mps", "btp"], span)
    days = [day for part in parts if part.source == "mps" for day in (part.span.first, part.span.last)]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (span.first, span.last)
    length = sum((part.span.last - part.span.first).days + 1 for part in parts)
    assert length == 2 * ((span.last - span.first).days + 1)


def test_errors_of_ours_go_from_process_to_process() -> None:
    import pickle

    for error in (ServerAway(source="mps", host="x"), FileRefused("header", detail="a")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.facts, vars(again)) == (
            type(error),
            str(error),
            error.facts,
            vars(error),
        )
