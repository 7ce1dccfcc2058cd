"""The CMS explains itself: every table, view and column has its sentence, in the database and in docs/cms.md."""

from __future__ import annotations

import psycopg

from exchange.cms.describe import columns, describe, sentences


def test_everything_is_described_and_nothing_else(database_url: str):
    with psycopg.connect(database_url) as connection:
        found = columns(connection)
    assert not [(table, name) for table, _, name, _, _, of_table, of_column in found if not (of_table and of_column)]
    tables = {(table, "") for table, *_ in found}
    ours = {(table, name) for table, _, name, *_ in found} | {("", name) for _, _, name, *_ in found} | tables
    assert set(sentences()) <= ours


def test_the_sentences_are_the_database_s_own_comments_again_and_again(database_url: str):
    with psycopg.connect(database_url) as connection:
        before = columns(connection)
        describe(connection)
        assert columns(connection) == before
        said = {says for *_, of_table, of_column in before for says in (of_table, of_column)}
    assert said == {says for says in sentences().values() if says in said}
