"""Made-up people for the samples: names of many origins, and nothing that belongs to anybody.

Phones are from Ofcom's ranges for drama, postcodes of areas that do not exist, streets and towns invented.
Person number n is always the same person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

# Sex, forename, surname, ethnicity by 16+1, language. All can be written in Windows-1252.
_NAMES: Final = """
F|Amina|Warsame|B2|so
M|Oluwaseun|Adébáyò|B2|en
F|Siân|Llewellyn-Pryce|W1|en
M|Mohammed|Chowdhury|A3|bn
F|Zofia|Dabrowska|W9|pl
M|Tadhg|Ó Súilleabháin|W2|en
F|Priya|Raghunathan|A1|en
M|Kwabena|Boateng|B2|en
F|Inês|Gonçalves|W9|pt
M|Deshawn|St. Clair|B1|en
F|Sule|Yildiz|W9|tr
M|Wei|Ng|O1|zh
F|Chantelle|D'Arcy|M1|en
M|José María|Núñez de la Peña|W9|es
F|Farzana|Begum|A3|bn
M|Björn|Sjöström|W9|en
F|Thandiwe|Nkosi|B2|en
M|Arjun|Singh|A1|pa
F|Grace|Hallsworth|W1|en
M|Ibrahim|Al-Hashimi|O9|ar
F|Chloë|Featherstonehaugh|W1|en
M|Levi|Rosenthal|W1|en
F|Nkechi|Okonkwo-Barnes|M2|en
M|Rhys|Ap Gwilym|W1|en
"""

_ROADS: Final = ("Specimen Road", "Example Rise", "Placeholder Gardens", "Fiction Row", "Invented Lane", "Nowhere Mews")
_BOROUGHS: Final = (
    "Hackney", "Tower Hamlets", "Lambeth", "Croydon", "Brent", "Barking and Dagenham", "Hammersmith and Fulham",
    "Westminster", "Lewisham", "Ealing", "Haringey", "Kensington and Chelsea", "Bromley", "Newham",
)  # fmt: skip
_AREAS: Final = ("NX", "SX", "WX", "EU")  # well formed, and nowhere
_UNITS: Final = ("AP", "BQ", "DR", "ES", "FT", "GU", "HW", "JX", "LY", "NZ")
_FIRST_BIRTHDAY: Final = date(1948, 3, 11)


@dataclass(frozen=True)
class Person:
    """One made-up person, as plain facts; each feed writes them its own way."""

    sex: str
    forename: str
    surname: str
    ethnicity: str
    language: str
    born: date
    house: str
    road: str
    postcode: str
    borough: str
    mobile: str
    home_phone: str
    email: str

    def age_on(self, day: date) -> int:
        """Whole years."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


def person(number: int) -> Person:
    """Person number `number`, counted from 0."""
    sex, forename, surname, ethnicity, language = _names()[number % len(_names())].split("|")
    return Person(
        sex=sex,
        forename=forename,
        surname=surname,
        ethnicity=ethnicity,
        language=language,
        born=_FIRST_BIRTHDAY + timedelta(days=(number * 1543) % 18_900),
        house=f"Flat {number % 9 + 1}" if number % 3 else f"{number % 60 + 2}",
        road=_ROADS[number % len(_ROADS)],
        postcode=f"{_AREAS[number % 4]}{number % 19 + 1} {number % 9 + 1}{_UNITS[number % 10]}",
        borough=_BOROUGHS[number % len(_BOROUGHS)],
        mobile=f"07700 900{number:03d}",
        home_phone=f"020 7946 0{number:03d}" if number % 4 == 0 else "",
        email=f"person{number:03d}@example.org" if number % 5 else "",
    )


def _names() -> list[str]:
    return _NAMES.strip().splitlines()
