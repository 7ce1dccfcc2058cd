"""A file whose columns were renamed or moved without notice: what they seem to be, with the evidence, for a person.

Nothing is taken for granted: for a column of the layout that the file lacks, one of its own is proposed by its values
(how many of them are as that column's have to be) and by its name. People accept the whole proposal or nothing. The
file is then written anew under the layout and loaded as a correction of the refused run, in its place.
"""

from __future__ import annotations

import csv
import difflib
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from exchange import by_row, clock, operators
from exchange.cms.steps import Desk
from exchange.errors import ColumnsUnknown
from exchange.intake import artefacts, vault
from exchange.ledger import corrections
from exchange.ledger.corrections import Correction
from exchange.ledger.runs import Run
from exchange.quarantine import rows as broken_rows
from exchange.settings import Settings
from exchange.sources import SOURCES
from exchange.worker import Worker
from validators import engine
from validators.layout import Layout
from validators.rules import RULES

_SAMPLE: Final = 500
_LEAST_VALUES: Final = 0.95
_LEAST_NAME: Final = 0.5
# The better one of two must be better by so much, or a person could not tell them apart either.
_AHEAD: Final = 0.05


@dataclass(frozen=True)
class Pair:
    """A column of the layout and the one of the file that seems to be it; how many of `looked_at` values fit."""

    column: str
    sent: str
    place: int
    was: int
    fit: int
    looked_at: int
    alike: float

    @property
    def evidence(self) -> str:
        """Why, for a person. No value."""
        if self.column == self.sent:
            return f"the same name, in place {self.place + 1} instead of {self.was + 1}"
        return (
            f"{self.fit} of {self.looked_at} values are as {self.column} has them; the names are {self.alike:.0%} alike"
        )


@dataclass(frozen=True)
class _Sent:
    """The names in a file's header, and its first records of that length."""

    header: list[str]
    sample: list[list[str]] = field(repr=False)


@dataclass(frozen=True)
class Proposal:
    """What the columns of a refused file seem to be: all of the layout's, in its order."""

    run: Run
    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> list[Pair]:
        """Those that are renamed or in another place."""
        return [pair for pair in self.pairs if pair.column != pair.sent or pair.place != pair.was]


def propose(settings: Settings, run: Run) -> Proposal:
    """Raises ColumnsUnknown where a person could not tell either: columns too many, too few, or alike."""
    if run.state != "refused" or run.code != "header":
        raise ColumnsUnknown(run=run.run, problem="it was not refused for its columns")
    layout = SOURCES[run.source].layout
    sent = _read(settings, run, layout)
    header = sent.header
    if len(header) != len(layout.names) or len(set(header)) != len(header):
        problem = f"it has {len(header)} columns instead of {len(layout.names)}, or one of them twice"
        raise ColumnsUnknown(run=run.run, problem=problem)
    known = {name: header.index(name) for name in layout.names if name in header}
    missing = [name for name in layout.names if name not in known]
    strange = [name for name in header if name not in known]
    found = _matched(settings, run, missing, strange, sent)
    pairs = []
    for was, name in enumerate(layout.names):
        if name in known:
            pairs.append(Pair(name, name, known[name], was, 0, 0, 1.0))
        else:
            called, fit, looked_at, alike = found[name]
            pairs.append(Pair(name, called, header.index(called), was, fit, looked_at, alike))
    return Proposal(run, tuple(pairs))


_Matches = dict[str, tuple[str, int, int, float]]


def _matched(settings: Settings, run: Run, missing: Sequence[str], strange: Sequence[str], sent: _Sent) -> _Matches:
    """Of each column that is missing the strange one that fits, where that is plain for all of them."""
    told: _Matches = {}
    for name in missing:
        ranked = sorted(
            (_rank(settings, run, name, each, sent) for each in strange), key=lambda rank: rank[:2], reverse=True
        )
        (fits, alike, best, fit, looked_at), others = ranked[0], ranked[1:]
        close = any(other[0] and other[1] > alike - _AHEAD for other in others)
        if not fits or alike < _LEAST_NAME or close or best in {match[0] for match in told.values()}:
            raise ColumnsUnknown(run=run.run, problem=f"no column is plainly {name}")
        told[name] = (best, fit, looked_at, alike)
    return told


