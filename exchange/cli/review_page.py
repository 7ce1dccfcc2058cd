"""Possible matches on the screen: the list, two side by side, one person's referrals, what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from exchange.cli import desk, screen
from exchange.matching import words

if TYPE_CHECKING:
    from exchange.cms.contact import Place
    from exchange.cms.reviewing import Agreement, Became, Link, Looked, Person, Referral, Waiting
    from exchange.cms.sides import Line
    from exchange.cms.steps import Taken

BLIND: Final = (
    "Not shown, because nobody may be judged by it: "
    "gender, ethnicity, religion, sexual orientation, disability, language."
)
HIDDEN: Final = (
    "One of the two may not be contacted, so contact details are compared and not shown: "
    "where they are the same, one would tell the other's."
)
_MARKS: Final = {"same": "same", "near": "near", "different": "DIFFERENT", "missing": "missing"}
_HEADS: Final = {
    "birth_date": "birth date",
    "other_phone": "other phone",
    "email": "e-mail",
    "offence_from": "offence from",
    "offence_to": "offence to",
    "received_on": "received on",
    "crime_category": "crime category",
    "referral_key": "key",
}


def why(reasons: Iterable[str] | None, group_reason: str | None = None) -> str:
    """What was compared, and why people have to look, in plain words; never a value."""
    codes = {*(reasons or ()), *([group_reason] if group_reason else ())}
    known = codes & words.WORDS.keys()
    return "; ".join(filter(None, [words.sentence(known), *sorted(codes - known)]))


# --- the list --------------------------------------------------------------------------------------


def listed_as_json(found: list[Waiting], agreed: Agreement) -> dict[str, Any]:
    """The list as one JSON document."""
    return {
        "waiting": len(found),
        "agreement": {"agreed": agreed.agreed, "refused": agreed.refused, "share": agreed.share},
        "pairs": [
            {
                "pair": each.pair.number,
                "left": _place(each.pair.left),
                "right": _place(each.pair.right),
                "why": why(each.reasons, each.group_reason),
                "reasons": [*each.reasons, *([each.group_reason] if each.group_reason else [])],
                "since": each.since.isoformat(),
                "two_people": each.two_people,
                "held": each.held,
                "step": each.step,
            }
            for each in found
        ],
    }


def show_list(found: list[Waiting], agreed: Agreement) -> None:
    """The list for people."""
    screen.say(f"{len(found)} possible matches wait for somebody to look.")
    share = "none yet" if agreed.share is None else f"{agreed.share:.0%}"
    counts = f" (agreed {agreed.agreed}, refused {agreed.refused})" if agreed.share is not None else ""
    screen.say(f"Agreement between first and second reviewers: {share}{counts}.")
    screen.table(
        "Possible matches: safety first, then the oldest",
        ["pair", "sources", "keys", "why", "since", "people", "contact"],
        [
            (
                *(each.pair.number, _lines(each.pair.left.source, each.pair.right.source)),
                *(_lines(each.pair.left.referral_key, each.pair.right.referral_key),),
                *(why(each.reasons, each.group_reason), desk.at(each.since)),
                *(_people(each), "HELD" if each.held else ""),
            )
            for each in found
        ],
    )


def _people(each: Waiting) -> str:
    asked = f"\nstep {each.step} waits" if each.step else ""
    return ("two" if each.two_people else "one") + asked


# --- one pair --------------------------------------------------------------------------------------


def looked_as_json(found: Looked) -> dict[str, Any]:
    """One pair as one JSON document."""
    from exchange.cms import sides  # noqa: PLC0415

    standing = found.standing
    return {
        "pair": found.pair.number,
        "left": _place(found.pair.left),
        "right": _place(found.pair.right),
        "waits": standing.waits,
        "since": standing.since.isoformat() if standing.since else None,
        "why": why(standing.reasons, standing.group_reason),
        "two_people": standing.two_people,
        "step": found.waiting_step,
        "judged": None
        if standing.judged is None or standing.judged_at is None
        else {"same": standing.judged, "at": standing.judged_at.isoformat(), "step": standing.step_id},
        "fields": [
            {"field": line.name, "left": line.left, "right": line.right, "mark": line.mark, "hidden": line.hidden}
            for line in found.lines
        ],
        "contact_shown": found.contact_shown,
        "blind_to": list(sides.BLIND_TO),
        "links": [_link(each) for each in found.links],
    }


def show(found: Looked) -> None:
    """One pair for people."""
    standing = found.standing
    screen.say(f"Possible match {found.pair.number}")
    screen.say(why(standing.reasons, standing.group_reason) or "No rule has compared the two.")
    if standing.judged is not None:
        word = "one person" if standing.judged else "two people"
        screen.say(f"Judged {word} by step {standing.step_id}, {desk.at(standing.judged_at)}.")
    if found.waiting_step:
        screen.say(f"Step {found.waiting_step} about it waits for a second person: lvws steps confirm or refuse.")
    if standing.two_people:
        screen.say("It could change how contact is safe, or is about somebody at high risk: two people judge it.")
    screen.table(
        "Side by side",
        ["", f"left ({found.pair.left.referral_id})", f"right ({found.pair.right.referral_id})", ""],
        [(_HEADS.get(each.name, each.name), *_values(each), _MARKS[each.mark]) for each in found.lines],
    )
    screen.say(BLIND)
    if not found.contact_shown:
        screen.say(HIDDEN)
    _show_links(found.links)


def _values(line: Line) -> tuple[str, str]:
    blank = "not shown" if line.hidden else "·"
    return line.left or blank, line.right or blank


# --- one person ------------------------------------------------------------------------------------


def person_as_json(found: Person) -> dict[str, Any]:
    """One person's referrals as one JSON document."""
    return {
        "referrals": [
            {
                "source": each.source,
                "key": each.referral_key,
                "received_on": each.received_on.isoformat(),
                "offence_from": each.offence_from.isoformat() if each.offence_from else None,
                "crime_category": each.crime_category,
                "links": [_link(link) for link in _of(each, found.links)],
            }
            for each in found.referrals
        ]
    }


