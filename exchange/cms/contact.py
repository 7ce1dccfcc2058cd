"""A person's contact details as staff may see them to do their work, and what stands in the way of contact.

Every look is one line of the audit: who, at which referral, why. Values go to whoever looks, and nowhere else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from psycopg.rows import class_row, dict_row

from exchange.cms import signed, steps
from exchange.cms.owned import CONTACT_FIELDS
from exchange.database import Connection, transaction
from exchange.errors import NotFound, ReferralUnknown, WrongUse
from exchange.ledger import audit

Values = dict[str, str | None]

_USABLE: Final = """
    select may_contact, not_because, set_at, set_by, cms.is_high_risk(person_id) as two_people,
           preferred_contact, phone, other_phone, email, address, postcode, note
    from cms.contact where referral_id = %s
"""
_STORED: Final = """
    select safe_to_contact, preferred_contact, phone, other_phone, email, address, postcode, note
    from cms.safe_contact where referral_id = %(id)s
    union all
    select safe_to_contact, preferred_contact, phone, other_phone, email, address, postcode, note
    from cms.contact_in_records where referral_id = %(id)s
    and not exists (select from cms.safe_contact where referral_id = %(id)s)
"""
_HOLDS: Final = """
    select reason, since, opened_at, opened_by from cms.open_hold where referral_id = %s order by opened_at, reason
"""
# What staff have of the field: among safe contact, or among their other fields.
_PROPOSALS: Final = """
    select p.proposal_id as proposal, r.referral_id, r.source, r.referral_key, p.field, p.value, p.run, p.made_at,
           coalesce(to_jsonb(s) ->> p.field, v.value) as owned
    from cms.proposal p join cms.referral r using (referral_id)
    left join cms.safe_contact s using (referral_id)
    left join cms.staff_value v on v.referral_id = p.referral_id and v.field = p.field
    where p.state = 'open' and (%(id)s::bigint is null or p.referral_id = %(id)s)
    and (%(proposal)s::bigint is null or p.proposal_id = %(proposal)s)
    order by p.made_at, p.proposal_id
"""


@dataclass(frozen=True)
class Place:
    """One referral, by its source and key."""

    referral_id: int
    source: str
    referral_key: str


@dataclass(frozen=True)
class Hold:
    """Why nobody may contact the person yet."""

    reason: str
    since: date
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True)
class Proposal:
    """What a feed says of a field that staff own."""

    proposal: int
    referral_id: int
    source: str
    referral_key: str
    field: str
    value: str | None = dataclasses.field(repr=False)
    run: str
    made_at: datetime
    owned: str | None = dataclasses.field(repr=False)


@dataclass(frozen=True)
class Contact:
    """Whether and how a person may be contacted.

    `usable` is blank throughout where contact is not safe; `stored` is what stands behind that, and is not to be used.
    `two_people`: a change needs a second person.
    """

    place: Place
    may_contact: bool
    not_because: tuple[str, ...]
    usable: Values = dataclasses.field(repr=False)
    stored: Values = dataclasses.field(repr=False)
    two_people: bool
    set_at: datetime | None
    set_by: int | None
    holds: tuple[Hold, ...]
    proposals: tuple[Proposal, ...]
    history: tuple[signed.Step, ...]


def find(connection: Connection, key: str, source: str | None = None) -> Place:
    """The referral with a key. Raises ReferralUnknown; WrongUse where several sources have one, naming them."""
    with transaction(connection, "looking for a referral"):
        found = connection.execute(
            "select referral_id, source, referral_key from cms.referral "
            "where referral_key = %s and (%s::text is null or source = %s) order by source",
            (key, source, source),
        ).fetchall()
    if not found:
        raise ReferralUnknown(key=key)
    if len(found) > 1:
        raise WrongUse(what=f"Several sources have sent {key}. Add --source with one of: {_sources(found)}.")
    return Place(*found[0])


def look(connection: Connection, place: Place, *, reason: str, what: str = "contact read") -> Contact:
    """All of it, for one reason, which the audit keeps. In the role operator. Raises WrongUse for a telling reason."""
    with transaction(connection, "reading a contact"):
        audit.record(connection, what, source=place.source, key=place.referral_key, reason=reason)
        usable = _one(connection, _USABLE, (place.referral_id,))
        stored = _one(connection, _STORED, {"id": place.referral_id})
        with connection.cursor(row_factory=class_row(Hold)) as cursor:
            holds = cursor.execute(_HOLDS, (place.referral_id,)).fetchall()
        proposals = _proposals(connection, {"id": place.referral_id, "proposal": None})
        history = signed.of_referral(connection, place.referral_id)
        refuse_telling(reason, stored)  # before the audit line is there for good
    return Contact(
        place=place,
        may_contact=usable["may_contact"],
        not_because=tuple(usable["not_because"]),
        usable={name: usable.get(name) for name in CONTACT_FIELDS if name != "safe_to_contact"},
        stored=stored,
        two_people=usable["two_people"],
        set_at=usable["set_at"],
        set_by=usable["set_by"],
        holds=tuple(holds),
        proposals=tuple(proposals),
        history=tuple(history),
    )


def prevented_by(connection: Connection, place: Place) -> tuple[str, ...]:
    """Why the person may still not be contacted; nothing where they may. No detail is read."""
    with transaction(connection, "reading why contact is not safe"):
        row = connection.execute(
            "select not_because from cms.contact where referral_id = %s", (place.referral_id,)
        ).fetchone()
    return tuple(row[0]) if row else ()


def holds(connection: Connection, place: Place) -> tuple[Hold, ...]:
    """The open holds of a referral."""
    with transaction(connection, "reading holds"), connection.cursor(row_factory=class_row(Hold)) as cursor:
        return tuple(cursor.execute(_HOLDS, (place.referral_id,)).fetchall())


def two_people(connection: Connection, place: Place) -> bool:
    """Whether a change of this person's contact needs a second person."""
    with transaction(connection, "asking for the risk"):
        row = connection.execute(
            "select cms.is_high_risk(person_id) from cms.referral where referral_id = %s", (place.referral_id,)
        ).fetchone()
    return bool(row and row[0])


