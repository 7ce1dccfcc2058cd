"""Which returns are to be built by themselves, and from which day on.

On the first working day after the cut-off (the end of the tenth day after the period), or on any day after that until
it is done: a start that was missed is made good by the next one. Only where nothing was built yet; what is known later
is built by hand, as a new version.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal

from exchange.database import Connection, transaction
from exchange.returns import versions
from exchange.triage import clocks
from outputs import periods
from outputs.periods import Period
from outputs.returns import RETURNS

_LOADED: Final = """
    select exists (select from ledger.run where state = 'loaded' and rows > 0 and business_date between %s and %s)
"""


def day_of(period: Period) -> date:
    """The day on which its return is built: the first working day after its cut-off. Pure."""
    return clocks.working_day_after(period.last + timedelta(days=periods.DAYS_AFTER), 1)


def newest(of: Literal["month", "quarter"], today: date) -> Period:
    """The last period whose return is to be there today. Pure."""
    of_today = periods.month(today) if of == "month" else periods.quarter(today)
    period = of_today.previous
    while day_of(period) > today:
        period = period.previous
    return period


def due(connection: Connection, today: date) -> list[tuple[str, Period]]:
    """Returns of which no version was built yet, of periods from which anything was loaded."""
    found = [(name, newest(each.of, today)) for name, each in RETURNS.items()]
    return [
        (name, period)
        for name, period in found
        if not versions.of_period(connection, name, period.name) and _anything_of(connection, period)
    ]


def _anything_of(connection: Connection, period: Period) -> bool:
    with transaction(connection, "reading whether anything came in a period"):
        row = connection.execute(_LOADED, (period.first, period.last)).fetchone()
    return bool(row and row[0])
