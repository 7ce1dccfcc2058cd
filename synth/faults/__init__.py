"""Faults on request (`lvws synth --faults`): each kind that a file can show, and what has to become of it.

Law: interfaces: outcomes (Rows, Files) and feeds (Common rules); hazards F06 to F40. Rows on top of the sound ones,
which stay as they are; and files of their own, on days before the period. What belongs to a second night (a
restatement, a late file, a corrected one) lies in the folder `later/`.
"""

from __future__ import annotations

from synth.faults.expected import Expected, write
from synth.faults.mixing import Faults
from synth.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Expected", "Fault", "Faults", "write"]
