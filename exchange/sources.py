"""The senders: what their files are called, which layout they have. A new one is a line here and its own files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from validators import fraud_referral, police_referral
from validators.layout import Layout


@dataclass(frozen=True)
class Source:
    """One sender's feed.

    - file_name: regular expression of its files' plain names, with the groups year, month, day and, where the
      name has it, sequence.
    - patterns: regular expressions of columns that differ by sender (a setting may replace the key's).
    """

    name: str
    sender: str
    layout: Layout
    file_name: str
    patterns: dict[str, str] = field(default_factory=dict)

    def parse_name(self, name: str) -> FileName | None:
        """The business date and sequence that a file's name tells, or None for a name that is not this feed's."""
        found = re.fullmatch(self.file_name, name)
        if found is None:
            return None
        parts = found.groupdict()
        try:
            day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        except ValueError:
            return None
        return FileName(day, int(parts["sequence"]) if parts.get("sequence") else None)


@dataclass(frozen=True)
class FileName:
    """What a file's name says: its business date, and its sequence number where names carry one."""

    business_date: date
    sequence: int | None


def _police(name: str, sender: str, prefix: str) -> Source:
    return Source(
        name,
        sender,
        police_referral.LAYOUT,
        prefix + r"_LVWS_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_(?P<sequence>\d{6})\.csv",
    )


SOURCES: Final[dict[str, Source]] = {
    source.name: source
    for source in (
        _police("mps", "Metropolitan Police Service", "MPS"),
        _police("btp", "British Transport Police", "BTP"),
        _police("colp", "City of London Police", "COLP"),
        Source(
            "action_fraud",
            "Action Fraud (Report Fraud since 4 December 2025)",
            fraud_referral.LAYOUT,
            r"AF_LVWS_(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\.csv",
        ),
    )
}
