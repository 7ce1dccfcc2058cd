"""Workbooks for tests: a whole return of made-up figures, and the smallest one there can be."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction

from outputs import catalogue
from outputs.workbook.sheets import (
    Cell,
    Chart,
    Column,
    CoverLine,
    Formula,
    Level,
    Note,
    Row,
    Sheet,
    Shorthand,
    Table,
    Workbook,
)

MADE_AT = datetime(2019, 7, 11, 8, 30, tzinfo=UTC)
SERVICE = "London Victim and Witness Service"


def book(*sheets: Sheet, **over: object) -> Workbook:
    """A workbook of these sheets."""
    parts = {
        "title": "Monthly return, June 2019",
        "subject": "Referrals to the service and take-up of support",
        "organisation": SERVICE,
        "made_at": MADE_AT,
        "cover": (CoverLine("Period", "June 2019"),),
        "sheets": sheets or (sheet(),),
    }
    return Workbook(**{**parts, **over})


def sheet(table: Table | None = None, **over: object) -> Sheet:
    """A sheet with a table of two rows."""
    usual = Table(
        "Sources",
        (Column("Source", "text"), Column("Referrals", "count"), Column("Take-up rate", "rate")),
        (Row(("Police", 1200, Fraction(1, 3))), Row(("Total", 1200, Shorthand.SUPPRESSED), is_total=True)),
    )
    parts = {
        "name": "Source of referral",
        "title": "Referrals by source",
        "says": ("Who sent the victim.",),
        "table": table or usual,
        "unit": "victims",
    }
    return Sheet(**{**parts, **over})


def texts(*values: str) -> Sheet:
    """A sheet with a column of texts."""
    rows = tuple(Row((f"Row {number}", value)) for number, value in enumerate(values, 1))
    return sheet(Table("Texts", (Column("Row", "text"), Column("Text", "text")), rows), name="Narrative", unit="")


# --- a whole return --------------------------------------------------------------------------------


def monthly_return() -> Workbook:
    """A return as MOPAC gets it, of the catalogue's tables, with made-up figures."""
    draw = random.Random(20190601)
    sheets = [_sheet(table, draw) for table in catalogue.tables("quarterly")]
    return book(
        *[each for each in sheets if each.name != "Narrative"],
        hours(),
        title="Monthly return of the London Victim and Witness Service, June 2019",
        cover=(
            CoverLine("Period", "1 to 30 June 2019"),
            CoverLine("As things stood", "Activity up to the end of 10 July 2019, as known on 11 July 2019 at 09:30."),
            CoverLine("Version", "Version 1. Nothing was delivered for this period before."),
            CoverLine(
                "Small numbers",
                "In the tables of gender, ethnicity, disability, sexual orientation, religion and representation, "
                "figures of 1 to 4 are suppressed, with those that would tell them. Other tables are whole.",
            ),
            CoverLine("Questions", "Write to the service's data team, by the secure mailbox agreed with MOPAC."),
        ),
        notes=(
            Note("month", "A referral belongs to the month in which it was received, in London's time."),
            Note("rate", "Rates divide by the table's own referrals. A rate over no referrals is not available."),
        ),
        charts=(
            Chart(
                "Referrals by crime category",
                "Bars of the month's referrals by crime category. The table left of the chart has the same figures.",
                "Crime category",
                "Crime category",
                ("Referrals",),
                "bar",
                leaves_out=frozenset({"Total", "All without domestic abuse", "All domestic abuse"}),
            ),
            Chart(
                "Referrals and take-up by gender",
                "Bars of the month's referrals and take-up by gender. Suppressed groups are left out.",
                "Gender",
                "Gender",
                ("Referrals", "Take-up"),
                "bar",
                leaves_out=frozenset({"Total"}),
            ),
            Chart(
                "Take-up rate by age without domestic abuse",
                "Columns of the take-up rate by age group, and a dashed line at the target of 40%.",
                "Age without domestic abuse",
                "Age at referral",
                ("Take-up rate",),
                "bar",
                Level("Target", Fraction(2, 5)),
                frozenset({"Total"}),
            ),
            Chart(
                "Hours of support by week",
                "Two lines of hours planned and hours worked in each week of the month.",
                "Hours of support",
                "Week",
                ("Hours planned", "Hours worked"),
                "line",
                leaves_out=frozenset({"Total"}),
            ),
        ),
    )


FIRST_HEADINGS = {"crime_category": "Crime category", "gender": "Gender", "age_non_da": "Age at referral"}


def _sheet(table: catalogue.Table, draw: random.Random) -> Sheet:
    columns = (Column(FIRST_HEADINGS.get(table.key, table.sheet), "text"), *(_column(each) for each in table.columns))
    rows = tuple(
        Row((row.words, *(_cell(column, table, draw) for column in table.columns)), row.key.startswith("total"))
        for row in table.rows or (catalogue.Row("none", "No rule changed in the period"),)
    )
    notes = ("month", "rate") if any(column.kind == "rate" for column in columns) else ("month",)
    return Sheet(table.sheet, table.title, (table.says,), Table(table.key, columns, rows), table.unit, notes)


def _column(column: catalogue.Column) -> Column:
    return Column(column.words, column.kind)


def _cell(column: catalogue.Column, table: catalogue.Table, draw: random.Random) -> Cell:
    if table.suppression == "secondary" and draw.random() < 0.1:
        return Shorthand.SUPPRESSED
    match column.kind:
        case "count":
            return int(draw.expovariate(1 / 1500))
        case "rate":
            return Fraction(draw.randrange(1000), 1000) if draw.random() > 0.05 else Shorthand.NOT_AVAILABLE
        case "text":
            return "Not started" if column.key == "status" else "none yet"
        case _:
            return Fraction(draw.randrange(1000), 7)


def hours() -> Sheet:
    """A sheet with live formulas."""
    weeks = [("3 June", 140, 133), ("10 June", 150, 162), ("17 June", 150, 149), ("24 June", 130, 128)]
    rows = [
        Row((week, planned, worked, Formula(f"=C{row}/B{row}", Fraction(worked, planned))))
        for row, (week, planned, worked) in enumerate(weeks, 6)
    ]
    total = Row(
        (
            "Total",
            Formula("=SUM(B6:B9)", 570),
            Formula("=SUM(C6:C9)", 572),
            Formula("=C10/B10", Fraction(572, 570)),
        ),
        is_total=True,
    )
    columns = (
        Column("Week", "text"),
        Column("Hours planned", "hours"),
        Column("Hours worked", "hours"),
        Column("Share of plan", "rate"),
    )
    says = ("Hours by the week's first day.",)
    table = Table("Hours", columns, (*rows, total))
    return Sheet("Hours of support", "Hours of support planned and worked", says, table, "hours")
