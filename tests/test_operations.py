"""A newcomer's path: docs/operations.md from top to bottom in an empty folder, and the units that it installs."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.feeds import a_police_file, a_stranger, police_name
from tests.places import webhook
from tests.repository import ROOT
from tests.service import fresh_database, running

PAGE = ROOT / "docs" / "operations.md"
UNITS = sorted((ROOT / "systemd").iterdir())
INSTALLED = "/srv/lvws/lvws-exchange"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_from_an_empty_folder_to_a_first_night(tmp_path: Path, server: str) -> None:
    with (
        fresh_database(server) as url,
        running(tmp_path, url) as senders,
        webhook() as duty,
    ):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop schema cms cascade")
            connection.execute("drop schema ledger cascade")
        state, home = tmp_path / "srv", tmp_path / "newcomer"
        home.mkdir()
        (home / "lvws-exchange").symlink_to(ROOT)
        (state / "keys").mkdir(parents=True)
        for name, path in (("mps", senders.server.private_key), ("known_hosts", senders.server.known_hosts)):
            shutil.copy(path, state / "keys" / name)  # what the sender and the phone are for
            (state / "keys" / name).chmod(0o600)
        senders.put("mps", police_name(0, 1), a_police_file([a_stranger(1)]))
        told = {
            "STATE=/srv/lvws": f"STATE={state}",
            "postgresql://lvws:PASSWORD@localhost:5432/lvws?": url,
            "sftp.sender.example": senders.server.host,
            "SENDER_PORT=22": f"SENDER_PORT={senders.server.port}",
            "SENDER_USER=lvws": f"SENDER_USER={senders.server.username}",
            "mailtos://user:password@smtp.example?from=lvws@example.org&to=duty@example.org": duty.url,
        }
        script = "set -euo pipefail\n" + "\n".join(blocks("bash"))
        for before, after in told.items():
            assert before in script
            script = script.replace(before, after)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LVWS_", "PREFECT_"))}
        done = subprocess.run(
            ["bash", "-c", script], cwd=home, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert duty.got[0]["title"] == "LVWS: a try"
    for says in ("duty_desk took it.", "It can be restored", "Nothing to do.", "mps", "jsmith"):
        assert says in done.stdout, done.stdout
    assert "bad" not in [line.split()[1] for line in done.stdout.splitlines() if line.startswith("sftp.mps")]


def test_every_deployment_is_told(tmp_path: Path) -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    page = PAGE.read_text(encoding="utf-8")
    assert [each["name"] for each in deployments if f"| `{each['name']}` |" not in page] == []


def test_what_it_says_of_prefect_is_what_the_deployed_flow_s_test_does() -> None:
    followed = (ROOT / "tests" / "flows" / "test_deployed.py").read_text(encoding="utf-8")
    for words in (
        ["work-pool", "create", "--type", "process", "lvws"],
        ["deploy", "--all"],
        ["worker", "start", "--pool", "lvws"],
    ):
        assert ", ".join(f'"{word}"' for word in words) in followed, words


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_is_there(unit: Path) -> None:
    read = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text(encoding="utf-8"))
    if unit.suffix == ".timer":
        assert (unit.with_suffix(".service")).exists()
        return
    starts = re.findall(r"^ExecStart=(\S+) (.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert starts
    for program, _ in starts:
        assert (ROOT / ".venv" / "bin" / Path(program).name).exists()
        assert program.startswith(f"{INSTALLED}/.venv/bin/")
    service = read["Service"]
    assert (service["User"], service["UMask"], service["ProtectSystem"]) == ("lvws", "0077", "strict")
    name = service["EnvironmentFile"]
    assert name in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_itself_takes_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed here")
    for each in UNITS:  # programs of ours are elsewhere, and there is no such user, on a machine of tests
        text = each.read_text(encoding="utf-8").replace(f"{INSTALLED}/.venv/bin/", "/bin/true ")
        (tmp_path / each.name).write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    mine = [line for line in done.stderr.splitlines() if unit.name in line]
    assert mine == []
