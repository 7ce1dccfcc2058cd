"""The page of the watch: the night in one picture, and every alert that stands, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange.alerts import kinds
from exchange.alerts.kinds import KINDS
from exchange.alerts.watch import Watched
from exchange.cli import desk
from exchange.cli.picture import Picture, Source
from exchange.cli.status import owed
from exchange.ledger.alerts import Alert
from flows.page import many, plain


def headline(watched: Watched) -> str:
    """One line: how much stands, and whether looking failed."""
    stands = sum(each.settled_at is None for each in watched.standing)
    failed = f", {many(len(watched.failures), 'failure')}" if watched.failures else ""
    return (many(stands, "alert") if stands else "nothing is wrong") + failed


def markdown(taken: Picture, standing: Sequence[Alert]) -> str:
    """The whole page."""
    return "\n\n".join(_parts(taken, standing)) + "\n"


def _parts(taken: Picture, standing: Sequence[Alert]) -> Iterator[str]:
    if taken.looks:
        yield "## To look at, the most dangerous first"
        lines = ["| how many | what | with |", "|--:|---|---|"]
        lines += [f"| {each.count:,} | {plain(each.what)} | `{each.command}` |" for each in taken.looks]
        yield "\n".join(lines)
    else:
        yield "## Nothing waits for anybody"
    order = list(KINDS)
    open_ones = sorted((each for each in standing if each.settled_at is None), key=lambda each: order.index(each.kind))
    if open_ones:
        yield f"## {many(len(open_ones), 'alert')}"
        yield "\n".join(_alert(each) for each in open_ones)
    yield "## Sources: the last 24 hours, and the newest file of all"
    # What somebody looks for stands in front: a wide table is cut off on the right.
    head = ["| source | owed | state | files | rows | broken | newest file |", "|---|---|---|--:|--:|--:|---|"]
    yield "\n".join([*head, *map(_source, taken.sources)])
    if taken.last_success:
        yield f"Last load: {desk.at(taken.last_success)}."


def _alert(alert: Alert) -> str:
    says, do = kinds.sentences(alert.kind, alert.facts)
    return f"- **{plain(says)}** Since {desk.at(alert.since)}. {plain(do)} ({alert.alert_id})"


def _source(source: Source) -> str:
    night = source.night
    counts = (night.files or "", night.rows or "", night.quarantined or "")
    cells = (night.source, owed(source), night.state or "", *counts, night.file or "none yet")
    return f"| {' | '.join(plain(str(cell)) for cell in cells)} |"
