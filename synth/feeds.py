"""All feeds of a period on their senders' servers: plan, people, rows, files, in that order, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from exchange.errors import OutputInTheWay
from synth.casework import activity
from synth.counts.figures import YEAR_ONE, published
from synth.counts.scaling import scaled
from synth.faults import Faults, expected
from synth.files import Senders, Written
from synth.formats import check_free
from synth.planning import plan, witnesses
from synth.population import complainants
from synth.population.people import Population
from synth.rows.contact import contact_rows
from synth.rows.fraud import fraud_rows
from synth.rows.police import police_rows
from synth.rows.witness import witness_rows
from synth.truth import TruthFile, truth_of, truth_of_witnesses

Report = Callable[[date], None]
ROWS = {
    "mps": police_rows,
    "btp": police_rows,
    "colp": police_rows,
    "action_fraud": fraud_rows,
    "contact_centre": contact_rows,
}


@dataclass(frozen=True)
class Order:
    """What is wanted: where to, a file a month or a day, where the truth goes, faults and where they are listed."""

    out: Path
    seed: int
    monthly: bool = False
    truth: Path | None = None
    faults: bool = False
    expect: Path | None = None

    def check_places(self) -> None:
        """OutputInTheWay when one of the places is taken."""
        check_free(self.out)
        for file in (self.truth, self.expect):
            if file is not None and file.exists():
                raise OutputInTheWay(name=file.name)


def year_one(order: Order, scale: float, report: Report) -> Written:
    """1 April 2019 to 31 March 2020 by the published figures, scaled. OutputInTheWay when a place is taken."""
    order.check_places()
    figures = scaled(published(), scale)
    (referrals,) = plan.year_one(figures, order.seed)
    witness = witnesses.witnesses(figures, order.seed, plan=referrals)
    return _write(order, YEAR_ONE, iter([referrals]), witness, report)


def any_period(order: Order, period: tuple[date, date], per_day: int, report: Report) -> Written:
    """Any days, `per_day` referrals a day on the average, in the proportions of Year One; streamed. As `year_one`."""
    order.check_places()
    witness = witnesses.witnesses_of_any_period(*period, per_day, order.seed)
    return _write(order, period, plan.any_period(*period, per_day, order.seed), witness, report)


def _write(
    order: Order, period: tuple[date, date], plans: Iterator[pa.Table], witness: pa.Table, report: Report
) -> Written:
    population = Population(order.seed)
    first, last = period
    asked = Faults(order.seed, first, last, monthly=order.monthly) if order.faults else None
    with ExitStack() as stack:
        senders = stack.enter_context(Senders(order.out, first=first, last=last, monthly=order.monthly, beside=asked))
        truth = stack.enter_context(TruthFile(order.truth)) if order.truth else None
        who = population.assign_witnesses(witness)
        of_witnesses = witnesses.witness_activity(witness, order.seed, last=last)
        for number, (referrals, events) in enumerate(activity.in_order(plans, order.seed, last=last)):
            people = population.assign(referrals)
            if number == 0:
                # Whose crime is told is in the one table of Year One; witnesses of any other period name no crime.
                who = complainants.with_victims(witness, who, plan=referrals, people=people)
                senders.send("witness_care_unit", witness_rows(witness, who))
            for source, rows in ROWS.items():
                mine = pc.equal(referrals["source"], source)
                senders.send(source, rows(referrals.filter(mine), people.filter(mine)))
            until = events["day"][-1] if len(events) else pa.scalar(first)
            due = pc.less(of_witnesses["day"], until)
            senders.send("case_activity", _both(events, of_witnesses.filter(due)))
            of_witnesses = of_witnesses.filter(pc.invert(due))
            if truth:
                truth.add(truth_of(referrals, people))
            report(referrals["day"][-1].as_py() if len(referrals) else last)
        senders.send("case_activity", of_witnesses)
        if truth:
            truth.add(truth_of_witnesses(witness, who))
    if asked:
        asked.write(order.out)
        if order.expect:
            expected.write(order.expect, asked.expected)
    return senders.written


def _both(events: pa.Table, of_witnesses: pa.Table) -> pa.Table:
    return pa.concat_tables([events, of_witnesses]).sort_by(
        [("day", "ascending"), ("at", "ascending"), ("event_id", "ascending")]
    )
