"""The only caller of pandera. What it raises holds people's records, so nothing of it ever leaves this module.

A layout becomes a pandera schema with one check for each kind of column, and one for all rules between columns (one
for each column would cost a small file more than all its other stages). pandera tells which check failed on which
rows; which column and which rule it was is asked again for those rows alone. SchemaErrors and all it refers to (frame,
values, text) is dropped where it is caught (hazards F36, style 2.8).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from exchange.errors import ChecksOff
from validators import checks
from validators.checks import Context, Mask
from validators.findings import Findings
from validators.layout import AgeGiven, Choice, Column, DateOrder, Kind, Layout, Needed
from validators.rules import is_quarantined

Rows = npt.NDArray[np.int64]

_BETWEEN = "between columns"
_NO_PATTERNS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A table after its checks: fillers blanked, everything else as it was; what was found; the rows to quarantine."""

    table: pa.Table
    findings: Findings
    bad: Mask


@dataclass(frozen=True, slots=True)
class _Between:
    """A rule between columns: it is told of `column`. `proof`: values of all columns it looks at that break it."""

    rule: str
    column: str
    broken: Callable[[Mapping[str, pa.Array]], Mask]
    proof: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Suite:
    """A layout's checks for one day and one source."""

    schema: pandera.DataFrameSchema
    context: Context
    kinds: Mapping[str, tuple[Column, ...]]
    between: tuple[_Between, ...]


