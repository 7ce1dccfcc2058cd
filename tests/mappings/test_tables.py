"""Code tables that are not valid, each refused with its table and line."""

from __future__ import annotations

import datetime

import pytest

from exchange.errors import MappingInvalid
from mappings.load import load
from mappings.normalise import normalise
from mappings.offence_tables import DETAIL, OFFENCES, build_book, read_offence_tables
from mappings.versions import stamp
from tests.mappings.feed_rows import table_of
from tests.mappings.spoiling import lines_of, spoil

R = "reference/"
P = "police_referral/"
NOTHING_LISTED = "offence_class is neither in reference/offences nor in reference/nfib_codes"
# table | line that is changed | what stands there then | what is said
SPOILED = [
    # blank, repeated, wrong shape
    (
        f"{R}boroughs",
        "E09000003,",
        ",Barnet,Metropolitan Police Service,01,NW,London borough,yes,,",
        "borough_code is blank",
    ),
    (
        f"{R}boroughs",
        "E09000003,",
        "E09000003,,Metropolitan Police Service,01,NW,London borough,yes,,",
        "name is blank",
    ),
    (f"{R}boroughs", "", "E09000003,Barnet,,,NW,London borough,yes,,", "borough_code is repeated"),
    (f"{R}boroughs", "E09000003,", "E09000003,Barnet,,01,XX,London borough,yes,,", "bcu_code is not in reference/bcus"),
    (f"{R}borough_spellings", "", "BRENT,E09000005,yes,,", "spelling is repeated"),
    (f"{R}borough_spellings", "", "Londinium,E09999999,yes,,", "borough_code is not in reference/boroughs"),
    (f"{R}bcus", "NA,", "NA,North Area,maybe,", "verified is neither yes nor no"),
    (f"{R}bcus", "NA,", "NA,North Area", "it has 2 cells"),
    (f"{R}bcus", "NA,", "NA ,North Area,yes,", "a cell starts or ends with a space"),
    (f"{R}bcus", "bcu_code,", "code,name,verified,note", "its header is not bcu_code,name,verified,note"),
    (f"{R}nfib_codes", "", "NFIB3A,Again,,yes,,,no,,", "nfib_code is repeated"),
    (f"{R}police_forces", "", "01,Again,,,yes,,,", "force_code is repeated"),
    (
        f"{R}ethnicity_16plus1",
        "W1,",
        "W1,British,pale,yes,,,",
        "ethnicity_group is not one of the groups of the returns",
    ),
    (f"{R}ethnicity_18plus1", "W2,", "W2,BRITISH,white,yes,,,", "label is repeated"),
    # dates
    (f"{R}offences", "8S,", "8S,A,,G,S,2017-04-01,2016-04-01,,,yes,,", "valid_to is before valid_from"),
    (f"{R}offences", "8S,", "8S,A,,G,S,01/04/2017,,,,yes,,", "valid_from is not a date as yyyy-mm-dd"),
    (f"{R}offences", "8S,", "8S,A,,G,S,2017-02-30,,,,yes,,", "valid_from is not a date as yyyy-mm-dd"),
    (f"{R}offences", "8S,", "8S,A,,G,S,,2017-W01-1,,,yes,,", "valid_to is not a date as yyyy-mm-dd"),
    (
        f"{R}crime_categories",
        "39,",
        "39,other_theft,,2020-04-01,,yes,\n39,theft_from_the_person,2020-04-01,,,yes,",
        "offence_class is repeated with overlapping dates",
    ),
    (f"{R}crime_categories", "", "39,other_theft,,,,yes,", "offence_class is repeated with overlapping dates"),
    # codes that lead nowhere
    (f"{R}home_office_detail", "", "001/98,99Z,Murder,Murder,V,yes", NOTHING_LISTED),
    (
        f"{R}home_office_detail",
        "",
        "001/01,1,Murder,Genocide or crime against humanity,V,yes",
        "home_office_code offence_class offence_title is repeated",
    ),
    (
        f"{R}home_office_detail",
        "",
        "001/01,39,Theft from the person,Murder,V,yes",
        "home_office_code has classes of several crime categories",
    ),
    (f"{R}crime_categories", "", "99Z,other_crime,,,,yes,", NOTHING_LISTED),
    (f"{R}crime_categories", "39,", "39,pickpocketing,,,,yes,", "crime_category is not a row of the monthly return"),
    (f"{R}codes_without_class", "", "001/01,homicide,Murder,yes,", f"home_office_code has a class in {DETAIL}"),
    (
        f"{R}codes_without_class",
        "053/40,",
        "053/40,swindle,Fraud,yes,",
        "crime_category is not a row of the monthly return",
    ),
    (f"{R}deaths", "", "999/99,homicide,yes,", f"home_office_code is not in {DETAIL}"),
    (f"{R}deaths", "001/01,", "001/01,maybe,yes,", "kind is none of homicide, driving, other"),
    # a layout's columns and codes
    (f"{P}gender", "M,", "M,mail,yes,", "value is not one of female, male, not_given, other, prefer_not_to_say"),
    (f"{P}gender", "M,", "F,male,yes,", "code is repeated"),
    (f"{P}gender", "M,", "M,,yes,", "value is blank"),
    (
        f"{P}columns",
        "title,",
        "salutation,title,text,,",
        "canonical is not a field of the form referral in mappings/canonical.py",
    ),
    (f"{P}columns", "title,", "title,title,words,,", "kind is not one of mappings/kinds.py"),
    (f"{P}columns", "title,", "title,title,text,loud,", "this kind takes no argument"),
    (f"{P}columns", "title,", "title,title forename,text,,", "this kind takes 1 columns"),
    (f"{P}columns", "title,", "title,title,flag,Y/N,", "this kind makes other types than canonical needs"),
    (f"{P}columns", "title,", "title,title,constant,,", "this kind needs an argument"),
    (f"{P}columns", "title,", "title,title,lookup,titles,", "its argument is not a table in the layout's folder"),
    (f"{P}columns", "da_flag,", "da_flag,da_flag,flag,Y,", "its argument is not two words with / between them"),
    (f"{P}columns", "da_flag,", "da_flag,da_flag,flag,Y/Y,", "its argument is not two words with / between them"),
    (
        f"{P}columns",
        "birth_date,",
        "birth_date,birth_date,day,mm/dd/yyyy,",
        "its argument is not one of dd/mm/yyyy, yyyy-mm-dd",
    ),
    (f"{P}columns", "borough_code,", "borough_code,borough,borough,all,", "this kind takes no argument"),
    (
        f"{P}columns",
        "ethnicity_group,",
        "ethnicity_group,ethnicity_self,code_group,ethnicity_observed,",
        "its argument is not a table in reference/ that this kind can use",
    ),
    (
        f"{P}columns",
        "offence_class ",
        "offence_class,ho_code offence_title incident_kind offence_from,home_office,dd/mm/yyyy,",
        "this kind makes other types than canonical needs",
    ),
    (f"{P}columns", "", "death,opted_out,flag,Y/N,", "canonical is made by an earlier line too"),
    (f"{P}columns", "", "title,title,text,,", "canonical is repeated"),
]


