"""What became of the returns, for whoever looks in the morning: what to do, what was done, how every version stands.

Pure. It names returns, periods, versions and operators, never a figure or a person: Prefect keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from exchange.errors import ExchangeError
from exchange.returns import standing
from exchange.returns.versions import Version
from flows.page import many, plain

MOST: Final = 30
_COMMAND: Final = ": lvws "


@dataclass
class Day:
    """What one run of the flow did, and how things stand after it."""

    built: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    failures: list[ExchangeError] = field(default_factory=list)
    versions: Sequence[Version] = ()

    @property
    def alerts(self) -> list[str]:
        """What somebody has to act on."""
        return [*standing.alerts(self.versions), *self.findings]

    @property
    def failed(self) -> bool:
        """Whether somebody has to know."""
        return bool(self.failures or self.alerts)


def headline(day: Day) -> str:
    """The day in one sentence."""
    drafts = [each.stem for each in day.versions if each.state == "draft"]
    late = len(standing.alerts(day.versions)) - len(drafts)
    parts = [
        *([f"{', '.join(drafts)} {'waits' if len(drafts) == 1 else 'wait'} for approval"] if drafts else []),
        *([f"{many(late, 'receipt')} overdue"] if late else []),
        *([f"{many(len(day.findings), 'receipt')} with faults"] if day.findings else []),
        *([f"{many(len(day.failures), 'failure')}"] if day.failures else []),
        *(f"{what} {', '.join(stems)}" for what, stems in _done(day)),
    ]
    return "; ".join(parts) or "Nothing was due"


def markdown(today: date, day: Day) -> str:
    """The page."""
    steps = [*_failures(day), *(_with_command(alert) for alert in day.alerts)]
    todo = "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1)) or "Nothing."
    done = "\n".join(f"- {what} {plain(stem)}" for what, stems in _done(day) for stem in stems) or "Nothing was due."
    parts = [
        f"# Returns on {today:%A} {today.day} {today:%B %Y}",
        f"**{plain(headline(day))}.**",
        f"## To do\n\n{todo}",
        f"## Done\n\n{done}",
        f"## Versions\n\n{_table(day.versions)}",
        "Commands are run where the service is. What the words mean: docs/returns-life.md.",
    ]
    return "\n\n".join(parts) + "\n"


def _with_command(step: str) -> str:
    """A step whose command can be copied as it stands."""
    words, there, command = step.partition(_COMMAND)
    return f"{plain(words)}: `lvws {command}`" if there else plain(step)


def _done(day: Day) -> Iterator[tuple[str, list[str]]]:
    for what, stems in (("built", day.built), ("delivered", day.delivered), ("received", day.received)):
        if stems:
            yield what, stems


def _failures(day: Day) -> Iterator[str]:
    for failure in day.failures:
        says, do = failure.sentences
        yield f"**{plain(says)}** {plain(do)} ({failure.code})"


def _words(version: Version) -> str:
    """What comes next, without the command: in a column it would be cut off."""
    return standing.next_step(version).partition(_COMMAND)[0]


def _table(found: Sequence[Version]) -> str:
    if not found:
        return "None was built yet."
    newest = sorted(found, key=lambda each: each.built_at, reverse=True)[:MOST]
    lines = [" | ".join((plain(each.stem), each.state, plain(each.built_by), plain(_words(each)))) for each in newest]
    return "\n".join(f"| {line} |" for line in ("version | state | built by | next", "---|---|---|---", *lines))
