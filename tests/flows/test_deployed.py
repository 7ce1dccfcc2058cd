"""As in production: a Prefect server, `prefect deploy --all`, a worker, and a file on OpenSSH's own sshd."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange import database
from exchange.ledger import runs
from exchange.settings import Settings
from exchange.sources import FEEDS
from samples import make, police
from samples.rows import File
from tests.flows.conftest import STARTUP_SECONDS, write_settings
from tests.openssh import openssh_server
from tests.repository import ROOT

BUSY_SECONDS = 30

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect, pytest.mark.sshd]


@dataclass
class Production:
    """A Prefect server and the environment of whoever talks to it."""

    api: str
    env: dict[str, str]
    log: Path

    def prefect(self, *arguments: str) -> str:
        """Run `prefect` and wait for it."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=STARTUP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """`prefect` as a service, for as long as the block lasts."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
            try:
                yield process
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()
                process.wait()

    def ask(self, path: str, **body: Any) -> Any:
        """Ask the server's API; again where its database is busy (503), as Prefect's own clients do."""
        ends = time.monotonic() + BUSY_SECONDS
        while True:
            answer = httpx.post(f"{self.api}/{path}", json=body) if body else httpx.get(f"{self.api}/{path}")
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > ends:
                answer.raise_for_status()
                return answer.json()
            time.sleep(0.3)

    def wait_for(self, what: Callable[[], Any], process: subprocess.Popen[bytes]) -> Any:
        """Wait until `what` answers with something."""
        ends = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < ends and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if answer := what():
                    return answer
            time.sleep(0.3)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "prefect"
    home.mkdir(mode=0o700)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "LVWS_"))}
    env |= {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "LVWS_CONFIG": str(tmp_path / "lvws.toml"),
    }
    if sys.dont_write_bytecode:  # five programs that import Prefect, each compiling it anew, take a minute longer
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(tmp_path / "bytecode")
    made = Production(env["PREFECT_API_URL"], env, tmp_path / "prefect.log")
    with made.running("server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui") as server:
        made.wait_for(lambda: made.ask("health"), server)
        yield made


def test_the_deployed_flow_loads_a_file_from_openssh(production, settings: Settings, tmp_path: Path):
    file = File("mps", "MPS_LVWS_20190603_000001.csv", police.MONDAY, 1, (police.row(1, "burglary", police.MONDAY),))
    folder = tmp_path / "sshd"
    folder.mkdir()
    with openssh_server(folder) as sshd:
        for name in ("outgoing", "incoming"):
            (sshd.root / "mps" / name).mkdir(parents=True)
        (sshd.root / "mps" / "outgoing" / file.name).write_bytes(make.trailed_bytes(file))
        write_settings(tmp_path / "lvws.toml", settings, {"mps": sshd}, root=str(sshd.root))

        production.prefect("work-pool", "create", "--type", "process", "lvws")
        production.prefect("deploy", "--all")
        deployed = {each["name"]: each for each in production.ask("deployments/filter", sort="NAME_ASC")}
        nightly = deployed["nightly"]
        started = production.ask(f"deployments/{nightly['id']}/create_flow_run", state={"type": "SCHEDULED"})
        with production.running("worker", "start", "--pool", "lvws") as worker:
            ended = production.wait_for(lambda: _ended(production, started["id"]), worker)

        assert (ended["type"], ended["message"]) == ("COMPLETED", "1 file, 1 row")
        assert {path.name for path in (sshd.root / "mps" / "incoming").iterdir()} == {f"{file.name}.ack.csv"}
    with database.connect(settings, "reader") as connection:
        assert [(run.file, run.state, run.created) for run in runs.newest_first(connection)] == [
            (file.name, "loaded", 1)
        ]
    of_night = production.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [started["id"]]}})
    assert {each["key"] for each in of_night} == {"night", "night-files"}
    (schedule,) = nightly["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("30 5 * * *", "Europe/London")
    form = deployed["ingest-source"]["parameter_openapi_schema"]["properties"]
    assert form["source"]["enum"] == list(FEEDS)


def _ended(production: Production, flow_run: str) -> dict[str, Any] | None:
    state = production.ask(f"flow_runs/{flow_run}")["state"]
    return state if state["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None
