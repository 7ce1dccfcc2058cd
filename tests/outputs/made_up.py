"""Made-up returns for the tests of disclosure control: people with groups, counted into all tables that are linked.

Three months, their quarter, and a second version of a month after late referrals and corrections.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from outputs import catalogue
from outputs.disclosure import Delivered, Draft, apply, protect
from outputs.figures import Figure, rate

DEMOGRAPHIC = ("gender", "ethnicity", "disability", "sexual_orientation", "religion")
MONTHS = ("2019-04", "2019-05", "2019-06")
QUARTER = "2019-20Q1"
SOURCES = ("mps", "btp", "colp", "action_fraud", "other_force", "self_referral", "other_agencies")
PLAIN = ("referral_source", "crime_category")


@dataclass(frozen=True)
class Victim:
    """A referral: its group in each table, its source and category, and whether the service was taken up."""

    month: str
    groups: dict[str, str]
    took_up: bool = False


@dataclass
class World:
    """The random choice of people: how rare each group is, and how often people take the service up."""

    random: random.Random
    shares: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in (*PLAIN, *DEMOGRAPHIC):
            groups = leaves(table)
            common = self.random.choice((1.0, 2.0, 4.0))
            self.shares[table] = [self.random.random() ** common * 0.9 + 0.003 for _ in groups]

    def victim(self, month: str) -> Victim:
        groups = {table: self.random.choices(leaves(table), self.shares[table])[0] for table in self.shares}
        return Victim(month, groups, self.random.random() < 0.4)

    def corrected(self, victim: Victim) -> Victim:
        """Some of what is known of somebody is another thing now."""
        table = self.random.choice(DEMOGRAPHIC)
        fresh = self.victim(victim.month)
        return replace(victim, groups={**victim.groups, table: fresh.groups[table]})


def leaves(table: str) -> list[str]:
    """The rows that are no sums."""
    rows = catalogue.table("monthly", table).rows
    sums = {row.part_of for row in rows}
    return [row.key for row in rows if row.key not in sums]


def counted(of_return: str, victims: list[Victim]) -> tuple[Figure, ...]:
    """The figures of the linked tables, in the catalogue's order."""
    return tuple(
        figure for table in (*PLAIN, *DEMOGRAPHIC) for figure in _table(catalogue.table(of_return, table), victims)
    )


def _table(table: catalogue.Table, victims: list[Victim]) -> list[Figure]:
    above = {row.key: row.part_of for row in table.rows}
    referrals, take_up = dict.fromkeys(above, 0), dict.fromkeys(above, 0)
    for victim in victims:
        row = victim.groups[table.key]
        while row:
            referrals[row] += 1
            take_up[row] += victim.took_up
            row = above[row]
    return [
        figure for row in above for figure in figures_of(table.key, row, referrals[row], take_up[row], take_up["total"])
    ]


def figures_of(table: str, row: str, referrals: int, take_up: int, all_take_up: int = 0) -> list[Figure]:
    figures = [
        Figure(table, row, "referrals", referrals),
        Figure(table, row, "take_up", take_up),
        Figure(table, row, "take_up_rate", *rate(take_up, referrals)),
    ]
    if table == "referral_source":
        figures.append(Figure(table, row, "share_of_support", *rate(take_up, all_take_up)))
    return figures


def drafts(seed: int) -> list[Draft]:
    """The versions of a made-up quarter in the order in which they were made."""
    chance = random.Random(seed)
    world = World(chance)
    size = chance.choice((8, 25, 60, 150, 400))
    people = {month: [world.victim(month) for _ in range(chance.randint(size // 2, size))] for month in MONTHS}
    made = []

    def draft(of_return: str, period: str, version: int) -> None:
        victims = [each for month, those in people.items() if period in {month, QUARTER} for each in those]
        made.append(Draft(of_return, period, version, counted(of_return, victims)))

    for month in MONTHS:
        draft("monthly", month, 1)
    changing = chance.choice(MONTHS)
    late_first = chance.random() < 0.5
    if chance.random() < 0.3:
        # The quarter knows more of a month than any version of that month.
        _time_passes(world, people, chance.choice([month for month in MONTHS if month != changing]))
    if not late_first:
        draft("quarterly", QUARTER, 1)
    _time_passes(world, people, changing)
    draft("monthly", changing, 2)
    draft("quarterly", QUARTER, 1 if late_first else 2)
    return made


def _time_passes(world: World, people: dict[str, list[Victim]], month: str) -> None:
    those = people[month]
    chance = world.random
    those += [world.victim(month) for _ in range(chance.randint(0, max(2, len(those) // 10)))]
    for _ in range(chance.randint(0, max(2, len(those) // 20))):
        place = chance.randrange(len(those))
        those[place] = world.corrected(those[place])
        place = chance.randrange(len(those))
        those[place] = replace(those[place], took_up=True)


def delivered(made: list[Draft]) -> list[Delivered]:
    """Each draft protected, given those before it."""
    done: list[Delivered] = []
    for draft in made:
        done.append(apply(draft, protect(draft, done)))
    return done
