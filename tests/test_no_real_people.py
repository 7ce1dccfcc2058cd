"""Phone numbers and postcodes in this repository belong to nobody (hazards F99, ISO 27001 A.8.33)."""

from __future__ import annotations

import re

import pytest

from tests.repository import ROOT, text_files

PHONE = re.compile(r"(?<![\w.,/+-])(?:\+44|0044|0)[ -]?([127]\d(?:[ -]?\d){7,8})(?![\w/]|[.,-]\d)")
# Ofcom keeps these for drama: no line ends there.
FICTION = ("7700900", "2079460", "1632960")

POSTCODE = re.compile(r"(?<![\w/+=-])([A-Z]{1,2})(\d[A-Z\d]?) ?(\d[A-Z]{2})(?![\w/+=-])")
# Royal Mail's areas; any other is nowhere.
AREAS = set(
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN "
    "NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB "
    "W WA WC WD WF WN WR WS WV YO ZE".split()
)
NEVER_INWARD = set("CIKMOV")  # letters that no inward code has
# For tests whose postcodes have to be of a valid shape: the last unit there is, in use nowhere that we know of.
OUR_CHOICE = "9ZZ"


def is_fiction(national: str) -> bool:
    digits = re.sub(r"\D", "", national)
    return digits.startswith(FICTION) or len(set(digits)) <= 2  # or a filler: one repeated digit


def is_nowhere(area: str, inward: str) -> bool:
    return area not in AREAS or inward == OUR_CHOICE or bool(set(inward[1:]) & NEVER_INWARD)


def test_every_phone_number_is_one_of_ofcom_s_for_fiction():
    real = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if any(not is_fiction(match[1]) for match in PHONE.finditer(line))
    ]
    assert not real


def test_every_postcode_is_one_that_is_not_in_use():
    real = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if any(not is_nowhere(match[1], match[3]) for match in POSTCODE.finditer(line))
    ]
    assert not real


@pytest.mark.parametrize(("area", "rest"), [("0161", "555 0123"), ("+44 7911", "555123"), ("020", "8555 0123")])
def test_a_number_outside_the_ranges_is_found(area: str, rest: str):
    assert any(not is_fiction(match[1]) for match in PHONE.finditer(f"call {area} {rest}."))


@pytest.mark.parametrize("text", ["07700 900123", "+447700900123", "020 7946 0999", "01632 960000", "07777777777"])
def test_a_number_for_fiction_or_a_filler_is_let_pass(text: str):
    assert all(is_fiction(match[1]) for match in PHONE.finditer(text))


def test_a_postcode_in_use_is_found_and_one_that_cannot_be_is_let_pass():
    westminster = " ".join(["SW1A", "1AA"])
    found = [is_nowhere(match[1], match[3]) for match in POSTCODE.finditer(f"{westminster}, ZZ99 9ZZ, E1 6CC")]
    assert found == [False, True, True]
