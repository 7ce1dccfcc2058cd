"""Rows of every feed: the project's own checks find nothing in them, and they map to what the plan says."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exchange.errors import OutputInTheWay
from exchange.sources import SOURCES
from mappings.load import load
from mappings.normalise import Normalised, normalise
from synth import truth
from synth.population.people import Population
from synth.rows import text, witness_rows
from tests.synth.plans import feeds, plan, witnesses
from validators.engine import check
from validators.police_referral import LAYOUT

TODAY = datetime.date(2026, 11, 22)
# What the contact centre's layout cannot say: the title, and which crime it was.
MARKS = {"class_inferred", "ho_code_untold"}


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    return plan(8000, seed=3)


@pytest.fixture(scope="module")
def rows(lines: pa.Table) -> dict[str, pa.Table]:
    found = feeds(Population(4), lines)
    plan_of_witnesses = witnesses(400)
    who = Population(4).assign_witnesses(plan_of_witnesses)
    return {**found, "witness_care_unit": witness_rows(plan_of_witnesses, who)}


def mapped(source: str, table: pa.Table) -> Normalised:
    return normalise(table.drop_columns(["day"]), load(SOURCES[source].layout.name))


FEEDS = ("mps", "btp", "colp", "action_fraud", "contact_centre", "witness_care_unit")
REFERRALS = FEEDS[:-1]


@pytest.mark.parametrize("source", FEEDS)
def test_columns_are_the_layout_s_and_text(rows, source):
    assert tuple(rows[source].column_names) == (*SOURCES[source].layout.names, "day")
    assert all(rows[source].schema.field(name).type == pa.string() for name in SOURCES[source].layout.names)
    assert all(column.null_count == 0 for column in rows[source].columns)


@pytest.mark.parametrize("source", FEEDS)
def test_our_own_checks_find_nothing(rows, source):
    table = rows[source].drop_columns(["day"])
    assert len(table)
    found = check(table, np.arange(len(table)), SOURCES[source].layout, today=TODAY, patterns=SOURCES[source].patterns)
    assert found.findings.counts() == {}
    assert not found.bad.any()


@pytest.mark.parametrize("source", FEEDS)
def test_every_code_is_known(rows, source):
    assert {each.rule for each in mapped(source, rows[source]).unmapped} <= MARKS


@pytest.mark.parametrize("source", REFERRALS)
def test_mapped_rows_are_the_plan_s(lines, rows, source):
    wanted, got = lines.filter(pc.equal(lines["source"], source)), mapped(source, rows[source]).table
    assert got["key"].to_pylist() == wanted["key"].to_pylist()
    assert got["crime_category"].to_pylist() == wanted["category"].to_pylist()
    assert pc.fill_null(got["borough_code"], "").to_pylist() == wanted["borough_code"].to_pylist()
    assert got["offence_from"].to_pylist() == wanted["offence_from"].to_pylist()
    assert got["recorded_at"].null_count == 0
    if source != "action_fraud":
        assert got["da_flag"].to_pylist() == wanted["da"].to_pylist()
        assert pc.fill_null(got["dash_risk"], "").to_pylist() == wanted["dash_risk"].to_pylist()
        assert pc.fill_null(got["consent"], "").to_pylist() == wanted["consent"].to_pylist()
        assert pc.fill_null(got["safe_to_contact"], "").to_pylist() == wanted["safe_to_contact"].to_pylist()


def test_recorded_at_is_london_s_clock(lines, rows):
    for source in ("mps", "action_fraud", "contact_centre"):
        wanted = lines.filter(pc.equal(lines["source"], source))["recorded_at"]
        london = pc.assume_timezone(wanted, "Europe/London")
        assert pc.all(
            pc.equal(mapped(source, rows[source]).table["recorded_at"], london.cast(pa.timestamp("us", "UTC")))
        ).as_py()


def test_notes_hold_what_a_file_has_to_carry(rows):
    notes = "".join(rows["mps"]["safe_contact_note"].to_pylist())
    assert {'"', ",", "\n", "\r"} <= set(notes)
    plain = rows["mps"].drop_columns(["safe_contact_note", "day"])
    assert not any(pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py() for column in plain.columns)


def test_the_same_crime_is_told_by_its_reference(rows):
    told = set(rows["contact_centre"]["police_reference"].to_pylist()) - {""}
    police = {
        reference for source in ("mps", "btp", "colp") for reference in rows[source]["crime_reference"].to_pylist()
    }
    assert told
    assert told <= police


def test_a_fraud_report_s_labels(rows):
    fraud = rows["action_fraud"]
    assert set(fraud["gender"].to_pylist()) == {"Female", "Male", "Prefer not to say", ""}
    assert {"British", "Any other White background", "African", "Not stated"} <= set(fraud["ethnicity"].to_pylist())
    assert {"01", "48", ""} == set(fraud["police_force"].to_pylist())


def test_a_column_that_the_layout_lacks_is_refused():
    with pytest.raises(KeyError, match="age_of_dog"):
        text.table(
            LAYOUT,
            {"age_of_dog": pa.array(["7"])},
            pa.chunked_array([pa.array([0]).cast(pa.int32()).cast(pa.date32())]),
        )


def test_truth_tells_persons_incidents_and_households(tmp_path, lines):
    population = Population(4)
    who = population.assign(lines)
    plan_of_witnesses = witnesses(50)
    path = tmp_path / "truth.parquet"
    with truth.TruthFile(path) as file:
        file.add(truth.truth_of(lines, who))
        file.add(truth.truth_of_witnesses(plan_of_witnesses, population.assign_witnesses(plan_of_witnesses)))
    table = pq.read_table(path)
    assert table.schema.equals(truth.TRUTH)
    assert len(table) == len(lines) + 50
    assert table["referral_key"].to_pylist()[: len(lines)] == lines["key"].to_pylist()
    keys = list(zip(table["source"].to_pylist(), table["referral_key"].to_pylist(), strict=True))
    assert len(set(keys)) == len(keys)
    assert table["person_id"].null_count == 0
    assert table["incident_id"].null_count == 50
    with pytest.raises(OutputInTheWay):
        truth.TruthFile(path)
