"""Rules of accessibility about what floats over cells: charts and pictures. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Final

from outputs.workbook.judged import Finding, Judged

_LEAST_SIZE: Final = 1000  # hundredths of a point
_NO_TEXT: Final = re.compile(r"(?:chart|picture|image|diagram|graph|object)\s*\d*|.*\.(?:png|jpe?g|gif)", re.IGNORECASE)
_SIZE: Final = re.compile(rb'<a:(?:defRPr|rPr)[^>]*\ssz="(\d+)"')


def _alternative_texts(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for part in judged.drawings(sheet):
            for each in ET.fromstring(judged.parts[part]).iter():  # noqa: S314
                if each.tag.endswith("}cNvPr") and not _says_something(each):
                    yield Finding(sheet.title, "", "alternative-text", "A chart or picture has no alternative text.")


def _says_something(named: ET.Element) -> bool:
    if any(each.tag.endswith("}decorative") and each.get("val") in ("1", "true") for each in named.iter()):
        return True
    text = (named.get("descr") or "").strip()
    return bool(text) and not _NO_TEXT.fullmatch(text)


def _charts(judged: Judged) -> Iterator[Finding]:
    for name, part in judged.parts.items():
        if not re.fullmatch(r"xl/charts/chart\d+\.xml", name):
            continue
        if b"<c:title>" not in part:
            yield Finding("", name, "chart-title", "A chart has no title.")
        if any(int(size) < _LEAST_SIZE for size in _SIZE.findall(part)):
            yield Finding("", name, "font-size", "A chart's text is smaller than 10 points.")


RULES: Final[tuple[Callable[[Judged], Iterator[Finding]], ...]] = (_alternative_texts, _charts)
