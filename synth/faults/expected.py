"""What has to become of each faulted row and file, as `lvws synth --expect` writes it: a CSV file, one line each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Expected:
    """One row, or (line None) one file.

    - night: 1 for what lies in the sources' folders; 2 for what lies in `later/`, for the night after.
    - line: the physical line on which the row begins; the header is 1.
    - fault: an id of synth.faults.FAULTS.
    - state: of files alone: loaded, refused, stopped or repeat as in the ledger; incomplete: left for later;
      ignored: never read; missing: never sent, so that its number is missing.
    - outcome, code: of rows alone, of ledger.disposition. For files `code` is the run's.
    - finding: a rule that the row has to be told of.
    - sequence: of files alone, their number; blank where they do not tell it.
    """

    night: int
    source: str
    file: str
    line: int | None
    fault: str
    state: str | None = None
    outcome: str | None = None
    code: str | None = None
    finding: str | None = None
    sequence: int | None = None


def write(path: Path, expected: Iterable[Expected]) -> None:
    """Files and rows by night, source, file and line; None is blank."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Expected))
    writer.writerows(astuple(each) for each in in_order(expected))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def in_order(expected: Iterable[Expected]) -> list[Expected]:
    """By night, source, file and line, a file before its rows."""
    return sorted(expected, key=lambda each: (each.night, each.source, each.file, each.line or 0))
