"""New people: sex, birth date, origin and names, home, household, how to reach them, what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints, chance, weighted
from synth.population import contact_points, places
from synth.population.demands import NOT_GIVEN, OLDEST
from synth.population.households import ALONE, SAME_NAME, Households, Members, live_together, shares_surname
from synth.population.names import EITHER, FEMALE, MALE, book, family_surname, group_of
from synth.population.origins import ORIGINS, parts

RELIGIONS: Final = (
    *("", "No religion", "Christian", "Buddhist", "Hindu", "Jewish", "Muslim", "Sikh"),
    *("Any other religion", "Prefer not to say"),
)
ETHNICITIES: Final = (
    *("W1", "W2", "W3", "W9", "M1", "M2", "M3", "M9", "A1", "A2", "A3", "A4", "A9", "B1", "B2", "B9"),
    *("O2", "O9", "NS"),
)
LANGUAGES: Final = tuple(sorted({code for origin in ORIGINS for code in parts(origin.languages)[0]}))

_WOMEN: Final = 0.47
_WOMEN_ABUSE: Final = 0.76
_WOMEN_SEXUAL: Final = 0.86
_AT_HOME: Final = 3.0  # how much more frequent an origin is in its boroughs
_MOBILE: Final = 0.86
_LANDLINE: Final = 0.27
_LANDLINE_OLD: Final = 0.66
_EMAIL: Final = 0.63
_TWO_SURNAMES: Final = {
    **dict.fromkeys(("english", "welsh_scottish", "caribbean", "yoruba", "ghanaian"), ("-", 0.03)),
    **dict.fromkeys(("spanish", "latin_american", "portuguese", "brazilian"), (" ", 0.45)),
}
_LONGEST_SURNAME: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """People to be made, each with the stretch of birth dates that fits all their lines, and a sex or EITHER."""

    person: Ints
    band: Ints
    borough: Ints
    first_birth: Ints
    last_birth: Ints
    abuse: Flags
    sexual: Flags
    sex: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """People, column by column; numbers are positions in the lists of the modules that know them.

    - surname and second: positions in book().surnames; `second` is -1 for most.
    - mobile and landline: -1 where there is none. birth: days since 1970-01-01.
    - household: the person_id of its head; open: whether the person may come again in a later chunk.
    """

    person: Ints
    band: Ints
    sex: Ints
    birth: Ints
    origin: Ints
    forename: Ints
    surname: Ints
    second: Ints
    ethnicity: Ints
    language: Ints
    religion: Ints
    borough: Ints
    street: Ints
    house: Ints
    flat: Ints
    mobile: Ints
    landline: Ints
    style: Ints
    email: pa.Array
    household: Ints
    kind: Ints
    open: Flags

    def __len__(self) -> int:
        """How many people there are."""
        return len(self.person)

    @property
    def home(self) -> places.Homes:
        """Where they live."""
        return places.Homes(self.borough, self.street, self.house, self.flat)

    def take(self, rows: Ints) -> Persons:
        """Those of the given rows."""
        return Persons(*(_taken(getattr(self, each.name), rows) for each in fields(self)))

    def with_others(self, others: Persons) -> Persons:
        """These, then the others."""
        names = [each.name for each in fields(self)]
        return Persons(*(_joined(getattr(self, name), getattr(others, name)) for name in names))


def _taken(column: np.ndarray | pa.Array, rows: Ints) -> np.ndarray | pa.Array:
    return column[rows] if isinstance(column, np.ndarray) else column.take(pa.array(rows))


def _joined(first: np.ndarray | pa.Array, second: np.ndarray | pa.Array) -> np.ndarray | pa.Array:
    if isinstance(first, np.ndarray):
        return np.concatenate((first, second))
    return pa.concat_arrays([first, second])


def make(rng: np.random.Generator, wanted: Wanted) -> Persons:
    """The people that are wanted."""
    count = len(wanted.person)
    women = np.select([wanted.abuse, wanted.sexual], [_WOMEN_ABUSE, _WOMEN_SEXUAL], _WOMEN)
    sex = np.where(chance(rng, women, count), FEMALE, MALE)
    sex = np.where(wanted.sex == EITHER, sex, wanted.sex)
    borough = np.where(wanted.borough < 0, places.somewhere(rng, count), wanted.borough)
    birth = births(rng, wanted)
    members = Members(borough, wanted.band, sex, birth, wanted.first_birth, wanted.last_birth, wanted.abuse)
    households = live_together(rng, members)
    origin, forename, surname = _names(rng, households, borough)
    others = households.others
    home = places.homes(rng, borough)
    home = home.replaced(others, home.take(households.head[others]))
    mobile, landline = _phones(rng, wanted, households)
    written = _surnames_as_text(surname)
    return Persons(
        person=wanted.person,
        band=wanted.band,
        sex=households.sex,
        birth=households.birth,
        origin=origin,
        forename=forename,
        surname=surname,
        second=_seconds(rng, origin, surname, households),
        ethnicity=_by_origin(rng, origin, tuple(origin.ethnicity for origin in ORIGINS), ETHNICITIES),
        language=_by_origin(rng, origin, tuple(origin.languages for origin in ORIGINS), LANGUAGES),
        religion=_religions(rng, origin),
        borough=borough,
        street=home.street,
        house=home.house,
        flat=home.flat,
        mobile=mobile,
        landline=landline,
        style=contact_points.styles(rng, count),
        email=_emails(rng, forename, written, wanted),
        household=wanted.person[households.head],
        kind=households.kind,
        open=(wanted.band != NOT_GIVEN) & (households.kind == ALONE),
    )


def births(rng: np.random.Generator, wanted: Wanted) -> Ints:
    """A birth date in the stretch of each; among the old the young are more, among minors the old."""
    at = rng.random(len(wanted.person))
    at = np.where(wanted.band == OLDEST, 1 - (1 - at) ** 0.45, at)
    at = np.where(wanted.band == NOT_GIVEN, 1 - at**1.6 * 0.9, at)
    at = np.where(wanted.band == 0, at**1.7, at)
    width = wanted.last_birth - wanted.first_birth + 1
    answer: Ints = wanted.first_birth + np.minimum((at * width).astype(np.int64), width - 1)
    return answer


def _names(rng: np.random.Generator, households: Households, borough: Ints) -> tuple[Ints, Ints, Ints]:
    """Origin, forename and surname; who shares a surname shares the origin too."""
    sex, names = households.sex, book()
    origin = _origins(rng, borough)
    family = shares_surname(rng, households)
    head = households.head[family]
    origin[family] = origin[head]
    surname = names.surnames.draw(rng, group_of(origin, sex))
    surname[family] = family_surname(surname[head], origin[family], sex[family])
    forename = names.forenames.draw(rng, group_of(origin, sex))
    after = family[households.kind[family] == SAME_NAME]
    fixed = np.zeros(len(origin), np.bool_)
    fixed[after] = fixed[households.head[after]] = True
    for _ in range(4):
        twice = _twice(forename, surname, households) & ~fixed
        if not twice.any():
            break
        forename[twice] = names.forenames.draw(rng, group_of(origin[twice], sex[twice]))
    forename[after] = forename[households.head[after]]
    return origin, forename, surname


def _twice(forename: Ints, surname: Ints, households: Households) -> Flags:
    """Who has name and birth date of somebody before, or the forename of the head of their own household."""
    birth = households.birth - households.birth.min(initial=0)
    key = (forename * 100_000 + surname) * 100_000 + birth
    _, first = np.unique(key, return_index=True)
    again = np.ones(len(key), np.bool_)
    again[first] = False
    others = households.others
    again[others] |= forename[others] == forename[households.head[others]]
    return again


def _origins(rng: np.random.Generator, borough: Ints) -> Ints:
    """The origin of people in these boroughs."""
    codes, answer = places.places().codes, np.zeros(len(borough), np.int64)
    shares = np.array([origin.share for origin in ORIGINS])
    for each in np.unique(borough).tolist():
        home = np.array([codes[each][-2:] in origin.home.split() for origin in ORIGINS])
        rows = np.flatnonzero(borough == each)
        answer[rows] = weighted(rng, shares * np.where(home, _AT_HOME, 1.0), len(rows))
    return answer


def _by_origin(rng: np.random.Generator, origin: Ints, texts: tuple[str, ...], known: tuple[str, ...]) -> Ints:
    answer = np.zeros(len(origin), np.int64)
    for each in np.unique(origin).tolist():
        codes, weights = parts(texts[each])
        rows = np.flatnonzero(origin == each)
        answer[rows] = np.array([known.index(code) for code in codes])[weighted(rng, weights, len(rows))]
    return answer


def _religions(rng: np.random.Generator, origin: Ints) -> Ints:
    """One of the origin's two, another now and then; blank for most, who were not asked."""
    likely = np.array([[RELIGIONS.index(name) for name in each.religion.split(",")] for each in ORIGINS])
    answer = likely[origin, weighted(rng, (7, 3), len(origin))]
    strange = chance(rng, 0.06, len(origin))
    answer[strange] = rng.integers(1, len(RELIGIONS), int(strange.sum()))
    return np.where(chance(rng, 0.55, len(origin)), 0, answer)


