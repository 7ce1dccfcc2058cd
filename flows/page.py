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
from exchange.cms.not_passable import NotPassable
from exchange.errors import Busy, ExchangeError, LeaseLost
from exchange.ledger.reports import Gap
from exchange.ledger.runs import Run
from exchange.sources import SOURCES
from exchange.stages import Night

COUNTS: Final = tuple(name for name in run_table.COUNTS if name != "waiting")
MOST: Final = 20


@dataclass
class Visit:
    """One visit to one source. `not_passable` is all that is outstanding, of earlier nights too."""

    source: str
    night: Night = field(default_factory=Night)
    gaps: list[Gap] = field(default_factory=list)
    not_passable: list[NotPassable] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether an operator has to know: a failure, or a file refused or stopped.

        Broken rows alone are ordinary, and a run that another worker has is no fault.
        """
        return bool(self.faults) or any(
            run.state in {"refused", "stopped", "open"} for run in self.night.runs if run.run not in self.elsewhere
        )

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
    parts = [
        f"{_many(len(files), 'file')}, {_many(sum(run.rows for run in files), 'row')}",
        *([f"{len(bad)} refused or stopped"] if bad else []),
        *([f"trouble with {', '.join(away)}"] if away else []),
    ]
    return "; ".join(parts) if files or away else "No new file was there"


def markdown(day: date, visits: Sequence[Visit]) -> str:
    """The page: what to do, what came, what was left."""
    steps = [*_high_risk(visits), *_steps(visits)]
    todo = "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1)) if steps else "Nothing."
    left = list(_left(visits))
    parts = [
        f"# Files taken in on {day:%A} {day.day} {day:%B %Y}",
        f"**{headline(visits)}.**",
        f"## To do\n\n{todo}",
        f"## What came\n\n{_files(visits)}",
        *(["## Left for later\n\n" + "\n".join(f"- {line}" for line in left)] if left else []),
        "Commands are run where the service is. What the words mean: docs/operator-guide.md.",
    ]
    return "\n\n".join(parts) + "\n"


def table(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """One line a file, and one for each source of which nothing came."""
    return [
        line
        for visit in visits
        for line in ([_line(run) for run in visit.night.runs] or [{"source": visit.source, "what": _nothing(visit)}])
    ]


def _high_risk(visits: Sequence[Visit]) -> Iterator[str]:
    """They head the list: nobody else may know of them."""
    for visit in visits:
        for row in visit.not_passable[:MOST]:
            yield (
                f"**HIGH RISK, NOT PASSABLE:** line {row.line} of {_plain(row.file)} is high-risk domestic abuse that "
                f"may not be held. Call {SOURCES[row.source].sender} today: it has to make its own MARAC referral. Its "
                f"key stands in the rejects that they got. See: lvws show {row.run}"
            )
        if len(visit.not_passable) > MOST:
            yield f"**HIGH RISK, NOT PASSABLE:** {len(visit.not_passable) - MOST} more of {visit.source}."


def _steps(visits: Sequence[Visit]) -> Iterator[str]:
    for visit in visits:
        for failure in visit.faults:
            says, do = failure.sentences
            yield f"**{_plain(says)}** {_plain(do)} ({failure.code})"
        for run in visit.night.runs:
            step = None if run.run in visit.elsewhere else run_table.next_step(run)
            if step:
                yield _plain(step)
        for gap in visit.gaps:
            never = f"{visit.source}: {_numbers(gap)} never came."
            yield f"{_plain(never)} Ask the sender; files that come late are taken in by themselves."


def _left(visits: Sequence[Visit]) -> Iterator[str]:
    for visit in visits:
        for name in visit.night.incomplete.get(visit.source, []):
            yield f"{visit.source}: {_plain(name)} is still being written, left for the next run."
        if visit.night.unknown:
            count = visit.night.unknown[visit.source]
            yield f"{visit.source}: {_many(count, 'file')} with a name that is not this feed's, left alone."
        for run in sorted(visit.elsewhere):
            yield f"{visit.source}: another worker is at run {run}."


def _files(visits: Sequence[Visit]) -> str:
    head = ("source", "file", "business day", "what", *COUNTS)
    rows = [" | ".join(_cell(line.get(name)) for name in head) for line in table(visits)]
    marks = ("---", "---", "---", "---", *("--:" for _ in COUNTS))
    return "\n".join(f"| {row} |" for row in (" | ".join(head), " | ".join(marks), *rows))


def _line(run: Run) -> dict[str, Any]:
    nil = run.state == "loaded" and run.rows == 0
    what = "nil" if nil else f"{run.state} ({run.code})" if run.code else run.state
    counts = {name: getattr(run, name) for name in COUNTS}
    return {
        "source": run.source,
        "file": run.file,
        "business day": run.business_date.isoformat(),
        "what": what,
        **counts,
        "run": run.run,
    }


def _nothing(visit: Visit) -> str:
    return "trouble: see above" if visit.faults else "no new file"


def _cell(value: object) -> str:
    return "" if value is None or value == 0 else _plain(str(value))


def _plain(text: str) -> str:
    """File names come from senders: nothing in them may act as markdown."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*").replace("[", "\\[")


def _numbers(gap: Gap) -> str:
    return f"number {gap.first}" if gap.first == gap.last else f"numbers {gap.first} to {gap.last}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count:,} {what}s"
