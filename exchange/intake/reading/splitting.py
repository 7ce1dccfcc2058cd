"""A block of a file into its records: whole stretches by the scan, damaged records one by one."""

from __future__ import annotations

from typing import Final

import numpy as np

from exchange.errors import FileRefused
from exchange.intake.reading import damaged
from exchange.intake.reading.records import ENCODING, Form, Records, scan

# After a damaged record the scan starts small and grows again, so that many of them do not cost a whole block each.
_FIRST_STEP: Final = 4 * 1024
_GROWTH: Final = 4


def split(data: bytes, *, form: Form, final: bool, cap: int) -> Records:
    """The records at the start of `data` that can be told from `data` alone; all of it when `final`.

    FileRefused "size" when a record has more than `cap` bytes.
    """
    parts: list[Records] = []
    at, step = 0, len(data)
    while at < len(data):
        stop = min(at + step, len(data))
        found = scan(data, at, stop, form=form, final=final and stop == len(data))
        parts.append(found.records)
        if len(found.records.ends):
            at = int(found.records.ends[-1])
        step *= _GROWTH
        if found.damaged:
            single = damaged.inspect(data, at, form=form, final=final, cap=cap)
            if single is None:
                break
            parts.append(_alone(data, at, single))
            at, step = single.end, _FIRST_STEP
        elif stop == len(data):
            break
    records = _joined(parts)
    if len(data) - at > 3 * cap or (len(records.ends) and int((records.ends - records.starts).max()) > cap):
        raise FileRefused("size", detail="A record is too long.")
    if form.alphabet.is_utf8:
        _find_lacking(data, records, form)
    return records


def _alone(data: bytes, start: int, single: damaged.Damaged) -> Records:
    """A damaged record by itself; its inner line ends count for the lines of those after it."""
    inner = np.flatnonzero(np.frombuffer(data, np.uint8)[start : single.end - 1] == ord("\n")) + start
    return Records(np.array([start]), np.array([single.end]), np.array([single.rule], np.uint8), inner)


def _joined(parts: list[Records]) -> Records:
    if len(parts) == 1:
        return parts[0]
    none = np.empty(0, np.int64)
    return Records(
        np.concatenate([none, *(part.starts for part in parts)]),
        np.concatenate([none, *(part.ends for part in parts)]),
        np.concatenate([np.empty(0, np.uint8), *(part.rules for part in parts)]),
        np.concatenate([none, *(part.breaks for part in parts)]),
    )


def _find_lacking(data: bytes, records: Records, form: Form) -> None:
    """Mark the records that are not UTF-8. One by one only in a block that is known to hold one."""
    if not len(records.ends) or data.isascii():
        return
    if not form.alphabet.lacks(data[: int(records.ends[-1])]):
        return
    for row, (start, end) in enumerate(zip(records.starts.tolist(), records.ends.tolist(), strict=True)):
        if form.alphabet.lacks(data[start:end]):
            records.rules[row] = ENCODING
