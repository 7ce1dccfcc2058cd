"""The shapes in which the tables of this package are written: rows beside the sound ones, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from validators.layout import Kind, Layout

Sent = Literal["N", "U", "W"]
Values = Mapping[str, str]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

# How a layout says what kind of record a row is; the others send a referral again when something changed.
RECORD_TYPES: Final[Mapping[str, tuple[str, Mapping[Sent, str]]]] = {
    "police_referral": ("record_type", {"N": "N", "U": "U", "W": "W"}),
    "fraud_referral": ("status", {"N": "New", "U": "Updated", "W": "Withdrawn"}),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One row, and how it ends (ledger.disposition; `finding`: a rule that it has to be warned of besides).

    `change` replaces values of the story's sound row; `raw` puts bytes into the file as they are (None: the field is
    left out). `blank_line`: the record is nothing but its end; `other_end`: it ends unlike its file. `late`: the row
    comes a night later, in a file of a day before all others.
    """

    outcome: str
    code: str | None = None
    change: Values = field(default_factory=dict)
    sent: Sent = "N"
    raw: Mapping[str, bytes | None] = field(default_factory=dict)
    blank_line: bool = False
    other_end: bool = False
    finding: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Rows of one key, in the order of their files; those after the first may stand in the same file.

    `followed`: a sound row of another key stands right after it, and may not be drawn into its fault.
    """

    fault: str
    steps: tuple[Step, ...]
    followed: bool = False

    @property
    def broken(self) -> bool:
        """Whether it counts for the share above which a file is stopped."""
        return any(step.outcome == "quarantined" for step in self.steps)

    @property
    def late(self) -> bool:
        """Whether a part of it comes a night later."""
        return any(step.late for step in self.steps)


def story(fault: str, *steps: Step) -> Story:
    """Rows of one key."""
    return Story(fault, steps)


def broken(fault: str, rule: str, change: Values) -> Story:
    """One row that is quarantined."""
    return Story(fault, (Step("quarantined", rule, change, finding=rule),))


def kept(fault: str, rule: str | None, change: Values) -> Story:
    """One row that is created, and warned of where there is a rule."""
    return Story(fault, (Step("created", None, change, finding=rule),))


def created(change: Values = NOTHING, *, code: str | None = None, sent: Sent = "N") -> Step:
    """A row that makes a referral or an event."""
    return Step("created", code, change, sent)


def excluded(code: str, change: Values = NOTHING, *, sent: Sent = "N") -> Step:
    """A row of a key that nobody knew, which may not be held."""
    return Step("excluded", code, change, sent)


def names_of(layout: Layout, *kinds: Kind) -> tuple[str, ...]:
    """The layout's columns of these kinds, in their order."""
    return tuple(column.name for column in layout.columns if column.kind in kinds)