@pytest.mark.parametrize(("table", "old", "new", "problem"), SPOILED, ids=[f"{line[0]}: {line[3]}" for line in SPOILED])
def test_a_table_that_is_not_valid_is_refused(root, table, old, new, problem):
    spoil(root, table, old, new)
    with pytest.raises(MappingInvalid) as caught:
        load("police_referral", root=root)
    assert (caught.value.facts["table"], caught.value.facts["problem"]) == (table, problem)
    assert caught.value.facts["line"] in range(1, len(lines_of(root, table)) + 1)


@pytest.mark.parametrize(
    ("table", "prefix", "problem"),
    [
        (
            f"{R}crime_categories",
            "39,",
            f"{OFFENCES}: offence_class has no crime category today in {R}crime_categories",
        ),
        (
            f"{R}crime_categories",
            "NFIB3A,",
            f"{R}nfib_codes: nfib_code has no crime category today in {R}crime_categories",
        ),
        (f"{P}columns", "key,", f"{P}columns: no line makes key"),
    ],
)
def test_a_line_that_is_missing_is_missed(root, table, prefix, problem):
    lines = [line for line in lines_of(root, table) if not line.startswith(prefix)]
    (root / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(MappingInvalid) as caught:
        load("police_referral", root=root)
    assert f"{caught.value.facts['table']}: {caught.value.facts['problem']}" == problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is empty, or not UTF-8"),
        ("bcu_code,name,verified,note\nNA,Caf\xe9,yes,\n".encode("latin-1"), "it is empty, or not UTF-8"),
        (b"bcu_code,name,verified,note\n", "it has no lines"),
    ],
)
def test_a_file_that_is_no_table_is_refused(root, data, problem):
    (root / "reference" / "bcus.csv").write_bytes(data)
    with pytest.raises(MappingInvalid) as caught:
        load("police_referral", root=root)
    assert (caught.value.facts["table"], caught.value.facts["problem"]) == ("reference/bcus", problem)


