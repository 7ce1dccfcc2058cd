"""What the checks found. A finding has no room for a value of a record (DESIGN section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken in one place: physical line (header is 1), column ("" for a whole record), id of the rule."""

    line: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Many findings, side by side and of equal length: line int64, column and rule as str objects."""

    line: npt.NDArray[np.int64]
    column: npt.NDArray[np.object_]
    rule: npt.NDArray[np.object_]

    def __post_init__(self) -> None:
        """The three arrays describe the same findings."""
        if not len(self.line) == len(self.column) == len(self.rule):
            raise ValueError("line, column and rule differ in length")

    @classmethod
    def none(cls) -> Findings:
        """No finding at all."""
        return cls(np.empty(0, np.int64), np.empty(0, object), np.empty(0, object))

    @classmethod
    def same(cls, line: npt.NDArray[np.int64], *, column: str, rule: str) -> Findings:
        """The same rule broken in the same column on each line of `line`."""
        return cls(line, np.full(len(line), column, object), np.full(len(line), rule, object))

    @classmethod
    def joined(cls, parts: Iterable[Findings]) -> Findings:
        """All of `parts`, sorted by line; within a line in the order of the parts."""
        some = list(parts)
        if not some:
            return cls.none()
        line = np.concatenate([part.line for part in some])
        order = np.argsort(line, kind="stable")
        column = np.concatenate([part.column for part in some])[order]
        return cls(line[order], column, np.concatenate([part.rule for part in some])[order])

    def __len__(self) -> int:
        """How many findings there are."""
        return len(self.line)

    def __iter__(self) -> Iterator[Finding]:
        """One by one; meant for few."""
        for line, column, rule in zip(self.line, self.column, self.rule, strict=True):
            yield Finding(int(line), str(column), str(rule))

    def counts(self) -> dict[str, int]:
        """How many findings there are by rule, most frequent first."""
        return dict(Counter(map(str, self.rule)).most_common())
