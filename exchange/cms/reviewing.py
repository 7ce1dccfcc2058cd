"""Possible matches for people to judge: which wait, one side by side, whom a person's referrals are.

Every look at somebody's details is one line of the audit: which referrals and why, no value. Judging is a signed step
(exchange.cms.steps); what is linked by it follows when referrals are matched (exchange.cms.people).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.rows import class_row, dict_row

from exchange.cms import reviewing_sql, sides
from exchange.cms.contact import Place, refuse_telling
from exchange.database import Connection, transaction
from exchange.errors import NotFound, WrongUse
from exchange.ledger import audit


@dataclass(frozen=True)
class Pair:
    """Two referrals, the one with the smaller number first; `number` is what commands call it."""

    left: Place
    right: Place

    @property
    def number(self) -> str:
        """As lvws review list shows it."""
        return f"{self.left.referral_id}-{self.right.referral_id}"

    @property
    def ids(self) -> dict[str, int]:
        """As parameters of SQL."""
        return {"left": self.left.referral_id, "right": self.right.referral_id}


@dataclass(frozen=True)
class Waiting:
    """A pair that people have to look at. `held`: contact waits for it. `step`: asked for, a second person confirms."""

    pair: Pair
    reasons: tuple[str, ...]
    group_reason: str | None
    since: datetime
    two_people: bool
    held: bool
    step: int | None


@dataclass(frozen=True)
class Agreement:
    """Of judgements that two people had to sign: how often the second agreed, and how often not."""

    agreed: int
    refused: int

    @property
    def share(self) -> float | None:
        """Of those that ended; None before the first."""
        ended = self.agreed + self.refused
        return self.agreed / ended if ended else None


@dataclass(frozen=True)
class Link:
    """A link that stands."""

    left_id: int
    left_source: str
    left_key: str
    right_id: int
    right_source: str
    right_key: str
    how: str
    linked_at: datetime
    model_version: str | None
    reasons: list[str]


@dataclass(frozen=True)
class Standing:
    """What is known of a pair: what was compared, whether it waits, and what people judged."""

    reasons: list[str] | None
    group_reason: str | None
    since: datetime | None
    decision: str | None
    model_version: str | None
    waits: bool
    two_people: bool
    judged: bool | None
    judged_at: datetime | None
    step_id: int | None


@dataclass(frozen=True)
class Looked:
    """A pair side by side; `contact_shown`: both may be contacted."""

    pair: Pair
    standing: Standing
    waiting_step: int | None
    lines: list[sides.Line]
    contact_shown: bool
    links: list[Link]


@dataclass(frozen=True)
class Referral:
    """One of a person's referrals."""

    referral_id: int
    source: str
    referral_key: str
    received_on: date
    offence_from: date | None
    crime_category: str | None


@dataclass(frozen=True)
class Person:
    """All referrals of one person, and what links them."""

    referrals: list[Referral]
    links: list[Link]


@dataclass(frozen=True)
class Became:
    """What became of a judgement: whether they are one person, of how many referrals; pairs of either that wait."""

    one_person: bool
    referrals: int
    waiting: int


def waiting(connection: Connection) -> list[Waiting]:
    """All pairs that people have to look at: what could change contact or is about high risk first, then the oldest."""
    with transaction(connection, "reading possible matches"), connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(reviewing_sql.WAITING).fetchall()
    return [
        Waiting(
            Pair(*(Place(*(row[f"{side}_{name}"] for name in ("id", "source", "key"))) for side in ("left", "right"))),
            tuple(row["reasons"]),
            *(row[name] for name in ("group_reason", "since", "two_people", "held", "step")),
        )
        for row in rows
    ]


def agreement(connection: Connection) -> Agreement:
    """How often second people agreed."""
    with transaction(connection, "reading how reviewers agree"):
        row = connection.execute(reviewing_sql.AGREEMENT).fetchone()
    assert row is not None
    return Agreement(*row)


