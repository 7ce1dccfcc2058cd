"""When two written forms are the same name: places, labels and offence titles.

A normal form is only ever compared; what is stored stays as it was sent (hazards F33).
"""

from __future__ import annotations

import re

_APOSTROPHES = re.compile("['\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")
_NOT_WORDS = re.compile(r"[\W_]+")
_BOROUGH_STYLE = re.compile(r"^(?:the )?(?:london borough of|royal borough of|lb of|lb) | (?:london borough|council)$")


def plain(text: str) -> str:
    """Words alone: no case, no punctuation, & as and, 5,000 as 5000."""
    words = _THOUSANDS.sub("", _APOSTROPHES.sub("", text.casefold())).replace("&", " and ")
    return _NOT_WORDS.sub(" ", words).strip()


def place(text: str) -> str:
    """A borough's name without its style: London Borough of Brent, LB Brent and BRENT are one."""
    return _BOROUGH_STYLE.sub("", plain(text))
