"""The records of a version, encrypted at rest to a key of their own purpose (DESIGN section 4)."""

from __future__ import annotations

from pathlib import Path

import pyrage

from exchange import keyring
from exchange.errors import ReturnDamaged
from exchange.returns import names


def seal(home: Path, plain: bytes) -> bytes:
    """The records encrypted to the active key. Raises KeyUnusable."""
    with keyring.in_use(home):
        newest = keyring.age_identities(home, "records")[0]
        return bytes(pyrage.encrypt(plain, [newest.to_public()]))


def unseal(home: Path, data: bytes, of: str) -> bytes:
    """The plain records of the version called `of`. Raises KeyUnusable, ReturnDamaged."""
    try:
        return bytes(pyrage.decrypt(data, keyring.age_identities(home, "records")))
    except pyrage.DecryptError:
        pass
    raise ReturnDamaged(what=of, name=names.RECORDS)
