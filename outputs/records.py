"""The records that the figures of a return are counted from: internal numbers and banded values, nobody's data. Pure.

A record set is a table a kind. It is kept, encrypted, beside the return (records.parquet): figures are traced in it,
and the version is made again from it when the CMS has changed or forgotten since.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from outputs import quarterly_kinds, standards
from outputs.catalogue import ROOT
from outputs.periods import Period
from outputs.standards import MOMENT

Records = Mapping[str, pa.Table]

# What the parts of monthly.sql give, column by column in the order of each query.
ASKED: Final[Mapping[str, pa.Schema]] = {
    "referrals": pa.schema(
        [
            ("referral_id", pa.int64()),
            ("month", pa.string()),
            ("source", pa.string()),
            ("channel", pa.string()),
            ("crime_category", pa.string()),
            ("da", pa.bool_()),
            ("high_risk", pa.bool_()),
            ("dash_risk", pa.string()),
            ("borough_code", pa.string()),
            ("age", pa.int16()),
            *((name, pa.string()) for name in ("gender", "ethnicity_group", "disability")),
            *((name, pa.string()) for name in ("sexual_orientation", "religion", "priority_reasons")),
            *((name, pa.string()) for name in ("referred_by", "called_by")),
            *((name, pa.bool_()) for name in ("has_phone", "has_safe_contact", "take_up")),
            *((name, pa.string()) for name in ("role", "support")),
            *((name, pa.bool_()) for name in ("visit_requested", "visit_undertaken")),
            ("person_id", pa.int64()),
            ("is_withdrawn", pa.bool_()),
            *((name, pa.string()) for name in ("changed_by", "mapping_version", "triage_version")),
        ]
    ),
    "clocks": standards.RAW,
    "onward": pa.schema(
        [
            ("referral_id", pa.int64()),
            ("month", pa.string()),
            ("destination", pa.string()),
            ("handed_at", MOMENT),
            ("received", pa.bool_()),
            ("contact", MOMENT),
            ("at_once", pa.bool_()),
        ]
    ),
    "repeats": pa.schema(
        [
            ("referral_id", pa.int64()),
            ("month", pa.string()),
            ("person_id", pa.int64()),
            *((name, pa.bool_()) for name in ("any_crime_12m", "same_crime_12m", "persistently_targeted")),
        ]
    ),
    "restorative": pa.schema(
        [
            ("referral_id", pa.int64()),
            ("month", pa.string()),
            ("person_id", pa.int64()),
            ("step", pa.string()),
            ("kind", pa.string()),
        ]
    ),
    "complaints": standards.COMPLAINTS,
    "holds": pa.schema(
        [("referral_id", pa.int64()), ("reason", pa.string()), ("opened", pa.date32()), ("ended", pa.date32())]
    ),
    "files": pa.schema(
        [
            ("run", pa.string()),
            ("month", pa.string()),
            ("source", pa.string()),
            *((name, pa.int64()) for name in ("rows", "created", "updated", "withdrawn", "duplicate")),
            *((name, pa.int64()) for name in ("quarantined", "excluded")),
            ("late", pa.bool_()),
            ("corrected", pa.int64()),
        ]
    ),
}

# Age on the day of receipt, first and last year of each band.
_BANDS: Final = (
    *((17, "17_and_under"), (24, "18_to_24"), (34, "25_to_34"), (44, "35_to_44")),
    *((54, "45_to_54"), (64, "55_to_64"), (999, "65_and_over")),
)
_DAY: Final = pa.scalar(timedelta(hours=24))
# In the file of all records: the column that tells the kind, and where the columns of each kind stand.
_KIND: Final = "of"
_KINDS: Final = b"kinds"


def banded(asked: Mapping[str, pa.Table], period: Period, cut_off: datetime) -> dict[str, pa.Table]:
    """What was asked (ASKED), as records: ages in bands, moments as what they mean for the figures."""
    return {
        "referrals": _referrals(asked["referrals"]),
        "standards": standards.standards(asked["clocks"], asked["complaints"], cut_off),
        "complaints": asked["complaints"].select(["referral_id", "month"]),
        "onward": _onward(asked["onward"]),
        "repeats": asked["repeats"],
        "restorative": asked["restorative"],
        "holds": _holds(asked["holds"], period),
        "files": asked["files"],
    }


def to_parquet(records: Records) -> bytes:
    """All records as one parquet file, each with its kind; the same records are the same bytes.

    A column has one type, whatever kinds have it. Which columns a kind has stands in the file.
    """
    kinds = dict(sorted(records.items()))
    marked = [table.add_column(0, _KIND, pa.repeat(kind, table.num_rows)) for kind, table in kinds.items()]
    columns = json.dumps({kind: table.column_names for kind, table in kinds.items()})
    everything = pa.concat_tables(marked, promote_options="default").replace_schema_metadata({_KINDS: columns})
    sink = io.BytesIO()
    pq.write_table(everything, sink, compression="zstd")
    return sink.getvalue()


def from_parquet(data: bytes) -> dict[str, pa.Table]:
    """The records of `to_parquet`, all of their kinds."""
    table = pq.read_table(io.BytesIO(data))
    columns = json.loads(table.schema.metadata[_KINDS])
    table = table.replace_schema_metadata(None)
    return {kind: table.filter(pc.equal(table[_KIND], kind)).select(names) for kind, names in columns.items()}


def _referrals(asked: pa.Table) -> pa.Table:
    table = asked.drop_columns(["age"]).append_column("age_band", _band(asked["age"]))
    for name in ("sexual_orientation", "religion"):
        table = table.set_column(table.column_names.index(name), name, _grouped(name, table[name]))
    return table.select(SCHEMAS["referrals"].names)


def _band(ages: pa.ChunkedArray) -> pa.ChunkedArray:
    conditions = [pc.less_equal(ages, pa.scalar(last, pa.int16())) for last, _ in _BANDS]
    return pc.case_when(
        pc.make_struct(*conditions, field_names=[name for _, name in _BANDS]), *(name for _, name in _BANDS)
    )


@cache
def _spellings() -> Mapping[str, Mapping[str, str]]:
    with (ROOT / "groups.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {
        field: {line["spelling"]: line["row"] for line in lines if line["field"] == field}
        for field in ("sexual_orientation", "religion")
    }


def _grouped(field: str, told: pa.ChunkedArray) -> pa.ChunkedArray:
    """Free text as one of the table's groups; what no spelling names is `other`, blank stays blank."""
    spellings = _spellings()[field]
    codes = told.dictionary_encode().combine_chunks() if told.num_chunks else pa.array([], pa.string())
    if not len(codes):
        return told
    named = pa.array([spellings.get(text, "other") for text in codes.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([named.take(codes.indices)])


def _onward(asked: pa.Table) -> pa.Table:
    """In time: within 24 hours of the first contact, or at once where none is needed (R5)."""
    in_time = pc.or_kleene(pc.less_equal(asked["handed_at"], pc.add(asked["contact"], _DAY)), asked["at_once"])
    in_time = pc.fill_null(in_time, False)
    table = asked.select(["referral_id", "month", "destination"])
    return table.append_column("within_24h", in_time).append_column("received", asked["received"])


def _holds(asked: pa.Table, period: Period) -> pa.Table:
    """`opened`, `ended`: the month, where it is one of the period; `open_at_end`: of the period."""
    ended = asked["ended"]
    last = pa.scalar(period.last, pa.date32())
    return pa.table(
        {
            "referral_id": asked["referral_id"],
            "reason": asked["reason"],
            "opened": _month_in(asked["opened"], period.first, period.last),
            "ended": _month_in(ended, period.first, period.last),
            "open_at_end": pc.fill_null(pc.greater(ended, last), True),
        },
        schema=SCHEMAS["holds"],
    )


def _month_in(days: pa.ChunkedArray, first: date, last: date) -> pa.ChunkedArray:
    inside = pc.and_(
        pc.greater_equal(days, pa.scalar(first, pa.date32())), pc.less_equal(days, pa.scalar(last, pa.date32()))
    )
    return pc.if_else(inside, pc.strftime(days, "%Y-%m"), pa.scalar(None, pa.string()))


SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "referrals": pa.schema(
        [
            *(field for field in ASKED["referrals"] if field.name != "age"),
            pa.field("age_band", pa.string()),
        ]
    ),
    "standards": standards.STANDARDS,
    "complaints": pa.schema([("referral_id", pa.int64()), ("month", pa.string())]),
    "onward": pa.schema(
        [
            *(field for field in ASKED["onward"] if field.name in {"referral_id", "month", "destination"}),
            pa.field("within_24h", pa.bool_()),
            pa.field("received", pa.bool_()),
        ]
    ),
    "repeats": ASKED["repeats"],
    "restorative": ASKED["restorative"],
    "holds": pa.schema(
        [
            ("referral_id", pa.int64()),
            ("reason", pa.string()),
            ("opened", pa.string()),
            ("ended", pa.string()),
            ("open_at_end", pa.bool_()),
        ]
    ),
    "files": ASKED["files"],
    # What the build decides beside them (outputs/made.py).
    "hidden": pa.schema([("table", pa.string()), ("row", pa.string()), ("column", pa.string())]),
    "notes": pa.schema([("text", pa.string())]),
    "moved": pa.schema([("row", pa.string()), ("column", pa.string()), ("number", pa.string())]),
    "settings": pa.schema([("table", pa.string()), ("setting", pa.string())]),
    **quarterly_kinds.SCHEMAS,
}
