"""Steps of staff: what an operator decides, signed, and done by functions of the database (docs/adr/0014).

The document says everything: what, about whom, why, and the change. The database does what it says and nothing else,
and stores it with its signature. For somebody at high risk a second person signs the same document first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from exchange import clock, operators
from exchange.cms import signed
from exchange.database import Connection, transaction
from exchange.errors import (
    ChangedMeanwhile,
    DatabaseRefused,
    ExchangeError,
    NotFound,
    ReferralUnknown,
    SignedTwice,
    WrongUse,
)
from exchange.operators import Operator, Signer

What = Literal[
    "set_contact",
    "accept_proposal",
    "refuse_proposal",
    "release_hold",
    "turn_back",
    "answer_not_passable",
    "judge_pair",
]


@dataclass(frozen=True)
class Desk:
    """Where an operator works: a connection in the role operator, and their key."""

    connection: Connection
    signer: Signer


@dataclass(frozen=True)
class About:
    """Which referral a step is about, and why it is taken. The reason holds no detail of the person."""

    source: str
    referral_key: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """A step after it was signed: `state` is waiting (for a second person), done or refused."""

    step: int
    state: str
    people: int


def set_contact(desk: Desk, about: About, *, fields: Mapping[str, str | None], seen: int | None) -> Taken:
    """Set contact details: those of `fields` alone, None clears one. `seen` is the step that had set them before.

    Raises ChangedMeanwhile when somebody set them since.
    """
    return _take(desk, about, "set_contact", {"fields": dict(fields), "seen": seen})


def accept_proposal(desk: Desk, about: About, *, proposal: int, value: str | None) -> Taken:
    """Take over what a feed says of a field that staff own; `value` is what was looked at."""
    return _take(desk, about, "accept_proposal", {"proposal_id": proposal, "value": value})


def refuse_proposal(desk: Desk, about: About, *, proposal: int, value: str | None) -> Taken:
    """Leave a field as it is, whatever the feed says; `value` is what was looked at."""
    return _take(desk, about, "refuse_proposal", {"proposal_id": proposal, "value": value})


def release_hold(desk: Desk, about: About, *, reasons: Sequence[str]) -> Taken:
    """Release the open holds of a referral for these reasons."""
    return _take(desk, about, "release_hold", {"reasons": sorted(reasons)})


def turn_back(desk: Desk, about: About) -> Taken:
    """Keep a referral that is handed on only because the person lives outside London, and stays here."""
    return _take(desk, about, "turn_back", {})


def answer_not_passable(desk: Desk, about: About) -> Taken:
    """Note that the force has made its own MARAC referral for a high-risk row that may not be held."""
    return _take(desk, about, "answer_not_passable", {})


def judge_pair(desk: Desk, about: About, *, other_source: str, other_key: str, same: bool) -> Taken:
    """Judge that a referral and another one are one person, or two. What was judged of them before is over."""
    return _take(desk, about, "judge_pair", {"other_source": other_source, "other_key": other_key, "same": same})


def confirm(desk: Desk, step: signed.Step, operators: Mapping[str, Operator]) -> Taken:
    """Sign somebody else's step, which is then done. Raises SignatureWrong, SignedTwice, NotFound, ChangedMeanwhile."""
    may_sign(step, desk.signer)
    signed.check(step, operators)
    return _sign(desk, step, agrees=True)


def refuse(desk: Desk, step: signed.Step) -> Taken:
    """End somebody else's step without doing it. Raises SignedTwice, NotFound."""
    may_sign(step, desk.signer)
    return _sign(desk, step, agrees=False)


def may_sign(step: signed.Step, signer: Signer) -> None:
    """Raise NotFound for a step that does not wait, SignedTwice where this operator or key has signed it."""
    if step.state != "waiting":
        raise NotFound(what="waiting step", name=step.step, list_with="lvws steps list")
    for signature in step.signatures:
        if signature.operator == signer.operator.name or signature.key_id == signer.operator.key_id:
            raise SignedTwice(step=step.step)


def check_reason(reason: str) -> str:
    """A reason without space around it. Raises WrongUse for one that says nothing or cannot be stored."""
    plain = reason.strip()
    if not plain or not plain.isprintable() or len(plain) > 500:
        raise WrongUse(what="--reason is one line of text, up to 500 letters, that says why.")
    return plain


def _take(desk: Desk, about: About, what: What, change: dict[str, Any]) -> Taken:
    document = operators.document(
        {
            "what": what,
            "source": about.source,
            "referral_key": about.referral_key,
            "reason": check_reason(about.reason),
            "change": change,
            "at": clock.now().isoformat(),  # so that a signature counts for one occasion
        }
    )
    operator = desk.signer.operator
    with _in_our_words(about.referral_key, None), transaction(desk.connection, "taking a step"):
        row = desk.connection.execute(
            "select step_id, state, people from cms.take_step(%s, %s, %s, %s)",
            (document, operator.name, operator.key_id, desk.signer.sign(document)),
        ).fetchone()
    assert row is not None
    return Taken(*row)


def _sign(desk: Desk, step: signed.Step, *, agrees: bool) -> Taken:
    operator = desk.signer.operator
    signature = desk.signer.sign(signed.text_to_sign(step.document, agrees=agrees))
    with _in_our_words(step.referral_key, step.step), transaction(desk.connection, "signing a step"):
        row = desk.connection.execute(
            "select cms.sign_step(%s, %s, %s, %s, %s)",
            (step.step, operator.name, operator.key_id, signature, agrees),
        ).fetchone()
    assert row is not None
    return Taken(step.step, row[0], step.people)


@contextlib.contextmanager
def _in_our_words(key: str, step: int | None) -> Iterator[None]:
    """What the functions of the database refuse, as errors that say what to do."""
    refused: DatabaseRefused
    try:
        yield
        return
    except DatabaseRefused as error:
        refused = error
    raise _error(str(refused.facts["constraint"]), key, step) or refused


_MISSING: Final = {
    "step_hold_is_open": ("open hold of", "lvws held list"),
    "step_proposal_is_open": ("open proposal of that number for", "lvws proposals list"),
    "step_is_not_passable": ("high-risk row that waits for an answer, with the key", "lvws not-passable list"),
    "step_is_outside_london": ("referral that is handed on because of where the person lives:", "lvws due"),
    "turned_back_pkey": ("referral that is still handed on because of where the person lives:", "lvws due"),
}


def _error(constraint: str, key: str, step: int | None) -> ExchangeError | None:
    match constraint:
        case "step_referral_is_known":
            return ReferralUnknown(key=key)
        case "step_saw_the_newest":
            return ChangedMeanwhile(what=f"What this is about ({key})")
        case "step_is_waiting" | "step_is_known":
            return NotFound(what="waiting step", name=step, list_with="lvws steps list")
        case "step_signature_pkey" | "step_signed_once":
            return SignedTwice(step=step)
        case _ if constraint in _MISSING:
            what, list_with = _MISSING[constraint]
            return NotFound(what=what, name=key, list_with=list_with)
        case _:
            return None
