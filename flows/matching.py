"""Matching in the nightly flow: after all sources, before anybody is handed on."""

# Not `from __future__ import annotations`: Prefect reads the types of a task's parameters where they are not defined.

from exchange import stages
from exchange.settings import Settings
from exchange.stages import Report
from flows.desk import desk, safely, sitting_down
from flows.page import Visit
from flows.trying import stage

# The visit that it is noted under; no source is called so.
NAME = "matching people"


@stage("match", run_name="match people")
@safely
def match() -> None:
    """Find out who of those that came is somebody known."""
    stages.match(desk().worker)


def matched(service: Settings, report: Report) -> Visit:
    """What waits is matched; a failure is noted, and what was not done waits for the next night."""
    with sitting_down(service, NAME, None, report) as here:
        report("matching people")
        with here.noting():
            match()
    return here.visit
