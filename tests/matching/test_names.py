"""Names in the form in which they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.matching.names import name_of, plain
from mappings.nicknames import load_nicknames

SAME = [
    ("O'Neill", "O\u2019Neill", "o neill", "ONEILL", "O`Neill", "oneill"),
    ("Łapiński", "Lapinski", "ŁAPIŃSKI"),
    ("Nu\u0301n\u0303ez", "Núñez", "nunez"),
    ("Jean-Luc", "Jean Luc", "JEAN\u2011LUC", "Jean  Luc"),
    ("de la Cruz", "Cruz", "De La CRUZ"),
    ("van der Berg", "Berg"),
    ("Mc Donald", "McDonald", "MCDONALD"),
    ("Mr John", "John", "john."),
    ("Straße", "Strasse"),
    ("İpek", "Ipek", "ıpek"),
]


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_written_forms_of_one_name_are_one(names):
    assert len({plain(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Null", "null"),
        ("None", "none"),
        ("NA", "na"),
        ("Le", "le"),  # a surname of Vietnam: nothing would be left of it
        ("Al", "al"),
        ("E", "e"),
        ("UNKNOWN", ""),
        ("N/K", ""),
        ("Not known", ""),
        ("-", ""),
        ("", ""),
        ("李", "李"),  # no library that is kept here writes it in Latin letters
    ],
)
def test_people_s_names_stay_and_fillers_go(name: str, expected: str):
    assert plain(name) == expected


@given(st.text(max_size=30))
def test_the_plain_form_of_a_plain_form_is_itself(text: str):
    assert plain(plain(text)) == plain(text)


@given(st.text(max_size=30))
def test_every_name_can_be_looked_for(text: str):
    name = name_of(text, load_nicknames())
    assert name is None or (name.roots and name.plain in name.forms and name.code and name.sound)


def test_two_names_share_a_root_by_their_first_word_and_are_still_two():
    first, second = (name_of(text, load_nicknames()) for text in ("Abdul Karim", "Abdul Rahman"))
    assert first is not None
    assert second is not None
    assert set(first.roots) & set(second.roots)
    assert not set(first.forms) & set(second.forms)
