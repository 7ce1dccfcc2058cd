"""Charts: each beside its figures, told apart without colour, with words for whoever cannot see them."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from fractions import Fraction

import openpyxl
import pytest

from outputs.workbook import charts, looks, package
from outputs.workbook.sheets import Chart, Column, Formula, Level, Row, Shorthand, Table
from outputs.workbook.write import write
from tests.outputs.books import book, monthly_return, sheet

FIGURES = Table(
    "Sources",
    (Column("Source", "text"), Column("Referrals", "count"), Column("Take-up", "count"), Column("Share", "rate")),
    (
        Row(("Police", 12, 7, Fraction(1, 3))),
        Row(("Self", Formula("=1+1", 2), 1, Fraction(1, 2))),
        Row(("Others", 5, Shorthand.SUPPRESSED, Fraction(1, 6))),
        Row(("Total", 19, 9, 1), is_total=True),
    ),
)
PAGE = sheet(FIGURES, name="Partners' share")
CHART = Chart(
    "Referrals by source",
    "Bars of referrals by source.",
    PAGE.name,
    "Source",
    ("Referrals", "Take-up"),
    "bar",
    leaves_out=frozenset({"Total"}),
)


def written(*told: Chart) -> dict[str, bytes]:
    return package.parts(write(book(PAGE, charts=told)))


def test_a_chart_has_a_table_of_its_own_without_totals_and_suppressed_rows():
    table, left_out = charts.chart_table(1, CHART, PAGE)
    assert [row.cells[0] for row in table.rows] == ["Police", "Self"]
    assert left_out == ["Others"]


def test_a_figure_that_is_worked_out_is_taken_from_its_place():
    table, _ = charts.chart_table(1, CHART, PAGE)
    assert table.rows[1].cells[1] == Formula("='Partners'' share'!B7", 2)


def test_a_level_is_a_column_of_figures():
    chart = dataclasses.replace(CHART, values=("Share",), level=Level("Target", Fraction(2, 5)))
    table, _ = charts.chart_table(1, chart, PAGE)
    assert table.columns[-1] == Column("Target", "rate")
    assert {row.cells[-1] for row in table.rows} == {Fraction(2, 5)}


def test_what_is_left_out_is_said_and_the_source_is_named():
    page = openpyxl.load_workbook(io.BytesIO(write(book(PAGE, charts=(CHART,)))))["Charts"]
    told = [cell.value for cell in page["A"] if cell.value]
    assert "Not in the chart, since figures are suppressed or not there: Others." in told
    assert "Go to the table with these figures: Partners' share" in told
    assert CHART.says in told


def test_no_chart_is_drawn_of_no_figures():
    nothing = dataclasses.replace(FIGURES, rows=(Row(("Police", Shorthand.SUPPRESSED, 1, Shorthand.SUPPRESSED)),))
    content = write(book(dataclasses.replace(PAGE, table=nothing), charts=(CHART,)))
    assert not [name for name in package.parts(content) if "chart" in name]
    page = openpyxl.load_workbook(io.BytesIO(content))["Charts"]
    assert "There is no chart, since none of its figures can be shown." in [cell.value for cell in page["A"]]


def test_every_chart_has_its_alternative_text():
    drawing = package.parts(write(monthly_return()))["xl/drawings/drawing1.xml"].decode()
    assert re.findall(r'descr="([^"]*)"', drawing) == [
        each.says.replace("'", "&apos;") for each in monthly_return().charts
    ] or (len(re.findall(r'descr="([^"]+)"', drawing)) == len(monthly_return().charts))


def test_lines_differ_by_marker_and_dash_and_bars_by_pattern():
    line = written(dataclasses.replace(CHART, form="line"))["xl/charts/chart1.xml"].decode()
    markers = [each for each in re.findall(r'<c:symbol val="(\w+)"', line) if each != "none"]
    assert len(set(markers)) == len(markers) == 2
    assert '<a:prstDash val="dash"/>' in line
    assert "<a:pattFill" in written(CHART)["xl/charts/chart1.xml"].decode()


@pytest.mark.parametrize(
    ("chart", "element"),
    [
        (CHART, '<c:barDir val="bar"/>'),
        (dataclasses.replace(CHART, level=Level("Target", 8)), '<c:barDir val="col"/>'),
        (dataclasses.replace(CHART, form="line", level=Level("Target", 8)), "<c:lineChart>"),
    ],
    ids=["bars lie", "bars with a level stand", "lines with a level"],
)
def test_the_form_of_a_chart(chart: Chart, element: str):
    assert element in written(chart)["xl/charts/chart1.xml"].decode()


@pytest.mark.parametrize(("bars", "labelled"), [(20, True), (21, False)])
def test_few_bars_carry_their_numbers(bars: int, labelled: bool):
    rows = tuple(Row((f"Source {number}", number, 1, Fraction(1, 2))) for number in range(bars))
    content = write(book(dataclasses.replace(PAGE, table=dataclasses.replace(FIGURES, rows=rows)), charts=(CHART,)))
    assert (b"<c:dLbls>" in package.parts(content)["xl/charts/chart1.xml"]) == labelled


@pytest.mark.parametrize("colour", [*looks.SERIES, looks.LEVEL])
def test_what_is_drawn_stands_out_from_the_page(colour: str):
    assert looks.contrast(colour, "#FFFFFF") >= 3


@pytest.mark.parametrize("colour", [looks.INK, looks.NAVY, looks.LINK])
def test_what_is_written_stands_out_more(colour: str):
    assert looks.contrast(colour, "#FFFFFF") >= 4.5


def test_no_two_series_share_pattern_marker_or_dash():
    for told in (looks.SERIES, looks.PATTERNS, looks.MARKERS, looks.DASHES):
        assert len(set(told)) == len(told) == 4


def test_contrast_is_that_of_the_guidelines():
    assert looks.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert looks.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_no_chart_stands_on_another():
    _, spots = charts.page(monthly_return())
    assert all(one.area.top + one.rows <= other.heading for one, other in itertools.pairwise(spots))


@pytest.mark.parametrize(("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_haveletters(column: int, letters: str):
    assert charts.letters(column) == letters
