"""Boroughs and BCUs, ethnicity, gender, disability, victims and contacts, consent: what each feed's words become."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.errors import MappingInvalid
from tests.mappings.feed_rows import DEFAULTS, normal, one, rules

# --- boroughs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Barking and Dagenham", "E09000002"),
        ("Barking & Dagenham", "E09000002"),
        ("HAMMERSMITH & FULHAM", "E09000013"),
        ("Kensington & Chelsea", "E09000020"),
        ("Royal Borough of Kensington and Chelsea", "E09000020"),
        ("Kingston Upon Thames", "E09000021"),
        ("kingston-upon-thames", "E09000021"),
        ("Richmond Upon Thames", "E09000027"),
        ("London Borough of Brent", "E09000005"),
        ("LB Brent", "E09000005"),
        ("Brent  Council", "E09000005"),
        ("Westminster", "E09000033"),
        ("City of Westminster", "E09000033"),
        ("City of London", "E09000001"),
        ("Aviation Security (SO18)", "E09000017"),
        ("Outside London", "outside_london"),
        ("OUTSIDE LONDON", "outside_london"),
        ("Unknown", None),
        ("Other", None),
        ("Other / NK", None),
        ("", None),
    ],
)
def test_a_borough_is_told_by_any_of_its_spellings(spelling, code):
    result = normal({"borough": spelling, "offence_borough": spelling})
    row = result.table.to_pylist()[0]
    assert (row["borough"], row["borough_code"], row["offence_borough_code"]) == (spelling or None, code, code)
    assert not rules(result)


def test_a_borough_that_nobody_knows_is_kept_as_sent_and_found():
    result = normal({}, {"borough": "Londinium", "offence_borough": "Brent"}, {"offence_borough": "NA"})
    assert rules(result) == [("borough", "borough_unknown", [1]), ("offence_borough", "borough_unknown", [2])]
    assert result.table["borough"].to_pylist() == [None, "Londinium", None]
    assert result.table["borough_code"].to_pylist() == [None, None, None]


def test_a_fraud_victim_s_authority_is_told_in_the_same_way():
    result = normal({"local_authority": "Hackney"}, {"local_authority": "Londinium"}, layout="fraud_referral")
    assert result.table["borough_code"].to_pylist() == ["E09000012", None]
    assert rules(result) == [("local_authority", "borough_unknown", [1])]


@pytest.mark.parametrize("bcu", ["NA", "NE", "AW", ""])
def test_the_north_area_is_a_bcu_and_never_missing(bcu):
    assert one(offence_bcu=bcu)["offence_bcu"] == (bcu or None)


# --- ethnicity: who said it, in which set -----------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "group"),
    [("W1", "white"), ("M9", "mixed"), ("A1", "asian"), ("B9", "black"), ("O1", "other"), ("NS", "not_given")],
)
def test_a_police_code_is_of_16_plus_1(sent, group):
    row = one(ethnicity_self=sent, ethnicity_observed="IC4")
    assert (row["ethnicity_self"], row["ethnicity_self_set"], row["ethnicity_group"]) == (sent, "16+1", group)
    assert row["ethnicity_observed"] == "IC4"


@pytest.mark.parametrize(
    ("label", "code", "group"),
    [
        ("British", "W1", "white"),
        ("Gypsy or Irish Traveller", "W3", "white"),
        ("Any other mixed background", "M9", "mixed"),
        ("Chinese", "A4", "asian"),
        ("Arab", "O2", "other"),
        ("any other Black background", "B9", "black"),
        ("Not stated", "NS", "not_given"),
        ("Martian", "Martian", None),
    ],
)
def test_a_fraud_label_becomes_its_code_of_18_plus_1(label, code, group):
    row = one("fraud_referral", ethnicity=label)
    assert (row["ethnicity_self"], row["ethnicity_self_set"], row["ethnicity_group"]) == (code, "18+1", group)


def test_chinese_is_other_in_16_plus_1_and_asian_in_18_plus_1():
    """The sets are not one list (requirements: traps)."""
    assert one(ethnicity_self="O1")["ethnicity_group"] == "other"
    assert one("fraud_referral", ethnicity="Chinese")["ethnicity_group"] == "asian"


@pytest.mark.parametrize("layout", DEFAULTS)
def test_who_said_nothing_has_no_set_and_no_group(layout):
    row = one(layout)
    assert [row[name] for name in ("ethnicity_self", "ethnicity_self_set", "ethnicity_group")] == [None] * 3
    assert [row[name] for name in ("ethnicity_observed", "disability")] == [None] * 2


def test_what_an_officer_saw_never_becomes_what_the_person_said():
    row = one(ethnicity_observed="IC1")
    assert (row["ethnicity_observed"], row["ethnicity_self"], row["ethnicity_group"]) == ("IC1", None, None)


# --- gender, disability, flags, numbers -------------------------------------------------------------


@pytest.mark.parametrize(("sent", "gender"), [("M", "male"), ("F", "female"), ("U", "not_given")])
def test_police_sex(sent, gender):
    row = one(sex=sent)
    assert (row["gender"], row["gender_code"], row["gender_code_set"]) == (gender, sent, "police sex")


@pytest.mark.parametrize(
    ("sent", "gender"),
    [("Male", "male"), ("Female", "female"), ("Other", "other"), ("Prefer not to say", "prefer_not_to_say")],
)
def test_fraud_gender(sent, gender):
    row = one("fraud_referral", gender=sent)
    assert (row["gender"], row["gender_code"], row["gender_code_set"]) == (gender, sent, "fraud report gender")


@pytest.mark.parametrize(("layout", "column"), [("police_referral", "sex"), ("fraud_referral", "gender")])
def test_a_blank_gender_has_no_code_set(layout, column):
    row = one(layout, **{column: ""})
    assert [row[name] for name in ("gender", "gender_code", "gender_code_set")] == [None] * 3


@pytest.mark.parametrize(
    ("layout", "sent", "disability"),
    [
        ("police_referral", "Y", "yes"),
        ("police_referral", "N", "no"),
        ("fraud_referral", "Yes", "yes"),
        ("fraud_referral", "No", "no"),
        ("fraud_referral", "Prefer not to say", "prefer_not_to_say"),
    ],
)
def test_disability(layout, sent, disability):
    assert one(layout, disability=sent)["disability"] == disability


@pytest.mark.parametrize(("sent", "flag"), [("Y", True), ("N", False), ("", None)])
def test_police_flags(sent, flag):
    row = one(da_flag=sent, vulnerable_flag=sent, repeat_flag=sent, interpreter=sent, opted_out=sent)
    names = ("da_flag", "vulnerable", "repeat_victim", "interpreter", "opted_out")
    assert [row[name] for name in names] == [flag] * 5


@pytest.mark.parametrize(("sent", "age"), [("", None), ("0", 0), ("17", 17), ("120", 120)])
def test_age(sent, age):
    assert one(age=sent)["age"] == age


@pytest.mark.parametrize(
    ("sent", "loss"),
    [("", None), ("0", Decimal("0.00")), ("1234.5", Decimal("1234.50")), ("9999999999.99", Decimal("9999999999.99"))],
)
def test_loss_is_exact(sent, loss):
    assert one("fraud_referral", loss_gbp=sent)["loss_gbp"] == loss


# --- kinds of record and of victim, consent ---------------------------------------------------------


@pytest.mark.parametrize(("status", "record_type"), [("New", "N"), ("Updated", "U"), ("Withdrawn", "W")])
def test_record_types(status, record_type):
    assert one("fraud_referral", status=status)["record_type"] == record_type
    assert one(record_type=record_type)["record_type"] == record_type


@pytest.mark.parametrize(
    ("victim_type", "surname", "expected"),
    [
        ("I", "Zzbirch", ("individual", None)),
        ("I", "", ("individual", None)),
        ("O", "", ("organisation", False)),
        ("O", "Null", ("organisation", True)),
    ],
)
def test_a_police_organisation_has_a_named_contact_where_there_is_a_surname(victim_type, surname, expected):
    row = one(victim_type=victim_type, surname=surname)
    assert (row["victim_type"], row["named_contact"]) == expected


@pytest.mark.parametrize(("given", "named"), [("Yes", True), ("No", False), ("", None)])
def test_a_fraud_organisation_says_whether_its_contact_is_named(given, named):
    row = one("fraud_referral", victim_category="charity", contact_name_given=given)
    assert (row["victim_type"], row["named_contact"]) == ("charity", named)


@pytest.mark.parametrize(("sent", "consent", "opted_out"), [("Yes", "Y", False), ("No", "N", True)])
def test_no_to_support_is_an_opt_out(sent, consent, opted_out):
    row = one("fraud_referral", support_consent=sent)
    assert (row["consent"], row["opted_out"]) == (consent, opted_out)


def test_keys_and_what_a_feed_does_not_tell():
    police, fraud = one(crime_reference="01/1234567/24", viw_number="2"), one("fraud_referral")
    assert (police["key"], fraud["key"]) == ("01/1234567/24|2", "NFRC190601234567")
    assert (police["nfib_code"], police["loss_gbp"], police["police_force"]) == (None, None, None)
    assert (fraud["ho_code"], fraud["da_flag"], fraud["dash_risk"]) == (None, None, None)
    assert fraud["incident_kind"] == "crime"


# --- what was let by and fits nowhere ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "column", "value"),
    [
        ("police_referral", "sex", "ZZCANARY"),
        ("police_referral", "da_flag", "ZZCANARY"),
        ("police_referral", "age", "ZZCANARY"),
        ("police_referral", "birth_date", "ZZCANARY"),
        ("police_referral", "birth_date", "ZZ/CA/NARY"),
        ("police_referral", "recorded_at", "ZZCANARY"),
        ("police_referral", "recorded_at", "01/06/2019 ZZ:05"),
        ("police_referral", "recorded_at", "01/06/2019 24:00"),
        ("police_referral", "recorded_at", "01-06-2019 14:05"),
        ("fraud_referral", "loss_gbp", "ZZCANARY"),
        ("fraud_referral", "reported_at", "ZZCANARY"),
        ("fraud_referral", "status", "ZZCANARY"),
    ],
)
def test_a_value_that_fits_nowhere_is_our_fault_and_is_not_shown(layout, column, value):
    with pytest.raises(MappingInvalid) as caught:
        one(layout, **{column: value})
    assert caught.value.facts["table"] == f"{layout}/columns"
    assert "ZZ" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
