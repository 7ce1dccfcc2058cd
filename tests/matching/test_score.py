"""Scores: Splink's own, the same on every night, and blind to blanks."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.keys import PAIRS
from exchange.matching.levels import BLANK, COMPARISONS, splink_settings
from exchange.matching.model import PARTS, load_model
from exchange.matching.score import SCORED, as_blocked, score, with_shares
from synth.training.build import sql_of
from tests.matching.people import ELSEWHERE, MARTA, NO_HOME, OTHER_PHONE, born, featured, pair_table
from tests.repository import ROOT

ROWS = [
    MARTA,
    MARTA | ELSEWHERE | {"referral_key": "2/19|1"},
    MARTA | {"surname": "Smith", "phone_e164": OTHER_PHONE},
    MARTA | {"birth_date": born("1985-03-16"), "email": None},
    {**MARTA, **NO_HOME, "birth_date": None, "age": 30, "phone_e164": None},
    MARTA | {"forename": "Kowalska", "surname": "Marta"},
    MARTA | {"forename": "M", "surname": "Kowalska-Smith"},
    MARTA | {"forename": "Xquznt", "surname": "Vbrtkk"},
]
ALL = list(itertools.combinations(range(1, len(ROWS) + 1), 2))


def test_the_sql_is_what_splink_makes_of_the_settings():
    """`make train-matching` writes both; another version of Splink that makes other SQL is seen here."""
    assert load_model().sql == sql_of(load_model().settings)


def test_the_settings_are_those_of_the_levels():
    told = load_model().settings
    weights = {
        each["output_column_name"]: {
            level["label_for_charts"]: (level["m_probability"], level["u_probability"])
            for level in each["comparison_levels"]
            if "m_probability" in level
        }
        for each in told["comparisons"]
    }
    assert splink_settings(weights, told["probability_two_random_records_match"]) == told


def test_scores_are_those_of_splink_s_own_predict():
    from splink import DuckDBAPI, Linker

    model, people = load_model(), featured(*ROWS)
    api = DuckDBAPI()
    shown = model.settings | {"retain_matching_columns": True}  # the levels too
    linker = Linker(api.register(with_shares(people, model)), shown, log_level="ERROR")
    blocked = api.register(as_blocked(pair_table(ALL)))
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    theirs = {(row["referral_id_l"], row["referral_id_r"]): row for row in linker.inference.predict().as_record_list()}
    ours = score(pair_table(ALL), people).to_pylist()
    assert len(ours) == len(theirs) == len(ALL)
    for row in ours:
        other = theirs[row["left"], row["right"]]
        assert row["weight"] == pytest.approx(other["match_weight"], abs=1e-5)
        assert [row[each.name] for each in COMPARISONS] == [other[f"gamma_{each.name}"] for each in COMPARISONS]


def test_a_blank_speaks_neither_for_nor_against():
    blank = {**MARTA, **NO_HOME, "birth_date": None, "phone_e164": None, "email": "other@example.org"}
    other = blank | {"referral_key": "2/19|1", "email": None, "phone_e164": OTHER_PHONE}
    row = score(pair_table([(1, 2)]), featured(blank, other)).to_pylist()[0]
    assert {name: row[name] for name in ("born", "phone", "email", "home", "crime")} == dict.fromkeys(
        ("born", "phone", "email", "home", "crime"), BLANK
    )


def test_a_rare_name_says_more_than_a_common_one():
    common, rare = {"forename": "John", "surname": "Smith"}, {"forename": "Xquznt", "surname": "Vbrtkk"}
    rows = [MARTA | name | key for name in (common, rare) for key in ({}, {"referral_key": "2/19|1"})]
    weights = score(pair_table([(1, 2), (3, 4)]), featured(*rows))["weight"].to_pylist()
    assert weights[1] > weights[0] + 8


def test_a_score_does_not_depend_on_who_else_is_there():
    alone = score(pair_table([(1, 2)]), featured(*ROWS[:2])).to_pylist()
    among = score(pair_table(ALL), featured(*ROWS)).to_pylist()
    assert alone[0] in among


@settings(deadline=None, max_examples=8)
@given(st.permutations(ALL), st.permutations(range(len(ROWS))))
def test_neither_the_order_of_pairs_nor_of_rows_nor_their_sides_matter(pairs, order):
    people = featured(*ROWS)
    plain = score(pair_table(ALL), people)
    assert score(pair_table(list(pairs)), people.take(list(order))) == plain
    turned = score(pa.table([plain["right"], plain["left"]], schema=PAIRS), people)
    names = ["weight", *(each.name for each in COMPARISONS)]
    assert sorted(map(str, turned.select(names).to_pylist())) == sorted(map(str, plain.select(names).to_pylist()))


def test_no_pairs_have_no_scores():
    assert score(PAIRS.empty_table(), featured(*ROWS)) == SCORED.empty_table()


def test_frequencies_are_shares_of_names_in_their_plain_form():
    model = load_model()
    for part in PARTS:
        assert pc.sum(model.shares[part]).as_py() < 1
        assert pc.min(model.shares[part]).as_py() > model.rare
        assert all(name == name.casefold() and " " not in name for name in model.names[part].to_pylist())


def test_nothing_heavy_is_loaded_before_a_score_is_asked_for():
    told = "import sys, exchange.matching.groups, exchange.matching.keys, exchange.matching.score; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"duckdb", "splink", "sqlglot", "pandas"} & set(loaded.split())
    told = f"{told.partition(';')[0]}; from tests.matching.people import *; score(pair_table([(1, 2)]), featured(MARTA, MARTA)); import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "duckdb" in loaded.split()
    assert not {"splink", "sqlglot"} & set(loaded.split())


def test_duckdb_can_neither_read_nor_write_nor_fetch():
    import duckdb

    from exchange.matching.score import connect

    connection = connect()
    for statement in ("copy (select 1) to 'x.csv'", "install httpfs", "set enable_external_access = true"):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
    assert connection.execute("select current_setting('temp_directory')").fetchone() == ("",)
