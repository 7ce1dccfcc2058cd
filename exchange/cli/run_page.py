"""One load whole, for `lvws show`."""

from __future__ import annotations

from exchange.cli import run_table, screen, statement_page
from exchange.clock import LONDON
from exchange.ledger.reports import Page
from validators.rules import FILE_REASONS, RULES, US

MOST_KEYS = 20


def as_json(page: Page) -> None:
    """The page as one JSON document."""
    screen.document(
        {
            **run_table.as_json(page.run),
            "stage": page.run.stage,
            "detail": page.run.detail,
            "sha256": page.run.content,
            "mapping_version": page.run.mapping_version,
            "triage_version": page.run.triage_version,
            "deliveries": [{"name": name, "received_at": at.isoformat()} for name, at in page.deliveries],
            "outcomes": [{"outcome": c.outcome, "code": c.code, "rows": c.rows} for c in page.codes],
            "findings": [
                {"rule": r.rule, "column": r.column, "rows": r.rows, "first_lines": r.first_lines} for r in page.rules
            ],
            "in_statement": [statement_page.as_json(each) for each in page.in_statement],
            "restates": page.restates,
            "taken_back": page.taken_back,
            "missing_keys": page.missing_keys,
            "events_waiting": page.events_waiting,
            "raw_destroyed_at": page.raw_destroyed_at.isoformat() if page.raw_destroyed_at else None,
            "next": _next(page),
        }
    )


def show(page: Page) -> None:
    """The page for people: counts, why, findings by rule, what to do."""
    run = page.run
    screen.say(
        f"Run {run.run}: {run.file} of {run.source}, business day {run.business_date:%d %B %Y}, sequence {run.sequence}"
    )
    screen.say(
        f"State: {run.state}"
        + (f" ({run.code})" if run.code else "")
        + (f", last good stage: {run.stage}" if run.state == "open" else "")
    )
    if run.state == "refused" and run.code in FILE_REASONS:
        screen.say(f"Why: {FILE_REASONS[run.code].says}" + (f" ({run.detail})" if run.detail else ""))
    elif run.detail:
        screen.say(f"Why: {run.detail}.")
    for name, at in page.deliveries:
        screen.say(f"Came: {at.astimezone(LONDON):%Y-%m-%d %H:%M} as {name}")
    screen.say(
        f"Content: SHA-256 {run.content}"
        + (f"; raw bytes destroyed {page.raw_destroyed_at:%Y-%m-%d}" if page.raw_destroyed_at else "")
    )
    _outcomes(page)
    _findings(page)
    statement_page.table(page.in_statement)
    _restatement(page)
    if page.run.waiting:
        screen.say(
            f"Of {page.run.waiting} events that came before their referral {page.events_waiting} still wait; "
            "they are applied by themselves when it comes."
        )
    if page.waiting_in_outbox:
        screen.say(f"{page.waiting_in_outbox} answers to the sender wait to be sent; the next lvws ingest sends them.")
    screen.say(f"Next: {_next(page)}")


def _outcomes(page: Page) -> None:
    if page.run.state == "loaded":
        counts = ", ".join(
            f"{getattr(page.run, name)} {name}" for name in run_table.COUNTS[1:] if getattr(page.run, name)
        )
        screen.say(f"Rows: {page.run.rows}" + (f" = {counts}" if counts else " (a nil file)"))
        if page.codes:
            screen.table(
                "Outcomes",
                ["outcome", "code", "rows"],
                [(c.outcome, c.code, c.rows) for c in page.codes],
                right=["rows"],
            )


def _findings(page: Page) -> None:
    if page.rules:
        screen.table(
            "Findings",
            ["rule", "column", "rows", "lines", "severity", "what it means", "who puts it right"],
            [
                (
                    r.rule,
                    r.column,
                    r.rows,
                    ", ".join(map(str, r.first_lines)) + (" …" if r.rows > len(r.first_lines) else ""),
                    *_said(r.rule),
                )
                for r in page.rules
            ],
            right=["rows"],
        )


def _next(page: Page) -> str:
    """What somebody who reads this page does next."""
    run = page.run
    match run.state:
        case "refused" | "stopped":
            return FILE_REASONS[run.code].do if run.code in FILE_REASONS else "call the sender."
        case "undone":
            return f"nothing, once its sender knows; or load it again with: lvws rerun {run.run}"
        case "repeat" if page.taken_back:
            return (
                f"its content was taken back (run {page.taken_back}); load it again with: lvws rerun {page.taken_back}"
            )
        case "open":
            return f"carry it on with: lvws rerun {run.run}"
        case "loaded" if run.quarantined:
            broken = [RULES[found.rule] for found in page.rules if RULES[found.rule].severity == "quarantine"]
            ours = any(rule.fixed_by == US for rule in broken)
            lacking = " A code that none of our lists has may be a new one: see docs/mappings.md." if ours else ""
            told = f"{run.file}.rejects.csv"
            return f"the sender has the lines to mend in {told}; what it sends again is taken in by itself.{lacking}"
        case _:
            return "nothing to do."


def _said(rule: str) -> tuple[str, str, str]:
    known = RULES[rule]
    return known.severity, known.says, known.fixed_by


def _restatement(page: Page) -> None:
    if page.restates is None:
        return
    screen.say(
        f"This content restates run {page.restates}: {page.run.updated} rows changed, {page.run.created} are new, "
        f"{len(page.missing_keys)} are missing from it."
    )
    for key in page.missing_keys[:MOST_KEYS]:
        screen.say(f"  missing, not withdrawn: {key}")
    if len(page.missing_keys) > MOST_KEYS:
        screen.say(f"  and {len(page.missing_keys) - MOST_KEYS} more: lvws show {page.run.run} --json")