def open_proposals(connection: Connection) -> list[Proposal]:
    """All open proposals, oldest first; lists show none of their values."""
    with transaction(connection, "reading proposals"):
        return _proposals(connection, {"id": None, "proposal": None})


def proposal(connection: Connection, number: int, *, reason: str, what: str = "proposal read") -> Proposal:
    """One open proposal with both values, for a reason that the audit keeps. Raises NotFound."""
    with transaction(connection, "reading a proposal"):
        found = _proposals(connection, {"id": None, "proposal": number})
        if not found:
            raise NotFound(what="open proposal", name=number, list_with="lvws proposals list")
        refuse_telling(reason, {found[0].field: found[0].value, "": found[0].owned})
        audit.record(
            connection,
            what,
            source=found[0].source,
            key=found[0].referral_key,
            proposal=number,
            reason=reason,
        )
        return found[0]


def refuse_telling(reason: str, values: Mapping[str, str | None]) -> None:
    """Raise WrongUse where a reason holds one of the values: it stays in the audit, and in the list of processes."""
    said, digits = reason.casefold(), re.sub(r"\D", "", reason)
    for name, value in values.items():
        if value is None or name in {"safe_to_contact", "preferred_contact", "note"}:
            continue
        number = re.sub(r"\D", "", value)[-9:]
        if (len(number) == 9 and number in digits) or any(
            len(line) > 5 and line in said for line in value.casefold().splitlines()
        ):
            raise WrongUse(what="The reason holds a detail of the person. Say why without it.")


def step_shown(connection: Connection, step: signed.Step, *, reason: str) -> None:
    """Note that somebody looked at a step that may hold contact details, of which the audit keeps none."""
    with transaction(connection, "reading a step"):
        audit.record(
            connection,
            "step read",
            source=step.source,
            key=step.referral_key,
            step=step.step,
            reason=steps.check_reason(reason),
        )


def _one(connection: Connection, statement: str, given: Any) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statement.encode(), given).fetchone()
    assert row is not None
    return row


def _proposals(connection: Connection, which: dict[str, int | None]) -> list[Proposal]:
    with connection.cursor(row_factory=class_row(Proposal)) as cursor:
        return cursor.execute(_PROPOSALS, which).fetchall()


def _sources(found: list[tuple[Any, ...]]) -> str:
    return ", ".join(source for _, source, _ in found)
