"""What the demo says: what came, what became of the rows and why, and where to look next."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from exchange.cli import reasons, returns_page, run_table, screen
from exchange.demo import Built, Played
from exchange.ledger.runs import Run
from exchange.sources import SOURCES
from validators.rules import FILE_REASONS, RULES

OUTCOMES: Final = {
    "created": "new referrals, events and lines of the roster, now in the case management system",
    "updated": "changes to referrals that were there",
    "withdrawn": "referrals closed to contact; nothing is deleted",
    "duplicate": "said nothing new",
    "quarantined": "broken; kept encrypted, and the sender is told which line and why",
    "excluded": "may not be held; only key, line and reason are kept",
    "waiting": "what was done about a referral that is not here yet; applied when it comes",
}


def silent(_what: object) -> None:
    """Nothing, for --json."""


def step(what: str) -> None:
    """What is being done now."""
    screen.say(f"… {what}")


def progress(run: Run) -> None:
    """A file that came to its end."""
    rows = f"{run.rows} rows" if run.rows else "a nil file: nothing to refer that day"
    how = f"{run.state} ({run.code})" if run.code else f"{run.state}, {rows}" if run.state == "loaded" else run.state
    screen.say(f"    {run.source:<17} {run.file:<30} {how}")


def as_json(played: Played) -> dict[str, Any]:
    """The demo as one JSON document."""
    return {
        "config": str(played.stage.config),
        "flow_exit": played.flow_exit,
        "seconds": round(played.seconds, 1),
        "runs": [run_table.as_json(run) for run in played.runs],
        "known_before": played.known,
        "referrals": played.referrals,
        "same_as_before": played.same_as_before,
        "incomplete": [file.file for file in played.came.files if file.what == "incomplete"],
        "gaps": [gap.as_json() for gap in played.came.gaps],
        "high_risk_not_passable": [{"run": row.run, "line": row.line} for row in played.not_passable],
        "returns": [_built_as_json(each) for each in played.returns],
    }


def _built_as_json(each: Built) -> dict[str, Any]:
    return {
        "name": each.version.stem,
        "state": each.version.state,
        "workbook": str(each.workbook),
        "built": each.built,
    }


def show(played: Played) -> None:
    """The summary for a newcomer."""
    if not played.succeeded:
        screen.say(
            f"\nThe flow ended with exit code {played.flow_exit}. Its log: {_near(played.stage.prefect / 'flow.log')}"
        )
    elif played.runs:
        _what_came(played)
        _rows(played)
        _why(played)
        _alerts(played)
    else:
        _nothing_new(played)
    if played.returns:
        _returns(played.returns)
    _next(played)


def _nothing_new(played: Played) -> None:
    screen.say("\nNothing new was there")
    screen.say(f"  All {played.known} files were known from last time: none was fetched, and no row changed.")
    unchanged = "the very same" if played.same_as_before else "NOT the same"
    screen.say(f"  The case management system holds {unchanged} {played.referrals} referrals as before.")


def _what_came(played: Played) -> None:
    screen.say()
    run_table.table(f"What came: {len(played.runs)} files", played.runs)


def _rows(played: Played) -> None:
    total = {name: sum(getattr(run, name) for run in played.runs) for name in ("rows", *OUTCOMES)}
    screen.say(f"\nWhat became of the {total['rows']} rows in the files that were loaded")
    for name, says in OUTCOMES.items():
        screen.say(f"  {total[name]:>4} {name:<12} {says}")
    screen.say(
        f"  {sum(total[name] for name in OUTCOMES):>4} in all: the database refuses a load in which they do not add up."
    )


def _why(played: Played) -> None:
    broken: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    for page in played.pages:
        broken.update({rule.rule: rule.rows for rule in page.rules if RULES[rule.rule].severity == "quarantine"})
        excluded.update({code.code: code.rows for code in page.codes if code.outcome == "excluded" and code.code})
    screen.say("\nWhy, for those that were not loaded")
    for rule, rows in broken.most_common():
        screen.say(f"  {rows:>4} quarantined: {RULES[rule].says}")
    for code, rows in excluded.most_common():
        screen.say(f"  {rows:>4} excluded: {reasons.says(code)}")


def _alerts(played: Played) -> None:
    lines = list(_alert_lines(played))
    if lines:
        screen.say("\nWhat somebody has to look at (all of it is in the samples on purpose)")
        for line in lines:
            screen.say(f"  - {line}")


def _alert_lines(played: Played) -> Iterator[str]:
    for risk in played.high_risk:
        held = f", {risk.held} of them held: nobody may call before it is safe" if risk.held else ""
        yield f"HIGH RISK in area {risk.area}: {risk.referrals} new or changed{held}. Whose: {risk.owner}."
    for row in played.not_passable:
        yield (
            f"HIGH RISK: line {row.line} of {row.file} is high-risk domestic abuse without consent. It may not be "
            f"held, so the {SOURCES[row.source].sender} must be called the same day."
        )
    for run in played.runs:
        if run.state in {"refused", "stopped"}:
            reason = FILE_REASONS[run.code].says if run.code in FILE_REASONS else run.code
            yield f"{run.file} was {run.state}, and nothing of it was loaded: {reason}"
    for file in played.came.files:
        if file.what == "incomplete":
            yield f"{file.file} is still being written: it has no last line yet, and is left for the next night."
    for gap in played.came.gaps:
        yield f"{gap.source}: number {gap.first} never came; there is a gap between the files before and after it."


def _returns(built: Sequence[Built]) -> None:
    screen.say("\nThe returns: what MOPAC gets to see of it")
    for each in built:
        version = each.version
        if each.built:
            screen.say(f"  {version.stem} was built. {returns_page.made_from(version.rows)}")
        else:
            screen.say(f"  {version.stem} is as it was: nothing new came in, so it was not built again.")
        screen.say(f"    Its workbook, for people: {_near(each.workbook)}")
        screen.say(f"    The same figures, for programs: {_near(each.workbook.parent / 'figures.csv')}")
    drafts = [each.version for each in built if each.version.state == "draft"]
    if drafts:
        screen.say(
            f"  Drafts are sent to nobody. {drafts[0].built_by} built them, so somebody else has to look at them and "
            "approve them\n  with a key of their own (docs/returns-life.md)."
        )


def _command() -> str:
    """The command as it was called, to be typed again."""
    if Path(sys.argv[0]).name == "lvws":
        return _near(Path(sys.argv[0]))
    return f"{_near(Path(sys.executable))} -m exchange.cli"


def _next(played: Played) -> None:
    command = _command()
    bad = next((run for run in played.runs if run.state == "refused"), None)
    mixed = next((run for run in played.runs if run.quarantined), None)
    month = played.returns[0].version if played.returns else None
    screen.say(f"\nWhere to look next ({played.seconds:.0f} seconds; all of it lies in {_near(played.stage.folder)})")
    for what, why in (
        (f"export LVWS_CONFIG={_near(played.stage.config)}", "the demo's own settings"),
        (f"{command} runs", "every load, newest first"),
        *([(f"{command} show {mixed.run}", "a file with broken rows: which lines, which rules")] if mixed else []),
        *([(f"{command} show {bad.run}", "the refused file: why, and what to do")] if bad else []),
        (f"{command} files", "what came on which day, and what did not"),
        (f"{command} held list", "who may not be contacted yet, and why"),
        (f"{command} due", "what has to be done next, until when, and by whom"),
        (f"{command} idva status", "how many IDVAs are in post, against what is required"),
        (f"{command} returns list", "the returns, and what comes next"),
        (
            f"{command} operators new sam --out {_near(played.stage.folder)}",
            "a key for who approves it, and its settings",
        ),
        *(
            [(f"{command} returns approve {month.return_name} --period {month.period}", "approve it, as somebody else")]
            if month
            else []
        ),
        (f"ls {_near(played.stage.files)}/*/incoming", "what the senders got back"),
        ("samples/README.md", "what each sample row is there for"),
        ("docs/prefect.md", "how to see this night on Prefect's own pages"),
        ("docs/operator-guide.md", "how one looks after this every morning"),
    ):
        screen.say(f"  {what:<52} {why}")
    screen.say("Run the demo again: every file is known by then, and nothing changes.")


def _near(path: Path) -> str:
    """As one would type it from here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
