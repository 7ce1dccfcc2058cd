"""People as text, line for line: what a referral says of its person, in the letters that its feed can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints, chance, weighted
from synth.population import contact_points, likeness, places
from synth.population.demands import BANDS, FRAUD, NOT_GIVEN, Lines, years_before, years_between
from synth.population.households import KINDS as HOUSEHOLD_KINDS
from synth.population.likeness import replaced
from synth.population.names import FEMALE, MALE, as_cp1252, book, by_distinct, group_of
from synth.population.origins import ORIGINS
from synth.population.persons import ETHNICITIES, LANGUAGES, RELIGIONS, Persons, two_surnames

_ORIENTATIONS: Final = ("", "heterosexual", "gay-lesbian", "bisexual", "other", "skip")
_ORIENTATION_SHARES: Final = (52.0, 40.0, 3.0, 2.0, 0.5, 2.5)
# 18+1 to the older 16+1: Gypsy or Irish Traveller, Chinese and Arab have other places there.
_OLDER: Final = {"W3": "W9", "A4": "O1", "O2": "O9"}
_OBSERVED: Final = {
    **dict.fromkeys(("W1", "W2", "W3", "NS"), "IC1"),
    "W9": "IC2",
    **dict.fromkeys(("M1", "M2", "B1", "B2", "B9"), "IC3"),
    **dict.fromkeys(("M3", "A1", "A2", "A3", "A9"), "IC4"),
    "M9": "IC7",
    "A4": "IC5",
    "O2": "IC6",
    "O9": "IC9",
}
_NOTHING_KNOWN: Final = 0.012  # of police and fraud lines: neither phone nor e-mail


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What is to be written: the lines, each one's person (position), whether the person was written before, has
    moved since, and the row of the incident."""

    lines: Lines
    person: Ints
    further: Flags
    moved: Flags
    incident: Ints


def people(rng: np.random.Generator, written: Written, everybody: Persons) -> pa.Table:
    """One row for each line: the person as the line says, and above it who it is in truth."""
    who, lines = everybody.take(written.person), written.lines
    kind = _possible(who, likeness.kinds(rng, written.further), lines)
    columns: dict[str, pa.Array] = {
        "person_id": pa.array(who.person),
        "incident_id": pa.array(lines.number[written.incident]),
        "household_id": pa.array(who.household),
        "household_kind": _picked(HOUSEHOLD_KINDS, who.kind),
        "name_origin": _picked(tuple(origin.name for origin in ORIGINS), who.origin),
        "written_as": _picked(likeness.KINDS, kind),
    }
    columns |= _names(rng, who, kind, narrow=lines.police)
    columns |= _ages(rng, who, kind, lines)
    columns |= _about(rng, who, lines)
    columns |= _homes(rng, who, written)
    columns |= _contact(rng, who, kind, lines)
    columns["repeat"] = pa.array(written.further | chance(rng, 0.05, len(who)))
    return pa.table(columns)


def witnesses(rng: np.random.Generator, who: Persons) -> pa.Table:
    """One row for each witness; all that the feed has room for."""
    count = len(who)
    kind = np.zeros(count, np.int64)
    columns = {"person_id": pa.array(who.person)}
    columns |= _names(rng, who, kind, narrow=np.ones(count, np.bool_))
    birth = pa.array(who.birth.astype(np.int32), mask=chance(rng, 0.08, count)).cast(pa.date32())
    columns |= {"birth_date": birth, "sex": _sexes(rng, who), **_ethnicities(rng, who)}
    mobile, landline, email = _ways(rng, who, who.mobile, always=np.ones(count, np.bool_))
    mobiles = contact_points.mobiles(np.where(mobile, _own_mobile(who, who.mobile), -1), who.style)
    landlines = contact_points.landlines(np.where(landline & ~mobile, who.landline, -1), who.style)
    columns["phone"] = pc.if_else(pa.array(mobile), mobiles, landlines)
    columns["email"] = _shown(email, who.email)
    return pa.table(columns)


