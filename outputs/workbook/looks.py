"""How things look: fonts, number formats, colours, and the contrast between two colours. Pure.

Arial of 12 points and more, no fills, colour never alone: the Analysis Function's guidance on spreadsheets.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from outputs.workbook.sheets import Kind

FONT: Final = "Arial"
SIZE: Final = 12
# Widths are told in digits of that font; in pixels of a screen at 96 dots an inch:
DIGIT_PIXELS: Final = 9
COLUMN_PIXELS: Final = 80
ROW_PIXELS: Final = 20

INK: Final = "#0B0C0C"
NAVY: Final = "#12436D"
LINK: Final = "#1A5B9C"
RULE: Final = "#B1B4B6"
GRID: Final = "#D9D9D9"

# Of the Analysis Function's palette those with a contrast of at least 3 to white, in an order in which neighbours also
# differ in lightness. The pattern and the marker tell them apart where colours do not.
SERIES: Final = ("#12436D", "#28A197", "#801650", "#3D3D3D")
PATTERNS: Final = ("solid", "wide_upward_diagonal", "dark_horizontal", "large_checker")
MARKERS: Final = ("circle", "square", "triangle", "diamond")
DASHES: Final = ("solid", "dash", "round_dot", "long_dash_dot")
LEVEL: Final = "#3D3D3D"

# Pixels of air that a part has beyond its lines. No row is higher than 409 points.
_AIR: Final[Mapping[str, int]] = {"cover": 8, "title": 6, "subtitle": 4, "heading": 14, "header": 8}
_HIGHEST: Final = 545

Part = Literal["cover", "title", "subtitle", "says", "wrapped", "heading", "link", "header", "cell"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell is, as far as its looks go. `literal`: text that Excel must not take for a number or a formula;
    `apart`: text that keeps off the figures left of it."""

    part: Part
    kind: Kind = "text"
    is_total: bool = False
    literal: bool = False
    right: bool = False
    apart: bool = False


NUMBER_FORMATS: Final[Mapping[Kind, str]] = {
    "text": "General",
    "count": "#,##0",
    "rate": "0.0%",
    "hours": "#,##0.0",
    "number": "#,##0.0",
    "fte": "#,##0.0000",
    "date": "d mmmm yyyy",
}


def axis_format(kind: Kind) -> str:
    """Numbers of a chart: as in its table, but FTE with as many decimals as can be read there."""
    return "#,##0.0#" if kind == "fte" else NUMBER_FORMATS[kind]


_PARTS: Final[Mapping[Part, Mapping[str, object]]] = {
    "cover": {"bold": True, "font_size": 20, "font_color": NAVY, "text_wrap": True},
    "title": {"bold": True, "font_size": 16, "font_color": NAVY},
    "subtitle": {"font_size": 14, "font_color": INK, "text_wrap": True},
    "says": {},
    "wrapped": {"text_wrap": True},
    "heading": {"bold": True, "font_size": 14, "font_color": NAVY},
    "link": {"font_color": LINK, "underline": 1},
    "header": {"bold": True, "text_wrap": True, "bottom": 2, "bottom_color": NAVY, "font_color": NAVY},
    "cell": {"bottom": 1, "bottom_color": GRID},
}


def properties(look: Look) -> dict[str, object]:
    """A look in XlsxWriter's words."""
    found: dict[str, object] = {
        "font_name": FONT,
        "font_size": SIZE,
        "font_color": INK,
        "valign": "bottom" if look.part in ("header", "heading") else "top",
        **_PARTS[look.part],
    }
    if look.part == "cell":
        found |= {"num_format": NUMBER_FORMATS[look.kind]}
        found |= {"text_wrap": True} if look.kind == "text" and not look.right else {}
        found |= {"bold": True, "top": 1, "top_color": RULE, "bottom_color": RULE} if look.is_total else {}
    if look.right:
        found |= {"align": "right"}
    if look.apart:
        found |= {"align": "left", "indent": 1}
    if look.literal:
        found |= {"quote_prefix": True}
    return found


def lines(look: Look, text: str, width: float) -> int:
    """Into how many lines a text is broken in a column of that many digits."""
    told = properties(look)
    if not told.get("text_wrap"):
        return 1
    size = int(str(told["font_size"])) * (1.08 if told.get("bold") else 1.0)
    room = max(1, int(width * SIZE / size))
    return sum(max(1, len(textwrap.wrap(each, room))) for each in text.splitlines())


def height(look: Look, text: str, width: float) -> int:
    """How many pixels high such a cell is. LibreOffice, unlike Excel, does not work it out when it opens a workbook."""
    size = int(str(properties(look)["font_size"]))
    line = ROW_PIXELS * size / SIZE
    return min(_HIGHEST, round(line * lines(look, text, width)) + _AIR.get(look.part, 0))


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
