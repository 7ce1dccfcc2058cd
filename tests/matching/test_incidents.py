"""One crime in two feeds."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from exchange.matching.features import features
from exchange.matching.groups import VERDICTS
from exchange.matching.incidents import incidents
from exchange.matching.words import incident_sentence
from mappings.nicknames import load_nicknames
from tests.matching.people import MARTA, referrals

DAY = datetime.date(2019, 5, 2)
CENTRE = MARTA | {
    "source": "contact_centre",
    "channel": "self",
    "referral_key": "CC1",
    "police_reference": "4200001/19",
}
COURT = CENTRE | {"source": "witness_care_unit", "channel": "witness", "referral_key": "W1", "complainant": True}
FRAUD = MARTA | {"crime_category": "fraud_and_forgery", "offence_from": DAY}
ONLINE = FRAUD | {"source": "action_fraud", "referral_key": "NFRC1", "loss_gbp": Decimal("120.00")}

# what | left | right | verdict | words, or None where it is not one crime
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, str | None]] = [
    ("named, one person", MARTA, CENTRE, "automatic", "one names the crime report of the other; same person"),
    (
        "named, perhaps one person",
        MARTA,
        CENTRE,
        "review",
        "one names the crime report of the other; perhaps the same person",
    ),
    ("named, two people", MARTA, CENTRE, "apart", None),
    ("named, separated by people", MARTA, CENTRE, "separated", None),
    ("the complainant of a trial", MARTA, COURT, "linked", "one names the crime report of the other; same person"),
    ("another report", MARTA, CENTRE | {"police_reference": "42/19"}, "automatic", None),
    ("no report named", MARTA, CENTRE | {"police_reference": None}, "automatic", None),
    ("two that name one report are not the report", CENTRE, COURT, "automatic", None),
    (
        "fraud told twice",
        FRAUD,
        ONLINE,
        "automatic",
        "both are fraud; a few days apart at most; one has no amount; same person",
    ),
    (
        "same amount",
        FRAUD | {"loss_gbp": Decimal("120.00")},
        ONLINE,
        "linked",
        "both are fraud; a few days apart at most; same amount; same person",
    ),
    ("other amount", FRAUD | {"loss_gbp": Decimal("99.00")}, ONLINE, "automatic", None),
    ("not sure who", FRAUD, ONLINE, "review", None),
    ("long after", FRAUD, ONLINE | {"offence_from": DAY + datetime.timedelta(8)}, "automatic", None),
    (
        "a week before",
        FRAUD,
        ONLINE | {"offence_from": DAY - datetime.timedelta(7)},
        "automatic",
        "both are fraud; a few days apart at most; one has no amount; same person",
    ),
    ("no date", FRAUD, ONLINE | {"offence_from": None}, "automatic", None),
    ("no fraud", FRAUD | {"crime_category": "other_theft"}, ONLINE, "automatic", None),
    ("two frauds online", ONLINE | {"referral_key": "NFRC2"}, ONLINE, "automatic", None),
]


@pytest.mark.parametrize(
    ("left", "right", "verdict", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("turned", [False, True])
def test_two_referrals_are_one_crime_or_not(left, right, verdict, words, turned):
    rows = referrals(*((right, left) if turned else (left, right)))
    pairs = pa.Table.from_pylist([{"left": 1, "right": 2, "weight": 30.0, "verdict": verdict}], schema=VERDICTS)
    found = incidents(rows, features(rows, load_nicknames()), pairs).to_pylist()
    assert [incident_sentence(each["reasons"]) for each in found] == ([] if words is None else [words])


def test_no_pairs_are_no_incidents():
    rows = referrals(MARTA)
    assert len(incidents(rows, features(rows, load_nicknames()), VERDICTS.empty_table())) == 0
