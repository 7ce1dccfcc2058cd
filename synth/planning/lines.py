"""Lines of a plan: one row for each referral, all that is known of it except the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from synth.counts.cells import UNDER_18
from synth.draws import Flags, Ints, Texts, chance, groups, named, weighted
from synth.planning import boroughs, references
from synth.planning.calendar import Days, Minutes
from synth.planning.incidents import ABUSE, HATE, Incidents, Known, incidents
from synth.planning.offences import ABUSE_CONTACT, ABUSE_POLICE, offences

_TEXT, _FLAG = pa.string(), pa.bool_()
PLAN: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("source", _TEXT),
        ("channel", _TEXT),
        ("agency_type", _TEXT),
        ("day", pa.date32()),
        ("recorded_at", pa.timestamp("us")),
        ("offence_from", pa.date32()),
        ("offence_to", pa.date32()),
        ("key", _TEXT),
        ("incident_kind", _TEXT),
        ("offence_code", _TEXT),
        ("offence_title", _TEXT),
        ("offence_sex", _TEXT),
        ("da", _FLAG),
        ("dash_risk", _TEXT),
        ("dash_score", pa.int16()),
        ("category", _TEXT),
        ("age_band", _TEXT),
        ("borough_code", _TEXT),
        ("offence_borough_code", _TEXT),
        ("priority", _FLAG),
        ("vulnerable", _FLAG),
        ("hate_flags", _TEXT),
        ("consent", _TEXT),
        ("safe_to_contact", _TEXT),
        ("loss_gbp", _TEXT),
        ("taken", _FLAG),
        ("role", _TEXT),
        ("support_kind", _TEXT),
        ("reported_to_police", _TEXT),
    ]
)

# Ages of domestic abuse, which no figure tells, from the youngest band to "not given"; the youngest are 16 and 17.
_BANDS: Final = (UNDER_18, "18_to_24", "25_to_34", "35_to_44", "45_to_54", "55_to_64", "65_and_over", "not_given")
_ABUSE_AGES: Final = (0.011, 0.15, 0.31, 0.24, 0.145, 0.06, 0.034, 0.05)
_AGENCIES: Final = ("social_services", "health", "housing", "education", "voluntary", "probation", "legal", "other")
_BY_AGENCY: Final = (0.26, 0.22, 0.11, 0.05, 0.2, 0.05, 0.04, 0.07)
_HATE_FLAGS: Final = ("RI", "HO", "FH", "FH IS", "AS FH", "TR", "VH", "RI VH")
_BY_HATE: Final = (0.62, 0.14, 0.06, 0.05, 0.04, 0.03, 0.04, 0.02)
_RISKS: Final = ("H", "M", "S", "")
_SCORES: Final = ((14, 25), (10, 14), (1, 10))  # reference: DASH, from and below
_ENDS_WITH_A_STOP: Final = np.datetime64("2024-02-28", "D")  # CRIS titles did, CONNECT titles do not


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a joint distribution (synth/counts/cells.py) as columns that can be taken from."""

    table: pa.Table

    def column(self, name: str, cell: Ints) -> Texts:
        """Text of each line, from its cell."""
        values: Texts = np.array(self.table[name].to_pylist(), np.str_)[cell]
        return values

    def flags(self, name: str, cell: Ints) -> Flags:
        """Yes or no of each line, from its cell."""
        values: Flags = np.array(self.table[name].to_pylist(), bool)[cell]
        return values


