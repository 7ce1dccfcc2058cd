"""A statement's bytes as sheets: an Excel workbook, or three CSV files kept as one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from exchange.errors import FileRefused
from exchange.intake.statements import archive, texts, workbook
from exchange.intake.statements.archive import UNREADABLE
from validators.roster.model import COLUMNS
from validators.roster.sheets import Sheets

PARTS: Final = tuple(f"{name}.csv" for name in COLUMNS)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can tell


def bundled(files: Mapping[str, bytes]) -> bytes:
    """Three CSV files, by the names of their sheets, as one content: the same three are the same bytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as bundle:
        for part in PARTS:
            member = zipfile.ZipInfo(part, _EPOCH)
            member.create_system = 0  # the machine's own is told otherwise
            bundle.writestr(member, files[part.removesuffix(".csv")])
    return kept.getvalue()


def read(data: bytes) -> Sheets:
    """The sheets of a statement. Raises FileRefused, which says in plain words why it cannot be opened."""
    parts = archive.members(data)
    if set(parts) == set(PARTS):
        return texts.read({name: parts[name] for name in PARTS})
    if "[Content_Types].xml" in parts:
        return workbook.read(data, parts)
    raise FileRefused(UNREADABLE, detail="it is neither an Excel workbook (.xlsx) nor the three CSV files of a roster")
