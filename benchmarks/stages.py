"""Where the time of a run went, from the service's own log: seconds between its events, by stage."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

# The event that ends each part, in the order of the way; between them lie no events that count.
_ENDS: Final = {
    "fetch.connected": "start: Python, database, SSH",
    "fetch.streamed": "fetch: SFTP, hash, encrypt",
    "fetch.registered": "fetch: settle and register",
    "check.artefacts_written": "check: read, check, map, encrypt",
    "check.done": "check: note it",
    "triage.artefact_written": "triage: decide, encrypt",
    "triage.done": "triage: note it",
    "load.records_copied": "load: COPY the records",
    "load.not_held_copied": "load: COPY what may not be held",
    "load.keys_sorted": "load: sort the keys",
    "load.new_referrals_made": "load: insert new referrals",
    "load.records_written": "load: insert records of known ones",
    "load.known_referrals_folded": "load: fold known referrals",
    "load.late_referrals_folded": "load: fold late rows",
    "load.counted": "load: proposals and counts",
    "load.before_commit": "load: state and answer",
    "load.committed": "load: commit, checks of the row counts",
    "acknowledge.put": "acknowledge",
}
LAST: Final = "end: tidy and leave"


@dataclass(frozen=True)
class Part:
    """One part of the way and the seconds that it took."""

    name: str
    seconds: float


def parts(log: Path, *, started_at: float, seconds: float) -> list[Part]:
    """The parts of a program's run over one file, from its start (seconds since 1970) to its end."""
    found: list[Part] = []
    before = started_at
    for line in log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        at = datetime.fromisoformat(event["at"]).timestamp()
        name = _ENDS.get(event["event"])
        if name is not None and at >= started_at:
            found.append(Part(name, at - before))
            before = at
    return [*found, Part(LAST, started_at + seconds - before)]
