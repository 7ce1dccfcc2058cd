"""The tables that are committed: complete, and at one with the validators and the documentation."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest

from docs.generate.mappings import render
from exchange.errors import MappingInvalid
from exchange.sources import SOURCES
from mappings.canonical import CRIME_CATEGORIES, FORMS, Form
from mappings.load import ROOT, load
from mappings.normalise import normalise
from mappings.tables import Shape, parse_table
from mappings.versions import table_names
from tests.intake.written import LAYOUTS as WRITTEN
from tests.intake.written import row
from validators import police_referral

LAYOUTS = {source.layout.name: source.layout.form for source in SOURCES.values()}


def test_every_folder_of_mappings_belongs_to_a_layout():
    assert {path.parent.name for path in ROOT.glob("*/columns.csv")} == set(LAYOUTS)


@pytest.mark.parametrize(("layout", "form"), LAYOUTS.items())
def test_each_layout_loads_once_and_makes_canonical_columns_only(layout: str, form: str):
    mappings = load(layout, form)
    assert load(layout, form) is mappings
    assert {name for step in mappings.steps for name in step.makes} <= set(FORMS[form].by_name)


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_every_canonical_column_has_a_source_in_some_layout(form: Form):
    made = {
        name
        for layout, of in LAYOUTS.items()
        if of == form.name
        for step in load(layout, of).steps
        for name in step.makes
    }
    assert made == set(form.by_name)


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_a_field_follows_one_that_there_is(form: Form):
    assert {field.follows for field in form.fields if field.follows} <= set(form.by_name)


def test_each_crime_category_but_non_crime_has_a_class():
    with (ROOT / "reference" / "crime_categories.csv").open(encoding="utf-8", newline="") as file:
        used = {line["crime_category"] for line in csv.DictReader(file)}
    assert used == CRIME_CATEGORIES - {"non_crime"}


def test_there_are_33_authorities_in_12_bcus():
    with (ROOT / "reference" / "boroughs.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 33
    assert len({line["bcu_code"] for line in lines} - {""}) == 12
    assert {line["name"] for line in lines if line["bcu_code"] == "NA"} == {"Enfield", "Haringey"}


@pytest.mark.parametrize("table", table_names(ROOT))
def test_no_table_holds_a_carriage_return_or_a_byte_order_mark(table):
    data = (ROOT / f"{table}.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")


def test_the_word_na_is_a_code_and_a_blank_is_refused():
    shape = Shape(("bcu_code", "name"), ("bcu_code",))
    assert [line["bcu_code"] for line in parse_table("t", b"bcu_code,name\nNA,North Area\n", shape).lines] == ["NA"]
    with pytest.raises(MappingInvalid, match="bcu_code is blank"):
        parse_table("t", b"bcu_code,name\n,North Area\n", shape)


@pytest.mark.parametrize("layout", WRITTEN, ids=lambda layout: layout.name)
def test_a_layout_agrees_with_its_validators(layout):
    """Every column of the layout is used, and each code that its validators let by leads somewhere."""
    mappings = load(layout.name, layout.form)
    assert {name for step in mappings.steps for name in step.columns} == set(layout.names)
    for column in layout.columns:
        for code in column.codes:
            sent = pa.table([[value] for value in row(layout, **{column.name: code})], names=list(layout.names))
            (found,) = normalise(sent, mappings).table.to_pylist()
            made = [found[name] for step in mappings.steps if step.columns[0] == column.name for name in step.makes]
            assert set(made) - {None}, (column.name, code)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("ethnicity_16plus1", police_referral.ETHNICITY_16_PLUS_1),
        ("ethnicity_observed", police_referral.ETHNICITY_OBSERVED),
    ],
)
def test_the_validators_know_the_same_codes(table, codes):
    with (ROOT / "reference" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        assert {line["code"] for line in csv.DictReader(file)} == set(codes)


def test_the_page_about_mappings_names_every_table_and_all_that_is_not_verified():
    page = render()
    assert all(f"`{name}`" in page for name in table_names(ROOT))
    assert "- NFIB1A: " in page
    assert "26 codes have several classes" in page
    assert f"**{load('police_referral').version}**" in page
