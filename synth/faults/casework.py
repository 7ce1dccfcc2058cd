"""What can happen to the events of casework (interfaces: feeds, Case activity; outcomes, Rows)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults.cases import Step, Story, created, story
from synth.faults.ground import GROUND_EVENT, event_values
from validators.layout import Layout

SAYS: Final = {
    "event_of_unknown": "An event of a referral that is not here: it waits.",
    "event_corrected": "An event comes again with other content.",
    "event_taken_back": "A void takes an event back.",
}

_DUPLICATE: Final = Step("duplicate")


def stories(layout: Layout) -> Iterator[Story]:
    """All of one layout of events. Those that are held say nothing that a return counts."""
    if layout.form != "event":
        return
    yield story("again_in_file", created(), _DUPLICATE)
    yield story("again_later", created(), _DUPLICATE, _DUPLICATE)
    unknown = {"referral_key": "CC0"}
    yield story("event_of_unknown", Step("waiting", None, unknown), Step("duplicate", None, unknown))
    yield story("event_corrected", created(), Step("updated", None, {"after": "not_reached"}))
    void = event_values("void") | {"category": "entered twice", "before": GROUND_EVENT}
    yield story("event_taken_back", created(void))
    yield story("late_fills_blank", created({"worker": ""}), Step("updated", "late", late=True))
    yield story("late_nothing_new", created(), Step("duplicate", "late", {"worker": "S1002"}, late=True))
