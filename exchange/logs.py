"""The service's log: constant event names and allow-listed facts, one JSON line each.

Nothing of a person's record has a way in: a fact is an id, a count, a line, a name of ours, a date or a
duration, and its key must be in FACTS. Lines go to `<home>/log/lvws.jsonl` (0600).
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import IO, Any

from exchange import clock

FACTS = frozenset(
    "run source file stage state code outcome rule sqlstate constraint host port worker fence attempt "
    "rows created updated withdrawn duplicate quarantined excluded waiting warnings files bytes days keys "
    "seconds sequence business_date digest reason kind cipher mac kex host_key strict_kex version table".split()
)

_logger: Any = None
_handle: IO[str] | None = None


def open_log(home: Path) -> None:
    """Send events to `<home>/log/lvws.jsonl`; before this is called they go nowhere."""
    global _logger, _handle  # noqa: PLW0603 - one log a process
    import structlog  # noqa: PLC0415 - commands that only read have no log to open

    close_log()
    folder = home / "log"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _handle = os.fdopen(
        os.open(folder / "lvws.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
        "a",
        encoding="utf-8",
        buffering=1,
    )
    _logger = structlog.wrap_logger(
        structlog.WriteLogger(_handle),
        processors=[structlog.processors.JSONRenderer()],
        wrapper_class=structlog.BoundLogger,
    )


def close_log() -> None:
    """Events go nowhere from now on."""
    global _logger, _handle  # noqa: PLW0603
    _logger = None
    if _handle is not None:
        _handle.close()
        _handle = None


def event(name: str, **facts: str | int | float | date | None) -> None:
    """Write one event; `name` is a constant such as `load.committed`. Raises TypeError for any other kind of fact."""
    unknown = facts.keys() - FACTS
    if unknown:
        raise TypeError(f"not a fact that may be logged: {sorted(unknown)}")
    if _logger is not None:
        plain = {
            key: str(value) if isinstance(value, date) else value for key, value in facts.items() if value is not None
        }
        _logger.info(name, at=clock.now().isoformat(timespec="milliseconds"), **plain)
