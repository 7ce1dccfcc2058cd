"""Where people live, so that nobody real can be reached: streets of invented names, postcodes of no existing district.

Boroughs are London's own, because the returns count them. A postcode has the area of its borough (hazards F99: not in
use), a district that Royal Mail has never opened there, and the rest from the street: neighbours share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Ints, weighted

# ONS code (its last two digits), name, postcode areas, share of Londoners in per mille (about the mid-2019 estimate,
# rounded by us: an assumption), the area of the police by which its crimes are recorded.
_BOROUGHS: Final = """
01|City of London|E|1|
02|Barking and Dagenham|RM IG|24|EA
03|Barnet|N NW EN|44|NW
04|Bexley|DA SE|28|SE
05|Brent|NW HA|37|NW
06|Bromley|BR SE|37|SN
07|Camden|NW N|30|CN
08|Croydon|CR SE|43|SN
09|Ealing|W UB|38|WA
10|Enfield|EN N|37|NA
11|Greenwich|SE|32|SE
12|Hackney|E N|31|CE
13|Hammersmith and Fulham|W SW|21|AW
14|Haringey|N|30|NA
15|Harrow|HA|28|NW
16|Havering|RM|29|EA
17|Hillingdon|UB HA|34|WA
18|Hounslow|TW W|30|WA
19|Islington|N E|27|CN
20|Kensington and Chelsea|SW W|17|AW
21|Kingston upon Thames|KT|20|SW
22|Lambeth|SW SE|36|AS
23|Lewisham|SE|34|SE
24|Merton|SW SM|23|SW
25|Newham|E|40|NE
26|Redbridge|IG E|34|EA
27|Richmond upon Thames|TW SW|22|SW
28|Southwark|SE|36|AS
29|Sutton|SM CR|23|SN
30|Tower Hamlets|E|36|CE
31|Waltham Forest|E|31|NE
32|Wandsworth|SW|37|SW
33|Westminster|W NW|29|AW
"""
OUTSIDE: Final = "outside_london"
_OUTSIDE_AREAS: Final = "AL CM GU LU ME RH SL SS TN"

# First and last number of districts that do not exist.
_DISTRICTS: Final = {
    "E": (21, 97),
    "N": (23, 80),
    "NW": (12, 25),
    "SE": (29, 94),
    "SW": (21, 94),
    "W": (15, 99),
    "BR": (30, 31),
    "CR": (30, 31),
    "DA": (30, 31),
    "EN": (30, 31),
    "HA": (30, 31),
    "IG": (30, 31),
    "KT": (40, 41),
    "RM": (30, 31),
    "SM": (30, 31),
    "TW": (30, 31),
    "UB": (30, 31),
    **dict.fromkeys(_OUTSIDE_AREAS.split(), (42, 45)),
}
_INWARD: Final = "ABDEFGHJLNPQRSTUWXYZ"  # letters of the last part; C I K M O V are never there

_BEGINNINGS: Final = (
    "Alder Brack Cal Dray Elm Fen Gorse Hazel Ibex Jun Kestrel Lark Mal Nether Ombra Plim Quill Rook Skel Thrax Umber "
    "Vex Whin Xan Yarn Zel Bramble Cinder Drum Ferrin Gallow Hollin Juniper Kelder Lode Marl Noll Orr Pell Quor"
)
_ENDINGS: Final = (
    "mere wick thorpe den combe haven stow garth fold shaw ley march holt rick sell tarn wold beck lund by"
)
_KINDS: Final = (
    "Road Street Avenue Close Gardens Lane Way Grove Court Rise Place Square Terrace Crescent Mews Drive Row Walk Park "
    "Hill"
)
_TOWNS_OUTSIDE: Final = "Quorhaven Zelmarch Ombrastow Plimwick Vexcombe Skelholt"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What can be looked up. `codes` are ONS codes, then outside_london; the others stand beside them."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    bcus: tuple[str, ...]
    shares: tuple[float, ...]
    areas: tuple[tuple[str, ...], ...]
    streets: pa.Array
    towns: pa.Array


@cache
def places() -> Places:
    """The boroughs, all invented streets and towns."""
    lines = [line.split("|") for line in _BOROUGHS.split("\n") if line]
    streets = [
        f"{beginning}{ending} {kind}"
        for kind in _KINDS.split()
        for ending in _ENDINGS.split()
        for beginning in _BEGINNINGS.split()
    ]
    return Places(
        codes=(*(f"E090000{line[0]}" for line in lines), OUTSIDE),
        names=(*(line[1] for line in lines), "Outside London"),
        bcus=(*(line[4] for line in lines), ""),
        shares=(*(float(line[3]) for line in lines), 30.0),
        areas=(*(tuple(line[2].split()) for line in lines), tuple(_OUTSIDE_AREAS.split())),
        streets=pa.array(streets, pa.string()),
        towns=pa.array(_TOWNS_OUTSIDE.split(), pa.string()),
    )


def numbers_of(codes: pa.Array) -> Ints:
    """Borough codes as positions in `places().codes`; -1 where blank."""
    found = pc.index_in(codes, value_set=pa.array(places().codes, pa.string()))
    answer: Ints = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return answer


def names_of(boroughs: Ints) -> pa.Array:
    """Positions as the boroughs' names; blank for -1."""
    return pc.take(pa.array((*places().names, ""), pa.string()), pa.array(boroughs % (len(places().names) + 1)))


