"""Rows of the feeds: what the plan says and who it is about, as the text of each layout, one module a layout.

Every function gives the layout's columns in order (strings, blank "") and `day`, the business date of the file.
"""

from __future__ import annotations

from synth.rows.contact import contact_rows
from synth.rows.fraud import fraud_rows
from synth.rows.police import police_rows
from synth.rows.witness import witness_rows

__all__ = ["contact_rows", "fraud_rows", "police_rows", "witness_rows"]
