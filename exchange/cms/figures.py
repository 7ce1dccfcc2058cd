"""In which rows of which tables of the returns a referral counts (interfaces: returns), as far as mappings and rules
decide it.

Ages, take-up and whatever caseworkers did are not here: no code table moves them. The quarterly return has every
monthly table over its quarter, so that a row here is a row of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

RETURNS: Final = ("monthly", "quarterly")

WITNESS: Final = "witness"
FRAUD: Final = "fraud"
YES: Final = "yes"
NOT_GIVEN: Final = "not_given"

_CHANNELS: Final = {"police": "police", "self": "self_referral", "agency": "other_agencies"}
Value = str | None
Rows = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table of the returns: by which fields of a referral it counts, and in which of its rows for their values.

    Fields are canonical ones, what triage decides, and `source`; values are text, yes or no for flags, None for blank.
    """

    table: str
    by: tuple[str, ...]
    rows: Callable[..., Rows]


def reasons(listed: Value) -> Rows:
    """The reasons in a list as PostgreSQL writes it: {first,second}."""
    return tuple(reason for reason in (listed or "").strip("{}").split(",") if reason)


def _source(channel: Value, source: Value) -> Rows:
    if channel == WITNESS or channel is None:
        return ()
    under = source if channel == "police" else None
    return tuple(row for row in (_CHANNELS[channel], under) if row)


def _crime_category(category: Value, channel: Value, da: Value, risk: Value) -> Rows:
    if channel == WITNESS:
        return ()
    if da == YES:
        return ("high_risk_da" if risk == "H" else "low_medium_risk_da", "total_da")
    return tuple(row for row in (category, "total_non_da") if row)


def _da_borough(borough: Value, channel: Value, da: Value) -> Rows:
    return (borough or NOT_GIVEN,) if da == YES and channel != WITNESS else ()


def _group(value: Value, channel: Value) -> Rows:
    """Of victims; people whose group is blank stand under not_given."""
    return () if channel == WITNESS else (value or NOT_GIVEN,)


def _priority(listed: Value, channel: Value, da: Value) -> Rows:
    if channel == WITNESS:
        return ()
    found = reasons(listed)
    enhanced = "enhanced" if found else "not_enhanced"
    without = ("enhanced_without_fraud_rule",) if any(reason != FRAUD for reason in found) else ()
    return (enhanced, *without, "da" if da == YES else f"non_da_{enhanced}", *found)


def _da_source(channel: Value, da: Value) -> Rows:
    return (_CHANNELS[channel],) if da == YES and channel in _CHANNELS else ()


def _witness(referred_by: Value, channel: Value) -> Rows:
    return (referred_by or "other",) if channel == WITNESS else ()


def _onward_in_time(listed: Value, channel: Value) -> Rows:
    return ("onward_24h",) if reasons(listed) else ()


def _police_in_time(channel: Value) -> Rows:
    return ("police_2_working_days",) if channel == "police" else ()


def _excluded(code: Value, source: Value) -> Rows:
    return (source,) if code and source else ()


def _unknown(field: str) -> Callable[..., Rows]:
    return lambda value, source: (f"{source} {field}",) if value is None else ()


SHOWN: Final = (
    Shown("referral_source", ("channel", "source"), _source),
    Shown("crime_category", ("crime_category", "channel", "da_flag", "dash_risk"), _crime_category),
    Shown("da_borough", ("borough_code", "channel", "da_flag"), _da_borough),
    Shown("gender", ("gender", "channel"), _group),
    Shown("ethnicity", ("ethnicity_group", "channel"), _group),
    Shown("disability", ("disability", "channel"), _group),
    Shown("priority", ("priority_reasons", "channel", "da_flag"), _priority),
    Shown("da_source", ("channel", "da_flag"), _da_source),
    Shown("witness", ("referred_by", "channel"), _witness),
    Shown("service_standard", ("onward_reasons", "channel"), _onward_in_time),
    Shown("service_standard", ("channel",), _police_in_time),
    Shown("onward", ("destinations",), reasons),
    Shown("held", ("hold_reasons",), reasons),
    Shown("data_quality", ("excluded", "source"), _excluded),
    Shown("unknown_rate", ("gender", "source"), _unknown("gender")),
    Shown("unknown_rate", ("ethnicity_group", "source"), _unknown("ethnicity")),
    Shown("unknown_rate", ("disability", "source"), _unknown("disability")),
    Shown("unknown_rate", ("borough_code", "source"), _unknown("borough")),
)


def quarter(month: str) -> str:
    """The quarter of a month, as the returns name it: 2019-06 is in 2019-20Q1."""
    year, number = int(month[:4]), int(month[5:7])
    start = year if number >= 4 else year - 1
    return f"{start}-{(start + 1) % 100:02d}Q{(number - 4) % 12 // 3 + 1}"
