"""Sound rows that are sent again: four of a hundred, as in a sample of the police's transfers (requirements: traps)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from synth.faults.laying import Laid
from synth.files import Sound

SHARE: Final = 0.04

# How a record says that it is new, and that it is an update.
_AS_UPDATE: Final = {
    "mps": (b"N,", b"U,"),
    "btp": (b"N,", b"U,"),
    "colp": (b"N,", b"U,"),
    "action_fraud": (b",New,", b",Updated,"),
}


@dataclass(slots=True)
class Again:
    """The rows of one source that come again: in the same file, in the next one, or as an update, by turns."""

    source: str
    last_file: int
    _turn: int = 0
    _for_next: list[Laid] = field(default_factory=list)

    def rows(self, sound: Sound, rng: Generator) -> list[tuple[int, Laid]]:
        """Rows for this file, each with the number of sound rows that stand before it."""
        kept, self._for_next = self._for_next, []
        placed = [(int(rng.integers(0, sound.rows + 1)), row) for row in kept]
        kinds = ("again_in_file", "again_later", *(("again_as_update",) if self.source in _AS_UPDATE else ()))
        for row in np.flatnonzero(rng.random(sound.rows) < SHARE).tolist():
            kind = kinds[self._turn % len(kinds)]
            self._turn += 1
            data = sound.records(row, row + 1)
            if kind == "again_as_update":
                new, update = _AS_UPDATE[self.source]
                assert new in data
                data = data.replace(new, update, 1)
            if kind == "again_in_file" or sound.number == self.last_file:
                place = int(rng.integers(row + 1, sound.rows + 1))
                placed.append((place, Laid(data, kind if kind == "again_as_update" else "again_in_file", "duplicate")))
            else:
                self._for_next.append(Laid(data, kind, "duplicate"))
        return placed
