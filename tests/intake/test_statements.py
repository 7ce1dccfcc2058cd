"""Workbooks and CSV sets from outside: read as people typed them, or refused in plain words, in bounded time and space."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import FileRefused
from exchange.intake.reading.completeness import ZipWatch
from exchange.intake.statements import archive
from exchange.intake.statements.reading import bundled, read
from exchange.intake.statements.roster import checked
from tests.libreoffice import converted
from tests.rosters import a_bundle, a_workbook, csv_files, realistic
from validators.roster.sheets import Odd


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {each: book.read(each) for each in book.namelist()}


def packed(members: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    kept = io.BytesIO()
    pairs = members.items() if isinstance(members, dict) else members
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice, on purpose
        for name, body in pairs:
            book.writestr(name, body)
    return kept.getvalue()


def changed(change: Callable[[dict[str, bytes]], Any]) -> bytes:
    members = parts(a_workbook(realistic()))
    change(members)
    return packed(members)


def in_sheet(found: bytes, put: bytes) -> bytes:
    return changed(
        lambda m: m.update({"xl/worksheets/sheet1.xml": m["xl/worksheets/sheet1.xml"].replace(found, put, 1)})
    )


def refused(data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read(data)
    assert caught.value.reason == archive.UNREADABLE
    return str(caught.value.facts["detail"])


def locked() -> bytes:
    data = bytearray(a_workbook(realistic()))
    flag = struct.pack("<H", 1)
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.find(mark)
        data[place + at : place + at + 2] = flag
    return bytes(data)


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "damaged"),
    "a web page": (lambda: b"<html><body>Log in</body></html>", "damaged"),
    "an old .xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged"),
    "cut in the middle": (lambda: a_workbook(realistic())[:3000], "damaged"),
    "another zip": (lambda: packed({"readme.txt": b"hello"}), "neither an Excel workbook"),
    "two of three CSV": (lambda: packed({"posts.csv": b"x", "absences.csv": b"x"}), "neither an Excel workbook"),
    "locked with a password": (locked, "password"),
    "a part twice": (lambda: packed([*parts(a_workbook(realistic())).items(), ("xl/workbook.xml", b"<x/>")]), "twice"),
    "a bomb": (lambda: changed(lambda m: m.update({"xl/media/x.bin": bytes(40 * 1024 * 1024)})), "larger than"),
    "a thousand parts": (lambda: changed(lambda m: m.update({f"x{n}": b"" for n in range(1000)})), "too many parts"),
    "a document type": (lambda: in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'), "document type"),
    "macros": (lambda: changed(lambda m: m.update({"xl/vbaProject.bin": b"x"})), "macros"),
    "a link to another file": (lambda: changed(lambda m: m.update({"xl/externalLinks/externalLink1.xml": b"<x/>"})), "macros"),
    "a column far away": (lambda: in_sheet(b'r="A1"', b'r="XFD1"'), "60th column"),
    "rows without number": (lambda: in_sheet(b"</sheetData>", b"<row/>" * 20_001 + b"</sheetData>"), "20,000 rows"),
    "broken XML": (lambda: in_sheet(b"<sheetData>", b"<sheetData><"), "damaged"),
    "a part that is missing": (lambda: changed(lambda m: m.pop("xl/workbook.xml")), "damaged"),
    "CSV in another encoding": (lambda: bundled(csv_files(realistic()) | {"posts": "pöst".encode("cp1252")}), "not UTF-8"),
    "CSV with an open quote": (lambda: bundled(csv_files(realistic()) | {"posts": b'post_id,"role\n'}), "line 1 of posts.csv"),
    "CSV with many columns": (lambda: bundled(csv_files(realistic()) | {"posts": b"a," * 100}), "60 columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_sound_file_is_refused_in_plain_words(name: str) -> None:
    make, says = ATTACKS[name]
    assert says in refused(make())


def test_a_sheet_that_claims_to_be_huge_or_empty_is_read_as_it_is() -> None:
    for claim in (b'ref="A1:XFD1048576"', b'ref="A1"'):
        data = changed(
            lambda m, claim=claim: m.update(
                {
                    "xl/worksheets/sheet1.xml": re.sub(
                        rb'ref="A1:[A-Z]+\d+"', claim, m["xl/worksheets/sheet1.xml"], count=1
                    )
                }
            )
        )
        assert checked(data).roster == checked(a_workbook(realistic())).roster


def test_a_row_at_the_very_end_is_read() -> None:
    found = read(in_sheet(b"</sheetData>", b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'))  # fmt: skip
    assert found["posts"].rows[-1].number == 1_048_576


def test_cells_are_what_was_typed() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "posts"
    given = [
        "x",
        0.6,
        37.5,
        1001,
        date(2026, 7, 1),
        datetime(2026, 7, 1, 9),
        "=1+1",
        "#N/A",
        True,
        timedelta(hours=1),
        " ",
    ]
    sheet.append(given)
    sheet.append(given)
    kept = io.BytesIO()
    book.save(kept)
    (row,) = read(kept.getvalue())["posts"].rows
    assert row.number == 2
    assert row.cells == (
        *("x", Fraction(3, 5), Fraction(75, 2), Fraction(1001), date(2026, 7, 1), Odd("date"), Odd("formula")),
        *(Odd("error_value"), Odd("cell"), Odd("cell")),
    )


def test_what_is_hidden_is_read_like_everything_else() -> None:
    book = openpyxl.load_workbook(io.BytesIO(a_workbook(realistic())))
    book["posts"].row_dimensions[5].hidden = True
    book["assignments"].column_dimensions["C"].hidden = True
    book["absences"].sheet_state = "hidden"
    kept = io.BytesIO()
    book.save(kept)
    assert checked(kept.getvalue()).roster == checked(a_workbook(realistic())).roster


def test_a_workbook_that_counts_days_from_1904_has_the_same_days() -> None:
    book = openpyxl.load_workbook(io.BytesIO(a_workbook(realistic())))
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    kept = io.BytesIO()
    book.save(kept)
    assert checked(kept.getvalue()).roster == checked(a_workbook(realistic())).roster


def test_a_workbook_and_the_three_csv_files_are_the_same_roster() -> None:
    assert checked(a_bundle(realistic())).roster == checked(a_workbook(realistic())).roster
    assert a_bundle(realistic()) == a_bundle(realistic()), "the same three files are the same bytes"


@pytest.mark.libreoffice
@pytest.mark.xdist_group("libreoffice")
def test_a_workbook_that_libreoffice_saved_is_the_same_roster(tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(a_workbook(realistic()))
    assert checked(converted(file, "xlsx", tmp_path).read_bytes()).roster == checked(file.read_bytes()).roster


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=4))
def test_torn_bytes_are_refused_or_read_and_never_a_fault(place: int, bytes_: bytes) -> None:
    data = bytearray(a_workbook(realistic()))
    at = place * len(data) // 3001
    data[at : at + len(bytes_)] = bytes_
    with contextlib.suppress(FileRefused):
        checked(bytes(data))


@given(st.integers(1, 4000), st.binary(max_size=30))
@settings(max_examples=40, deadline=None)
def test_a_zip_is_whole_when_its_end_is_there(size: int, comment: bytes) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as book:
        book.writestr("a", bytes(size))
        book.comment = comment
    data = kept.getvalue()

    def is_whole(some: bytes) -> bool:
        watch = ZipWatch()
        for start in range(0, len(some), 700):
            watch.feed(some[start : start + 700])
        return watch.is_whole

    assert is_whole(data)
    assert not is_whole(data[:-1])
