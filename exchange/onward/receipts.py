"""What another service says that it received (interfaces: acknowledgements): read strictly, told in counts."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

Problem = Literal["size", "encoding", "header"]

CAP: Final = 1024 * 1024  # bytes
HEADER: Final = ["onward_id", "received_at"]

# Clocks of two services are never the same.
SKEW: Final = timedelta(minutes=2)

_ID: Final = re.compile(r"O[0-9A-F]{16}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Receipt:
    """When each number was received, how many lines are wrong, and why nothing of the file can be used, if so."""

    times: dict[str, datetime] = field(default_factory=dict)
    wrong: int = 0
    problem: Problem | None = None


def parse(data: bytes, now: datetime) -> Receipt:
    """Read a receipt. A line is wrong where it is not a number of ours and a time with an offset, or in the future."""
    try:
        text = data.decode("utf-8")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return Receipt(problem="encoding")
    if not lines or lines[0] != HEADER:
        return Receipt(problem="header")
    times: dict[str, datetime] = {}
    wrong = 0
    for line in lines[1:]:
        at = _time(line[1]) if len(line) == len(HEADER) and _ID.fullmatch(line[0]) else None
        if at is None or at > now + SKEW:
            wrong += 1
        else:
            times[line[0]] = min(at, times.get(line[0], at))
    return Receipt(times, wrong)


def _time(text: str) -> datetime | None:
    if _TIME.fullmatch(text):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(text)
    return None