def check(
    table: pa.Table,
    lines: npt.NDArray[np.int64],
    layout: Layout,
    *,
    today: datetime.date,
    patterns: Mapping[str, str] = _NO_PATTERNS,
) -> Checked:
    """Check rows of text, as the reader gives them: the layout's columns in order, blank = "", one line a row.

    `today` is London's; `patterns` replaces the pattern of a column by a source's own (RE2, the whole value).
    ChecksOff when pandera does not check.
    """
    if tuple(table.column_names) != layout.names or len(lines) != table.num_rows:
        raise ValueError("the table is not of this layout, or not every row has its line")
    suite = _suite(layout, today, tuple(sorted(patterns.items())))
    arrays = {name: _whole(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    parts, bad, fillers = [], np.zeros(table.num_rows, dtype=bool), {}
    for column, rule, rows in _broken(suite, arrays):
        parts.append(Findings.same(lines[rows], column=column, rule=rule))
        if is_quarantined(rule):
            bad[rows] = True
        elif rule == "filler":
            fillers[column] = rows
    return Checked(_without(table, fillers), Findings.joined(parts), bad)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([*column.chunks, pa.array([], column.type)])


def _without(table: pa.Table, fillers: Mapping[str, npt.NDArray[np.int64]]) -> pa.Table:
    """The table with a blank in each of the given rows of each of the given columns."""
    for column, rows in fillers.items():
        mask = np.zeros(table.num_rows, dtype=bool)
        mask[rows] = True
        blanked = pc.if_else(pa.array(mask), "", table[column])
        table = table.set_column(table.column_names.index(column), column, blanked)
    return table


# --- pandera ---------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _suite(layout: Layout, today: datetime.date, patterns: tuple[tuple[str, str], ...]) -> _Suite:
    """The checks of a layout, proven to work."""
    context = Context(layout.date_order, today, dict(patterns))
    kinds = {kind.value: tuple(column for column in layout.columns if column.kind is kind) for kind in Kind}
    kinds = {kind: columns for kind, columns in kinds.items() if any(map(checks.is_checked, columns))}
    between = tuple(_between(layout))
    schema = pandera.DataFrameSchema(
        checks=[
            *(_kind_check(kind, columns, context) for kind, columns in kinds.items()),
            *([_between_check(between)] if between else []),
        ],
        name=layout.name,
    )
    suite = _Suite(schema, context, kinds, between)
    _prove(suite, layout)
    return suite


def _kind_check(kind: str, columns: tuple[Column, ...], context: Context) -> pandera.Check:
    """Whether each row keeps all rules of the columns of a kind."""

    def keeps(frame: pd.DataFrame) -> pd.Series:
        broken = np.zeros(len(frame), dtype=bool)
        for column in columns:
            for _, mask in checks.faults(_arrow(frame[column.name]), column, context):
                broken |= mask
        return pd.Series(~broken, index=frame.index)

    return _check(keeps, name=kind)


def _between_check(rules: tuple[_Between, ...]) -> pandera.Check:
    """Whether each row keeps all rules between columns."""

    def keeps(frame: pd.DataFrame) -> pd.Series:
        arrays, broken = _Arrays(frame), np.zeros(len(frame), dtype=bool)
        for rule in rules:
            broken |= rule.broken(arrays)
        return pd.Series(~broken, index=frame.index)

    return _check(keeps, name=_BETWEEN)


def _check(keeps: Callable[[pd.DataFrame], pd.Series], *, name: str) -> pandera.Check:
    # One failure case is enough: pandera copies their values into its message, and we read the mask.
    return pandera.Check(keeps, name=name, n_failure_cases=1, ignore_na=False)


def _between(layout: Layout) -> Iterator[_Between]:
    for needed in layout.needed:
        proof = {needed.when: needed.among[0], needed.column: ""}
        yield _Between(needed.rule, needed.column, partial(_lacking, needed), proof)
    for choice in layout.choices:
        if choice.required:
            lacking = partial(_lacking, Needed(choice.column, choice.when, (choice.value,), "blank"))
            yield _Between("blank", choice.column, lacking, {choice.when: choice.value, choice.column: ""})
        if choice.codes:
            proof = {choice.when: choice.value, choice.column: "?"}
            yield _Between("closed_list", choice.column, partial(_straying, choice), proof)
    day = {"dd/mm/yyyy": ("02/01/2020", "01/01/2020"), "yyyy-mm-dd": ("2020-01-02", "2020-01-01")}[layout.date_order]
    for first, second in layout.in_order:
        backwards = partial(_backwards, first, second, layout.date_order)
        yield _Between("date_order", second, backwards, dict(zip((first, second), day, strict=True)))
    if layout.age_given is not None:
        given = layout.age_given
        broken = partial(_contradicting, given, layout.date_order)
        yield _Between(
            "age_birth_date", given.age, broken, {given.age: "9", given.birth_date: day[1], given.at: f"{day[0]} 00:00"}
        )


def _lacking(needed: Needed, arrays: Mapping[str, pa.Array]) -> Mask:
    return checks.lacks(arrays[needed.column], arrays[needed.when], needed.among)


def _straying(choice: Choice, arrays: Mapping[str, pa.Array]) -> Mask:
    return checks.strays(arrays[choice.column], arrays[choice.when], choice.value, choice.codes)


def _backwards(first: str, second: str, order: DateOrder, arrays: Mapping[str, pa.Array]) -> Mask:
    return checks.runs_backwards(arrays[first], arrays[second], order)


def _contradicting(given: AgeGiven, order: DateOrder, arrays: Mapping[str, pa.Array]) -> Mask:
    return checks.contradicts(arrays[given.age], arrays[given.birth_date], arrays[given.at], order)


class _Arrays(dict[str, pa.Array]):
    """The columns of a frame as Arrow arrays, made when they are asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, name: str) -> pa.Array:
        return _arrow(self._frame[name])


def _arrow(series: pd.Series) -> pa.Array:
    """A column of a frame that was made from Arrow, without a copy."""
    return _whole(pa.chunked_array(series.array.__arrow_array__()))


def _failed(suite: _Suite, arrays: Mapping[str, pa.Array]) -> dict[str, Mask]:
    """By name of the check: the rows that did not keep it."""
    wanted = {column.name for columns in suite.kinds.values() for column in columns}
    wanted |= {name for between in suite.between for name in between.proof}
    columns = {name: pd.arrays.ArrowExtensionArray(array) for name, array in arrays.items() if name in wanted}
    # With its index given and nothing copied, a frame of a small file costs a third.
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(next(iter(columns.values())))), copy=False)
    outputs: list[tuple[str, object]] = []
    # Whatever PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH say (hazards F37).
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            suite.schema.validate(frame, lazy=True, inplace=True)
        except SchemaErrors as errors:
            outputs = [(str(error.check.name), error.check_output) for error in errors.schema_errors]
    if not all(isinstance(output, pd.Series) for _, output in outputs):
        raise ChecksOff(layout=suite.schema.name, problem="a check failed by itself")
    return {name: ~np.asarray(output, dtype=bool) for name, output in outputs}


def _broken(suite: _Suite, arrays: Mapping[str, pa.Array]) -> Iterator[tuple[str, str, Rows]]:
    """Column, rule and rows of everything that was found."""
    failed = _failed(suite, arrays)
    for kind, columns in suite.kinds.items():
        if kind in failed:
            rows = np.flatnonzero(failed.pop(kind))
            for column in columns:
                for rule, mask in checks.faults(arrays[column.name].take(pa.array(rows)), column, suite.context):
                    yield column.name, rule, rows[mask]
    if _BETWEEN in failed:
        rows = np.flatnonzero(failed.pop(_BETWEEN))
        few = {name: arrays[name].take(pa.array(rows)) for between in suite.between for name in between.proof}
        for between in suite.between:
            yield between.column, between.rule, rows[between.broken(few)]


def _prove(suite: _Suite, layout: Layout) -> None:
    """Run the checks on rows that are known to be bad: of question marks, of blanks, and one for each rule between."""
    rows = [dict.fromkeys(layout.names, "?"), dict.fromkeys(layout.names, "")]
    rows += [rows[1] | between.proof for between in suite.between]
    failed = _failed(suite, {name: pa.array([row[name] for row in rows]) for name in layout.names})
    found = [failed[kind][:2].any() for kind in suite.kinds if kind in failed]
    found += [failed[_BETWEEN][2:].all()] if _BETWEEN in failed else []
    if len(found) != len(suite.kinds) + bool(suite.between) or not all(found):
        raise ChecksOff(layout=layout.name, problem="rows that are known to be bad pass")
