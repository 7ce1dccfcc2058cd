"""The figures at a smaller scale: from the top down, each family divides its parent anew, and all still adds up."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from synth.counts.figures import FEEDS, FRAUD, Figures, Pair, Split, Witnesses, check, total_of
from synth.counts.shares import share

SMALLEST_SCALE: Final = Fraction(1, 1000)


def scaled(figures: Figures, scale: float | Fraction) -> Figures:
    """The figures at a scale of 0.001 to 1: from the top down, each family divides its parent anew.

    The division is by largest remainder, capped so that no more take the service up than were referred; what was
    not taken up is the difference. At 1 these are the figures themselves.
    """
    exact = scale if isinstance(scale, Fraction) else Fraction(str(scale))
    assert SMALLEST_SCALE <= exact <= 1
    total = Pair(*(_times(count, exact) for count in figures.total))
    non_da, da = _family(total, [figures.non_da, figures.da])
    categories = _keyed(non_da, figures.categories)
    channels = _keyed(total, figures.channels)
    enhanced, standard = _family(non_da, [figures.enhanced, figures.standard])
    small = Figures(
        non_da=non_da,
        da=da,
        categories=categories,
        risks=_keyed(da, figures.risks),
        channels=channels,
        feeds=_feeds(figures, da, channels, categories[FRAUD]),
        ages=_keyed(non_da, figures.ages),
        boroughs=dict(zip(figures.boroughs, share(da.referrals, list(figures.boroughs.values())), strict=True)),
        enhanced=enhanced,
        standard=standard,
        enhanced_immediate=_part(enhanced, figures.enhanced_immediate, figures.enhanced),
        standard_immediate=_part(standard, figures.standard_immediate, figures.standard),
        roles=dict(zip(figures.roles, share(total.take_up, list(figures.roles.values())), strict=True)),
        witnesses=_witnesses(figures.witnesses, exact),
    )
    check(small)
    return small


def _times(count: int, scale: Fraction) -> int:
    """Rounded half up."""
    return int(count * scale + Fraction(1, 2))


def _family(parent: Pair, children: list[Pair]) -> list[Pair]:
    referrals = share(parent.referrals, [child.referrals for child in children])
    take_up = share(parent.take_up, [child.take_up for child in children], referrals)
    return [Pair(*both) for both in zip(referrals, take_up, strict=True)]


def _keyed(parent: Pair, children: Mapping[str, Pair]) -> dict[str, Pair]:
    return dict(zip(children, _family(parent, list(children.values())), strict=True))


def _part(parent: Pair, part: int, of: Pair) -> int:
    return share(parent.take_up, [part, of.take_up - part])[0]


def _witnesses(year: Witnesses, scale: Fraction) -> Witnesses:
    referrals = _times(year.referrals, scale)
    take_up = share(referrals, [year.take_up, year.referrals - year.take_up])[0]
    requested = share(referrals, [year.visits_requested, year.referrals - year.visits_requested])[0]
    undertaken = share(requested, [year.visits_undertaken, year.visits_requested - year.visits_undertaken])[0]
    return Witnesses(
        referrals,
        take_up,
        share(referrals, [year.from_wcu, year.referrals - year.from_wcu])[0],
        requested,
        min(undertaken, take_up),
    )


def _feeds(figures: Figures, da: Pair, channels: Mapping[str, Pair], fraud: Pair) -> dict[str, Split]:
    """Each feed's referrals with and without domestic abuse, taken up and not, inside all the totals above them."""
    both = [total_of(list(split)) for split in figures.feeds.values()]
    mps, others = _family(channels["police"], [both[0], total_of(both[1:4])])
    halves = []
    for half in (_taken, _not_taken):
        # Action Fraud sends frauds and nothing else.
        forces = share(half(others), [half(pair) for pair in both[1:4]], [half(fraud), half(others), half(others)])
        totals = [half(mps), *forces, half(channels["self"]), half(channels["agency"])]
        abuse = [half(split.da) for split in figures.feeds.values()]
        halves.append(list(zip(totals, _abuse(half(da), abuse, totals), strict=True)))
    return {
        feed: Split(Pair(taken - taken_da + missed - missed_da, taken - taken_da), Pair(taken_da + missed_da, taken_da))
        for feed, (taken, taken_da), (missed, missed_da) in zip(figures.feeds, *halves, strict=True)
    }


def _taken(pair: Pair) -> int:
    return pair.take_up


def _not_taken(pair: Pair) -> int:
    return pair.not_taken


def _abuse(total: int, weights: list[int], totals: list[int]) -> list[int]:
    """Domestic abuse by feed: among police, self and agencies, whose take-up is printed; then among the forces."""
    room = [0 if feed == "action_fraud" else each for feed, each in zip(FEEDS, totals, strict=True)]
    police, *contact = share(total, [sum(weights[:4]), *weights[4:]], [sum(room[:4]), *room[4:]])
    return [*share(police, weights[:4], room[:4]), *contact]