def bcus_of(boroughs: Ints) -> pa.Array:
    """Positions as codes of the police's Basic Command Units; blank for -1, the City and outside London."""
    return pc.take(pa.array((*places().bcus, ""), pa.string()), pa.array(boroughs % (len(places().bcus) + 1)))


def somewhere(rng: np.random.Generator, count: int) -> Ints:
    """Boroughs in which people live of whom no borough is told."""
    return weighted(rng, places().shares, count)


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Addresses as numbers: borough, street, house number, and flat (0: a house)."""

    borough: Ints
    street: Ints
    house: Ints
    flat: Ints

    def take(self, rows: Ints) -> Homes:
        """Those of the given rows."""
        return Homes(self.borough[rows], self.street[rows], self.house[rows], self.flat[rows])

    def replaced(self, rows: Ints, others: Homes) -> Homes:
        """With other homes in the given rows."""
        parts = [self.borough.copy(), self.street.copy(), self.house.copy(), self.flat.copy()]
        for part, other in zip(parts, (others.borough, others.street, others.house, others.flat), strict=True):
            part[rows] = other
        return Homes(*parts)


def homes(rng: np.random.Generator, borough: Ints) -> Homes:
    """A home in each of the boroughs."""
    count = len(borough)
    flat = np.where(rng.random(count) < 0.45, rng.integers(1, 40, count), 0)
    return Homes(borough, rng.integers(0, len(places().streets), count), rng.integers(1, 190, count), flat)


def address_lines(home: Homes) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Flat or house and street; street (flats only); town."""
    in_flat = pa.array(home.flat > 0)
    street = _joined(_text(home.house), pc.take(places().streets, pa.array(home.street)))
    flat = pc.binary_join_element_wise("Flat", _text(home.flat), " ")
    outside = home.borough == len(places().codes) - 1
    towns = pc.take(places().towns, pa.array(home.street % len(places().towns)))
    blank = pa.scalar("", pa.string())
    return (
        pc.if_else(in_flat, flat, street),
        pc.if_else(in_flat, street, blank),
        pc.if_else(pa.array(outside), towns, "London"),
    )


def one_line(home: Homes) -> pa.Array:
    """Flat, house and street in one line."""
    first, second, _ = address_lines(home)
    return pc.if_else(pc.equal(second, ""), first, pc.binary_join_element_wise(first, second, ", "))


def postcodes(home: Homes) -> pa.Array:
    """The postcode of each home."""
    area, district = _districts(home)
    table = pa.array([f"{one}{two}" for one in _INWARD for two in _INWARD], pa.string())
    # Spread so that streets beside each other in the list have nothing in common.
    spread = (home.street * 7919 + home.borough * 104_729) % 1_000_003
    inward = _joined(_text(spread % 10), pc.take(table, pa.array(spread // 10 % len(table))), "")
    return _joined(_joined(area, _text(district), ""), inward)


def _districts(home: Homes) -> tuple[pa.Array, Ints]:
    known = places()
    most = max(map(len, known.areas))
    names = sorted({area for areas in known.areas for area in areas})
    table = np.array([[names.index(areas[each % len(areas)]) for each in range(most)] for areas in known.areas])
    area = table[home.borough, home.street % most]
    first, last = (np.array([_DISTRICTS[name][end] for name in names]) for end in (0, 1))
    district = first[area] + (home.street // most) % (last[area] - first[area] + 1)
    return pc.take(pa.array(names, pa.string()), pa.array(area)), district


def _text(numbers: Ints) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _joined(first: pa.Array, second: pa.Array, between: str = " ") -> pa.Array:
    return pc.binary_join_element_wise(first, second, between)
