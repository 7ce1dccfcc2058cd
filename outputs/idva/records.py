"""What the sheet of IDVA posts is made from: the statement that holds, its terms, the quarter before, cases of the CMS.

Kept with the version, so that it is made again from them alone. Fractions are kept as exact texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

import pyarrow as pa

from exchange.cms import inputs, rosters
from exchange.cms.rosters import Statement
from exchange.database import Connection
from exchange.errors import WrongUse
from outputs import quarterly_kinds, targets
from outputs.asked import Asked, ask
from outputs.idva import days
from outputs.idva.quarter import judged
from outputs.periods import Period, end_of
from outputs.records import Records
from validators.roster.model import Absence, Assignment, Post, Roster

NAME: Final = "idva"
TARGET: Final = "idva_provision"
HEADCOUNT: Final = "payroll_headcount"

_TEXT, _DAY, _ROW = pa.string(), pa.date32(), ("row_number", pa.int64())
_PERIOD: Final = (("first_day", _DAY), ("last_day", _DAY))
SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "posts": pa.schema(
        [
            _ROW,
            *((name, _TEXT) for name in ("post_id", "role", "funder", "area", "borough_code", "setting", "specialism")),
            ("fte", _TEXT),
            *_PERIOD,
        ]
    ),
    "assignments": pa.schema(
        [
            _ROW,
            *((name, _TEXT) for name in ("post_id", "staff_number", "weekly_hours", "full_time_hours")),
            *_PERIOD,
            ("kind", _TEXT),
        ]
    ),
    "absences": pa.schema([_ROW, ("staff_number", _TEXT), *_PERIOD, ("kind", _TEXT), ("counts", pa.bool_())]),
    "cases": pa.schema([("borough_code", _TEXT), ("in_quarter", pa.int64()), ("in_year", pa.int64())]),
    # What was asked for and what holds, by key: required, met_by, the statement, the headcount that was given.
    "terms": pa.schema([("key", _TEXT), ("value", _TEXT)]),
    "previous": quarterly_kinds.SCHEMAS["previous"],
}


def records(connection: Connection, what: Asked, before: Mapping[str, int | Fraction]) -> dict[str, pa.Table]:
    """The records of a quarter, in the transaction at hand. `before`: results of the quarter before.

    Raises WrongUse where the quarter was not over by the cut-off.
    """
    if what.cut_off < end_of(what.period.last):
        raise WrongUse(
            what=f"{what.period.name} was not over at that cut-off: the sheet counts every day of it. How FTE stands "
            "today says lvws idva status"
        )
    statement = rosters.newest_at(connection, what.moment)
    roster = statement.roster if statement else Roster((), (), ())
    return {
        **_rows(roster),
        "cases": ask(connection, NAME, SCHEMAS, what)["cases"],
        "terms": _table("terms", sorted(_terms(connection, what, statement).items())),
        "previous": quarterly_kinds.given(before, "previous"),
    }


def _terms(connection: Connection, what: Asked, statement: Statement | None) -> dict[str, str]:
    found = {"required": str(required(what.period)), "met_by": what.met_by, "period": what.period.name}
    if statement is not None:
        found |= {
            "statement_date": statement.statement_date.isoformat(),
            "received_at": statement.received_at.isoformat(),
            "file": statement.file,
            "run": statement.run,
        }
    last = what.period.months[-1].name
    for each in inputs.at(connection, what.moment):
        if each.key == HEADCOUNT and each.period == last:
            found["headcount"] = each.value
    return found


def provision(connection: Connection, what: Asked) -> dict[str, Fraction]:
    """The quarter's FTE as the indicator idva_provision tells it; none where no roster is known."""
    statement = rosters.newest_at(connection, what.moment)
    if statement is None:
        return {}
    found = days.by_day(statement.roster, what.period.first, what.period.last)
    return {TARGET: judged(days.mean(found.fte), found.fte[-1], what.met_by)}


def required(period: Period) -> Fraction:
    """The FTE that the contract asks for on a quarter's last day; before the contract, what it began with (R15)."""
    found = sorted((each for each in targets.load_targets() if each.key == TARGET), key=lambda each: each.first)
    in_force = [each for each in found if each.first <= period.last]
    return Fraction((in_force[-1] if in_force else found[0]).target)


def terms(of: Records) -> dict[str, str]:
    """The terms by their keys."""
    return {line["key"]: line["value"] for line in of["terms"].to_pylist()}


def is_known(of: Records) -> bool:
    """Whether there was a statement."""
    return "file" in terms(of)


def roster(of: Records) -> Roster:
    """The roster that the records hold."""
    posts, assignments, absences = (of[name].to_pylist() for name in ("posts", "assignments", "absences"))
    return Roster(
        tuple(
            Post(
                *(
                    line["row_number"],
                    line["post_id"],
                    line["role"],
                    line["funder"],
                    line["area"],
                    line["borough_code"],
                ),
                *(line["setting"], line["specialism"], Fraction(line["fte"]), line["first_day"], line["last_day"]),
            )
            for line in posts
        ),
        tuple(
            Assignment(
                *(line[name] for name in ("row_number", "post_id", "staff_number")),
                *(Fraction(line[name]) for name in ("weekly_hours", "full_time_hours")),
                *(line[name] for name in ("first_day", "last_day", "kind")),
            )
            for line in assignments
        ),
        tuple(Absence(*(line[name] for name in SCHEMAS["absences"].names)) for line in absences),
    )


def _rows(of: Roster) -> dict[str, pa.Table]:
    return {
        "posts": _table(
            "posts",
            (
                (*(each.row, each.post_id, each.role, each.funder, each.area, each.borough, each.setting),
                 *(each.specialism, str(each.fte), each.first, each.last))
                for each in of.posts
            ),
        ),
        "assignments": _table(
            "assignments",
            (
                (*(each.row, each.post_id, each.staff_number, str(each.weekly_hours), str(each.full_time_hours)),
                 *(each.first, each.last, each.kind))
                for each in of.assignments
            ),
        ),
        "absences": _table(
            "absences",
            ((each.row, each.staff_number, each.first, each.last, each.kind, each.counts) for each in of.absences),
        ),
    }  # fmt: skip


def _table(kind: str, lines: Iterable[tuple[Any, ...]]) -> pa.Table:
    names = SCHEMAS[kind].names
    return pa.Table.from_pylist([dict(zip(names, line, strict=True)) for line in lines], SCHEMAS[kind])