def show_person(found: Person) -> None:
    """One person's referrals for people."""
    screen.table(
        "Referrals of this person",
        ["source", "key", "received", "offence", "crime category", "linked"],
        [
            (
                *(each.source, each.referral_key, each.received_on, each.offence_from, each.crime_category),
                _lines(*sorted({link.how for link in _of(each, found.links)})) or "alone",
            )
            for each in found.referrals
        ],
    )
    _show_links(found.links)


def _of(each: Referral, links: list[Link]) -> list[Link]:
    return [link for link in links if each.referral_id in {link.left_id, link.right_id}]


# --- what became of it -----------------------------------------------------------------------------


def tell(taken: Taken, became: Became | None, *, same: bool) -> None:
    """What became of a judgement, and of the links that follow it."""
    desk.tell(taken, because="it could change how contact is safe, or is about somebody at high risk")
    if taken.state != "done":
        return
    if became is None:
        screen.say("The links have not followed yet: they do with the next lvws ingest.")
    elif became.one_person:
        note = "" if same else " Others link them still"
        screen.say(f"Linked: {became.referrals} referrals are one person now.{note}")
    elif same:
        screen.say("Not linked: what people judged of others contradicts it. Look at lvws review list.")
    else:
        screen.say("Kept apart: they are two people, each as before any link of the two.")
    if became is not None and became.waiting:
        screen.say(f"{became.waiting} possible matches of the two wait: lvws review list.")


def became_as_json(became: Became | None) -> dict[str, Any]:
    """What became of the links; `followed` is false where they come with the next night."""
    if became is None:
        return {"followed": False}
    return {
        "followed": True,
        "one_person": became.one_person,
        "referrals": became.referrals,
        "possible_matches": became.waiting,
    }


# --- parts -----------------------------------------------------------------------------------------


def _show_links(links: list[Link]) -> None:
    screen.table(
        "Links that stand",
        ["sources", "keys", "how", "since", "model", "why"],
        [
            (
                *(_lines(each.left_source, each.right_source), _lines(each.left_key, each.right_key)),
                *(each.how, desk.at(each.linked_at), each.model_version, why(each.reasons)),
            )
            for each in links
        ],
    )


def _link(link: Link) -> dict[str, Any]:
    return {
        "left": {"source": link.left_source, "key": link.left_key},
        "right": {"source": link.right_source, "key": link.right_key},
        "how": link.how,
        "linked_at": link.linked_at.isoformat(),
        "model_version": link.model_version,
        "why": why(link.reasons),
    }


def _place(place: Place) -> dict[str, str]:
    return {"source": place.source, "key": place.referral_key}


def _lines(*texts: str) -> str:
    return "\n".join(texts)
