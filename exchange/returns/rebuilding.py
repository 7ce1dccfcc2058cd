"""Make a version again from its own records: the same bytes, on another day, after a purge and after an erasure."""

from __future__ import annotations

from exchange.returns import earlier, folders, versions
from exchange.returns.versions import Version
from exchange.settings import Settings
from outputs.made import Made, made


def again(settings: Settings, version: Version) -> Made:
    """The files of a version from its records and its row alone. Raises ReturnDamaged, KeyUnusable."""
    return made(earlier.records_of(settings, version), earlier.facts_of(version))


def compare(settings: Settings, version: Version) -> dict[str, bool]:
    """Of each file that is sent, whether it is made again byte for byte."""
    files, place = again(settings, version).files, versions.settle(settings, version)
    return {name: folders.read(place, name) == body for name, body in files.items()}
