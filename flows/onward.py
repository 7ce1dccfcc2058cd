"""Onward referrals in the nightly flow: after all sources, a task for each service that is set up."""

# Not `from __future__ import annotations`: Prefect reads the types of a task's parameters where they are not defined.

from exchange import stages
from exchange.onward import places
from exchange.settings import Settings
from exchange.stages import Report
from flows.desk import desk, safely, sitting_down
from flows.page import Visit
from flows.trying import stage

# The visit that they are noted under; no source is called so.
NAME = "onward referrals"


@stage("hand over", run_name="hand over to {destination}")
@safely
def hand_over(destination: str) -> None:
    """Make today's file for a service, read its receipts, send what waits."""
    stages.hand_over(desk().worker, destination, desk().visit.night)


def handed_over(service: Settings, report: Report) -> Visit:
    """Every service in turn; one that fails does not keep the others."""
    with sitting_down(service, NAME, None, report) as here:
        for destination in places.set_up(service):
            report(f"handing over to {destination}")
            with here.noting():
                hand_over(destination)
        with here.noting():
            stages.look_at_onward(here.worker, here.visit.night)
    return here.visit
