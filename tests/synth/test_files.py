"""Files as senders make them: what the service's own reader and watchers make of them is what was written."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from exchange.errors import OutputInTheWay
from exchange.intake.reading.completeness import TrailerWatch, parse_manifest
from exchange.intake.reading.reader import read
from exchange.sources import SOURCES
from synth.files import FEEDS, Made, Senders, Written, write
from synth.population.people import Population
from synth.rows import witness_rows
from tests.synth.plans import feeds, plan, witnesses

FIRST, LAST = date(2019, 4, 1), date(2019, 6, 15)
DAYS = (LAST - FIRST).days + 1


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    found = feeds(Population(9), plan(2500, seed=6, days=DAYS))
    lines = witnesses(60, days=DAYS)
    activity = pa.table(
        {name: pa.array([f"{name}-{row}" for row in range(40)]) for name in FEEDS["case_activity"].layout.names}
        | {"day": pa.array([FIRST + timedelta(days=row) for row in range(40)])}
    )
    witness = witness_rows(lines, Population(9).assign_witnesses(lines))
    return {**found, "witness_care_unit": witness, "case_activity": activity}


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("senders") / "out"
    write(tables, out, first=FIRST, last=LAST)
    return out


def files_of(folder: Path, source: str) -> list[Path]:
    return sorted(path for path in (folder / source).iterdir() if path.suffix == ".csv")


def content(path: Path, source: str) -> pa.Table:
    """A file's rows, after everything that tells whether it is whole."""
    data, layout = path.read_bytes(), SOURCES[source].layout
    body = None
    if layout.complete == "trailer":
        watch = TrailerWatch()
        watch.feed(data)
        trailer = watch.result()
        assert trailer is not None
        assert trailer.intact
        body, expected = trailer.body_bytes, trailer.rows
    else:
        manifest = parse_manifest(path.with_name(path.name + ".manifest.json").read_bytes())
        assert (manifest.file, manifest.bytes) == (path.name, len(data))
        assert manifest.sha256 == hashlib.sha256(data).hexdigest()
        expected = manifest.records
    chunks = list(read([data], layout, body_bytes=body))
    assert not any(chunk.broken for chunk in chunks)
    table = pa.concat_tables(
        [pa.schema([(name, pa.string()) for name in layout.names]).empty_table(), *(c.table for c in chunks)]
    )
    assert len(table) == expected
    return table


@pytest.mark.parametrize("source", FEEDS)
def test_what_is_read_is_what_was_written(tables, folder, source):
    day_of = {path: SOURCES[source].parse_name(path.name).business_date for path in files_of(folder, source)}
    got = pa.concat_tables([content(path, source) for path in day_of])
    rows = tables[source].sort_by("day") if source == "case_activity" else tables[source]
    assert (
        got.equals(rows.drop_columns(["day"]).combine_chunks())
        or got.to_pylist() == rows.drop_columns(["day"]).to_pylist()
    )
    for path, day in list(day_of.items())[:10]:
        assert len(content(path, source)) == pc.sum(pc.equal(rows["day"], pa.scalar(day))).as_py()


@pytest.mark.parametrize("source", FEEDS)
def test_a_file_a_day_and_numbers_without_gaps(folder, source):
    names = [SOURCES[source].parse_name(path.name) for path in files_of(folder, source)]
    assert [name.business_date for name in names] == [FIRST + timedelta(days=number) for number in range(DAYS)]
    if source == "action_fraud":
        manifests = [
            parse_manifest(path.with_name(path.name + ".manifest.json").read_bytes())
            for path in files_of(folder, source)
        ]
        assert [manifest.sequence for manifest in manifests] == list(range(1, DAYS + 1))
    else:
        assert [name.sequence for name in names] == list(range(1, DAYS + 1))


def test_every_source_of_the_registry_has_its_feed():
    assert set(FEEDS) == set(SOURCES)
    assert all(FEEDS[name].layout is SOURCES[name].layout for name in FEEDS)


def test_line_ends_encodings_and_marks(folder):
    police, fraud = files_of(folder, "mps")[3].read_bytes(), files_of(folder, "action_fraud")[3].read_bytes()
    assert police.startswith(b"record_type,")
    assert police.endswith(b"\r\n")
    assert fraud.startswith(b"\xef\xbb\xbfreference,")
    assert b"\r" not in fraud
    every = b"".join(path.read_bytes() for path in files_of(folder, "mps"))
    assert any(byte in every for byte in "éíóöç".encode("cp1252"))
    assert b"\r" not in b"".join(path.read_bytes() for path in files_of(folder, "contact_centre"))


def test_a_nil_file_has_a_header_and_a_trailer(folder):
    nil = [path for path in files_of(folder, "colp") if not len(content(path, "colp"))]
    assert nil
    assert nil[0].read_bytes().count(b"\r\n") == 2


def test_one_file_a_month_has_the_same_rows(tables, folder, tmp_path):
    written = write(tables, tmp_path / "out", first=FIRST, last=LAST, monthly=True)
    assert [made.day for made in written.files if made.source == "mps"] == [date(2019, 4, 30), date(2019, 5, 31), LAST]
    assert written.rows == sum(map(len, tables.values()))
    for source in FEEDS:
        monthly = pa.concat_tables([content(path, source) for path in files_of(tmp_path / "out", source)])
        daily = pa.concat_tables([content(path, source) for path in files_of(folder, source)])
        assert monthly.equals(daily)


def test_the_same_rows_give_the_same_bytes_in_any_chunks(tables, folder, tmp_path):
    with Senders(tmp_path / "out", first=FIRST, last=LAST) as senders:
        for begin in range(0, 3000, 70):
            for source, rows in tables.items():
                senders.send(source, rows.slice(begin, 70))
    assert len(senders.written.files) == DAYS * len(FEEDS)
    for source in FEEDS:
        paths = sorted((folder / source).iterdir())
        assert [path.name for path in paths] == sorted(path.name for path in (tmp_path / "out" / source).iterdir())
        assert all(path.read_bytes() == (tmp_path / "out" / source / path.name).read_bytes() for path in paths)


def test_what_is_told_of_the_files_is_true(tables, tmp_path):
    written = write(tables, tmp_path / "out", first=FIRST, last=LAST)
    for made in written.files:
        assert (tmp_path / "out" / made.source / made.name).stat().st_size == made.bytes
    assert written.rows == sum(map(len, tables.values()))
    assert Written([Made("mps", "x", FIRST, 1, 3, 9), Made("mps", "y", LAST, 2, 4, 9)]).rows == 7


def test_a_folder_that_is_not_empty_is_left_alone(tables, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputInTheWay):
        write(tables, tmp_path, first=FIRST, last=LAST)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_day_outside_the_period_is_refused(tables, tmp_path, day):
    rows = tables["case_activity"].slice(0, 1).drop_columns(["day"]).append_column("day", pa.array([day]))
    with pytest.raises(ValueError, match="outside the period"):
        write({"case_activity": rows}, tmp_path / "out", first=FIRST, last=LAST)


def test_a_day_whose_file_is_written_is_refused(tables, tmp_path):
    rows = tables["case_activity"]
    with Senders(tmp_path / "out", first=FIRST, last=LAST) as senders:
        senders.send("case_activity", rows.slice(5))
        with pytest.raises(ValueError, match="its file is written"):
            senders.send("case_activity", rows.slice(0, 5))
