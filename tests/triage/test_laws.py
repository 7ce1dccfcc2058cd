"""Laws of triage: it looks at a row alone, accepts nobody who is not safe, and more protection never opens a way."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.triage import ages
from exchange.triage.rows import triage
from mappings.canonical import REFERRAL
from mappings.load import OUTSIDE_LONDON
from mappings.triage_rules import load_rules

DAY = datetime.date(2019, 6, 3)
CODES = ("049/10", "001/01", "004/04", "019/08", "002/00", None)
DEATHS = {"001/01", "004/04"}
CATEGORIES = {"049/10": "other_theft", "001/01": "homicide", "004/04": "violence_with_injury", "019/08": "rape"}
PROTECTING = ("unsafe", "domestic_abuse", "younger")

_maybe = lambda *values: st.sampled_from([None, *values])  # noqa: E731
_days = st.dates(datetime.date(1995, 1, 1), DAY)
canonical_rows = st.fixed_dictionaries(
    {
        "record_type": st.sampled_from("NNUUW"),
        "channel": st.sampled_from(["police", "self", "agency", "witness"]),
        "incident_kind": st.sampled_from(["crime", "crime", "non-crime"]),
        "ho_code": st.sampled_from(CODES),
        "offence_title": _maybe("Anti-social behaviour", "Other theft"),
        "offence_from": _maybe(DAY, datetime.date(2018, 6, 4), datetime.date(2020, 2, 29)),
        "recorded_at": _maybe(datetime.datetime(2019, 6, 3, 9, 15, tzinfo=datetime.UTC)),
        "birth_date": st.one_of(st.none(), _days),
        "age": st.one_of(st.none(), st.integers(0, 120)),
        "da_flag": _maybe(True, False),
        "safe_to_contact": _maybe("Y", "N"),
        "consent": _maybe("Y", "Y", "N"),
        "opted_out": _maybe(False, False, True),
        "victim_type": st.sampled_from(["individual", "individual", "organisation"]),
        "named_contact": _maybe(True, False),
        "borough_code": _maybe("E09000025", OUTSIDE_LONDON),
        "phone_e164": _maybe("+447700900123"),
        "other_phone_e164": _maybe("+442079460123"),
        "email_usable": _maybe(True, False),
        "address_1": _maybe("1 Testing Row"),
        "postcode_usable": _maybe(True, False),
        "vulnerable": _maybe(True, False),
        "hate_flags": _maybe("RI"),
        "explicit_consent": _maybe(True),
        "professional_witness": _maybe(True, False),
    }
).map(
    lambda row: (
        row | {"crime_category": CATEGORIES.get(row["ho_code"] or "", "other_crime"), "death": row["ho_code"] in DEATHS}
    )
)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{"key": "1234567/19|1", "received_on": DAY, **row} for row in rows], REFERRAL.schema)


def triaged(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return triage(table_of(list(rows)), load_rules()).to_pylist()


def at_the_offence(*rows: dict[str, Any]) -> list[int]:
    return ages.at_the_offence(table_of(list(rows))).tolist()


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(canonical_rows, min_size=1, max_size=12), data=st.data())
def test_a_row_is_triaged_by_itself_whatever_stands_beside_it(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    together = triaged(*rows)
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = triaged(*(rows[place] for place in order))
    assert [shuffled[order.index(place)] for place in range(len(rows))] == together
    cut = data.draw(st.integers(0, len(rows)))
    batches = [batch for batch in (rows[:cut], rows[cut:]) if batch]
    assert [said for batch in batches for said in triaged(*batch)] == together
    chunked = pa.concat_tables([table_of(batch) for batch in batches])
    assert triage(chunked, load_rules()).to_pylist() == together


@settings(max_examples=150, deadline=None)
@given(row=canonical_rows)
def test_nobody_is_accepted_who_is_not_safe_not_reachable_or_not_ours(row: dict[str, Any]) -> None:
    (said,) = triaged(row)
    if said["disposition"] != "accepted":
        return
    assert row["safe_to_contact"] != "N"
    assert not (row["da_flag"] and row["safe_to_contact"] is None)
    assert row["borough_code"] != OUTSIDE_LONDON
    assert (
        row["phone_e164"]
        or row["other_phone_e164"]
        or row["email_usable"]
        or (row["address_1"] and row["postcode_usable"])
    )
    age = said["age_at_offence"]
    assert age is None or age >= 18 or (row["da_flag"] and age >= 16)
    assert said["hold_reasons"] == said["onward_reasons"] == "{}"


def more_protected(row: dict[str, Any], how: str, years: int) -> dict[str, Any]:
    if how == "unsafe":
        return row | {"safe_to_contact": "N"}
    if how == "domestic_abuse":
        return row | {"da_flag": True}
    if row["birth_date"] is not None:
        return row | {"birth_date": row["birth_date"] + datetime.timedelta(days=365 * years)}
    return row | {"age": max((row["age"] or 0) - years, 0)} if row["age"] is not None else row


@settings(max_examples=150, deadline=None)
@given(row=canonical_rows, how=st.sampled_from(PROTECTING), years=st.integers(1, 30))
@example(  # a birth date after the offence once counted as not known, and so as an adult's
    row={"birth_date": datetime.date(2005, 6, 3), "offence_from": DAY, "da_flag": True, "age": None}
    | {"safe_to_contact": "Y", "phone_e164": "+447700900123", "incident_kind": "crime", "consent": "Y"},
    how="younger",
    years=15,
)
def test_more_protection_never_makes_an_accepted_referral_of_a_held_one(
    row: dict[str, Any], how: str, years: int
) -> None:
    (before,), (after,) = triaged(row), triaged(more_protected(row, how, years))
    if before["disposition"] == "held":
        assert after["disposition"] != "accepted"
    if before["code"] is not None and how == "domestic_abuse":
        assert after["code"] is not None
    if how == "unsafe":
        assert after["disposition"] == "held"
    assert set(before["hold_reasons"].strip("{}").split(",")) - {"safe_contact_unknown", ""} <= set(
        after["hold_reasons"].strip("{}").split(",")
    )


@settings(max_examples=150, deadline=None)
@given(born=st.dates(datetime.date(1920, 1, 1), DAY), offence=st.dates(datetime.date(1930, 1, 1), DAY))
@example(born=datetime.date(2000, 2, 29), offence=datetime.date(2018, 2, 28))
@example(born=datetime.date(2000, 2, 29), offence=datetime.date(2018, 3, 1))
@example(born=datetime.date(2000, 2, 29), offence=datetime.date(2016, 2, 29))
def test_the_age_at_the_offence_is_the_full_years_between(born: datetime.date, offence: datetime.date) -> None:
    years = offence.year - born.year - ((offence.month, offence.day) < (born.month, born.day))
    assert at_the_offence({"birth_date": born, "offence_from": offence, "age": 50}) == [max(years, 0)]


@settings(max_examples=150, deadline=None)
@given(
    told=st.integers(0, 120),
    recorded=st.dates(datetime.date(2000, 1, 2), datetime.date(2026, 1, 1)),
    offence=st.dates(datetime.date(1990, 1, 1), datetime.date(2026, 1, 1)),
)
def test_an_age_that_was_told_is_read_as_that_of_the_youngest_whom_it_fits(
    told: int, recorded: datetime.date, offence: datetime.date
) -> None:
    noon = datetime.datetime.combine(recorded, datetime.time(12), tzinfo=datetime.UTC)
    (age,) = at_the_offence({"age": told, "recorded_at": noon, "offence_from": offence})
    assert 0 <= age <= told
    if offence <= recorded and recorded.year > told and (recorded.month, recorded.day) != (2, 29):
        youngest = recorded.replace(year=recorded.year - told)  # whose birthday is the day of recording
        assert [age] == at_the_offence({"birth_date": youngest, "offence_from": offence})
