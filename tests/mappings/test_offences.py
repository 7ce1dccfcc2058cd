"""Codes, titles and days to classes and categories (interfaces: outcomes, Crime category)."""

from __future__ import annotations

import csv

import pytest

from mappings.load import ROOT
from tests.mappings.feed_rows import normal, one, rules

FIELDS = ("offence_class", "crime_category", "class_basis", "death")


def resolved(code: str, title: str = "", day: str = "01/06/2025", kind: str = "crime") -> tuple:
    row = one(ho_code=code, offence_title=title, offence_from=day, incident_kind=kind)
    return tuple(row[field] for field in FIELDS)


def cells(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]


# --- one class --------------------------------------------------------------------------------------

ONE_CLASS = """
    001/01 | 1    | homicide
    002/00 | 2    | violence_with_injury
    004/01 | 4.1  | homicide
    004/04 | 4.4  | violence_with_injury
    008/30 | 8L   | violence_without_injury
    017/15 | 17A  | other_sexual_offences
    031/00 | 31A  | burglary_non_dwelling
    035/00 | 35   | other_theft
    037/02 | 37.2 | other_theft
    039/00 | 39   | theft_from_the_person
    044/00 | 44   | bicycle_theft
    046/00 | 46   | other_theft
    048/01 | 48   | other_theft
    049/10 | 49   | other_theft
    056/01 | 56A  | arson
    058/04 | 58J  | criminal_damage
    061/22 | 61   | fraud_and_forgery
    051/01 | NFIB9 | fraud_and_forgery
    092/70 | 92A  | other_crime
    195/94 | 8L   | violence_without_injury
"""


