"""Steps on the screen: in a list without any value, and one whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exchange.cli import desk, reasons, review_page, screen
from exchange.cms import contact, reviewing
from exchange.cms.signed import Step
from exchange.database import Connection

Change = tuple[str, str | None, str | None]
"""What, how it is now, and how it would be."""

WORDS: Final = {
    "set_contact": "set contact details",
    "accept_proposal": "take over a proposal",
    "refuse_proposal": "refuse a proposal",
    "release_hold": "release holds",
    "turn_back": "keep instead of handing on",
    "answer_not_passable": "the force has answered",
    "judge_pair": "judge a possible match",
}


def as_json(step: Step) -> dict[str, Any]:
    """A step without what it changes."""
    return {
        "step": step.step,
        "what": step.what,
        "source": step.source,
        "key": step.referral_key,
        "reason": step.reason,
        "state": step.state,
        "people": step.people,
        "made_at": step.made_at.isoformat(),
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
        "signatures": [
            {"operator": each.operator, "agrees": each.agrees, "signed_at": each.signed_at.isoformat()}
            for each in step.signatures
        ],
        **(step.change if step.what == "judge_pair" else {}),
    }


def table(title: str, steps: Sequence[Step]) -> None:
    """Steps as a table."""
    screen.table(
        title,
        ["step", "what", "source", "key", "state", "since", "signed by", "reason"],
        [
            (
                *(step.step, WORDS.get(step.what, step.what), step.source, _about(step), step.state),
                *(desk.at(step.made_at), ", ".join(_signed(step)), step.reason),
            )
            for step in steps
        ],
    )


def _about(step: Step) -> str:
    """The key; of a possible match both, and what is said of them. Its document holds nothing else."""
    if step.what != "judge_pair":
        return step.referral_key
    change = step.change
    return f"{step.referral_key}\nand {change['other_key']} ({change['other_source']}):\n{_judged(change['same'])}"


def _judged(same: bool) -> str:
    return "one person" if same else "two people"


def _signed(step: Step) -> list[str]:
    return [each.operator if each.agrees else f"{each.operator} (against)" for each in step.signatures]


def changes(connection: Connection, step: Step, *, reason: str) -> list[Change]:
    """What a step changes. Contact details are read for the reason, which the audit keeps."""
    match step.what:
        case "set_contact":
            now = _look(connection, step, reason).stored
            return [(name, now.get(name), value) for name, value in step.change["fields"].items()]
        case "accept_proposal" | "refuse_proposal":
            told = _look(connection, step, reason).proposals
            return [_proposal(step, next((p for p in told if p.proposal == step.change["proposal_id"]), None))]
        case "release_hold":
            contact.step_shown(connection, step, reason=reason)
            return [(f"hold {each}", reasons.says(each), "released") for each in step.change["reasons"]]
        case "judge_pair":
            contact.step_shown(connection, step, reason=reason)
            return _judgement(connection, step)
        case _:
            contact.step_shown(connection, step, reason=reason)
            return [(WORDS.get(step.what, step.what), "no", "yes")]


def _judgement(connection: Connection, step: Step) -> list[Change]:
    """What a judgement is about as it stands now, which may be another thing than when it was asked for."""
    one = contact.find(connection, step.referral_key, step.source)
    other = contact.find(connection, step.change["other_key"], step.change["other_source"])
    pair = reviewing.Pair(*sorted((one, other), key=lambda place: place.referral_id))
    standing = reviewing.standing(connection, pair)
    now = _judged(reviewing.became(connection, pair).one_person)
    return [
        (
            f"{one.referral_key} ({one.source}) and {other.referral_key} ({other.source})",
            now,
            _judged(step.change["same"]),
        ),
        (
            f"compared, as lvws review show {pair.number} tells",
            review_page.why(standing.reasons, standing.group_reason),
            None,
        ),
    ]


def _look(connection: Connection, step: Step, reason: str) -> contact.Contact:
    place = contact.find(connection, step.referral_key, step.source)
    return contact.look(connection, place, reason=reason, what="step read")


def _proposal(step: Step, told: contact.Proposal | None) -> Change:
    value = step.change["value"]
    if told is None:
        return f"proposal {step.change['proposal_id']}", "not open any more", value
    return told.field, told.owned, value if step.what == "accept_proposal" else told.owned
