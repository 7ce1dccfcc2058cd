"""What the makers of all feeds share: one line of a sample file and what should become of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

OUTCOMES: Final = ("created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting")


@dataclass(frozen=True)
class Row:
    """One data row: its values by column (others are blank), the outcome it is made for, and why it is there.

    `drop` names a column that is left out, so that the row has a field too few.
    """

    values: dict[str, str]
    outcome: str = "created"
    shows: str = ""
    drop: str | None = None


@dataclass(frozen=True)
class File:
    """One sample file. `state` and `code` are what the service makes of it; None: not taken, still being written."""

    source: str
    name: str
    day: date
    sequence: int
    rows: tuple[Row, ...]
    state: str | None = "loaded"
    code: str | None = None
    damage: tuple[str, str] | None = field(default=None)
    """Text that was changed after the checksum was made: (as written, as it lies there)."""
    finished: bool = True

    def expected(self) -> dict[str, object]:
        """What a run of this file has to show, as in `lvws runs --json`."""
        loaded = self.state == "loaded"
        counts = {outcome: sum(loaded and row.outcome == outcome for row in self.rows) for outcome in OUTCOMES}
        head = {
            "file": self.name,
            "source": self.source,
            "business_date": self.day.isoformat(),
            "sequence": self.sequence,
        }
        return {**head, "state": self.state, "code": self.code, "rows": len(self.rows) if loaded else 0, **counts}