def listed_classes() -> dict[str, set[str]]:
    classes: dict[str, set[str]] = {}
    with (ROOT / "reference" / "home_office_detail.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            classes.setdefault(line["home_office_code"], set()).add(line["offence_class"])
    return classes


@pytest.mark.parametrize(("code", "offence_class", "category"), cells(ONE_CLASS))
def test_a_code_with_one_class_has_it(code, offence_class, category):
    assert resolved(code)[:3] == (offence_class, category, "listed")


# --- several classes --------------------------------------------------------------------------------

# code | category | day | title | class | basis
SEVERAL = """
    005/01 | violence_with_injury | 01/06/2025 | Wounding with intent or causing grievous bodily harm with intent | 5D | title
    005/01 | violence_with_injury | 01/06/2025 | Wounding with intent to do grievous bodily harm. | | inferred
    005/01 | violence_with_injury | 31/03/2020 | Wounding with intent to do grievous bodily harm | 8S | date
    005/01 | violence_with_injury | 31/03/2017 | Wounding with intent to do grievous bodily harm | 5D | date
    008/01 | violence_with_injury | 01/06/2025 | ASSAULT WITH INJURY | 8N | title
    008/06 | violence_with_injury | 01/06/2025 | Assault occasioning actual bodily harm. | | inferred
    008/06 | violence_with_injury | 31/03/2017 | Assault occasioning actual bodily harm. | 8N | date
    008/06 | violence_with_injury | 01/04/2017 | Assault occasioning actual bodily harm. | | inferred
    008/06 | violence_with_injury | 01/06/2025 | Assault with injury on a constable - Assault occasioning actual bodily harm | 8S | title
    008/06 | violence_with_injury | 31/03/2017 | Assault with injury on a constable | 8N | date
    008/06 | violence_with_injury | 01/06/2025 | Assault with Injury on an Emergency Worker (other than a constable) | 8T | title
    008/73 | violence_without_injury | 01/06/2025 | Assault or assault by beating on a constable | 104 | title
    008/73 | violence_without_injury | 01/06/2025 | Assault without injury | 105A | title
    008/76 | other_crime | 01/06/2025 | Threaten a person with an article in a private place | 10D | title
    008/76 | other_crime | 01/06/2025 | Possession of other weapons - | 10C | title
    008/77 | violence_with_injury | 01/06/2025 | Attempted - Assault with injury - Non-fatal strangulation and suffocation | 8N | title
    019/07 | rape | 31/03/2019 | Rape of a female aged under 16 | 19D | date
    019/07 | rape | 01/04/2019 | Rape of a female aged under 16 | | inferred
    019/08 | rape | 01/06/2025 | Rape of a Female aged 16 and over | 19C | title
    019/09 | rape | 01/06/2025 | Rape of a male - multiple undefined offenders | 19K | title
    019/10 | rape | 31/03/2019 | | 19F | date
    019/11 | rape | 31/03/2019 | Attempted - Rape of a female aged under 16 | 19D | date
    019/12 | rape | 01/06/2025 | Attempted rape of a female aged 16 or over | | inferred
    019/13 | rape | 01/06/2025 | Attempted - Rape of a Male Child under 16 | 19G | title
    019/14 | rape | 01/06/2025 | rape of a male: multiple undefined offenders | 19K | title
    019/16 | rape | 01/06/2025 | Rape of a female child under 13 | 19E | title
    019/17 | rape | 01/06/2025 | Rape of a Male Child under 13. | 19H | title
    019/18 | rape | 31/03/2019 | anything else | 19E | date
    019/19 | rape | 01/06/2025 | anything else | | inferred
    028/03 | burglary_dwelling | 01/06/2025 | Residential burglary of a home | 28I | title
    028/03 | burglary_dwelling | 01/06/2025 | Attempted - Residential Burglary of a Home. | 28J | title
    028/03 | burglary_dwelling | 01/06/2025 | Distraction Burglary - Residential (Home) | 28K | title
    028/03 | burglary_dwelling | 01/06/2025 | Attempted - Distraction Burglary - Residential (Home) | 28L | title
    028/03 | burglary_dwelling | 01/06/2025 | Residential Burglary of Unconnected Building - Burglary | 28M | title
    028/03 | burglary_dwelling | 01/06/2025 | Burglary | | inferred
    028/03 | burglary_dwelling | 01/06/2025 | Attempted - Burglary | | inferred
    028/03 | burglary_dwelling | 31/03/2023 | Residential burglary of a home | | inferred
    028/03 | burglary_dwelling | 01/04/2023 | Residential burglary of a home | 28I | title
    029/00 | burglary_dwelling | 01/06/2025 | Aggravated Burglary Residential (Home) | 29B | title
    030/02 | burglary_non_dwelling | 01/06/2025 | Burglary - Business and Community | 30C | title
    030/02 | burglary_non_dwelling | 01/06/2025 | Attempted - Burglary | 30D | title
    030/02 | burglary_non_dwelling | 31/03/2017 | Burglary business and community | | inferred
    034/01 | other_crime | 01/06/2025 | Robbery - personal. | 34B | title
    034/01 | other_crime | 01/06/2025 | Robbery of Business Property - Robbery | 34A | title
    034/02 | other_crime | 01/06/2025 | Assault with intent to rob - business | 34A | title
    057/00 | criminal_damage | 01/06/2025 | Criminal damage to a vehicle endangering life | 58C | title
    058/00 | criminal_damage | 01/06/2025 | Other criminal damage to a residence | 58A | title
    058/00 | criminal_damage | 01/06/2025 | Criminal damage to a dwelling | 58A | title
    149/00 | criminal_damage | 01/06/2025 | Other criminal damage to a vehicle - under \N{POUND SIGN}5000 | 58C | title
    149/00 | criminal_damage | 01/06/2025 | Graffiti | | inferred
"""


@pytest.mark.parametrize(("code", "category", "day", "title", "offence_class", "basis"), cells(SEVERAL))
def test_the_title_decides_and_then_the_day(code, category, day, title, offence_class, basis):
    assert resolved(code, title, day)[:3] == (offence_class or None, category, basis)


def test_all_26_codes_with_several_classes_are_among_the_examples():
    several = {code for code, classes in listed_classes().items() if len(classes) > 1}
    assert len(several) == 26
    assert several == {line[0] for line in cells(SEVERAL)}


def test_each_of_the_26_goes_on_in_one_category_whatever_decides():
    """A title in nobody's list, with and without a day: still a category, never a lost victim."""
    categories = {line[0]: line[1] for line in cells(SEVERAL)}
    cases = [(code, day) for code in categories for day in ("01/01/1970", "01/06/2018", "01/06/2025", "")]
    rows = [{"ho_code": code, "offence_from": day, "offence_title": "no such title"} for code, day in cases]
    table = normal(*rows).table
    assert table["crime_category"].to_pylist() == [categories[code] for code, _ in cases]


def test_every_listed_code_finds_its_class():
    """Over the whole list: always a category, and the class where there is one only."""
    listed = sorted(listed_classes().items())
    table = normal(*({"ho_code": code, "offence_from": "01/06/2025"} for code, _ in listed)).table
    found = zip(*(table[field].to_pylist() for field in FIELDS[:3]), strict=True)
    for (code, classes), (offence_class, category, basis) in zip(listed, found, strict=True):
        assert category is not None, code
        if len(classes) == 1:
            assert ({offence_class}, basis) == (classes, "listed"), code


# --- days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "offence_class", "basis"),
    [
        ("008/67", "31/03/2020", None, "inferred"),
        ("008/67", "01/04/2020", "8U", "listed"),
        ("008/67", "", "8U", "listed"),
        ("031/00", "31/03/2017", None, "inferred"),
        ("031/00", "01/04/2017", "31A", "listed"),
        ("036/06", "30/07/2015", None, "inferred"),
        ("036/06", "31/07/2015", "106", "listed"),
    ],
)
def test_a_class_stands_from_its_first_day(code, day, offence_class, basis):
    assert resolved(code, day=day)[::2] == (offence_class, basis)


