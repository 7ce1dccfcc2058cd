"""The service's keys: made once, private, changed without losing a file, destroyed only when nothing needs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from pysequoia import Cert

from exchange import errors, filekeys, keyring, keys, operators
from exchange.intake import vault
from tests.intake import sealed
from tests.intake.crashes import land, raw
from tests.repository import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keys.ensure(tmp_path / "home")
    return tmp_path / "home"


def states(home: Path) -> dict[str, str]:
    return {info.id: info.state for info in keys.list_keys(home)}


def test_missing_keys_are_made_once(tmp_path: Path):
    home = tmp_path / "deep" / "home"
    assert keys.ensure(home) == ("vault-1", "intake-age-1", "intake-pgp-1", "match-keys-1", "returns-1", "records-1")
    before = keys.list_keys(home)
    assert keys.ensure(home) == ()
    assert keys.list_keys(home) == before
    assert {info.state for info in before} == {"active"}


def test_only_we_may_read_them_and_each_use_looks_again(home: Path):
    folder = home / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    (folder / "vault-1.key").chmod(0o640)
    with pytest.raises(errors.PermissionsTooOpen) as refused:
        vault.land(home)
    assert refused.value.facts == {"path": str(folder / "vault-1.key"), "mode": "600"}
    (folder / "vault-1.key").chmod(0o600)
    folder.chmod(0o755)
    with pytest.raises(errors.PermissionsTooOpen):
        keys.list_keys(home)


def test_an_open_umask_does_not_open_them(tmp_path: Path):
    program = "import os,sys,pathlib; os.umask(0); from exchange import keys; keys.ensure(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, tmp_path / "home"], check=True, cwd=ROOT)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "home" / "keys").iterdir()}
    assert modes == {0o600}


def test_the_newest_key_is_active_and_numbers_are_never_used_again(home: Path):
    assert keys.new(home, "intake-age").id == "intake-age-2"
    assert states(home)["intake-age-1"] == "decrypt_only"
    keys.destroy(home, "intake-age-1")
    assert keys.rotate(home, "intake-age").id == "intake-age-3"
    keys.destroy(home, "intake-age-2")
    assert keys.new(home, "intake-age").id == "intake-age-4"
    assert states(home) == {
        "vault-1": "active",
        "intake-age-4": "active",
        "intake-age-3": "decrypt_only",
        "intake-pgp-1": "active",
        "match-keys-1": "active",
        "returns-1": "active",
        "records-1": "active",
        "intake-age-1": "destroyed",
        "intake-age-2": "destroyed",
    }


def test_each_file_holds_one_key_of_one_purpose(home: Path):
    publics = [info.public for info in keys.list_keys(home)]
    assert len(set(publics)) == 6
    assert keys.public_part(home, "intake-age-1").startswith("age1")
    certificate = keys.public_part(home, "intake-pgp-1")
    assert certificate.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert Cert.from_bytes(certificate.encode()).fingerprint == publics[2]
    assert keys.public_part(home, "returns-1").startswith("-----BEGIN PUBLIC KEY-----\n")
    with pytest.raises(errors.WrongUse):
        keys.public_part(home, "vault-1")
    with pytest.raises(errors.WrongUse):
        keys.public_part(home, "match-keys-1")
    with pytest.raises(errors.WrongUse):
        keys.public_part(home, "records-1")
    with pytest.raises(errors.WrongUse):
        keys.new(home, "everything")


def test_what_a_key_of_returns_signed_stays_signed_after_it_is_destroyed(home: Path):
    key_id, private = keys.signing(home)
    signature = private.sign(b"manifest")
    keys.new(home, "returns")
    keys.destroy(home, "returns-1")
    assert keys.signing(home)[0] != key_id
    known = {operators.key_id(key): key for key in keys.signed_by_us(home)}
    assert len(known) == 2
    known[key_id].verify(signature, b"manifest")
    (home / "keys" / "returns-2.key").write_text("nothing")
    with pytest.raises(errors.KeyUnusable):
        keys.signing(home)


def test_old_files_open_after_a_rotation_and_only_small_files_were_written(home: Path):
    contents = {land(home, name * 5000).sha256: name * 5000 for name in (b"a", b"b", b"c", b"d")}
    big = {path: path.read_bytes() for path in (home / "vault").rglob("raw.age")}
    made = {folder: vault.created(home, folder) for folder in contents}
    assert keys.rotate(home, "vault").id == "vault-2"
    assert filekeys.count(home) == {"vault-2": 4}
    keys.destroy(home, "vault-1")
    assert {folder: raw(home, folder) for folder in contents} == contents
    assert {path: path.read_bytes() for path in big} == big
    assert {folder: vault.created(home, folder) for folder in contents} == made


def test_a_key_that_something_needs_is_not_destroyed(home: Path):
    folder = land(home, b"x").sha256
    with pytest.raises(errors.WrongUse, match="lvws keys rotate vault"):
        keys.destroy(home, "vault-1")
    keys.new(home, "vault")  # no rotation: the folder still needs the first
    with pytest.raises(errors.WrongUse, match="1 folders of the vault open with vault-1 only"):
        keys.destroy(home, "vault-1")
    assert raw(home, folder) == b"x"
    vault.destroy(home, folder)
    assert keys.destroy(home, "vault-1").state == "destroyed"


def test_a_landing_that_is_under_way_counts_as_need(home: Path):
    with vault.land(home) as landing:
        landing.write(b"x")
        keys.new(home, "vault")
        with pytest.raises(errors.WrongUse):
            keys.destroy(home, "vault-1")
        keys.rotate(home, "vault")
        keys.destroy(home, "vault-1")
        landed = landing.close()
    assert raw(home, landed.sha256) == b"x"


def test_a_destroyed_key_is_nowhere_and_stays_listed(home: Path):
    secret = str(keyring.age(home, "intake-age-1")).encode()
    letter = sealed.age(b"for the old key", to=keys.public_part(home, "intake-age-1"))
    keys.rotate(home, "intake-age")
    gone = keys.destroy(home, "intake-age-1")
    assert gone.destroyed is not None
    assert keys.destroy(home, "intake-age-1") == gone
    assert not [path for path in home.rglob("*") if path.is_file() and secret in path.read_bytes()]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(letter, keyring.age_identities(home, "intake-age"))


def test_unknown_missing_and_damaged_keys_are_told_apart(home: Path):
    with pytest.raises(errors.NotFound):
        keys.destroy(home, "vault-9")
    (home / "keys" / "intake-pgp-1.key").write_text("nothing")
    (home / "keys" / "intake-age-1.key").write_bytes(b"# created: now\n\xff")
    for use in (lambda: keyring.pgp_key_files(home), lambda: keyring.age_identities(home, "intake-age")):
        with pytest.raises(errors.KeyUnusable, match="damaged"):
            use()
    (home / "keys" / "vault-1.key").unlink()
    with pytest.raises(errors.KeyUnusable, match="there is none"):
        vault.land(home)


def test_the_age_key_file_is_one_that_age_reads(home: Path):
    created, public, secret = (home / "keys" / "vault-1.key").read_text().splitlines()
    assert created.startswith("# created: ")
    assert public == f"# public key: {pyrage.x25519.Identity.from_str(secret).to_public()}"


def test_a_rotation_that_is_killed_at_any_step_loses_nothing(tmp_path: Path):
    subprocess.run([sys.executable, "-m", "tests.intake.crashes", "rotating", tmp_path / "home"], check=True, cwd=ROOT)
