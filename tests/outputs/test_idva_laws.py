"""Laws of the FTE of IDVAs: whatever the roster, a day never counts more than people or posts, and everything adds up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from outputs import periods
from outputs.idva import days, forecast, moves, quarter
from outputs.idva.days import Days
from validators.roster.model import Absence, Assignment, Post, Roster

QUARTER = periods.parse("2026-27Q2")
BEFORE = QUARTER.previous
AREAS = ("AS", "CITY", "PAN_LONDON")
EXAMPLES = settings(max_examples=60, deadline=None)

_days = st.integers(0, 240).map(lambda number: date(2026, 3, 1) + timedelta(days=number))


@st.composite
def _period(draw: st.DrawFn) -> tuple[date, date | None]:
    first = draw(_days)
    return first, draw(st.none() | st.integers(0, 150).map(lambda length: first + timedelta(days=length)))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Rosters of few people and posts, so that they meet; sound or not."""
    fte = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(3, 5)])
    funders = st.sampled_from(["MOPAC", "MOPAC", "MOPAC", "mopac ", "Home Office"])
    posts = [
        Post(row, f"P{row}", "idva", draw(funders), draw(st.sampled_from(AREAS)), None, None, None, draw(fte), *draw(_period()))
        for row in range(2, 2 + draw(st.integers(1, 4)))
    ]  # fmt: skip
    hours = st.sampled_from(
        [(Fraction(75, 2), Fraction(75, 2)), (Fraction(25), Fraction(75, 2)), (Fraction(10), Fraction(35))]
    )
    held = [
        Assignment(row, f"P{draw(st.integers(2, 5))}", f"S{draw(st.integers(1, 3))}", *draw(hours), *draw(_period()), "cover")
        for row in range(2, 2 + draw(st.integers(0, 6)))
    ]  # fmt: skip
    away = [
        Absence(row, f"S{draw(st.integers(1, 3))}", *draw(_period()), "unpaid", draw(st.booleans()))
        for row in range(2, 2 + draw(st.integers(0, 3)))
    ]
    return Roster(tuple(posts), tuple(held), tuple(away))


def of(roster: Roster, period: periods.Period = QUARTER) -> Days:
    return days.by_day(roster, period.first, period.last)


def plainly(roster: Roster, day: date) -> Fraction:
    """The interface's words, day by day, without any cleverness."""

    def holds(first: date, last: date | None) -> bool:
        return first <= day and (last is None or day <= last)

    posts = {p.post_id: p for p in roster.posts if p.funder.strip().casefold() == "mopac" and holds(p.first, p.last)}
    gone = {a.staff_number for a in roster.absences if holds(a.first, a.last) and not a.counts}
    there = [
        (a.post_id, a.staff_number, a.weekly_hours / a.full_time_hours)
        for a in roster.assignments
        if a.post_id in posts and holds(a.first, a.last) and a.staff_number not in gone
    ]
    total = Fraction(0)
    for post_id, post in posts.items():
        share = Fraction(0)
        for held, person, part in there:
            if held == post_id:
                share += part / max(Fraction(1), sum((p for _, who, p in there if who == person), Fraction(0)))
        total += min(post.fte, share)
    return total


@EXAMPLES
@given(rosters())
def test_a_day_is_what_the_words_of_the_interface_say(roster: Roster) -> None:
    found = of(roster)
    assert [plainly(roster, day) for day in found.dates[::7]] == list(found.fte[::7])


@EXAMPLES
@given(rosters())
def test_a_day_never_counts_more_than_people_or_posts(roster: Roster) -> None:
    found = of(roster)
    for day, fte, funded in zip(found.dates, found.fte, found.funded, strict=True):
        assert 0 <= fte <= funded
        assert fte <= len(quarter.people_on(found, day))