def lines(rng: Generator, cells: Cells, cell: Ints, *, day: Days, first_number: int) -> pa.Table:
    """Lines of the given cells on the given days, PLAN, in the order given and numbered from `first_number`."""
    source, da = cells.column("source", cell), cells.flags("da", cell)
    taken = cells.flags("taken", cell)
    known = Known(
        source=source,
        category=_categories(rng, cells.column("category", cell), source, da),
        age_band=_ages(rng, cells.column("age_band", cell), da),
        da=da,
        priority=cells.flags("priority", cell),
        taken=taken,
        day=day,
    )
    happened = incidents(rng, known)
    number = first_number + np.arange(len(cell), dtype=np.int64)
    home, scene = _boroughs(rng, cells.column("borough_code", cell), known)
    risk, score = _risk(rng, cells.column("risk_group", cell), source)
    channel = cells.column("channel", cell)
    columns = {
        "number": pa.array(number),
        "source": _text(source),
        "channel": _text(channel),
        "agency_type": _agencies(rng, channel),
        "day": _days(day),
        "recorded_at": pa.array(happened.recorded.astype("datetime64[us]")),
        "offence_from": _days(happened.first),
        "offence_to": _days(happened.last),
        "key": _keys(rng, source, number, happened.recorded),
        **_offence_columns(source, happened, known),
        "da": pa.array(da),
        "dash_risk": named(risk, _RISKS),
        "dash_score": score,
        "category": _text(known.category),
        "age_band": _text(known.age_band),
        "borough_code": named(home, boroughs.CODES),
        "offence_borough_code": named(scene, boroughs.CODES),
        "priority": pa.array(known.priority),
        "vulnerable": pa.array(happened.vulnerable),
        "hate_flags": _hate_flags(rng, happened),
        "consent": _consent(rng, happened, known),
        "safe_to_contact": _safe(rng, known),
        "loss_gbp": _losses(rng, source),
        "taken": pa.array(taken),
        "role": _text(cells.column("role", cell)),
        "support_kind": _text(cells.column("support_kind", cell)),
        "reported_to_police": _reported(rng, source, da),
    }
    return pa.table([columns[field.name].cast(field.type) for field in PLAN], schema=PLAN)


def _text(values: Texts) -> pa.Array:
    names, places = np.unique(values, return_inverse=True)
    return named(places.astype(np.int64), names.tolist())


def _days(values: Days) -> pa.Array:
    return pa.array(values.astype("datetime64[D]"))


def _categories(rng: Generator, category: Texts, source: Texts, da: Flags) -> Texts:
    """Domestic abuse counts under its risk; its offence is of a category all the same."""
    answer = category.astype("U32")
    for shares, rows in (
        (ABUSE_POLICE, np.flatnonzero(da & (source != "contact_centre"))),
        (ABUSE_CONTACT, np.flatnonzero(da & (source == "contact_centre"))),
    ):
        answer[rows] = np.array(list(shares))[weighted(rng, list(shares.values()), len(rows))]
    return answer


def _ages(rng: Generator, band: Texts, da: Flags) -> Texts:
    answer = band.astype("U16")
    answer[da] = np.array(_BANDS)[weighted(rng, _ABUSE_AGES, int(da.sum()))]
    return answer


def _boroughs(rng: Generator, code: Texts, known: Known) -> tuple[Ints, Ints]:
    """Residence and scene, as places in boroughs.CODES."""
    home, scene = np.zeros(len(code), np.int64), np.zeros(len(code), np.int64)
    sources, number = np.unique(known.source, return_inverse=True)
    for place, rows in groups(number.astype(np.int64)):
        home[rows] = boroughs.homes(rng, str(sources[place]), known.taken[rows])
    elsewhere = np.flatnonzero(known.da & (code == ""))
    home[elsewhere] = boroughs.homes_elsewhere(rng, known.taken[elsewhere])
    given = np.flatnonzero(code != "")
    home[given] = boroughs.places(code[given].tolist())
    for place, rows in groups(number.astype(np.int64)):
        scene[rows] = boroughs.scenes(rng, str(sources[place]), home[rows])
    return home, scene


def _risk(rng: Generator, group: Texts, source: Texts) -> tuple[Ints, pa.Array]:
    """Places in _RISKS, and the ticks on the checklist where the contact centre says them."""
    size = len(group)
    risk = np.where(group == "low_medium", 1 + weighted(rng, (0.45, 0.52, 0.03), size), len(_RISKS) - 1)
    risk[group == "high"] = 0
    low, high = (np.array([*bounds, 1])[risk] for bounds in zip(*_SCORES, strict=True))
    ticks = rng.integers(np.minimum(low, high - 1), high).astype(np.int16)
    told = (source == "contact_centre") & (risk < len(_SCORES)) & chance(rng, 0.85, size)
    return risk, pa.array(ticks, mask=~told)


