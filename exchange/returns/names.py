"""What the files of a return are called, here and where they are delivered. Pure."""

from __future__ import annotations

import re
from typing import Final

FIGURES: Final = "figures.csv"
RECORDS: Final = "records.parquet"  # encrypted, never sent
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.json.sig"

_STEM: Final = r"[a-z]{1,16}-[0-9]{4}-[0-9]{2}(?:Q[1-4])?-v[1-9][0-9]*"
_SENT: Final = re.compile(rf"({_STEM})\.(.+)")
_RECEIPT: Final = re.compile(rf"({_STEM})\.receipt\.json")


def stem(return_name: str, period: str, version: int) -> str:
    """The name of a version, with which all its files begin where they are delivered."""
    return f"{return_name}-{period}-v{version}"


def sent(of_stem: str, name: str) -> str:
    """The name of a file on the receiver's server: one folder there holds all versions of all returns."""
    return name if name.startswith(f"{of_stem}.") else f"{of_stem}.{name}"


def stem_of(name: str) -> str | None:
    """The version that a delivered file belongs to, by its name; None where it is none of ours."""
    found = _SENT.fullmatch(name)
    return found[1] if found else None


def receipt_of(name: str) -> str | None:
    """The version that a receipt's name tells."""
    found = _RECEIPT.fullmatch(name)
    return found[1] if found else None
