"""A return's workbook, described: what cover, notes, tables and charts say (interfaces: returns, The workbook). Pure.

Everything in it comes from the version's own facts and figures, so that the same version is the same bytes for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from outputs import catalogue
from outputs.facts import ORGANISATION, Facts, in_words
from outputs.figures import Figure, Key
from outputs.records import Records
from outputs.workbook.sheets import (
    Cell,
    Chart,
    Column,
    CoverLine,
    Note,
    Of,
    Plain,
    Row,
    Sheet,
    Shorthand,
    Table,
    Workbook,
)

_TOTALS: Final = ("total", "total_da", "total_non_da")


def described(title: str, facts: Facts, figures: Sequence[Figure], _: Records) -> Workbook:
    """The workbook of a version of the return with that title."""
    found = {figure.key: figure for figure in figures}
    tables = [shown for table in catalogue.tables(facts.of_return) if (shown := _with_figures(table, found)).rows]
    sheets = [_sheet(table, found) for table in tables]
    moved = [figure for figure in figures if figure.table == "changes"]
    if moved:
        sheets.append(_changes(moved, tables))
    return Workbook(
        title=f"{title}, {facts.period.words()}",
        subject=f"Figures for MOPAC, {facts.period.name}, version {facts.version}",
        organisation=ORGANISATION,
        made_at=facts.made_at,
        cover=tuple(_cover(facts)),
        sheets=tuple(sheets),
        notes=tuple(Note(f"note{place}", text) for place, text in enumerate(facts.notes, 1)),
        charts=tuple(_charts(tables, found)),
    )


def _with_figures(table: catalogue.Table, found: Mapping[Key, Figure]) -> catalogue.Table:
    """Without rows of which there is nothing to say in this version: rules that did not change."""
    there = {(key[0], key[1]) for key in found}
    return replace(table, rows=tuple(row for row in table.rows if (table.key, row.key) in there))


def _cover(facts: Facts) -> Iterable[CoverLine]:
    yield CoverLine("What this is", f"Figures of the {ORGANISATION} for the Mayor's Office for Policing and Crime.")
    yield CoverLine("Period", f"{facts.period.words()} ({facts.period.name}): referrals received in it.")
    yield CoverLine("Cut-off", f"What had happened by {in_words(facts.cut_off)} counts.")
    yield CoverLine("As known at", f"What the service knew at {in_words(facts.as_known_at)}.")
    yield CoverLine("Version", f"{facts.version}, made on {in_words(facts.made_at)}.")
    yield CoverLine(
        "Versions of form and rules",
        f"Form {catalogue.FORMAT_VERSION}; rules of triage {facts.rule_version}; mappings {facts.mapping_version}.",
    )
    hidden = " ".join(facts.small_numbers) or "No figure is held back."
    yield CoverLine("Small numbers", hidden)
    yield CoverLine("Victims and witnesses", "They are never added up: witness referrals stand in tables of their own.")


def _sheet(table: catalogue.Table, found: Mapping[Key, Figure]) -> Sheet:
    says = (table.says, *(f"{row.words}: {row.says}" for row in table.rows if row.says))
    return Sheet(
        name=table.sheet,
        title=table.title,
        says=says,
        table=Table(
            name=table.key,
            columns=(Column(table.sheet, "text"), *(Column(each.words, each.kind) for each in table.columns)),
            rows=tuple(
                Row(
                    (row.words, *(_told(found[table.key, row.key, each.key], row, each) for each in table.columns)),
                    _is_total(row),
                )
                for row in table.rows
            ),
        ),
        unit=f"Number of {table.unit}; rates are shares of the row's own",
    )


def _told(figure: Figure, row: catalogue.Row, column: catalogue.Column) -> Cell:
    """A figure's cell, of its row's own kind where it has one; a status in words."""
    cell = _cell(figure)
    if column.kind == "text":
        return cell.replace("_", " ") if column.key == "status" and isinstance(cell, str) else cell
    return Of(row.kind, cell) if row.kind is not None else cell


def _is_total(row: catalogue.Row) -> bool:
    return row.key in _TOTALS


def _cell(figure: Figure) -> Plain:
    match figure.status:
        case "suppressed":
            return Shorthand.SUPPRESSED
        case "not_available":
            return Shorthand.NOT_AVAILABLE
        case "ok":
            assert figure.value is not None
            return figure.value


def _changes(moved: Sequence[Figure], tables: Sequence[catalogue.Table]) -> Sheet:
    words = {column.key: column for column in catalogue.changes().columns}
    by_row: dict[str, dict[str, Figure]] = {}
    for figure in moved:
        by_row.setdefault(figure.row, {})[figure.column] = figure
    names = _names(tables)
    return Sheet(
        name=catalogue.changes().sheet,
        title=catalogue.changes().title,
        says=(
            catalogue.changes().says,
            "A figure that is held back in either version is not here.",
        ),
        table=Table(
            name="changes",
            columns=(Column("Figure", "text"), *(Column(each.words, "number") for each in words.values())),
            rows=tuple(
                Row((names.get(row, row), *(_number(_cell(cells[key])) for key in words)))
                for row, cells in by_row.items()
            ),
        ),
        unit="As in the figure's own table; a rate as a fraction of one",
    )


def _number(cell: Plain) -> Plain:
    return Fraction(cell) if isinstance(cell, int) else cell


def _names(tables: Sequence[catalogue.Table]) -> dict[str, str]:
    """What a row of the changes is called: sheet, row and column in words."""
    return {
        f"{table.key} {row.key} {column.key}": f"{table.sheet}: {row.words}: {column.words}"
        for table in tables
        for row in table.rows
        for column in table.columns
    }


def _charts(tables: Sequence[catalogue.Table], found: Mapping[Key, Figure]) -> Iterable[Chart]:
    """Of the tables that have one: every row but totals and parts of rows that are shown."""
    for table in tables:
        if not table.chart:
            continue
        key, columns = table.key, table.chart
        rows = [row for row in table.rows if not _is_total(row) and row.part_of in {"", *_TOTALS}]
        if any(found[key, row.key, column].status == "suppressed" for row in rows for column in columns):
            continue  # a point that is missing would tell its neighbours' size
        words = " and ".join(table.column(column).words.lower() for column in columns)
        largest = max(rows, key=lambda row: _size(found[key, row.key, columns[0]]))
        yield Chart(
            title=table.title,
            says=f"Bar chart of {words} by {table.sheet.lower()}, {len(rows)} bars; the longest is {largest.words}.",
            sheet=table.sheet,
            category=table.sheet,
            values=tuple(table.column(column).words for column in columns),
            form="bar",
            leaves_out=frozenset(row.words for row in table.rows if row not in rows),
        )


def _size(figure: Figure) -> Fraction:
    return Fraction(figure.value) if isinstance(figure.value, int | Fraction) else Fraction(0)
