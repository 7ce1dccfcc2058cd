"""Makes what senders send: files encrypted with age, and files encrypted and signed with OpenPGP."""

from __future__ import annotations

from pathlib import Path

import pyrage
from pysequoia import Cert, Tsk, encrypt

from exchange import keys


def public_part(home: Path, purpose: str) -> str:
    """What senders were given of the active key of this purpose."""
    active = next(info for info in keys.list_keys(home) if info.purpose == purpose and info.state == "active")
    return keys.public_part(home, active.id)


def age(data: bytes, *, to: str) -> bytes:
    return pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(to)])


def pgp(data: bytes, *, to: str, signer: Tsk | None, armour: bool = False) -> bytes:
    signing = signer.signer() if signer else None
    return encrypt(data, [Cert.from_bytes(to.encode())], signer=signing, armor=armour)


def certificate_file(folder: Path, *signers: Tsk) -> Path:
    path = folder / "sender.pgp"
    path.write_text("".join(str(signer.extract_certificate()) for signer in signers))
    return path
