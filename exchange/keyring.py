"""The files of the service's keys under `<home>/keys`, and which of them may be used.

    vault-1.key        age identity that wraps the keys of the files in the vault
    intake-age-1.key   age identity; senders encrypt to its recipient
    intake-pgp-1.key   OpenPGP secret key; senders encrypt to its certificate
    match-keys-1.key   age identity; a digest of it keys the hashes by which referrals find each other
    returns-1.key      Ed25519 key (PEM) that signs the manifests of returns; the receiver has its public half
    destroyed.csv      id, purpose, created, public part and time of destruction of those that are gone

Of a purpose the key with the highest number is active, the others only decrypt; a number is never used again. The
formats are age's, OpenPGP's and PKCS8's own. Every read looks at the permissions again: PermissionsTooOpen. A key that
is missing or unreadable: KeyUnusable.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pyrage
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519
from pysequoia import Tsk
from pysequoia.packet import PacketPile

from exchange import clock, privatefiles
from exchange.errors import KeyUnusable

Purpose = Literal["vault", "intake-age", "intake-pgp", "match-keys", "returns", "records"]
State = Literal["active", "decrypt_only", "destroyed"]

PURPOSES: tuple[Purpose, ...] = ("vault", "intake-age", "intake-pgp", "match-keys", "returns", "records")
USER_ID = "LVWS exchange, intake of referrals"

_FILE = re.compile(r"((?:vault|intake-age|intake-pgp|match-keys|returns|records)-[1-9][0-9]*)\.key")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_CREATED = "# created: "


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be said of a key.

    `public` is an age recipient, the fingerprint of an OpenPGP certificate, or for `returns` an OpenSSH public key.
    """

    id: str
    purpose: str
    state: State
    created: datetime
    public: str
    destroyed: datetime | None = None


@contextlib.contextmanager
def in_use(home: Path) -> Iterator[None]:
    """While held, no key becomes active and none is destroyed. For short steps; never inside itself or `changing`."""
    with privatefiles.locked(folder(home) / ".lock", alone=False):
        yield


@contextlib.contextmanager
def changing(home: Path) -> Iterator[None]:
    """While held, nobody else changes keys or relies on which of them is active."""
    with privatefiles.locked(folder(home) / ".lock", alone=True):
        _tidy(home)
        yield


def folder(home: Path) -> Path:
    """The folder of the keys, made if missing."""
    return privatefiles.folder(home / "keys")


def path_of(home: Path, key_id: str) -> Path:
    """Where a key of this id is kept."""
    return folder(home) / f"{key_id}.key"


def number(key_id: str) -> int:
    """The running number of a key within its purpose."""
    return int(key_id.rpartition("-")[2])


def ids(home: Path, purpose: Purpose) -> list[str]:
    """The keys of a purpose that are not destroyed, the newest, which is active, first. Raises KeyUnusable if none."""
    found = all_ids(home, purpose)
    if not found:
        raise KeyUnusable(key=purpose, problem="there is none")
    return found


def all_ids(home: Path, purpose: Purpose) -> list[str]:
    """As `ids`, and empty if there is none."""
    gone = destroyed(home)
    named = (match[1] for path in folder(home).iterdir() if (match := _FILE.fullmatch(path.name)))
    usable = (key_id for key_id in named if key_id not in gone and key_id.rpartition("-")[0] == purpose)
    return sorted(usable, key=number, reverse=True)


def age(home: Path, key_id: str) -> x25519.Identity:
    """An age identity of ours. Raises KeyUnusable."""
    secret = next((line for line in _text(home, key_id).splitlines() if not line.startswith("#")), "")
    with contextlib.suppress(pyrage.IdentityError):
        return x25519.Identity.from_str(secret)
    raise KeyUnusable(key=key_id, problem="it is damaged")


def pgp(home: Path, key_id: str) -> Tsk:
    """An OpenPGP secret key of ours. Raises KeyUnusable."""
    text = _text(home, key_id)
    with contextlib.suppress(RuntimeError, OSError, ValueError):
        return Tsk.from_bytes(text.encode("ascii"))
    raise KeyUnusable(key=key_id, problem="it is damaged")


def signing(home: Path, key_id: str) -> Ed25519PrivateKey:
    """A key of ours that signs. Raises KeyUnusable."""
    pem = "\n".join(line for line in _text(home, key_id).splitlines() if not line.startswith("#"))
    with contextlib.suppress(ValueError, TypeError):
        key = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    raise KeyUnusable(key=key_id, problem="it is damaged")


