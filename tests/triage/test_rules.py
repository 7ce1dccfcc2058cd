"""Every case of docs/triage.md is true, of the rows as they are sent and of the referrals in the database.

Written from the interface documents (outcomes, Rows and Referrals); the tables are tests/triage/rules/.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import Any

import pytest

from docs.generate import triage as page
from docs.generate.triage import cases
from exchange.triage import exclusions, facts
from exchange.triage.dispositions import applies
from exchange.triage.facts import Facts
from mappings import triage_rules
from mappings.triage_rules import load_rules
from tests.service import fresh_database, running
from tests.triage.as_sent import FEEDS, canonical, day_of, row_of, triaged

pytestmark = pytest.mark.xdist_group("rules")  # one service for the module

CASES = dict(enumerate(cases(), 1))
SINGLE = {number: case for number, case in CASES.items() if len(case.rows) == 1}
RULES = {rule.id: rule for rule in load_rules().rules}
REASONS = {"excluded": "code", "held": "hold_reasons", "onward": "onward_reasons", "priority": "priority_reasons"}


def listed(text: str) -> list[str]:
    return [reason for reason in text.strip("{}").split(",") if reason]


def name_of(value: object) -> str:
    case = CASES[value] if isinstance(value, int) else None
    return f"{case.rule} {case.feed} {case.shown[:60]}" if case else str(value)


# --- the pure function ------------------------------------------------------------------------------


@functools.cache
def answers() -> dict[int, tuple[dict[str, Any], bool]]:
    """What triage says of each single row, and whether the case's own rule fires; one table a feed and day."""
    together = defaultdict(list)
    for number, case in SINGLE.items():
        together[case.feed, day_of(case)].append((number, case))
    found = {}
    for (feed, day), some in together.items():
        rows = [row_of(case, number, case.rows[0]) for number, case in some]
        said = triaged(FEEDS[feed], rows, day).to_pylist()
        known = Facts(canonical(FEEDS[feed], rows, day), load_rules())
        fired = {name: applies(known, rule) for name, rule in RULES.items()}
        for place, (number, case) in enumerate(some):
            found[number] = said[place], bool(fired[case.rule][place])
    return found


@pytest.mark.parametrize("number", SINGLE, ids=name_of)
def test_a_row_is_triaged_as_the_table_says(number: int) -> None:
    case, (said, fires) = SINGLE[number], answers()[number]
    because = listed(said["hold_reasons"]) + listed(said["onward_reasons"])
    if said["code"]:
        assert ("excluded", (said["code"],)) == (case.ends_as, case.because)
    else:
        assert (said["disposition"], tuple(because)) == (case.ends_as, case.because)
        assert tuple(listed(said["priority_reasons"])) == case.priority
    assert fires == case.fires


# --- the same through the whole service -------------------------------------------------------------


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, server: str):
    """All cases loaded by the command, file by file; what each key's row ended as in the ledger and in cms.triage."""
    files = defaultdict(list)
    for number, case in CASES.items():
        for place, changes in enumerate(case.rows):
            files[day_of(case, place), case.feed].append((number, row_of(case, number, changes)))
    outcomes = {}
    with (
        fresh_database(server) as url,
        running(tmp_path_factory.mktemp("triage"), url) as service,
    ):
        service.configure("action_fraud", "contact_centre", "witness_care_unit")
        for sequence, ((day, name), rows) in enumerate(sorted(files.items()), 1):
            feed, data = FEEDS[name], FEEDS[name].file([row for _, row in rows], day, sequence)
            if isinstance(data, tuple):
                service.put_fraud(feed.name(day, sequence), data)
            else:
                service.put(feed.source, feed.name(day, sequence), data)
            ran = service.ingest("--source", feed.source)
            (run,) = ran.runs
            assert run["state"] == "loaded", (run, ran.err)
            for (number, _), outcome in zip(rows, service.outcomes(run["run"]), strict=True):
                outcomes[number] = outcome[1:]
        said = service.rows(
            "select source, referral_key, disposition, held_for, onward_for, priority_reasons, priority from cms.triage"
        )
    return outcomes, {(source, key): rest for source, key, *rest in said}


@pytest.mark.parametrize("number", CASES, ids=name_of)
def test_a_referral_in_the_database_ends_as_the_table_says(number: int, ended) -> None:
    case, (outcomes, said) = CASES[number], ended
    feed = FEEDS[case.feed]
    if case.ends_as == "excluded":
        assert outcomes[number] == ("excluded", *case.because)
        assert (feed.source, feed.key(number)) not in said
        return
    disposition, held_for, onward_for, priority, is_priority = said[feed.source, feed.key(number)]
    assert outcomes[number][0] in {"created", "updated", "duplicate"}
    because = set(case.because)
    if case.ends_as == "onward":
        because -= {"no_contact_details"}  # which holds nobody whom another service takes
    assert (disposition, {*held_for, *onward_for}) == (case.ends_as, because)
    assert (tuple(priority), is_priority) == (case.priority, bool(case.priority))


# --- the tables themselves --------------------------------------------------------------------------


def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    assert {(case.rule, case.fires) for case in CASES.values()} == {
        (name, each) for name in RULES for each in (True, False)
    }


def test_a_case_in_which_a_rule_fires_shows_its_reason() -> None:
    for case in CASES.values():
        shown = case.priority if RULES[case.rule].decides == "priority" else case.because
        if case.fires:
            assert RULES[case.rule].reason in shown, case.shown


def test_every_line_of_the_tables_is_a_case_of_its_own() -> None:
    lines = [line for path in page.TABLES.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    tables = len(list(page.TABLES.glob("*.txt")))
    assert len(CASES) == sum(line.count("|") >= 5 for line in lines) - tables
    told = [(case.rule, case.feed, case.shown) for case in CASES.values()]
    assert len(told) == len(set(told))


def test_rules_that_decide_stand_in_the_order_of_the_document() -> None:
    """Excluded first; then held, onward, held for want of contact details (outcomes, Referrals)."""
    deciding = [rule for rule in load_rules().rules if rule.decides in {"held", "onward"}]
    assert [rule.reason for rule in deciding] == [
        *("unsafe_to_contact", "safe_contact_unknown", "consent_pending", "child_protection", "reopened"),
        *("children_young_people", "homicide", "road_traffic", "sexual_violence", "anti_social_behaviour"),
        *("outside_london", "no_contact_details"),
    ]
    assert exclusions.CONSENT_MISSING in {rule.reason for rule in load_rules().of("excluded")}


def test_the_facts_that_rules_may_ask_are_those_that_are_worked_out() -> None:
    assert facts.FACTS == triage_rules.FACTS == page.words().keys()


def test_the_page_names_every_rule_with_its_sentence_and_all_of_its_cases() -> None:
    text = page.render()
    assert all(f"### {rule.id}: {rule.reason}\n\n{rule.says}\n" in text and rule.do in text for rule in RULES.values())
    assert text.count("| yes |") + text.count("| no |") >= len(CASES)


def test_cases_end_in_every_way_there_is() -> None:
    assert {case.ends_as for case in CASES.values()} == {"excluded", "held", "onward", "accepted"}