def test_what_could_only_be_inferred_is_marked_with_its_rows():
    result = normal({}, {"ho_code": "028/03", "offence_from": "01/01/2020"}, {"ho_code": "053/40"})
    assert rules(result) == [("ho_code", "class_inferred", [1, 2])]


# --- fraud without a class, non-crime, unknown codes ------------------------------------------------


@pytest.mark.parametrize("code", ["053/40", "053/46"])
def test_a_fraud_code_without_a_class_of_its_own_is_fraud_all_the_same(code):
    assert resolved(code) == (None, "fraud_and_forgery", "inferred", False)


@pytest.mark.parametrize("code", ["", "001/01", "028/03"])
def test_a_non_crime_is_one_whatever_its_code(code):
    assert resolved(code, kind="non-crime") == (None, "non_crime", None, False)


def test_an_unknown_code_is_found_and_a_non_crime_needs_none():
    result = normal(
        {"ho_code": "999/99"},
        {"ho_code": "", "incident_kind": "non-crime"},
        {"ho_code": ""},
        {"ho_code": "999/99", "incident_kind": "non-crime"},
        {"ho_code": "001/01"},
    )
    assert rules(result) == [("ho_code", "ho_code_unknown", [0, 2, 3])]


# --- death ------------------------------------------------------------------------------------------

DEATH = "001/01 001/02 004/01 004/02 004/10 004/04 004/06 004/08 004/09 004/13 004/17 037/01 004/07".split()
NO_DEATH = "002/00 004/03 004/11 004/12 004/18 004/19 003/01 015/00 076/00 802/00 037/02".split()


@pytest.mark.parametrize("code", DEATH + NO_DEATH)
def test_a_death_is_a_homicide_or_a_death_by_driving_and_no_injury_is(code):
    assert resolved(code)[3] is (code in DEATH)


def test_each_homicide_of_the_list_is_a_death():
    homicides = {code for code, classes in listed_classes().items() if classes & {"1", "4.1", "4.2", "4.10"}}
    assert homicides <= set(DEATH)


# --- fraud feed -------------------------------------------------------------------------------------


def test_an_nfib_code_is_its_own_class():
    row = one("fraud_referral", nfib_code="NFIB52C", incident_from="")
    assert [row[field] for field in FIELDS] == ["NFIB52C", "fraud_and_forgery", "listed", False]


@pytest.mark.parametrize("code", ["NFIB99Z", "3A", "nfib3a", ""])
def test_an_unknown_nfib_code_is_found(code):
    result = normal({}, {"nfib_code": code}, layout="fraud_referral")
    assert rules(result) == [("nfib_code", "nfib_code_unknown", [1])]
