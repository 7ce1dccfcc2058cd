"""The workbook of the sheet of IDVA posts: live formulas over the days, a chart, a block to sign. Pure.

Every total is worked out in the workbook itself, from the sheets Daily and By post; what is stored beside each formula
is the exact figure. Thresholds are compared with 8 decimals, because programs keep thirds as binary fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from outputs.facts import ORGANISATION, Facts, in_words
from outputs.figures import Figure
from outputs.idva import records
from outputs.idva.counted import Counted, counted
from outputs.idva.pages import pages
from outputs.records import Records
from outputs.workbook.sheets import (
    Chart,
    Column,
    CoverLine,
    Level,
    Note,
    Row,
    Sheet,
    Shorthand,
    Table,
    Workbook,
)

_ROOM: Final = 10  # per cent of air below the lowest day of the chart


def described(title: str, facts: Facts, figures: Sequence[Figure], of: Records) -> Workbook:
    """The workbook of a version."""
    known = records.is_known(of)
    found = counted(of) if known else None
    sheets = [*(pages(found) if found else [_nothing()]), *_restated(figures), _sign_off()]
    return Workbook(
        title=f"{title}, {facts.period.words()}",
        subject=f"IDVA posts against what the contract asks for, {facts.period.name}, version {facts.version}",
        organisation=ORGANISATION,
        made_at=facts.made_at,
        cover=tuple(_cover(facts, found)),
        sheets=tuple(sheets),
        notes=tuple(Note(f"note{place}", text) for place, text in enumerate(facts.notes, 1)),
        charts=tuple(_charts(found)) if found else (),
    )


def _cover(facts: Facts, found: Counted | None) -> Iterable[CoverLine]:
    yield CoverLine(
        "What this is",
        f"Evidence of IDVAs in post at the {ORGANISATION}, for the Mayor's Office for Policing and Crime, beside the "
        "invoice of the service fee.",
    )
    if found is not None:
        words = {"met": "met", "not_met": "NOT met"}[found.summary.status]
        how = {"both": "mean and last day", "mean": "the mean", "last_day": "the last day"}[found.met_by]
        yield CoverLine(
            "Result",
            f"{float(found.required):g} FTE are {words} (by {how}): on the average {_fte(found.summary.mean)}, on the "
            f"last day {_fte(found.summary.last_day)}, lowest {_fte(found.summary.lowest)} on "
            f"{found.summary.lowest_on:%-d %B %Y}.",
        )
        yield CoverLine("Roster", f"Worked out from the statement of {found.statement_date:%-d %B %Y}.")
    yield CoverLine("Period", f"{facts.period.words()} ({facts.period.name}), every day of it.")
    yield CoverLine("As known at", f"What the service knew at {in_words(facts.as_known_at)}.")
    yield CoverLine("Version", f"{facts.version}, made on {in_words(facts.made_at)}.")
    yield CoverLine(
        "How to check it",
        "Every total is a formula over the sheets Daily and By post; the sheet Checks says whether all of them agree. "
        "People are staff numbers; there are no names.",
    )


def _fte(value: Fraction) -> str:
    return f"{float(value):.4f}"


def _nothing() -> Sheet:
    return Sheet(
        "Summary",
        "IDVA posts: no roster was known",
        ("Nothing can be said of FTE without a roster; the notes say which file is awaited.",),
        Table(
            "summary",
            (Column("Figure", "text"), Column("Value", "fte")),
            (Row(("FTE in post, mean of the quarter", Shorthand.NOT_AVAILABLE)),),
        ),
        "FTE",
    )


def _restated(figures: Sequence[Figure]) -> list[Sheet]:
    """What a later version says otherwise than the one before it."""
    by_row: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        if figure.table == "restated":
            by_row.setdefault(figure.row, {})[figure.column] = figure
    if not by_row:
        return []
    rows = []
    for row, cells in by_row.items():
        values = [cells[name].value for name in ("old", "new", "corrections")]
        rows.append(
            Row(
                (
                    row,
                    *(
                        Fraction(each) if isinstance(each, int | Fraction) else Shorthand.NOT_AVAILABLE
                        for each in values
                    ),
                )
            )
        )
    columns = (Column("Figure", "text"), *(Column(name, "fte") for name in ("Before", "Now", "Difference")))
    return [
        Sheet(
            "Restated",
            "What moved since the version before",
            ("A later statement of the roster, or a term that changed, makes the whole of each difference.",),
            Table("restated", columns, tuple(rows)),
            "As in the figure's own table",
        )
    ]


def _sign_off() -> Sheet:
    line = "________________"
    return Sheet(
        "Sign-off",
        "Signatures",
        ("To be signed by hand on paper, besides the approval by key that the manifest carries.",),
        Table(
            "sign_off",
            tuple(Column(name, "text") for name in ("Step", "Name", "Role", "Date", "Signature")),
            tuple(
                Row((step, f"Name {line}", f"Role {line}", "Date ____ / ____ / ______", f"Signed {line}{line}"))
                for step in ("Prepared by (finance)", "Checked by (service)", "Approved by (director)")
            ),
        ),
    )


def _charts(found: Counted) -> Iterable[Chart]:
    lowest = min(*found.days.fte, found.required)
    under = sum(each < found.required for each in found.days.fte)
    told = f"It is under the line on {under} of {len(found.days.fte)} days." if under else "It is never under the line."
    yield Chart(
        title="FTE in post by day",
        says=f"A line of FTE in post on each day, with a level line at the required {float(found.required):g}. {told} "
        f"Lowest {_fte(found.summary.lowest)} on {found.summary.lowest_on:%-d %B %Y}.",
        sheet="Daily",
        category="Day",
        values=("FTE in post",),
        form="line",
        level=Level("Required FTE", found.required),
        begins_at=max(0, int(lowest * (100 - _ROOM) / 100)),
    )
    yield Chart(
        title="FTE in post by area, beside the guide",
        says="Two bars for each area: the guide, and the mean of FTE in post over the quarter.",
        sheet="By area",
        category="Area",
        values=("Guide", "In post, mean"),
        form="bar",
        leaves_out=frozenset({"Total"}),
    )
