"""Somebody who has every figures.csv that was delivered, and wants the counts that are blank in them.

Written without the code that protects them: it knows what any reader knows. Rows of a table add up to its total; all
tables of victims have one total; who took the service up was referred; a quarter is its three months; a version repeats
what its table of changes does not name (a blank line there tells that something hidden moved); a rate is a quotient to
four decimals; a month's table hides something only where some count of it is 1 to 4; a table that the cover calls withheld
tells nothing about other versions. The rest is whole-number programming: the lowest and highest value of each blank.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

COUNTS = ("referrals", "take_up")
MOST = 2000
OF_VICTIMS = ("referral_source", "gender", "ethnicity", "disability", "sexual_orientation", "religion")
QUARTERS = {"2019-20Q1": ("2019-04", "2019-05", "2019-06")}

Cell = tuple[str, str, int, str, str, str]  # return, period, version, table, row, column


@dataclass
class Return:
    """What was delivered: figures.csv, and the tables that the cover calls withheld."""

    text: str
    withheld: frozenset[str] = frozenset()
    rows: list[dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = list(csv.DictReader(io.StringIO(self.text)))
        first = self.rows[0]
        self.name = (first["return"], first["period"], int(first["version"]))

    def cells(self) -> dict[Cell, int | None]:
        """All counts of victims, None for those that are blank."""
        return {
            (*self.name, row["table"], row["row"], row["column"]): int(row["value"]) if row["value"] else None
            for row in self.rows
            if row["column"] in COUNTS and row["table"] in OF_VICTIMS
        }

    def moved(self) -> set[tuple[str, ...]]:
        """Table, row and column of what the changes name, with or without its values."""
        return {tuple(row["row"].split("/")) for row in self.rows if row["table"] == "changes"}


class Attacker:
    """Knows what the returns say, and what follows from it."""

    def __init__(self, returns: list[Return], *, knows_the_rule: bool = True) -> None:
        self.known: dict[Cell, int | None] = {}
        for each in returns:
            self.known |= each.cells()
        self.at = {cell: index for index, cell in enumerate(self.known)}
        self.low = [0.0 if value is None else float(value) for value in self.known.values()]
        self.high = [float(MOST) if value is None else float(value) for value in self.known.values()]
        self.facts: list[tuple[dict[int, float], float, float]] = []
        for each in returns:
            self._read_tables(each)
            self._read_rates(each)
        for place, each in enumerate(returns):
            self._compare_versions(each, returns[:place])
            self._compare_months(each, returns[:place])
        if knows_the_rule:
            for each in returns:
                self._use_the_rule(each)

    def recovers(self) -> dict[Cell, int]:
        """The blank counts that can have one value only, and that value."""
        found = {}
        for block in self._blocks():
            programme = self._programme(block)
            # Values seen so far: two different ones end the matter.
            seen: dict[int, set[int]] = defaultdict(set)
            for index in block:
                for sign in (1, -1):
                    if self.low[index] == self.high[index] or index >= len(self.known) or len(seen[index]) > 1:
                        break
                    for other, value in self._extreme(programme, block, index, sign).items():
                        seen[other].add(value)
            cells = list(self.known)
            found |= {cells[i]: min(v) for i, v in seen.items() if i < len(cells) and len(v) == 1 and self._blank(i)}
        return found

    # --- what the tables say

    def _fact(self, terms: list[tuple[Cell, float]], low: float, high: float) -> None:
        if all(cell in self.at for cell, _ in terms):
            factors: dict[int, float] = defaultdict(float)
            for cell, factor in terms:
                factors[self.at[cell]] += factor
            self.facts.append((dict(factors), low, high))

    def _read_tables(self, each: Return) -> None:
        lines = defaultdict(list)
        for cell in each.cells():
            lines[cell[3], cell[5]].append(cell)
            if cell[5] == "take_up":
                self._fact([((*cell[:5], "referrals"), 1), (cell, -1)], 0, np.inf)
        for (table, column), cells in lines.items():
            total = (*each.name, table, "total", column)
            parts = [cell for cell in cells if cell[4] != "total"]
            if table == "referral_source":
                parts = [cell for cell in parts if cell[4] in {"police", "self_referral", "other_agencies"}]
            self._fact([(total, -1), *((cell, 1) for cell in parts)], 0, 0)
            self._fact([(total, -1), ((*each.name, "referral_source", "total", column), 1)], 0, 0)

    def _read_rates(self, each: Return) -> None:
        for row in each.rows:
            if row["column"] == "take_up_rate" and row["value"]:
                rate, cell = float(row["value"]), (*each.name, row["table"], row["row"])
                slack = 0.00005001
                self._fact([((*cell, "take_up"), 1), ((*cell, "referrals"), -(rate - slack))], 0, np.inf)
                self._fact([((*cell, "take_up"), -1), ((*cell, "referrals"), rate + slack)], 0, np.inf)

    # --- what several returns say together

    def _compare_versions(self, later: Return, before: list[Return]) -> None:
        for earlier in [each for each in before if each.name[:2] == later.name[:2]][-1:]:
            moved = later.moved()
            for cell in later.cells():
                if cell[3:] not in moved and cell[3] not in later.withheld | earlier.withheld:
                    self._fact([(cell, 1), ((*earlier.name, *cell[3:]), -1)], 0, 0)

    def _compare_months(self, quarter: Return, before: list[Return]) -> None:
        months = QUARTERS.get(quarter.name[1], ())
        latest = {each.name[1]: each for each in before if each.name[1] in months}
        if len(latest) < len(QUARTERS["2019-20Q1"]):
            return
        for cell in quarter.cells():
            parts = [(*each.name, *cell[3:]) for each in latest.values()]
            hiding = quarter.withheld.union(*(each.withheld for each in latest.values()))
            totals = [self.known.get((*part[:4], "total", part[5])) for part in parts]
            whole = self.known.get((*cell[:4], "total", cell[5]))
            agree = whole is not None and None not in totals and whole == sum(totals)
            if agree and cell[3] not in hiding:
                self._fact([(cell, -1), *((part, 1) for part in parts)], 0, 0)

    # --- what the rule says

    def _use_the_rule(self, each: Return) -> None:
        if each.name[0] != "monthly" or each.name[2] > 1:
            return
        tables = defaultdict(list)
        for cell, value in each.cells().items():
            if value is None:
                tables[cell[3]].append(self.at[cell])
        for cells in tables.values():
            flags = {}
            for cell in cells:
                flag = len(self.low)
                self.low.append(0.0)
                self.high.append(1.0)
                flags[flag] = 1.0
                self.facts.append(({cell: 1.0, flag: -1.0}, 0, np.inf))
                self.facts.append(({cell: 1.0, flag: float(MOST)}, -np.inf, MOST + 4.0))
            self.facts.append((flags, 1, np.inf))

    # --- the programme

    def _blank(self, index: int) -> bool:
        return list(self.known.values())[index] is None

    def _blocks(self) -> list[list[int]]:
        """Unknowns in sets of which none says anything about another."""
        pairs = [
            (free[0], other)
            for terms, _, _ in self.facts
            if (free := [index for index in terms if self.low[index] != self.high[index]])
            for other in free
        ]
        size = len(self.low)
        ones, others = zip(*pairs, strict=True) if pairs else ((), ())
        _, labels = connected_components(csr_array((np.ones(len(pairs)), (ones, others)), shape=(size, size)), False)
        blocks = defaultdict(list)
        for index in range(size):
            if self.low[index] != self.high[index]:
                blocks[labels[index]].append(index)
        return list(blocks.values())

    def _programme(self, block: list[int]) -> tuple[LinearConstraint, Bounds]:
        at = {index: position for position, index in enumerate(block)}
        where, factors, low, high = [], [], [], []
        for terms, least, most in self.facts:
            if inside := [index for index in terms if index in at]:
                outside = sum(factor * self.low[index] for index, factor in terms.items() if index not in at)
                where += [(len(low), at[index]) for index in inside]
                factors += [terms[index] for index in inside]
                low.append(least - outside)
                high.append(most - outside)
        if not low:
            low, high, where, factors = [0.0], [np.inf], [(0, 0)], [0.0]
        rows, columns = zip(*where, strict=True)
        matrix = csr_array((factors, (rows, columns)), shape=(len(low), len(block)))
        bounds = Bounds([self.low[index] for index in block], [self.high[index] for index in block])
        return LinearConstraint(matrix, low, high), bounds

    def _extreme(self, programme, block: list[int], target: int, sign: int) -> dict[int, int]:
        costs = [float(sign) if index == target else 0.0 for index in block]
        answer = milp(costs, integrality=np.ones(len(block)), constraints=[programme[0]], bounds=programme[1])
        # What was assumed contradicts itself: somebody guessed wrong, and knows no more than before.
        return {} if answer.x is None else dict(zip(block, map(round, answer.x), strict=True))
