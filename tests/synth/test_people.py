"""The laws of made-up people: what the plan says of a line holds, and nobody real can be reached."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mappings.contact import to_e164, usable_emails, usable_postcodes
from synth.population import likeness, places
from synth.population.complainants import with_victims
from synth.population.demands import BANDS, MINOR, NOT_GIVEN, OLDEST, days_of, lines_of, years_before, years_between
from synth.population.names import MALE, as_cp1252, book, family_surname, plain
from synth.population.origins import ORIGINS, parts
from synth.population.pairing import neighbours, paired
from synth.population.people import Population
from synth.population.persons import ETHNICITIES
from tests.synth.plans import plan, witnesses
from validators.contact_referral import ETHNICITY_18_PLUS_1

# Ofcom's numbers for drama.
FICTION = re.compile(
    r"\+44(?:7700900|2079460|1632960|306999|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960|1414960|1514960|1614960)[0-9]{3}"
    r"|\+443069990[0-9]{3}"
)
# The highest district that Royal Mail has in each area, as far as it goes without a gap; ours begin above it.
HIGHEST = {"E": 20, "N": 22, "NW": 11, "SE": 28, "SW": 20, "W": 14, "BR": 8, "CR": 9, "DA": 18, "EN": 11, "HA": 9} | {
    **{"IG": 11, "KT": 24, "RM": 20, "SM": 7, "TW": 20, "UB": 18, "AL": 10, "CM": 24, "GU": 35, "LU": 7, "ME": 20},
    **{"RH": 20, "SL": 9, "SS": 17, "TN": 40},
}
# Districts above that, which are in use all the same: large users and late additions.
IN_USE = {
    "E98",
    "N81",
    "NW26",
    "SW95",
    "SW99",
    "BR98",
    "CR44",
    "CR90",
    "EN77",
    "RM50",
    "CM77",
    "CM92",
    "CM98",
    "CM99",
} | {*("GU46", "GU47", "GU51", "GU52", "GU95", "RH77", "SL60", "SL95", "SS22", "SS99", "ME99", "SE1P")}


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    return plan(12_000, seed=5)


@pytest.fixture(scope="module")
def who(lines: pa.Table) -> pa.Table:
    return Population(7).assign(lines)


def texts(table: pa.Table, column: str) -> list[str]:
    return table[column].to_pylist()


# --- what the plan says, holds ---------------------------------------------------------------------


def check_ages(lines: pa.Table, who: pa.Table) -> None:
    asked = lines_of(lines)
    low, high = (np.array([band[each] for band in BANDS])[asked.band] for each in (1, 2))
    high = np.where(asked.band == OLDEST, 120, high)
    day, offence = days_of(lines["day"]), asked.offence
    birth = who["birth_date"].combine_chunks()
    born = birth.is_valid().to_numpy(zero_copy_only=False)
    number = birth.cast(pa.int32()).fill_null(0).to_numpy().astype(np.int64)
    given = asked.band != NOT_GIVEN
    assert not (born & ~given).any()
    on_day = years_between(number, day)
    assert ((on_day >= low) & (on_day <= high))[born].all()
    at_offence = years_between(number, offence)
    assert (at_offence[born & (asked.band != MINOR)] >= 18).all()
    assert (at_offence[born & (asked.band == MINOR)] < 18).all()
    aged = who["age"].combine_chunks()
    stated = aged.is_valid().to_numpy(zero_copy_only=False)
    age = aged.fill_null(0).to_numpy().astype(np.int64)
    assert not (stated & ~given).any()
    assert (born | stated)[given].all()
    assert ((age >= low) & (age <= high))[stated].all()
    # Without a birth date: the years since the offence are taken off, the younger reading.
    since = np.ceil((asked.recorded - offence) / 365).astype(np.int64)
    assert (age - since >= 18)[stated & ~born & (asked.band != MINOR)].all()
    assert (years_between(number, asked.recorded) == age)[stated & born].all()


def test_age_bands_hold_by_every_reading(lines, who):
    check_ages(lines, who)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 400), days=st.integers(1, 900))
def test_age_bands_hold_for_any_plan_and_nobody_has_a_third_crime(seed, count, days):
    lines = plan(count, seed=seed, days=days)
    who = Population(seed).assign(lines)
    assert len(who) == count
    check_ages(lines, who)
    check_crimes(lines, who)


def check_crimes(lines: pa.Table, who: pa.Table) -> None:
    """At most two lines a person, unless all of theirs are priority or domestic abuse."""
    many = pc.or_(lines["da"], lines["priority"]).to_pylist()
    count, all_many = Counter(texts(who, "person_id")), {}
    for person, each in zip(texts(who, "person_id"), many, strict=True):
        all_many[person] = all_many.get(person, True) and each
    assert all(number <= 2 or all_many[person] for person, number in count.items())


def test_a_third_crime_only_where_it_changes_nothing(lines, who):
    check_crimes(lines, who)
    assert max(Counter(texts(who, "person_id")).values()) > 2


def test_about_six_in_a_hundred_lines_are_a_person_s_further_line():
    who = Population(1).assign(plan(60_000, seed=2))
    assert 0.04 < 1 - len(set(texts(who, "person_id"))) / len(who) < 0.08


def test_boroughs_are_those_of_the_plan(lines, who):
    names = dict(zip(places.places().codes, places.places().names, strict=True)) | {"": ""}
    assert texts(who, "borough") == [names[code] for code in texts(lines, "borough_code")]


def test_one_crime_at_the_police_and_at_the_contact_centre(lines, who):
    of_number = dict(zip(texts(lines, "number"), lines.to_pylist(), strict=True))
    incident = dict(zip(texts(lines, "number"), texts(who, "incident_id"), strict=True))
    person = dict(zip(texts(lines, "number"), texts(who, "person_id"), strict=True))
    pairs = [
        (of_number[told], line, reference)
        for line, told, reference in zip(
            lines.to_pylist(), texts(who, "same_crime_number"), texts(who, "same_crime_reference"), strict=True
        )
        if told is not None
    ]
    assert pairs
    for police, line, reference in pairs:
        assert line["source"] == "contact_centre"
        assert line["reported_to_police"] == "Y"
        assert police["source"] in {"mps", "btp", "colp"}
        assert reference == police["key"].split("|")[0]
        assert incident[line["number"]] == incident[police["number"]] == police["number"]
        assert person[line["number"]] == person[police["number"]]
        assert all(police[name] == line[name] for name in ("offence_from", "category", "da", "dash_risk", "age_band"))


def test_a_sex_that_the_offence_demands():
    lines = plan(3000, seed=4)
    demanded = pa.array(["F" if row % 5 == 0 else "M" if row % 7 == 0 else "" for row in range(3000)])
    who = Population(2).assign(lines.append_column("offence_sex", demanded))
    shown = {(sex, said) for sex, said in zip(demanded.to_pylist(), texts(who, "sex"), strict=True) if sex}
    assert shown <= {("F", "F"), ("M", "M"), *((sex, said) for sex in "FM" for said in ("U", ""))}


def test_whoever_takes_the_service_up_can_be_reached(lines, who):
    reached = [any(row) for row in zip(*(texts(who, name) for name in ("mobile", "home_phone", "email")), strict=True)]
    assert all(reach for reach, taken in zip(reached, texts(lines, "taken"), strict=True) if taken)


def test_nobody_wants_to_be_reached_by_a_way_that_is_not_there(who):
    for way, mobile, landline, email in zip(
        *(texts(who, name) for name in ("preferred_contact", "mobile", "home_phone", "email")), strict=True
    ):
        assert {"phone": mobile or landline, "sms": mobile, "email": email}.get(way, "post")


# --- nobody real -----------------------------------------------------------------------------------


def test_phones_are_ofcom_s_for_drama(who):
    for name in ("mobile", "home_phone"):
        e164 = to_e164(who[name].combine_chunks())
        assert pc.equal(pc.is_null(e164), pc.equal(who[name], "")).to_pylist().count(False) == 0
        assert all(FICTION.fullmatch(number) for number in set(e164.drop_null().to_pylist()))


def test_e_mail_goes_nowhere(who):
    emails = [email for email in texts(who, "email") if email]
    assert all(re.fullmatch(r"[a-z_.]+[0-9]+@example\.(?:com|org|net)", email) for email in emails)
    assert not pc.any(pc.invert(usable_emails(pa.array(emails)))).as_py()


def test_postcodes_are_well_formed_and_of_no_district(who):
    postcodes = who["postcode"].combine_chunks()
    assert pc.all(usable_postcodes(postcodes)).as_py()
    areas = set()
    for postcode in filter(None, set(postcodes.to_pylist())):
        outward, inward = postcode.split(" ")
        area, district = re.fullmatch(r"([A-Z]+)([0-9]+)", outward).groups()
        assert int(district) > HIGHEST[area]
        assert outward not in IN_USE
        assert re.fullmatch("[0-9][ABD-HJLNP-UW-Z]{2}", inward)
        areas.add(area)
    assert len(areas) > 20


def test_no_district_of_ours_is_in_use_anywhere():
    every = {
        f"{area}{district}" for area, (first, last) in places._DISTRICTS.items() for district in range(first, last + 1)
    }
    assert not every & IN_USE
    assert all(first > HIGHEST[area] for area, (first, _) in places._DISTRICTS.items())


# --- likeness, names, households -------------------------------------------------------------------


def test_the_same_seed_gives_the_same_people(lines, who):
    assert Population(7).assign(lines).equals(who)
    assert not Population(8).assign(lines).equals(who)


def test_people_of_earlier_chunks_come_again_and_are_themselves():
    population = Population(3)
    chunks = [plan(4000, seed=seed, start=4000 * seed, days=30) for seed in range(3)]
    who = [population.assign(chunk) for chunk in chunks]
    people = [set(texts(each, "person_id")) for each in who]
    assert people[0] & people[1]
    assert people[1] & people[2]
    check_crimes(pa.concat_tables(chunks), pa.concat_tables(who))
    for lines, each in zip(chunks, who, strict=True):
        check_ages(lines, each)
    owners: dict[str, set[int]] = {}
    for each in who:
        for person, email in zip(texts(each, "person_id"), texts(each, "email"), strict=True):
            owners.setdefault(email, set()).add(person)
    assert all(len(owner) == 1 for email, owner in owners.items() if email)


def test_names_come_from_many_places(who):
    origins = Counter(texts(who, "name_origin"))
    assert len(origins) > 35
    assert 0.3 < origins["english"] / len(who) < 0.6
    assert any(not name.isascii() for name in texts(who, "surname"))
    assert len(set(texts(who, "surname"))) > 3000


def test_the_letters_of_a_feed(lines, who):
    police = [source in {"mps", "btp", "colp"} for source in texts(lines, "source")]
    wide = 0
    for name in ("forename", "surname"):
        for value, narrow in zip(texts(who, name), police, strict=True):
            if narrow:
                value.encode("cp1252")
            else:
                wide += any(ord(letter) > 0xFF for letter in value)
    assert wide > 5


@pytest.mark.parametrize(
    ("name", "typed", "carried"),
    [
        ("Núñez", "Nunez", "Núñez"),
        ("Łukasiewicz", "Lukasiewicz", "Lukasiewicz"),
        ("Nguyễn", "Nguyen", "Nguyen"),
        ("Şimşek", "Simsek", "Simsek"),
        ("Žižka", "Zizka", "Žižka"),
        ("O'Brien", "O'Brien", "O'Brien"),
    ],
)
def test_accents(name, typed, carried):
    assert plain(name) == typed
    assert as_cp1252(name) == carried


def test_households_share_what_they_share(lines, who):
    rows = [row for row in who.to_pylist() if row["household_kind"]]
    homes: dict[int, dict[int, dict]] = {}
    for row in rows:
        homes.setdefault(row["household_id"], {}).setdefault(row["person_id"], row)
    two = [list(home.values()) for home in homes.values() if len(home) == 2]
    kinds = Counter(one["household_kind"] for one, _ in two)
    assert {"couple", "parent_child", "siblings", "twins"} <= set(kinds)
    addresses = [(one["address"], other["address"]) for one, other in two if one["address"] and other["address"]]
    assert sum(one == other for one, other in addresses) > 0.9 * len(addresses)
    for one, other in two:
        assert one["forename"] != other["forename"] or one["household_kind"] == "same_name"
        if one["household_kind"] == "twins" and not one["written_as"] and not other["written_as"]:
            assert one["birth_date"] == other["birth_date"] or None in (one["birth_date"], other["birth_date"])


def test_father_and_son_of_one_name():
    who = Population(11).assign(plan(60_000, seed=9)).filter(pc.field("household_kind") == "same_name").to_pylist()
    homes: dict[int, dict[int, dict]] = {}
    for row in who:
        if not row["written_as"]:
            homes.setdefault(row["household_id"], {})[row["person_id"]] = row
    two = [tuple(home.values()) for home in homes.values() if len(home) == 2]
    assert two
    for one, other in two:
        assert plain(one["forename"]) == plain(other["forename"])
        assert plain(one["surname"]) == plain(other["surname"])
        if one["birth_date"] and other["birth_date"]:
            assert abs((one["birth_date"] - other["birth_date"]).days) > 16 * 365


def test_a_polish_family_bears_its_name_by_sex():
    names = book().surnames.names.to_pylist()
    polish = [origin.name for origin in ORIGINS].index("polish")
    daughter = names.index("Kowalska")
    son = family_surname(np.array([daughter]), np.array([polish]), np.array([MALE]))
    assert names[int(son[0])] == "Kowalski"


def test_every_way_of_being_written_comes(lines):
    who = Population(1).assign(plan(60_000, seed=2))
    assert set(texts(who, "written_as")) == set(likeness.KINDS)


letters = st.text(st.characters(whitelist_categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=1, max_size=35)


@given(names=st.lists(letters, min_size=1, max_size=20), seed=st.integers(0, 99))
def test_one_slip_of_the_finger(names, seed):
    rng = np.random.default_rng(seed)
    for name, typed in zip(names, likeness.mistyped(rng, pa.array(names)).to_pylist(), strict=True):
        assert abs(len(name) - len(typed)) <= 1
        assert typed[0] == name[0]
        same = sum((Counter(name) & Counter(typed)).values())
        assert same >= len(name) - 1


@given(
    births=st.lists(st.integers(-30_000, 15_000), min_size=1, max_size=30),
    width=st.integers(0, 4000),
    seed=st.integers(0, 99),
)
def test_a_mistyped_birth_date_stays_in_its_stretch(births, width, seed):
    birth = np.array(births)
    written = likeness.birth_mistyped(np.random.default_rng(seed), birth, birth - width, birth + width)
    assert (abs(written - birth) <= width).all()


@example(day=16860, years=1)  # 29 February 2016
@given(day=st.integers(-20_000, 40_000), years=st.integers(0, 120))
def test_years_before_and_between_agree(day, years):
    earlier = years_before(np.array([day]), np.array([years]))
    assert years_between(earlier, np.array([day]))[0] == years
    assert years_between(earlier + 1, np.array([day]))[0] in {years - 1, years}


@given(groups=st.lists(st.integers(0, 4), max_size=60), seed=st.integers(0, 99))
def test_pairs_are_of_one_group_and_of_rows_that_are_in_no_other(groups, seed):
    group, rng = np.array(groups, np.int64), np.random.default_rng(seed)
    rows = np.arange(len(group))
    for pairs in (
        neighbours(rng, rows, group=group),
        paired(rng, rows[rows % 2 == 0], rows[rows % 2 == 1], group=group),
    ):
        assert (group[pairs.left] == group[pairs.right]).all()
        both = np.concatenate((pairs.left, pairs.right))
        assert len(set(both.tolist())) == len(both)


def test_origins_say_only_what_there_is():
    codes = {code for origin in ORIGINS for code in parts(origin.ethnicity)[0]}
    assert codes <= set(ETHNICITIES)
    assert ETHNICITIES == ETHNICITY_18_PLUS_1
    homes = {home for origin in ORIGINS for home in origin.home.split()}
    assert homes <= {code[-2:] for code in places.places().codes}


def test_places_are_those_of_the_returns():
    from mappings.load import ROOT
    from tests.repository import ROOT as TOP

    assert ROOT.parent == TOP
    known = [line.split(",") for line in (ROOT / "reference/boroughs.csv").read_text(encoding="utf-8").splitlines()[1:]]
    ours = zip(places.places().codes[:-1], places.places().names[:-1], places.places().bcus[:-1], strict=True)
    assert list(ours) == [(line[0], line[1], line[4]) for line in known]


def test_witnesses_are_people_too():
    who = Population(7).assign_witnesses(witnesses(300))
    assert len(set(texts(who, "person_id"))) == 300
    assert all(FICTION.fullmatch(number) for number in to_e164(who["phone"].combine_chunks()).drop_null().to_pylist())
    assert all(any(row) for row in zip(texts(who, "phone"), texts(who, "email"), strict=True))
    assert all(name.encode("cp1252") for name in texts(who, "surname"))


def test_two_chunks_of_witnesses_are_different_people():
    population = Population(7)
    first, second = (population.assign_witnesses(witnesses(100)) for _ in range(2))
    assert not set(texts(first, "person_id")) & set(texts(second, "person_id"))
    assert texts(first, "surname") != texts(second, "surname")


def test_a_complainant_is_the_victim_of_the_crime(lines, who):
    trials = witnesses(300)
    own = Population(7).assign_witnesses(trials)
    both = with_victims(trials, own, plan=lines, people=who)
    victim = {
        line["key"].split("|")[0]: person
        for line, person in zip(lines.to_pylist(), who.to_pylist(), strict=True)
        if line["source"] in {"mps", "btp", "colp"}
    }
    met = 0
    for trial, before, after in zip(trials.to_pylist(), own.to_pylist(), both.to_pylist(), strict=True):
        known = victim.get(trial["crime_reference"]) if trial["complainant"] else None
        if known is None or not (known["mobile"] or known["home_phone"] or known["email"]):
            assert after["person_id"] == before["person_id"]
            assert after["incident_id"] is None
        else:
            met += 1
            assert {after[name] == known[name] for name in ("person_id", "incident_id", "surname", "birth_date")} == {
                True
            }
            assert after["phone"] == (known["mobile"] or known["home_phone"])
    assert met > 20
