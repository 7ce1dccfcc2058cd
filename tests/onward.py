"""A service that takes onward referrals, for tests of the whole way: its server, its key, its receipts.

other = Other(service, "national_homicide_service"); other.files(); other.receipt(["O..."])
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyrage

from exchange import clock
from tests.casework import activity_name, an_activity_file, an_event
from tests.feeds import Row, a_police_file, a_police_row, police_key, police_name
from tests.service import Service

HOMICIDE = {"ho_code": "001/01", "offence_title": "Murder", "consent": "Y"}
ROAD = {"ho_code": "004/04", "offence_title": "Causing death by dangerous driving", "consent": "Y"}
CHILD = {"birth_date": "12/03/2008", "age": "11"}
FAR = {"borough": "Outside London"}
NATIONAL, CHILDREN = "national_homicide_service", "children_young_people"


@dataclass
class Other:
    """Another service, set up in the settings with a key of its own."""

    service: Service
    name: str
    identity: Any = field(default_factory=pyrage.x25519.Identity.generate)

    def __post_init__(self) -> None:
        self.configure()

    def configure(self, **host: Any) -> None:
        self.service.configure(self.name, **{"age_recipient": str(self.identity.to_public()), **host})

    def away(self) -> None:
        """Nothing answers under its address, whose key is known."""
        pinned = self.service.server.known_hosts
        elsewhere = pinned.with_name("known_hosts_of_nobody")
        elsewhere.write_text(pinned.read_text().replace(f":{self.service.server.port}", ":1"))
        self.configure(port=1, known_hosts=str(elsewhere))

    def sealed(self) -> dict[str, bytes]:
        """What lies in its folder, as it lies there."""
        folder = self.service.server.root / self.name / "incoming"
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def files(self) -> dict[str, list[Row]]:
        """The same, opened with its key."""
        return {name: self.rows(body) for name, body in self.sealed().items()}

    def people(self) -> list[Row]:
        """Everybody in all its files."""
        return [row for rows in self.files().values() for row in rows]

    def rows(self, body: bytes) -> list[Row]:
        text = pyrage.decrypt(body, [self.identity]).decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def receipt(self, lines: list[tuple[str, str]], *, part: str = "", header: str = "onward_id,received_at") -> str:
        """Lay a receipt for its first file."""
        name = f"{next(iter(self.sealed()))}{part}.receipt.csv"
        text = "".join(f"{line}\r\n" for line in (header, *(",".join(each) for each in lines)))
        self.service.put(self.name, name, text.encode())
        return name


def now(**later: float) -> str:
    """A time that a service writes."""
    return (clock.now() + timedelta(**later)).astimezone(clock.LONDON).isoformat(timespec="seconds")


def take_in(service: Service, *rows: Row, day: int = 0) -> None:
    """A police file of a day, taken in."""
    service.put("mps", police_name(day, day + 1), a_police_file(rows))
    service.loaded()


def agree(service: Service, *victims: int, to: str, day: int = 0, **values: str) -> None:
    """Victims agreed to be handed to a service; taken in."""
    service.configure("case_activity")
    rows = [
        an_event(
            1000 * day + victim,
            referral_source="mps",
            referral_key=police_key(victim),
            event="onward_referral",
            category=to,
            **values,
        )
        for victim in victims
    ]
    service.put("case_activity", activity_name(day, day + 1), an_activity_file(rows))
    service.loaded()


def a_child(number: int, **over: str) -> Row:
    return a_police_row(number, **CHILD, **over)
