"""Is this folder a return as it was approved and signed? The public key is enough to tell (`lvws returns verify`).

Two kinds of folder are read: one version as it is kept here (figures.csv, manifest.json), and files as they lie on the
receiver's server, where each begins with its version's name. Touches nothing but the folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange import operators
from exchange.errors import KeyUnusable, NotFound, NotGenuine, WrongUse
from exchange.returns import manifests, names
from exchange.returns.manifests import Manifest

_MOST: Final = 1024 * 1024 * 256  # bytes of one file
Of = tuple[str, str, int]


def verify(
    folder: Path, keys: Sequence[Ed25519PublicKey], *, expect: Of | None = None, after: Path | None = None
) -> list[Manifest]:
    """Every version in the folder, each whole and signed by one of the keys. Raises NotGenuine, naming the file.

    `expect`: the folder has to be this return, period and version and no other. `after`: it has to be the version that
    was made after the one in that folder; an older one passed off as newer does not name it.
    """
    found = _versions(folder, keys)
    if expect is not None and [each.of for each in found] != [expect]:
        there = ", ".join(each.stem for each in found)
        raise NotGenuine(name=names.MANIFEST, problem=f"this is {there}, and {names.stem(*expect)} was expected")
    if after is not None:
        _follows(found, verify(after, keys))
    return found


def public_key(path: Path) -> Ed25519PublicKey:
    """A public key in a file, PEM or OpenSSH. Raises KeyUnusable."""
    problem, key = "there is no such file", None
    try:
        key, problem = operators.parse_public(path.read_bytes()), "it is not an Ed25519 public key"
    except FileNotFoundError:
        pass
    except OSError:
        problem = "it cannot be read"
    if key is None:
        raise KeyUnusable(key=str(path), problem=problem)
    return key


def _versions(folder: Path, keys: Sequence[Ed25519PublicKey]) -> list[Manifest]:
    if not folder.is_dir():
        raise NotFound(what="folder", name=str(folder), list_with="lvws returns list")
    there = sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    if names.MANIFEST in there or names.SIGNATURE in there:
        return [_one(folder, keys, set(there) - {names.RECORDS}, stem=None)]
    stems = sorted({stem for name in there if (stem := names.stem_of(name))})
    for name in there:
        if names.stem_of(name) is None:
            raise NotGenuine(name=name, problem="it belongs to no return; there is no manifest that names it")
    if not stems:
        raise NotGenuine(name=names.MANIFEST, problem="it is missing: a draft that nobody approved has none")
    return [_one(folder, keys, {name for name in there if names.stem_of(name) == stem}, stem=stem) for stem in stems]


def _one(folder: Path, keys: Sequence[Ed25519PublicKey], there: set[str], *, stem: str | None) -> Manifest:
    """One version among the files of these names. `stem`: the name that delivered files begin with."""

    def called(name: str) -> str:
        return names.sent(stem, name) if stem else name

    manifest = _manifest(folder, called(names.MANIFEST), called(names.SIGNATURE), keys)
    if stem is None:
        _place_agrees(folder, manifest)
    elif manifest.stem != stem:
        raise NotGenuine(name=called(names.MANIFEST), problem=f"it is the manifest of {manifest.stem}")
    known = {called(names.MANIFEST), called(names.SIGNATURE)}
    for told in manifest.files:
        name = called(told["name"])
        known.add(name)
        body = _read(folder, name)
        if len(body) != told["bytes"] or hashlib.sha256(body).hexdigest() != told["sha256"]:
            raise NotGenuine(name=name, problem=f"it is not the file that the manifest of {manifest.stem} names")
    for name in sorted(there - known):
        raise NotGenuine(name=name, problem=f"the manifest of {manifest.stem} does not name it")
    return manifest


def _manifest(folder: Path, name: str, signature_name: str, keys: Sequence[Ed25519PublicKey]) -> Manifest:
    body, signature = _read(folder, name), _read(folder, signature_name)
    if not any(_fits(key, signature, body) for key in keys):
        raise NotGenuine(name=name, problem=f"{signature_name} is not a signature of it by this key")
    manifest = manifests.parse(body)
    if manifest is None:
        raise NotGenuine(name=name, problem="it is signed, but is no manifest of a return")
    return manifest


def _fits(key: Ed25519PublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def _read(folder: Path, name: str) -> bytes:
    path, problem = folder / name, "it is missing"
    try:
        found = path.lstat()
        problem = "it is not a plain file" if not stat.S_ISREG(found.st_mode) else "it is too large"
        if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST:
            return path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError:
        problem = "it cannot be read"
    raise NotGenuine(name=name, problem=problem)


def _place_agrees(folder: Path, manifest: Manifest) -> None:
    """A folder that is called as ours are (monthly/2019-06/v2) holds what its name says."""
    *_, of_return, period, version = ("", "", *folder.resolve().parts)
    if not (version[:1] == "v" and version[1:].isdigit()):
        return
    is_ours = of_return == manifest.values["return"] or period == manifest.values["period"]
    if version != f"v{manifest.version}" or (is_ours and (of_return, period) != manifest.of[:2]):
        where = f"{of_return}/{period}/{version}" if is_ours else version
        raise NotGenuine(name=names.MANIFEST, problem=f"it is the manifest of {manifest.stem}, in the folder {where}")


def _follows(found: Sequence[Manifest], earlier: Sequence[Manifest]) -> None:
    if len(found) != 1 or len(earlier) != 1:
        raise WrongUse(what="--after compares two folders with one version in each.")
    (new,), (old,) = found, earlier
    is_next = new.of[:2] == old.of[:2] and new.version > old.version
    if not is_next or new.values["previous_manifest_sha256"] != old.sha256:
        raise NotGenuine(name=names.MANIFEST, problem=f"{new.stem} is not the version that followed {old.stem}")
