"""The returns: a new one is a line here and its own files (docs/adding-a-return.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa

from exchange.database import Connection
from exchange.errors import NotFound, WrongUse
from outputs import monthly, periods
from outputs.asked import Asked
from outputs.catalogue import Table
from outputs.counting import Basis
from outputs.figures import Figure
from outputs.periods import Period
from outputs.records import Records


@dataclass(frozen=True, slots=True)
class Return:
    """A return: its title, whether of months or quarters, what it asks the database for (records), how its figures are
    counted from those, and what each table counts (None for a table whose figures are no counts)."""

    name: str
    title: str
    of: Literal["month", "quarter"]
    records: Callable[[Connection, Asked], dict[str, pa.Table]]
    figures: Callable[[Records], list[Figure]]
    basis: Callable[[Records, Table], Basis | None]

    def period(self, text: str) -> Period:
        """The period of that name. Raises WrongUse where it is none, or of another length."""
        found = periods.parse(text)
        if found.is_quarter != (self.of == "quarter"):
            form = "a quarter, as 2019-20Q1" if self.of == "quarter" else "a month, as 2019-06"
            raise WrongUse(what=f"The return {self.name} is made for {form}; {text} is none")
        return found


RETURNS: Final[Mapping[str, Return]] = {
    each.name: each
    for each in (
        Return("monthly", "Monthly return", "month", monthly.records, monthly.figures, monthly.basis),
        # The next one goes here.
    )
}


def known(name: str) -> Return:
    """The return of that name. Raises NotFound."""
    if name not in RETURNS:
        raise NotFound(what="return", name=name, list_with="lvws returns --help")
    return RETURNS[name]
