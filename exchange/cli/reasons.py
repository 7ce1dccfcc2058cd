"""Why contact is not safe, in the words of the rules of triage."""

from __future__ import annotations

from typing import Final

# Reasons that no rule of triage gives, and one that several give.
_OTHERS: Final = {
    "consent_missing": (
        "Explicit consent is needed (abuse, sexual offences, bereavement, calls, witnesses), and there is none.",
        "Ask the sender to send the row again once the person has agreed.",
    ),
    "withdrawn": (
        "The referral is withdrawn: closed to contact.",
        "A newer record of the sender opens it again, held.",
    ),
    "match_review": (
        "It may be about somebody we know, which could change how contact is safe.",
        "Decide the match: lvws review list.",
    ),
}


def says(reason: str) -> str:
    """What a reason means."""
    return _words(reason)[0]


def do(reason: str) -> str:
    """What somebody does about it."""
    return _words(reason)[1]


def _words(reason: str) -> tuple[str, str]:
    from mappings.triage_rules import load_rules  # noqa: PLC0415 - reads tables

    if reason in _OTHERS:
        return _OTHERS[reason]
    try:
        rule = load_rules().reason(reason)
    except KeyError:
        return reason, ""
    return rule.says, rule.do
