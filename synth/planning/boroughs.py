"""Where people live and where it happened: boroughs by ONS code, for lines of which no figure speaks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator

from synth.draws import Flags, Ints, chance, weighted

OUTSIDE_LONDON: Final = "outside_london"
CITY: Final = "E09000001"

# Residents in thousands, mid-2019, rounded; the City of London first, then in the order of the ONS codes.
_RESIDENTS: Final = (
    *(10, 213, 396, 248, 330, 332, 270, 387, 342, 334, 288, 281, 185, 269, 251, 260, 307),
    *(272, 242, 156, 178, 326, 306, 207, 353, 305, 198, 319, 206, 325, 277, 330, 261),
)
# People are robbed where they go out and shop: the centre counts for more than its residents.
_CENTRE: Final = {"E09000001": 8.0, "E09000033": 5.0, "E09000007": 2.5, "E09000019": 1.6, "E09000028": 1.6}

CODES: Final = (*(f"E090000{number:02d}" for number in range(1, 34)), OUTSIDE_LONDON, "")
_PLACE: Final = {code: place for place, code in enumerate(CODES)}
_OUTSIDE, _BLANK = _PLACE[OUTSIDE_LONDON], _PLACE[""]
_HAPPENED: Final = tuple(
    residents * _CENTRE.get(code, 1.0) for residents, code in zip(_RESIDENTS, CODES[:33], strict=True)
)
_AWAY: Final = {"mps": 0.035, "btp": 0.25, "colp": 0.4, "action_fraud": 0.01, "contact_centre": 0.02}
_UNKNOWN: Final = {"mps": 0.03, "btp": 0.06, "colp": 0.05, "action_fraud": 0.02, "contact_centre": 0.08}
_SAME_BOROUGH: Final = 0.8


def places(codes: list[str]) -> Ints:
    """Places in CODES."""
    return np.array([_PLACE[code] for code in codes], np.int64)


def homes(rng: Generator, source: str, taken: Flags) -> Ints:
    """Boroughs of residence. Support goes to Londoners: nobody from outside among the taken."""
    size = len(taken)
    home = weighted(rng, _RESIDENTS, size)
    draw = rng.random(size)
    home[(draw < _AWAY[source]) & ~taken] = _OUTSIDE
    home[draw > 1 - _UNKNOWN[source]] = _BLANK
    return home


def homes_elsewhere(rng: Generator, taken: Flags) -> Ints:
    """Of domestic abuse outside the 32 boroughs: the City of London, outside London, unknown."""
    size = len(taken)
    untaken = np.array([_PLACE[CITY], _OUTSIDE, _BLANK])[weighted(rng, (0.12, 0.5, 0.38), size)]
    known = np.where(chance(rng, 0.4, size), _PLACE[CITY], _BLANK)
    return np.where(taken, known, untaken)


def scenes(rng: Generator, source: str, home: Ints) -> Ints:
    """Boroughs of the offence, as the police write them; mostly that of the home."""
    size = len(home)
    if source in ("action_fraud", "contact_centre"):
        return np.full(size, _BLANK)
    if source == "colp":
        return np.full(size, _PLACE[CITY])
    scene = weighted(rng, _HAPPENED, size)
    at_home = chance(rng, _SAME_BOROUGH if source == "mps" else 0.2, size) & (home < _OUTSIDE)
    scene = np.where(at_home, home, scene)
    scene[chance(rng, 0.005, size)] = _BLANK
    return scene
