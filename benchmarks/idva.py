"""How long the FTE of IDVAs takes to count: a roster of many posts over years, beside pandas spreading it day by day.

The peer only adds up shares: no caps, no absences, binary fractions. `python -m benchmarks.idva`
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

import pandas as pd
import typer

from outputs.idva import days, moves, quarter
from validators.roster.model import Absence, Assignment, Post, Roster

FIRST = date(2019, 4, 1)
AREAS = ("AS", "AW", "CE", "CN", "CITY", "PAN_LONDON")


def roster(posts: int, years: int, seed: int) -> Roster:
    """Posts that are held by somebody for a few months at a time, with gaps, part time and absences."""
    chance = random.Random(seed)  # noqa: S311 - the same roster each time
    last = FIRST + timedelta(days=365 * years)
    made = tuple(
        Post(row, f"P{row}", "idva", "MOPAC", chance.choice(AREAS), None, None, None, Fraction(1), FIRST, None)
        for row in range(posts)
    )
    held: list[Assignment] = []
    for post in made:
        day = FIRST
        while day < last:
            until = day + timedelta(days=chance.randrange(100, 800))
            hours = Fraction(chance.choice((75, 60, 45)), 2)
            person = f"S{len(held)}"
            held.append(Assignment(len(held), post.post_id, person, hours, Fraction(75, 2), day, until, "substantive"))
            day = until + timedelta(days=chance.randrange(1, 40))
    away = tuple(
        Absence(
            row, each.staff_number, each.first + timedelta(days=30), each.first + timedelta(days=60), "unpaid", False
        )
        for row, each in enumerate(held)
        if chance.random() < 1 / 3
    )
    return Roster(made, tuple(held), away)


def ours(of: Roster, last: date) -> float:
    """FTE by day and area, every post, every move; the mean as a check."""
    found = days.by_day(of, FIRST, last)
    told = quarter.summary(found, Fraction(81, 2), "both")
    moves.moves(found, FIRST, last)
    return float(told.mean)


def peer(of: Roster, last: date) -> float:
    """Each assignment spread over its days, and the days added up."""
    frame = pd.DataFrame(
        {
            "day": [pd.date_range(each.first, min(each.last or last, last)) for each in of.assignments],
            "share": [float(each.weekly_hours / each.full_time_hours) for each in of.assignments],
        }
    )
    return float(frame.explode("day").groupby("day")["share"].sum().mean())


def main(
    posts: Annotated[int, typer.Option(help="How many posts.")] = 500,
    years: Annotated[int, typer.Option(help="Over how many years.")] = 5,
    turns: Annotated[int, typer.Option(help="How often; the middle counts.")] = 5,
) -> None:
    """Measure both sides in turn and print seconds and their ratio."""
    of, last = roster(posts, years, seed=1), FIRST + timedelta(days=365 * years)
    took: dict[str, list[float]] = {"ours": [], "pandas": []}
    for _ in range(turns):
        for name, side in (("ours", ours), ("pandas", peer)):
            began = time.perf_counter()
            side(of, last)
            took[name].append(time.perf_counter() - began)
    middle = {name: sorted(seconds)[turns // 2] for name, seconds in took.items()}
    typer.echo(f"{posts} posts, {len(of.assignments)} assignments, {len(of.absences)} absences, {years} years")
    typer.echo(
        f"ours {middle['ours']:.2f} s, pandas {middle['pandas']:.2f} s; ratio {middle['ours'] / middle['pandas']:.2f}"
    )


if __name__ == "__main__":
    typer.run(main)
