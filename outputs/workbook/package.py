"""An .xlsx as the zip of parts that it is: taken apart within bounds, looked through, and put together the same way.

The parts are stored, not packed: how well zlib packs depends on its version, and a return that is rebuilt must have the
same bytes (interfaces: returns). Pure.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from exchange.errors import WorkbookUnsafe

_MOST_PARTS: Final = 2_000
_MOST_BYTES: Final = 256 * 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can tell
CORE: Final = "docProps/core.xml"

# What a workbook of ours is made of, and nothing else: no macros, comments, links to other books, pictures, caches of
# pivot tables, settings of printers, XML of other programs.
_ALLOWED: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/theme/theme1\.xml"
    r"|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
    r"|xl/drawings/drawing1\.xml|xl/drawings/_rels/drawing1\.xml\.rels|xl/charts/chart\d+\.xml"
)
# What must not be in any part, by the part's name: XML is told by tools, so its form is known.
_BOOK: Final = re.compile(r"xl/workbook\.xml")
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml")
_FORBIDDEN: Final[tuple[tuple[str, re.Pattern[str], re.Pattern[bytes]], ...]] = (
    ("a document type", re.compile(".*"), re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)),
    ("a hidden sheet", _BOOK, re.compile(rb"""\sstate\s*=\s*["'](?:hidden|veryHidden)""")),
    ("a defined name", _BOOK, re.compile(rb"""<definedName\s(?![^>]*?name="_xlnm\.Print_Titles")""")),
    ("a hidden name", _BOOK, re.compile(rb"<definedName[^>]*\shidden=")),
    ("a link to another file", re.compile(r".*\.rels"), re.compile(rb"""TargetMode\s*=\s*["']External""")),
    ("hidden rows or columns", _SHEET, re.compile(rb"""\s(?:hidden|zeroHeight)=["'](?:1|true)""")),
    ("merged cells", _SHEET, re.compile(rb"<mergeCell[ s>]")),
    ("an object", _SHEET, re.compile(rb"<(?:oleObjects?|controls?|legacyDrawing|dataConsolidate)[ />]")),
)


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook, by name. Raises WorkbookUnsafe for what is no such zip, or one out of bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            within = len(members) <= _MOST_PARTS and sum(member.file_size for member in members) <= _MOST_BYTES
            found = {each.filename: archive.read(each) for each in members} if within else {}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        names, members, within, found = set(), [], False, {}
    if not within or len(names) != len(members):
        raise WorkbookUnsafe(check="the zip", problem="too much, a part twice, or no zip", sheet="the whole", faults=1)
    return found


def packed(members: Mapping[str, bytes]) -> bytes:
    """Parts as a zip: the same parts, the same bytes, on any day and machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in members:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 0  # the machine's own is told otherwise
            archive.writestr(member, members[name])
    return buffer.getvalue()


def in_language(members: Mapping[str, bytes], language: str) -> dict[str, bytes]:
    """The parts in that language: the document's property, which XlsxWriter cannot set, and the texts of charts,
    which it says are American."""
    end = b"</cp:coreProperties>"
    told = members[CORE].replace(end, b"<dc:language>" + language.encode() + b"</dc:language>" + end)
    charts = {
        name: part.replace(b'lang="en-US"', f'lang="{language}"'.encode()).replace(
            b'<c:lang val="en-US"/>', f'<c:lang val="{language}"/>'.encode()
        )
        for name, part in members.items()
        if name.startswith("xl/charts/")
    }
    return {**members, **charts, CORE: told}


def changed_at(members: Mapping[str, bytes], moment: datetime) -> dict[str, bytes]:
    """The parts with that time as the one of the last change, which openpyxl takes from the clock."""
    time = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)", rb"\g<1>" + time + rb"\g<2>", members[CORE])
    return {**members, CORE: core}


def check(members: Mapping[str, bytes], sheets: int) -> None:
    """Raises WorkbookUnsafe where something is in the parts that does not belong into a workbook of ours."""
    found = list(_faults(members, sheets))
    if found:
        part, problem = found[0]
        raise WorkbookUnsafe(check="the list of parts", problem=problem, sheet=part, faults=len(found))


def _faults(members: Mapping[str, bytes], sheets: int) -> Iterator[tuple[str, str]]:
    for name, part in members.items():
        if not _ALLOWED.fullmatch(name):
            # Names of parts may be anything; ours say enough.
            yield "the whole", "a part that does not belong there"
        for problem, where, pattern in _FORBIDDEN:
            if where.fullmatch(name) and pattern.search(part):
                yield name, problem
    if sum(name.startswith("xl/worksheets/sheet") for name in members) != sheets:
        yield "the whole", "another number of sheets"
