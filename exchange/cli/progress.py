"""Progress on long work: a line that moves on a terminal, nothing where nobody looks."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Report = Callable[[str], None]


@contextlib.contextmanager
def reporting(*, quiet: bool) -> Iterator[Report]:
    """A function that shows what is being done now."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it

    with Console(stderr=True).status("Starting") as status:
        yield status.update
