"""docs/triage.md: the rules of triage in their order, what they ask, where people are handed on, and tested cases.

The cases are the tables in tests/triage/rules/; the same tables are tests. Each says what differs from a sound row of
a feed, and all that the rules make of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.generate import clocks
from docs.generate.triage_words import DECIDES, FACTS, HEAD
from mappings.load import ROOT
from mappings.tables import ALWAYS_FROM, ALWAYS_TO
from mappings.triage_rules import Rule, load_rules

TABLES: Final = Path(__file__).resolve().parents[2] / "tests" / "triage" / "rules"
AS_IT_IS: Final = "as it is"
FILE_OF: Final = "file of "

Row = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table.

    `rows`: what differs from a sound row, one for each day; `file_of`: the day of the file, "" for the usual one.
    `because`: reasons to exclude, hold or hand on; `priority`: reasons for enhanced support. All of them, in order.
    """

    rule: str
    feed: str
    shown: str
    rows: tuple[Row, ...]
    file_of: str
    fires: bool
    ends_as: str
    because: tuple[str, ...]
    priority: tuple[str, ...]


def cases() -> list[Case]:
    """All lines of all tables, in their order."""
    return [case for path in sorted(TABLES.glob("*.txt")) for case in _parsed(path)]


def _parsed(path: Path) -> Iterator[Case]:
    ids = {rule.id for rule in load_rules().rules}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and cells[0] in ids:
            rule, feed, shown, fires, ends_as, because, priority = cells
            day, rows = _day_and_rows(shown)
            yield Case(
                rule=rule,
                feed=feed,
                shown=shown,
                rows=rows,
                file_of=day,
                fires={"yes": True, "no": False}[fires],
                ends_as=ends_as,
                because=tuple(because.split()),
                priority=tuple(priority.split()),
            )


def _day_and_rows(shown: str) -> tuple[str, tuple[Row, ...]]:
    day, rest = "", shown
    if shown.startswith(FILE_OF):
        day, _, rest = shown.removeprefix(FILE_OF).partition(", ")
    return day, tuple(changes(part) for part in rest.split(" then "))


def changes(text: str) -> Row:
    """What differs from a sound row, as a table says it: columns and values, separated by commas."""
    if text in {AS_IT_IS, ""}:
        return ()
    parts = [part.partition("=") for part in text.split(", ")]
    return tuple((column.strip(), value) for column, _, value in parts)


def render() -> str:
    """The page: rules by what they decide, facts, offences, destinations, teams."""
    tried = cases()
    lines = _lines("rules")
    parts = [HEAD]
    for decides, (title, says) in DECIDES.items():
        parts.append(f"\n## {title}\n\n{says}\n")
        rules = [rule for rule in load_rules().rules if (rule.decides, rule.id == "H6") == decides]
        parts += [
            _rule(rule, _verified(lines, rule), [case for case in tried if case.rule == rule.id]) for rule in rules
        ]
    return "".join([*parts, _facts(), _offences(), _destinations(), _teams(), "\n", clocks.render()])


def _lines(name: str) -> list[dict[str, str]]:
    with (ROOT / "triage" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _verified(lines: list[dict[str, str]], rule: Rule) -> bool:
    return all(line["verified"] == "yes" for line in lines if line["rule"] == rule.id)


def _rule(rule: Rule, verified: bool, tried: list[Case]) -> str:
    facts = [f"{FACTS.get(name, _plain(name))}" for name in rule.all_of]
    unless = [f"{FACTS.get(name, _plain(name))}" for name in rule.none_of]
    text = [f"\n### {rule.id}: {rule.reason}\n", rule.says, ""]
    text += [f"- Asks: {'; and '.join(facts)}"] if facts else []
    text += [f"- Unless: {'; or '.join(unless)}"] if unless else []
    text += [f"- Holds for referrals received {_period(rule)}"] if _period(rule) else []
    text += [f"- Do: {rule.do}"] if rule.do else []
    text += [f"- Source: {rule.source}; {'verified' if verified else 'not verified'}", ""]
    text += ["| feed | what the row says | fires | ends as | because | priority |", "|---|---|---|---|---|---|"]
    text += [_case(case) for case in tried]
    return "\n".join(text) + "\n"


def _period(rule: Rule) -> str:
    first = f"from {rule.first:%d %B %Y}" if rule.first != ALWAYS_FROM else ""
    last = f"until {rule.last:%d %B %Y}" if rule.last != ALWAYS_TO else ""
    return " ".join(part for part in (first, last) if part).replace("from 0", "from ").replace("until 0", "until ")


def _case(case: Case) -> str:
    said = [_said(row) for row in case.rows]
    row = (f"file of {case.file_of}: " if case.file_of else "") + ", then ".join(said)
    because, priority = (", ".join(map(_plain, reasons)) for reasons in (case.because, case.priority))
    return f"| {case.feed} | {row} | {'yes' if case.fires else 'no'} | {case.ends_as} | {because} | {priority} |"


def _said(row: Row) -> str:
    return ", ".join(f"{column} {f'`{value}`' if value else 'blank'}" for column, value in row) or "a sound row"


def _facts() -> str:
    text = ["\n## What the rules ask\n", "| fact | in words |", "|---|---|"]
    text += [f"| {_plain(name)} | {words} |" for name, words in FACTS.items()]
    return "\n".join(text) + "\n"


def _offences() -> str:
    text = [
        "\n## Facts about the offence\n",
        "By the crime category of the returns or by Home Office code. Titles of anti-social behaviour: "
        + "; ".join(line["title"] for line in _lines("anti_social_behaviour"))
        + " (whatever their case and punctuation).\n",
        "| fact | by | values | not verified |",
        "|---|---|---|---|",
    ]
    for fact, columns in load_rules().offences.items():
        doubt = [line for line in _lines("offence_facts") if line["fact"] == fact and line["verified"] != "yes"]
        notes = "; ".join(dict.fromkeys(line["note"] for line in doubt))
        unsure = f"{', '.join(line['value'] for line in doubt)}: {notes}" if doubt else ""
        text += [
            f"| {_plain(fact)} | {_plain(column)} | {', '.join(values)} | {unsure} |"
            for column, values in columns.items()
        ]
    return "\n".join(text) + "\n"


def _destinations() -> str:
    text = [
        "\n## Where people are handed on\n",
        "A line goes out once the person agreed; where it says at once, without waiting for that.\n",
        "| reason | service | when | verified |",
        "|---|---|---|---|",
    ]
    text += [
        f"| {_plain(line['reason'])} | {_plain(line['destination'])} | "
        f"{'at once' if line['at_once'] == 'yes' else 'once the person agreed'} | {line['verified']} |"
        for line in _lines("destinations")
    ]
    return "\n".join(text) + "\n"


def _teams() -> str:
    text = ["\n## Who is responsible for high risk\n", "| area | team | verified |", "|---|---|---|"]
    text += [f"| {line['area']} | {line['name']} | {line['verified']} |" for line in _lines("teams")]
    return "\n".join(text) + "\n"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def words() -> Mapping[str, str]:
    """Each fact that is read off a row, in words."""
    return FACTS
