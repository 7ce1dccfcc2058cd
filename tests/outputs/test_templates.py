"""A funder's own workbook: figures go where the map says, everything else stays as it was."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
import time_machine

from exchange.errors import TemplateInvalid, WorkbookInvalid, WorkbookUnsafe
from outputs import catalogue
from outputs.figures import Figure, Value
from outputs.workbook import package, templates
from tests.outputs.books import MADE_AT, SERVICE
from tests.repository import ROOT

FOLDER = ROOT / "outputs" / "templates"
FORM = (FOLDER / "victims_fund_quarterly.xlsx").read_bytes()
MAP = (FOLDER / "victims_fund_quarterly.csv").read_text(encoding="utf-8")
HEADER = "sheet,cell,table,row,column\n"


def figures() -> list[Figure]:
    """Every figure of a quarter, by its place; one group's are suppressed."""
    found = []
    for table in catalogue.tables("quarterly"):
        for place, row in enumerate(table.rows):
            for column in table.columns:
                value: Value = {"count": 1000 + place, "rate": Fraction(place + 1, 70), "text": "Words"}.get(
                    column.kind, 3
                )
                hidden = (table.key, row.key) == ("gender", "other")
                figure = (
                    Figure(table.key, row.key, column.key, None, "suppressed")
                    if hidden
                    else Figure(table.key, row.key, column.key, value)
                )
                found.append(figure)
    return found


def fill(told: str = MAP, template: bytes = FORM, given: list[Figure] | None = None) -> bytes:
    return templates.fill(template, templates.parse_map(told), given or figures(), by=SERVICE, made_at=MADE_AT)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def edited(change) -> bytes:
    form = opened(FORM)
    change(form)
    buffer = io.BytesIO()
    form.save(buffer)
    return buffer.getvalue()


def test_figures_go_where_the_map_says():
    form = opened(fill())
    assert form["1 Demand"]["B6"].value == 1001
    assert form["2 Who was supported"]["D7"].value == 0.0143  # as fine as in figures.csv
    assert [form["2 Who was supported"].cell(9, column).value for column in (2, 3, 4)] == ["[c]"] * 3


def test_every_figure_of_the_map_is_in_the_catalogue():
    known = {figure.key for figure in figures()}
    assert [place.line for place in templates.parse_map(MAP) if place.figure not in known] == []


def look(cell: Any) -> list[str]:
    parts = (cell.font, cell.fill, cell.border, cell.alignment, cell.number_format, cell.protection)
    return [repr(part) for part in parts]


