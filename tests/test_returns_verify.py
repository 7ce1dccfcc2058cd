"""`lvws returns verify`: a folder is what was approved and signed, or the file that is not is named."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange import cli, operators
from exchange.returns import manifests
from tests.operators import Staff
from tests.returns import JUNE, Mopac, built, folder
from tests.service import Ran, Service, fresh_database, running

FIVE, SIX = {"total": 5}, {"total": 6}
V1, V2 = f"monthly-{JUNE}-v1", f"monthly-{JUNE}-v2"
KEPT = [f"{V1}.xlsx", "figures.csv", "manifest.json", "manifest.json.sig"]
SENT = [f"{V1}.xlsx", f"{V1}.figures.csv", f"{V1}.manifest.json", f"{V1}.manifest.json.sig"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Service]:
    """June in two versions and July, delivered."""
    with fresh_database(server) as url, running(tmp_path_factory.mktemp("service"), url) as made:
        Mopac(made)
        staff = Staff.of(made, "jo", "sam")
        for counts, period in ((FIVE, JUNE), (SIX, JUNE), (FIVE, "2019-07")):
            built(made, counts, period=period)
            for who, command in (("sam", "approve"), (None, "deliver")):
                ran = staff.lvws(who, "returns", command, "monthly", "--period", period, "--yes")
                assert ran.code == 0, ran
        (made.folder / "returns.pem").write_text(made.lvws("keys", "public", "returns-1").out)
        yield made


@pytest.fixture
def kept(service: Service, tmp_path: Path) -> Path:
    """The first version's folder, as it is kept here."""
    return shutil.copytree(folder(service), tmp_path / "monthly" / JUNE / "v1")


@pytest.fixture
def sent(service: Service, tmp_path: Path) -> Path:
    """The first version's files, as they were fetched from the server."""
    there = tmp_path / "fetched"
    there.mkdir()
    for name in SENT:
        shutil.copy(service.server.root / "mopac" / "incoming" / name, there / name)
    return there


