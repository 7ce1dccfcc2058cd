"""Encrypted deliveries: opened with our keys, believed only when the pinned sender signed, and never half."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from pysequoia import Tsk, sign

from exchange import errors, keys
from exchange.intake import vault
from exchange.intake.encryption import envelope
from tests.intake import sealed
from tests.intake.crashes import left, raw

MARK = b"Ignatius Quibblethwaite"  # nobody's name
CONTENT = MARK + b",01632 960000\r\n" * 20_000
LIMIT = 10_000_000
SENDER, OTHER = Tsk.generate(user_id="sender"), Tsk.generate(user_id="somebody else")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keys.ensure(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    return sealed.certificate_file(tmp_path, SENDER)


def take_in(home: Path, kind: envelope.Kind, data: bytes, *, pinned: Path | None = None, limit: int = LIMIT) -> bytes:
    """What a stage does with a file that comes encrypted; the plain bytes that are in the vault afterwards."""
    with vault.land(home, announced=len(data)) as landing:
        with envelope.Sealed(home, landing.scratch) as coming:
            for start in range(0, len(data), 32_768):
                coming.write(data[start : start + 32_768])
            assert coming.size == len(data)
            coming.open(kind, landing.write, certificate=pinned, limit=limit)
        landed = landing.close()
    (folder,) = vault.names(home)
    assert folder == landed.sha256
    assert {path.name for path in (home / "vault" / folder).iterdir()} == {"key.vault-1.age", "raw.age"}
    return raw(home, folder)


def reason(home: Path, kind: envelope.Kind, data: bytes, **how) -> str:
    """Why a file is refused; nothing of it is left then."""
    with pytest.raises(errors.FileRefused) as refused:
        take_in(home, kind, data, **how)
    assert vault.names(home) == ()
    assert not left(home)
    return refused.value.reason


def to_us(home: Path, purpose: str) -> str:
    return sealed.public_part(home, purpose)


# --- names and what is required ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "plain"),
    [
        ("MPS_LVWS_20240603_000123.csv", "plain", "MPS_LVWS_20240603_000123.csv"),
        ("MPS_LVWS_20240603_000123.csv.age", "age", "MPS_LVWS_20240603_000123.csv"),
        ("AF_LVWS_2024-06-03.csv.pgp", "pgp_signed", "AF_LVWS_2024-06-03.csv"),
        ("AF_LVWS_2024-06-03.csv.manifest.json", "plain", "AF_LVWS_2024-06-03.csv.manifest.json"),
        ("x.csv.PGP", "plain", "x.csv.PGP"),
    ],
)
def test_the_ending_says_how_a_file_comes(name: str, kind: str, plain: str):
    assert envelope.kind_of(name) == kind
    assert envelope.plain_name(name) == plain


def test_less_than_is_required_is_refused_and_more_is_welcome():
    refused = {}
    for require in get_args(envelope.Kind):
        for kind in get_args(envelope.Kind):
            try:
                envelope.check_required(kind, require)
            except errors.FileRefused as failure:
                refused[kind, require] = failure.reason
    assert refused == {
        ("plain", "age"): "not_encrypted",
        ("plain", "pgp_signed"): "not_encrypted",
        ("age", "pgp_signed"): "signature",
    }


# --- age --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["nothing", "a byte", "a file"])
def test_age_to_us_opens(home: Path, content: bytes):
    assert take_in(home, "age", sealed.age(content, to=to_us(home, "intake-age"))) == content


def test_one_content_encrypted_twice_is_one_content(home: Path):
    one, two = (sealed.age(CONTENT, to=to_us(home, "intake-age")) for _ in range(2))
    assert one != two
    assert take_in(home, "age", one) == take_in(home, "age", two) == CONTENT


def test_files_on_their_way_open_after_a_rotation_and_not_after_destruction(home: Path):
    data = sealed.age(CONTENT, to=to_us(home, "intake-age"))
    keys.rotate(home, "intake-age")
    assert take_in(home, "age", data) == CONTENT
    vault.destroy(home, *vault.names(home))
    keys.destroy(home, "intake-age-1")
    assert reason(home, "age", data) == "unreadable"


def test_age_that_is_damaged_or_not_for_us_is_refused(home: Path):
    ours = to_us(home, "intake-age")
    good = sealed.age(CONTENT, to=ours)
    other = sealed.age(CONTENT, to=str(sealed.pyrage.x25519.Identity.generate().to_public()))
    damaged = bytearray(good)
    damaged[-1] ^= 1
    for data in (other, bytes(damaged), good[:-1], good[: len(good) // 2], good[:30], b"", CONTENT):
        assert reason(home, "age", data) == "unreadable"


# --- OpenPGP ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("armour", [False, True])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["nothing", "a byte", "a file"])
def test_pgp_to_us_signed_by_the_pinned_sender_opens(home: Path, pinned: Path, content: bytes, armour: bool):
    data = sealed.pgp(content, to=to_us(home, "intake-pgp"), signer=SENDER, armour=armour)
    assert take_in(home, "pgp_signed", data, pinned=pinned) == content


def test_pgp_by_nobody_or_by_another_is_refused(home: Path, pinned: Path):
    for signer in (None, OTHER):
        data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=signer)
        assert reason(home, "pgp_signed", data, pinned=pinned) == "signature"


def test_two_certificates_hold_while_the_sender_changes_its_own(home: Path, tmp_path: Path):
    pinned = sealed.certificate_file(tmp_path, SENDER, OTHER)
    for signer in (SENDER, OTHER):
        data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=signer)
        assert take_in(home, "pgp_signed", data, pinned=pinned) == CONTENT


def test_pgp_that_was_altered_or_cut_short_is_refused(home: Path, pinned: Path):
    good = sealed.pgp(CONTENT * 10, to=to_us(home, "intake-pgp"), signer=SENDER)
    for at in (len(good) // 3, len(good) - 30):
        damaged = bytearray(good)
        damaged[at] ^= 1
        assert reason(home, "pgp_signed", bytes(damaged), pinned=pinned) in {"signature", "unreadable"}
        assert reason(home, "pgp_signed", good[:at], pinned=pinned) in {"signature", "unreadable"}


def test_pgp_for_another_is_unreadable(home: Path, pinned: Path):
    data = sealed.pgp(CONTENT, to=str(OTHER.extract_certificate()), signer=SENDER)
    assert reason(home, "pgp_signed", data, pinned=pinned) == "unreadable"


def test_pgp_that_is_signed_and_not_encrypted_is_refused(home: Path, pinned: Path):
    for armour in (False, True):
        data = sign(SENDER.signer(), CONTENT, armor=armour)
        assert reason(home, "pgp_signed", data, pinned=pinned) == "not_encrypted"
    for data in (b"", CONTENT, b"-----BEGIN PGP MESSAGE-----\n\n!", b"-----BEGIN PGP MESSAGE-----"):
        assert reason(home, "pgp_signed", data, pinned=pinned) == "not_encrypted"


def test_a_session_key_before_a_message_that_is_only_signed_does_not_help(home: Path, pinned: Path):
    encrypted = sealed.pgp(b"x", to=to_us(home, "intake-pgp"), signer=SENDER)
    session_key = encrypted[: 2 + encrypted[1]]  # the first packet: type, length below 192, body
    data = session_key + sign(SENDER.signer(), CONTENT, armor=False)
    assert reason(home, "pgp_signed", data, pinned=pinned) in {"signature", "unreadable"}


def test_an_expired_certificate_signs_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from datetime import timedelta

    from exchange import clock

    brief = Tsk.generate(user_id="sender", validity_seconds=3600)
    pinned = sealed.certificate_file(tmp_path, brief)
    data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=brief)
    assert take_in(home, "pgp_signed", data, pinned=pinned) == CONTENT
    vault.destroy(home, *vault.names(home))
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reason(home, "pgp_signed", data, pinned=pinned) == "signature"


def test_a_certificate_that_is_not_there_is_our_fault_not_the_file_s(home: Path, tmp_path: Path):
    data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=SENDER)
    (tmp_path / "rubbish").write_text("rubbish")
    for certificate in (None, tmp_path / "missing", tmp_path / "rubbish"):
        with pytest.raises(errors.KeyUnusable):
            take_in(home, "pgp_signed", data, pinned=certificate)
    assert not left(home)


def test_pgp_opens_with_an_older_key_of_ours(home: Path, pinned: Path):
    data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=SENDER)
    keys.rotate(home, "intake-pgp")
    assert take_in(home, "pgp_signed", data, pinned=pinned) == CONTENT
    vault.destroy(home, *vault.names(home))
    keys.destroy(home, "intake-pgp-1")
    assert reason(home, "pgp_signed", data, pinned=pinned) == "unreadable"


# --- both -------------------------------------------------------------------------------------------


def test_more_plain_bytes_than_the_limit_are_refused(home: Path, pinned: Path):
    data = sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=SENDER)
    assert reason(home, "pgp_signed", data, pinned=pinned, limit=len(CONTENT) - 1) == "size"
    data = sealed.age(CONTENT, to=to_us(home, "intake-age"))
    assert reason(home, "age", data, limit=len(CONTENT) - 1) == "size"
    assert take_in(home, "age", data, limit=len(CONTENT)) == CONTENT


def test_what_the_sink_raises_passes(home: Path, pinned: Path):
    def full(_: bytes) -> None:
        raise errors.DiskFull

    messages = {
        "age": sealed.age(CONTENT, to=to_us(home, "intake-age")),
        "pgp_signed": sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=SENDER),
    }
    for kind, data in messages.items():
        with vault.land(home) as landing, envelope.Sealed(home, landing.scratch) as coming:
            coming.write(data)
            with pytest.raises(errors.DiskFull):
                coming.open(kind, full, certificate=pinned, limit=LIMIT)
    assert not left(home)


def test_plain_bytes_are_nowhere_while_it_opens(home: Path, pinned: Path):
    def look(_: bytes) -> None:
        files = [path for path in home.rglob("*") if path.is_file()]
        assert any(path.name == "sealed" for path in files)
        assert not [path for path in files if MARK in path.read_bytes()]

    with vault.land(home) as landing, envelope.Sealed(home, landing.scratch) as coming:
        coming.write(sealed.pgp(CONTENT, to=to_us(home, "intake-pgp"), signer=SENDER))
        coming.open("pgp_signed", look, certificate=pinned, limit=LIMIT)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
def test_gnupg_can_send_to_us_without_compression(home: Path, tmp_path: Path):
    folder = tmp_path / "gnupg"
    folder.mkdir(mode=0o700)
    ours = tmp_path / "ours.asc"
    ours.write_text(to_us(home, "intake-pgp"))
    (tmp_path / "plain").write_bytes(CONTENT)

    def gpg(*arguments: object) -> None:
        options = ("--homedir", folder, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "")
        subprocess.run(["gpg", *map(str, (*options, *arguments))], check=True, capture_output=True)

    gpg("--quick-generate-key", "sender@example.org", "ed25519", "sign", "never")
    gpg("--import", ours)
    gpg("--output", tmp_path / "sender.pgp", "--export", "sender@example.org")
    recipient = ("--trust-model", "always", "--recipient", "LVWS")
    sent = ("--output", tmp_path / "sent", *recipient, "--sign", "--encrypt", tmp_path / "plain")
    gpg(*sent)
    with pytest.raises(errors.FileRefused, match="--compress-algo none"):
        take_in(home, "pgp_signed", (tmp_path / "sent").read_bytes(), pinned=tmp_path / "sender.pgp")
    gpg("--compress-algo", "none", *sent)
    assert take_in(home, "pgp_signed", (tmp_path / "sent").read_bytes(), pinned=tmp_path / "sender.pgp") == CONTENT
    subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=False, capture_output=True)
