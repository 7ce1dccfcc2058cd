"""Who was handed to another service, and which clocks that ends, in the return (R5; interfaces: outcomes, returns).

What goes out in files goes out now, so these people came yesterday, and the cut-off lies ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from exchange import clock
from outputs.periods import month
from tests.feeds import police_key
from tests.onward import CHILDREN, HOMICIDE, NATIONAL, Other, now
from tests.operators import CALLED, Staff
from tests.outputs.told import asked, event, load, police, shown
from tests.service import Service, fresh_database, running

pytestmark = pytest.mark.xdist_group("onward figures")  # one service for the module

CHILD = {"birth_date": "12/03/2015"}
FAR = {"borough": "Outside London"}
CLOCKS = ("contact_72h", "needs_assessment_24h", "onward_24h")


@dataclass(frozen=True)
class World:
    service: Service
    before: datetime  # nobody had said that they received somebody
    month: str
    cut_off: datetime

    def lines(self, table: str, *only: str, columns: int, moment: datetime | None = None) -> list[str]:
        figures = asked(self.service, self.month, cut_off=self.cut_off, moment=moment)
        lines = shown(figures, table, *only).splitlines()[1:]
        return [" ".join(cell.strip() for cell in line.split("|")[: columns + 1]) for line in lines]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[World]:
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("onward"), url) as made:
        made.configure("case_activity")
        bereaved, children = Other(made, NATIONAL), Other(made, CHILDREN)
        day = clock.today() - timedelta(days=1)
        people = {400: HOMICIDE, 401: HOMICIDE, 403: CHILD, 404: CHILD, 405: FAR}
        load(made, [police(f"{day}", number, **who) for number, who in people.items()])
        done = {"day": f"{clock.today()}"}
        reached = [event(now(minutes=-2), police_key(number), "contact_attempt", **done, category="phone", after="reached")
                   for number in (403, 404, 405)]  # fmt: skip
        load(made, [*reached, event(now(minutes=-1), police_key(403), "onward_referral", **done, category=CHILDREN)])
        staff = Staff.of(made, "jo")
        ran = staff.lvws("jo", "onward", "turn-back", police_key(405), "--reason", CALLED, "--yes")
        assert ran.code == 0, ran
        before = clock.now()
        numbers = dict(
            made.rows("select referral_key, onward_id from cms.onward join cms.referral using (referral_id)")
        )
        bereaved.receipt([(numbers[police_key(400)], now())])
        children.receipt([(numbers[police_key(403)], now())])
        assert made.ingest().code == 0
        yield World(made, before, month(day).name, clock.now() + timedelta(days=20))


def test_sent_at_once_or_agreed_and_receipted_or_not(world: World) -> None:
    """referrals, within_24h, received: one of two bereaved had a receipt; of two children one agreed."""
    assert world.lines("onward", columns=3) == [f"{CHILDREN} 1 1 1", f"{NATIONAL} 2 2 1"]


def test_a_receipt_that_came_later_was_not_known(world: World) -> None:
    assert world.lines("onward", columns=3, moment=world.before) == [f"{CHILDREN} 1 1 0", f"{NATIONAL} 2 2 0"]


def test_a_referral_is_ours_until_its_receipt_and_one_turned_back_is_ours(world: World) -> None:
    """due, met: the bereaved and the child who were received have no clock to run out; nobody waits for 405 to agree."""
    assert world.lines("service_standard", *CLOCKS, columns=2) == [
        "contact_72h 4 3",
        "needs_assessment_24h 2 0",
        "onward_24h 2 1",
    ]


def test_before_their_receipts_all_of_them_were_ours(world: World) -> None:
    assert world.lines("service_standard", *CLOCKS, columns=2, moment=world.before) == [
        "contact_72h 5 3",
        "needs_assessment_24h 3 0",
        "onward_24h 2 1",
    ]