@pytest.fixture
def verify(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The command where nothing but the public key is known: neither settings nor a database."""
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()

    def run(there: Path, *more: str) -> Ran:
        monkeypatch.chdir(nowhere)
        monkeypatch.delenv("LVWS_CONFIG", raising=False)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run(["returns", "verify", str(there), "--key", str(service.folder / "returns.pem"), *more])
        assert not list(nowhere.iterdir())
        return Ran(code, out.getvalue(), err.getvalue())

    return run


def refused(ran: Ran, name: str, says: str) -> None:
    assert ran.code == 5, ran
    assert ran.err.startswith(f"E628 {name}: "), ran
    assert says in ran.err


def test_what_is_kept_and_what_was_sent_is_genuine(verify: Callable[..., Ran], kept: Path, sent: Path, service: Service) -> None:  # fmt: skip
    for there in (kept, sent):
        ran = verify(there)
        assert ran.code == 0, ran
        assert ran.out.startswith(f"{V1} is genuine: 2 files as signed, built by jo, approved by sam on ")
    everything = verify(service.server.root / "mopac" / "incoming", "--json")
    assert [each["name"] for each in everything.json["versions"]] == [V1, V2, "monthly-2019-07-v1"]
    assert service.lvws("returns", "verify", str(folder(service))).code == 0  # by the service's own key


def test_openssl_says_the_same(sent: Path, service: Service) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not here")
    given = ["-rawin", "-in", SENT[2], "-sigfile", SENT[3], "-pubin", "-inkey", str(service.folder / "returns.pem")]
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", *given], cwd=sent, capture_output=True, text=True, check=False
    )
    assert "Verified Successfully" in done.stdout, done


@pytest.mark.parametrize(("where", "name"), [("kept", name) for name in KEPT] + [("sent", name) for name in SENT])
def test_a_byte_that_changed_in_any_file_is_found(verify: Callable[..., Ran], request, where: str, name: str) -> None:
    there = request.getfixturevalue(where)
    body = bytearray((there / name).read_bytes())
    for place in (0, len(body) // 2, len(body) - 1):
        body[place] ^= 1
        (there / name).write_bytes(body)
        signed = name.removesuffix(".sig")
        is_signed = "manifest.json" in name
        refused(verify(there), signed if is_signed else name, "is not a signature of it by this key" if is_signed else "is not the file that the manifest")  # fmt: skip
        body[place] ^= 1
    (there / name).write_bytes(body)
    assert verify(there).code == 0


@pytest.mark.parametrize(("where", "name"), [("kept", name) for name in KEPT] + [("sent", name) for name in SENT])
def test_a_file_that_is_missing_or_no_plain_file_is_named(verify: Callable[..., Ran], request, where: str, name: str, tmp_path: Path) -> None:  # fmt: skip
    there = request.getfixturevalue(where)
    (there / name).rename(tmp_path / "elsewhere")
    refused(verify(there), name, "it is missing")
    (there / name).symlink_to(tmp_path / "elsewhere")
    refused(verify(there), name, "it is not a plain file")


def test_a_file_too_many_is_named(verify: Callable[..., Ran], kept: Path, sent: Path) -> None:
    (kept / "more.xlsx").write_bytes(b"")
    refused(verify(kept), "more.xlsx", f"the manifest of {V1} does not name it")
    (sent / f"{V1}.records.parquet").write_bytes(b"")
    refused(verify(sent), f"{V1}.records.parquet", f"the manifest of {V1} does not name it")
    (sent / f"{V1}.records.parquet").unlink()
    (sent / "readme.txt").write_bytes(b"")
    refused(verify(sent), "readme.txt", "it belongs to no return")


def test_a_draft_or_nothing_at_all_is_not_genuine(verify: Callable[..., Ran], tmp_path: Path, service: Service) -> None:
    (tmp_path / "empty").mkdir()
    refused(verify(tmp_path / "empty"), "manifest.json", "a draft that nobody approved has none")
    built(service, FIVE, period="2019-08")
    refused(verify(folder(service, period="2019-08")), "figures.csv", "there is no manifest that names it")
    assert verify(tmp_path / "missing").code == 7


def test_folders_that_were_swapped_are_found(verify: Callable[..., Ran], kept: Path, service: Service) -> None:
    for period, version in ((JUNE, 2), ("2019-07", 1)):
        shutil.rmtree(kept)
        shutil.copytree(folder(service, version, period=period), kept)
        stem = f"monthly-{period}-v{version}"
        refused(verify(kept), "manifest.json", f"it is the manifest of {stem}, in the folder monthly/{JUNE}/v1")


def test_another_version_s_manifest_or_file_is_found(verify: Callable[..., Ran], kept: Path, sent: Path, service: Service) -> None:  # fmt: skip
    for name in ("manifest.json", "manifest.json.sig"):
        shutil.copy(folder(service, 2) / name, kept / name)
    refused(verify(kept), "manifest.json", f"it is the manifest of {V2}, in the folder monthly/{JUNE}/v1")
    refused(verify(kept.rename(kept.with_name("fetched"))), "figures.csv", f"the manifest of {V2} names")
    incoming = service.server.root / "mopac" / "incoming"
    for name in SENT[2:]:
        shutil.copy(incoming / name.replace("v1", "v2"), sent / name)
    refused(verify(sent), SENT[2], f"it is the manifest of {V2}")


def test_an_older_version_is_not_passed_off_as_newer(verify: Callable[..., Ran], sent: Path, service: Service, tmp_path: Path) -> None:  # fmt: skip
    older, newer = folder(service), folder(service, 2)
    assert verify(newer, "--after", str(older)).code == 0
    assert verify(sent, "--expect", "monthly", JUNE, "1").code == 0
    refused(verify(sent, "--expect", "monthly", JUNE, "2"), "manifest.json", f"this is {V1}, and {V2} was expected")
    refused(verify(older, "--after", str(newer)), "manifest.json", f"{V1} is not the version that followed {V2}")
    refused(verify(sent, "--after", str(older)), "manifest.json", f"{V1} is not the version that followed {V1}")
    for name in SENT:  # all files of the older under names of the newer
        shutil.copy(sent / name, tmp_path / "nowhere.tmp")
        (tmp_path / "nowhere.tmp").rename(sent / name.replace("v1", "v2"))
        (sent / name).unlink()
    refused(verify(sent), f"{V2}.manifest.json", f"it is the manifest of {V1}")


def test_another_key_fits_nothing(kept: Path, service: Service, tmp_path: Path, verify: Callable[..., Ran]) -> None:
    _, public = operators.new("mallory", tmp_path / "keys")
    ran = service.lvws("returns", "verify", str(kept), "--key", str(public))
    refused(ran, "manifest.json", "manifest.json.sig is not a signature of it by this key")
    assert service.lvws("returns", "verify", str(kept), "--key", str(tmp_path / "no")).err.startswith("E504 ")
    assert service.lvws("returns", "verify", str(kept), "--key", os.devnull).code == 5


def test_a_service_with_a_new_key_still_knows_what_the_old_one_signed(service: Service, kept: Path) -> None:
    assert service.lvws("keys", "new", "returns", "--yes").code == 0
    assert service.lvws("returns", "verify", str(kept)).code == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"\xff", b"null", b"[" * 100_000,
        b'{"manifest":"lvws-return-1"}\n',
        b'{"manifest":"lvws-return-1","manifest":"lvws-return-1"}\n',
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_not_read_as_one(body: bytes) -> None:
    assert manifests.parse(body) is None


def test_a_manifest_has_one_form(kept: Path) -> None:
    body = (kept / "manifest.json").read_bytes()
    assert manifests.parse(body) is not None
    told = json.loads(body)
    for other in (
        json.dumps(told, sort_keys=True).encode(),
        body.rstrip(),
        json.dumps(dict(reversed(told.items())), separators=(",", ":")).encode() + b"\n",
        body.replace(b'"version":1', b'"version":1.0'),
        body.replace(b'"version":1', b'"version":true'),
        body.replace(b'"files":[', b'"files":[7,'),
    ):
        assert other != body
        assert manifests.parse(other) is None
