"""The definitions of the returns hang together: what one table names, another has."""

from __future__ import annotations

import csv

import pytest

from outputs import catalogue
from outputs.returns import RETURNS


def lines(name: str) -> list[dict[str, str]]:
    with (catalogue.ROOT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TABLES = {line["table"]: line for line in lines("tables")}


@pytest.mark.parametrize("name", ["rows", "columns", "same_counts"])
def test_every_line_is_of_a_table_that_is_there(name: str) -> None:
    assert {line["table"] for line in lines(name)} - TABLES.keys() - {"*"} == set()


def test_every_column_that_is_described_stands_in_its_table() -> None:
    told = {(line["table"], line["column"]) for line in lines("columns") if line["table"] != "*"}
    # Two returns may have a table of one name.
    stand = {(line["table"], column) for line in lines("tables") for column in line["columns"].split()}
    assert told - stand == set()


def test_what_is_drawn_and_divided_is_a_column_of_the_table() -> None:
    for of_return in RETURNS:
        for table in catalogue.tables(of_return):
            columns = {column.key for column in table.columns}
            divided = {part.partition(":")[0] for column in table.columns for part in column.of.split("/") if part}
            assert {*table.chart, *divided} <= columns, table.key


def test_keys_of_a_table_differ_and_so_do_their_words() -> None:
    for of_return in RETURNS:
        for table in catalogue.tables(of_return):
            for each in (table.rows, table.columns):
                assert len({one.key for one in each}) == len({one.words for one in each}) == len(each), table.key


def test_the_words_of_a_list_are_of_keys_that_it_has() -> None:
    """A key that nobody has any more would keep its words for nothing."""
    known = {
        star.removeprefix("*"): {key for key, _ in catalogue.LISTS[star]()}
        for star in ("*destinations", "*hold_reasons", "*priority_reasons")
    } | {"fields": set(catalogue.UNKNOWN_FIELDS)}
    assert {(line["list"], line["key"]) for line in lines("words") if line["key"] not in known[line["list"]]} == set()


def test_what_no_list_has_words_for_is_said_by_its_key() -> None:
    assert catalogue.plain("false_imprisonment") == "False imprisonment"
