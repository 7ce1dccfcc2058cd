"""Feed files as their senders would write them, and what our reader makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange.intake.reading.reader import Broken, Caps, read
from tests.casework import a_contact_row, a_witness_row, an_event
from validators.case_event import LAYOUT as EVENT
from validators.contact_referral import LAYOUT as CONTACT
from validators.fraud_referral import LAYOUT as FRAUD
from validators.layout import Layout
from validators.police_referral import LAYOUT as POLICE
from validators.witness_referral import LAYOUT as WITNESS

LAYOUTS = (POLICE, FRAUD, CONTACT, WITNESS, EVENT)
POLICE_ROW = {
    "record_type": "N",
    "crime_reference": "01/1234567/26",
    "viw_number": "1",
    "recorded_at": "05/03/2026 14:20",
    "offence_from": "04/03/2026",
    "ho_code": "008/30",
    "offence_title": "Harassment - Putting people in fear of violence",
    "incident_kind": "crime",
    "da_flag": "N",
    "vulnerable_flag": "N",
    "repeat_flag": "N",
    "victim_type": "I",
    "title": "Ms",
    "forename": "Zoë",
    "surname": "ZZAMBER",
    "birth_date": "01/02/1990",
    "age": "36",
    "sex": "F",
    "ethnicity_self": "W1",
    "ethnicity_observed": "IC1",
    "disability": "N",
    "language": "en",
    "interpreter": "N",
    "address_1": "Flat 3, 12 Quarry Street",
    "postcode": "SE1 9ZZ",
    "borough": "Southwark",
    "offence_borough": "Southwark",
    "offence_bcu": "AS",
    "mobile": "07700 900123",
    "email": "zz.amber@example.org",
    "preferred_contact": "phone",
    "safe_to_contact": "Y",
    "consent": "Y",
    "officer": "PC 123AS",
    "station": "Walworth",
}
FRAUD_ROW = {
    "reference": "NFRC260300000001",
    "status": "New",
    "reported_at": "2026-03-05T14:20:00+00:00",
    "incident_from": "2026-03-01",
    "incident_to": "2026-03-04",
    "nfib_code": "NFIB1A",
    "nfib_title": "Advance fee fraud",
    "loss_gbp": "1250.00",
    "victim_category": "individual",
    "first_name": "Siân",
    "last_name": "ZZBIRCH",
    "date_of_birth": "1961-07-30",
    "gender": "Female",
    "ethnicity": "British",
    "disability": "No",
    "vulnerable": "No",
    "repeat_victim": "No",
    "address": "4 Quarry Lane",
    "town": "London",
    "postcode": "SE1 9ZZ",
    "local_authority": "Southwark",
    "phone": "020 7946 0123",
    "email": "zz.birch@example.org",
    "contact_preference": "email",
    "support_consent": "Yes",
    "police_force": "01",
}


ROWS = {
    POLICE.name: POLICE_ROW,
    FRAUD.name: FRAUD_ROW,
    CONTACT.name: a_contact_row(),
    WITNESS.name: a_witness_row(),
    EVENT.name: an_event(),
}


def row(layout: Layout, **other: str) -> list[str]:
    """A sound row of a feed, with other values where given."""
    return [{**ROWS[layout.name], **other}.get(name, "") for name in layout.names]


def quoted(value: str) -> str:
    """A value as RFC 4180 writes it."""
    needs = any(character in value for character in ',"\r\n')
    return '"' + value.replace('"', '""') + '"' if needs else value


def record(values: Sequence[str], end: str = "\r\n") -> str:
    """One record with its line end."""
    return ",".join(map(quoted, values)) + end


def heading(layout: Layout, end: str = "\r\n") -> bytes:
    """The first bytes of a file: the mark where the feed has one, and the header."""
    return (",".join(layout.names) + end).encode("utf-8-sig" if layout.encoding == "utf-8-sig" else "ascii")


def encoded(text: str, layout: Layout) -> bytes:
    """Text in the encoding of the feed, without a mark."""
    return text.encode("cp1252" if layout.encoding == "cp1252" else "utf-8")


def body(rows: Sequence[Sequence[str]], layout: Layout, end: str = "\r\n") -> bytes:
    """A whole file, without a trailer."""
    return heading(layout, end) + b"".join(encoded(record(values, end), layout) for values in rows)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """The bytes as they might arrive."""
    return (data[begin : begin + size] for begin in range(0, len(data), size))


def rows_and_broken(
    data: bytes, layout: Layout, *, block_bytes: int = 1 << 20, arriving: int = 1 << 20, caps: Caps | None = None
) -> tuple[dict[int, list[str]], dict[int, Broken]]:
    """What our reader makes of a file: good rows and broken ones, each by its physical line."""
    good: dict[int, list[str]] = {}
    broken: dict[int, Broken] = {}
    for chunk in read(pieces(data, arriving), layout, block_bytes=block_bytes, caps=caps or Caps()):
        columns = [column.to_pylist() for column in chunk.table.columns]
        assert chunk.table.column_names == list(layout.names)
        assert not any(column.null_count for column in chunk.table.columns)
        good |= dict(zip(chunk.lines.tolist(), map(list, zip(*columns, strict=True)), strict=True))
        broken |= {each.line: each for each in chunk.broken}
        raws = [chunk.raw_of(number) for number in range(chunk.table.num_rows)] + [each.raw for each in chunk.broken]
        assert all(data.find(raw) >= 0 for raw in raws)
    return good, broken


__all__ = [
    "CONTACT",
    "EVENT",
    "FRAUD",
    "LAYOUTS",
    "POLICE",
    "WITNESS",
    "body",
    "encoded",
    "heading",
    "pieces",
    "quoted",
    "record",
    "row",
    "rows_and_broken",
]
