"""Which rows may be held at all, and what each says about contact (interfaces: outcomes, Excluded).

Pure, a column at a time. What a row is follows from its own content; whether its referral is known, and so
whether it is excluded or the referral withdrawn, is decided where the referrals are (exchange.cms.load).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

VERSION: Final = "2026.11-2"

OPTED_OUT: Final = "opted_out"
CONSENT_MISSING: Final = "consent_missing"
ORGANISATION: Final = "organisation"
PROFESSIONAL_WITNESS: Final = "professional_witness"

_SEXUAL: Final = pa.array(["rape", "other_sexual_offences"])

SCHEMA: Final = pa.schema(
    [("code", pa.string()), ("closes", pa.bool_()), ("opens", pa.bool_()), ("pending", pa.bool_())]
)


def triage(rows: pa.Table) -> pa.Table:
    """What each row of a canonical table (mappings.canonical) means for holding and contact; as many rows, SCHEMA.

    - code: why the row may not be held (null: it may be). Explicit consent is needed for domestic abuse, sexual
      offences and by the bereaved (requirements: traps; Victims' Code 2015), and wherever its feed always needs it.
    - closes: the row withdraws a known referral: record type W, opted out, consent refused where it is needed,
      an organisation, a professional witness, or consent still blank for anything but domestic abuse.
    - opens: a new record (N), which opens a withdrawn referral again.
    - pending: consent is blank for domestic abuse; a known referral stays, held.
    """
    opted_out = _true(rows["opted_out"])
    abuse = _true(rows["da_flag"])
    needs_consent = pc.or_(abuse, pc.or_(_true(rows["death"]), _is_in(rows["crime_category"], _SEXUAL)))
    needs_consent = pc.or_(needs_consent, _true(rows["explicit_consent"]))
    missing = pc.and_(needs_consent, pc.invert(_equal(rows["consent"], "Y")))
    organisation = pc.and_(
        pc.invert(_equal(pc.fill_null(rows["victim_type"], "individual"), "individual")),
        pc.invert(_true(rows["named_contact"])),
    )
    professional = _true(rows["professional_witness"])
    never = pc.or_(pc.or_(opted_out, organisation), professional)
    unasked = pc.and_(missing, pc.is_null(rows["consent"]))
    withdrawn = _equal(rows["record_type"], "W")
    pending = pc.and_(pc.and_(unasked, abuse), pc.invert(pc.or_(never, withdrawn)))
    closes = pc.or_(pc.or_(withdrawn, never), pc.and_(missing, pc.invert(pending)))
    opens = pc.and_(_equal(rows["record_type"], "N"), pc.invert(pc.or_(closes, pending)))
    code = pc.case_when(
        pc.make_struct(opted_out, missing, organisation, professional),
        pa.scalar(OPTED_OUT),
        pa.scalar(CONSENT_MISSING),
        pa.scalar(ORGANISATION),
        pa.scalar(PROFESSIONAL_WITNESS),
    )
    return pa.table([code, closes, opens, pending], schema=SCHEMA)


def hold_all(rows: pa.Table) -> pa.Table:
    """Events of casework are about referrals that are held or will be: none is excluded. As many rows, SCHEMA."""
    nothing, no = pa.nulls(rows.num_rows, pa.string()), pa.repeat(False, rows.num_rows)
    return pa.table([nothing, no, no, no], schema=SCHEMA)


def _true(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(column, False)


def _equal(column: pa.ChunkedArray, value: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(column, value), False)


def _is_in(column: pa.ChunkedArray, values: pa.Array) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=values)
