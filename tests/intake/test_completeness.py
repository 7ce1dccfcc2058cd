"""Trailers and manifests: a file is finished or it is not, and nothing in between is taken."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import FileRefused
from exchange.intake.reading.completeness import Trailer, TrailerWatch, parse_manifest
from tests.intake.written import POLICE, body, pieces, record, row


def watched(data: bytes, size: int = 1 << 20) -> Trailer | None:
    watch = TrailerWatch()
    for piece in pieces(data, size):
        watch.feed(piece)
    return watch.result()


def with_trailer(content: bytes, rows: int = 0, end: bytes = b"\r\n") -> bytes:
    return content + b"TRAILER,%d,%08x" % (rows, zlib.crc32(content)) + end


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300), size=st.integers(1, 90), end=st.sampled_from([b"", b"\n", b"\r\n"]))
def test_a_trailer_is_found_however_the_bytes_arrive(content: bytes, size: int, end: bytes) -> None:
    content = content + b"\n" if content else content
    found = watched(with_trailer(content, 7, end), size)
    assert found == Trailer(7, zlib.crc32(content), zlib.crc32(content), len(content))
    assert found.intact


@settings(max_examples=100, deadline=None)
@given(content=st.binary(min_size=1, max_size=300), size=st.integers(1, 90), at=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_before_the_trailer_is_noticed(content: bytes, size: int, at: int, bit: int) -> None:
    whole = bytearray(with_trailer(content + b"\n"))
    whole[at % len(content)] ^= 1 << bit
    found = watched(bytes(whole), size)
    assert found is not None
    assert not found.intact


def test_a_file_cut_at_any_byte_of_its_last_two_rows_has_no_trailer() -> None:
    rows = [row(POLICE, viw_number=str(number)) for number in range(1, 5)]
    whole = with_trailer(body(rows, POLICE), 4)
    last_two = sum(len(record(values)) for values in rows[2:])
    trailer = whole.index(b"TRAILER")
    assert all(watched(whole[:cut]) is None for cut in range(trailer - last_two, trailer + len("TRAILER,4,1234567")))


@pytest.mark.parametrize(
    "tail",
    [
        "TRAILER,3,1234567",
        "TRAILER,3,123456789",
        "TRAILER,3,1234567g",
        "TRAILER,,12345678",
        "TRAILER,-3,12345678",
        "TRAILER,12345678901,12345678",
        "TRAILER,3,12345678,",
        "TRAILER,3,12345678\r",
        "TRAILER,3,12345678\r\n\r\n",
        "trailer,3,12345678",
        " TRAILER,3,12345678",
        "xTRAILER,3,12345678",
        '"TRAILER",3,12345678',
        "TRAILER;3;12345678",
        "TRAILER,3,12345678\r\nN,",
    ],
)
def test_what_looks_nearly_like_a_trailer_is_none(tail: str) -> None:
    assert watched(b"a,b\r\nx,y\r\n" + tail.encode()) is None


def test_hexadecimal_digits_of_either_case_and_leading_zeros_are_read() -> None:
    assert watched(b"a\nTRAILER,003,00ABCdef") == Trailer(3, 0x00ABCDEF, zlib.crc32(b"a\n"), 2)


def test_an_empty_file_has_no_trailer_and_one_of_a_trailer_alone_has() -> None:
    assert watched(b"") is None
    assert watched(b"TRAILER,0,00000000") == Trailer(0, 0, 0, 0)


MANIFEST = {"file": "AF_LVWS_2026-03-05.csv", "sha256": "ab" * 32, "bytes": 812, "records": 2, "sequence": 41}


def test_a_manifest_is_read() -> None:
    found = parse_manifest(json.dumps(MANIFEST).encode())
    assert (found.file, found.sha256, found.bytes, found.records, found.sequence) == tuple(MANIFEST.values())


def test_digits_of_the_hash_in_capitals_are_the_same_hash() -> None:
    assert parse_manifest(json.dumps({**MANIFEST, "sha256": "AB" * 32}).encode()).sha256 == "ab" * 32


def test_a_manifest_may_begin_with_a_byte_order_mark() -> None:
    assert parse_manifest(b"\xef\xbb\xbf" + json.dumps(MANIFEST).encode()).sequence == 41


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("file", "../AF_LVWS_2026-03-05.csv"),
        ("file", "/etc/passwd"),
        ("file", ""),
        ("file", "a\n.csv"),
        ("file", 5),
        ("sha256", "ab" * 31),
        ("sha256", "zz" * 32),
        ("sha256", None),
        ("bytes", "812"),
        ("bytes", 812.0),
        ("bytes", True),
        ("bytes", -1),
        ("bytes", 2**53 + 1),
        ("records", None),
        ("records", [2]),
        ("sequence", "41"),
        ("sequence", 1e3),
        ("zzamber", 1),
    ],
)
def test_a_manifest_with_another_value_is_refused_without_saying_it(key: str, value: object) -> None:
    with pytest.raises(FileRefused) as refused:
        parse_manifest(json.dumps({**MANIFEST, key: value}).encode())
    assert refused.value.reason == "manifest"
    assert "zz" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        json.dumps(MANIFEST).encode("utf-16"),
        json.dumps(MANIFEST).encode()[:-1],
        json.dumps(MANIFEST).encode() + b"{}",
        json.dumps(MANIFEST).replace('"bytes": 812', '"bytes": 812, "bytes": 812').encode(),
        json.dumps(MANIFEST).replace("812", "NaN").encode(),
        json.dumps(MANIFEST).replace("812", "9" * 5000).encode(),
        json.dumps({key: value for key, value in MANIFEST.items() if key != "records"}).encode(),
        b"[" * 60_000,
        json.dumps(MANIFEST).encode() + b" " * 65_536,
    ],
    ids=range(14),
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        parse_manifest(data)
    assert refused.value.reason == "manifest"
    assert refused.value.__context__ is None
