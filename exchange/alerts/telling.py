"""Tell people: one message a route for all that is new, by Apprise, which knows mail, webhooks, Teams and Slack.

An alert is noted as told after its message was taken, so a crash in between tells it twice rather than never.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from exchange import privatefiles
from exchange.alerts import kinds
from exchange.alerts.kinds import KINDS
from exchange.clock import LONDON
from exchange.database import Connection
from exchange.errors import AlertAddressInvalid, AlertsNotSent
from exchange.ledger import alerts
from exchange.ledger.alerts import Alert
from exchange.settings import AlertRoute

# An end is no news any more after so long, such as to a route that is new.
_NEWS: Final = timedelta(days=2)
_MOST: Final = 100


def tell(connection: Connection, routes: Mapping[str, AlertRoute], route: str, now: datetime) -> int:
    """Tell one route what it was not told; how many alerts. Raises AlertsNotSent, AlertAddressInvalid."""
    wanted = kinds.of_groups(routes[route].groups)
    ending = [name for name in wanted if KINDS[name].ends]
    new = alerts.untold(connection, route, wanted, ending, now - _NEWS)
    if new:
        title, body = message(new)
        send(route, routes[route].urls, title, body, waiting=len(new))
        alerts.mark_told(connection, route, new)
    return len(new)


def message(new: Sequence[Alert]) -> tuple[str, str]:
    """Title and text: the most dangerous first, then what is over. Pure."""
    order = list(KINDS)
    wrong = sorted((each for each in new if each.over_at is None), key=lambda each: order.index(each.kind))
    over = [each for each in new if each.over_at is not None]
    title = f"LVWS: {_many(len(wrong), 'alert')}" if wrong else f"LVWS: over, {_many(len(over), 'alert')}"
    lines = [*_lines(wrong), *(f"OVER: {_says(each)}" for each in over[:_MOST])]
    return title, "\n\n".join([*lines, "All that stands now: lvws alerts list. What to do: docs/runbook.md."])


def _lines(wrong: Sequence[Alert]) -> Iterable[str]:
    for each in wrong[:_MOST]:
        says, do = kinds.sentences(each.kind, each.facts)
        yield f"{says}\nSince {each.since.astimezone(LONDON):%Y-%m-%d %H:%M}. {do} ({each.kind}, alert {each.alert_id})"
    if len(wrong) > _MOST:
        yield f"And {len(wrong) - _MOST} more: lvws alerts list."


def _says(alert: Alert) -> str:
    return kinds.sentences(alert.kind, alert.facts)[0]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def send(route: str, urls: Path, title: str, body: str, *, waiting: int) -> None:
    """Send one message to every address of a route. Raises AlertsNotSent, AlertAddressInvalid."""
    taken = _addresses(route, urls).notify(title=title, body=body)
    if not taken:
        raise AlertsNotSent(route=route, alerts=waiting)


def addresses(route: str, path: Path) -> int:
    """How many addresses a route has. Raises AlertAddressInvalid, PermissionsTooOpen."""
    return len(_addresses(route, path))


def _addresses(route: str, path: Path) -> Any:
    import apprise  # noqa: PLC0415 - half a second, for who has something to tell

    logging.getLogger("apprise").disabled = True  # it would say addresses, which hold passwords
    problem, lines = "", list[str]()
    try:
        lines = [line.strip() for line in privatefiles.read(path).decode().splitlines()]
    except OSError:
        problem = "the file cannot be read"
    except UnicodeDecodeError:
        problem = "the file is not text"
    if problem:
        raise AlertAddressInvalid(route=route, path=str(path), problem=problem)
    found = apprise.Apprise()
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#") and not found.add(line):
            raise AlertAddressInvalid(route=route, path=str(path), problem=f"line {number} is no address")
    if not len(found):
        raise AlertAddressInvalid(route=route, path=str(path), problem="it has no address")
    return found
