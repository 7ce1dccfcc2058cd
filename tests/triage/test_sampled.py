"""Two samples of police referrals that a review looked at (requirements, Traps), rebuilt with nobody real.

Loaded as three daily files by the command; every row ends as the review says that it should have, and nobody whom it was
not safe or not right to contact is accepted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.generate.triage import changes
from tests.feeds import Row, a_police_file, a_police_row, police_key, police_name
from tests.service import Service, fresh_database, running

TABLES = Path(__file__).parent / "sampled"
NOTHING, AGAIN = "nothing", "again"
# What the reviews counted.
REPORTED = {
    "cleveland": (
        118,
        {"duplicate": 5, "excluded crime": 1, "no consent": 2, "child protection": 2, "unsafe": 15, "unusable": 3},
    ),
    "durham": (85, {"excluded crime": 14, "too few details": 1, "unsafe": 4}),
}


@dataclass(frozen=True)
class Sent:
    """One row of a sample: the number of its key, what it says, what the review found, and what has to come of it."""

    day: int
    number: int
    row: Row
    found: str
    outcome: str
    ends_as: str
    because: str


def sample(name: str) -> list[Sent]:
    """All rows of a sample in their order; a repeated row takes the next of the sound ones before it."""
    sent: list[Sent] = []
    repeated = 0
    for line in (TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 7 or not cells[0].isdecimal():
            continue
        day, rows, found, row, outcome, ends_as, because = cells
        for _ in range(int(rows)):
            if row == AGAIN:
                number, made = sent[repeated].number, sent[repeated].row
                repeated += 1
            else:
                number = len(sent) + 1
                made = a_police_row(number, **dict(changes(row)))
            sent.append(Sent(int(day), number, made, found, outcome, ends_as, because))
    return sent


@dataclass(frozen=True)
class Ended:
    """What became of a sample: outcome and code of each row, the runs, and cms.triage by key."""

    sent: list[Sent]
    outcomes: list[tuple[str, str | None]]
    runs: list[dict[str, int]]
    triage: dict[str, tuple[str, list[str], list[str]]]
    contact: dict[str, bool]


@pytest.fixture(scope="module", params=REPORTED)
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: str) -> tuple[str, Ended]:
    name = request.param
    with fresh_database(server) as url, running(tmp_path_factory.mktemp(name), url) as service:
        return name, load(service, sample(name))


def load(service: Service, sent: list[Sent]) -> Ended:
    for day in (1, 2, 3):
        rows = [each.row for each in sent if each.day == day]
        service.put("mps", police_name(day, day), a_police_file(rows))
    runs = service.loaded()
    outcomes = [outcome[1:] for run in runs for outcome in service.outcomes(run["run"])]
    triage = service.rows("select referral_key, disposition, held_for, onward_for from cms.triage")
    contact = service.rows("select referral_key, may_contact from cms.contact")
    return Ended(sent, outcomes, runs, {key: tuple(rest) for key, *rest in triage}, dict(contact))


def test_the_samples_are_what_the_reviews_counted() -> None:
    for name, (rows, found) in REPORTED.items():
        sent = sample(name)
        assert (len(sent), Counter(each.found for each in sent if each.found != NOTHING)) == (rows, found)
    cleveland = REPORTED["cleveland"][1]
    assert cleveland["unsafe"] + cleveland["unusable"] == 18


def test_every_row_ends_as_the_review_says_that_it_should_have(ended: tuple[str, Ended]) -> None:
    name, it = ended
    assert len(it.outcomes) == REPORTED[name][0]
    for each, (outcome, code) in zip(it.sent, it.outcomes, strict=True):
        key = police_key(each.number)
        assert outcome == each.outcome, (each.day, key, each.found)
        if each.ends_as:
            disposition, held_for, onward_for = it.triage[key]
            assert disposition == each.ends_as, (each.day, key, each.found)
            assert each.because in [*held_for, *onward_for] or not (each.because or held_for or onward_for)
        else:
            assert (key in it.triage, code) == (False, each.because)


def test_nobody_is_accepted_whom_the_review_would_have_kept_back_and_all_the_rest_are(
    ended: tuple[str, Ended],
) -> None:
    _, it = ended
    fit = {police_key(each.number) for each in it.sent if each.found == NOTHING}
    assert {key for key, (disposition, *_) in it.triage.items() if disposition == "accepted"} == fit
    kept = {police_key(each.number) for each in it.sent if each.ends_as == "held"}
    assert kept
    assert {key for key, may in it.contact.items() if not may} == kept
    unsafe = [each for each in it.sent if each.row["safe_to_contact"] == "N"]
    assert unsafe
    assert {it.triage[police_key(each.number)][0] for each in unsafe} == {"held"}


def test_the_counts_add_up(ended: tuple[str, Ended]) -> None:
    name, it = ended
    kinds = ("created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting")
    assert all(run["rows"] == sum(run[kind] for kind in kinds) for run in it.runs)
    total = Counter({kind: sum(run[kind] for run in it.runs) for kind in kinds})
    assert +total == Counter(each.outcome for each in it.sent)
    assert sum(total.values()) == REPORTED[name][0]
    assert len(it.triage) == total["created"]
