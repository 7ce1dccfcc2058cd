"""The life of the service's keys: made, listed, changed, destroyed (hazard F80; `lvws keys`, `lvws migrate`).

Where they are kept is in keyring. One purpose a key: `vault` wraps the keys of the files in the vault, to `intake-age`
and `intake-pgp` senders encrypt, `match-keys` keys the hashes of matching, which a new key has made anew, `returns`
signs the manifests of returns. Several keys may stand for one purpose: the newest is active, older ones only decrypt
(of `returns`: only verify), destroyed ones are gone and stay listed.
Errors beyond those named: KeyUnusable, PermissionsTooOpen.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchange import filekeys, keyring, operators, privatefiles
from exchange.errors import NotFound, WrongUse
from exchange.keyring import PURPOSES, KeyInfo, Purpose

__all__ = [
    "PURPOSES",
    "KeyInfo",
    "Purpose",
    "destroy",
    "ensure",
    "list_keys",
    "new",
    "public_part",
    "rotate",
    "signed_by_us",
    "signing",
]


def ensure(home: Path) -> tuple[str, ...]:
    """Make a key for every purpose that has none; the ids of those newly made."""
    with keyring.changing(home):
        missing = [purpose for purpose in PURPOSES if not keyring.all_ids(home, purpose)]
        return tuple(keyring.make(home, purpose).id for purpose in missing)


def list_keys(home: Path) -> tuple[KeyInfo, ...]:
    """All keys: the usable ones by purpose, the newest first, then the destroyed ones."""
    return (*_usable(home), *sorted(keyring.destroyed(home).values(), key=lambda info: info.id))


def new(home: Path, purpose: str) -> KeyInfo:
    """Make a key, which is then the active one of its purpose; older ones only decrypt. Raises WrongUse."""
    with keyring.changing(home):
        return keyring.make(home, _known(purpose))


def rotate(home: Path, purpose: str) -> KeyInfo:
    """As `new`; and for `vault`, wrap the key of every folder to it, so that the older ones can be destroyed.

    May be stopped at any point and repeated: until a folder is done, an older key goes on opening it.
    """
    with keyring.changing(home):
        made = keyring.make(home, _known(purpose))
        if made.purpose == "vault":
            filekeys.wrap_all_to(home, made.id)
        return made


def destroy(home: Path, key_id: str) -> KeyInfo:
    """Destroy a key; what was encrypted to it alone never opens again. Repeating it changes nothing.

    Raises WrongUse for the active key and for one that folders of the vault need, NotFound for an unknown one.
    """
    with keyring.changing(home):
        gone = keyring.destroyed(home).get(key_id)
        if gone is None:
            info = _find(home, key_id)
            _refuse_if_needed(home, info)
            gone = keyring.bury(home, info)
        privatefiles.erase(keyring.path_of(home, key_id))
        return gone


def public_part(home: Path, key_id: str) -> str:
    """What others are given: an age recipient, an armoured OpenPGP certificate, or for `returns` a public key in PEM.

    Raises NotFound, WrongUse.
    """
    info = _find(home, key_id)
    if info.purpose in ("vault", "match-keys", "records"):
        raise WrongUse(what=f"{key_id} is for our own files; no sender encrypts to it.")
    if info.purpose == "returns":
        return _pem(keyring.signing(home, key_id).public_key())
    return info.public if info.purpose == "intake-age" else str(keyring.pgp(home, key_id).extract_certificate())


def signing(home: Path) -> tuple[str, Ed25519PrivateKey]:
    """The active key of `returns`, and the id that what it signs knows it by. Raises KeyUnusable."""
    private = keyring.signing(home, keyring.ids(home, "returns")[0])
    return operators.key_id(private.public_key()), private


def signed_by_us(home: Path) -> tuple[Ed25519PublicKey, ...]:
    """The public halves of all keys of `returns`, destroyed ones too: what they signed stays signed."""
    known = (info.public for info in list_keys(home) if info.purpose == "returns")
    return tuple(key for public in known if (key := operators.parse_public(public.encode("ascii"))))


def _pem(public: Ed25519PublicKey) -> str:
    encoding = serialization.Encoding.PEM
    return public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo).decode("ascii").rstrip()


def _refuse_if_needed(home: Path, info: KeyInfo) -> None:
    if info.state == "active":
        raise WrongUse(what=f"{info.id} is in use. First run: lvws keys rotate {info.purpose}.")
    needed = filekeys.count(home).get(info.id, 0)
    if needed:
        raise WrongUse(
            what=f"{needed} folders of the vault open with {info.id} only. First run: lvws keys rotate vault."
        )


def _usable(home: Path) -> list[KeyInfo]:
    return [
        keyring.describe(home, key_id, purpose=purpose, state="decrypt_only" if place else "active")
        for purpose in PURPOSES
        for place, key_id in enumerate(keyring.all_ids(home, purpose))
    ]


def _find(home: Path, key_id: str) -> KeyInfo:
    for info in _usable(home):
        if info.id == key_id:
            return info
    raise NotFound(what="key", name=key_id, list_with="lvws keys list")


def _known(purpose: str) -> Purpose:
    for known in PURPOSES:
        if purpose == known:
            return known
    raise WrongUse(what=f"A key is for one of these: {', '.join(PURPOSES)}.")
