"""What a night was, for whoever looks at seven in the morning: what to do first, then what came.

Pure: built from what the ledger says. It names files, runs, lines and counts, never a key or a person, because
Prefect keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from exchange.cli import run_table
from exchange.cms.high_risk import HighRisk
from exchange.cms.not_passable import NotPassable
from exchange.errors import Busy, ExchangeError, LeaseLost
from exchange.ledger.reports import Gap
from exchange.ledger.runs import Run
from exchange.sources import FEEDS, SOURCES
from exchange.stages import Night

COUNTS: Final = ("rows", "quarantined", "excluded", "created", "updated", "withdrawn", "duplicate", "waiting")
MOST: Final = 20


@dataclass
class Visit:
    """One visit to one source. `high_risk` is of this visit; `not_passable` is all that is outstanding, of any."""

    source: str
    night: Night = field(default_factory=Night)
    gaps: list[Gap] = field(default_factory=list)
    not_passable: list[NotPassable] = field(default_factory=list)
    high_risk: list[HighRisk] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether an operator has to know: a failure, a file refused or stopped, people at high risk or not handed on.

        Broken rows alone are ordinary, and a run that another worker has is no fault.
        """
        standing = {"refused", "stopped", "open"}
        runs = [run for run in self.night.runs if run.run not in self.elsewhere]
        return bool(self.faults or self.alerts or self.night.onward.alerts) or any(
            run.state in standing for run in runs
        )

    @property
    def alerts(self) -> list[NotPassable]:
        """What is high risk and not passable in the files of this very night."""
        came = {run.run for run in self.night.runs}
        return [row for row in self.not_passable if row.run in came]

    @property
    def faults(self) -> list[ExchangeError]:
        """What failed; that another worker has a run is none."""
        return [failure for failure in self.night.failures if taken_by_another(failure) is None]

    @property
    def elsewhere(self) -> set[str]:
        """Runs that another worker has."""
        return {run for failure in self.night.failures if (run := taken_by_another(failure)) is not None}


def taken_by_another(failure: ExchangeError) -> str | None:
    """The run that another worker has, where that is all that `failure` says."""
    match failure:
        case LeaseLost():
            return str(failure.facts.get("run"))
        case Busy() if str(failure.facts.get("what")).startswith("run "):
            return str(failure.facts.get("what")).removeprefix("run ")
        case _:
            return None


def headline(visits: Sequence[Visit]) -> str:
    """The night in one sentence."""
    files = [run for visit in visits for run in visit.night.runs]
    bad = [run for run in files if run.state in {"refused", "stopped"}]
    away = [visit.source for visit in visits if visit.faults]
    alerts = sum(len(visit.alerts) for visit in visits)
    onward = _onward_alerts(visits)
    parts = [
        *([f"{alerts} HIGH RISK, NOT PASSABLE"] if alerts else []),
        *([f"{onward} about onward referrals"] if onward else []),
        f"{many(len(files), 'file')}, {many(sum(run.rows for run in files), 'row')}",
        *([f"{len(bad)} refused or stopped"] if bad else []),
        *([f"trouble with {', '.join(away)}"] if away else []),
    ]
    return "; ".join(parts) if files or away or onward else "No new file was there"


def markdown(day: date, visits: Sequence[Visit]) -> str:
    """The page: what to do, what came, what was left."""
    steps = [*_high_risk(visits), *_onward(visits), *_steps(visits)]
    todo = "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1)) if steps else "Nothing."
    left = list(_left(visits))
    handed = [plain(line) for visit in visits for line in visit.night.onward.told]
    parts = [
        f"# Files taken in on {day:%A} {day.day} {day:%B %Y}",
        f"**{headline(visits)}.**",
        *_who_is_at_risk(visits),
        f"## To do\n\n{todo}",
        f"## What came\n\n{_files(_of_sources(visits))}",
        *(["## Onward referrals\n\n" + "\n".join(f"- {line}" for line in handed)] if handed else []),
        *(["## Left for later\n\n" + "\n".join(f"- {line}" for line in left)] if left else []),
        "Commands are run where the service is. What the words mean: docs/operator-guide.md.",
    ]
    return "\n\n".join(parts) + "\n"


