"""What an operator has to know of onward referrals, in words; counts and services, never a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.rows import class_row

from exchange import clock
from exchange.database import Connection, transaction
from exchange.onward import places

OVERDUE_AFTER: Final = timedelta(hours=24)  # interfaces: acknowledgements

_OVERDUE: Final = """
    select destination, count(*) as people, min(sent_at) as since from cms.onward_state
    where state = 'sent' and sent_at <= %s group by destination order by destination
"""
# Who could go now, or stands in a file that is not sent, where nobody can be sent anything.
_NOT_SET_UP: Final = """
    select destination, sum(people)::integer as people from (
        select a.destination, count(*) as people
        from cms.onward_asked(%(reasons)s::text[], %(destinations)s::text[], %(at_once)s::boolean[]) a
        where a.agreed_at is not null and a.not_because = '{}' and not exists (
            select from cms.onward o where o.referral_id = a.referral_id and o.destination = a.destination
                                       and o.taken_back_at is null)
        group by a.destination
        union all
        select s.destination, count(*) from cms.onward_state s where s.state = 'queued' group by s.destination) w
    where not destination = any(%(set_up)s) group by destination order by destination
"""


@dataclass
class HandedOver:
    """What was done for one service: people put into a file, people in files that were sent, receipts noted.

    `findings` are sentences: what is odd, and what to do.
    """

    destination: str
    queued: int = 0
    sent: int = 0
    received: int = 0
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Overdue:
    """People of whom a service has not said within 24 hours that it received them."""

    destination: str
    people: int
    since: datetime

    @property
    def says(self) -> str:
        """The alert."""
        name = places.shown(self.destination)
        return (
            f"{name}: no receipt for {people(self.people)} sent since {moment(self.since)}. Call the service today: "
            f"until it says that it has them they are ours. See: lvws onward list --destination {name}"
        )


@dataclass(frozen=True)
class NotSetUp:
    """People who could be handed to a service that has no server or no key here."""

    destination: str
    people: int

    @property
    def says(self) -> str:
        """What to do."""
        name = places.shown(self.destination)
        if self.destination in places.NEVER:
            return f"{name}: {people(self.people)} cannot be handed on: it takes no onward referrals. Ask casework."
        return (
            f"{name}: {people(self.people)} cannot be handed on. Set up [sftp.{name}] with its age_recipient "
            "(docs/operator-guide.md, Onward referrals)."
        )


@dataclass
class Handover:
    """The onward referrals of a night."""

    done: list[HandedOver] = field(default_factory=list)
    overdue: list[Overdue] = field(default_factory=list)
    not_set_up: list[NotSetUp] = field(default_factory=list)

    def of(self, destination: str) -> HandedOver:
        """The notes of one service, begun where there are none yet."""
        for each in self.done:
            if each.destination == destination:
                return each
        self.done.append(HandedOver(destination))
        return self.done[-1]

    @property
    def alerts(self) -> list[str]:
        """What somebody has to act on today."""
        return [each.says for each in self.overdue] + [finding for each in self.done for finding in each.findings]

    @property
    def left(self) -> list[str]:
        """What waits for something to be set up."""
        return [each.says for each in self.not_set_up]

    @property
    def told(self) -> Iterator[str]:
        """What was done, a line for each service of which there is something to tell."""
        for each in self.done:
            if each.sent or each.queued or each.received:
                yield (
                    f"{each.destination}: {people(each.sent)} sent, {each.received} received"
                    f"{', a file waits to be sent' if each.queued > each.sent else ''}."
                )

    def as_json(self) -> list[dict[str, Any]]:
        """A dictionary for each service."""
        overdue = {each.destination: each for each in self.overdue}
        not_set_up = {each.destination: each.people for each in self.not_set_up}
        done = {each.destination: each for each in self.done}
        return [
            {
                "destination": places.shown(name),
                **{what: getattr(done.get(name, HandedOver(name)), what) for what in ("queued", "sent", "received")},
                "overdue": overdue[name].people if name in overdue else 0,
                "overdue_since": overdue[name].since.isoformat(timespec="seconds") if name in overdue else None,
                "not_set_up": not_set_up.get(name, 0),
                "findings": done.get(name, HandedOver(name)).findings,
            }
            for name in sorted({*done, *overdue, *not_set_up})
        ]


def overdue(connection: Connection) -> list[Overdue]:
    """By service: how many receipts are overdue, and since when."""
    with (
        transaction(connection, "reading which receipts are overdue"),
        connection.cursor(row_factory=class_row(Overdue)) as cursor,
    ):
        return cursor.execute(_OVERDUE, (clock.now() - OVERDUE_AFTER,)).fetchall()


def not_set_up(connection: Connection, set_up: Sequence[str]) -> list[NotSetUp]:
    """Services that have no server or key here, and people who wait for them."""
    with (
        transaction(connection, "reading who waits for a service"),
        connection.cursor(row_factory=class_row(NotSetUp)) as cursor,
    ):
        return cursor.execute(_NOT_SET_UP, places.book() | {"set_up": list(set_up)}).fetchall()


def people(count: int) -> str:
    """`1 person`, `2 people`."""
    return "1 person" if count == 1 else f"{count:,} people"


def moment(at: datetime) -> str:
    """A time in London for people."""
    return f"{at.astimezone(clock.LONDON):%Y-%m-%d %H:%M}"
