"""Before a code table or a rule is in force: is it valid, what does it change, and which figures would move?"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from exchange import database
from exchange.cms import fold
from exchange.cms.figures import SHOWN, quarter
from exchange.cms.impact import Impact, impact
from exchange.sources import SOURCES
from mappings import catalogue, faults, trial
from mappings.backwards import ways
from mappings.canonical import REFERRAL
from mappings.differences import between
from mappings.kinds import KINDS
from mappings.load import COLUMNS, ROOT, codes_of, load
from mappings.normalise import normalise
from mappings.tables import read_table
from mappings.versions import SET, read_versions, stamp, table_names
from tests.casework import a_contact_file, a_contact_row, a_witness_file, a_witness_row, contact_name, witness_name
from tests.feeds import (
    CANARIES,
    FIRST_DAY,
    a_fraud_file,
    a_fraud_row,
    a_police_file,
    a_stranger,
    fraud_name,
    police_name,
)
from tests.mappings.feed_rows import table_of
from tests.mappings.spoiling import spoil
from tests.service import Service, fresh_database, running

R, P, T = "reference/", "police_referral/", "triage/"
THEFT = {"ho_code": "039/00", "offence_title": "Theft from the person of another"}
JUNE = [
    a_stranger(1, consent=""),
    a_stranger(2, **THEFT),
    a_stranger(3, **THEFT, da_flag="Y", dash_risk="H", borough="Docklands"),
    a_stranger(4, ethnicity_self="O1"),
    a_stranger(5, borough="Docklands"),
    a_stranger(6, birth_date="01/02/2005", age="14"),
]
JULY = [a_stranger(11, **THEFT)]


@pytest.fixture(scope="module")
def service(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Referrals of four sources and two months; no test changes them."""
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("mappings"), url) as made:
        made.configure("mps", "action_fraud", "contact_centre", "witness_care_unit")
        made.put("mps", police_name(0, 1), a_police_file(JUNE))
        made.put("mps", police_name(30, 2), a_police_file(JULY))
        made.put_fraud(fraud_name(0), a_fraud_file([a_fraud_row(1), a_fraud_row(2, ethnicity="Chinese")]))
        made.put("contact_centre", contact_name(0, 1), a_contact_file([a_contact_row(1, channel="agency")]))
        made.put("witness_care_unit", witness_name(0, 1), a_witness_file([a_witness_row(1, ethnicity_self="O1")]))
        assert [run["created"] for run in made.loaded()] == [6, 1, 2, 1, 1]
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A working copy of the tables that a test may edit."""
    copy = tmp_path / "checkout" / "mappings"
    for path in ROOT.glob("**/*.csv"):
        (copy / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy / path.relative_to(ROOT))
    return copy


def edit(root: Path, table: str, line: str, old: str, new: str) -> None:
    """Replace a piece of the line that starts so."""
    path = root / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    (place,) = [place for place, text in enumerate(lines) if text.startswith(line)]
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def worked_out(service: Service, before: Path, after: Path) -> Impact:
    with database.connect(service.settings, "reader") as connection:
        return impact(connection, (before, after))


def moves(document: Any) -> dict[tuple[str, str | None, str | None, str], int]:
    return {(m["field"], m["before"], m["after"], m["month"]): m["referrals"] for m in document["moves"]}


def figures(document: Any) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(f["table"], f["row"], f["month"]): (f["fewer"], f["more"]) for f in document["figures"]}


# --- check ------------------------------------------------------------------------------------------


def test_the_tables_in_force_are_valid_and_counted(service: Service) -> None:
    found = service.lvws("mappings", "check", "--json", "--yes")
    assert (found.code, found.err) == (0, "")
    assert (found.json["valid"], found.json["faults"], found.json["unstamped"]) == (True, [], [])
    assert (found.json["version"], found.json["tables"]) == (read_versions(ROOT)[SET].version, len(table_names(ROOT)))
    assert found.json["lines"] > 2_000
    assert "All of them are valid" in service.lvws("mappings", "check").out


# table | line that is changed | what stands there then | what is said
SEEDED = [
    (f"{R}bcus", "NA,", "NA ,North Area,yes,", "a cell starts or ends with a space"),
    (f"{R}boroughs", "E09000003,", "E09000003,Barnet,,01,XX,London borough,yes,,", "bcu_code is not in reference/bcus"),
    (f"{R}borough_spellings", "", "Londinium,E09999999,yes,,", "borough_code is not in reference/boroughs"),
    (f"{R}ethnicity_16plus1", "W1,", "W1,British,pale,yes,,,", "ethnicity_group is not one of the groups"),
    (f"{R}ethnicity_18plus1", "W2,", "W2,BRITISH,white,yes,,,", "label is repeated"),
    (f"{R}crime_categories", "39,", "39,pickpocketing,,,,yes,", "crime_category is not a row of the monthly return"),
    (f"{R}deaths", "001/01,", "001/01,maybe,yes,", "kind is none of homicide, driving, other"),
    (f"{R}home_office_detail", "", "001/98,99Z,Murder,Murder,V,yes", "offence_class is neither in reference/offences"),
    (f"{R}police_forces", "", "01,Again,,,yes,,,", "force_code is repeated"),
    (f"{R}nfib_codes", "", '"NFIB99', "a quote is in the wrong place or not closed"),
    (f"{P}gender", "M,", "M,mail,yes,", "value is not one of female"),
    (f"{P}columns", "title,", "title,nickname,text,,", "the layout has no such column"),
    ("contact_referral/columns", "dash_risk,", "dash_risk,dash_risk dash_score,dash_risk,x,", "is not a number"),
    ("fraud_referral/victim_type", "business,", "business,shop,yes,", "value is not one of business"),
    (f"{T}rules", "P14,", "P14,priority,last,fraud,fraud,,,,here,yes,Fraud.,", "order is not a number"),
    (f"{T}offence_facts", "kidnap,", "kidnap,title,Kidnap,yes,", "column is not one of crime_category, ho_code"),
    (f"{T}teams", "", "NA,Again,no,", "area is repeated"),
]


def test_each_of_many_faults_is_found_at_once(service: Service, root: Path) -> None:
    for table, old, new, _ in SEEDED:
        spoil(root, table, old, new)
    found = service.lvws("mappings", "check", "--tables", str(root), "--json")
    said = {fault["table"]: fault for fault in found.json["faults"]}
    # bcus and nfib_codes cannot be read, and what leans on them cannot be checked
    leaning = {f"{R}{name}" for name in ("boroughs", "crime_categories", "deaths", "home_office_detail")}
    expected = {table for table, *_ in SEEDED} - leaning
    assert (found.code, said.keys()) == (3, expected)
    for table, _, _, problem in SEEDED:
        assert table not in said or problem in said[table]["problem"]


@pytest.mark.parametrize(("table", "old", "new", "problem"), SEEDED, ids=[each[0] for each in SEEDED])
def test_a_fault_alone_is_the_one_that_is_found(
    service: Service, root: Path, table: str, old: str, new: str, problem: str
) -> None:
    spoil(root, table, old, new)
    found = service.lvws("mappings", "check", "--tables", str(root), "--json")
    (fault,) = found.json["faults"]
    assert (found.code, found.json["valid"], fault["table"]) == (3, False, table)
    assert problem in fault["problem"]
    assert fault["line"] >= 1
    assert [each["table"] for each in found.json["unstamped"]] == [table]
    for command in ("diff", "impact"):
        refused = service.lvws("mappings", command, str(root), "--json")
        assert (refused.code, refused.out) == (3, "")
        assert refused.err.startswith("E610")
        assert table in refused.err


def test_faults_of_offence_tables_do_not_hide_each_other(root: Path) -> None:
    for table in ("crime_categories", "deaths", "home_office_detail"):
        _, old, new, _ = next(each for each in SEEDED if each[0] == f"{R}{table}")
        spoil(root, f"{R}{table}", old, new)
    spoil(root, f"{R}codes_without_class", "053/40,", "053/40,swindle,Fraud,yes,")
    feeds = {each.layout_name: faults.Feed(each.layout.form, frozenset(each.layout.names)) for each in SOURCES.values()}
    said = {fault.table for fault in faults.check(root, feeds).faults}
    assert {f"{R}crime_categories", f"{R}deaths", f"{R}home_office_detail"} <= said


def test_a_table_that_changed_under_its_version_is_told_with_what_to_run(service: Service, root: Path) -> None:
    edit(root, f"{R}bcus", "NA,", "North Area", "North Area BCU")
    found = service.lvws("mappings", "check", "-t", str(root.parent))
    assert found.code == 3
    assert "changed without a new version" in found.out
    assert "python -m mappings.versions --since" in found.out
    stamp(root, since=datetime.date(2026, 12, 1))
    assert service.lvws("mappings", "check", "-t", str(root)).code == 0


def test_tables_that_are_missing_or_that_nothing_reads_are_told(service: Service, root: Path) -> None:
    (root / f"{R}bcus.csv").unlink()
    (root / f"{R}moods.csv").write_text("code\nA\n", encoding="utf-8")
    (root / "tea_referral").mkdir()
    (root / "tea_referral" / "columns.csv").write_text(",".join(COLUMNS.header) + "\na,b,text,,\n", encoding="utf-8")
    shutil.rmtree(root / "case_event")
    found = service.lvws("mappings", "check", "-t", str(root), "--json").json["faults"]
    assert {(fault["table"], fault["problem"]) for fault in found} == {
        (f"{R}bcus", "the table is not there"),
        (f"{R}moods", "nothing reads a table of this name"),
        ("tea_referral/columns", "no sender's files have this layout"),
        ("case_event/columns", "the table is not there"),
    }
    assert service.lvws("mappings", "check", "-t", str(root / "reference")).code == 7


def test_every_table_in_force_has_a_shape() -> None:
    assert not [name for name in table_names(ROOT) if catalogue.shape_of(name) is None]


# --- diff -------------------------------------------------------------------------------------------


def test_a_difference_is_told_by_table_key_and_column(service: Service, root: Path) -> None:
    edit(root, f"{R}crime_categories", "39,", "theft_from_the_person", "other_theft")
    edit(root, f"{T}rules", "P14,", "2020-10-01", "2019-01-01")
    spoil(root, f"{R}borough_spellings", "", "Docklands,E09000030,no,made up,")
    spoil(root, f"{T}anti_social_behaviour", "ASB - nuisance,", "Nuisance,no,")
    (root / "witness_referral" / "disability.csv").write_text(
        "code,value,verified,note\nY,yes,yes,\n", encoding="utf-8"
    )
    found = service.lvws("mappings", "diff", str(root), "--json").json
    tables = {each["table"]: each for each in found["tables"]}
    assert sorted(found["unstamped"]) == sorted(tables)
    assert tables[f"{R}crime_categories"]["changed"] == [
        {"key": ["39"], "column": "crime_category", "before": "theft_from_the_person", "after": "other_theft"}
    ]
    assert tables[f"{T}rules"]["changed"] == [
        {"key": ["P14"], "column": "valid_from", "before": "2020-10-01", "after": "2019-01-01"}
    ]
    assert [line["spelling"] for line in tables[f"{R}borough_spellings"]["added"]] == ["Docklands"]
    asb = tables[f"{T}anti_social_behaviour"]
    assert [asb[what][0]["title"] for what in ("removed", "added")] == ["ASB - nuisance", "Nuisance"]
    assert (tables["witness_referral/disability"]["state"], found["versions"]["before"]) == (
        "added",
        read_versions(ROOT)[SET].version,
    )
    page = service.lvws("mappings", "diff", str(root)).out
    assert "theft_from_the_person" in page
    assert "not as stamped" in page


def test_the_same_tables_do_not_differ_and_line_ends_are_no_difference(service: Service, root: Path) -> None:
    path = root / "reference" / "bcus.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert service.lvws("mappings", "diff", str(root), "--json").json["tables"] == []
    assert "The tables are the same." in service.lvws("mappings", "diff", str(root)).out


def test_a_difference_turned_round_is_its_mirror(root: Path) -> None:
    edit_everything(root)
    there, back = between(ROOT, root), between(root, ROOT)
    assert [(each.table, each.added, each.removed) for each in there] == [
        (each.table, each.removed, each.added) for each in back
    ]
    assert [(one.key, one.column, one.before, one.after) for each in there for one in each.changed] == [
        (one.key, one.column, one.after, one.before) for each in back for one in each.changed
    ]


# --- impact -----------------------------------------------------------------------------------------


def edit_everything(root: Path) -> None:
    edit(root, f"{R}crime_categories", "39,", "theft_from_the_person", "other_theft")
    spoil(root, f"{R}borough_spellings", "", "Docklands,E09000030,no,made up,")
    edit(root, f"{R}ethnicity_16plus1", "O1,", "other", "asian")
    edit(root, f"{T}rules", "P14,", "2020-10-01", "2019-01-01")
    edit(root, f"{T}rules", "O1,", "domestic_abuse_from_16,,,", "domestic_abuse_from_16,,2019-05-31,")
    spoil(root, f"{T}offence_facts", "", "kidnap,ho_code,039/00,no,made up")


def test_a_crime_category_moves_its_referrals_and_those_without_domestic_abuse_show(
    service: Service, root: Path
) -> None:
    edit(root, f"{R}crime_categories", "39,", "theft_from_the_person", "other_theft")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert (found["looked_at"], found["would_move"]) == (11, 3)
    assert found["months"] == [
        {"month": "2019-06", "looked_at": 10, "would_move": 2},
        {"month": "2019-07", "looked_at": 1, "would_move": 1},
    ]
    assert moves(found) == {
        ("crime_category", "theft_from_the_person", "other_theft", "2019-06"): 2,
        ("crime_category", "theft_from_the_person", "other_theft", "2019-07"): 1,
    }
    assert figures(found) == {
        ("crime_category", "theft_from_the_person", "2019-06"): (1, 0),
        ("crime_category", "other_theft", "2019-06"): (0, 1),
        ("crime_category", "theft_from_the_person", "2019-07"): (1, 0),
        ("crime_category", "other_theft", "2019-07"): (0, 1),
    }
    assert {row["quarter"] for row in found["figures"]} == {"2019-20Q1", "2019-20Q2"}
    assert found["unstamped"] == [f"{R}crime_categories"]


def test_a_borough_s_spelling_shows_under_residence_of_domestic_abuse_and_in_what_is_unknown(
    service: Service, root: Path
) -> None:
    spoil(root, f"{R}borough_spellings", "", "Docklands,E09000030,no,made up,")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found) == {("borough_code", None, "E09000030", "2019-06"): 2}
    assert figures(found) == {
        ("da_borough", "not_given", "2019-06"): (1, 0),
        ("da_borough", "E09000030", "2019-06"): (0, 1),
        ("unknown_rate", "mps borough", "2019-06"): (2, 0),
    }


def test_an_ethnicity_group_moves_witnesses_too_but_the_table_is_of_victims(service: Service, root: Path) -> None:
    edit(root, f"{R}ethnicity_16plus1", "O1,", "other", "asian")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found) == {("ethnicity_group", "other", "asian", "2019-06"): 2}
    assert figures(found) == {
        ("ethnicity", "other", "2019-06"): (1, 0),
        ("ethnicity", "asian", "2019-06"): (0, 1),
    }


def test_a_label_that_was_kept_as_its_code_is_read_back(service: Service, root: Path) -> None:
    edit(root, f"{R}ethnicity_18plus1", "A4,", "asian", "other")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found) == {("ethnicity_group", "asian", "other", "2019-06"): 1}


def test_a_rule_s_date_moves_priority_with_the_fraud_rule_and_not_without(service: Service, root: Path) -> None:
    edit(root, f"{T}rules", "P14,", "2020-10-01", "2019-06-03")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found) == {("priority_reasons", "{}", "{fraud}", "2019-06"): 2}
    assert figures(found) == {
        ("priority", "enhanced", "2019-06"): (0, 2),
        ("priority", "fraud", "2019-06"): (0, 2),
        ("priority", "not_enhanced", "2019-06"): (2, 0),
        ("priority", "non_da_enhanced", "2019-06"): (0, 2),
        ("priority", "non_da_not_enhanced", "2019-06"): (2, 0),
    }


def test_an_onward_rule_moves_disposition_and_destination(service: Service, root: Path) -> None:
    edit(root, f"{T}rules", "O1,", "domestic_abuse_from_16,,,", "domestic_abuse_from_16,,2019-05-31,")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found) == {
        ("destinations", "{children_young_people}", "{}", "2019-06"): 1,
        ("disposition", "onward", "accepted", "2019-06"): 1,
        ("onward_reasons", "{children_young_people}", "{}", "2019-06"): 1,
    }
    assert figures(found) == {
        ("onward", "children_young_people", "2019-06"): (1, 0),
        ("service_standard", "onward_24h", "2019-06"): (1, 0),
    }


def test_an_offence_fact_moves_priority_in_the_period_that_is_asked_for(service: Service, root: Path) -> None:
    spoil(root, f"{T}offence_facts", "", "kidnap,ho_code,039/00,no,made up")
    period = ("--from", "2019-06-01", "--to", "2019-06-30")
    found = service.lvws("mappings", "impact", str(root), "--json", *period).json
    assert (found["looked_at"], found["would_move"]) == (10, 2)
    assert moves(found) == {
        ("priority_reasons", "{}", "{kidnap}", "2019-06"): 1,
        ("priority_reasons", "{domestic_abuse}", "{domestic_abuse,kidnap}", "2019-06"): 1,
    }


def test_a_category_may_decide_what_could_be_held_at_all(service: Service, root: Path) -> None:
    edit(root, f"{R}crime_categories", "49,", "other_theft", "other_sexual_offences")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert moves(found)["excluded", None, "consent_missing", "2019-06"] == 1
    assert moves(found)["priority_reasons", "{}", "{sexual_offence}", "2019-06"] == 4
    assert moves(found)["disposition", "accepted", "onward", "2019-06"] == 4
    assert figures(found)["data_quality", "mps", "2019-06"] == (0, 1)


def test_a_code_that_the_other_tables_lack_is_told(service: Service, root: Path) -> None:
    lines = (root / f"{P}gender.csv").read_text(encoding="utf-8").splitlines()
    (root / f"{P}gender.csv").write_text("\n".join(line for line in lines if line[:2] != "F,") + "\n", encoding="utf-8")
    found = moves(service.lvws("mappings", "impact", str(root), "--json").json)
    assert found == {
        ("gender", "female", "(in no table)", "2019-06"): 6,
        ("gender", "female", "(in no table)", "2019-07"): 1,
    }


def test_what_was_not_kept_cannot_be_tried_and_says_so(service: Service, root: Path) -> None:
    edit(root, "contact_referral/columns", "dash_risk,", ",14,", ",10,")
    found = service.lvws("mappings", "impact", str(root), "--json").json
    told = {(each["layout"], each["field"]): each for each in found["cannot_be_tried"]}
    assert told["contact_referral", "dash_risk"]["columns"] == ["dash_risk"]
    assert [key for key, each in told.items() if each["differs"]] == [("contact_referral", "dash_risk")]
    page = service.lvws("mappings", "impact", str(root)).out
    assert "Nothing would move." in page
    assert "Cannot be tried: dash_risk of contact_referral. What was sent in dash_risk is not kept." in page


def test_no_value_of_a_record_is_shown_whatever_a_line_says(service: Service, root: Path) -> None:
    edit(root, f"{P}columns", "surname,", "surname,surname,text", "surname,forename,text")
    edit(
        root,
        f"{P}columns",
        "offence_title,",
        "offence_title,offence_title,text",
        "offence_title,safe_contact_note,text",
    )
    edit_everything(root)
    found = service.lvws("mappings", "impact", str(root), "--json")
    assert moves(found.json)["surname", "(not shown)", "(not shown)", "2019-06"] == 6
    for ran in (found, service.lvws("mappings", "impact", str(root)), service.lvws("mappings", "diff", str(root))):
        assert ran.code == 0
        assert not [mark for mark in CANARIES if mark in (ran.out + ran.err).lower()]


def test_the_same_folder_moves_nothing(service: Service, root: Path) -> None:
    found = service.lvws("mappings", "impact", str(root), "--json").json
    assert (found["looked_at"], found["would_move"], found["moves"], found["figures"]) == (11, 0, [], [])
    page = service.lvws("mappings", "impact", str(root)).out
    assert "Looked at 11 referrals. Nothing would move." in page


def test_there_and_back_are_mirrors(service: Service, root: Path) -> None:
    edit_everything(root)
    there, back = worked_out(service, ROOT, root), worked_out(service, root, ROOT)
    assert there.moved == back.moved > 0
    assert {(m.field, m.before, m.after, m.month, m.referrals) for m in there.moves} == {
        (m.field, m.after, m.before, m.month, m.referrals) for m in back.moves
    }
    assert {(f.table, f.row, f.month, f.fewer, f.more) for f in there.figures} == {
        (f.table, f.row, f.month, f.more, f.fewer) for f in back.figures
    }


def test_pages_of_any_size_count_the_same(service: Service, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_everything(root)
    whole = worked_out(service, ROOT, root)
    monkeypatch.setattr("exchange.cms.impact.AT_ONCE", 1)
    assert worked_out(service, ROOT, root) == whole


def test_people_see_what_moves_by_field_month_and_row(service: Service, root: Path) -> None:
    edit_everything(root)
    page = service.lvws("mappings", "impact", str(root)).out
    for words in ("What would move", "By month of receipt", "monthly and the quarterly return", "not as stamped"):
        assert words in page


def test_an_empty_database_says_so(tmp_path: Path, database_url: str, root: Path) -> None:
    with running(tmp_path, database_url) as empty:
        found = empty.lvws("mappings", "impact", str(root), "--json")
        assert (found.code, found.json["looked_at"], found.json["months"]) == (0, 0, [])
        assert "No referral was received" in empty.lvws("mappings", "impact", str(root)).out


def test_a_period_that_ends_before_it_begins_is_wrong_use(service: Service, root: Path) -> None:
    ran = service.lvws("mappings", "impact", str(root), "--from", "2019-07-01", "--to", "2019-06-01")
    assert ran.code == 2


# --- how a referral is worked out again -------------------------------------------------------------


def test_what_is_worked_out_again_is_what_the_load_made(service: Service) -> None:
    """Under the tables in force every tried field comes out as it is stored."""
    tried = 0
    for source in {run["source"] for run in service.lvws("runs", "--json").runs}:
        layout, kept = SOURCES[source].layout_name, frozenset(each.name for each in fold.STORED)
        setting = trial.Setting((ROOT, ROOT), in_force=ROOT, kept=kept, always=kept)
        prepared = trial.prepare({layout: "referral"}, setting)[layout]
        names = sorted({*prepared.kept, *prepared.fields})
        rows = service.rows(f"select {', '.join(names)} from cms.referral where source = %s order by 1", source)
        columns = {
            name: pa.array([row[place] for row in rows], REFERRAL.by_name[name].arrow_type)
            for place, name in enumerate(names)
        }
        for name, (before, after) in prepared.answers(columns, len(rows)).items():
            tried += 1
            assert before.values.to_pylist() == after.values.to_pylist() == columns[name].to_pylist(), name
    assert tried > 30


def test_a_day_a_flag_a_number_and_a_code_lead_back_to_what_was_sent() -> None:
    sent = table_of({"offence_to": "29/02/2020", "age": "41", "da_flag": "Y", "sex": "F", "disability": "N"}, {})
    made = normalise(sent, load("police_referral")).table
    columns = read_table(ROOT, "police_referral/columns", COLUMNS)
    told = ways(columns, codes_of(ROOT, "police_referral", "now"), frozenset(made.column_names))
    for column in ("offence_to", "age", "da_flag", "sex", "disability", "ethnicity_self", "birth_date", "mobile"):
        back = told[column].back(made[told[column].field].combine_chunks())
        assert back.to_pylist() == sent[column].to_pylist(), column


def test_every_kind_that_looks_something_up_is_known_to_do_so() -> None:
    """A new kind is either listed with its tables or reads none: then it answers the same without any code."""
    assert trial.READS.keys() <= KINDS.keys()
    reading = {
        line["kind"]
        for layout in catalogue.layouts(ROOT)
        for line in read_table(ROOT, f"{layout}/columns", COLUMNS).lines
    } - trial.READS.keys()
    assert not reading & {"lookup", "borough", "nfib"}
    plain = (
        "text key constant always constant_if_given version flag day london_time day_of_time instant london_day count"
    )
    other = "money named_contact phone email_usable postcode_usable dash_risk"
    assert KINDS.keys() - trial.READS.keys() == {*plain.split(), *other.split()}


def test_figures_count_by_fields_that_are_there() -> None:
    known = {each.name for each in REFERRAL.fields} | {"source", "destinations", "excluded"}
    known |= {"disposition", "hold_reasons", "onward_reasons", "priority_reasons"}
    assert {name for shown in SHOWN for name in shown.by} <= known
    assert [quarter(month) for month in ("2019-04", "2019-12", "2020-01", "2020-03", "2099-12")] == [
        "2019-20Q1",
        "2019-20Q3",
        "2019-20Q4",
        "2019-20Q4",
        "2099-00Q3",
    ]
    assert FIRST_DAY.month == 6
