"""A workbook as the rules of accessibility see it: opened, with its colours worked out and its links followed. Pure."""

from __future__ import annotations

import colorsys
import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import openpyxl

from exchange.errors import WorkbookUnsafe
from outputs.workbook import package

_BOOK: Final = "xl/workbook.xml"
_DRAWING: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# Windows' own text and background, where a colour names them instead of a number.
_SYSTEM: Final = {"windowText": "000000", "window": "FFFFFF"}
_SLOTS: Final = "lt1 dk1 lt2 dk2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink".split()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong where: `rule` is its short name, `words` say it. Sheet and cell are blank for the whole."""

    sheet: str
    cell: str
    rule: str
    words: str


@dataclass(frozen=True)
class Judged:
    """The workbook by openpyxl, and its parts."""

    book: Any
    parts: dict[str, bytes]

    @property
    def sheets(self) -> list[Any]:
        """Its sheets of cells, in order."""
        return list(self.book.worksheets)

    @staticmethod
    def filled(sheet: Any) -> Iterator[Any]:
        """Cells in which something stands."""
        return (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)

    @staticmethod
    def leads_to(cell: Any) -> str:
        """The sheet of this workbook to which a cell leads; blank for none."""
        place = (cell.hyperlink.location or "") if cell.hyperlink else ""
        return place.rpartition("!")[0].strip("'").replace("''", "'")

    @cached_property
    def palette(self) -> list[str]:
        """The theme's colours, as cells number them."""
        theme = self.book.loaded_theme
        scheme = ET.fromstring(theme).find(f".//{_DRAWING}clrScheme") if theme else None  # noqa: S314
        found = {}
        for slot in scheme if scheme is not None else ():
            value = slot[0].get("val") or "000000"
            found[slot.tag.removeprefix(_DRAWING)] = _SYSTEM.get(value, value)
        return [found.get(name, "000000") for name in _SLOTS]

    def colour(self, told: Any, otherwise: str) -> str:
        """A colour as #RRGGBB."""
        if told is None or (told.type == "indexed" and told.indexed >= len(openpyxl.styles.colors.COLOR_INDEX)):
            return otherwise
        if told.type == "rgb":
            return f"#{told.rgb[-6:]}"
        if told.type == "indexed":
            return f"#{openpyxl.styles.colors.COLOR_INDEX[told.indexed][-6:]}"
        known = told.type == "theme" and told.theme < len(self.palette)
        return _tinted(self.palette[told.theme], told.tint) if known else otherwise

    def part_of(self, sheet: Any) -> str:
        """The part of a sheet."""
        sheets = (each for each in ET.fromstring(self.parts[_BOOK]).iter() if each.tag.endswith("}sheet"))  # noqa: S314
        told = next(each for each in sheets if each.get("name") == sheet.title)
        identity = next(value for key, value in told.attrib.items() if key.endswith("}id"))
        return _relations(self.parts, _BOOK)[identity]

    def drawings(self, sheet: Any) -> list[str]:
        """The parts of a sheet's drawings."""
        return [target for target in _relations(self.parts, self.part_of(sheet)).values() if "/drawings/" in target]


def opened(content: bytes) -> Judged:
    """The workbook in some bytes. Raises WorkbookUnsafe for what is none."""
    parts = package.parts(content)
    if any(re.search(rb"<!DOCTYPE|<!ENTITY", part, re.IGNORECASE) for name, part in parts.items() if _is_xml(name)):
        raise WorkbookUnsafe(check="the zip", problem="a document type", sheet="the whole", faults=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out is looked at in the parts
        return Judged(openpyxl.load_workbook(io.BytesIO(content)), parts)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels", ".vml"))


def _relations(parts: dict[str, bytes], name: str) -> dict[str, str]:
    """What a part leads to, by the relation's id: names of parts."""
    folder, _, file = name.rpartition("/")
    told = parts.get(f"{folder}/_rels/{file}.rels")
    if told is None:
        return {}
    return {each.get("Id", ""): _resolved(folder, each.get("Target", "")) for each in ET.fromstring(told)}  # noqa: S314


def _resolved(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps = folder.split("/")
    for step in target.split("/"):
        if step == "..":
            steps.pop()
        else:
            steps.append(step)
    return "/".join(steps)


def _tinted(colour: str, tint: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "#" + "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb(hue, light, full))
