"""Sheets of what changed, what that did against the quarter before, and what is coming. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from outputs.idva import days as by_day
from outputs.idva import figures, moves
from outputs.idva.cells import FTE, first_row, formula, number
from outputs.idva.counted import Counted
from outputs.idva.moves import Move
from outputs.workbook.sheets import Column, Row, Sheet, Shorthand, Table


def moves_sheet(name: str, key: str, title: str, found: Sequence[Move]) -> Sheet:
    columns = (
        Column("Day", "date"),
        *(Column(each, "text") for each in ("Change", "Post", "Staff number", "Detail")),
        Column("FTE change", "fte"),
    )
    above = ("A change stands on its first day: who leaves on the 14th has it on the 15th. People are staff numbers.",)
    first = first_row(above)
    rows = [
        Row(
            (
                each.on,
                moves.WORDS[each.what],
                each.post_id,
                each.staff_number or "nobody",
                _plain(each.detail),
                each.effect,
            )
        )
        for each in found
    ]
    last = first + len(rows) - 1
    total = formula(f"=SUM(F{first}:F{last})", moves.effect(found)) if rows else Fraction(0)
    rows.append(Row((Shorthand.NOT_APPLICABLE, "Total", "all", "all", "all", total), is_total=True))
    return Sheet(name, title, above, Table(key, columns, tuple(rows)), FTE)


def _plain(detail: str) -> str:
    return detail.replace("_", " ")


def variance(of: Counted) -> Sheet:
    columns = (
        Column("Kind of change", "text"),
        Column("Changes in the quarter", "count"),
        Column("On the last day", "fte"),
        Column("On the mean", "fte"),
    )
    lines = list(figures.TABLES["variance"](of))
    words: dict[str, str] = {
        **{str(what): told for what, told in moves.WORDS.items()},
        "restated": "The quarter before is known otherwise now",
        "total": "Total",
    }
    before = "as its sheet told" if of.told_before else "as known now: its sheet was not delivered"
    was = of.told_before or {"fte_mean": by_day.mean(of.before.fte), "fte_last_day": of.before.fte[-1]}
    above = (
        f"The quarter before, {before}: mean {float(was['fte_mean']):.4f}, last day {float(was['fte_last_day']):.4f}.",
        "What each kind of change did to the last day and to the mean, against the quarter before.",
        "The mean also moves by changes of the quarter before that were not felt on all of its days.",
    )
    first = first_row(above)
    rows = [Row((words[key], *(number(value) for value in values.values()))) for key, values in lines[:-1]]
    last = first + len(rows) - 1
    changes, on_last, on_mean = lines[-1][1].values()
    sums = {"C": on_last, "D": on_mean}
    total = (number(changes), *(formula(f"=SUM({at}{first}:{at}{last})", value) for at, value in sums.items()))
    rows.append(Row(("Total", *total), is_total=True))
    return Sheet(
        "Variance", "Against the quarter before, with the reasons", above, Table("variance", columns, tuple(rows)), FTE
    )


def forecast(of: Counted) -> Sheet:
    found = of.forecast
    columns = (
        Column("Period", "text"),
        *(Column(name, "fte") for name in ("In post, mean", "In post, lowest", "In post, last day")),
        Column("Days under", "count"),
    )
    under = (
        f"FTE falls under what is required on {found.under_from:%-d %B %Y}."
        if found.under_from
        else "By what is known, FTE stays at or over what is required."
    )
    rows = [
        *(Row((each.name, each.mean, each.lowest, each.last_day, each.days_under)) for each in found.months),
        Row(("Quarter", found.mean, found.lowest, found.last_day, found.days_under), is_total=True),
    ]
    return Sheet(
        "Next quarter",
        f"Forecast of {found.quarter.words()}",
        (under, "From starts, ends and leave that the roster knows already. No vacancy is assumed to be filled."),
        Table("forecast", columns, tuple(rows)),
        FTE,
    )
