"""The reader by example: files that are refused as a whole, damaged rows between sound ones, caps, evil values."""

from __future__ import annotations

import codecs
import gzip
import io
import traceback
import zipfile

import pyarrow as pa
import pytest

from exchange.errors import FileRefused
from exchange.intake.reading import reader
from exchange.intake.reading.reader import Caps, read
from tests.intake.written import FRAUD, POLICE, body, encoded, heading, pieces, record, row, rows_and_broken
from validators.layout import Layout
from validators.rules import FILE_REASONS, RULES

ONE = row(POLICE, crime_reference="01/0000001/26")
TWO = row(POLICE, crime_reference="01/0000002/26", surname="ZZBIRCH")
NAMES = ",".join(POLICE.names)

PANDAS_MISSING = (
    "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|")
)


def broken_rules(records: str | bytes, layout: Layout = POLICE) -> list[str]:
    data = heading(layout) + (encoded(records, layout) if isinstance(records, str) else records)
    return [each.rule for each in rows_and_broken(data, layout)[1].values()]


# --- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        *PANDAS_MISSING,
        "Null",
        "True",
        "Inf",
        "O'Neill-Null",
        "1E5",
        "=SUM(A1)",
        "007",
        "+447700900123",
        "-0",
        " x ",
        "''",
    ],
)
@pytest.mark.parametrize("layout", [POLICE, FRAUD], ids=lambda layout: layout.name)
def test_a_name_is_kept_byte_for_byte(value: str, layout: Layout) -> None:
    surname = "surname" if layout is POLICE else "last_name"
    good, broken = rows_and_broken(body([row(layout, **{surname: value})], layout), layout)
    assert not broken
    assert good[2][layout.names.index(surname)] == value


def test_every_column_may_be_blank_and_a_quoted_blank_is_blank() -> None:
    blank = "," * (len(POLICE.names) - 1) + "\r\n"
    good, broken = rows_and_broken(heading(POLICE) + (blank + blank.replace(",", ',""', 1)).encode(), POLICE)
    assert not broken
    assert list(good.values()) == [[""] * len(POLICE.names)] * 2


def test_every_character_of_the_encoding_is_read_as_itself() -> None:
    letters = "".join(bytes([byte]).decode("cp1252") for byte in range(0xA0, 0x100)) + "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
    good, broken = rows_and_broken(body([row(POLICE, address_1=letters), ONE], POLICE), POLICE)
    assert not broken
    assert good[2][POLICE.names.index("address_1")] == letters
    assert good[3] == ONE


