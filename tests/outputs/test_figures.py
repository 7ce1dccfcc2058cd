"""How a figure is written: rounding, rates, the bytes of figures.csv, text that a spreadsheet could take for a formula."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outputs.figures import Figure, as_csv, rate, rounded, written
from outputs.periods import parse

ROUNDED = """
1/2      | 0.5000
1/3      | 0.3333
2/3      | 0.6667
1/20000  | 0.0001
3/20000  | 0.0002
1/20001  | 0.0000
4/100000 | 0.0000
99995/100000  | 1.0000
19999/20000   | 1.0000
999949/1000000 | 0.9999
1        | 1.0000
0        | 0.0000
144/2    | 72.0000
-1/3     | -0.3333
-1/20000 | -0.0001
-1/20001 | 0.0000
123456789/10 | 12345678.9000
"""


@pytest.mark.parametrize(("value", "expected"), [line.split("|") for line in ROUNDED.strip().splitlines()])
def test_four_decimals_rounded_half_up(value: str, expected: str) -> None:
    assert rounded(Fraction(value.strip())) == expected.strip()


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [("5/2", 0, "3"), ("7/2", 0, "4"), ("49/20", 1, "2.5"), ("1/8", 2, "0.13"), ("-1/8", 2, "-0.13"), ("0", 0, "0")],
)
def test_other_numbers_of_decimals(value: str, decimals: int, expected: str) -> None:
    assert rounded(Fraction(value), decimals) == expected


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_it_rounds_as_the_decimal_module_does_half_up(part: int, whole: int) -> None:
    exact = Decimal(part) / Decimal(whole)
    if (Fraction(part, whole) * 20000).denominator == 1:  # a tie: division in decimal has to be exact
        exact = Decimal(part * 20000 // whole) / Decimal(20000)
    assert rounded(Fraction(part, whole)) == f"{exact.quantize(Decimal('0.0001'), ROUND_HALF_UP)}"


@pytest.mark.parametrize(
    ("part", "whole", "value", "status"),
    [
        (1, 3, "0.3333", "ok"),
        (0, 5, "0.0000", "ok"),
        (5, 5, "1.0000", "ok"),
        (0, 0, "", "not_available"),
    ],
)
def test_a_rate_over_nothing_is_not_available(part: int, whole: int, value: str, status: str) -> None:
    found, said = rate(part, whole)
    assert (written(found), said) == (value, status)


def test_the_csv_is_these_bytes() -> None:
    figures = [
        Figure("referral_source", "mps", "referrals", 1234),
        Figure("referral_source", "mps", "take_up_rate", Fraction(1, 3)),
        Figure("referral_source", "colp", "take_up_rate", None, "not_available"),
        Figure("gender", "other", "referrals", None, "suppressed"),
        Figure("service_standard", "contact_72h", "median_hours", Fraction(143, 2)),
        Figure("kpi", "quality", "status", "collecting"),
        Figure("narrative", "text", "text", 'Said "yes", twice;\r\nZoë – and so on'),
    ]
    assert as_csv("monthly", parse("2019-06"), 2, figures) == (
        b"return,period,version,table,row,column,value,status\n"
        b"monthly,2019-06,2,referral_source,mps,referrals,1234,ok\n"
        b"monthly,2019-06,2,referral_source,mps,take_up_rate,0.3333,ok\n"
        b"monthly,2019-06,2,referral_source,colp,take_up_rate,,not_available\n"
        b"monthly,2019-06,2,gender,other,referrals,,suppressed\n"
        b"monthly,2019-06,2,service_standard,contact_72h,median_hours,71.5000,ok\n"
        b"monthly,2019-06,2,kpi,quality,status,collecting,ok\n"
        b'monthly,2019-06,2,narrative,text,text,"Said ""yes"", twice;\r\nZo\xc3\xab \xe2\x80\x93 and so on",ok\n'
    )


def in_csv(value: int | Fraction | str | None) -> str:
    """A value as whoever reads the file gets it."""
    data = as_csv("monthly", parse("2019-06"), 1, [Figure("narrative", "text", "text", value)])
    (line,) = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return line["value"]


FORMULAS = [
    "=1+1",
    "+1",
    "-SUM(A1)",
    "-1+2",
    "--5",
    "-",
    "-.5",
    "@A1",
    "\t=1",
    "\r=1",
    "\0=1",
    "=",
    "-1-",
    "-1.",
    "-1e5",
    "-5",
]


@pytest.mark.parametrize("text", [*FORMULAS, "=cmd|' /C calc'!A0", '=HYPERLINK("x")', "+44 20 7946 0987"])
def test_text_that_could_be_a_formula_is_marked_as_text(text: str) -> None:
    assert in_csv(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "1+1", "a=b", "'=1", "Not yet", "1E5", " =1", "#N/A", "é"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert in_csv(text) == text


@pytest.mark.parametrize(("value", "expected"), [(-3, "-3"), (Fraction(-1, 3), "-0.3333"), (0, "0"), (None, "")])
def test_a_number_is_a_number_whatever_its_sign(value: int | Fraction | None, expected: str) -> None:
    assert in_csv(value) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_no_text_begins_a_formula_and_every_text_comes_back(text: str) -> None:
    found = in_csv(text)
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert found.removeprefix("'") == text.removeprefix("'")
