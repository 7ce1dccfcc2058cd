"""Files of a few months for tests of the returns, and figures as tables that people read.

told = [police("2024-04-03", 101, da_flag="Y"), event("2024-04-12T10:00+01:00", of=police_key(101), event="take_up")]
load(service, told)
shown(asked(service, "2024-04"), "gender")
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from exchange import clock
from exchange.clock import LONDON
from outputs import catalogue, monthly, records
from outputs.asked import Asked, ask
from outputs.figures import Figure, written
from outputs.periods import parse
from tests.casework import (
    a_contact_file,
    a_contact_row,
    a_witness_file,
    a_witness_row,
    activity_name,
    an_activity_file,
    an_event,
    contact_name,
    witness_name,
)
from tests.feeds import Row, a_fraud_file, a_fraud_row, a_police_file, a_stranger, fraud_name, names_of, police_name
from tests.service import Service

_sequences = itertools.count(1)
_events = itertools.count(1)


@dataclass(frozen=True)
class Told:
    """A row of a sender's file of a day."""

    day: date
    source: str
    row: Row | None  # none: a nil file


def police(day: str, number: int, /, source: str = "mps", **over: str) -> Told:
    """Somebody new, whose crime of the day before the police recorded in the morning, in the file of the day."""
    of = date.fromisoformat(day)
    dated = {"recorded_at": f"{of:%d/%m/%Y} 10:15", "offence_from": f"{of - timedelta(days=1):%d/%m/%Y}"}
    return Told(of, source, a_stranger(number, **{"age": "", **dated, **over}))


def fraud(day: str, number: int, /, **over: str) -> Told:
    """Somebody new who reported a fraud of the day before."""
    of = date.fromisoformat(day)
    names = names_of(number)
    given = {
        "reported_at": at(f"{day} 10:15"),
        "incident_from": f"{of - timedelta(days=1)}",
        "first_name": names["forename"],
        "last_name": names["surname"],
    }
    return Told(of, "action_fraud", a_fraud_row(number, **given | over))


def contact(moment: str, number: int, /, **over: str) -> Told:
    """Somebody new who called at a moment of London's, about a theft of the day before."""
    of = date.fromisoformat(moment[:10])
    given = {"received_at": at(moment), "offence_from": f"{of - timedelta(days=1)}", **names_of(number)}
    return Told(of, "contact_centre", a_contact_row(number, **given | over))


def witness(moment: str, number: int, /, **over: str) -> Told:
    """Somebody new who is called to a trial."""
    local = datetime.fromisoformat(moment)
    given = {"received_at": f"{local:%d/%m/%Y %H:%M}", "visit_requested": "N", **names_of(number)}
    return Told(local.date(), "witness_care_unit", a_witness_row(number, **given | over))


def event(moment: str, key: str, name: str, /, day: str = "", **over: str) -> Told:
    """What was done at a moment of London's about a referral, in the file of that day or another one.

    Its source goes by the key: CC is the contact centre's, W a witness's, NFRC a fraud's, any other the Met's.
    """
    starts = {"CC": "contact_centre", "NFRC": "action_fraud", "W": "witness_care_unit"}
    source = next((source for start, source in starts.items() if key.startswith(start)), "mps")
    given = {"referral_source": source, "referral_key": key, "event": name, "at": at(moment)}
    row = an_event(next(_events), **given | over)
    return Told(date.fromisoformat(day or moment[:10]), "case_activity", row)


def nil(day: str, source: str = "mps") -> Told:
    """A file without rows."""
    return Told(date.fromisoformat(day), source, None)


def at(moment: str) -> str:
    """A moment of London's with its offset, as feeds write it; one that has one stays as it is."""
    given = datetime.fromisoformat(moment)
    return (given if given.tzinfo else given.replace(tzinfo=LONDON)).isoformat()


def load(service: Service, told: Iterable[Told]) -> None:
    """Put one file a sender and day, rows in the order told, and take all of them in."""
    files: dict[tuple[str, date], list[Row]] = {}
    for each in told:
        files.setdefault((each.source, each.day), []).extend([each.row] if each.row else [])
    for (source, day), rows in sorted(files.items(), key=lambda file: file[0][1]):
        _put(service, source, day, rows)
    ended = [(run["file"], run["state"], run["code"]) for run in service.loaded() if run["state"] != "loaded"]
    assert not ended, ended


def _put(service: Service, source: str, day: date, rows: Sequence[Row]) -> None:
    sequence = next(_sequences)
    if source == "action_fraud":
        service.put_fraud(fraud_name(day), a_fraud_file(rows, day, sequence))
    elif source == "contact_centre":
        service.put(source, contact_name(day, sequence), a_contact_file(rows))
    elif source == "witness_care_unit":
        service.put(source, witness_name(day, sequence), a_witness_file(rows))
    elif source == "case_activity":
        service.put(source, activity_name(day, sequence), an_activity_file(rows))
    else:
        service.put(source, police_name(day, sequence, source.upper()), a_police_file(rows))


def asked(
    service: Service, period: str, *, cut_off: datetime | None = None, moment: datetime | None = None
) -> list[Figure]:
    """The figures of a period, as known at a moment (now)."""
    of = parse(period)
    what = Asked(of, cut_off or of.cut_off, moment or clock.now())
    with psycopg.connect(service.database_url) as connection:
        found = ask(connection, "monthly", records.ASKED, what)
    return monthly.figures(records.banded(found, of, what.cut_off))


def shown(figures: Iterable[Figure], table: str, *only: str) -> str:
    """A table as people read it: its rows in which something is counted (or which are asked for), `-` for no rate."""
    of = catalogue.table("monthly", table)
    values: dict[str, dict[str, Any]] = {}
    for figure in figures:
        if figure.table == table:
            values.setdefault(figure.row, {})[figure.column] = figure.value
    lines = [("", *(column.key for column in of.columns))]
    for row, cells in values.items():
        counted = any(value for value in cells.values())
        if row in only if only else counted:
            lines.append((row, *(written(value) or "-" for value in cells.values())))
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells in columns, without the blanks at their ends."""
    widths = [max(len(cell) for cell in cells) for cells in zip(*lines, strict=True)]
    padded = (" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def written_tables(text: str) -> dict[str, str]:
    """Tables as a worked example writes them, by name: the name heads its line of columns, a blank line ends it."""
    tables = {}
    for block in text.strip().split("\n\n"):
        head, *lines = ([cell.strip() for cell in line.split("|")] for line in block.strip().splitlines())
        tables[head[0]] = aligned([["", *head[1:]], *lines])
    return tables
