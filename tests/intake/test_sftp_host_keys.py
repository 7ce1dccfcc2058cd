"""Reading known_hosts: what pins a key for a server, and what does not."""

from __future__ import annotations

import base64
import hmac
import re
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import errors
from exchange.intake.ssh.host_keys import load_pinned, parse_pinned

KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
BLOB, OTHER_BLOB = KEY.public_data, OTHER.public_data
LINE = KEY.export_public_key().decode().strip()
OTHER_LINE = OTHER.export_public_key().decode().strip()


def hashed(name: str) -> str:
    salt = b"s" * 20
    digest = hmac.digest(salt, name.encode(), "sha1")
    return "|1|" + "|".join(base64.b64encode(part).decode() for part in (salt, digest))


def written(line: str) -> str:
    """A line with its keys put in; the tests are named by the line without them."""
    line = line.replace("KEY", LINE).replace("CUT", f"{LINE[:-8]}x").replace("BLOB", LINE.split()[1])
    return re.sub(r"HASH\((.+?)\)", lambda found: hashed(found[1]), line)


def pinned(text: str, host: str = "sftp.example.org", port: int = 22) -> frozenset[bytes]:
    return parse_pinned(text.encode().split(b"\n"), host, port).blobs


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("sftp.example.org KEY", 22),
        ("SFTP.Example.org KEY", 22),
        ("other.example.org,sftp.example.org KEY and a comment", 22),
        ("  sftp.example.org\tKEY\r", 22),
        ("[sftp.example.org]:2222 KEY", 2222),
        ("HASH(sftp.example.org) KEY", 22),
        ("HASH([sftp.example.org]:2222) KEY", 2222),
    ],
)
def test_a_line_that_names_the_server_pins_its_key(line: str, port: int) -> None:
    assert pinned(written(line), port=port) == {BLOB}


@pytest.mark.parametrize(
    "line",
    [
        "sftp.example.org.evil.example KEY",
        "[sftp.example.org]:2222 KEY",
        "*.example.org KEY",
        "* KEY",
        "!sftp.example.org KEY",
        "# sftp.example.org KEY",
        "@cert-authority sftp.example.org KEY",
        "@revoked sftp.example.org KEY",
        "HASH(another.example.org) KEY",
        "|1|not base64|x KEY",
        "|1|c2FsdA== KEY",
        "sftp.example.org ssh-ed25519",
        "sftp.example.org ssh-ed25519 not-base64!",
        "sftp.example.org ssh-rsa BLOB",
        "sftp.example.org CUT",
        "",
    ],
)
def test_a_line_that_does_not_name_the_server_pins_nothing(line: str) -> None:
    assert BLOB not in pinned(written(line))


def test_several_keys_of_one_server_are_all_pinned() -> None:
    text = f"sftp.example.org {LINE}\nsftp.example.org {OTHER_LINE}\n"
    assert pinned(text) == {BLOB, OTHER_BLOB}
    assert parse_pinned(text.encode().split(b"\n"), "sftp.example.org", 22).types == (
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
    )


@pytest.mark.parametrize("revoked_first", [True, False])
def test_a_revoked_key_is_never_allowed(revoked_first: bool) -> None:
    lines = [f"@revoked sftp.example.org {LINE}", f"sftp.example.org {LINE}", f"sftp.example.org {OTHER_LINE}"]
    assert pinned("\n".join(lines if revoked_first else reversed(lines))) == {OTHER_BLOB}


@given(st.binary(max_size=400))
def test_any_other_bytes_pin_nothing_and_do_no_harm(noise: bytes) -> None:
    assert parse_pinned(noise.split(b"\n"), "sftp.example.org", 22).blobs == frozenset()


def test_a_damaged_line_does_not_take_the_good_one_with_it() -> None:
    assert pinned(f"sftp.example.org ssh-ed25519 %%%\n\x00\xff\nsftp.example.org {LINE}") == {BLOB}


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.KnownHostsUnreadable, match="missing"):
        load_pinned(tmp_path / "known_hosts", "sftp.example.org", 22, source="mps")
    with pytest.raises(errors.KnownHostsUnreadable, match="missing or cannot be read"):
        load_pinned(tmp_path, "sftp.example.org", 22, source="mps")