@EXAMPLES
@given(rosters(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(roster: Roster, chance: random.Random) -> None:
    mixed = [list(rows) for rows in (roster.posts, roster.assignments, roster.absences)]
    for rows in mixed:
        chance.shuffle(rows)
    assert of(Roster(*map(tuple, mixed))) == replace(of(roster), posts=of(Roster(*map(tuple, mixed))).posts)


@EXAMPLES
@given(rosters(), st.data())
def test_an_assignment_that_is_split_in_two_changes_nothing(roster: Roster, data: st.DataObject) -> None:
    long = [each for each in roster.assignments if each.last is None or each.last > each.first]
    if not long:
        return
    whole = data.draw(st.sampled_from(long))
    until = min(whole.last or date(2026, 12, 31), date(2026, 12, 31))
    if until <= whole.first:
        return
    cut = whole.first + timedelta(days=data.draw(st.integers(0, (until - whole.first).days - 1)))
    halves = (replace(whole, last=cut), replace(whole, first=cut + timedelta(days=1)))
    rest = tuple(each for each in roster.assignments if each is not whole)
    split = replace(roster, assignments=(*rest, *halves))
    assert of(split) == of(roster)
    assert moves.moves(of(split), BEFORE.last, QUARTER.last) == moves.moves(of(roster), BEFORE.last, QUARTER.last)


@EXAMPLES
@given(rosters())
def test_everything_adds_up(roster: Roster) -> None:
    found, required = of(roster), Fraction(3, 2)
    told = quarter.summary(found, required, "both")
    months = quarter.by_month(found, QUARTER, required)
    assert sum((each.mean * each.days for each in months), Fraction(0)) / 92 == told.mean
    assert sum(each.days_under for each in months) == told.days_under
    assert min(each.lowest for each in months) == told.lowest
    assert [sum(each, Fraction(0)) for each in zip(*found.areas.values(), strict=True)] in (list(found.fte), [])
    assert sum((each.mean for each in quarter.by_area(found)), Fraction(0)) == told.mean
    posts = quarter.by_post(found)
    assert sum((each.share for each in posts), Fraction(0)) == told.mean
    assert sum((each.end for each in posts), Fraction(0)) == told.last_day
    for group in ("setting", "specialism"):
        groups = quarter.by_group(posts, lambda post, name=group: getattr(post, name))
        assert sum((each.mean for each in groups), Fraction(0)) == told.mean


@EXAMPLES
@given(rosters())
def test_what_changed_is_the_whole_difference_of_days_and_of_means(roster: Roster) -> None:
    now, before = of(roster), of(roster, BEFORE)
    inside = moves.moves(now, BEFORE.last, QUARTER.last)
    assert moves.effect(inside) == now.fte[-1] - before.fte[-1]
    assert len({each.key for each in inside}) == len(inside)
    both = moves.moves(now, BEFORE.first, QUARTER.last)
    difference = days.mean(now.fte) - days.mean(before.fte)
    assert moves.effect_on_mean(both, (QUARTER.first, QUARTER.last), (BEFORE.first, BEFORE.last)) == difference


@EXAMPLES
@given(rosters())
def test_a_forecast_is_what_the_next_quarter_will_say_if_nothing_new_is_agreed(roster: Roster) -> None:
    after = periods.parse("2026-27Q3")
    told = forecast.forecast(of(roster, after), after, Fraction(1))
    later = quarter.summary(of(roster, after), Fraction(1), "both")
    assert (told.mean, told.lowest, told.last_day, told.days_under) == (
        later.mean,
        later.lowest,
        later.last_day,
        later.days_under,
    )
    assert (told.under_from is None) == (later.days_under == 0)


def test_the_status_is_met_exactly_where_the_figure_that_is_judged_reaches_what_is_required() -> None:
    required = Fraction(81, 2)
    values = [Fraction(81, 2), Fraction(81, 2) - Fraction(1, 10**9), Fraction(41)]
    for mean in values:
        for last in values:
            for met_by in ("both", "mean", "last_day"):
                met = quarter.status(mean, last, required, met_by) == "met"
                assert met == (quarter.judged(mean, last, met_by) >= required)
