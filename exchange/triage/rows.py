"""Which rows may be held, and what becomes of the referrals in them: exclusions and dispositions, side by side."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from exchange.triage import dispositions, exclusions
from exchange.triage.facts import Facts
from mappings.triage_rules import RuleBook

SCHEMA: Final = pa.schema([*exclusions.SCHEMA, *dispositions.SCHEMA])


def triage(rows: pa.Table, book: RuleBook) -> pa.Table:
    """Checked rows of referrals: whether each may be held, and what becomes of it if it is all that is known.

    Takes a canonical table (mappings.canonical) with received_on filled; as many rows, SCHEMA.
    """
    facts = Facts(rows, book)
    out, becomes = exclusions.exclude(facts), dispositions.decide(facts)
    return pa.table([*out.columns, *becomes.columns], schema=SCHEMA)


def hold_all(rows: pa.Table, _book: RuleBook) -> pa.Table:
    """Events of casework are about referrals that are held or will be: none is excluded. As many rows, SCHEMA."""
    no = pa.repeat(False, rows.num_rows)
    filled = {"closes": no, "opens": no, "pending": no}
    return pa.table(
        {field.name: filled.get(field.name, pa.nulls(rows.num_rows, field.type)) for field in SCHEMA}, schema=SCHEMA
    )