def test_everything_else_stays_as_it_was():
    before, after = opened(FORM), opened(fill())
    filled = {(place.sheet, place.cell) for place in templates.parse_map(MAP)}
    for sheet in before.worksheets:
        other = after[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                assert look(cell) == look(twin)
                assert cell.value == twin.value or (sheet.title, cell.coordinate) in filled
        widths = [{name: each.width for name, each in page.column_dimensions.items()} for page in (sheet, other)]
        assert widths[0] == widths[1]
        assert sheet.merged_cells.ranges == other.merged_cells.ranges
        assert sheet.freeze_panes == other.freeze_panes
        assert sheet.oddFooter.center.text == other.oddFooter.center.text
        assert len(sheet.data_validations.dataValidation) == len(other.data_validations.dataValidation)
        assert len(sheet.conditional_formatting) == len(other.conditional_formatting)


def test_same_bytes_on_any_day():
    with time_machine.travel(datetime(2031, 2, 28)):
        later = fill()
    assert later == fill()
    assert opened(later).properties.modified == datetime(2019, 7, 11, 8, 30)


def test_nobody_in_person_made_it():
    properties = opened(fill()).properties
    assert (properties.creator, properties.lastModifiedBy) == (SERVICE, SERVICE)


def test_words_stay_words():
    told = HEADER + "1 Demand,E6,narrative,one,text\n1 Demand,E7,narrative,two,text\n1 Demand,E8,narrative,three,text\n"
    values = ["=1+1", "#N/A", "a\r\nb _x000D_"]
    given = [
        Figure("narrative", row, "text", value) for row, value in zip(("one", "two", "three"), values, strict=True)
    ]
    form = opened(fill(told, given=given))["1 Demand"]
    assert [form[cell].data_type for cell in ("E6", "E7", "E8")] == ["s", "s", "s"]
    assert [form[cell].value for cell in ("E6", "E7")] == ["=1+1", "#N/A"]
    assert form["E6"].quotePrefix
    assert b"a\nb _x005F_x000D_" in package.parts(fill(told, given=given))["xl/worksheets/sheet1.xml"]


LINE = "1 Demand,B6,referral_source,mps,referrals\n"
MAPS = {
    "other columns": ("sheet,cell,figure\n", "line 1"),
    "nothing at all": ("", "line 1"),
    "a field too few": (HEADER + "1 Demand,B6,referral_source,mps\n", "line 2"),
    "a blank field": (HEADER + LINE + "1 Demand,,referral_source,mps,referrals\n", "line 3"),
    "a sheet that is not there": (HEADER + "Demand,B6,referral_source,mps,referrals\n", "no such sheet"),
    "a cell that is none": (HEADER + "1 Demand,6B,referral_source,mps,referrals\n", "no such cell"),
    "a cell outside the form": (HEADER + "1 Demand,B600,referral_source,mps,referrals\n", "no such cell"),
    "an area": (HEADER + "1 Demand,B6:B7,referral_source,mps,referrals\n", "no such cell"),
    "a figure that is not there": (HEADER + "1 Demand,B6,referral_source,nobody,referrals\n", "no such figure"),
    "a formula": (HEADER + "1 Demand,D6,referral_source,mps,take_up_rate\n", "a formula"),
    "a label": (HEADER + "1 Demand,A6,referral_source,mps,referrals\n", "words in it"),
    "part of a merged cell": (HEADER + "1 Demand,B3,referral_source,mps,referrals\n", "part of another"),
    "two figures for one cell": (HEADER + LINE + "1 Demand,b6,referral_source,btp,referrals\n", "line 3"),
}


@pytest.mark.parametrize(("told", "says"), MAPS.values(), ids=MAPS)
def test_a_map_that_does_not_fit_stops_everything(told: str, says: str):
    with pytest.raises(TemplateInvalid) as refused:
        fill(told)
    assert says in str(refused.value)


def test_one_figure_may_stand_in_two_cells():
    form = opened(fill(HEADER + LINE + LINE.replace("B6", "C6")))["1 Demand"]
    assert form["B6"].value == form["C6"].value == 1001


def test_a_blank_figure_stops_everything():
    with pytest.raises(TemplateInvalid):
        fill(HEADER + LINE, given=[Figure("referral_source", "mps", "referrals", None)])


@pytest.mark.parametrize("value", ["a\0b", "x" * 40_000, 10**15], ids=["a null", "40,000 letters", "16 digits"])
def test_a_figure_that_no_cell_holds_stops_everything(value: Value):
    with pytest.raises(WorkbookInvalid):
        fill(HEADER + LINE, given=[Figure("referral_source", "mps", "referrals", value)])


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "xl/printerSettings/printerSettings1.bin", "customXml/item1.xml"]
)
def test_a_template_of_which_something_would_be_lost_is_refused(part: str):
    parts = {**package.parts(FORM), part: b"x"}
    with pytest.raises(TemplateInvalid):
        fill(template=package.packed(parts))


def test_what_the_library_loses_stops_everything(monkeypatch):
    seen: list[object] = []
    monkeypatch.setattr(templates, "_values", lambda book: seen.append(book) or len(seen))
    with pytest.raises(WorkbookUnsafe):
        fill()


def test_a_map_may_come_from_excel():
    assert templates.parse_map("\ufeff" + MAP) == templates.parse_map(MAP.replace("\n", "\r\n"))


def test_every_template_has_its_map():
    assert [path for path in FOLDER.glob("*.xlsx") if not path.with_suffix(".csv").exists()] == []