@pytest.mark.parametrize("layout", [POLICE, FRAUD], ids=lambda layout: layout.name)
def test_every_forbidden_character_breaks_its_row_alone(layout: Layout) -> None:
    forbidden = [*range(0x0A), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]
    if layout is FRAUD:
        forbidden += [*range(0x80, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
        forbidden += [0xFEFF, 0xFFFD]
    sound = encoded(record(row(layout)), layout)
    for code in forbidden:
        for where in ("{}x", "x{}y", "x{}"):
            odd = row(layout, address=where.format(chr(code)), address_1=where.format(chr(code)))
            data = heading(layout) + sound + encoded(record(odd), layout) + sound
            good, broken = rows_and_broken(data, layout)
            assert (list(good), [each.rule for each in broken.values()]) == ([2, 4], ["control_character"]), hex(code)


# --- damaged rows between sound ones ---------------------------------------------------------------

CASES = {
    "an unclosed quote at the start of a field": ('"ZZCEDAR', {}, ["quoting"]),
    "an unclosed quote in the note": ("ZZCEDAR", {"safe_contact_note": '"ring twice'}, ["quoting"]),
    "an unclosed quote in a note of three lines": (
        "ZZCEDAR",
        {"safe_contact_note": '"ring\r\ntwice,\r\nplease'},
        ["quoting"],
    ),
    "a stray quote before a note of two lines": ('ZZ"CEDAR', {"safe_contact_note": '"ring\r\ntwice"'}, ["quoting"]),
    "an opening quote before a note of two lines": ('"ZZCEDAR', {"safe_contact_note": '"ring\r\ntwice"'}, ["quoting"]),
    "an opening quote before a note that begins with a line end": (
        '"ZZCEDAR',
        {"safe_contact_note": '"\r\nring twice"'},
        ["quoting"],
    ),
    "a quote in the second line of a note": ("ZZCEDAR", {"safe_contact_note": '"ring\r\n"twice"'}, ["quoting"]),
    "a note that ends in one quote too many": ("ZZCEDAR", {"safe_contact_note": '"ring\r\ntwice""'}, ["quoting"]),
    "a line end in a quoted surname": ('"ZZ\r\nCEDAR"', {}, ["line_end"]),
    "a line end in a quoted address": ("ZZCEDAR", {"address_1": '"1 Quarry Street\r\nLondon"'}, ["line_end"]),
    "a line end in an unquoted surname": ("ZZ\r\nCEDAR", {}, ["fields", "fields"]),
    "one comma too many": ("ZZCEDAR,", {}, ["fields"]),
    "one comma too many, and a note of two lines": ("ZZCEDAR,", {"safe_contact_note": '"ring\r\ntwice"'}, ["fields"]),
    "a line end of the other kind inside a note": ("ZZCEDAR", {"safe_contact_note": '"ring\ntwice"'}, []),
    "an unclosed quote and a byte that is no character": ('"ZZ\udc81CEDAR', {}, ["encoding"]),
    "an unclosed quote and a line end of the other kind": ('"ZZCEDAR\n', {}, ["quoting", "fields"]),
    "a carriage return at the start of a field": ("\rZZCEDAR", {}, ["control_character"]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("block_bytes", [1 << 20, 700])
def test_a_damaged_row_stands_alone(case: str, block_bytes: int) -> None:
    surname, other, rules = CASES[case]
    fields = dict(zip(POLICE.names, [f'"{value}"' if "," in value else value for value in row(POLICE)], strict=True))
    odd = (",".join({**fields, **other, "surname": surname}.values()) + "\r\n").encode("cp1252", "surrogateescape")
    before, after = encoded(record(ONE), POLICE), encoded(record(TWO), POLICE)
    good, broken = rows_and_broken(heading(POLICE) + before + odd + after, POLICE, block_bytes=block_bytes)
    assert [each.rule for each in broken.values()] == rules
    assert b"".join(each.raw for each in broken.values()) == (odd if rules else b"")
    assert next(iter(good.values())) == ONE
    assert list(good.values())[-1] == TWO
    assert len(good) == 2 + (not rules)


@pytest.mark.parametrize(
    ("records", "rules"),
    [
        ("", []),
        ("\r\n", ["fields"]),
        ("\r\n\r\n", ["fields", "fields"]),
        ("x", ["fields"]),
        ("x\n", ["line_end"]),
        (record(ONE).removesuffix("\r\n"), []),
        (record(ONE).removesuffix("\n"), ["control_character"]),
        (record(ONE, "\n"), ["line_end"]),
        (record(ONE) + "\x1a", ["control_character"]),
        (record(ONE) + NAMES + "\r\n", []),
        (record(ONE) + "TRAILER,1,00000000\r\n", ["fields"]),
        (record(ONE[:-1]), ["fields"]),
        (record([*ONE, ""]), ["fields"]),
        (record(row(POLICE, address_1="")).replace(",", ";"), ["fields"]),
        (record(ONE).replace(",", "\t"), ["control_character"]),
        ('"' + record(ONE), ["quoting"]),
        ('N,"x', ["quoting"]),
        ('N,"x\r\n' + record(ONE), ["quoting"]),
        (record([*ONE, 'a "b"'], "\n") + "x\r\n", ["line_end", "fields"]),
        (record(ONE[:-1]).removesuffix("\r\n") + ',"Walworth', ["quoting"]),
        (record(ONE[:-1]).removesuffix("\r\n") + ',"Walworth"\r', ["control_character"]),
        (record(ONE[:-1]).removesuffix("\r\n") + ',"Walworth"', []),
    ],
)
def test_the_last_records_of_a_file(records: str, rules: list[str]) -> None:
    assert broken_rules(records) == rules
    assert set(rules) <= set(RULES)


def test_a_note_may_not_hold_a_line_that_is_a_record_by_itself() -> None:
    swallowing = row(POLICE, safe_contact_note="see\r\n" + record(TWO) + "and so on")
    good, broken = rows_and_broken(heading(POLICE) + encoded(record(swallowing), POLICE), POLICE)
    assert not good
    assert {each.rule for each in broken.values()} == {"quoting"}


def test_many_damaged_rows_do_not_harm_those_between_them() -> None:
    odd = record(ONE).replace("ZZAMBER", '"ZZAMBER')
    good, broken = rows_and_broken(heading(POLICE) + encoded((odd + record(TWO)) * 2000, POLICE), POLICE)
    assert list(good.values()) == [TWO] * 2000
    assert list(broken) == list(range(2, 4002, 2))


def test_lines_are_physical_lines() -> None:
    noted = row(POLICE, safe_contact_note="one\r\ntwo\nthree")
    odd = record(noted).replace("ZZAMBER", 'ZZ"AMBER')
    good, broken = rows_and_broken(heading(POLICE) + encoded(record(noted) + odd + record(ONE), POLICE), POLICE)
    assert (list(good), list(broken)) == ([2, 8], [5])


def test_the_bytes_of_a_row_are_those_that_were_sent() -> None:
    records = [encoded(record(values), POLICE) for values in (ONE, row(POLICE, safe_contact_note="a\r\nb"), TWO)]
    (chunk,) = read([heading(POLICE) + b"".join(records)], POLICE)
    assert [chunk.raw_of(number) for number in range(3)] == records


def test_the_body_ends_where_the_trailer_begins_and_the_source_is_read_to_its_end() -> None:
    content = body([ONE], POLICE)
    left = iter([*pieces(content + b"TRAILER,1,00000000\r\n", 50), b"more"])
    (chunk,) = read(left, POLICE, body_bytes=len(content))
    assert chunk.table.num_rows == 1
    assert next(left, None) is None


def test_a_nil_file_has_no_chunks() -> None:
    assert not list(read([heading(POLICE)], POLICE))
    assert not list(read([heading(FRAUD).rstrip()], FRAUD))


@pytest.mark.parametrize("answer", ["raises", "loses a row"])
def test_a_reader_of_arrows_that_disagrees_is_a_fault_of_ours(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_csv(text: pa.BufferReader, **_: object) -> pa.Table:
        if answer == "raises":
            raise pa.ArrowInvalid(text.read().decode("cp1252"))
        return pa.table([[value] for value in ONE], names=list(POLICE.names))

    monkeypatch.setattr(reader.csv, "read_csv", read_csv)
    with pytest.raises(RuntimeError) as raised:
        list(read([SOUND], POLICE))
    assert "ZZ" not in "".join(traceback.format_exception(raised.value))


# --- files that are refused ------------------------------------------------------------------------


def refusal(data: bytes, layout: Layout = POLICE, caps: Caps | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(read(pieces(data, 1000), layout, caps=caps or Caps()))
    assert refused.value.reason in FILE_REASONS
    assert refused.value.__context__ is None
    return refused.value


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("feed.csv", data)
    return made.getvalue()


SOUND = body([ONE, TWO], POLICE)
SOUND_FRAUD = body([row(FRAUD)], FRAUD)
TEXT = SOUND.decode("cp1252")
WRONG_FILES: dict[str, tuple[bytes, Layout, str]] = {
    "nothing at all": (b"", POLICE, "header"),
    "another feed": (SOUND_FRAUD.removeprefix(codecs.BOM_UTF8), POLICE, "header"),
    "this feed for another": (codecs.BOM_UTF8 + SOUND, FRAUD, "header"),
    "no header": (SOUND.partition(b"\n")[2], POLICE, "header"),
    "semicolons": (SOUND.replace(b",", b";"), POLICE, "header"),
    "tabs": (SOUND.replace(b",", b"\t"), POLICE, "header"),
    "a header in capitals": (SOUND.replace(b"surname", b"SURNAME", 1), POLICE, "header"),
    "a header with spaces": (SOUND.replace(b",surname", b", surname", 1), POLICE, "header"),
    "a header with a stray quote": (SOUND.replace(b"surname", b'"surname', 1), POLICE, "header"),
    "two columns changed about": (SOUND.replace(b"forename,surname", b"surname,forename", 1), POLICE, "header"),
    "a column twice": (SOUND.replace(b"forename,surname", b"surname,surname", 1), POLICE, "header"),
    "a column less": (SOUND.replace(b",station", b"", 1), POLICE, "header"),
    "a column more": (SOUND.replace(b"station", b"station,zzextra", 1), POLICE, "header"),
    "an empty column more": (SOUND.replace(b"station", b"station,", 1), POLICE, "header"),
    "a page of one long line": (b"x" * 100_000, POLICE, "header"),
    "line ends of old": (SOUND.replace(b"\r\n", b"\r"), POLICE, "header"),
    "UTF-16 with a mark": (TEXT.encode("utf-16"), POLICE, "encoding"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), POLICE, "encoding"),
    "UTF-16, the other way about": (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), POLICE, "encoding"),
    "UTF-32": (TEXT.encode("utf-32"), POLICE, "encoding"),
    "UTF-16 for the fraud feed": (SOUND_FRAUD.decode("utf-8-sig").encode("utf-16"), FRAUD, "encoding"),
    "a mark that is not expected": (codecs.BOM_UTF8 + SOUND, POLICE, "encoding"),
    "a mark that is missing": (SOUND_FRAUD.removeprefix(codecs.BOM_UTF8), FRAUD, "encoding"),
    "two marks": (codecs.BOM_UTF8 + SOUND_FRAUD, FRAUD, "encoding"),
    "Windows-1252 for the fraud feed": (SOUND_FRAUD.decode("utf-8-sig").encode("cp1252"), FRAUD, "encoding"),
    "UTF-8 for a police feed": (
        heading(POLICE) + record(row(POLICE, forename="Siân", surname="Müller")).encode("utf-8") * 2,
        POLICE,
        "encoding",
    ),
    "a workbook": (zipped(b"<workbook/>"), POLICE, "not_text"),
    "an archive": (gzip.compress(SOUND), POLICE, "not_text"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), POLICE, "not_text"),
    "a web page": (b"\r\n<!DOCTYPE html><html><body>503</body></html>", POLICE, "not_text"),
    "JSON": (b'{"error": "zzamber"}', POLICE, "not_text"),
    "a PDF": (b"%PDF-1.7\n", POLICE, "not_text"),
    "an encrypted file": (b"age-encryption.org/v1\n-> X25519 abc\n", POLICE, "not_text"),
    "a signed message": (b"-----BEGIN PGP MESSAGE-----\n", POLICE, "not_text"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_refused_without_quoting_it(case: str) -> None:
    data, layout, reason = WRONG_FILES[case]
    refused = refusal(data, layout)
    assert refused.reason == reason
    assert not {"zz", "ZZ", "SURNAME"} & set(str(refused).split())
    assert "zz" not in str(refused).lower()


def test_a_wrong_header_is_told_by_the_names_of_ours() -> None:
    detail = str(refusal(SOUND.replace(b"surname,birth_date", b"family_name,zz,birth_date", 1)))
    assert "Missing: surname. Columns that the layout does not know: 2." in detail
    moved = str(refusal(SOUND.replace(b"forename,surname", b"surname,forename", 1)))
    assert "In another place: forename, surname." in moved
    assert "Repeated: surname." in str(refusal(SOUND.replace(b"forename,", b"surname,", 1)))


def test_a_header_may_be_quoted() -> None:
    quoted = ",".join(f'"{name}"' for name in POLICE.names).encode() + b"\r\n"
    good, _ = rows_and_broken(quoted + encoded(record(ONE), POLICE), POLICE)
    assert list(good.values()) == [ONE]


@pytest.mark.parametrize("accents", [["Siân"], ["Siân", "Siân"], ["Siân", "Müller", b"Jos\xe9"]])
def test_an_accent_that_was_damaged_before_refuses_nobodys_file(accents: list[str | bytes]) -> None:
    rows = [
        encoded(record(ONE), POLICE).replace(b"Zo\xeb", each if isinstance(each, bytes) else each.encode("utf-8"))
        for each in accents
    ]
    good, broken = rows_and_broken(heading(POLICE) + b"".join(rows), POLICE)
    assert (len(good), len(broken)) == (len(accents), 0)


# --- caps ------------------------------------------------------------------------------------------

CAPS = Caps(field_bytes=1000, record_bytes=3000, records=5)


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_the_longest_field(over: int) -> None:
    data = body([ONE, row(POLICE, safe_contact_note="x" * (1000 + over)), TWO], POLICE)
    if over > 0:
        assert refusal(data, caps=CAPS).reason == "size"
    else:
        assert len(rows_and_broken(data, POLICE, caps=CAPS)[0]) == 3


@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_the_longest_record(over: int, block_bytes: int) -> None:
    long = row(POLICE, **{f"address_{number}": "x" * 900 for number in (1, 2, 3)})
    spare = 3000 + over - len(record(long))
    data = body(
        [ONE, row(POLICE, **dict(zip(POLICE.names, long, strict=True)) | {"address_4": "x" * spare}), TWO], POLICE
    )
    if over > 0:
        with pytest.raises(FileRefused):
            rows_and_broken(data, POLICE, caps=CAPS, block_bytes=block_bytes)
    else:
        assert len(rows_and_broken(data, POLICE, caps=CAPS, block_bytes=block_bytes)[0]) == 3


@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("block_bytes", [700, 1 << 20])
def test_the_most_records(over: int, block_bytes: int) -> None:
    data = body([ONE] * (5 + over), POLICE)
    if over > 0:
        with pytest.raises(FileRefused):
            rows_and_broken(data, POLICE, caps=CAPS, block_bytes=block_bytes)
    else:
        assert len(rows_and_broken(data, POLICE, caps=CAPS, block_bytes=block_bytes)[0]) == 5 + over


@pytest.mark.parametrize(
    "endless",
    [
        b"x" * 100_000,
        b"x\n" * 4000 + SOUND,
        b'"' + b"x" * 100_000,
        b"x,\n" * 30_000 + b'"',
        b"," * 100_000,
        b'"",' * 30_000,
    ],
    ids=range(6),
)
def test_a_record_without_end_does_not_fill_the_memory(endless: bytes) -> None:
    data = encoded(record(ONE), POLICE)
    note = data[: data.index(b",Y,,PC 123AS")] + b'"'
    assert refusal(heading(POLICE) + note + endless, caps=CAPS).reason == "size"
