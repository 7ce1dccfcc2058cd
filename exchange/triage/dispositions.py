"""What becomes of a referral: held, onward or accepted, and whether it is a priority (interfaces: outcomes, Referrals).

The rules are mappings/triage/rules.csv. All that apply are kept, with their reasons in the rules' order; the first one
that holds the person or hands them on decides, by its place. What staff decide stands beside this, never in it
(cms.triage joins the two). Pure, whole columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.triage import ages
from exchange.triage.facts import Facts, Flags
from mappings.tables import ALWAYS_FROM, ALWAYS_TO
from mappings.triage_rules import Decides, Rule

SCHEMA: Final = pa.schema(
    [
        pa.field("age_at_offence", pa.int16()),
        *(pa.field(f"{what}_reasons", pa.string()) for what in ("hold", "onward", "priority")),
        pa.field("disposition", pa.string()),
    ]
)
NAMES: Final[dict[Decides, str]] = {"held": "hold_reasons", "onward": "onward_reasons", "priority": "priority_reasons"}


def decide(facts: Facts) -> pa.Table:
    """SCHEMA, a row for each of the facts. Reasons are written as PostgreSQL writes a list: {first,second}."""
    masks = {decides: [(rule, applies(facts, rule)) for rule in facts.book.of(decides)] for decides in NAMES}
    known = facts.ages != ages.UNKNOWN
    return pa.table(
        {
            "age_at_offence": pa.array(np.minimum(facts.ages, np.iinfo(np.int16).max), pa.int16(), mask=~known),
            **{name: _reasons(masks[decides], facts.rows.num_rows) for decides, name in NAMES.items()},
            "disposition": _first(
                sorted([*masks["held"], *masks["onward"]], key=lambda each: each[0].order), facts.rows.num_rows
            ),
        },
        schema=SCHEMA,
    )


def applies(facts: Facts, rule: Rule) -> Flags:
    """Where a rule fires: every fact of all_of, no fact of none_of, received in its period."""
    answer = ~facts.nowhere
    for name in rule.all_of:
        answer &= facts[name]
    for name in rule.none_of:
        answer &= ~facts[name]
    if (rule.first, rule.last) != (ALWAYS_FROM, ALWAYS_TO):
        day = facts.rows["received_on"]
        answer &= pc.greater_equal(day, pa.scalar(rule.first, pa.date32())).to_numpy()
        answer &= pc.less_equal(day, pa.scalar(rule.last, pa.date32())).to_numpy()
    return answer


def _reasons(masks: Sequence[tuple[Rule, Flags]], rows: int) -> pa.Array:
    """The reasons of each row as one text; a reason that several rules give stands once."""
    number = np.zeros(rows, np.int64)
    for place, (_, mask) in enumerate(masks):
        number |= mask.astype(np.int64) << place
    encoded = pa.array(number).dictionary_encode()
    texts = [
        "{" + ",".join(dict.fromkeys(rule.reason for place, (rule, _) in enumerate(masks) if bits >> place & 1)) + "}"
        for bits in encoded.dictionary.to_pylist()
    ]
    return pc.take(pa.array(texts, pa.string()), encoded.indices)


def _first(masks: Sequence[tuple[Rule, Flags]], rows: int) -> pa.Array:
    """What the first rule that fires decides; accepted where none does."""
    words = ("accepted", *dict.fromkeys(rule.decides for rule, _ in masks))
    answer = np.zeros(rows, np.int64)
    for rule, mask in reversed(masks):
        answer[mask] = words.index(rule.decides)
    return pc.take(pa.array(words, pa.string()), pa.array(answer))