def test_a_table_that_is_not_there_is_missed(root):
    (root / "reference" / "bcus.csv").unlink()
    with pytest.raises(MappingInvalid, match="the table is not there"):
        load("police_referral", root=root)


def test_a_layout_s_table_has_to_be_for_a_canonical_column(root):
    (root / "police_referral" / "moods.csv").write_text("code,value,verified,note\nA,B,yes,\n", encoding="utf-8")
    with pytest.raises(MappingInvalid, match="police_referral/moods"):
        load("police_referral", root=root)


def test_a_column_that_the_layout_has_not_is_named_when_rows_come(root):
    spoil(root, "police_referral/columns", "title,", "title,nickname,text,,")
    stamp(root, since=datetime.date(2026, 12, 1))
    with pytest.raises(MappingInvalid, match="the layout has no such column"):
        normalise(table_of({}), load("police_referral", root=root))


def test_a_code_may_not_have_more_classes_than_can_be_told_apart(root):
    same_category = [
        "10A",
        "10B",
        "10C",
        "10D",
        "81",
        "90",
        "66",
        "62A",
        "9A",
        "9B",
        "15",
        "24",
        "26",
        "33",
        "38",
        "54",
    ]
    spoil(root, DETAIL, "", "\n".join(f"998/01,{name},Class,Title,V,yes" for name in same_category))
    with pytest.raises(MappingInvalid, match="more classes than can be told apart"):
        load("police_referral", root=root)


# --- a category that changes with a date ------------------------------------------------------------


def test_a_category_may_have_changed_and_then_the_day_of_the_offence_decides(root):
    """Were theft from the person other theft until the end of March 2020: the old rows would say so."""
    spoil(
        root,
        "reference/crime_categories",
        "39,",
        "39,other_theft,,2020-03-31,,yes,\n39,theft_from_the_person,2020-04-01,,,yes,",
    )
    earlier, later = build_book(read_offence_tables(root)).dated_categories
    assert earlier.last + 1 == later.first
    stamp(root, since=datetime.date(2026, 12, 1))
    days = ["31/03/2020", "01/04/2020", ""]
    rows = table_of(*({"ho_code": "039/00", "offence_from": day} for day in days))
    table = normalise(rows, load("police_referral", root=root)).table
    assert table["crime_category"].to_pylist() == ["other_theft", "theft_from_the_person", "theft_from_the_person"]
    assert table["mapping_version"].to_pylist() == ["2026.12-1"] * 3
