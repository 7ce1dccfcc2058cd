"""What other code tables and rules would have made of the referrals that are in the CMS. Nothing is written.

Each referral is worked out again from what its records say, under both sets of tables: fields by mappings.trial, what
becomes of it by the rules of triage, and from both where it would show (figures). What comes out is counts and codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from exchange.ahead import ahead
from exchange.cms import fold
from exchange.cms.compared import Compared, compare
from exchange.cms.copying import copy_out
from exchange.cms.figures import SHOWN
from exchange.database import Connection, transaction
from exchange.sources import SOURCES
from exchange.triage.facts import NEEDED, REMEMBERED
from mappings.canonical import REFERRAL, TEXT
from mappings.load import ROOT
from mappings.triage_rules import RuleBook, read_rules
from mappings.trial import Setting, Trial, Untried, prepare

AT_ONCE: Final = 50_000
_ALWAYS: Final = (*NEEDED, "dash_risk")
_KEPT: Final = frozenset(each.name for each in fold.STORED)

_COUNT: Final = "select count(*) from cms.referral where received_on between %s and %s"
_PAGE: Final = sql.SQL(
    "select r.referral_id, r.source, {fields} from cms.referral r "
    "where r.referral_id > {after} and r.received_on between {first} and {last} order by r.referral_id limit {rows}"
)


@dataclass(frozen=True, slots=True)
class Move:
    """So many referrals, received in a month, have another value in a field; None is blank."""

    field: str
    before: str | None
    after: str | None
    month: str
    referrals: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of a table of the returns in a month: how many referrals leave it, and how many come in."""

    table: str
    row: str
    month: str
    fewer: int
    more: int


@dataclass(frozen=True)
class Impact:
    """What would have been different; `months`: how many were looked at, and how many of them would move."""

    looked_at: int
    moved: int
    months: Mapping[str, tuple[int, int]]
    moves: tuple[Move, ...]
    figures: tuple[Figure, ...]
    untried: Mapping[str, tuple[Untried, ...]]


@dataclass
class _Tally:
    looked_at: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str | None, str | None, str]] = field(default_factory=Counter)
    fewer: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    more: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def impact(
    connection: Connection,
    roots: tuple[Path, Path],
    period: tuple[date, date] = (date.min, date.max),
    *,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> Impact:
    """Work every referral received in the period out again under the tables of both folders.

    `report` is told how many are done, of how many. Raises MappingInvalid; the tables need no versions.
    """
    layouts = {each.layout_name: "referral" for each in SOURCES.values() if each.layout.form == "referral"}
    trials = prepare(layouts, Setting(roots, in_force=ROOT, kept=_KEPT, always=frozenset(NEEDED)))
    books = (read_rules(roots[0]), read_rules(roots[1]))
    tally = _Tally()
    with transaction(connection, "working out what would move"):
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute(_COUNT, period).fetchone()
        total, done = int(row[0]) if row else 0, 0
        for page in ahead(_pages(connection, trials.values(), period)):
            _count(page, trials, books, tally)
            done += page.num_rows
            report(done, total)
    return _told(tally, {layout: trial.untried for layout, trial in trials.items()})


def _pages(connection: Connection, trials: Iterable[Trial], period: tuple[date, date]) -> Iterator[pa.Table]:
    """The referrals in the order of their ids, so many at once; what the trials and the rules need of them."""
    names = tuple(dict.fromkeys((*_ALWAYS, *sorted({name for trial in trials for name in trial.kept}))))
    types = {name: REFERRAL.by_name[name].arrow_type for name in names} | dict.fromkeys(REMEMBERED, pa.bool_())
    schema = pa.schema([("referral_id", pa.int64()), ("source", TEXT), *types.items()])
    fields = sql.SQL(", ").join(sql.Identifier("r", name) for name in types)
    last_id = 0
    while True:
        query = _PAGE.format(
            fields=fields,
            after=sql.Literal(last_id),
            first=sql.Literal(period[0]),
            last=sql.Literal(period[1]),
            rows=sql.Literal(AT_ONCE),
        )
        page = copy_out(connection, query, schema)
        if page.num_rows:
            last_id = page["referral_id"][-1].as_py()
            yield page
        if page.num_rows < AT_ONCE:
            return


def _count(page: pa.Table, trials: Mapping[str, Trial], books: tuple[RuleBook, RuleBook], tally: _Tally) -> None:
    for source in pc.unique(page["source"]).to_pylist():
        rows = page.filter(pc.equal(page["source"], source)).combine_chunks()
        month = pc.strftime(rows["received_on"], format="%Y-%m").combine_chunks()
        compared = compare(rows, trials[SOURCES[source].layout_name], books)
        _count_moves(compared, month, tally)
        _count_figures(compared, month, tally)


def _count_moves(compared: Compared, month: pa.Array, tally: _Tally) -> None:
    for (of_month,), referrals in _grouped([month]):
        tally.looked_at[of_month] += referrals
    for (of_month,), referrals in _grouped([month.filter(pa.array(compared.anything))]):
        tally.moved[of_month] += referrals
    for name, differs in compared.differs.items():
        if differs.any():
            mask = pa.array(differs)
            columns = [*(side.filter(mask) for side in compared.shown(name)), month.filter(mask)]
            for (before, after, of_month), referrals in _grouped(columns):
                tally.moves[name, before, after, of_month] += referrals


def _count_figures(compared: Compared, month: pa.Array, tally: _Tally) -> None:
    for shown in SHOWN:
        mask = compared.any_of(shown.by)
        if mask is None:
            continue
        sides = [compared.counted(name) for name in shown.by]
        columns = [side.filter(mask) for place in (0, 1) for side in (each[place] for each in sides)]
        for values, referrals in _grouped([*columns, month.filter(mask)]):
            before, after = set(shown.rows(*values[: len(sides)])), set(shown.rows(*values[len(sides) : -1]))
            for row in before - after:
                tally.fewer[shown.table, row, values[-1]] += referrals
            for row in after - before:
                tally.more[shown.table, row, values[-1]] += referrals


def _grouped(columns: Sequence[pa.Array]) -> list[tuple[tuple[Any, ...], int]]:
    """Each distinct combination of values and how often it is there; few, because they are codes."""
    names = [str(place) for place in range(len(columns))]
    groups = pa.table(dict(zip(names, columns, strict=True))).group_by(names).aggregate([([], "count_all")])
    values = [groups[name].to_pylist() for name in names]
    return list(zip(zip(*values, strict=True), groups["count_all"].to_pylist(), strict=True))


def _told(tally: _Tally, untried: Mapping[str, tuple[Untried, ...]]) -> Impact:
    moves = [Move(*key, referrals) for key, referrals in tally.moves.items()]
    rows = sorted({*tally.fewer, *tally.more})
    return Impact(
        looked_at=tally.looked_at.total(),
        moved=tally.moved.total(),
        months={month: (tally.looked_at[month], tally.moved[month]) for month in sorted(tally.looked_at)},
        moves=tuple(sorted(moves, key=lambda m: (m.field, m.before or "", m.after or "", m.month))),
        figures=tuple(Figure(*key, tally.fewer[key], tally.more[key]) for key in rows),
        untried=untried,
    )
