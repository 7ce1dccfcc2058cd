"""What moved between two versions, for returns of any records: with files or without, with what staff gave."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa

from outputs.changes import CAUSES, changes
from outputs.figures import Figure
from outputs.records import Records, from_parquet, to_parquet

CALLS = pa.schema([("referral_id", pa.int64()), ("long", pa.bool_())])
GIVEN = pa.schema([("key", pa.string()), ("value", pa.string())])


def records(calls: list[tuple[int, bool]], given: dict[str, str]) -> dict[str, pa.Table]:
    return {
        "calls": pa.Table.from_pylist([{"referral_id": number, "long": long} for number, long in calls], CALLS),
        "given": pa.Table.from_pylist([{"key": key, "value": value} for key, value in given.items()], GIVEN),
    }


def count(of: Records) -> list[Figure]:
    given = {line["key"]: line["value"] for line in of["given"].to_pylist()}
    return [
        Figure("calls", "total", "calls", of["calls"].num_rows),
        Figure("calls", "total", "lines", int(given["lines"])),
        Figure("calls", "total", "text", given["text"]),
    ]


def test_calls_and_what_staff_gave_are_corrections_and_a_text_has_no_difference() -> None:
    old = records([(1, True), (2, False)], {"lines": "2", "text": "before"})
    new = records([(1, True), (2, False), (3, True)], {"lines": "5", "text": "after"})
    found = changes(old, new, count)
    assert [(each.key[2], each.old, each.new) for each in found] == [("calls", 2, 3), ("lines", 2, 5)]
    for each, difference in zip(found, (1, 3), strict=True):
        assert each.because == {cause: Fraction(difference if cause == "corrections" else 0) for cause in CAUSES}


def test_what_was_erased_is_told_apart() -> None:
    given = {"lines": "2", "text": "same"}
    (found,) = changes(records([(1, True), (2, False)], given), records([(1, True)], given), count, erased={2})
    assert found.because["erasure"] == -1


def test_records_of_any_kind_are_kept_with_those_that_are_empty() -> None:
    kept = records([(1, True), (2, False)], {})
    again = from_parquet(to_parquet(kept))
    assert {kind: table.schema for kind, table in again.items()} == {"calls": CALLS, "given": GIVEN}
    assert all(again[kind].equals(kept[kind]) for kind in kept)


def test_a_kind_of_records_that_the_older_version_did_not_have_counts_as_none() -> None:
    new = records([(1, True)], {"lines": "2", "text": "same"})
    (found,) = changes({"given": new["given"]}, new, count)
    assert (found.old, found.new) == (0, 1)