def _agencies(rng: Generator, channel: Texts) -> pa.Array:
    agency = weighted(rng, _BY_AGENCY, len(channel))
    return named(np.where(channel == "agency", agency, len(_AGENCIES)), (*_AGENCIES, ""))


def _keys(rng: Generator, source: Texts, number: Ints, recorded: Minutes) -> pa.Array:
    """Each source's own; put together by source and brought back into the lines' order."""
    names, which = np.unique(source, return_inverse=True)
    made, order = [], []
    for place, rows in groups(which.astype(np.int64)):
        made.append(references.keys(rng, str(names[place]), number[rows], recorded[rows]))
        order.append(rows)
    if not made:
        return pa.array([], _TEXT)
    return pa.concat_arrays(made).take(pa.array(np.argsort(np.concatenate(order), kind="stable")))


def _offence_columns(source: Texts, happened: Incidents, known: Known) -> dict[str, pa.Array]:
    place = happened.offence
    codes, titles, sexes = zip(*((each.code, each.title, each.sex) for each in offences()), strict=True)
    title = named(place, titles)
    stop = (source == "mps") & (known.day < _ENDS_WITH_A_STOP)
    stop &= np.array([bool(each) and not each.endswith(".") for each in titles])[place]
    title = pc.if_else(pa.array(stop), pc.binary_join_element_wise(title, ".", ""), title)
    return {
        "incident_kind": named((known.category == "non_crime").astype(np.int64), ("crime", "non-crime")),
        "offence_code": named(place, codes),
        "offence_title": pc.if_else(pa.array(source == "contact_centre"), "", title),
        "offence_sex": named(place, sexes),
    }


def _hate_flags(rng: Generator, happened: Incidents) -> pa.Array:
    """A racially or religiously aggravated offence is flagged as such; few others beside domestic abuse are."""
    aggravated = np.array([each.title.startswith("Racially") for each in offences()])[happened.offence]
    flag = np.where(aggravated, 0, weighted(rng, _BY_HATE, len(aggravated)))
    beside = (happened.kind == ABUSE) & happened.vulnerable & chance(rng, 0.02, len(aggravated))
    return named(np.where((happened.kind == HATE) | beside, flag, len(_HATE_FLAGS)), (*_HATE_FLAGS, ""))


def _consent(rng: Generator, happened: Incidents, known: Known) -> pa.Array:
    """Where it is needed (interfaces: outcomes, Excluded), and now and then where it is not."""
    bereaved = np.array([each.kind == "bereaved" for each in offences()])[happened.offence]
    bereaved |= known.category == "homicide"
    sexual = np.isin(known.category, ("rape", "other_sexual_offences"))
    asked = np.isin(known.source, ("contact_centre", "action_fraud"))
    given = known.da | bereaved | sexual | asked | chance(rng, 0.1, len(sexual))
    return named(given.astype(np.int64), ("", "Y"))


def _safe(rng: Generator, known: Known) -> pa.Array:
    """Y for all domestic abuse that is taken up; unsafe for nobody who was reached."""
    size = len(known.da)
    abuse = weighted(rng, (0.86, 0.05, 0.09), size)
    others = weighted(rng, (0.4, 0.004, 0.596), size)
    answer = np.where(known.da, abuse, others)
    answer[known.taken & known.da] = 0
    answer[known.taken & (answer == 1)] = 0
    answer[known.source == "action_fraud"] = 2
    return named(answer, ("Y", "N", ""))


def _losses(rng: Generator, source: Texts) -> pa.Array:
    """What a fraud cost, in pounds; some never say."""
    pounds = np.minimum(np.exp(rng.normal(5.6, 1.7, len(source))), 900_000).round(2)
    told = (source == "action_fraud") & chance(rng, 0.88, len(source))
    rows = np.flatnonzero(told)
    text = np.full(len(source), "", "U12")
    text[rows] = [f"{each:.2f}" for each in pounds[rows].tolist()]
    return pa.array(text.tolist(), _TEXT)


def _reported(rng: Generator, source: Texts, da: Flags) -> pa.Array:
    reported = chance(rng, np.where(da, 0.45, 0.6), len(da))
    return named(np.where(source == "contact_centre", reported.astype(np.int64), 2), ("N", "Y", ""))
