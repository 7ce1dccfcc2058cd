"""The returns: a new one is a line here and its own files (docs/adding-a-return.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

import pyarrow as pa

from exchange.database import Connection
from exchange.errors import NotFound, WrongUse
from outputs import monthly, periods, quarterly, quarters
from outputs.asked import Asked
from outputs.catalogue import Table
from outputs.counting import Basis
from outputs.figures import Figure, Key
from outputs.periods import Period
from outputs.records import Records

# Results of the period before, and results that come from elsewhere, by their keys.
Results = Mapping[str, int | Fraction]


def _agrees(_: Records, __: Period) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Return:
    """A return.

    - title: as on its cover; of: whether it is made for months or quarters.
    - records: what it counts from, asked in the transaction of a moment, given the results of the period before.
    - figures: all figures of records, in the order of the catalogue.
    - basis: what a table, or a row of it, counts; None where its figures are no counts.
    - results: what the next period's records take as those of the period before, where they take any.
    - check: raises FiguresDisagree where the records contradict themselves.
    - uses: figures from which others were computed that the catalogue does not know.
    """

    name: str
    title: str
    of: Literal["month", "quarter"]
    records: Callable[[Connection, Asked, Results], dict[str, pa.Table]]
    figures: Callable[[Records], list[Figure]]
    basis: Callable[[Records, Table, str | None], Basis | None]
    results: Callable[[Records], Results] | None = None
    check: Callable[[Records, Period], None] = _agrees
    uses: Callable[[], Mapping[Key, Collection[Key]]] = dict

    def period(self, text: str) -> Period:
        """The period of that name. Raises WrongUse where it is none, or of another length."""
        found = periods.parse(text)
        if found.is_quarter != (self.of == "quarter"):
            form = "a quarter, as 2019-20Q1" if self.of == "quarter" else "a month, as 2019-06"
            raise WrongUse(what=f"The return {self.name} is made for {form}; {text} is none")
        return found


def _quarter(connection: Connection, what: Asked, before: Results) -> dict[str, pa.Table]:
    """No return gives the quarter a result of its own yet."""
    return quarterly.records(connection, what, previous=before, results={})


_MONTHLY: Final = Return("monthly", "Monthly return", "month", monthly.records, monthly.figures, monthly.basis)
_QUARTERLY: Final = Return(
    "quarterly",
    "Quarterly return",
    "quarter",
    _quarter,
    quarterly.figures,
    quarterly.basis,
    quarterly.results,
    quarters.check,
    quarterly.uses,
)
RETURNS: Final[Mapping[str, Return]] = {
    each.name: each
    for each in (
        _MONTHLY,
        _QUARTERLY,
        # The next one goes here.
    )
}


def known(name: str) -> Return:
    """The return of that name. Raises NotFound."""
    if name not in RETURNS:
        raise NotFound(what="return", name=name, list_with="lvws returns --help")
    return RETURNS[name]
