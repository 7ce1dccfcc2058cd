"""One look round: what is wrong now is noted, what is over is ended, and people are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange import logs
from exchange.alerts import found, telling
from exchange.database import Connection
from exchange.errors import EXIT_DONE, EXIT_PRECEDENCE, ExchangeError
from exchange.ledger import alerts
from exchange.ledger.alerts import Alert, Condition
from exchange.settings import Settings


@dataclass
class Watched:
    """What one look round came to: what stands (settled or not), what was told by route, what failed."""

    standing: list[Alert] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    failures: list[ExchangeError] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 whatever is wrong with files: it is told. Else why looking or telling failed."""
        codes = {failure.exit_code for failure in self.failures}
        return next((code for code in EXIT_PRECEDENCE if code in codes), max(codes, default=EXIT_DONE))


def look(settings: Settings, connection: Connection) -> Watched:
    """Look at everything once, and tell people; a place that cannot be looked at leaves its alerts as they are."""
    watched = Watched()
    place = found.place(settings, connection)
    conditions: list[Condition] = []
    kinds: set[str] = set()
    for look_at, of_kinds in found.LOOKS.items():
        try:
            conditions += look_at(place)
            kinds |= of_kinds
        except ExchangeError as failure:
            watched.failures.append(failure)
    alerts.follow(connection, [each for each in conditions if each.kind in kinds], kinds, place.now)
    for route in settings.alerts:
        try:
            watched.told[route] = telling.tell(connection, settings.alerts, route, place.now)
        except ExchangeError as failure:
            watched.failures.append(failure)
    watched.standing = alerts.standing(connection, settled=True)
    logs.event("watch.done", rows=len(watched.standing), code=str(watched.exit_code))
    return watched
