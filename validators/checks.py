"""What a column of text is checked for, whole columns at once; no finding is made here and nothing is changed.

Each check takes the values of a column (Arrow strings, blank = "") and gives pairs of a rule's id and a mask of the
rows that break it. A row is in at most one mask: the first rule that it breaks is the one that is told.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from validators import calendar
from validators.layout import Column, DateOrder, Kind

Mask = npt.NDArray[np.bool_]
Faults = list[tuple[str, Mask]]

_LONDON: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Context:
    """What a check depends on besides the value: the order of dates, London's today, a source's own patterns."""

    date_order: DateOrder
    today: datetime.date
    patterns: Mapping[str, str] = field(default_factory=dict)


def faults(values: pa.Array, column: Column, context: Context) -> Faults:
    """Which rows break which rule of this column."""
    found: Faults = []
    if len(values) == 0:
        return found
    blank = _mask(pc.equal(values, ""))
    if column.required and blank.any():
        found.append(("blank", blank))
    check = _CHECKS.get(column.kind)
    if check is not None and not blank.all():
        found += [(rule, mask & ~blank) for rule, mask in check(values, column, context)]
    return [(rule, mask) for rule, mask in found if mask.any()]


def is_checked(column: Column) -> bool:
    """Whether any rule applies to the column; what a record of text may hold at all is the reader's affair."""
    return column.required or column.kind in _CHECKS


def _mask(answer: pa.Array) -> Mask:
    mask: Mask = answer.to_numpy(zero_copy_only=False)
    return mask


def _matches(values: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(values, f"^(?:{pattern})$"))


def _is_one_of(values: pa.Array, words: tuple[str, ...]) -> Mask:
    return _mask(pc.is_in(values, pa.array(words, values.type)))


def _code(values: pa.Array, column: Column, _: Context) -> Faults:
    return [("closed_list", ~_is_one_of(values, column.codes))]


def _codes(values: pa.Array, column: Column, _: Context) -> Faults:
    one = "|".join(column.codes)
    return [("closed_list", ~_matches(values, f"(?:{one})(?: (?:{one}))*"))]


def _shape(values: pa.Array, column: Column, context: Context) -> Faults:
    return [(column.rule, ~_matches(values, context.patterns.get(column.name, column.pattern)))]


# --- dates -----------------------------------------------------------------------------------------


def _date(values: pa.Array, _: Column, context: Context) -> Faults:
    return _of_days(calendar.days(values, context.date_order), context)


def _day_to_come(values: pa.Array, column: Column, context: Context) -> Faults:
    return [each for each in _date(values, column, context) if each[0] != "date_future"]


def _birth_date(values: pa.Array, column: Column, context: Context) -> Faults:
    return [("filler", is_filler_date(values, context.date_order)), *_date(values, column, context)]


def _moment(values: pa.Array, _: Column, context: Context) -> Faults:
    return _of_days(calendar.moments(values, context.date_order), context)


def _of_days(days: calendar.Days, context: Context) -> Faults:
    wrong, missing = ~days.shaped, days.shaped & ~days.real
    late = days.real & (days.number > calendar.day_number(context.today))
    return [("date_format", wrong), ("date_impossible", missing), ("date_future", late)]


_INSTANT_SHAPE: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
_TIME_OF_DAY: Final = (
    r".{10}T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
)


def _instant(values: pa.Array, _: Column, context: Context) -> Faults:
    shaped = _matches(values, _INSTANT_SHAPE)
    day = calendar.days(pc.utf8_slice_codeunits(values, 0, 10), "yyyy-mm-dd")
    real = shaped & day.real & _matches(values, _TIME_OF_DAY)
    ahead = day.number - calendar.day_number(context.today)
    late = real & (ahead > 1)
    # With its offset a time of today or tomorrow may lie on either day in London.
    near = np.flatnonzero(real & ((ahead == 0) | (ahead == 1)))
    if len(near):
        near_values = values.take(pa.array(near))
        tomorrow = [each for each in near_values.unique().to_pylist() if _london_day(each) > context.today]
        late[near] = _is_one_of(near_values, tuple(tomorrow))
    return [("date_format", ~shaped), ("date_impossible", shaped & ~real), ("date_future", late)]


def _london_day(text: str) -> datetime.date:
    return datetime.datetime.fromisoformat(text).astimezone(_LONDON).date()


# --- people and how to reach them ------------------------------------------------------------------

_FILLER_NAMES: Final = ("UNKNOWN", "N/K", "NOT KNOWN")
_NAME: Final = r"[\p{L}\p{M}'’‘. \-]*"
_LONGEST_NAME: Final = 35  # NPCC Minimum POLE Data Standards
# What is left of UTF-8 that was once read as Windows-1252: the first byte of an accent, then what the second became.
_DAMAGED_ACCENT: Final = r"[ÂÃÄÅ][\x{80}-\x{BF}€‚ƒ„…†‡ˆ‰‹‘’“”•–—˜™›]|â€"

_FILLER_POSTCODE: Final = r"(?i)ZZ99.*"
_POSTCODE: Final = (
    r"(?i)(?:GIR|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY]))"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2}"
)

