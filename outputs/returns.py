"""The returns: a new one is a line here and its own files (docs/adding-a-return.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

import pyarrow as pa

from exchange.database import Connection
from exchange.errors import NotFound, WrongUse
from outputs import monthly, notes, periods, quarterly, quarters
from outputs.asked import Asked
from outputs.catalogue import Table
from outputs.changes import Change, changes
from outputs.counting import Basis
from outputs.described import described
from outputs.facts import Facts
from outputs.figures import Figure, Key
from outputs.idva import behind, book, figures, records, said
from outputs.idva.behind import Behind
from outputs.notes import Noted
from outputs.periods import Period
from outputs.records import Records
from outputs.workbook.sheets import Workbook

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
    - describe: the workbook of a version: title, facts, figures, records.
    - notes: what a reader has to know beside the figures.
    - moved: what moved since the records of the version before (and referrals that were erased since); moved_in: the
      table that tells it.
    - told_in: the table whose rows are its results.
    - behind: the rows of a statement that stand behind a cell, for a return that counts no records of referrals.
    - small_numbers: whether it counts people, so that small counts are guarded.
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
    describe: Callable[[str, Facts, Sequence[Figure], Records], Workbook] = described
    notes: Callable[[Noted], list[str]] = notes.of_referrals
    moved: Callable[[Records, Records, Callable[[Records], list[Figure]], Collection[int]], list[Change]] = changes
    moved_in: str = "changes"
    told_in: str = "kpi"
    behind: Callable[[Records, Key], list[Behind] | None] | None = None
    small_numbers: bool = True

    def period(self, text: str) -> Period:
        """The period of that name. Raises WrongUse where it is none, or of another length."""
        found = periods.parse(text)
        if found.is_quarter != (self.of == "quarter"):
            form = "a quarter, as 2019-20Q1" if self.of == "quarter" else "a month, as 2019-06"
            raise WrongUse(what=f"The return {self.name} is made for {form}; {text} is none")
        return found


def _quarter(connection: Connection, what: Asked, before: Results) -> dict[str, pa.Table]:
    """With the FTE of IDVAs, which is a result of another return."""
    return quarterly.records(connection, what, previous=before, results=records.provision(connection, what))


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
        Return(
            "idva",
            "IDVA FTE in post",
            "quarter",
            records.records,
            figures.figures,
            lambda *_: None,
            figures.results,
            describe=book.described,
            notes=said.notes,
            moved=said.moved,
            moved_in="restated",
            told_in="summary",
            behind=behind.behind,
            small_numbers=False,
        ),
        # The next one goes here.
    )
}


def known(name: str) -> Return:
    """The return of that name. Raises NotFound."""
    if name not in RETURNS:
        raise NotFound(what="return", name=name, list_with="lvws returns --help")
    return RETURNS[name]