def find(connection: Connection, number: str) -> Pair:
    """The pair with a number such as 12-34. Raises NotFound; WrongUse for what is no number of a pair."""
    told = re.fullmatch(r"([0-9]{1,18})-([0-9]{1,18})", number, flags=re.ASCII)
    if told is None:
        raise WrongUse(what="A pair is two numbers with - between, such as 12-34; lvws review list shows them.")
    with transaction(connection, "looking for a pair"):
        row = connection.execute(reviewing_sql.PAIR, {"left": int(told[1]), "right": int(told[2])}).fetchone()
    if row is None:
        raise NotFound(what="possible match", name=number, list_with="lvws review list")
    return Pair(Place(*row[:3]), Place(*row[3:]))


def linked(connection: Connection, one: Place, other: Place) -> Pair:
    """Two referrals that are one person. Raises NotFound where they are not."""
    pair = Pair(*sorted((one, other), key=lambda place: place.referral_id))
    if one == other or not became(connection, pair).one_person:
        raise NotFound(
            what="link between",
            name=f"{one.referral_key} and {other.referral_key}",
            list_with=f"lvws review person '{one.referral_key}' --reason ...",
        )
    return pair


def waiting_step(connection: Connection, pair: Pair) -> int | None:
    """The step about the pair that waits for a second person."""
    with transaction(connection, "looking for a step"):
        row = connection.execute(reviewing_sql.STEP, pair.ids).fetchone()
    return row[0] if row else None


def standing(connection: Connection, pair: Pair) -> Standing:
    """What is known of a pair, without any value."""
    with transaction(connection, "reading a pair"), connection.cursor(row_factory=class_row(Standing)) as cursor:
        row = cursor.execute(reviewing_sql.STANDING, pair.ids).fetchone()
    assert row is not None
    return row


def look(connection: Connection, pair: Pair, *, reason: str) -> Looked:
    """A pair side by side, for a reason that the audit keeps. Raises WrongUse for a telling reason."""
    step = waiting_step(connection, pair)
    with transaction(connection, "reading a possible match"):
        _note(connection, "match read", pair.left, reason, other=pair.right)
        of = list(pair.ids.values())
        left, right = _sides(connection, of)
        links = _links(connection, of)
        _refuse_telling(reason, [left, right])  # before the audit line is there for good
    may_show = left["may_contact"] and right["may_contact"]
    lines = sides.compare(left, right, may_show=may_show)
    return Looked(pair, standing(connection, pair), step, lines, may_show, links)


def person(connection: Connection, place: Place, *, reason: str) -> Person:
    """All referrals of the person of one, for a reason that the audit keeps. No contact details."""
    with transaction(connection, "reading a person's referrals"):
        _refuse_telling(reason, _sides(connection, [place.referral_id]))
        _note(connection, "person read", place, reason)
        with connection.cursor(row_factory=class_row(Referral)) as cursor:
            found = cursor.execute(reviewing_sql.REFERRALS, (place.referral_id,)).fetchall()
        return Person(found, _links(connection, [each.referral_id for each in found]))


def check_reason(connection: Connection, pair: Pair, reason: str) -> None:
    """Raise WrongUse where a reason holds a name or a contact detail of either: it stays in the step and the audit."""
    with transaction(connection, "checking a reason"):
        _refuse_telling(reason, _sides(connection, list(pair.ids.values())))


def became(connection: Connection, pair: Pair) -> Became:
    """Whether a pair is one person now, of how many referrals, and how many pairs of either wait for people."""
    with transaction(connection, "reading what became of a pair"):
        row = connection.execute(reviewing_sql.BECAME, pair.ids).fetchone()
    assert row is not None
    return Became(*row)


def _note(connection: Connection, what: str, place: Place, reason: str, *, other: Place | None = None) -> None:
    more = {"other_source": other.source, "other_key": other.referral_key} if other else {}
    audit.record(connection, what, source=place.source, key=place.referral_key, reason=reason, **more)


def _sides(connection: Connection, of: list[int]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(reviewing_sql.SIDE, {"of": of}).fetchall()


def _refuse_telling(reason: str, of: list[dict[str, Any]]) -> None:
    for side in of:
        name = " ".join(filter(None, (side["forename"], side["surname"])))
        refuse_telling(reason, {"name": name, **{each: side[each] for each in sides.CONTACT}})


def _links(connection: Connection, of: list[int]) -> list[Link]:
    with connection.cursor(row_factory=class_row(Link)) as cursor:
        return cursor.execute(reviewing_sql.LINKS, {"of": of}).fetchall()
