"""Make a range of business days good: every source's files of it that are on the servers and not taken in yet.

Parts of it may be done by several workers at once, in any order and more than once: what is known is not fetched
again, each file is claimed once, and the order of truth does not depend on when a file came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from exchange import stages
from exchange.errors import ExchangeError, WrongUse
from exchange.settings import Settings
from exchange.sources import Span
from exchange.stages import Night, Report
from exchange.worker import working


@dataclass(frozen=True)
class Part:
    """A source's business days of one month: what one worker takes at a time."""

    source: str
    span: Span

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.source} {self.span.first} to {self.span.last}"


def parts(sources: Sequence[str], span: Span) -> list[Part]:
    """The parts of a range, by month and source. Raises WrongUse for a range that ends before it begins."""
    if span.last < span.first:
        raise WrongUse(what=f"The range ends ({span.last}) before it begins ({span.first})")
    return [Part(source, month) for month in _months(span) for source in sources]


def _months(span: Span) -> Iterator[Span]:
    first = span.first
    while first <= span.last:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield Span(first, min(after - timedelta(days=1), span.last))
        first = after


def do(settings: Settings, part: Part, report: Report) -> Night:
    """Take a part in: fetch, check, load, answer the sender. A worker of its own."""
    night = Night()
    with stages.collecting(night), working(settings) as worker:
        stages.ingest_source(worker, part.source, part.span, night, report)
    return night


def finish(settings: Settings, report: Report) -> list[ExchangeError]:
    """What follows once, after all parts: people are matched."""
    night = Night()
    report("matching people")
    with stages.collecting(night), working(settings) as worker:
        stages.match(worker)
    return night.failures


def together(nights: Sequence[Night]) -> Night:
    """What all parts did."""
    whole = Night()
    for night in nights:
        whole.runs += night.runs
        whole.failures += [each for each in night.failures if str(each) not in map(str, whole.failures)]
        whole.incomplete |= night.incomplete
        whole.unknown |= night.unknown
    return whole
