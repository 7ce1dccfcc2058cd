"""Contents of files that are no longer, or never were, those of their feed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Final

Fields = list[bytes]

MARK: Final = b"\xef\xbb\xbf"


def in_header(change: Callable[[Fields], Fields]) -> Callable[[bytes], bytes]:
    """A change of the header's names alone."""
    return lambda body: _changed(body, lambda line, names: change(names) if line == 0 else names)


def swapped(body: bytes) -> bytes:
    """The second and third column in each other's place."""
    return _changed(body, lambda _, fields: [fields[0], fields[2], fields[1], *fields[3:]])


def more(body: bytes) -> bytes:
    """A column at the end that the layout does not know."""
    return _changed(body, lambda line, fields: [*fields, b"" if line else b"remarks"])


def fewer(body: bytes) -> bytes:
    """Without the last column."""
    return _changed(body, lambda _, fields: fields[:-1])


def _changed(body: bytes, change: Callable[[int, Fields], Fields]) -> bytes:
    """Line by line, in a file whose fields need no quotation marks."""
    assert b'"' not in body
    mark = MARK if body.startswith(MARK) else b""
    lines = body.removeprefix(mark).splitlines(keepends=True)
    made = []
    for number, line in enumerate(lines):
        text = line.rstrip(b"\r\n")
        made.append(b",".join(change(number, text.split(b","))) + line[len(text) :])
    return mark + b"".join(made)


def workbook() -> bytes:
    """A small workbook, the same bytes each time."""
    parts = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return data.getvalue()


def web_page() -> bytes:
    """What a server says when somebody has to sign in again."""
    return b"<!DOCTYPE html>\n<html><body><h1>Your session has ended</h1></body></html>\n"
