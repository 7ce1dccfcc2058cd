"""Two processes that match at once, a change that comes in between, and matching that fails in the night."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.cms.people import links
from exchange.matching import score
from tests.cms.who import MPS, People, born, fraud, keys, opened, police
from tests.feeds import a_police_file, a_police_row, police_name
from tests.service import Service, running


@pytest.fixture
def cms(database_url: str) -> Iterator[People]:
    made = opened(database_url)
    yield made
    made.connection.close()


def test_two_that_match_at_once_wait_for_each_other_and_nothing_is_doubled(cms: People, database_url: str) -> None:
    cms.tell(police(1), fraud(1), police(2, birth_date=born("1985-03-18")))
    done: list[Any] = []

    def match() -> None:
        other = opened(database_url)
        done.append(other.match())
        other.connection.close()

    with cms.connection.transaction():
        cms.connection.execute("select pg_advisory_xact_lock(hashtextextended('lvws match', 0))")
        both = [threading.Thread(target=match) for _ in range(2)]
        for each in both:
            each.start()
        time.sleep(0.5)
        assert done == []
    for each in both:
        each.join(60)
    assert sorted(each.referrals for each in done) == [0, 3]
    assert cms.persons() == {keys(police(1), fraud(1))}
    assert len(cms.links()) == 1


def test_what_changes_while_others_are_matched_is_matched_again(
    cms: People, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that ends after matching has read a referral, and before it has noted it as done."""
    cms.tell(police(1), fraud(1, birth_date=born("1961-02-20")))
    follow, other = links.follow, opened(database_url)
    other.number = cms.number

    def meanwhile(*given: Any) -> int:
        monkeypatch.setattr(links, "follow", follow)
        source, row = fraud(1, record_type="U")
        other.tell((source, row), day=2)
        return follow(*given)

    monkeypatch.setattr(links, "follow", meanwhile)
    assert cms.match().referrals == 3  # two, and one of them again
    other.connection.close()
    assert cms.persons() == {keys(police(1), fraud(1))}


# --- in the night ----------------------------------------------------------------------------------


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def test_matching_that_fails_does_not_keep_the_night_and_the_next_one_matches_what_waited(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a value of Zzamber Zzbirch")

    service.put(MPS, police_name(0, 1), a_police_file([a_police_row(1), a_police_row(2)]))
    with monkeypatch.context() as patch:
        patch.setattr(score, "score", broken)
        ran = service.ingest()
    assert (ran.code, [run["state"] for run in ran.runs]) == (1, ["loaded"])
    assert "E611 Finding out who is somebody known failed (RuntimeError)." in ran.err
    assert "run lvws ingest again" in ran.err
    assert "zz" not in (ran.err + ran.out).lower().replace("lvws", "")
    assert "zzamber" not in (service.home / "log" / "lvws.jsonl").read_text().lower()
    assert service.there(MPS, "incoming") == {f"{police_name(0, 1)}.ack.csv"}
    waiting = "select count(*) from cms.matching where done_at is null"
    assert service.rows(waiting) == [(2,)]
    assert service.ingest().code == 0
    assert service.rows(waiting) == [(0,)]
    assert service.rows("select count(distinct person_id) from cms.referral") == [(1,)]