def _rank(settings: Settings, run: Run, name: str, strange: str, sent: _Sent) -> tuple[bool, float, str, int, int]:
    """Whether a strange column's values are as those of `name`, how far the names are alike; and the counts."""
    values = [row[sent.header.index(strange)] for row in sent.sample if row[sent.header.index(strange)]]
    fit = _fitting(settings, run, name, values)
    alike = difflib.SequenceMatcher(None, _plain(name), _plain(strange)).ratio()
    return bool(values) and fit >= _LEAST_VALUES * len(values), alike, strange, fit, len(values)


def _plain(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


def _fitting(settings: Settings, run: Run, column: str, values: list[str]) -> int:
    """How many of some values a column of the layout may hold."""
    if not values:
        return 0
    layout, blank = SOURCES[run.source].layout, [""] * len(values)
    table = pa.table({name: values if name == column else blank for name in layout.names})
    patterns = by_row.patterns_of(settings, SOURCES[run.source])
    lines = np.arange(len(values))
    checked = engine.check(table, lines, layout, today=clock.today(), patterns=patterns)
    bad = {
        line
        for line, name, rule in zip(checked.findings.line, checked.findings.column, checked.findings.rule, strict=True)
        if name == column and RULES[rule].severity in {"quarantine", "warning"} and rule != "filler"
    }
    return len(values) - len(bad)


def _read(settings: Settings, run: Run, layout: Layout) -> _Sent:
    records = _records(settings, run, layout)
    header = next(records, [])
    return _Sent(header, [row for row in itertools.islice(records, _SAMPLE) if len(row) == len(header)])


def _records(settings: Settings, run: Run, layout: Layout) -> Iterator[list[str]]:
    """The file's records without its trailer. Raises ColumnsUnknown for a file that cannot be read as text."""
    with artefacts.raw(settings.home, run) as blocks:
        data = b"".join(blocks)
    body = data[: run.body_bytes] if run.body_bytes is not None else data
    problem = ""
    try:
        yield from csv.reader(io.StringIO(body.decode(layout.encoding), newline=""), strict=True)
    except (UnicodeDecodeError, csv.Error):
        problem = "its text cannot be read as the layout says"
    if problem:
        raise ColumnsUnknown(run=run.run, problem=problem)


def accept(worker: Worker, desk: Desk, proposal: Proposal, reason: str) -> Correction:
    """Write the file anew under the layout and keep it as a correction; two people where it is about safe contact."""
    settings, run = worker.settings, proposal.run
    layout = SOURCES[run.source].layout
    places = [pair.place for pair in proposal.pairs]
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\r\n")
    count = -1
    for count, row in enumerate(_records(settings, run, layout)):
        out.writerow(
            layout.names if count == 0 else [row[place] for place in places] if len(row) == len(places) else row
        )
    content = text.getvalue().encode(layout.encoding)
    with vault.land(settings.home, announced=len(content)) as landing:
        landing.write(content)
        landed = landing.close()
    changed = {pair.column: pair.sent for pair in proposal.changed}
    document: dict[str, Any] = {
        "what": "rename_columns",
        "run": run.run,
        "columns": changed,
        "count": count,
        "content": landed.sha256,
        "reason": reason,
        "at": clock.now().isoformat(),
    }
    signed = operators.document(document)
    signer = desk.signer
    return corrections.add(
        desk.connection,
        of_run=run.run,
        document=signed,
        content=(landed.sha256, landed.size),
        rows=[],
        people=2 if broken_rows.safety_columns(run.source) & changed.keys() else 1,
        signed=(signer.operator.name, signer.operator.key_id, signer.sign(signed)),
    )
