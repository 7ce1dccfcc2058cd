"""Sheets of the cases that IDVAs took on, beside their FTE and the guide for boroughs (R19). Pure."""

from __future__ import annotations

from fractions import Fraction

from mappings.areas import load_boroughs
from outputs.idva.bcus import area_words
from outputs.idva.cells import Place, first_row, formula
from outputs.idva.counted import Cases, Counted
from outputs.workbook.sheets import Cell, Column, Row, Sheet, Shorthand, Table


def caseload(of: Counted, areas: Place) -> Sheet:
    columns = (
        Column("Area", "text"),
        Column("Cases begun in the quarter", "count"),
        Column("Cases begun in 12 months", "count"),
        Column("In post, mean", "fte"),
        Column("Cases in 12 months for each FTE", "number"),
    )
    above = ("A case begins when an IDVA is first allocated to it; by the person's borough of residence.",)
    first = first_row(above)
    at = {each.code: place for place, each in enumerate(of.areas)}
    rows = []
    for place, each in enumerate(of.by_area):
        mean = next((area.mean for area in of.areas if area.code == each.name), None)
        fte: Cell = Shorthand.NOT_APPLICABLE
        if mean is not None:
            fte = formula(f"={areas.cell('In post, mean', at[each.name])}", mean)
        rows.append(
            Row((area_words(each.name), each.in_quarter, each.in_year, fte, _per_fte(first + place, each, mean)))
        )
    last = first + len(rows) - 1
    sums = (sum(each.in_quarter for each in of.by_area), sum(each.in_year for each in of.by_area))
    counts = [formula(f"=SUM({name}{first}:{name}{last})", value) for name, value in zip("BC", sums, strict=True)]
    whole = Cases("total", *sums, 0)
    total = formula(f"={areas.cell('In post, mean', len(of.areas))}", of.summary.mean)
    rows.append(Row(("Total", *counts, total, _per_fte(last + 1, whole, of.summary.mean)), is_total=True))
    return Sheet(
        "Caseload",
        "Cases of IDVAs beside their FTE",
        above,
        Table("caseload", columns, tuple(rows)),
        "Number of cases; FTE",
    )


def _per_fte(row: int, each: Cases, mean: Fraction | None) -> Cell:
    if not mean:
        return Shorthand.NOT_AVAILABLE
    return formula(f"=C{row}/D{row}", Fraction(each.in_year) / mean)


def boroughs(of: Counted) -> Sheet:
    names = {each.code: each.name for each in load_boroughs()} | {
        "outside_london": "Outside London",
        "not_given": "Not given",
    }
    columns = (
        Column("Borough", "text"),
        Column("Cases begun in the quarter", "count"),
        Column("Cases begun in 12 months", "count"),
        Column("Guide for a year", "count"),
        Column("Difference to the guide", "count"),
    )
    above = ("The guide is at least 30 cases of IDVAs a year for each borough of residence.",)
    first = first_row(above)
    rows = []
    for place, each in enumerate(of.boroughs):
        row = first + place
        difference: Cell = Shorthand.NOT_APPLICABLE
        if each.guide:
            difference = formula(f"=C{row}-D{row}", each.in_year - each.guide)
        guide: Cell = each.guide or Shorthand.NOT_APPLICABLE
        rows.append(Row((names[each.name], each.in_quarter, each.in_year, guide, difference)))
    return Sheet(
        "By borough", "Cases of IDVAs by borough, beside the guide", above, Table("by_borough", columns, tuple(rows)),
        "Number of cases",
    )  # fmt: skip