def secret(home: Path, purpose: Purpose) -> tuple[str, bytes]:
    """The id of the active key of a purpose, and 32 bytes that only who has it can know. Raises KeyUnusable."""
    key_id = ids(home, purpose)[0]
    return key_id, hashlib.blake2b(str(age(home, key_id)).encode("ascii"), digest_size=32).digest()


def age_identities(home: Path, purpose: Purpose) -> list[x25519.Identity]:
    """The age identities that may open something of this purpose, the newest first. Raises KeyUnusable."""
    return [age(home, key_id) for key_id in ids(home, purpose)]


def pgp_key_files(home: Path) -> list[Path]:
    """The checked files of the OpenPGP keys that may open a delivery, the newest first. Raises KeyUnusable."""
    usable = ids(home, "intake-pgp")
    for key_id in usable:
        pgp(home, key_id)
    return [path_of(home, key_id) for key_id in usable]


def describe(home: Path, key_id: str, *, purpose: str, state: State) -> KeyInfo:
    """What may be said of a key that is there. Raises KeyUnusable."""
    if purpose == "intake-pgp":
        key = pgp(home, key_id)
        created = next(iter(PacketPile.from_bytes(bytes(key)))).key_created
        public = key.extract_certificate().fingerprint
    else:
        lines = _text(home, key_id).splitlines()
        created = _time(next((line for line in lines if line.startswith(_CREATED)), "").removeprefix(_CREATED))
        public = _ssh(signing(home, key_id)) if purpose == "returns" else str(age(home, key_id).to_public())
    if created is None:
        raise KeyUnusable(key=key_id, problem="it is damaged")
    return KeyInfo(id=key_id, purpose=purpose, state=state, created=created, public=public)


def make(home: Path, purpose: Purpose) -> KeyInfo:
    """Make the next key of a purpose, which is the active one from now on. Only while `changing`."""
    taken = [number(key_id) for key_id in (*all_ids(home, purpose), *destroyed(home)) if key_id.startswith(purpose)]
    key_id = f"{purpose}-{max(taken, default=0) + 1}"
    if purpose == "intake-pgp":
        text = str(Tsk.generate(user_id=USER_ID))
    elif purpose == "returns":
        key = Ed25519PrivateKey.generate()
        text = f"{_CREATED}{clock.now().strftime(_TIME)}\n# public key: {_ssh(key)}\n{_pem(key)}"
    else:
        identity = x25519.Identity.generate()
        made = clock.now().strftime(_TIME)
        text = f"{_CREATED}{made}\n# public key: {identity.to_public()}\n{identity}\n"
    privatefiles.write(path_of(home, key_id), text.encode("ascii"))
    return describe(home, key_id, purpose=purpose, state="active")


def destroyed(home: Path) -> dict[str, KeyInfo]:
    """The keys that were destroyed, by id."""
    try:
        text = privatefiles.read(folder(home) / "destroyed.csv").decode("ascii")
    except FileNotFoundError:
        return {}
    gone = {}
    for row in csv.reader(text.splitlines()):
        # A crash may leave half a line; the line that repeats it counts.
        if len(row) == 5 and (created := _time(row[2])) and (when := _time(row[4])):
            gone[row[0]] = KeyInfo(row[0], row[1], "destroyed", created, row[3], when)
    return gone


def bury(home: Path, info: KeyInfo) -> KeyInfo:
    """Write down for good that a key is destroyed; from now on it is not used. Only while `changing`."""
    when = clock.now().strftime(_TIME)
    line = ",".join((info.id, info.purpose, info.created.strftime(_TIME), info.public, when))
    privatefiles.append(folder(home) / "destroyed.csv", f"{line}\n".encode("ascii"))
    return destroyed(home)[info.id]


def _tidy(home: Path) -> None:
    """Finish what a crash left: a key half written, and one written down as destroyed but still there."""
    for path in folder(home).glob(f"{privatefiles.UNFINISHED}*"):
        privatefiles.erase(path)
    for key_id in destroyed(home):
        privatefiles.erase(path_of(home, key_id))


def _pem(key: Ed25519PrivateKey) -> str:
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain).decode("ascii")


def _ssh(key: Ed25519PrivateKey) -> str:
    encoding = serialization.Encoding.OpenSSH
    return key.public_key().public_bytes(encoding, serialization.PublicFormat.OpenSSH).decode("ascii")


def _text(home: Path, key_id: str) -> str:
    problem = "it is damaged"
    try:
        return privatefiles.read(path_of(home, key_id)).decode("ascii")
    except FileNotFoundError:
        problem = "it is missing"
    except (OSError, UnicodeDecodeError):
        pass
    raise KeyUnusable(key=key_id, problem=problem)


def _time(text: str) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    return None
