"""The kinds of alerts: what each says, what to do about it, and to whom it goes. Pure.

The words hold ids, counts, names of sources, files and areas, and nothing of a person. docs/runbook.md has an entry
for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.settings import AlertGroup

GROUPS: Final[dict[AlertGroup, str]] = {
    "safety": "People at risk: high-risk domestic abuse that is held too long or may not be passed on.",
    "security": "A host key, a signature or a permission is wrong: nothing is read until somebody looked.",
    "arrivals": "Files that are late, missing, refused or out of the ordinary; rows that wait to be corrected.",
    "returns": "Returns that wait for somebody; IDVA posts under the contract's number.",
    "service": "The service itself: a run that stands still, a server that is away, little disk.",
}


@dataclass(frozen=True)
class Kind:
    """One kind; `says` and `do` are filled with an alert's facts. `ends`: whether it is told when it is over."""

    name: str
    group: AlertGroup
    says: str
    do: str
    ends: bool = True


_ASK: Final = (
    "Ask the sender for it; it is taken in by itself when it comes. If there will be none: lvws alerts settle."
)

_ALL: Final = (
    Kind(
        "not_passable",
        "safety",
        "{source}, area {area}: high-risk domestic abuse that may not be held (line {line} of {file}, run {run}).",
        "Call the force today and ask whether its own MARAC referral is made: lvws not-passable list.",
    ),
    Kind(
        "hold_overdue",
        "safety",
        "Area {area}: somebody at high risk is held for more than 24 hours ({reason}).",
        "{owner} finds a safe way to the person with the sender today: lvws held list.",
    ),
    Kind(
        "onward_overdue",
        "safety",
        "{destination}: no receipt for {people} people for more than 24 hours.",
        "Call the service today; until it says that it has them they are ours: lvws onward list.",
    ),
    Kind(
        "visit_unsafe",
        "security",
        "{source}: nothing is read from its server any more ({code}). {said}",
        "{do}",
    ),
    Kind("late", "arrivals", "{source}: the file of {day} was due at {due} and is not here.", _ASK),
    Kind("missed", "arrivals", "{source}: the file of {day}, due at {due}, did not come in a day.", _ASK),
    Kind(
        "incomplete",
        "arrivals",
        "{source}: the file of {day} lies on the server and is not finished; it was due at {due}.",
        "Ask the sender whether its upload broke off; the file is taken in by itself once it is whole.",
    ),
    Kind(
        "refused",
        "arrivals",
        "{source}: the file of {day} was refused ({code}). Nothing of it was loaded.",
        "Ask the sender for a correct file. Why: lvws show {run}",
    ),
    Kind(
        "stopped",
        "arrivals",
        "{source}: the file of {day} was stopped: too many of its rows are broken. Nothing of it was loaded.",
        "Decide today: a correct file from the sender, or lvws rerun {run} --accept-quarantine. See: lvws show {run}",
    ),
    Kind(
        "repeat",
        "arrivals",
        "{source}: what came as the file of {day} is the content of an earlier file.",
        "Ask the sender for the file of that day. See: lvws show {run}",
    ),
    Kind(
        "gap",
        "arrivals",
        "{source}: {numbers} never came.",
        "Ask the sender; files that come late are taken in by themselves. If there are none: lvws alerts settle.",
    ),
    Kind(
        "few_rows",
        "arrivals",
        "{source}: the file of {day} has {rows} rows; on this weekday there are {usual} usually.",
        "Ask the sender whether the file is whole. A correct one under the same name is taken in by itself.",
        ends=False,
    ),
    Kind(
        "many_rows",
        "arrivals",
        "{source}: the file of {day} has {rows} rows; on this weekday there are {usual} usually.",
        "Ask the sender whether something happened, and tell the triage team.",
        ends=False,
    ),
    Kind(
        "quarantine_old",
        "arrivals",
        "{source}: {rows} broken rows wait for a correction, some for more than {days} days.",
        "Each is a person whom nobody calls: lvws quarantine list, then correct them or ask the sender.",
    ),
    Kind(
        "return_draft",
        "returns",
        "{what} waits for approval by somebody other than {builder}.",
        "Look at it and run: {command}",
    ),
    Kind(
        "return_unreceipted",
        "returns",
        "{what} was delivered, and its receiver has not said within 2 working days that it has it.",
        "Call the receiver today: lvws returns list.",
    ),
    Kind(
        "idva_short",
        "returns",
        "IDVAs in post: {fte} FTE, under the {required} of the contract.",
        "See which posts are vacant, and what is coming: lvws idva status.",
    ),
    Kind("visit_failed", "service", "{source}: its server was not read ({code}). {said}", "{do}"),
    Kind(
        "run_stuck",
        "service",
        "{source}: run {run} is on its way for more than an hour, and nobody has it.",
        "Carry it on with: lvws rerun {run}",
    ),
    Kind(
        "backup_old",
        "service",
        "The newest backup is {age}; there should be one every night.",
        "Make one with lvws backup, and see why the timer did not: systemctl status lvws-backup.",
    ),
    Kind(
        "disk_low",
        "service",
        "{free_gb} GB of disk are free under {home}; at least {least_gb} GB are needed.",
        "Free some before the next night: without it files are not taken in.",
    ),
)
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}


def of_groups(groups: Collection[AlertGroup]) -> list[str]:
    """The names of the kinds in some groups, the most dangerous first."""
    return [kind.name for kind in _ALL if kind.group in groups]


def sentences(kind: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and what to do now."""
    of_kind = KINDS[kind]
    return of_kind.says.format_map(facts), of_kind.do.format_map(facts)