def _possible(who: Persons, kind: Ints, lines: Lines) -> Ints:
    """What can happen to this name and birth date; the truth does not speak of what did not."""
    names = book()
    forename, surname = (
        pc.take(each, pa.array(rows))
        for each, rows in ((names.forenames.names, who.forename), (names.surnames.names, who.surname))
    )
    long = pc.binary_length(pc.binary_join_element_wise(forename, surname, ""))
    accents = pc.not_equal(long, pc.utf8_length(pc.binary_join_element_wise(forename, surname, "")))
    short = pc.not_equal(pc.take(names.short, pa.array(who.forename)), "")
    without = (
        ((kind == likeness.SHORTENED) & ~short.to_numpy(zero_copy_only=False))
        | ((kind == likeness.ACCENTS) & ~accents.to_numpy(zero_copy_only=False))
        | ((kind == likeness.MARRIED) & ((who.sex != FEMALE) | (who.band == 0)))
        | (((kind == likeness.BIRTH) | (kind == likeness.NO_BIRTH)) & (lines.band == NOT_GIVEN))
    )
    return np.where(without, likeness.AS_IT_IS, kind)


# --- names -----------------------------------------------------------------------------------------


def _names(rng: np.random.Generator, who: Persons, kind: Ints, *, narrow: Flags) -> dict[str, pa.Array]:
    """Title, forename and surname; `narrow`: lines of a feed in Windows-1252."""
    names, count = book(), len(who)
    surname_number = who.surname.copy()
    married = np.flatnonzero(kind == likeness.MARRIED)
    surname_number[married] = names.surnames.draw(rng, group_of(who.origin[married], who.sex[married]))
    forename = pc.take(names.forenames.names, pa.array(who.forename))
    surname = pc.take(names.surnames.names, pa.array(surname_number))
    second = pc.take(names.surnames.names, pa.array(np.maximum(who.second, 0)))
    both = pc.binary_join_element_wise(surname, two_surnames(who.origin), second, "")
    has_second = who.second >= 0
    has_second[married] = False
    surname = pc.if_else(pa.array(has_second), both, surname)
    short = pc.take(names.short, pa.array(who.forename))
    shorter = pa.array(kind == likeness.SHORTENED)
    forename = pc.if_else(pc.and_(shorter, pc.not_equal(short, "")), short, forename)
    forename, surname = _slips(rng, forename, surname, kind)
    wide = ~narrow
    return {
        "title": _titles(rng, who, count),
        "forename": pc.if_else(pa.array(wide), forename, by_distinct(forename, as_cp1252)),
        "surname": pc.if_else(pa.array(wide), surname, by_distinct(surname, as_cp1252)),
    }


def _slips(rng: np.random.Generator, forename: pa.Array, surname: pa.Array, kind: Ints) -> tuple[pa.Array, pa.Array]:
    rows = kind == likeness.FORENAME
    forename = replaced(forename, rows, likeness.mistyped(rng, forename.filter(pa.array(rows))))
    rows = kind == likeness.SURNAME
    surname = replaced(surname, rows, likeness.mistyped(rng, surname.filter(pa.array(rows))))
    rows = (kind == likeness.ACCENTS) | chance(rng, 0.12, len(kind))  # many never had the keys
    forename = replaced(forename, rows, likeness.without_accents(forename.filter(pa.array(rows))))
    surname = replaced(surname, rows, likeness.without_accents(surname.filter(pa.array(rows))))
    rows = kind == likeness.INITIAL
    forename = replaced(forename, rows, pc.utf8_slice_codeunits(forename.filter(pa.array(rows)), 0, 1))
    rows = kind == likeness.CAPITALS
    surname = replaced(surname, rows, pc.utf8_upper(surname.filter(pa.array(rows))))
    swapped = pa.array(kind == likeness.SWAPPED)
    return pc.if_else(swapped, surname, forename), pc.if_else(swapped, forename, surname)


