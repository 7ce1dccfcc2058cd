"""Tables of triage that are not valid, each refused with its table, its line and the problem."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from exchange.errors import MappingInvalid
from mappings.load import ROOT
from mappings.triage_rules import load_rules
from mappings.versions import stamp
from tests.mappings.spoiling import lines_of, spoil

RULES, OFFENCES, TITLES = "triage/rules", "triage/offence_facts", "triage/anti_social_behaviour"
DESTINATIONS, TEAMS = "triage/destinations", "triage/teams"
NO_FACT = "it names no fact, or one that is neither worked out nor in triage/offence_facts"

# table | line that is changed | what stands there then | what is said
SPOILED = [
    (RULES, "rule,", "rule,decides", "its header is not rule,decides,order,reason,all_of,none_of,valid_from,valid_to,source,verified,says,do"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact", "it has 4 cells"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,,,,R9,maybe,It is.,Ask.", "verified is neither yes nor no"),
    (RULES, "H1,", "H1,waits,11,unsafe_to_contact,unsafe,,,,R9,yes,It is.,Ask.", "decides is not one of excluded, held, onward, priority"),
    (RULES, "H1,", "H1,held,first,unsafe_to_contact,unsafe,,,,R9,yes,It is.,Ask.", "order is not a number"),
    (RULES, "H1,", "H1,held,-1,unsafe_to_contact,unsafe,,,,R9,yes,It is.,Ask.", "order is not a number"),
    (RULES, "H1,", "H1,held,12,unsafe_to_contact,unsafe,,,,R9,yes,It is.,Ask.", "order is that of another rule"),
    (RULES, "H1,", "H1,held,11,,unsafe,,,,R9,yes,It is.,Ask.", "reason is blank"),
    (RULES, "H1,", "H1,held,11,Unsafe; to contact,unsafe,,,,R9,yes,It is.,Ask.", "reason is not a word of small letters and _"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,dangerous,,,,R9,yes,It is.,Ask.", NO_FACT),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,dangerous,,,R9,yes,It is.,Ask.", NO_FACT),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,,,,,R9,yes,It is.,Ask.", NO_FACT),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,unsafe,,,R9,yes,It is.,Ask.", "a fact is in all_of and in none_of"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,,,,,yes,It is.,Ask.", "source is blank"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,,,,R9,yes,,Ask.", "says is blank"),
    (RULES, "H1,", "H1,held,11,unsafe_to_contact,unsafe,,,,R9,yes,It is.,", "do is blank, and somebody has to act on it"),
    (RULES, "E1,", "E1,excluded,1,opted_out,opted_out,,,,R3,yes,They asked.,", "do is blank, and somebody has to act on it"),
    (RULES, "P14,", "P14,priority,54,fraud,fraud,,01/10/2020,,N,yes,Fraud.,", "valid_from is not a date as yyyy-mm-dd"),
    (RULES, "P14,", "P14,priority,54,fraud,fraud,,2020-10-01,2020-09-30,N,yes,Fraud.,", "valid_to is before valid_from"),
    (RULES, "", "P14,priority,55,fraud,fraud,,2021-10-01,,N,yes,Fraud.,", "rule is repeated with overlapping dates"),
    (RULES, "H1,", ",held,11,unsafe_to_contact,unsafe,,,,R9,yes,It is.,Ask.", "rule is blank"),
    (OFFENCES, "homicide,", "homicide,offence_class,1,yes,", "column is not one of crime_category, ho_code"),
    (OFFENCES, "homicide,", "homicide,crime_category,murder,yes,", "value is not in reference/crime_categories"),
    (OFFENCES, "kidnap,", "kidnap,ho_code,036/99,yes,", "value is not in reference/home_office_detail"),
    (OFFENCES, "homicide,", "bereaved,crime_category,homicide,yes,", "fact is one that is read off the row itself"),
    (OFFENCES, "", "homicide,crime_category,homicide,yes,", "fact column value is repeated"),
    (OFFENCES, "homicide,", "homicide,crime_category,,yes,", "value is blank"),
    (TITLES, "", "anti social BEHAVIOUR.,no,", "title is repeated"),
    (TITLES, "ASB,", ",no,", "title is blank"),
    (DESTINATIONS, "homicide,", "homicide,national_homicide_service,soon,R6,no,", "at_once is neither yes nor no"),
    (DESTINATIONS, "homicide,", "homicide,,yes,R6,no,", "destination is blank"),
    (DESTINATIONS, "", "burglary,burglary_service,no,R6,no,", "reason is given by no rule for onward referrals in triage/rules"),
    (DESTINATIONS, "", "homicide,another_service,no,R6,no,", "reason is repeated"),
    (TEAMS, "AS,", "AS,,no,", "name is blank"),
    (TEAMS, "AS,", "XX,IDVA team,no,", "area is none of the boroughs' areas nor PAN_LONDON"),
    (TEAMS, "", "AS,Another team,no,", "area is repeated"),
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the tables that a test may spoil."""
    return shutil.copytree(ROOT, tmp_path / "mappings", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


@pytest.mark.parametrize(("table", "old", "new", "problem"), SPOILED, ids=[f"{line[0]}: {line[3]}" for line in SPOILED])
def test_a_table_of_triage_that_is_not_valid_is_refused(root: Path, table: str, old: str, new: str, problem: str):
    spoil(root, table, old, new)
    with pytest.raises(MappingInvalid) as caught:
        load_rules(root)
    assert (caught.value.facts["table"], caught.value.facts["problem"]) == (table, problem)
    spoiled = [number for number, line in enumerate(lines_of(root, table), 1) if line == new]
    assert int(caught.value.facts["line"]) in spoiled or problem == "order is that of another rule"


@pytest.mark.parametrize(
    ("table", "prefix", "problem"),
    [
        (DESTINATIONS, "homicide,", f"{DESTINATIONS}: homicide has no destination"),
        (TEAMS, "PAN_LONDON,", f"{TEAMS}: PAN_LONDON has no team"),
        (TEAMS, "NA,", f"{TEAMS}: NA has no team"),
        (OFFENCES, "homicide,", f"{RULES}: {NO_FACT}"),
    ],
)
def test_a_line_of_triage_that_is_missing_is_missed(root: Path, table: str, prefix: str, problem: str):
    lines = [line for line in lines_of(root, table) if not line.startswith(prefix)]
    (root / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(MappingInvalid) as caught:
        load_rules(root)
    assert f"{caught.value.facts['table']}: {caught.value.facts['problem']}" == problem


@pytest.mark.parametrize("table", [RULES, OFFENCES, TITLES, DESTINATIONS, TEAMS])
def test_a_table_of_triage_that_is_not_there_or_empty_is_refused(root: Path, table: str):
    path = root / f"{table}.csv"
    path.write_text(lines_of(root, table)[0] + "\n", encoding="utf-8")
    with pytest.raises(MappingInvalid, match="it has no lines"):
        load_rules(root)
    path.unlink()
    with pytest.raises(MappingInvalid, match="the table is not there"):
        load_rules(root)


def test_a_table_of_triage_may_not_change_under_its_version(root: Path):
    spoil(root, TITLES, "", "Rowdy behaviour,no,")
    with pytest.raises(MappingInvalid, match="it was changed without a new version"):
        load_rules(root)
    stamp(root, since=datetime.date(2026, 12, 1))
    load_rules.cache_clear()
    assert "rowdy behaviour" in load_rules(root).titles


def test_a_rule_may_change_from_one_day_to_the_next(root: Path):
    line = next(line for line in lines_of(root, RULES) if line.startswith("P2,")).split(",")
    before, after = line.copy(), line.copy()
    before[7], after[6] = "2020-03-31", "2020-04-01"
    spoil(root, RULES, "P2,", "\n".join(",".join(each) for each in (before, after)))
    stamp(root, since=datetime.date(2026, 12, 1))
    load_rules.cache_clear()
    both = [rule for rule in load_rules(root).rules if rule.id == "P2"]
    assert [(rule.first.year, rule.last.year) for rule in both] == [(1, 2020), (2020, 9999)]
