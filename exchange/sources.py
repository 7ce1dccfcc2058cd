"""The senders: what their files are called, which layout they have. A new one is a line here and its own files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final, Literal

from exchange.errors import NotFound
from validators.layout import Layout, layout
from validators.roster.model import COLUMNS

# How a file goes through the stages: row by row, or as a whole.
Way = Literal["rows", "statement"]
# How a finished file is known: by its trailer, its manifest, or by being whole and left alone.
Complete = Literal["trailer", "manifest", "whole"]


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

    # How its files go through the stages (exchange.stages).
    way: ClassVar[Way] = "rows"

    @property
    def layout(self) -> Layout:
        """What its files look like."""
        return layout(self.layout_name)

    @property
    def complete(self) -> Complete:
        """How the sender marks a file as finished."""
        return self.layout.complete

    def parts(self, file: str) -> tuple[str, ...]:
        """The names of what makes up a delivery: the file itself."""
        return (file,)

    def set_of(self, _name: str) -> str | None:
        """Its files come one by one."""
        return None

    def parse_name(self, name: str) -> FileName | None:
        """The business date and sequence that a file's name tells, or None for a name that is not this feed's."""
        return _parsed(self.file_name, name)


@dataclass(frozen=True)
class Statement:
    """A feed of which every file is the whole truth of its day: a workbook, or the same as a set of CSV files.

    - stem: regular expression of its files' names without their ending, with the groups year, month and day.
    - sheets: what a CSV of the set is called after the stem; the set itself is known as <stem>.csv.
    """

    name: str
    sender: str
    stem: str
    sheets: tuple[str, ...]
    form_of_name: str

    way: ClassVar[Way] = "statement"
    complete: ClassVar[Complete] = "whole"

    def parse_name(self, name: str) -> FileName | None:
        """The day of a statement; a set is parsed by the name it is known as, and its parts are none by themselves."""
        return _parsed(rf"{self.stem}\.(?:xlsx|csv)", name)

    def parts(self, file: str) -> tuple[str, ...]:
        """The names of what makes up a delivery: the workbook, or each CSV of the set."""
        stem, _, ending = file.rpartition(".")
        return (file,) if ending == "xlsx" else tuple(f"{stem}_{sheet}.csv" for sheet in self.sheets)

    def set_of(self, name: str) -> str | None:
        """What the set is known as to which a CSV belongs; None for any other name."""
        found = re.fullmatch(rf"({self.stem})_(?:{'|'.join(self.sheets)})\.csv", name)
        return f"{found[1]}.csv" if found else None


Feed = Source | Statement


def _parsed(pattern: str, name: str) -> FileName | None:
    found = re.fullmatch(pattern, name)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
    return FileName(day, int(parts["sequence"]) if parts.get("sequence") else None)


@dataclass(frozen=True)
class Span:
    """Business days from the first to the last, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, day: date | None) -> Span | None:
        """One day; None for whatever is there."""
        return None if day is None else cls(day, day)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


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

STATEMENTS: Final[dict[str, Statement]] = {
    each.name: each
    for each in (
        Statement(
            "idva_roster",
            "Finance (IDVA roster)",
            r"IDVA_ROSTER_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
            tuple(COLUMNS),
            "IDVA_ROSTER_YYYYMMDD.xlsx, or IDVA_ROSTER_YYYYMMDD_posts.csv, _assignments.csv and _absences.csv",
        ),
    )
}

# Everything that is pulled from a server of its own.
FEEDS: Final[dict[str, Feed]] = {**SOURCES, **STATEMENTS}


def known(name: str) -> Source:
    """The source of that name. Raises NotFound."""
    if name not in SOURCES:
        raise NotFound(what="source", name=name, list_with="lvws doctor")
    return SOURCES[name]
