"""What holds for any rows: order and chunking change nothing, text stays byte for byte."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.canonical import REFERRAL
from mappings.load import load
from mappings.normalise import Normalised, normalise
from tests.mappings.feed_rows import DEFAULTS, normal, table_of

# The 19 words that pandas takes for a missing value, and what else a careless reader turns into something.
LOOK_LIKE_NOTHING = [
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null", "NONE"),
    *(
        "Null",
        "True",
        "False",
        "Inf",
        "1E5",
        "007",
        "=SUM(A1)",
        "O'Neill-Null",
        "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}",
    ),
]

TEXT_COLUMNS = {
    "police_referral": {
        **{name: name for name in ("title", "forename", "surname", "hate_flags", "language", "officer", "station")},
        **{name: name for name in ("address_1", "address_2", "address_3", "address_4", "postcode", "email", "borough")},
        **{name: name for name in ("offence_borough", "offence_bcu", "safe_contact_note", "offence_title", "consent")},
        **{"mobile": "phone", "home_phone": "other_phone", "preferred_contact": "preferred_contact"},
    },
    "fraud_referral": {
        **{"first_name": "forename", "last_name": "surname", "nfib_title": "offence_title", "address": "address_1"},
        **{"town": "town", "postcode": "postcode", "local_authority": "borough", "phone": "phone", "email": "email"},
        **{"contact_preference": "preferred_contact", "police_force": "police_force"},
    },
}

words = st.one_of(
    st.sampled_from(["", *LOOK_LIKE_NOTHING]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    st.sampled_from(["07700 900123", "+33 1 23 45 67 89", "zz9 9zz", "brent", "A line\r\nand another"]),
)
days = st.dates().map(lambda day: day.strftime("%d/%m/") + f"{day.year:04d}")
police_rows = st.fixed_dictionaries(
    {
        **dict.fromkeys(TEXT_COLUMNS["police_referral"], words),
        "ho_code": st.sampled_from(["008/06", "019/07", "028/03", "034/01", "053/40", "001/01", "999/99", ""]),
        "incident_kind": st.sampled_from(["crime", "non-crime"]),
        "offence_title": st.sampled_from(
            ["", "Burglary", "Attempted - Burglary", "Assault with injury on a constable."]
        ),
        "offence_from": st.one_of(st.just(""), days),
        "recorded_at": st.one_of(
            st.just(""), st.datetimes().map(lambda at: at.strftime("%d/%m/") + f"{at.year:04d} {at:%H:%M}")
        ),
        "age": st.sampled_from(["", "0", "17", "120"]),
        "sex": st.sampled_from(["", "M", "F", "U"]),
        "victim_type": st.sampled_from(["I", "O"]),
        "da_flag": st.sampled_from(["Y", "N"]),
    }
)
many = st.lists(police_rows, min_size=1, max_size=6)


def unmapped_rows(result: Normalised, order: np.ndarray) -> set[tuple[str, str, int]]:
    return {(found.column, found.rule, int(order[row])) for found in result.unmapped for row in found.rows}


@settings(max_examples=15, deadline=None)
@given(many, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    straight, shuffled = normal(*rows), normal(*(rows[place] for place in order))
    assert shuffled.table.equals(straight.table.take(order))
    assert unmapped_rows(shuffled, np.array(order)) == unmapped_rows(straight, np.arange(len(rows)))


@settings(max_examples=15, deadline=None)
@given(many, st.data())
def test_the_size_of_chunks_changes_nothing(rows, data):
    cut = data.draw(st.integers(0, len(rows)))
    whole, table, mappings = normal(*rows), table_of(*rows), load("police_referral")
    first, second = normalise(table.slice(0, cut), mappings), normalise(table.slice(cut), mappings)
    assert pa.concat_tables([first.table, second.table]).combine_chunks().equals(whole.table)
    parts = unmapped_rows(first, np.arange(cut)) | unmapped_rows(second, np.arange(cut, len(rows)))
    assert parts == unmapped_rows(whole, np.arange(len(rows)))


@settings(max_examples=20, deadline=None)
@given(many)
def test_how_a_column_is_cut_in_memory_changes_nothing(rows):
    table = table_of(*rows)
    pieces = pa.concat_tables([table.slice(place, 1) for place in range(len(rows))])
    assert normalise(pieces, load("police_referral")).table.equals(normal(*rows).table)


@pytest.mark.parametrize("layout", DEFAULTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_text_stays_byte_for_byte_and_only_the_empty_string_is_blank(layout, data):
    columns = TEXT_COLUMNS[layout]
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, words)), min_size=1, max_size=6))
    table = normal(*rows, layout=layout).table
    for sent, canonical in columns.items():
        assert table[canonical].to_pylist() == [row[sent] or None for row in rows]


@pytest.mark.parametrize("name", LOOK_LIKE_NOTHING)
def test_a_name_that_looks_like_nothing_is_a_name(name):
    assert normal({"surname": name, "offence_bcu": name}).table["surname"].to_pylist() == [name]


@pytest.mark.parametrize("layout", DEFAULTS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_result_has_the_canonical_columns_and_as_many_rows(layout, count):
    table = normal(*[{}] * count, layout=layout).table
    assert table.schema.equals(REFERRAL.schema)
    assert len(table) == count
    table.validate(full=True)


def test_a_null_is_read_as_a_blank():
    table = table_of({}, {}).set_column(16, "forename", pa.array([None, "Zzamber"]))
    assert normalise(table, load("police_referral")).table["forename"].to_pylist() == [None, "Zzamber"]
