"""Every example of docs/rules.md is true, and every rule has an example that breaks it and one that keeps it."""

from __future__ import annotations

import datetime
import functools

import pyarrow as pa
import pytest

from docs.generate import rules as page
from docs.generate.rules import Example, examples
from exchange.intake.reading.reader import read
from mappings.load import load
from mappings.normalise import normalise
from tests.intake.written import LAYOUTS as WRITTEN
from tests.intake.written import POLICE, body, encoded, heading, quoted, row
from validators import engine
from validators.layout import Layout
from validators.rules import FILE_REASONS, RULES, is_quarantined

TODAY = datetime.date(2026, 3, 6)
LAYOUTS = {layout.name: layout for layout in WRITTEN}


def as_sent(example: Example, layout: Layout) -> bytes:
    """The example's row: a sound one but for what the example says."""
    fields = dict(zip(layout.names, map(quoted, row(layout, **dict(example.other))), strict=True))
    fields[example.column] = example.value
    return (
        ",".join(fields.values()).encode("cp1252" if layout.encoding == "cp1252" else "utf-8", "surrogateescape")
        + b"\r\n"
    )


@functools.cache
def found(layout: Layout) -> tuple[dict[Example, set[tuple[str, str]]], set[int], int]:
    """All examples of a layout in one file, each between sound rows: columns and rules found on the line of each; the
    lines on which anything was found; how many rows were good."""
    sound = body([row(layout)], layout).removeprefix(heading(layout))
    data, lines = heading(layout), {}
    for example in examples():
        if example.layout == layout.name:
            lines[example] = 1 + (data + sound).count(b"\n")
            data += sound + as_sent(example, layout)
    (chunk,) = read([data + sound], layout)
    checked = engine.check(chunk.table, chunk.lines, layout, today=TODAY)
    triples = {(each.line, each.column, each.rule) for each in checked.findings}
    triples |= {(each.line, "", each.rule) for each in chunk.broken}
    kept = chunk.lines[~checked.bad]
    for miss in normalise(checked.table.filter(pa.array(~checked.bad)), load(layout.name, layout.form)).unmapped:
        triples |= {(line, miss.column, miss.rule) for line in kept[miss.rows].tolist()}
    by_example = {each: {triple[1:] for triple in triples if triple[0] == line} for each, line in lines.items()}
    return by_example, {line for line, _, _ in triples} - set(lines.values()), len(kept)


@pytest.mark.parametrize("example", examples(), ids=lambda e: f"{e.layout} {e.rule} {e.column}={e.shown[:20]}")
def test_the_examples_of_the_rules_page_are_true(example: Example) -> None:
    rules = found(LAYOUTS[example.layout])[0][example]
    if example.broken:
        column = "" if RULES[example.broken].found_by == "reader" else example.column
        assert (column, example.broken) in rules
    else:
        assert (example.column, example.rule) not in rules
        assert not {
            rule for column, rule in rules if column in {"", example.column} and RULES[rule].found_by != "mappings"
        }


@pytest.mark.parametrize("layout", WRITTEN, ids=lambda layout: layout.name)
def test_only_the_rows_of_the_examples_are_found_fault_with(layout: Layout) -> None:
    by_example, elsewhere, good = found(layout)
    quarantined = [
        each
        for each, rules in by_example.items()
        if any(is_quarantined(rule) and RULES[rule].found_by != "mappings" for _, rule in rules)
    ]
    assert not elsewhere
    assert good == 2 * len(by_example) + 1 - len(quarantined)


def test_every_rule_has_an_example_that_breaks_it_and_one_that_keeps_it() -> None:
    tried = {(example.rule, bool(example.broken)) for example in examples() if example.broken in {example.rule, ""}}
    assert tried == {(rule, broken) for rule in RULES for broken in (True, False)}


def test_every_line_of_the_tables_is_an_example() -> None:
    lines = [line for path in page.TABLES.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(examples()) == sum(line.count("|") >= 4 for line in lines) - len(list(page.TABLES.glob("*.txt")))
    assert {example.broken for example in examples()} <= {*RULES, ""}


def test_the_page_names_every_rule_and_every_reason() -> None:
    text = page.render()
    assert all(f"\n### {name}\n" in text for name in [*RULES, *FILE_REASONS])
    assert all(rule.says in text and rule.fixed_by in text for rule in RULES.values())


def test_the_checks_of_contact_agree_with_what_is_used_for_contact() -> None:
    from mappings.contact import to_e164, usable_emails, usable_postcodes

    usable = {"postcode_shape": usable_postcodes, "email_shape": usable_emails}
    for example in examples():
        if example.rule == "phone_shape":
            assert (to_e164(pa.array([example.value]))[0].as_py() is None) == bool(example.broken), example.shown
        elif example.rule in usable:
            assert usable[example.rule](pa.array([example.value]))[0].as_py() == (not example.broken), example.shown


def test_encoding_of_an_example_is_that_of_its_feed() -> None:
    assert encoded("é", POLICE) == b"\xe9"
