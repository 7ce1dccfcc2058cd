"""The key of a folder's files, kept in the folder, encrypted (age) to the service's vault key.

The file is `key.<id of the vault key>.age`. Destroying it erases everything in the folder, wherever copies of the
encrypted files may be. Changing the vault key touches these small files only (hazard F80).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from pathlib import Path

import pyrage
from pyrage import x25519

from exchange import keyring, privatefiles

VAULT = "vault"

_WRAPPED = re.compile(r"key\.(vault-[1-9][0-9]*)\.age")


def new(home: Path, folder: Path) -> x25519.Identity:
    """A fresh identity for the files in `folder`, which keeps it wrapped to the active vault key.

    Call it, and give an unfinished `folder` its final name, while `keyring.in_use`. Raises KeyUnusable.
    """
    identity = x25519.Identity.generate()
    _wrap(home, folder, identity=identity, vault_key=keyring.ids(home, "vault")[0])
    return identity


def find(home: Path, folder: Path) -> x25519.Identity | None:
    """The identity that opens the files in `folder`; None when there is none or it is damaged. Raises KeyUnusable."""
    for _ in range(3):  # a rotation may replace the wrapped key between the listing and the reading
        for vault_key, path in wrapped(folder).items():
            wrapping = keyring.age(home, vault_key)
            with contextlib.suppress(FileNotFoundError, pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError):
                return x25519.Identity.from_str(pyrage.decrypt(path.read_bytes(), [wrapping]).decode("ascii"))
    return None


def erase(folder: Path) -> None:
    """Destroy the key of the files in `folder`, which never open again."""
    for path in wrapped(folder).values():
        privatefiles.erase(path)


def wrapped(folder: Path) -> dict[str, Path]:
    """The wrapped keys in a folder by the id of their vault key, the newest first; two while one replaces another."""
    found: dict[str, Path] = {}
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        found = {match[1]: path for path in folder.iterdir() if (match := _WRAPPED.fullmatch(path.name))}
    return {key_id: found[key_id] for key_id in sorted(found, key=keyring.number, reverse=True)}


def wrap_all_to(home: Path, vault_key: str) -> None:
    """Wrap the key of every folder in the vault to this vault key. Only while `keyring.changing`.

    Safe to stop and to repeat at any point: the older wrapped key goes after the newer one is there. A folder whose
    key does not open is left as it is.
    """
    for folder in _folders(home):
        old = wrapped(folder)
        identity = find(home, folder) if old.keys() - {vault_key} else None
        if identity is not None:
            made = next(iter(old.values())).stat()
            fresh = _wrap(home, folder, identity=identity, vault_key=vault_key)
            os.utime(fresh, ns=(made.st_atime_ns, made.st_mtime_ns))  # the age of a folder is that of its key
            for path in old.values():
                if path != fresh:
                    privatefiles.erase(path)


def count(home: Path) -> dict[str, int]:
    """How many folders of the vault each vault key opens."""
    return dict(Counter(key_id for folder in _folders(home) for key_id in wrapped(folder)))


def _folders(home: Path) -> list[Path]:
    # Landings that are not finished are among them; they get their final names while `keyring.in_use` only, so
    # that none is overlooked here.
    vault = home / VAULT
    return sorted(vault.iterdir()) if vault.is_dir() else []


def _wrap(home: Path, folder: Path, *, identity: x25519.Identity, vault_key: str) -> Path:
    path = folder / f"key.{vault_key}.age"
    recipient = keyring.age(home, vault_key).to_public()
    privatefiles.write(path, pyrage.encrypt(str(identity).encode("ascii"), [recipient]))
    return path
