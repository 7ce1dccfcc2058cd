"""Which rows may be held at all, and what each says about contact (interfaces: outcomes, Excluded).

Pure, a column at a time; the rules are those of mappings/triage/rules.csv that decide `excluded`. What a row is
follows from its own content; whether its referral is known, and so whether it is excluded or the referral withdrawn,
is decided where the referrals are (exchange.cms.load).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.triage.dispositions import applies
from exchange.triage.facts import Facts

CONSENT_MISSING: Final = "consent_missing"

SCHEMA: Final = pa.schema(
    [("code", pa.string()), ("closes", pa.bool_()), ("opens", pa.bool_()), ("pending", pa.bool_())]
)


def exclude(facts: Facts) -> pa.Table:
    """What each row means for holding and contact; SCHEMA, a row for each of the facts.

    - code: why the row may not be held, by the first rule that fires (null: it may be).
    - closes: the row withdraws a known referral: record type W, a rule that fires, or consent refused where it is
      needed; consent that is still blank for domestic abuse does not.
    - opens: a new record (N), which opens a withdrawn referral again.
    - pending: consent is blank for domestic abuse; a known referral stays, held.
    """
    codes = pa.nulls(facts.rows.num_rows, pa.string())
    never, missing = facts.nowhere, facts.nowhere
    for rule in reversed(facts.book.of("excluded")):
        fires = applies(facts, rule)
        codes = pc.if_else(pa.array(fires), pa.scalar(rule.reason), codes)
        if rule.reason == CONSENT_MISSING:
            missing |= fires
        else:
            never |= fires
    withdrawn = facts.equal("record_type", "W")
    pending = missing & ~facts.given("consent") & facts["domestic_abuse"] & ~never & ~withdrawn
    closes = withdrawn | never | missing & ~pending
    opens = facts.equal("record_type", "N") & ~closes & ~pending
    return pa.table([codes, closes, opens, pending], schema=SCHEMA)
