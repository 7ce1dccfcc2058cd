"""The published figures, asked of a CMS by SQL and written down as synth.counts.figures has them.

Of the service's own programs nothing is used: what a return counts is said here once more, in plain SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synth.counts.figures import ELSEWHERE, Figures, Pair, Split

Ask = Callable[[str], list[tuple[Any, ...]]]

# Age on the day of receipt, by birth date or as it was told; the last category of the crime; who took the service up.
VICTIMS = """
    with victim as (
        select r.source, r.channel, coalesce(r.da_flag, false) as da, r.borough_code, r.priority_reasons <> '{}' as priority,
               case when r.da_flag and r.dash_risk = 'H' then 'high'
                    when r.da_flag then 'low_medium' else r.crime_category end as category,
               coalesce(extract(year from age(r.received_on, r.birth_date)), r.age) as age,
               t.at is not null as taken, a.role, s.kind
        from cms.referral r
        left join cms.take_up t using (referral_id)
        left join cms.allocation a on a.referral_id = r.referral_id and a.is_last
        left join cms.support s on s.referral_id = r.referral_id
        where r.channel <> 'witness'
    )
"""
BAND = """case when age is null then 'not_given' when age < 18 then '17_and_under' when age < 25 then '18_to_24'
    when age < 35 then '25_to_34' when age < 45 then '35_to_44' when age < 55 then '45_to_54'
    when age < 65 then '55_to_64' else '65_and_over' end"""
FEED = "case when channel = 'police' then source else channel end"


def pairs(ask: Ask, by: str, where: str = "true") -> dict[Any, Pair]:
    """Referrals and take-up of the victims, by an expression."""
    counted = ask(
        f"{VICTIMS} select {by}, count(*), count(*) filter (where taken) from victim where {where} group by 1"
    )
    return {key: Pair(referrals, taken) for key, referrals, taken in counted}


def split(ask: Ask) -> dict[str, Split]:
    """By feed: without and with domestic abuse."""
    none = Pair(0, 0)
    without, with_da = pairs(ask, FEED, "not da"), pairs(ask, FEED, "da")
    return {feed: Split(without.get(feed, none), with_da.get(feed, none)) for feed in {*without, *with_da}}


def differences(ask: Ask, figures: Figures) -> dict[str, tuple[Any, Any]]:
    """What the CMS counts and what it ought to, for every figure that differs. Cells of 0 need not be there."""
    da = pairs(ask, "da")
    boroughs: dict[str, int] = {}
    for code, pair in pairs(ask, "coalesce(borough_code, '')", "da").items():
        place = code if code in figures.boroughs else ELSEWHERE
        boroughs[place] = boroughs.get(place, 0) + pair.referrals
    witness = ask(
        """select count(*), count(t.at), count(*) filter (where r.referred_by = 'wcu'),
                  count(*) filter (where v.requested), count(v.undertaken_at)
           from cms.referral r left join cms.take_up t using (referral_id) left join cms.visit v using (referral_id)
           where r.channel = 'witness'"""
    )[0]
    year = figures.witnesses
    told = {
        "non_da": (da[False], figures.non_da),
        "da": (da[True], figures.da),
        "categories": (pairs(ask, "category", "not da"), figures.categories),
        "risks": (pairs(ask, "category", "da"), figures.risks),
        "channels": (pairs(ask, "channel"), figures.channels),
        "feeds": (split(ask), figures.feeds),
        "ages": (pairs(ask, BAND, "not da"), figures.ages),
        "boroughs": (boroughs, figures.boroughs),
        "roles": (
            {
                role: pair.take_up
                for role, pair in pairs(ask, "coalesce(role, 'nobody')").items()
                if pair.take_up or role != "nobody"
            },
            figures.roles,
        ),
        "priority": (pairs(ask, "priority", "not da"), {True: figures.enhanced, False: figures.standard}),
        "immediate": (
            {
                priority: pair.take_up
                for priority, pair in pairs(ask, "priority", "not da and kind = 'immediate'").items()
            },
            {True: figures.enhanced_immediate, False: figures.standard_immediate},
        ),
        "witnesses": (
            witness,
            (year.referrals, year.take_up, year.from_wcu, year.visits_requested, year.visits_undertaken),
        ),
    }
    return {name: both for name, both in told.items() if _filled(both[0]) != _filled(both[1])}


def _filled(counts: Any) -> Any:
    """Without cells that are empty."""
    if isinstance(counts, dict):
        return {key: count for key, count in counts.items() if count not in (0, Pair(0, 0))}
    return counts
