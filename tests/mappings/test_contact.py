"""Phones, e-mail addresses and postcodes: which can be used. What was sent stays as it is."""

from __future__ import annotations

import pytest

from tests.mappings.feed_rows import normal, one


@pytest.mark.parametrize(
    ("sent", "e164"),
    [
        # Ofcom's numbers for drama, written as people write them.
        ("07700900123", "+447700900123"),
        ("07700 900123", "+447700900123"),
        ("(07700) 900-123", "+447700900123"),
        ("07700.900.123", "+447700900123"),
        ("07700\N{NO-BREAK SPACE}900123", "+447700900123"),
        ("+447700900123", "+447700900123"),
        ("+44 (0)7700 900 123", "+447700900123"),
        ("00447700900123", "+447700900123"),
        ("447700900123", "+447700900123"),
        ("020 7946 0123", "+442079460123"),
        ("01632 960123", "+441632960123"),
        ("+44 1632 960 123", "+441632960123"),
        # Other countries say so.
        ("+33 1 99 00 12 34", "+33199001234"),
        ("0033199001234", "+33199001234"),
        ("+353 20 912 3456", "+353209123456"),
        ("+1 (212) 555-0123", "+12125550123"),
        # Nothing that can be called.
        ("", None),
        ("07700 90012", None),
        ("07700 9001234", None),
        ("7700900123", None),
        ("0700", None),
        ("+44 7700 90012", None),
        ("+999 123456789", None),
        ("+33 1", None),
        ("0000000000", None),
        ("06000 960123", None),
        ("07700 900123 or 07700 900124", None),
        ("07700 900123 (mum)", None),
        ("ex-directory", None),
        ("NA", None),
        ("+", None),
        ("\N{ARABIC-INDIC DIGIT ZERO}7700900123", None),
    ],
)
def test_phones(sent, e164):
    row = one(mobile=sent, home_phone=sent)
    assert (row["phone"], row["other_phone"]) == (sent or None, sent or None)
    assert (row["phone_e164"], row["other_phone_e164"]) == (e164, e164)


def test_phones_of_all_shapes_side_by_side():
    sent = ["07700 900001", "", "+33 1 99 00 12 34", "no", "(020) 7946 0002", "07700 900003"]
    table = normal(*({"mobile": number} for number in sent)).table
    assert table["phone_e164"].to_pylist() == [
        "+447700900001",
        None,
        "+33199001234",
        None,
        "+442079460002",
        "+447700900003",
    ]


@pytest.mark.parametrize(
    ("sent", "usable"),
    [
        ("zzamber@example.org", True),
        ("zz.amber+news@mail.example.co.uk", True),
        ("O'Birch@example.org", True),
        ("", None),
        ("zzamber", False),
        ("zzamber@example", False),
        ("zz..amber@example.org", False),
        (".zzamber@example.org", False),
        ("zz amber@example.org", False),
        ("zzamber@example.org;zzbirch@example.org", False),
        ("zzamber@-example.org", False),
        ("zzamber@@example.org", False),
        ("a" * 250 + "@example.org", False),
        ("None", False),
    ],
)
def test_emails(sent, usable):
    for layout in ("police_referral", "fraud_referral"):
        row = one(layout, email=sent)
        assert (row["email"], row["email_usable"]) == (sent or None, usable)


@pytest.mark.parametrize(
    ("sent", "usable"),
    [
        # The shapes of the six kinds of outward code, on letters that are in no use.
        ("E99 9ZZ", True),
        ("N9 9ZZ", True),
        ("SE9 9ZZ", True),
        ("NW99 9ZZ", True),
        ("E9W 9ZZ", True),
        ("SW9Y 9ZZ", True),
        ("se9 9zz", True),
        ("SE99ZZ", True),
        ("", None),
        ("SE9", False),
        ("SE9 9Z", False),
        ("SE9  9ZZ", False),
        ("S9E 9CI", False),
        ("QQ9 9ZZ", False),
        ("12345", False),
        ("NFA", False),
        ("SE9 9ZZ London", False),
    ],
)
def test_postcodes(sent, usable):
    for layout in ("police_referral", "fraud_referral"):
        row = one(layout, postcode=sent)
        assert (row["postcode"], row["postcode_usable"]) == (sent or None, usable)
