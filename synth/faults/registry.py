"""Every kind of fault that can be asked for: its id, and in a sentence what is wrong. Ids are added, never renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from synth.faults import whole_files
from synth.faults.catalogue import TABLES


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, of rows or of whole files."""

    id: str
    of: Literal["row", "file"]
    says: str


_GROUND: Final = {"ground": "A sound referral, and a sound event of it, which faulted events are about."}


def _faults(of: Literal["row", "file"], *tables: Mapping[str, str]) -> dict[str, Fault]:
    return {fault: Fault(fault, of, says) for table in tables for fault, says in table.items()}


FAULTS: Final[Mapping[str, Fault]] = {
    **_faults("row", *(table.SAYS for table in TABLES), _GROUND),
    **_faults("file", whole_files.SAYS),
}
