"""The records of the quarter's own tables: what was answered, what staff gave, what is to be reached. Pure.

What is no record of a person is kept with them too (inputs, targets, results of the quarter before), so that a version
is made again from its records alone. Numbers are kept as exact texts (`exact`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from outputs import changing, standards

_OF_A_REFERRAL: Final = (("referral_id", pa.int64()), ("month", pa.string()), ("person_id", pa.int64()))

# What the parts of quarterly.sql give, column by column in the order of each query.
ASKED: Final[Mapping[str, pa.Schema]] = {
    "outcomes": pa.schema(
        [
            *_OF_A_REFERRAL,
            ("category", pa.string()),
            ("first_answer", pa.int16()),
            ("last_answer", pa.int16()),
        ]
    ),
    "entitlements": pa.schema([*_OF_A_REFERRAL, ("category", pa.string()), ("received", pa.bool_())]),
    "statements": pa.schema([*_OF_A_REFERRAL, ("made", pa.bool_())]),
    "surveys": pa.schema([*_OF_A_REFERRAL, ("satisfied", pa.bool_())]),
    "evidence": pa.schema(
        [*_OF_A_REFERRAL, ("vulnerable", pa.bool_()), ("take_up", pa.bool_()), ("gave_evidence", pa.bool_())]
    ),
    "inputs": pa.schema([("key", pa.string()), ("period", pa.string()), ("value", pa.string())]),
}
SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    **ASKED,
    "outcomes": pa.schema([*_OF_A_REFERRAL, ("category", pa.string()), ("improved", pa.bool_())]),
    "complaint_answers": standards.ANSWERS,
    # Of each indicator: whether the quarter measures it, how it is judged, and what is to be reached.
    "targets": pa.schema(
        [("key", pa.string()), ("started", pa.bool_()), ("judged", pa.string()), ("target", pa.string())]
    ),
    # Results of the quarter before, and of this one where another return has them.
    "previous": pa.schema([("key", pa.string()), ("value", pa.string())]),
    "results": pa.schema([("key", pa.string()), ("value", pa.string())]),
    "changes": changing.CHANGES,
}

Number = int | Fraction


def exact(value: Number) -> str:
    """A number as its record has it: a count as digits, any other as numerator/denominator."""
    return str(value) if isinstance(value, int) else f"{value.numerator}/{value.denominator}"


def number(text: str) -> Number:
    """The number of such a text, or of a decimal one; a text without point or bar is a count."""
    return Fraction(text) if "/" in text or "." in text else int(text)


def banded(asked: Mapping[str, pa.Table], complaints: pa.Table, cut_off: datetime) -> dict[str, pa.Table]:
    """What was asked (ASKED; complaints as monthly.sql gives them), as records of people."""
    found = {kind: table for kind, table in asked.items() if kind != "outcomes"}
    outcomes = asked["outcomes"]
    better = pc.greater(outcomes["last_answer"], outcomes["first_answer"])
    kept = outcomes.drop_columns(["first_answer", "last_answer"]).append_column("improved", better)
    return {**found, "outcomes": kept, "complaint_answers": standards.answers(complaints, cut_off)}


def given(values: Mapping[str, Number], kind: str) -> pa.Table:
    """Numbers by key as records of a kind (previous, results), sorted."""
    return pa.table(
        {"key": sorted(values), "value": [exact(values[key]) for key in sorted(values)]}, schema=SCHEMAS[kind]
    )
