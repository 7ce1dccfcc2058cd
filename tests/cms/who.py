"""Who is who, for tests: made-up people in files of several senders, loaded and matched, and what came of it."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import psycopg

from exchange.cms.people import matching
from tests.cms.steps import take
from tests.cms.test_load import Cms, a_row

SECRET = matching.Secret("match-keys-1", bytes(range(32)))
MPS, BTP, FRAUD, CENTRE, WITNESS = "mps", "btp", "action_fraud", "contact_centre", "witness_care_unit"

HOME = {"address_1": "14 Ombrawick Road", "postcode": "E21 9ZZ", "postcode_usable": True, "borough_code": "E09000025"}
ELSEWHERE = {"address_1": "3 Skelholt Mews", "postcode": "SE30 9ZZ", "postcode_usable": True}
PHONE = {"phone": "07700 900123", "phone_e164": "+447700900123"}
OTHER_PHONE = {"phone": "07700 900456", "phone_e164": "+447700900456"}
EMAIL = {"email": "marta.k@example.org", "email_usable": True}
OTHER_EMAIL = {"email": "mk@example.org", "email_usable": True}
NO_CONTACT = {"phone": None, "phone_e164": None, "email": None, "email_usable": None}
DA = {"da_flag": True, "dash_risk": "M", "consent": "Y", "safe_to_contact": "Y"}

Row = dict[str, Any]
Told = tuple[str, Row]


def born(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def marta(**over: Any) -> Row:
    """What a sender knows of Marta Kowalska, with other values."""
    return {
        "forename": "Marta",
        "surname": "Kowalska",
        "birth_date": born("1985-03-17"),
        "offence_from": born("2019-06-01"),
        **HOME,
        **PHONE,
        **EMAIL,
        **over,
    }


def police(number: int, victim: int = 1, *, source: str = MPS, **over: Any) -> Told:
    """A row of a police force about a victim of a crime report."""
    return source, a_row(f"{4_200_000 + number}/19|{victim}", channel="police", **marta(**over))


def fraud(number: int, **over: Any) -> Told:
    key = f"NFRC1906{number:08d}"
    return FRAUD, a_row(key, **{"crime_category": "fraud_and_forgery", "channel": "police", **marta(**over)})


def centre(number: int, **over: Any) -> Told:
    return CENTRE, a_row(f"CC{number:07d}", channel="self", **{"consent": "Y", **marta(**over)})


def witness(number: int, *, complains: bool, **over: Any) -> Told:
    """Somebody who is called to a trial about a crime."""
    given = {"channel": "witness", "complainant": complains, "consent": "Y", "crime_category": None}
    return WITNESS, a_row(f"W{number:06d}", **{**given, **marta(**over), "offence_from": None})


class People(Cms):
    """The CMS with its persons. Referrals are named by their keys."""

    def tell(self, *told: Told, day: int = 1) -> None:
        """Load rows, those of each sender as one file."""
        with self.loader():
            for source in dict.fromkeys(source for source, _ in told):
                self.load(day, [row for sender, row in told if sender == source], source=source)

    def match(self) -> matching.Matched:
        """As the stage does it."""
        with self.loader():
            return matching.match_all(self.connection, SECRET)

    @contextlib.contextmanager
    def loader(self) -> Iterator[None]:
        """In the loader's role, as loads and matching are."""
        self.connection.commit()
        self.connection.execute("set role lvws_loader")
        self.connection.commit()
        try:
            yield
        finally:
            self.connection.rollback()
            self.connection.execute("reset role")
            self.connection.commit()

    def judge(self, one: Told, other: Told, *, same: bool) -> str:
        change = {"other_source": other[0], "other_key": other[1]["key"], "same": same}
        return take(self, "judge_pair", change, one[1]["key"], source=one[0])

    def ask(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        found = self.connection.execute(statement, parameters).fetchall()
        self.connection.commit()
        return found

    def persons(self) -> set[frozenset[str]]:
        """Who is one person with somebody."""
        rows = self.ask("select array_agg(referral_key) from cms.referral group by person_id having count(*) > 1")
        return {frozenset(keys) for (keys,) in rows}

    def review(self) -> set[frozenset[str]]:
        """Pairs that people have to look at."""
        return {frozenset(pair) for pair in self.ask("select left_key, right_key from cms.review")}

    def numbers(self) -> dict[str, int]:
        """The person's number of each referral."""
        return dict(self.ask("select referral_key, person_id from cms.referral"))

    def links(self) -> list[tuple[str, bool, str | None]]:
        """How each link was made, whether it stands, and why it ended; the oldest first."""
        return self.ask("select how, unlinked_at is null, unlinked_because from cms.link order by link_id")

    def identities(self) -> dict[str, str]:
        return dict(self.ask("select referral_key, identity from cms.matching join cms.referral using (referral_id)"))

    def targeted(self) -> set[str]:
        """Who is persistently targeted, and has it as a reason for priority."""
        rows = self.ask("select referral_key, persistently_targeted, priority_reasons from cms.referral")
        assert all(flag == ("persistently_targeted" in reasons) for _, flag, reasons in rows)
        return {key for key, flag, _ in rows if flag}


def keys(*told: Told) -> frozenset[str]:
    return frozenset(row["key"] for _, row in told)


def opened(database_url: str) -> People:
    return People(psycopg.connect(database_url))
