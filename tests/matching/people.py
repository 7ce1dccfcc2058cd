"""Made-up referrals for literal pairs, and the way from two of them to a decision."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa

from exchange.matching.decide import decide
from exchange.matching.features import INPUT, OPTIONAL, features
from exchange.matching.keys import PAIRS
from exchange.matching.score import score
from mappings.nicknames import load_nicknames

SCHEMA = pa.schema([*INPUT, *OPTIONAL.items()])
PHONE, OTHER_PHONE, LANDLINE = "+447700900123", "+447700900456", "+442079460111"
HOME = {"address_1": "14 Ombrawick Road", "postcode": "E21 9ZZ", "borough_code": "E09000025"}
ELSEWHERE = {"address_1": "3 Skelholt Mews", "postcode": "SE30 9ZZ", "borough_code": "E09000011"}
NO_HOME = {"address_1": None, "postcode": None, "borough_code": None}

MARTA = {
    "source": "mps",
    "referral_key": "4200001/19|1",
    "channel": "police",
    "forename": "Marta",
    "surname": "Kowalska",
    "birth_date": datetime.date(1985, 3, 17),
    "phone_e164": PHONE,
    "email": "marta.k@example.org",
    **HOME,
}
# The same person in another crime, with nothing but the names given away.
OTHER_CRIME = {"referral_key": "4200002/19|1"}


def born(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def referrals(*rows: dict[str, Any]) -> pa.Table:
    """Rows numbered from 1 on; what is not given is blank."""
    whole = []
    for number, row in enumerate(rows, 1):
        given = {"received_on": datetime.date(2019, 6, 3), "victim_type": "individual", **row, "referral_id": number}
        given.setdefault("postcode_usable", True if given.get("postcode") else None)
        given.setdefault("email_usable", True if given.get("email") else None)
        whole.append({name: given.pop(name, None) for name in SCHEMA.names})
        assert not given, f"no such column: {sorted(given)}"
    return pa.Table.from_pylist(whole, schema=SCHEMA)


def featured(*rows: dict[str, Any]) -> pa.Table:
    return features(referrals(*rows), load_nicknames())


def pair_table(pairs: list[tuple[int, int]]) -> pa.Table:
    return pa.table([[left for left, _ in pairs], [right for _, right in pairs]], schema=PAIRS)


def decided(rows: list[dict[str, Any]], pairs: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """The decision of each pair, in the order of `pairs` sorted."""
    made = featured(*rows)
    return decide(score(pair_table(pairs), made), made).to_pylist()
