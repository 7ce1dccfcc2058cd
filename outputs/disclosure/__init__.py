"""Small numbers: which figures of a return are hidden, so that no count of 1 to 4 can be read or computed.

    draft, hidden = protect_or_withhold(Draft("monthly", "2019-06", 1, figures, settings), before)
    delivered = apply(draft, hidden)
    assert not check(delivered, before)

Pure: figures and what was delivered before go in, figures come out (docs/disclosure.md).
"""

from __future__ import annotations

from outputs.disclosure.apply import Hidden, apply, hidden_keys, summary
from outputs.disclosure.audit import check
from outputs.disclosure.deliveries import Delivered, Draft, Place, Setting, Settings
from outputs.disclosure.protect import protect, protect_or_withhold

__all__ = [
    "Delivered",
    "Draft",
    "Hidden",
    "Place",
    "Setting",
    "Settings",
    "apply",
    "check",
    "hidden_keys",
    "protect",
    "protect_or_withhold",
    "summary",
]