def _seconds(rng: np.random.Generator, origin: Ints, surname: Ints, households: Households) -> Ints:
    """A second surname for those whose custom it is; a household has its head's."""
    second = np.full(len(origin), -1)
    share = np.array([_TWO_SURNAMES.get(each.name, ("", 0.0))[1] for each in ORIGINS])
    rows = np.flatnonzero(chance(rng, share[origin], len(origin)))
    second[rows] = book().surnames.draw(rng, group_of(origin[rows], households.sex[rows]))
    family = households.others[surname[households.others] == surname[households.head[households.others]]]
    second[family] = second[households.head[family]]
    second[second == surname] = -1
    length = pc.utf8_length(book().surnames.names).to_numpy()
    second[(second >= 0) & (length[surname] + length[second] > _LONGEST_SURNAME)] = -1
    return second


def two_surnames(origin: Ints) -> pa.Array:
    """What stands between two surnames."""
    table = pa.array([_TWO_SURNAMES.get(each.name, ("-", 0.0))[0] for each in ORIGINS], pa.string())
    return pc.take(table, pa.array(origin))


def _surnames_as_text(surname: Ints) -> pa.Array:
    return pc.take(book().surnames.names, pa.array(surname))


def _phones(rng: np.random.Generator, wanted: Wanted, households: Households) -> tuple[Ints, Ints]:
    """Mobile and landline, -1 for none; a household has one landline. Children have few of either."""
    count = len(wanted.person)
    old = wanted.band == OLDEST
    mobile = contact_points.mobile_numbers(rng, count)
    mobile[~chance(rng, np.where(old, _MOBILE - 0.25, _MOBILE), count)] = -1
    landline = contact_points.landline_numbers(rng, count)
    landline[~chance(rng, np.where(old, _LANDLINE_OLD, _LANDLINE), count)] = -1
    landline[households.others] = landline[households.head[households.others]]
    return mobile, landline


def _emails(rng: np.random.Generator, forename: Ints, surname: pa.Array, wanted: Wanted) -> pa.Array:
    """Blank for those who gave none."""
    first = pc.take(book().forenames.names, pa.array(forename))
    address = contact_points.emails(rng, first, surname, wanted.person)
    share = np.where(wanted.band == OLDEST, _EMAIL - 0.2, _EMAIL)
    return pc.if_else(pa.array(chance(rng, share, len(forename))), address, pa.scalar("", pa.string()))
