"""The published figures of Year One as cells of the returns: what twelve months or four quarters have to sum to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from outputs.figures import Figure, Key
from synth.counts.figures import ELSEWHERE, Figures, Pair, Split

_ROWS = {"police": "police", "self": "self_referral", "agency": "other_agencies"}
# The borough table prints the 32 boroughs; the City, outside London and not given are what is left.
_ELSEWHERE = ("E09000001", "outside_london", "not_given")


def expected(year: Figures) -> dict[Key, int]:
    """Every published count, by table, row and column."""
    cells: dict[Key, int] = {}

    def pair(table: str, row: str, counts: Pair) -> None:
        cells[table, row, "referrals"], cells[table, row, "take_up"] = counts

    for channel, counts in year.channels.items():
        pair("referral_source", _ROWS[channel], counts)
    for feed in ("mps", "action_fraud", "btp", "colp"):
        pair("referral_source", feed, _both(year.feeds[feed]))
    pair("referral_source", "total", year.total)
    for category, counts in year.categories.items():
        pair("crime_category", category, counts)
    for risk, counts in year.risks.items():
        pair("crime_category", f"{risk}_risk_da" if risk == "high" else "low_medium_risk_da", counts)
    pair("crime_category", "total_non_da", year.non_da)
    pair("crime_category", "total_da", year.da)
    for band, counts in year.ages.items():
        pair("age_non_da", band, counts)
    cells |= {("da_borough", code, "referrals"): count for code, count in year.boroughs.items() if code != ELSEWHERE}
    cells["da_borough", ELSEWHERE, "referrals"] = year.boroughs[ELSEWHERE]
    for row, counts, immediate in (
        ("non_da_enhanced", year.enhanced, year.enhanced_immediate),
        ("non_da_not_enhanced", year.standard, year.standard_immediate),
    ):
        pair("priority", row, counts)
        cells["priority", row, "immediate"] = immediate
    cells |= {("support_role", role, "supported"): count for role, count in year.roles.items()}
    cells["da_source", "police", "take_up"] = year.da_police_take_up
    cells["da_source", "self_referral", "take_up"] = year.feeds["self"].da.take_up
    witnesses = year.witnesses
    pair("witness", "total", Pair(witnesses.referrals, witnesses.take_up))
    cells["witness", "wcu", "referrals"] = witnesses.from_wcu
    cells["witness", "total", "visits_requested"] = witnesses.visits_requested
    cells["witness", "total", "visits_undertaken"] = witnesses.visits_undertaken
    return cells


def _both(feed: Split) -> Pair:
    return Pair(feed.non_da.referrals + feed.da.referrals, feed.non_da.take_up + feed.da.take_up)


def summed(returns: Iterable[Iterable[Figure]]) -> Mapping[Key, int]:
    """Counts of several returns, added up."""
    cells: Counter[Key] = Counter()
    for figures in returns:
        for figure in figures:
            if isinstance(figure.value, int):
                cells[figure.key] += figure.value
                if figure.table == "da_borough" and figure.row in _ELSEWHERE:
                    cells[figure.table, ELSEWHERE, figure.column] += figure.value
    return cells


def differences(returns: Iterable[Iterable[Figure]], year: Figures) -> dict[Key, tuple[int, int]]:
    """What the returns sum to and what was published, for every cell that differs."""
    found = summed(returns)
    return {key: (found[key], count) for key, count in expected(year).items() if found[key] != count}