def _titles(rng: np.random.Generator, who: Persons, count: int) -> pa.Array:
    words = ("", "Mr", "Dr", "Mrs", "Ms", "Miss", "Mx", "Master")
    men = np.array((0, 1, 2, 6))[weighted(rng, (12, 85, 2.5, 0.5), count)]
    women = np.array((0, 3, 4, 5, 2, 6))[weighted(rng, (12, 30, 34, 21, 2.5, 0.5), count)]
    answer = np.where(who.sex == MALE, men, women)
    young = who.band == 0
    answer[young] = np.where(answer[young] == 0, 0, np.where(who.sex[young] == MALE, 7, 5))
    return _picked(words, answer)


# --- age, and what people say of themselves ----------------------------------------------------------


def _ages(rng: np.random.Generator, who: Persons, kind: Ints, lines: Lines) -> dict[str, pa.Array]:
    """Birth date and age. A police line may have one of the two alone; `not_given` has neither."""
    birth = who.birth.copy()
    rows = np.flatnonzero(kind == likeness.BIRTH)
    birth[rows] = likeness.birth_mistyped(rng, birth[rows], lines.first_birth[rows], lines.last_birth[rows])
    age = years_between(birth, lines.recorded)
    since = np.maximum(years_between(lines.offence, lines.recorded), 0) + (
        years_before(lines.recorded, years_between(lines.offence, lines.recorded)) != lines.offence
    )
    low = np.array([each[1] for each in BANDS])[lines.band]
    given = lines.band != NOT_GIVEN
    # Without a birth date the younger reading counts: it has to lie in the band too.
    sure = given & lines.police & ((age - since >= low) | (lines.band == 0))
    alone = sure & (chance(rng, 0.07, len(age)) | (kind == likeness.NO_BIRTH))
    both = given & lines.police & ~alone & chance(rng, 0.55, len(age))
    return {
        "birth_date": pa.array(birth.astype(np.int32), mask=~given | alone).cast(pa.date32()),
        "age": pa.array(age.astype(np.int16), mask=~(alone | both)),
    }


def _about(rng: np.random.Generator, who: Persons, lines: Lines) -> dict[str, pa.Array]:
    """Poorly recorded, as everywhere (requirements: R20)."""
    count = len(who)
    observed = tuple(_OBSERVED[code] for code in ETHNICITIES)
    seen = np.where(chance(rng, 0.06, count), 8, 0) == 8
    codes = _picked(observed, who.ethnicity)
    codes = pc.if_else(pa.array(seen), "IC0", codes)
    speaks = _picked(LANGUAGES, who.language)
    told = lines.police | (lines.source > FRAUD)
    english = pc.equal(speaks, "en").to_numpy(zero_copy_only=False)
    return {
        "sex": _sexes(rng, who),
        **_ethnicities(rng, who),
        "observed": _shown(lines.police & chance(rng, 0.82, count), codes),
        "disability": _picked(("", "Y", "N"), weighted(rng, (58, 9, 33), count)),
        "language": _shown(told & (~english | chance(rng, 0.3, count)), speaks),
        "interpreter": _picked(("N", "Y"), (~english & chance(rng, 0.4, count)).astype(np.int64)),
        "sexual_orientation": _picked(_ORIENTATIONS, weighted(rng, _ORIENTATION_SHARES, count)),
        "religion": _picked(RELIGIONS, who.religion),
    }


def _sexes(rng: np.random.Generator, who: Persons) -> pa.Array:
    sex = np.where(chance(rng, 0.012, len(who)), 2, who.sex)
    return _picked(("F", "M", "U", ""), np.where(chance(rng, 0.02, len(who)), 3, sex))


