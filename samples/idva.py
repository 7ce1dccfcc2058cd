"""A roster of IDVA posts as a service might have it in June 2019: 40.5 FTE by the guide, part posts, a job share, a
maternity with cover, a leaver, somebody who starts next month, and a post of another funder. Staff numbers alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from outputs.idva.guide import guide
from validators.roster.model import COLUMNS

STEM = "IDVA_ROSTER_20190630"
_SINCE = "2019-04-01"
_SETTINGS = ("court", "hospital", "community", "police")
Line = dict[str, str]


def _posts() -> Iterator[Line]:
    number = 0
    for area, fte in guide().items():
        for place in range(-(-fte.numerator // fte.denominator)):
            number += 1
            everywhere = area == "PAN_LONDON"
            yield {
                "post_id": f"IDVA-{number:02}",
                "role": "senior_idva" if everywhere and place == 0 else "idva",
                "funder": "MOPAC",
                "area": area,
                "setting": _SETTINGS[place % 4] if everywhere else "community",
                "specialism": "health" if everywhere and place % 4 == 1 else "",
                "fte": "0.5" if area == "CITY" else "1",
                "from": _SINCE,
            }
    yield {"post_id": "IDVA-90", "role": "idva", "funder": "Home Office", "area": "EA", "fte": "1", "from": _SINCE}
    yield {"post_id": "IDVA-42", "role": "idva", "funder": "MOPAC", "area": "PAN_LONDON", "fte": "1", "from": _SINCE}


def _assignments() -> Iterator[Line]:
    for place, post in enumerate(_posts(), 1):
        whole = {
            "post_id": post["post_id"],
            "staff_number": f"VS{4000 + place}",
            "weekly_hours": "18.75" if post["fte"] == "0.5" else "37.5",
            "full_time_hours": "37.5",
            "from": _SINCE,
            "kind": "substantive",
        }
        match post["post_id"]:
            case "IDVA-03":  # leaves; the post is filled again after two weeks
                yield whole | {"to": "2019-05-17"}
                yield whole | {"staff_number": "VS4103", "from": "2019-06-03"}
            case "IDVA-05":  # maternity, covered by an agency
                yield whole
                yield whole | {"staff_number": "AG77", "from": "2019-05-06", "to": "2020-04-26", "kind": "agency"}
            case "IDVA-42":  # a job share; the second half starts in July
                yield whole | {"weekly_hours": "18.75"}
                yield whole | {"staff_number": "VS4142", "weekly_hours": "18.75", "from": "2019-07-08"}
            case _:
                yield whole


def _absences() -> Iterator[Line]:
    away = {"from": "2019-04-29", "to": "2020-04-26", "kind": "maternity", "counts_as_in_post": "N"}
    yield {"staff_number": "VS4005", **away}
    sick = {"from": "2019-06-10", "to": "2019-06-21", "kind": "long_term_sick", "counts_as_in_post": "Y"}
    yield {"staff_number": "VS4011", **sick}


SHEETS = {"posts": _posts, "assignments": _assignments, "absences": _absences}


def files() -> dict[str, bytes]:
    """The three CSV files, by their names."""
    return {f"{STEM}_{sheet}.csv": _csv(COLUMNS[sheet], list(lines())) for sheet, lines in SHEETS.items()}


def expected() -> dict[str, object]:
    """What the run of the statement has to show."""
    rows = sum(len(list(lines())) for lines in SHEETS.values())
    none = dict.fromkeys(("updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting"), 0)
    head = {"file": f"{STEM}.csv", "source": "idva_roster", "business_date": "2019-06-30", "sequence": 0}
    return {**head, "state": "loaded", "code": None, "rows": rows, "created": rows, **none}


def _csv(columns: tuple[str, ...], lines: list[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode("ascii")
