"""`lvws idva status`: today's FTE against what is required, what is coming, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from exchange.cli import screen
from exchange.cms.rosters import Statement
from exchange.returns import due, standing
from exchange.returns.versions import Version
from outputs.figures import rounded
from outputs.idva import bcus, moves
from outputs.idva.records import NAME
from outputs.idva.status import OLD_AFTER, Standing

MOST: Final = 25


def as_json(now: Standing, statement: Statement, found: Sequence[Version]) -> dict[str, Any]:
    """For --json; FTE as texts with four decimals."""
    return {
        "today": now.today.isoformat(),
        "quarter": now.quarter,
        "fte": rounded(now.fte),
        "required": rounded(now.required),
        "met": now.is_met,
        "mean_to_date": rounded(now.mean),
        "days_under_to_date": now.days_under,
        "under_from": now.under_from.isoformat() if now.under_from else None,
        "lowest_ahead": rounded(now.lowest_ahead),
        "coming": [
            {
                "on": each.on.isoformat(),
                "change": each.what,
                "post_id": each.post_id,
                "staff_number": each.staff_number or None,
                "detail": each.detail,
                "fte_change": rounded(each.effect),
            }
            for each in now.coming
        ],
        "vacant": [{"post_id": post, "area": area, "fte": rounded(fte)} for post, area, fte in now.vacant],
        "statement": {"file": statement.file, "statement_date": statement.statement_date.isoformat()},
        "do": list(_steps(now, statement, found)),
    }


def show(now: Standing, statement: Statement, found: Sequence[Version]) -> None:
    """For people: the answer first."""
    words = "is met" if now.is_met else "is NOT met"
    screen.say(f"IDVAs in post today, {_day(now.today)}: {rounded(now.fte)} FTE; {rounded(now.required)} {words}.")
    under = f"{now.days_under} days under" if now.days_under else "never under"
    screen.say(f"{now.quarter} so far: mean {rounded(now.mean)}, {under}.")
    if now.under_from is None:
        screen.say(f"By what the roster knows, it stays at or over it (lowest {rounded(now.lowest_ahead)}).")
    elif now.under_from > now.today:
        screen.say(f"It falls under it on {_day(now.under_from)} (lowest {rounded(now.lowest_ahead)}).")
    screen.say(f"From the roster of {_day(statement.statement_date)} ({statement.file}).")
    if now.coming:
        screen.table(
            "Coming",
            ["day", "what", "post", "staff number", "detail", "FTE"],
            [
                (each.on, moves.WORDS[each.what], each.post_id, each.staff_number, each.detail, _signed(each.effect))
                for each in now.coming[:MOST]
            ],
            right=["FTE"],
        )
    if now.vacant:
        screen.table(
            "Vacant today, whole or in part",
            ["post", "area", "FTE vacant"],
            [(post, bcus.area_words(area), rounded(fte)) for post, area, fte in now.vacant[:MOST]],
            right=["FTE vacant"],
        )
    steps = list(_steps(now, statement, found))
    screen.say("\nTo do:" if steps else "\nNothing to do.")
    for step in steps:
        screen.say(f"  - {step}")


def none_yet() -> None:
    """Where no roster came."""
    screen.say("No roster came yet, so nothing is known of IDVA posts.")
    screen.say("Ask finance for it, or hand it over: lvws idva import IDVA_ROSTER_YYYYMMDD.xlsx")


def _steps(now: Standing, statement: Statement, found: Sequence[Version]) -> Iterator[str]:
    if not now.is_met:
        lacking = rounded(now.required - now.fte)
        yield f"{lacking} FTE are lacking today: tell the service manager, and MOPAC if it will not be filled."
    elif now.under_from is not None:
        yield f"From {_day(now.under_from)} FTE are lacking: fill a post, or agree on cover, before that day."
    if now.today - statement.statement_date > OLD_AFTER:
        days = (now.today - statement.statement_date).days
        yield f"The roster is {days} days old: ask finance for a new one."
    last = due.newest("quarter", now.today)
    versions = [each for each in found if each.return_name == NAME and each.period == last.name]
    newest = next((each for each in versions if not each.set_aside), None)
    if newest is None:
        yield f"The sheet of {last.name} was not built: lvws returns build {NAME} --period {last.name}"
    elif newest.state not in ("receipted", "superseded"):
        yield f"{newest.stem} {standing.next_step(newest)}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _signed(effect: Any) -> str:
    return f"+{rounded(effect)}" if effect > 0 else rounded(effect)
