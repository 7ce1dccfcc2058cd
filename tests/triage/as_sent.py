"""Rows of triage's tables as their senders write them, and what reading, checking, mapping and triage make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from docs.generate.triage import Case
from docs.generate.triage import Row as Changes
from exchange.intake import checking
from exchange.sources import SOURCES
from exchange.triage.rows import triage
from mappings.load import load
from mappings.triage_rules import load_rules
from tests import casework, feeds
from tests.feeds import FIRST_DAY, Row

_UNITS = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that a postcode may end with


@dataclass(frozen=True)
class Feed:
    """How a feed's rows are made: `row(number, **over)`, its key, its file's name and its file (with a manifest: both)."""

    source: str
    columns: Sequence[str]
    encoding: str
    row: Callable[..., Row]
    key: Callable[[int], str]
    name: Callable[[date, int], str]
    file: Callable[[Sequence[Row], date, int], bytes | tuple[bytes, bytes]]


FEEDS = {
    "police": Feed(
        "mps",
        feeds.POLICE_COLUMNS,
        "cp1252",
        feeds.a_police_row,
        feeds.police_key,
        feeds.police_name,
        lambda rows, *_: feeds.a_police_file(rows),
    ),
    "fraud": Feed(
        "action_fraud",
        feeds.FRAUD_COLUMNS,
        "utf-8",
        feeds.a_fraud_row,
        feeds.fraud_key,
        lambda day, _: feeds.fraud_name(day),
        feeds.a_fraud_file,
    ),
    "contact": Feed(
        "contact_centre",
        casework.CONTACT_COLUMNS,
        "utf-8",
        casework.a_contact_row,
        casework.contact_key,
        casework.contact_name,
        lambda rows, *_: casework.a_contact_file(rows),
    ),
    "witness": Feed(
        "witness_care_unit",
        casework.WITNESS_COLUMNS,
        "cp1252",
        casework.a_witness_row,
        casework.witness_key,
        casework.witness_name,
        lambda rows, *_: casework.a_witness_file(rows),
    ),
}


def triaged(feed: Feed, rows: Sequence[Row], day: date = FIRST_DAY) -> pa.Table:
    """Rows through reading, checking, mapping and triage as the stages do it; none of them may be quarantined."""
    checked = canonical(feed, rows, day)
    return triage(checked, load_rules())


def canonical(feed: Feed, rows: Sequence[Row], day: date = FIRST_DAY) -> pa.Table:
    """The same without triage: the canonical table with the lines."""
    source = SOURCES[feed.source]
    mark = b"\xef\xbb\xbf" if feed.source == "action_fraud" else b""
    data = mark + feeds.records(feed.columns, rows, encoding=feed.encoding, end="\r\n")
    days = checking.Days(date(2026, 11, 25), day)
    mappings = load(source.layout_name, source.layout.form)
    pieces = list(checking.check([data], source, mappings, body_bytes=None, days=days, patterns={}))
    assert not sum(piece.broken.num_rows for piece in pieces), [piece.findings.to_pylist() for piece in pieces]
    return pa.concat_tables(piece.checked for piece in pieces)


def row_of(case: Case, number: int, changes: Changes) -> Row:
    """A sound row of the case's feed, about a person of its own, with what the case changes."""
    feed = FEEDS[case.feed]
    return feed.row(number, **_their_own(feed, number) | dict(changes))


def _their_own(feed: Feed, number: int) -> Row:
    """Names, phones, e-mail address and postcode of nobody else (the numbers are Ofcom's for drama)."""
    forename, surname = feeds.names_of(number).values()
    mobile, email = f"07700 900{number:03}", f"zz{number}@example.org"
    values = {"forename": forename, "first_name": forename, "surname": surname, "last_name": surname, "email": email}
    values |= {"mobile": mobile, "phone": mobile, "home_phone": f"020 7946 0{number:03}"}
    values |= {"postcode": f"E20 9{_UNITS[number // 20]}{_UNITS[number % 20]}"}
    return {column: value for column, value in values.items() if column in feed.columns}


def day_of(case: Case, place: int = 0) -> date:
    """The day of the file with the case's row: the usual ones count from FIRST_DAY."""
    return date.fromisoformat(case.file_of) if case.file_of else feeds.on(place)
