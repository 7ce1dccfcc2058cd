"""All stories of a layout, from every table of this package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults import broken, casework, holding, kept
from synth.faults.cases import Story
from validators.layout import Layout

TABLES: Final = (holding, casework, broken, kept)


def stories(layout: Layout) -> Iterator[Story]:
    """All rows that are put beside the sound ones of a layout."""
    for module in TABLES:
        yield from module.stories(layout)
