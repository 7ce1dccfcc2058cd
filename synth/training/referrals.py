"""Made-up feeds as the referrals that they become, with the truth beside them; no database is needed.

What `lvws synth --files monthly --truth FILE` wrote is read and checked as in the night. Of a referral with several
records the newest stands for it: training and measuring need a row a referral, not the fold to the letter.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from exchange.intake.checking import Days, check
from exchange.matching.features import NEEDED, PLACED
from exchange.sources import SOURCES, Source
from mappings.canonical import REFERRAL, TEXT
from mappings.load import load

_CHUNK: Final = 1 << 22
_TODAY: Final = date(2026, 11, 25)
_OUT, _TRUTH = "feeds", "truth.parquet"


def made(folder: Path, *, seed: int, scale: float) -> pa.Table:
    """Year One of a seed at a scale as `referrals` tells it; what is in the folder already is taken as it is."""
    if not (folder / _TRUTH).exists():
        folder.mkdir(parents=True, exist_ok=True)
        asked = ("--year-one", "--files", "monthly", "--scale", str(scale), "--seed", str(seed))
        where = ("--out", str(folder / _OUT), "--truth", str(folder / _TRUTH))
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "exchange.cli", "synth", *asked, *where], check=True, stdout=subprocess.DEVNULL
        )
    return referrals(folder / _OUT, folder / _TRUTH)


def referrals(feeds: Path, truth: Path) -> pa.Table:
    """A row a referral: referral_id (1 upwards, in the order of source and key), what exchange.matching.features
    needs, and the columns of the truth (synth/truth.py)."""
    rows = pa.concat_tables(
        [
            _of_source(SOURCES[folder.name], folder)
            for folder in sorted(feeds.iterdir())
            if folder.is_dir() and SOURCES[folder.name].layout.form == "referral"
        ]
    )
    joined = rows.join(pq.read_table(truth), keys=["source", "referral_key"], join_type="inner")
    ordered = joined.sort_by([("source", "ascending"), ("referral_key", "ascending")]).combine_chunks()
    return ordered.append_column("referral_id", pa.array(np.arange(1, len(ordered) + 1)))


def _of_source(source: Source, folder: Path) -> pa.Table:
    mappings = load(source.layout.name, source.layout.form)
    pieces = []
    for place, path in enumerate(sorted(folder.glob("*.csv"))):
        name = source.parse_name(path.name)
        assert name is not None
        days = Days(_TODAY, name.business_date)
        checked = check(_bytes(path), source, mappings, body_bytes=_body(path), days=days, patterns={})
        pieces += [_chosen(piece.checked, source.name, place) for piece in checked]
    rows = pa.concat_tables(pieces)
    newest = rows.sort_by([("place", "descending"), ("line", "descending")])
    first = np.unique(np.array(newest["referral_key"].to_pylist(), object), return_index=True)[1]
    return newest.take(pa.array(first)).drop_columns(["place", "line"])


def _chosen(checked: pa.Table, source: str, place: int) -> pa.Table:
    """The fields that matching needs; null where a layout has none of the name."""
    count = len(checked)
    columns = {
        name: checked[name] if name in checked.column_names else pa.nulls(count, REFERRAL.by_name[name].arrow_type)
        for name in NEEDED
        if name not in PLACED
    }
    told = {"source": pa.array([source] * count, TEXT), "referral_key": checked["key"]}
    return pa.table({**told, **columns, "place": pa.array([place] * count, pa.int64()), "line": checked["line"]})


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data


def _body(path: Path) -> int | None:
    """Bytes before the trailer line; None where the feed has a manifest instead."""
    data = path.read_bytes()
    start = data.rfind(b"TRAILER,")
    return start if start >= 0 and b"\n" not in data[start:-2] else None
