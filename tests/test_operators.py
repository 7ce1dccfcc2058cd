"""Operators: who acts is whoever holds the key, and nobody passes for somebody else."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from exchange import operators
from exchange.settings import Operator, Settings, load
from tests.feeds import a_police_file, a_police_row, police_key, police_name
from tests.operators import CALLED, Staff
from tests.service import Service, running

KEY = police_key(1)
RELEASE = ("held", "release", KEY, "--reason", CALLED, "--yes")
OPENSSH = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """One referral that is held because contact is not safe."""
    with running(tmp_path, database_url) as made:
        made.put("mps", police_name(0, 1), a_police_file([a_police_row(1, safe_to_contact="N")]))
        made.loaded()
        yield made


@pytest.fixture
def staff(service: Service) -> Staff:
    return Staff.of(service, "jo", "sam")


def settings_of(folder: Path, **keys: Path) -> Settings:
    return Settings(home=folder, operators={name: Operator(public_key=path) for name, path in keys.items()})


# --- keys -------------------------------------------------------------------------------------------


def test_what_one_signs_verifies_with_their_key_alone(tmp_path: Path) -> None:
    (mine, public), (_, others) = (operators.new(name, tmp_path) for name in ("jo", "sam"))
    found = settings_of(tmp_path, jo=public, sam=others)
    signer = operators.acting(found, {operators.KEY_VARIABLE: str(mine)})
    everybody = operators.known(found)
    signature = signer.sign("Zzámber")
    assert (signer.operator.name, len(signature)) == ("jo", 64)
    assert everybody["jo"].signed("Zzámber", signature)
    assert not everybody["jo"].signed("Zzamber", signature)
    assert not everybody["sam"].signed("Zzámber", signature)
    assert "private" not in repr(signer)


def test_keys_may_be_pem_or_openssh(tmp_path: Path) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    pem, public = tmp_path / "pem", tmp_path / "pem.pub"
    public.write_bytes(
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    pem.write_bytes(private.private_bytes(*OPENSSH))
    pem.chmod(0o600)
    found = settings_of(tmp_path, jo=public)
    assert operators.acting(found, {operators.KEY_VARIABLE: str(pem)}).operator.name == "jo"


def test_public_keys_are_relative_to_the_settings_folder(staff: Staff, service: Service) -> None:
    found = load({"LVWS_CONFIG": str(service.folder / "lvws.toml")})
    assert found.operators["jo"].public_key == service.folder / "operators" / "jo.pub"


# --- who may not ------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_signed(staff: Staff, service: Service) -> None:
    ran = staff.lvws(None, *RELEASE)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("E520")
    assert service.rows("select count(*) from cms.step") == [(0,)]


def test_a_key_that_nobody_knows_signs_nothing(staff: Staff, service: Service, tmp_path: Path) -> None:
    staff.keys["eve"], _ = operators.new("eve", tmp_path / "elsewhere")
    ran = staff.lvws("eve", *RELEASE)
    assert (ran.code, ran.err[:4]) == (5, "E522")


def bad(path: Path, what: str) -> None:
    match what:
        case "missing":
            path.unlink()
        case "open to others":
            path.chmod(0o640)
        case "no key":
            path.write_text("Zzamber")
        case "with a passphrase":
            locked = serialization.BestAvailableEncryption(b"zz")
            key = ed25519.Ed25519PrivateKey.generate()
            path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
        case "of another kind":
            path.write_bytes(rsa.generate_private_key(65537, 2048).private_bytes(*OPENSSH))


@pytest.mark.parametrize("what", ["missing", "open to others", "no key", "with a passphrase", "of another kind"])
def test_a_private_key_that_cannot_be_used(what: str, staff: Staff) -> None:
    bad(staff.keys["jo"], what)
    ran = staff.lvws("jo", *RELEASE)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("E506" if what == "open to others" else "E521")
    assert "zzamber" not in ran.err.lower()


@pytest.mark.parametrize("what", ["missing", "no key", "anybody may write it"])
def test_a_public_key_that_cannot_be_used(what: str, staff: Staff, service: Service) -> None:
    public = staff.keys["sam"].with_suffix(".pub")
    public.chmod(0o666) if what == "anybody may write it" else bad(public, what)
    ran = staff.lvws("jo", *RELEASE)
    assert (ran.code, ran.err[:4]) == (5, "E521")
    checks = {check["what"]: check["state"] for check in service.lvws("doctor", "--json").json["checks"]}
    assert (checks["operators"], checks["signatures"]) == ("bad", "bad")


def test_two_names_with_one_key_are_refused(staff: Staff) -> None:
    staff.add("joanna", staff.keys["jo"].with_suffix(".pub"))
    for ran in (staff.lvws("jo", *RELEASE), staff.lvws(None, "operators", "list")):
        assert (ran.code, ran.err[:4]) == (5, "E523")
        assert "jo and joanna" in ran.err


# --- lvws operators ---------------------------------------------------------------------------------


def test_a_new_key_pair_is_private_and_never_overwritten(service: Service, tmp_path: Path) -> None:
    out = tmp_path / "new"
    ran = service.lvws("operators", "new", "kim", "--out", str(out), "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "[operators.kim]" in ran.out
    assert f'public_key = "{out}/kim.pub"' in ran.out
    assert [stat.S_IMODE((out / name).stat().st_mode) for name in ("kim", "kim.pub")] == [0o600, 0o644]
    before = (out / "kim").read_bytes()
    again = service.lvws("operators", "new", "kim", "--out", str(out), "--yes")
    assert (again.code, again.err[:4], (out / "kim").read_bytes()) == (2, "E205", before)
    assert service.lvws("operators", "new", "Kim Zz", "--out", str(out), "--yes").code == 2
    assert Staff(service).lvws(None, "operators", "new", "ann", "--out", str(out)).err.startswith("E204")


def test_operators_are_listed(service: Service, staff: Staff) -> None:
    listed = service.lvws("operators", "list", "--json").json["operators"]
    assert [each["operator"] for each in listed] == ["jo", "sam"]
    assert all(len(each["key_id"]) == 64 for each in listed)
    assert "jo" in service.lvws("operators", "list").out


def test_nobody_is_listed_where_nobody_is(service: Service) -> None:
    assert service.lvws("operators", "list", "--json").json == {"operators": []}
    assert service.lvws("operators", "list").out == "Operators: none.\n"


# --- lvws doctor ------------------------------------------------------------------------------------


def signatures(service: Service) -> list[tuple[str, str]]:
    checks = service.lvws("doctor", "--json").json["checks"]
    return [(check["state"], check["says"]) for check in checks if check["what"] == "signatures"]


def test_doctor_verifies_every_signature(service: Service, staff: Staff) -> None:
    assert signatures(service) == [("ok", "0 of staff's steps, all of them fit")]
    assert staff.lvws("jo", *RELEASE).code == 0
    assert signatures(service) == [("ok", "1 of staff's steps, all of them fit")]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("update cms.step set document = replace(document, 'called', 'shouted at')", "it does not fit the document"),
        ("update cms.step_signature set agrees = false", "it does not fit the document"),
        ("update cms.step_signature set operator = 'sam'", "it was made with another key than the one in the settings"),
        ("update cms.step_signature set operator = 'eve'", "the operator is not in the settings"),
        ("update cms.step set people = 2", "it was done with too few signatures"),
        ("delete from cms.step_signature", "it was done with too few signatures"),
    ],
)
def test_doctor_finds_what_was_changed_behind_its_back(
    statement: str, problem: str, service: Service, staff: Staff
) -> None:
    assert staff.lvws("jo", *RELEASE).code == 0
    with psycopg.connect(service.database_url) as connection:
        connection.execute(statement)
    ran = service.lvws("doctor")
    assert ran.code != 0
    assert ("bad", problem) in [(state, says.split(": ", 1)[-1]) for state, says in signatures(service)]
