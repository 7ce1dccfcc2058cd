"""A roster's bytes, opened, checked and typed (interfaces: idva, Roster)."""

from __future__ import annotations

from functools import cache

from exchange.intake.statements import reading
from mappings.areas import PAN_LONDON, borough_called, load_boroughs
from validators.roster.checks import Checked, check
from validators.roster.typed import Places


def checked(data: bytes) -> Checked:
    """The roster in the bytes, or what is wrong with it. Raises FileRefused where they cannot be opened."""
    return check(reading.read(data), _london())


@cache
def _london() -> Places:
    areas = dict.fromkeys([*(borough.area for borough in load_boroughs()), PAN_LONDON])
    return Places({area.casefold(): area for area in areas}, _borough)


def _borough(text: str) -> tuple[str, str] | None:
    found = borough_called(text)
    return (found.code, found.area) if found else None
