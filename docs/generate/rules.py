"""docs/rules.md: every rule and every reason to refuse a file, from validators/rules.py and from the tested examples.

The examples are the tables in tests/validators/rules/, one a layout; the same tables are tests. Each line puts one
value into one field of a sound row and says whether the rule is broken by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from validators.roster.rules import ROSTER_RULES
from validators.rules import FILE_REASONS, RULES, FileReason, Rule

TABLES: Final = Path(__file__).resolve().parents[2] / "tests" / "validators" / "rules"
_MOST: Final = 12  # examples a rule and layout; the tables have them all

HEAD: Final = """\
# Rules

What can be wrong with a row or a file, what happens then, and who puts it right. A finding says line, column and rule,
and never a value. A row that is *quarantined* is kept aside, encrypted, until the sender sends it again or somebody
corrects it; a *warning* lets the row go on. Every example here is a test.

Lines count from the header, which is line 1; a row's line is the one on which it begins.
"""

_FOUND_BY: Final = {
    "reader": "while the file is split into rows",
    "checks": "by the checks of single rows",
    "mappings": "when codes are looked up",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One line of a table: what `column` holds as sent (escapes resolved), other fields that differ from a sound row,
    and the rule that is broken in that column, "" for none. `shown` is the value as the table writes it."""

    layout: str
    rule: str
    column: str
    value: str
    other: tuple[tuple[str, str], ...]
    broken: str
    shown: str


def examples() -> list[Example]:
    """All lines of all tables, in their order."""
    return [example for path in sorted(TABLES.glob("*.txt")) for example in _parsed(path)]


def _parsed(path: Path) -> list[Example]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[0] in RULES:
            rule, column, shown, other, broken = cells
            found.append(
                Example(
                    layout=path.stem,
                    rule=rule,
                    column=column,
                    value=unescaped(shown),
                    other=((other.partition("=")[0], other.partition("=")[2]),) if other else (),
                    broken={"yes": rule, "no": ""}.get(broken, broken.removeprefix("other: ")),
                    shown=shown,
                )
            )
    return found


def unescaped(shown: str) -> str:
    r"""Text with \n, \r, \t, \0, \uNNNN and \xNN resolved; \xNN is a byte of its own, kept as a lone surrogate if it
    is no ASCII, for an encoder with surrogateescape."""
    plain = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

    def one(found: re.Match[str]) -> str:
        text = found[1]
        if text in plain:
            return plain[text]
        number = int(text[1:], 16)
        return chr(0xDC00 + number) if text[0] == "x" and number > 0x7F else chr(number)

    return re.sub(r"\\(n|r|t|0|x[0-9a-f]{2}|u[0-9a-f]{4})", one, shown)


ROSTER = """
## The IDVA roster

A roster is stored as a whole or refused as a whole ([IDVA posts](idva.md)). Each finding names sheet, row and column.

| rule | | what is wrong | what to do |
|---|---|---|---|
"""
_SEVERITY = {"refuse": "refused", "warning": "warning"}


def render() -> str:
    """The page: row rules by severity, then reasons for whole files."""
    tried = examples()
    parts = [HEAD]
    for severity, title in (("quarantine", "Rows that are quarantined"), ("warning", "Warnings")):
        parts.append(f"\n## {title}\n")
        parts += [_rule(rule, tried) for rule in RULES.values() if rule.severity == severity]
    parts.append("\n## Files that are refused or stopped\n\nNothing of such a file is loaded.\n")
    parts += [_reason(reason) for reason in FILE_REASONS.values()]
    parts.append(ROSTER)
    parts += [
        f"| `{each.id}` | {_SEVERITY[each.severity]} | {each.says} | {each.do} |\n" for each in ROSTER_RULES.values()
    ]
    return "".join(parts)


def _rule(rule: Rule, tried: list[Example]) -> str:
    lines = [
        f"\n### {rule.id}\n",
        rule.says,
        "",
        f"- Found {_FOUND_BY[rule.found_by]}",
        f"- Put right by {rule.fixed_by}",
        "",
    ]
    shown = [example for example in tried if example.rule == rule.id and example.broken in {rule.id, ""}]
    lines += ["| feed | column | value | |", "|---|---|---|---|"]
    for layout in dict.fromkeys(example.layout for example in shown):
        some = [example for example in shown if example.layout == layout]
        lines += [_example(example) for example in _chosen(some)]
    return "\n".join(lines) + "\n"


def _chosen(some: list[Example]) -> list[Example]:
    """As many as a page bears, broken and kept ones in turn of importance: the table's order."""
    broken = [example for example in some if example.broken][: _MOST * 2 // 3]
    kept = [example for example in some if not example.broken][: _MOST - len(broken)]
    return [example for example in some if example in broken or example in kept]


def _example(example: Example) -> str:
    value = f"`{example.shown}`" if example.shown else "(blank)"
    with_other = "".join(f", with {name} {f'`{text}`' if text else 'blank'}" for name, text in example.other)
    answer = "breaks it" if example.broken else "keeps it"
    return f"| {example.layout} | {example.column} | {value}{with_other} | {answer} |"


def _reason(reason: FileReason) -> str:
    what = {"refuse": "The file is refused.", "stop": "The run stops for an operator."}[reason.severity]
    return f"\n### {reason.id}\n\n{reason.says} {what}\n\n- Do: {reason.do}\n"
