"""Rosters for tests: as workbooks, as CSV files, and one like a real one.

data = a_workbook(a_roster(posts=[a_post()], assignments=[an_assignment()]))
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import openpyxl

from exchange.intake.statements.reading import bundled
from outputs.idva.guide import guide
from validators.roster.model import COLUMNS

Line = dict[str, Any]
Lines = Mapping[str, list[Line]]
START = date(2026, 4, 1)


def a_post(number: int = 1, /, **over: Any) -> Line:
    """A full post of an IDVA in the BCU Central South."""
    line = dict.fromkeys(COLUMNS["posts"]) | {
        "post_id": f"P{number:03d}",
        "role": "idva",
        "funder": "MOPAC",
        "area": "AS",
        "fte": 1,
        "from": START,
    }
    return line | _named(over)


def an_assignment(number: int = 1, /, **over: Any) -> Line:
    """Somebody full-time in the post of the same number."""
    line = dict.fromkeys(COLUMNS["assignments"]) | {
        "post_id": f"P{number:03d}",
        "staff_number": f"S{1000 + number}",
        "weekly_hours": 37.5,
        "full_time_hours": 37.5,
        "from": START,
        "kind": "substantive",
    }
    return line | _named(over)


def an_absence(number: int = 1, /, **over: Any) -> Line:
    """A maternity leave in summer that does not count."""
    line: Line = {
        "staff_number": f"S{1000 + number}",
        "from": date(2026, 8, 1),
        "to": date(2026, 8, 31),
        "kind": "maternity",
        "counts_as_in_post": "N",
    }
    return line | _named(over)


def _named(over: Line) -> Line:
    """`from` is a word of Python: from_ says it."""
    return {name.rstrip("_"): value for name, value in over.items()}


def a_roster(
    posts: Iterable[Line] = (), assignments: Iterable[Line] = (), absences: Iterable[Line] = ()
) -> dict[str, list[Line]]:
    """The three sheets."""
    return {"posts": list(posts), "assignments": list(assignments), "absences": list(absences)}


def a_workbook(lines: Lines, *, headers: Mapping[str, Iterable[str]] = COLUMNS) -> bytes:
    """As an Excel workbook, in the order of the layout."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in lines.items():
        sheet = book.create_sheet(name)
        sheet.append(list(headers.get(name, ())))
        for row in rows:
            sheet.append([row.get(column) for column in headers.get(name, ())])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def csv_files(lines: Lines) -> dict[str, bytes]:
    """As three CSV files, by the names of the sheets."""
    return {name: _csv(COLUMNS[name], rows) for name, rows in lines.items()}


def a_bundle(lines: Lines) -> bytes:
    """The three CSV files as they are kept."""
    return bundled(csv_files(lines))


def _csv(columns: Iterable[str], rows: Iterable[Line]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [list(columns), *([_text(row.get(column)) for column in columns] for row in rows)]
    )
    return text.getvalue().encode()


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def realistic() -> dict[str, list[Line]]:
    """A roster as a service has it in the quarter July to September 2026: 40.5 FTE by the guide and one more, with part
    posts, a job share, maternity with cover, a leaver whose post is vacant for two weeks, and a post of another funder."""
    posts, assignments = [], []
    number = 0
    for area, fte in guide().items():
        for place in range(int(fte) + (fte.denominator > 1)):
            number += 1
            part = {"fte": 0.5} if fte.denominator > 1 and place == int(fte) else {}
            setting = ("court", "hospital", "community", "police")[number % 4] if area == "PAN_LONDON" else "community"
            role = "senior_idva" if area == "PAN_LONDON" and place == 0 else "idva"
            posts.append(a_post(number, area=area, role=role, setting=setting, **part))
            hours = 18.75 if part else 37.5
            assignments.append(an_assignment(number, weekly_hours=hours))
    one_more = number + 1
    posts += [
        a_post(one_more, area="PAN_LONDON", specialism="older people"),
        a_post(one_more + 1, funder="Home Office"),
    ]
    assignments += [
        an_assignment(one_more, weekly_hours=22.5),
        an_assignment(one_more, staff_number="S2001", weekly_hours=14, full_time_hours=35),
        an_assignment(one_more + 1),
    ]
    assignments[2]["to"] = date(2026, 8, 14)
    assignments.append(an_assignment(3, staff_number="S2002", from_=date(2026, 8, 29)))
    away = an_absence(5, from_=date(2026, 7, 13), to=date(2026, 7, 13) + timedelta(days=363))
    cover = an_assignment(5, staff_number="S2003", kind="cover", from_=date(2026, 7, 20), to=date(2027, 7, 11))
    sick = an_absence(7, from_=date(2026, 9, 7), to=date(2026, 9, 20), kind="long_term_sick", counts_as_in_post="Y")
    return a_roster(posts, [*assignments, cover], [away, sick])
