"""A zip from outside, taken apart within bounds: nothing that it says of itself is believed (hazards F34, F73)."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from exchange.errors import FileRefused

# The reason of a file that cannot be opened (validators.rules.FILE_REASONS).
UNREADABLE: Final = "statement_unreadable"
MOST_BYTES: Final = 32 * 1024 * 1024
_MOST_MEMBERS: Final = 300
_ENCRYPTED: Final = 0x1


def members(data: bytes) -> Mapping[str, bytes]:
    """Every member by name, as many bytes as really come out. Raises FileRefused."""
    problem = "it is damaged, or no Excel workbook"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            problem_of_list = _problem(listed)
            if problem_of_list is None:
                return _inflated(archive, listed)
            problem = problem_of_list
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        pass
    raise FileRefused(UNREADABLE, detail=problem)


def is_whole(data: bytes) -> bool:
    """Whether the end of the zip is there: a file that is still being written has none."""
    return zipfile.is_zipfile(io.BytesIO(data))


def _problem(listed: list[zipfile.ZipInfo]) -> str | None:
    names = [each.filename for each in listed]
    if any(each.flag_bits & _ENCRYPTED for each in listed):
        return "it is locked with a password"
    if len(names) > _MOST_MEMBERS or len({name.casefold() for name in names}) != len(names):
        return "it has too many parts, or one of them twice"
    return None


def _inflated(archive: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    found, left = {}, MOST_BYTES
    for each in listed:
        with archive.open(each) as member:
            found[each.filename] = member.read(left + 1)
        left -= len(found[each.filename])
        if left < 0:
            raise FileRefused(UNREADABLE, detail=f"unpacked it is larger than {MOST_BYTES // 1024 // 1024} MB")
    return found
