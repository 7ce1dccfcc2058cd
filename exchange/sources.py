"""The senders: what their files are called, which layout they have. A new one is a line here and its own files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from exchange.errors import NotFound
from validators.layout import Layout, layout


@dataclass(frozen=True)
class Source:
    """One sender's feed.

    - layout_name: the module in validators/ that describes its files, and the folder of mappings/ that maps them.
    - file_name: regular expression of its files' plain names, with the groups year, month, day and, where the
      name has it, sequence.
    - patterns: regular expressions of columns that differ by sender (a setting may replace the key's).
    """

    name: str
    sender: str
    layout_name: str
    file_name: str
    patterns: dict[str, str] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """What its files look like."""
        return layout(self.layout_name)

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


def _numbered(prefix: str) -> str:
    """Names such as MPS_LVWS_20190603_000101.csv."""
    return prefix + r"_LVWS_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_(?P<sequence>\d{6})\.csv"


_REFERRALS: Final = (
    Source("mps", "Metropolitan Police Service", "police_referral", _numbered("MPS")),
    Source("btp", "British Transport Police", "police_referral", _numbered("BTP")),
    Source("colp", "City of London Police", "police_referral", _numbered("COLP")),
    Source(
        "action_fraud",
        "Action Fraud (Report Fraud since 4 December 2025)",
        "fraud_referral",
        r"AF_LVWS_(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\.csv",
    ),
    Source("contact_centre", "Contact centre of the service", "contact_referral", _numbered("CC")),
    Source("witness_care_unit", "Witness Care Units", "witness_referral", _numbered("WCU")),
)
# Activity comes last: in one night an event finds its referral there.
_ACTIVITY: Final = (
    Source(
        "case_activity",
        "Caseworkers and delivery partners",
        "case_event",
        _numbered("ACT"),
        patterns={"referral_source": "|".join(source.name for source in _REFERRALS)},
    ),
)

SOURCES: Final[dict[str, Source]] = {source.name: source for source in (*_REFERRALS, *_ACTIVITY)}


def known(name: str) -> Source:
    """The source of that name. Raises NotFound."""
    if name not in SOURCES:
        raise NotFound(what="source", name=name, list_with="lvws doctor")
    return SOURCES[name]
