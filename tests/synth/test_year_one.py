"""Year One through the whole service: what was published is what the CMS then counts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import psycopg
import pytest

from exchange.sources import SOURCES
from synth import feeds
from synth.counts.figures import published
from synth.counts.scaling import scaled
from tests.service import Service, running
from tests.synth.published import differences

SCALE = "0.02"


@pytest.fixture
def service(tmp_path: Path, database_url: str):
    with running(tmp_path, database_url) as made:
        made.configure(*SOURCES)
        yield made


def test_a_year_at_a_fiftieth_gives_the_published_figures(service: Service, tmp_path: Path):
    made = service.lvws("synth", "--year-one", "--scale", SCALE, "--files", "monthly", "--out", str(tmp_path / "out"))
    assert (made.code, made.err) == (0, ""), made
    for source in SOURCES:
        for path in (tmp_path / "out" / source).iterdir():
            service.put(source, path.name, path.read_bytes())
    runs = service.loaded()
    assert {(run["state"], run["quarantined"], run["excluded"], run["waiting"]) for run in runs} == {
        ("loaded", 0, 0, 0)
    }
    with psycopg.connect(service.database_url) as connection:
        ask = lambda statement: connection.execute(statement).fetchall()  # noqa: E731
        assert differences(ask, scaled(published(), Fraction(SCALE))) == {}


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(tmp_path: Path):
    def made(folder: str, seed: int) -> dict[str, bytes]:
        place = tmp_path / folder
        place.mkdir()
        order = feeds.Order(place / "out", seed, monthly=True, truth=place / "truth.parquet")
        feeds.year_one(order, 0.003, lambda _day: None)
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*.*")}

    assert made("once", 5) == made("again", 5)
    assert made("once more", 5) != made("another", 6)
