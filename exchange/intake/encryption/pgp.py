"""Opens one OpenPGP delivery: a program of its own, which envelope runs.

    python -I pgp.py <file> <certificates> <fingerprints, by comma> <secret key>...

The plain bytes go to standard output, as they are opened: they may be used only after exit code 0, which says that
the whole file opened with one of the secret keys and that a certificate with one of the fingerprints signed it.
Own program, because pysequoia writes to a path or to memory only, and holds Python's lock while it does: to a pipe
from a thread it would stop for ever, and memory has no room for the largest files.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from pysequoia import Cert, Tsk, decrypt_file

OUTPUT = "/proc/self/fd/1"

OPENED = 0
NO_KEY = 3  # none of ours opens it, or its beginning is damaged
NOT_SIGNED = 4  # not by the right one, not in its time, or altered or cut short on the way


def main(file: str, certificates: str, fingerprints: str, *secret_keys: str) -> int:
    """Open `file` with the first key that can; the exit code."""
    pinned = [cert for cert in Cert.split_file(certificates) if cert.fingerprint in fingerprints.split(",")]
    result = NO_KEY
    for secret_key in secret_keys:
        result = _open(file, pinned, secret_key)
        if result != NO_KEY:
            break
    return result


def _open(file: str, pinned: Sequence[Cert], secret_key: str) -> int:
    asked = False

    def certificates_for(_: object) -> list[Cert]:
        nonlocal asked
        asked = True
        return list(pinned)

    decryptor = Tsk.from_file(secret_key).decryptor()
    signers: set[str] = set()
    with contextlib.suppress(RuntimeError, OSError):
        signers = {each.certificate for each in decrypt_file(file, OUTPUT, decryptor, certificates_for).valid_sigs}
    if signers & {cert.fingerprint for cert in pinned}:
        return OPENED
    # It was opened if a signature in it was looked at, or if it opens when nobody asks for one.
    return NOT_SIGNED if asked or _opens(file, secret_key) else NO_KEY


def _opens(file: str, secret_key: str) -> bool:
    with contextlib.suppress(RuntimeError, OSError):
        decrypt_file(file, os.devnull, Tsk.from_file(secret_key).decryptor())
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
