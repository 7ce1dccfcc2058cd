"""`lvws demo`, as a newcomer runs it: twice. It starts Prefect, so it shares the worker of the flows' tests."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from exchange import demo, demo_server, settings
from exchange.errors import LoginRefused
from exchange.intake import sftp
from samples import make
from tests.repository import ROOT

EXPECTED = json.loads((make.FOLDER / "expected.json").read_text(encoding="utf-8"))


def with_prefect(test: Any) -> Any:
    """For tests that start Prefect: one worker runs them, with those of the flows."""
    return pytest.mark.xdist_group("prefect")(pytest.mark.prefect(test))


def environment(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LVWS_", "PREFECT_"))}
    return {
        **plain,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "LVWS_HOME": str(folder / "var"),
    }


def lvws(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exchange.cli", *arguments],
        cwd=folder,
        env=environment(folder) | more,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(place: Path) -> subprocess.CompletedProcess[str]:
    return lvws(place, "demo")


@pytest.fixture(scope="module")
def second(place: Path, first: Any) -> dict[str, Any]:
    done = lvws(place, "demo", "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@with_prefect
def test_it_succeeds_and_says_so_in_words_for_a_newcomer(first):
    assert first.returncode == 0, first.stdout + first.stderr
    for said in (
        "HIGH RISK: line 11 of MPS_LVWS_20190603_000101.csv",
        "BTP_LVWS_20190605_000052.csv was refused, and nothing of it was loaded",
        "COLP_LVWS_20190606_000032.csv is still being written",
        "action_fraud: number 403 never came",
        "Building the return Monthly return, June 2019",
        "Building the return IDVA FTE in post, April to June 2019",
        "monthly-2019-06-v1 was built. It counts",
        "idva-2019-20Q1-v1 was built. It is made from a roster of 43 posts.",
        "Drafts are sent to nobody.",
        "returns approve monthly --period 2019-06",
        "Where to look next",
    ):
        assert said in first.stdout
    total = sum(file["rows"] for file in EXPECTED["files"])
    assert f"What became of the {total} rows" in first.stdout
    assert not first.stderr


@with_prefect
def test_what_it_tells_to_do_next_works(place, first):
    config = str(place / "var" / "demo" / "lvws.toml")
    done = lvws(place, "runs", "--json", LVWS_CONFIG=config, LVWS_HOME=str(place / "var" / "demo"))
    assert done.returncode == 0, done.stderr
    names = ("file", "state", "rows", "created", "quarantined")
    got = [{name: run[name] for name in names} for run in json.loads(done.stdout)["runs"]]
    expected = [{name: file[name] for name in names} for file in EXPECTED["files"]]
    assert sorted(got, key=lambda run: run["file"]) == sorted(expected, key=lambda run: run["file"])


@with_prefect
def test_the_month_is_a_draft_for_somebody_else_to_approve(place, first):
    demo_s = place / "var" / "demo"
    done = lvws(place, "returns", "list", "--json", LVWS_CONFIG=str(demo_s / "lvws.toml"), LVWS_HOME=str(demo_s))
    assert done.returncode == 0, done.stderr
    version, sheet = sorted(json.loads(done.stdout)["returns"], key=lambda each: each["return"], reverse=True)
    assert (sheet["return"], sheet["period"], sheet["state"]) == ("idva", "2019-20Q1", "draft")
    assert (version["return"], version["period"], version["version"]) == ("monthly", "2019-06", 1)
    assert version["state"] == "draft"
    workbook = Path("var", "demo", "returns", "monthly", "2019-06", "v1", "monthly-2019-06-v1.xlsx")
    assert f"Its workbook, for people: {workbook}\n" in first.stdout
    assert (place / workbook).read_bytes()[:2] == b"PK"


@with_prefect
def test_the_second_time_nothing_is_new_and_no_row_changes(second):
    assert (second["runs"], second["known_before"]) == ([], len(EXPECTED["files"]))
    assert second["same_as_before"]
    told = [(each["name"], each["state"], each["built"]) for each in second["returns"]]
    assert told == [("monthly-2019-06-v1", "draft", False), ("idva-2019-20Q1-v1", "draft", False)]
    no_referrals = ("case_activity", "idva_roster")
    created = [file["created"] for file in EXPECTED["files"] if file["source"] not in no_referrals]
    assert second["referrals"] == sum(created)


@with_prefect
def test_keys_and_what_prefect_keeps_are_the_user_s_alone(place, second):
    folder = place / "var" / "demo"
    closed = [folder / "keys", folder / "vault", folder / "prefect", folder / "server"]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in closed if path.stat().st_mode & 0o077} == {}
    for name in ("host_key", "client_key"):
        assert stat.S_IMODE((folder / "server" / name).stat().st_mode) == 0o600


@with_prefect
def test_nothing_that_it_started_is_left(place, second):
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(place) in " ".join(each.info["cmdline"] or [])]


@with_prefect
def test_ctrl_c_ends_it_and_all_that_it_started(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "exchange.cli", "demo"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nothing else runs yet
    )
    assert process.stdout
    for line in process.stdout:
        if "under Prefect" in line:
            break
    time.sleep(3)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)

    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Stopped by hand" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


# --- its parts, without Prefect --------------------------------------------------------------------


def test_samples_keep_their_times_so_that_they_are_known_again(tmp_path: Path):
    demo.put_samples(tmp_path)
    file = tmp_path / "mps" / "outgoing" / "MPS_LVWS_20190604_000102.csv"
    then = file.stat().st_mtime
    assert time.gmtime(then)[:5] == (2019, 6, 5, 2, 0)

    demo.put_samples(tmp_path)
    assert file.stat().st_mtime == then

    file.write_bytes(b"changed by hand")
    demo.put_samples(tmp_path)
    assert file.read_bytes() == (make.FOLDER / "mps" / file.name).read_bytes()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demo's own server and the settings that the demo writes for it."""
    stage = demo.Stage(tmp_path / "demo")
    demo.put_samples(stage.files)
    host_key, client_key = demo_server.make_keys(stage.files.parent)
    monkeypatch.setenv("LVWS_CONFIG", "set here, so that it is put back afterwards")
    with demo_server.serving(stage.files, host_key, client_key) as port:
        yield stage, demo.configure(stage, port, host_key)


def test_each_sender_sees_its_own_folder_and_nothing_above_it(served):
    _, service = served
    for source in ("mps", "action_fraud"):
        with sftp.session(service.sftp[source], source=source) as remote:
            names = {entry.name for entry in remote.list("/outgoing").entries}
            above = {entry.name for entry in remote.list("/../../outgoing").entries}
        assert names == above == {path.name for path in (make.FOLDER / source).iterdir()}


def test_another_key_is_not_let_in(served, tmp_path: Path):
    _, service = served
    (tmp_path / "other").mkdir()
    _, other = demo_server.make_keys(tmp_path / "other")
    stranger = service.sftp["mps"].model_copy(update={"private_key": other})
    with pytest.raises(LoginRefused), sftp.session(stranger, source="mps"):
        pass


def test_settings_of_the_user_s_own_do_not_reach_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LVWS_CONFIG", "elsewhere.toml")
    monkeypatch.setenv("LVWS_DATABASE_URL", "postgresql://production/lvws")
    stage = demo.Stage(tmp_path / "demo")
    stage.files.mkdir(parents=True)
    host_key, _ = demo_server.make_keys(stage.files.parent)

    service = demo.configure(stage, 2222, host_key)

    assert (service.home, service.database_url) == (stage.folder, "")
    assert settings.load().where == stage.config
