"""The table of clocks: what the database measures has a line, and a line that is not valid is refused."""

from __future__ import annotations

import re
from datetime import date

import pytest

from exchange.errors import MappingInvalid
from mappings.clock_rules import STANDARDS, load_clocks
from mappings.versions import stamp
from tests.mappings.spoiling import lines_of, spoil
from tests.repository import ROOT


def test_the_table_has_what_the_database_measures():
    text = (ROOT / "exchange/cms/migrations/versions/0003_triage.sql").read_text(encoding="utf-8")
    view = text.partition("create view cms.clock as")[2].partition(";")[0]
    assert set(re.findall(r"'(\w+_(?:\d+h|working_days))'", view)) == STANDARDS


GOOD = "complaint_24h,24,hours,the complaint,it is acknowledged,triage team,yes,,,R17,yes,Acknowledge it.,"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (GOOD.replace("complaint_24h", "complaint_25h"), "standard is none that cms.clock measures"),
        (GOOD.replace(",24,", ",0,"), "amount is not a whole number"),
        (GOOD.replace(",24,", ",1.5,"), "amount is not a whole number"),
        (GOOD.replace("hours", "days"), "unit is not one of"),
        (GOOD.replace("team,yes", "team,perhaps"), "ours is neither yes nor no"),
        (GOOD.replace("R17,yes", "R17,no"), "note does not say how it was read"),
        (GOOD.replace("R17,yes", "R17,"), "verified is blank"),
        (GOOD.replace("triage team", ""), "whose is blank"),
        (GOOD.replace("yes,,,", "yes,2026-02-30,,"), "valid_from is not a date"),
        (GOOD.replace("yes,,,", "yes,2026-03-01,2026-02-01,"), "valid_to is before valid_from"),
    ],
    ids=lambda value: value[:40],
)
def test_a_line_that_is_not_valid_is_refused(root, line: str, problem: str):
    spoil(root, "triage/clocks", "complaint_24h,", line)
    stamp(root, since=date(2026, 11, 25))
    with pytest.raises(MappingInvalid, match=problem) as refused:
        load_clocks(root)
    assert refused.value.facts["table"] == "triage/clocks"


def test_a_clock_without_a_line_is_refused(root):
    kept = [line for line in lines_of(root, "triage/clocks") if not line.startswith("complaint_24h,")]
    (root / "triage" / "clocks.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    stamp(root, since=date(2026, 11, 25))
    with pytest.raises(MappingInvalid, match="complaint_24h has no line"):
        load_clocks(root)


def test_a_clock_may_change_on_a_day(root):
    before, after = (
        GOOD.replace("yes,,,", "yes,,2026-12-31,"),
        GOOD.replace(",24,", ",48,").replace("yes,,,", "yes,2027-01-01,,"),
    )
    spoil(root, "triage/clocks", "complaint_24h,", f"{before}\n{after}")
    stamp(root, since=date(2026, 11, 25))
    assert [clock.amount for clock in load_clocks(root) if clock.standard == "complaint_24h"] == [24, 48]
