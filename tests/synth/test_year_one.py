"""Year One through the whole service: what was published is what the CMS then counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import psycopg
import pytest

from exchange import clock
from exchange.sources import SOURCES
from outputs import monthly, records
from outputs.asked import Asked, ask
from outputs.periods import end_of, month, quarter
from synth import feeds
from synth.counts.figures import published
from synth.counts.scaling import scaled
from tests.outputs import year_one
from tests.service import Service, fresh_database, running
from tests.synth.published import differences

SCALE = "0.02"
FIRSTS = [date(2019 + number // 12, number % 12 + 1, 1) for number in range(3, 15)]

pytestmark = pytest.mark.xdist_group("year")  # one year for the module


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    """A year at a fiftieth, taken in."""
    folder = tmp_path_factory.mktemp("year")
    with fresh_database(server) as url, running(folder, url) as made:
        made.configure(*SOURCES)
        ran = made.lvws("synth", "--year-one", "--scale", SCALE, "--files", "monthly", "--out", str(folder / "out"))
        assert (ran.code, ran.err) == (0, ""), ran
        for source in SOURCES:
            for path in (folder / "out" / source).iterdir():
                made.put(source, path.name, path.read_bytes())
        runs = made.loaded()
        assert {(run["state"], run["quarantined"], run["excluded"], run["waiting"]) for run in runs} == {
            ("loaded", 0, 0, 0)
        }
        yield made


def test_the_cms_has_the_published_figures(service: Service):
    with psycopg.connect(service.database_url) as connection:
        ask = lambda statement: connection.execute(statement).fetchall()  # noqa: E731
        assert differences(ask, scaled(published(), Fraction(SCALE))) == {}


@pytest.mark.parametrize("length", ["months", "quarters"])
def test_returns_of_the_year_sum_to_the_published_figures(service: Service, length: str):
    periods = {"months": [month(day) for day in FIRSTS], "quarters": [quarter(day) for day in FIRSTS[::3]]}[length]
    cut_off = end_of(date(2020, 4, 30))
    built = []
    with psycopg.connect(service.database_url) as connection:
        for period in periods:
            what = Asked(period, cut_off, clock.now())
            built.append(
                monthly.figures(records.banded(ask(connection, "monthly", records.ASKED, what), period, cut_off))
            )
            connection.rollback()
    year = scaled(published(), Fraction(SCALE))
    assert year_one.differences(built, year) == {}
    assert len(year_one.expected(year)) > 100


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(tmp_path: Path):
    def made(folder: str, seed: int) -> dict[str, bytes]:
        place = tmp_path / folder
        place.mkdir()
        order = feeds.Order(place / "out", seed, monthly=True, truth=place / "truth.parquet")
        feeds.year_one(order, 0.003, lambda _day: None)
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*.*")}

    assert made("once", 5) == made("again", 5)
    assert made("once more", 5) != made("another", 6)
