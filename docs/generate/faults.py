"""docs/faults.md: every kind of fault that `lvws synth --faults` makes, from synth/faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults import FAULTS

HEAD: Final = """\
# Faults on request

What `lvws synth --faults` makes, each kind by its id. `--expect FILE` says of every faulted row and file where it lies
and what has to become of it (night, source, file, line, fault, state, outcome, code, finding, sequence); the tests
take all of it through the service and compare. What belongs to a second night lies in the folder `later`.
"""


def render() -> str:
    """The page."""
    return HEAD + "".join(_table("Rows", "row")) + "".join(_table("Whole files", "file"))


def _table(title: str, of: str) -> Iterator[str]:
    yield f"\n## {title}\n\n| fault | |\n|---|---|\n"
    for fault in FAULTS.values():
        if fault.of == of:
            yield f"| `{fault.id}` | {fault.says} |\n"
