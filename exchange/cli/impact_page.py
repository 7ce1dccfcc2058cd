"""What `lvws mappings impact` prints: counts, codes, months, and rows of the returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

from exchange.cli import screen
from exchange.cli.mappings_page import Pair, say_versions
from exchange.cms.figures import RETURNS, quarter
from exchange.cms.impact import Impact


def as_json(pair: Pair, found: Impact) -> None:
    """`lvws mappings impact --json`; counts are by month of receipt."""
    screen.document(
        {
            **pair.as_json(),
            "looked_at": found.looked_at,
            "would_move": found.moved,
            "months": [
                {"month": month, "looked_at": looked_at, "would_move": moved}
                for month, (looked_at, moved) in found.months.items()
            ],
            "moves": [asdict(move) for move in found.moves],
            "figures": [{"returns": RETURNS, **asdict(row), "quarter": quarter(row.month)} for row in found.figures],
            "cannot_be_tried": [
                {"layout": layout, **asdict(each)} for layout, fields in found.untried.items() for each in fields
            ],
        }
    )


def show(pair: Pair, found: Impact) -> None:
    """`lvws mappings impact` for people."""
    say_versions(pair)
    if not found.looked_at:
        screen.say("No referral was received in this period.")
    elif not found.moved:
        screen.say(f"Looked at {found.looked_at:,} referrals. Nothing would move.")
    else:
        screen.say(f"Looked at {found.looked_at:,} referrals. {found.moved:,} of them would move.")
        _tables(found)
    _say_untried(found)


def _tables(found: Impact) -> None:
    totals: dict[tuple[str, str | None, str | None], int] = defaultdict(int)
    for move in found.moves:
        totals[move.field, move.before, move.after] += move.referrals
    screen.table(
        "What would move",
        ["field", "from", "to", "referrals"],
        [(name, _word(one), _word(other), f"{n:,}") for (name, one, other), n in totals.items()],
        right=["referrals"],
    )
    screen.table(
        "By month of receipt",
        ["month", "quarter", "looked at", "would move"],
        [(month, quarter(month), f"{a:,}", f"{b:,}") for month, (a, b) in found.months.items() if b],
        right=["looked at", "would move"],
    )
    rows: dict[tuple[str, str], tuple[int, int]] = {}
    months: dict[tuple[str, str], set[str]] = defaultdict(set)
    for figure in found.figures:
        fewer, more = rows.get((figure.table, figure.row), (0, 0))
        rows[figure.table, figure.row] = (fewer + figure.fewer, more + figure.more)
        months[figure.table, figure.row].add(figure.month)
    screen.table(
        "Rows of the monthly and the quarterly return in which it would show",
        ["table", "row", "fewer", "more", "months"],
        [
            (table, row, f"{fewer:,}", f"{more:,}", _span(months[table, row]))
            for (table, row), (fewer, more) in rows.items()
        ],
        right=["fewer", "more"],
    )
    screen.say("Take-up, rates and totals of these rows move with them. A return that was delivered stays as it is.")


def _say_untried(found: Impact) -> None:
    """Only what may be missed: a field whose tables and line are the same on both sides cannot differ."""
    for layout, fields in found.untried.items():
        for each in fields:
            if each.differs:
                columns = ", ".join(each.columns)
                screen.say(
                    f"Cannot be tried: {each.field} of {layout}. "
                    + (f"What was sent in {columns} is not kept." if columns else "No referral keeps it.")
                )


def _word(value: str | None) -> str:
    return "(blank)" if value is None else value


def _span(months: Iterable[str]) -> str:
    first, last = min(months), max(months)
    return first if first == last else f"{first} to {last}"