def table(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """One line a file, and one for each source of which nothing came."""
    return [
        line
        for visit in _of_sources(visits)
        for line in ([_line(run) for run in visit.night.runs] or [{"source": visit.source, "what": _nothing(visit)}])
    ]


def _high_risk(visits: Sequence[Visit]) -> Iterator[str]:
    """They head the list: nobody else may know of them."""
    for visit in visits:
        for row in visit.not_passable[:MOST]:
            yield (
                f"**HIGH RISK, NOT PASSABLE:** line {row.line} of {plain(row.file)}, area {plain(row.area)}, is "
                f"high-risk domestic abuse that may not be held. Whose it is: {plain(row.owner)}. Call the "
                f"{SOURCES[row.source].sender} today: it has to make its own MARAC referral. The row's key stands in "
                f"the rejects that they got; write their answer down with: lvws not-passable answer. "
                f"See: lvws show {row.run}"
            )
        if len(visit.not_passable) > MOST:
            yield f"**HIGH RISK, NOT PASSABLE:** {len(visit.not_passable) - MOST} more of {visit.source}."


def _who_is_at_risk(visits: Sequence[Visit]) -> Iterator[str]:
    """How many, where and whose: before everything else on the page."""
    found = [each for visit in visits for each in visit.high_risk]
    if not found:
        return
    referrals, held = sum(each.referrals for each in found), sum(each.held for each in found)
    lines = ["| area | new | changed | of them held | whose |", "|---|--:|--:|--:|---|"]
    for area, owner in dict.fromkeys((each.area, each.owner) for each in found):
        counts = [(each.new, each.changed, each.held) for each in found if (each.area, each.owner) == (area, owner)]
        cells = (area, *(str(sum(column) or "") for column in zip(*counts, strict=True)), plain(owner))
        lines.append(f"| {' | '.join(cells)} |")
    yield f"## High-risk domestic abuse: {many(referrals, 'referral')}, {held} of them held\n\n" + "\n".join(lines)


def _onward(visits: Sequence[Visit]) -> Iterator[str]:
    """People whom another service may not have, or may have although it should not."""
    for visit in visits:
        yield from (f"**ONWARD REFERRALS:** {plain(alert)}" for alert in visit.night.onward.alerts)


def _onward_alerts(visits: Sequence[Visit]) -> str:
    count = sum(len(visit.night.onward.alerts) for visit in visits)
    return many(count, "alert") if count else ""


def _of_sources(visits: Sequence[Visit]) -> list[Visit]:
    return [visit for visit in visits if visit.source in FEEDS]


def _steps(visits: Sequence[Visit]) -> Iterator[str]:
    """What stands still first: failures, whole files, numbers that never came; then rows."""
    for visit in visits:
        for failure in visit.faults:
            says, do = failure.sentences
            yield f"**{plain(says)}** {plain(do)} ({failure.code})"
    steps = [
        (run.state == "loaded", step)
        for visit in visits
        for run in visit.night.runs
        if run.run not in visit.elsewhere and (step := run_table.next_step(run))
    ]
    yield from (f"**{plain(step)}**" for is_loaded, step in steps if not is_loaded)
    for visit in visits:
        for gap in visit.gaps:
            never = f"{visit.source}: {gap.numbers} never came."
            yield f"{plain(never)} Ask the sender; files that come late are taken in by themselves."
    yield from (plain(step) for is_loaded, step in steps if is_loaded)
    yield from (plain(line) for visit in visits for line in visit.night.onward.left)


def _left(visits: Sequence[Visit]) -> Iterator[str]:
    for visit in visits:
        for name in visit.night.incomplete.get(visit.source, []):
            yield f"{visit.source}: {plain(name)} is still being written, left for the next run."
        if visit.night.unknown:
            count = visit.night.unknown[visit.source]
            yield f"{visit.source}: {many(count, 'file')} with a name that is not this feed's, left alone."
        for run in sorted(visit.elsewhere):
            yield f"{visit.source}: another worker is at run {run}."


def _files(visits: Sequence[Visit]) -> str:
    head = ("source", "file", "business day", "what", "rows", "of which")
    marks = ("---", "---", "---", "---", "--:", "---")
    lines = [" | ".join(_cell(value) for value in cells) for visit in visits for cells in _cells(visit)]
    return "\n".join(f"| {line} |" for line in (" | ".join(head), " | ".join(marks), *lines))


def _cells(visit: Visit) -> Iterator[tuple[object, ...]]:
    for run in visit.night.runs:
        yield run.source, run.file, run.business_date, _what(run), run.rows, _outcomes(run)
    if not visit.night.runs:
        yield visit.source, None, None, _nothing(visit), None, None


def _line(run: Run) -> dict[str, Any]:
    """What an operator looks for stands in front: wide tables are cut off on the right."""
    return {
        "source": run.source,
        "file": run.file,
        "what": _what(run),
        **{name: getattr(run, name) for name in COUNTS},
        "business day": run.business_date.isoformat(),
        "run": run.run,
    }


def _what(run: Run) -> str:
    if run.state == "loaded" and run.rows == 0:
        return "nil"
    return f"{run.state} ({run.code})" if run.code else run.state


def _outcomes(run: Run) -> str:
    return ", ".join(f"{getattr(run, name)} {name}" for name in COUNTS[1:] if getattr(run, name))


def _nothing(visit: Visit) -> str:
    return "trouble: see above" if visit.faults else "no new file"


def _cell(value: object) -> str:
    return "" if value is None or value == 0 else plain(str(value))


def plain(text: str) -> str:
    """File names come from senders: nothing in them may act as markdown."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*").replace("[", "\\[")


def many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count:,} {what}s"
