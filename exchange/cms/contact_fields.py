"""What may stand in the fields of safe contact: checked and brought into one form before anybody signs it.

Errors never show what was given.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Never

from exchange.cms.owned import CONTACT_FIELDS
from exchange.errors import WrongUse
from mappings.contact_shapes import EMAIL, EMAIL_LONGEST, NATIONAL, POSTCODE

METHODS: Final = ("phone", "sms", "email", "post")
HINTS: Final = {
    "safe_to_contact": "Y or N",
    "preferred_contact": "phone, sms, email or post",
    "phone": "phone, as one dials it",
    "other_phone": "another phone",
    "email": "e-mail address",
    "address": "address, its lines separated by ;",
    "postcode": "postcode",
    "note": "what to mind when making contact",
}
_LONGEST: Final = {"address": 500, "note": 4000}
_DIALLED: Final = re.compile(r"\+?[0-9().\-/\s\N{NO-BREAK SPACE}]{5,40}")


def from_json(text: str) -> dict[str, str | None]:
    """The fields of one JSON object: texts, and null to clear one. Raises WrongUse."""
    given: Any = None
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not given:
        raise WrongUse(what="Standard input has to be one JSON object of contact fields, each once, or a terminal.")
    if not given.keys() <= set(CONTACT_FIELDS):
        raise WrongUse(what=f"Standard input has a field that is none of: {', '.join(CONTACT_FIELDS)}.")
    return {name: None if value is None else parse(name, value) for name, value in given.items()}


def parse(name: str, given: object) -> str:
    """One field in its one form. Raises WrongUse, which names the field and never shows the value."""
    if not isinstance(given, str) or not given.strip():
        _refuse(name, "has to be a text that is not blank; null clears it")
    text = given.strip()
    match name:
        case "safe_to_contact":
            return _one_of(name, text.upper(), ("Y", "N"))
        case "preferred_contact":
            return _one_of(name, text.lower(), METHODS)
        case "phone" | "other_phone":
            return _phone(name, text)
        case "email":
            if len(text) > EMAIL_LONGEST or not re.fullmatch(EMAIL, text):
                _refuse(name, "does not have the shape of an e-mail address")
            return text
        case "postcode":
            if not re.fullmatch(POSTCODE, text):
                _refuse(name, "does not have the shape of a United Kingdom postcode")
            whole = text.replace(" ", "").upper()
            return f"{whole[:-3]} {whole[-3:]}"
        case _:
            return _lines(name, text)


def _phone(name: str, text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - only who types a number needs it

    problem = "is not a phone number; one from abroad begins with + and its country"
    number = None
    if _DIALLED.fullmatch(text):
        try:
            number = phonenumbers.parse(text, "GB")
        except phonenumbers.NumberParseException:
            number = None
    if number is None or not phonenumbers.is_possible_number(number):
        _refuse(name, problem)
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.country_code == 44 and not re.fullmatch(NATIONAL, whole.removeprefix("+44")):
        _refuse(name, problem)
    return whole


def _lines(name: str, text: str) -> str:
    lines = [" ".join(line.split()) for line in re.split(r"[;\n]" if name == "address" else r"\n", text)]
    if not all(line.isprintable() for line in lines) or len(text) > _LONGEST[name]:
        _refuse(name, f"has to be plain text of up to {_LONGEST[name]} letters")
    return "\n".join(line for line in lines if line)


def _one_of(name: str, text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        _refuse(name, f"is one of {', '.join(words)}")
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refuse(name: str, problem: str) -> Never:
    raise WrongUse(what=f"{name} {problem}.")
