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
    "load.keys_copied": "load: COPY the keys",
    "load.keys_sorted": "load: find known and repeated keys",
    "load.known_records_split_off": "load: look up what is known of them",
    "load.records_copied": "load: COPY the rows",
    "load.findings_copied": "load: COPY the findings",
    "load.known_referrals_folded": "load: outcomes and fold of known referrals",
    "load.late_referrals_folded": "load: late rows",
    "load.counted": "load: proposals and counts",
    "load.before_commit": "load: state, audit, answer to the sender",
    "load.committed": "load: commit, and the check of the counts",
    "acknowledge.put": "acknowledge: put the answer there",
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
