"""Operators and their signatures: who acts is whoever holds the private key to a public key in the settings.

Ed25519. The private key's path is in LVWS_OPERATOR_KEY: PEM (PKCS8) or OpenSSH, unencrypted, 0600. Public keys are in
[operators.<name>]. A signature is over the UTF-8 bytes of a document (docs/adr/0014).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchange import privatefiles
from exchange.errors import (
    OperatorKeyMissing,
    OperatorKeyUnusable,
    OperatorsShareKey,
    OperatorUnknown,
    OutputInTheWay,
    WrongUse,
)
from exchange.settings import Settings

KEY_VARIABLE: Final = "LVWS_OPERATOR_KEY"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_RAW: Final = serialization.Encoding.Raw, serialization.PublicFormat.Raw


@dataclass(frozen=True)
class Operator:
    """Somebody who may act, by the name in the settings; `key_id` is the SHA-256 of the raw public key, in hex."""

    name: str
    key_id: str
    public: Ed25519PublicKey = field(repr=False)

    def signed(self, document: str, signature: bytes) -> bool:
        """Whether this operator's key made the signature of the document."""
        try:
            self.public.verify(signature, document.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """The acting operator, with the key to sign with."""

    operator: Operator
    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, document: str) -> bytes:
        """The signature, 64 bytes, of the document's UTF-8 bytes."""
        return self.private.sign(document.encode())


def document(values: Mapping[str, Any]) -> str:
    """What is signed, as JSON in its one form: keys sorted, no space, UTF-8."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fault(operators: Mapping[str, Operator], signed_by: tuple[str, str], document: str, signature: bytes) -> str | None:
    """Why a signature by this name and key id proves nothing; None where it fits."""
    name, with_key = signed_by
    operator = operators.get(name)
    if operator is None:
        return "the operator is not in the settings"
    if operator.key_id != with_key:
        return "it was made with another key than the one in the settings"
    return None if operator.signed(document, signature) else "it does not fit the document"


def known(settings: Settings) -> dict[str, Operator]:
    """All operators of the settings by name. Raises OperatorKeyUnusable, OperatorsShareKey."""
    found: dict[str, Operator] = {}
    by_key: dict[str, str] = {}
    for name, block in settings.operators.items():
        public = _public(block.public_key)
        operator = Operator(name, key_id(public), public)
        if operator.key_id in by_key:
            raise OperatorsShareKey(first=by_key[operator.key_id], second=name)
        found[name], by_key[operator.key_id] = operator, name
    return found


def acting(settings: Settings, environ: Mapping[str, str] = os.environ) -> Signer:
    """Who acts here. Raises OperatorKeyMissing, OperatorKeyUnusable, OperatorUnknown, PermissionsTooOpen."""
    path = environ.get(KEY_VARIABLE, "")
    if not path:
        raise OperatorKeyMissing()
    private = _private(Path(path))
    mine = key_id(private.public_key())
    for operator in known(settings).values():
        if operator.key_id == mine:
            return Signer(operator, private)
    raise OperatorUnknown(where=str(settings.where))


def key_id(public: Ed25519PublicKey) -> str:
    """The name of a key in signatures: SHA-256, in hex, of its 32 raw bytes."""
    return hashlib.sha256(public.public_bytes(*_RAW)).hexdigest()


def new(name: str, folder: Path) -> tuple[Path, Path]:
    """Make a key pair for an operator: the private key (0600) and the public one beside it; nothing is overwritten."""
    if not _NAME.fullmatch(name):
        raise WrongUse(what="An operator's name is small letters, figures, - and _, and begins with a letter.")
    private, public = folder / name, folder / f"{name}.pub"
    for path in (private, public):
        if path.exists() or path.is_symlink():
            raise OutputInTheWay(name=str(path))
    folder.mkdir(mode=privatefiles.FOLDER_MODE, parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate()
    privatefiles.write(
        private,
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    privatefiles.write(
        public,
        made.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH) + b"\n",
    )
    public.chmod(0o644)  # for whoever looks after the settings
    return private, public


def _private(path: Path) -> Ed25519PrivateKey:
    problem, found = "there is no such file", None
    try:
        data = privatefiles.read(path)
        problem = "it is not an Ed25519 private key without a passphrase"
        found = _read_private(data)
    except FileNotFoundError:
        pass
    except OSError:
        problem = "it cannot be read"
    if found is None:
        raise OperatorKeyUnusable(key=str(path), problem=problem)
    return found


def _read_private(data: bytes) -> Ed25519PrivateKey | None:
    for load in (serialization.load_pem_private_key, serialization.load_ssh_private_key):
        try:
            found = load(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return found if isinstance(found, Ed25519PrivateKey) else None
    return None


def _public(path: Path) -> Ed25519PublicKey:
    problem, found = "there is no such file", None
    try:
        if stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH:
            problem = "everybody on this machine may write it"
        else:
            data = path.read_bytes()
            problem = "it is not an Ed25519 public key"
            found = parse_public(data)
    except FileNotFoundError:
        pass
    except OSError:
        problem = "it cannot be read"
    if found is None:
        raise OperatorKeyUnusable(key=str(path), problem=problem)
    return found


def parse_public(data: bytes) -> Ed25519PublicKey | None:
    """An Ed25519 public key, OpenSSH or PEM; None where it is none."""
    for load in (serialization.load_ssh_public_key, serialization.load_pem_public_key):
        try:
            found = load(data)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return found if isinstance(found, Ed25519PublicKey) else None
    return None