_HOME_PHONE: Final = r"0(?:7[0-9]{9}|[12358][0-9]{8,9}|9[0-9]{9})"
_FROM_ABROAD: Final = r"(?:\+|00)440?(?:7[0-9]{9}|[12358][0-9]{8,9}|9[0-9]{9})"
_ABROAD: Final = r"(?:\+|00)(?:[1-35-9]|4[0-35-9])[0-9]{5,15}"
_PHONE_SEPARATORS: Final = r"[\s\x{A0}().\-/]"
_ONE_DIGIT: Final = r"\+?(?:0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)"

_LOCAL_PART: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOMAIN_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = rf"{_LOCAL_PART}(?:\.{_LOCAL_PART})*@(?:{_DOMAIN_LABEL}\.)+[A-Za-z]{{2,63}}"
_LONGEST_EMAIL: Final = 254


def _name(values: pa.Array, _: Column, __: Context) -> Faults:
    filler = _is_one_of(values, _FILLER_NAMES)
    damaged = _mask(pc.match_substring_regex(values, _DAMAGED_ACCENT))
    unusual = ~_matches(values, _NAME) | _mask(pc.greater(pc.utf8_length(values), _LONGEST_NAME))
    return [("filler", filler), ("mojibake", damaged), ("name_characters", unusual & ~damaged & ~filler)]


def _postcode(values: pa.Array, _: Column, __: Context) -> Faults:
    odd = ~_matches(values, _POSTCODE)
    filler = odd & _matches(values, _FILLER_POSTCODE)
    return [("filler", filler), ("postcode_shape", odd & ~filler)]


def _phone(values: pa.Array, _: Column, __: Context) -> Faults:
    odd = ~_matches(pc.replace_substring(values, " ", ""), _HOME_PHONE)
    filler, wrong = np.zeros_like(odd), np.zeros_like(odd)
    rows = np.flatnonzero(odd & _mask(pc.not_equal(values, "")))
    if len(rows):  # few are written in any other way than 07700 900123
        bare = pc.replace_substring_regex(values.take(pa.array(rows)), _PHONE_SEPARATORS, "")
        filler[rows] = _matches(bare, _ONE_DIGIT)
        wrong[rows] = ~_matches(bare, f"{_HOME_PHONE}|{_FROM_ABROAD}|{_ABROAD}") & ~filler[rows]
    return [("filler", filler), ("phone_shape", wrong)]


def _email(values: pa.Array, _: Column, __: Context) -> Faults:
    too_long = _mask(pc.greater(pc.binary_length(values), _LONGEST_EMAIL))
    return [("email_shape", ~_matches(values, _EMAIL) | too_long)]


_CHECKS: Final[Mapping[Kind, Callable[[pa.Array, Column, Context], Faults]]] = {
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.SHAPE: _shape,
    Kind.NUMBER: _shape,
    Kind.DATE: _date,
    Kind.DAY_TO_COME: _day_to_come,
    Kind.BIRTH_DATE: _birth_date,
    Kind.MOMENT: _moment,
    Kind.INSTANT: _instant,
    Kind.NAME: _name,
    Kind.POSTCODE: _postcode,
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
}


# --- between columns -------------------------------------------------------------------------------


def is_filler_date(values: pa.Array, order: DateOrder) -> Mask:
    """Which rows hold one of the two birth dates that systems fill in (interfaces: feeds, Common rules)."""
    fillers = ("01/01/1900", "01/01/1901") if order == "dd/mm/yyyy" else ("1900-01-01", "1901-01-01")
    return _is_one_of(values, fillers)


def lacks(values: pa.Array, when: pa.Array, among: tuple[str, ...]) -> Mask:
    """Which rows are blank although the other column says that they may not be."""
    return _mask(pc.equal(values, "")) & _is_one_of(when, among)


def strays(values: pa.Array, when: pa.Array, value: str, codes: tuple[str, ...]) -> Mask:
    """Which rows hold what the other column's value does not allow; a blank is none of it."""
    return _mask(pc.equal(when, value)) & _mask(pc.not_equal(values, "")) & ~_is_one_of(values, codes)


def runs_backwards(earlier: pa.Array, later: pa.Array, order: DateOrder) -> Mask:
    """Which rows have a second date before the first."""
    first, second = calendar.days(earlier, order), calendar.days(later, order)
    return first.real & second.real & (second.number < first.number)


def contradicts(ages: pa.Array, birth_dates: pa.Array, at: pa.Array, order: DateOrder) -> Mask:
    """Which rows state an age that is not the one on the day of `at` of a person with that birth date."""
    born, day = calendar.days(birth_dates, order), calendar.moments(at, order)
    given = _matches(ages, "[0-9]{1,3}") & born.real & day.real & ~is_filler_date(birth_dates, order)
    rows = np.flatnonzero(given)
    wrong = np.zeros(len(given), dtype=bool)
    if len(rows):
        stated = ages.take(pa.array(rows)).cast(pa.int64()).to_numpy(zero_copy_only=False)
        wrong[rows] = stated != calendar.years_between(born.number[rows], day.number[rows])
    return wrong
