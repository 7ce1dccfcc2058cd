"""Broken rows as they came: their bytes from the vault, their values by column, and values as bytes again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from exchange.errors import QuarantineGone, RowNotReadable
from exchange.intake import artefacts, vault
from exchange.ledger.runs import Run
from exchange.sources import SOURCES
from mappings.load import load as load_mappings
from validators.layout import Layout

# Wrong in these, somebody is called who must not be, or another person's record changes: two people correct them.
_SAFETY: Final = frozenset(
    "key safe_to_contact safe_contact_note preferred_contact phone other_phone email address_1 address_2 address_3 "
    "address_4 town postcode da_flag dash_risk consent explicit_consent opted_out event referral_source "
    "referral_key".split()
)
BOM: Final = {"utf-8-sig": b"\xef\xbb\xbf"}


@dataclass(frozen=True)
class Row:
    """A broken row: its line, its bytes without their line end, and its values, where it has as many as the layout."""

    line: int
    raw: bytes = field(repr=False)
    values: Mapping[str, str] | None = field(repr=False)


def read(home: Path, run: Run, lines: Sequence[int] | None = None) -> dict[int, Row]:
    """A run's broken rows by line; all, or those of some lines. Raises QuarantineGone, RowNotReadable."""
    if not vault.exists(home, artefacts.quarantine_folder(run)):
        raise QuarantineGone(run=run.run)
    layout = SOURCES[run.source].layout
    kept = artefacts.quarantined(home, run)
    found = {line: Row(line, raw.rstrip(b"\r\n"), _values(raw, layout)) for line, raw in kept}
    missing = [line for line in lines or () if line not in found]
    if missing:
        raise RowNotReadable(run=run.run, line=missing[0], problem="there is no broken row on that line")
    return {line: found[line] for line in (lines if lines is not None else found)}


def _values(raw: bytes, layout: Layout) -> Mapping[str, str] | None:
    try:
        text = raw.decode(layout.encoding.removesuffix("-sig"))
        (cells,) = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError):
        return None
    return dict(zip(layout.names, cells, strict=True)) if len(cells) == len(layout.names) else None


def values_of(run: Run, row: Row) -> Mapping[str, str]:
    """A row's values by column. Raises RowNotReadable for one that has not as many as its layout."""
    if row.values is None:
        problem = "it has not as many fields as its layout, or is no text of its encoding"
        raise RowNotReadable(run=run.run, line=row.line, problem=problem)
    return row.values


def written(values: Mapping[str, str], layout: Layout) -> bytes:
    """Values as a record of the layout, without its line end. Raises RowNotReadable for what its encoding lacks."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow([values[name] for name in layout.names])
    try:
        return text.getvalue().encode(layout.encoding.removesuffix("-sig"))
    except UnicodeEncodeError:
        pass
    raise RowNotReadable(run="?", line=0, problem=f"a character is not in {layout.encoding}")


def parsed(content: bytes, layout: Layout) -> list[Mapping[str, str]]:
    """The rows of a whole content of ours, by column."""
    text = content.decode(layout.encoding)
    _, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [dict(zip(layout.names, cells, strict=True)) for cells in rows]


def heading(layout: Layout) -> bytes:
    """The first line of a file of the layout."""
    return BOM.get(layout.encoding, b"") + ",".join(layout.names).encode() + b"\r\n"


def safety_columns(source: str) -> frozenset[str]:
    """The columns of a source that take two people to correct: by what its mappings make of them."""
    layout = SOURCES[source].layout
    steps = load_mappings(layout.name, layout.form).steps
    found = {column for step in steps if _SAFETY & set(step.makes) for column in step.columns}
    return frozenset(found | set(layout.key_columns))