def _ethnicities(rng: np.random.Generator, who: Persons) -> dict[str, pa.Array]:
    """16+1 and 18+1; each in the feeds that have it. Blank for a third, not stated for a few."""
    count = len(who)
    number = np.where(chance(rng, 0.07, count), ETHNICITIES.index("NS"), who.ethnicity)
    asked = chance(rng, 0.68, count)
    older = tuple(_OLDER.get(code, code) for code in ETHNICITIES)
    return {
        "ethnicity": _shown(asked, _picked(older, number)),
        "ethnicity_18": _shown(asked, _picked(ETHNICITIES, number)),
    }


# --- homes and contact -------------------------------------------------------------------------------


def _homes(rng: np.random.Generator, who: Persons, written: Written) -> dict[str, pa.Array]:
    """Where the line says the person lives: another home after a move, or where the line's borough is another."""
    borough = written.lines.borough
    elsewhere = np.flatnonzero(written.moved | ((borough >= 0) & (borough != who.borough)))
    new = np.where(borough[elsewhere] >= 0, borough[elsewhere], who.borough[elsewhere])
    home = who.home.replaced(elsewhere, places.homes(rng, new))
    first, second, town = places.address_lines(home)
    count = len(who)
    known = chance(rng, 0.96, count)
    flat = pc.not_equal(second, "").to_numpy(zero_copy_only=False)
    district = pc.if_else(pc.equal(town, "London"), places.names_of(home.borough), "")
    lines = {
        "address_1": first,
        "address_2": second,
        "address_3": _shown(flat & chance(rng, 0.15, count), district),
        "address_4": _shown(chance(rng, 0.7, count), town),
        "town": town,
        "address": places.one_line(home),
    }
    shown = {name: _shown(known, column) for name, column in lines.items()}
    return {
        **shown,
        "postcode": _shown(known & chance(rng, 0.985, count), places.postcodes(home)),
        "borough": places.names_of(borough),
    }


def _contact(rng: np.random.Generator, who: Persons, kind: Ints, lines: Lines) -> dict[str, pa.Array]:
    """Phones and e-mail as the line has them; whoever takes the service up can be reached."""
    count = len(who)
    number = who.mobile.copy()
    changed = (kind == likeness.PHONE) & (number >= 0)
    number[changed] = contact_points.mobile_numbers(rng, int(changed.sum()))
    always = lines.taken | ~chance(rng, _NOTHING_KNOWN, count)
    mobile, landline, email = _ways(rng, who, number, always=always)
    return {
        "mobile": contact_points.mobiles(np.where(mobile, _own_mobile(who, number), -1), who.style),
        "home_phone": contact_points.landlines(np.where(landline, who.landline, -1), who.style),
        "email": _shown(email, who.email),
        "preferred_contact": contact_points.preferred(rng, phone=mobile | landline, mobile=mobile, email=email),
    }


def _ways(rng: np.random.Generator, who: Persons, number: Ints, *, always: Flags) -> tuple[Flags, Flags, Flags]:
    """By which ways the line can reach the person: mobile, landline, e-mail. `always`: by one at least."""
    count = len(who)
    given = always | chance(rng, 0.1, count)
    has_email = pc.not_equal(who.email, "").to_numpy(zero_copy_only=False)
    mobile = given & (number >= 0) & chance(rng, 0.97, count)
    landline = given & (who.landline >= 0) & chance(rng, 0.9, count)
    email = given & has_email & chance(rng, 0.92, count)
    nothing = always & ~(mobile | landline | email)
    return mobile | (nothing & ~has_email), landline, email | (nothing & has_email)


def _own_mobile(who: Persons, number: Ints) -> Ints:
    """The number, or for who has none the one that was found out later."""
    return np.where(number < 0, who.person % contact_points.MOBILES, number)


def _picked(texts: tuple[str, ...], numbers: Ints) -> pa.Array:
    return pc.take(pa.array(texts, pa.string()), pa.array(numbers))


def _shown(mask: Flags, column: pa.Array) -> pa.Array:
    """The column where the mask says so, else blank."""
    return pc.if_else(pa.array(mask), column, pa.scalar("", pa.string()))
