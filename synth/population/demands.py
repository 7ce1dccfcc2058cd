"""The plan as plain columns of numbers, and what each of its lines demands of the person who is put into it.

A line says an age band, and days. What follows is a first and a last birth date between which the person may be born,
so that every reading of the age leads to the band (interfaces: outcomes, "Age at the offence"; returns: age at
referral). Two lines can be one person's where these stretches have a day in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints
from synth.population import places
from synth.population.names import EITHER, FEMALE, MALE
from synth.population.pairing import combined

BANDS: Final[tuple[tuple[str, int, int], ...]] = (
    ("17_and_under", 0, 17),
    ("18_to_24", 18, 24),
    ("25_to_34", 25, 34),
    ("35_to_44", 35, 44),
    ("45_to_54", 45, 54),
    ("55_to_64", 55, 64),
    ("65_and_over", 65, 97),
    ("not_given", 18, 90),
)
MINOR, OLDEST, NOT_GIVEN = 0, 6, 7
SOURCES: Final = ("mps", "btp", "colp", "action_fraud", "contact_centre")
FRAUD, CONTACT = 3, 4

_YOUNGEST: Final = 8  # of whom a crime is recorded with a name, as a rule
_YOUNGEST_ABUSE: Final = 16  # domestic abuse is between people of 16 and over (Home Office definition of 2013)
_ADULT: Final = 18
_RECORDED_BEFORE: Final = 14  # days at most from recording to the file, holidays included


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Row for row with the plan: days since 1970-01-01; positions in BANDS, SOURCES and places().codes (-1: none).

    `first_birth` and `last_birth`: the stretch of birth dates that fit. `crime`: equal for lines of the same kind of
    crime on the same offence date. `sex`: that of the victim where the offence says so, else EITHER. `many`: more than
    two lines of one person change nothing.
    """

    number: Ints
    source: Ints
    band: Ints
    borough: Ints
    recorded: Ints
    offence: Ints
    abuse: Flags
    many: Flags
    taken: Flags
    reported: Flags
    crime: Ints
    sexual: Flags
    sex: Ints
    first_birth: Ints
    last_birth: Ints

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.number)

    @property
    def police(self) -> Flags:
        """Lines of the police feeds."""
        return self.source < FRAUD


def lines_of(plan: pa.Table) -> Lines:
    """The columns of a plan (synth/planning/plan.py) that persons depend on."""
    day, offence = days_of(plan["day"]), days_of(plan["offence_from"])
    band = _positions(plan["age_band"], tuple(name for name, _, _ in BANDS))
    abuse = flags_of(plan["da"])
    category = whole(plan["category"])
    first, last = _births(band, day=day, offence=offence, abuse=abuse)
    return Lines(
        number=whole(plan["number"]).to_numpy(zero_copy_only=False),
        source=_positions(plan["source"], SOURCES),
        band=band,
        borough=places.numbers_of(whole(plan["borough_code"])),
        recorded=days_of(plan["recorded_at"]),
        offence=offence,
        abuse=abuse,
        many=abuse | flags_of(plan["priority"]),
        taken=flags_of(plan["taken"]),
        reported=_among(whole(plan["reported_to_police"]), "Y"),
        crime=combined(_numbered(category), abuse.astype(np.int64), _numbered(whole(plan["dash_risk"])), offence),
        sexual=_among(category, "rape", "other_sexual_offences"),
        sex=_sexes(plan),
        first_birth=first,
        last_birth=last,
    )


def _births(band: Ints, *, day: Ints, offence: Ints, abuse: Flags) -> tuple[Ints, Ints]:
    """First and last birth date. The band holds on the day and until its month ends (the business date of a file a
    month), on that of recording, and at the offence too where that is possible; an adult was one at the offence, a
    minor is one on the day."""
    low, high = np.array([each[1] for each in BANDS])[band], np.array([each[2] for each in BANDS])[band]
    low = np.where(band == MINOR, np.where(abuse, _YOUNGEST_ABUSE, _YOUNGEST), low)
    recorded = day - _RECORDED_BEFORE
    first = years_before(_month_end(day), high + 1) + 1
    last = years_before(np.minimum(recorded, offence), low)
    adult = np.minimum(years_before(offence, np.full(len(band), _ADULT)), years_before(recorded, low))
    last = np.where(last < first, np.where(band == MINOR, offence, adult), last)
    return np.minimum(first, last), last


def _month_end(day: Ints) -> Ints:
    answer: Ints = ((day.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]")).astype(
        np.int64
    ) - 1
    return answer


def _sexes(plan: pa.Table) -> Ints:
    """The victim's sex where the offence has one (rape of a female); EITHER where the plan says nothing of it."""
    if "offence_sex" not in plan.column_names:
        return np.full(len(plan), EITHER)
    told = whole(plan["offence_sex"])
    return np.select([_among(told, "F"), _among(told, "M")], [FEMALE, MALE], EITHER)


def years_before(day: Ints, years: Ints) -> Ints:
    """The last day since which so many whole years have passed; for 29 February it is 28 where there is none."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    earlier = month - 12 * years
    last = ((earlier + 1).astype("datetime64[D]") - earlier.astype("datetime64[D]")).astype(np.int64) - 1
    answer: Ints = earlier.astype("datetime64[D]").astype(np.int64) + np.minimum(of_month, last)
    return answer


def years_between(first: Ints, second: Ints) -> Ints:
    """Whole years from one day to another, as people count their age; a leapling's birthday is 1 March."""
    start, end = first.astype("datetime64[D]"), second.astype("datetime64[D]")
    years = end.astype("datetime64[Y]").astype(np.int64) - start.astype("datetime64[Y]").astype(np.int64)
    answer: Ints = years - (_day_of_year(end) < _day_of_year(start))
    return answer


def _day_of_year(date: np.ndarray) -> Ints:
    month = date.astype("datetime64[M]")
    answer: Ints = (month.astype(np.int64) % 12) * 32 + (date - month.astype("datetime64[D]")).astype(np.int64)
    return answer


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, blank where it has no value."""
    one = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([*column.chunks, pa.array([], column.type)])
    return one.fill_null("") if pa.types.is_string(one.type) and one.null_count else one


def days_of(column: pa.ChunkedArray) -> Ints:
    """A column of dates or times as days since 1970-01-01."""
    days = whole(column).cast(pa.date32(), safe=False).cast(pa.int32())
    answer: Ints = days.to_numpy(zero_copy_only=False).astype(np.int64)
    return answer


def flags_of(column: pa.ChunkedArray) -> Flags:
    """A column of truth, blank as no."""
    answer: Flags = whole(column).fill_null(False).to_numpy(zero_copy_only=False)
    return answer


def _among(column: pa.Array, *texts: str) -> Flags:
    answer: Flags = pc.is_in(column, value_set=pa.array(texts, pa.string())).to_numpy(zero_copy_only=False)
    return answer


def _positions(column: pa.ChunkedArray, known: tuple[str, ...]) -> Ints:
    found = pc.index_in(whole(column), value_set=pa.array(known, pa.string()))
    if found.null_count:
        raise ValueError("the plan holds a source or an age band that is not known")
    answer: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return answer


def _numbered(column: pa.Array) -> Ints:
    answer: Ints = column.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return answer
