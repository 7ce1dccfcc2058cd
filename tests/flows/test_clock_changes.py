"""Both changes of the clocks with the schedules of prefect.yaml: no load lost, none doubled, no watch at a lost hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
import yaml

from exchange.clock import LONDON
from tests.feeds import a_police_file, a_stranger, police_name
from tests.repository import ROOT
from tests.service import Service, running

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the Sundays


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def starts(deployment: str, first: date, days: int) -> list[datetime]:
    """When Prefect itself starts a deployment, of so many days."""
    import anyio
    from prefect.client.schemas.schedules import CronSchedule

    told = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    (schedule,) = next(each["schedules"] for each in told["deployments"] if each["name"] == deployment)
    from prefect.server.schemas.schedules import CronSchedule as Scheduled

    made = Scheduled(**CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"]).model_dump())
    begin = datetime.combine(first, time(), LONDON)
    end = datetime.combine(first + timedelta(days=days), time(), LONDON)
    return [each for each in anyio.run(made.get_dates, 2_000, begin, end) if each < end]


@pytest.mark.parametrize("sunday", [SPRING, AUTUMN])
def test_each_night_comes_once_and_loads_its_file_once(service: Service, sunday: date) -> None:
    first = sunday - timedelta(days=2)
    nights = starts("nightly", first, 5)
    assert [each.astimezone(LONDON).strftime("%d %H:%M") for each in nights] == [
        f"{first + timedelta(days=count):%d} 05:30" for count in range(5)
    ]
    for number, night in enumerate(nights, 1):
        day = night.astimezone(LONDON).date() - timedelta(days=1)
        service.put("mps", police_name(day, number), a_police_file([a_stranger(number)]))
        for again in (night, night + timedelta(minutes=20)):  # a start too many changes nothing
            with time_machine.travel(again, tick=True):
                service.loaded()
    assert service.rows("select state, count(*), sum(created) from ledger.run group by state") == [("loaded", 5, 5)]
    assert service.rows("select count(*) from cms.referral") == [(5,)]


@pytest.mark.parametrize("sunday", [SPRING, AUTUMN])
def test_no_other_start_is_lost_or_doubled(sunday: date) -> None:
    watches = starts("watch", sunday - timedelta(days=1), 3)
    assert len(set(watches)) == len(watches) == 3 * 23 * 4
    assert not [each for each in watches if each.astimezone(LONDON).hour == 1]
    assert len(starts("returns", sunday - timedelta(days=1), 3)) == 3


@pytest.mark.parametrize("sunday", [SPRING, AUTUMN])
def test_a_day_is_late_by_london_s_clock(service: Service, sunday: date) -> None:
    """A file of Saturday is due on Sunday at five, which is another moment of the world after the change."""
    with time_machine.travel(datetime.combine(sunday - timedelta(days=1), time(12), LONDON), tick=True):
        service.loaded()
    for hhmm, kinds in ((time(4, 59), []), (time(5, 1), ["late"])):
        with time_machine.travel(datetime.combine(sunday, hhmm, LONDON), tick=True):
            ran = service.lvws("watch", "--json")
        assert [each["kind"] for each in ran.json["alerts"]] == kinds
