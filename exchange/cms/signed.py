"""Steps as they stand: what was asked, who signed, and whether each signature fits (docs/adr/0014).

A step's document may hold contact details, so whoever shows it says why, and that is audited (exchange.cms.contact).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from exchange.database import Connection, transaction
from exchange.errors import NotFound, SignatureWrong
from exchange.operators import Operator, fault

_STEPS: Final = """
    select s.step_id, s.what, s.source, s.referral_key, s.referral_id, s.document, s.reason, s.people, s.state,
           s.made_at, s.ended_at, g.operator, g.key_id, g.signature, g.agrees, g.signed_at
    from cms.step s left join cms.step_signature g using (step_id)
"""
_WAITING: Final = f"{_STEPS} where s.state = 'waiting' order by s.step_id, g.signed_at"
_ONE: Final = f"{_STEPS} where s.step_id = %s order by s.step_id, g.signed_at"
_OF_REFERRAL: Final = f"{_STEPS} where s.referral_id = %s order by s.step_id, g.signed_at"
_ALL: Final = f"{_STEPS} order by s.step_id, g.signed_at"
# The columns that are the step's; the others are a signature's.
_NAMES: Final = (
    *("step", "what", "source", "referral_key", "referral_id", "document"),
    *("reason", "people", "state", "made_at", "ended_at"),
)


@dataclass(frozen=True)
class Signature:
    """Who signed a step, for it or against it."""

    operator: str
    key_id: str
    signature: bytes = field(repr=False)
    agrees: bool
    signed_at: datetime


@dataclass(frozen=True)
class Step:
    """One step, with its signatures in the order in which they were made."""

    step: int
    what: str
    source: str
    referral_key: str
    referral_id: int | None
    document: str = field(repr=False)
    reason: str
    people: int
    state: str
    made_at: datetime
    ended_at: datetime | None
    signatures: tuple[Signature, ...]

    @property
    def change(self) -> dict[str, Any]:
        """What the document asks for."""
        return dict(json.loads(self.document)["change"])

    @property
    def asked_by(self) -> str:
        """Who signed first."""
        return self.signatures[0].operator if self.signatures else "nobody"


def text_to_sign(document: str, *, agrees: bool) -> str:
    """What is signed: the document, or for a refusal the document after a word that says so.

    A refusal could else be passed off as an agreement.
    """
    return document if agrees else f"refused {document}"


def waiting(connection: Connection) -> list[Step]:
    """Steps that wait for a second person, oldest first."""
    return _read(connection, _WAITING)


def of_referral(connection: Connection, referral_id: int) -> list[Step]:
    """All steps about a referral, oldest first."""
    return _read(connection, _OF_REFERRAL, referral_id)


def get(connection: Connection, step: int) -> Step:
    """One step. Raises NotFound."""
    found = _read(connection, _ONE, step)
    if not found:
        raise NotFound(what="step", name=step, list_with="lvws steps list")
    return found[0]


def check(step: Step, operators: Mapping[str, Operator]) -> None:
    """Raise SignatureWrong where a signature does not fit its operator's key, or nobody has signed."""
    if not step.signatures:
        raise SignatureWrong(operator=step.asked_by, step=step.step)
    for wrong in faults([step], operators):
        raise SignatureWrong(operator=wrong.operator, step=step.step)


@dataclass(frozen=True)
class Fault:
    """A signature that proves nothing, and why; or a step that too few people signed."""

    step: int
    operator: str
    problem: str


def of_all(connection: Connection, operators: Mapping[str, Operator]) -> tuple[int, list[Fault]]:
    """How many signatures there are, and all faults among them."""
    found = _read(connection, _ALL)
    return sum(len(step.signatures) for step in found), list(faults(found, operators))


def faults(steps: list[Step], operators: Mapping[str, Operator]) -> Iterator[Fault]:
    """Every signature that does not fit, and every step that was done with too few."""
    for step in steps:
        for signature in step.signatures:
            text = text_to_sign(step.document, agrees=signature.agrees)
            problem = fault(operators, (signature.operator, signature.key_id), text, signature.signature)
            if problem is not None:
                yield Fault(step.step, signature.operator, problem)
        if step.state == "done" and sum(each.agrees for each in step.signatures) < step.people:
            yield Fault(step.step, step.asked_by, "it was done with too few signatures")


def _read(connection: Connection, statement: str, *parameters: int) -> list[Step]:
    with transaction(connection, "reading steps"):
        rows = connection.execute(statement.encode(), parameters or None).fetchall()
    return [_step(list(lines)) for _, lines in groupby(rows, key=lambda row: row[0])]


def _step(lines: list[tuple[Any, ...]]) -> Step:
    given = (line[len(_NAMES) :] for line in lines if line[len(_NAMES)] is not None)
    signatures = tuple(Signature(who, key, bytes(made), agrees, at) for who, key, made, agrees, at in given)
    return Step(**dict(zip(_NAMES, lines[0], strict=False)), signatures=signatures)
