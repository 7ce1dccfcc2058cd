"""The demo behind `lvws demo`: a service of its own under `<home>/demo`, sample senders, and a night under Prefect.

Everything lies in that folder and nothing outside it is read or changed; deleting it ends the demo.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from exchange import database, demo_server, keys, settings
from exchange.cms import high_risk, migrate, not_passable
from exchange.cms.high_risk import HighRisk
from exchange.cms.not_passable import NotPassable
from exchange.database import Connection, transaction
from exchange.errors import EXIT_INPUT_REFUSED, EXIT_OUR_FAULT, NotFound
from exchange.ledger import reports, runs
from exchange.ledger.reports import Came
from exchange.ledger.runs import Run
from exchange.returns import versions
from exchange.returns.versions import Version
from exchange.settings import Settings
from exchange.sources import FEEDS
from outputs import periods
from outputs.periods import Period

PROJECT: Final = Path(__file__).resolve().parents[1]
SAMPLES: Final = PROJECT / "samples"
SUCCEEDED: Final = (0, EXIT_INPUT_REFUSED)
MONTHLY: Final = "monthly"
IDVA: Final = "idva"
SENT_AT: Final = timedelta(days=1, hours=2)  # a day's file comes the night after it

Say = Callable[[str], None]
Progress = Callable[[Run], None]


@dataclass(frozen=True)
class Stage:
    """Where the demo plays."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its settings."""
        return self.folder / "lvws.toml"

    @property
    def files(self) -> Path:
        """The senders' folders."""
        return self.folder / "server" / "files"

    @property
    def prefect(self) -> Path:
        """Prefect's own folder."""
        return self.folder / "prefect"


@dataclass(frozen=True)
class Before:
    """What was there before the night: ended runs, and the CMS (how many referrals, and a hash of everything)."""

    known: frozenset[str]
    held: tuple[int, str]


@dataclass(frozen=True)
class Built:
    """A return of the sample files' time: its newest version, and whether that was built this time."""

    version: Version
    workbook: Path
    built: bool


@dataclass(frozen=True)
class Played:
    """What one demo did. `runs` are those that ended this time; `same_as_before`: the CMS holds what it held before.
    `returns`: none where nothing was loaded or the flow broke off."""

    stage: Stage
    flow_exit: int
    seconds: float
    runs: list[Run]
    known: int
    referrals: int
    same_as_before: bool
    came: Came
    pages: list[reports.Page]
    not_passable: list[NotPassable]
    high_risk: list[HighRisk]
    returns: list[Built]

    @property
    def succeeded(self) -> bool:
        """The flow ran to its end; that it reports refused files is what the samples are for."""
        return self.flow_exit in SUCCEEDED


def play(home: Path, say: Say, progress: Progress) -> Played:
    """Prepare, run a night, and read what became of it."""
    if not SAMPLES.is_dir():
        raise NotFound(what="folder with sample files:", name=str(SAMPLES), list_with="git status")
    stage = Stage(home / "demo")
    for folder in (stage.folder, stage.prefect, stage.files.parent):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    began = time.monotonic()
    say("Starting an SFTP server that plays the senders, and putting the sample files on it")
    put_samples(stage.files)
    host_key, client_key = demo_server.make_keys(stage.files.parent)
    with demo_server.serving(stage.files, host_key, client_key) as port:
        service = configure(stage, port, host_key)
        say("Starting the database, its tables and the service's keys")
        migrate.migrate(service)
        keys.ensure(service.home)
        with database.connect(service, "reader", doing="reading the demo") as connection:
            before = Before(_ended(connection), fingerprint(connection))
            say("Running the nightly flow under Prefect, which takes half a minute to start the first time")
            exit_code = run_flow(stage, connection, progress, before.known)
            built = build_returns(service, connection, before, say) if exit_code in SUCCEEDED else []
            played = _read(stage, connection, before, exit_code, built)
            return replace(played, seconds=time.monotonic() - began)


def put_samples(files: Path) -> None:
    """The sample files in each sender's `outgoing`, with the time at which it would have put them there.

    A file that lies there already keeps its time, so the service knows it again.
    """
    for source in FEEDS.values():
        for folder in ("outgoing", "incoming"):
            (files / source.name / folder).mkdir(parents=True, exist_ok=True)
        for sample in sorted((SAMPLES / source.name).iterdir()):
            target = files / source.name / "outgoing" / sample.name
            plain = sample.name.removesuffix(".manifest.json")
            name = source.parse_name(source.set_of(plain) or plain)
            if name is None or (target.exists() and target.read_bytes() == sample.read_bytes()):
                continue
            shutil.copyfile(sample, target)
            day = datetime(name.business_date.year, name.business_date.month, name.business_date.day, tzinfo=UTC)
            sent = (day + SENT_AT).timestamp()
            os.utime(target, (sent, sent))


def configure(stage: Stage, port: int, host_key: Path) -> Settings:
    """Write the demo's lvws.toml and pin the server's key; from here on this process knows no other settings."""
    (stage.folder / "known_hosts").write_text(demo_server.known_hosts_line(host_key, port), encoding="ascii")
    blocks = [
        f'[sftp.{name}]\nhost = "{demo_server.HOST}"\nport = {port}\nusername = "{name}"\n'
        'private_key = "server/client_key"\nknown_hosts = "known_hosts"\n'
        for name in FEEDS
    ]
    head = '# Written by lvws demo, anew each time: its SFTP server has another port.\nhome = "."\n'
    stage.config.write_text("\n".join([head, *blocks]), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("LVWS_")]:
        del os.environ[name]
    os.environ["LVWS_CONFIG"] = str(stage.config)
    return settings.load()


def run_flow(stage: Stage, connection: Connection, progress: Progress, known: Collection[str]) -> int:
    """The nightly flow as a program of its own, with Prefect's server started for it; its exit code."""
    with (stage.prefect / "flow.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.nightly"],
            cwd=PROJECT,
            env=_environment(stage),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches us alone, and we end it with all that it started
        )
        with _ended_with_us(process):
            shown: set[tuple[str, str]] = set()
            while process.poll() is None:
                _show_progress(connection, progress, known, shown)
                time.sleep(0.3)
            _show_progress(connection, progress, known, shown)
    return process.returncode if process.returncode >= 0 else EXIT_OUR_FAULT


def build_returns(service: Settings, connection: Connection, before: Before, say: Say) -> list[Built]:
    """The return of the newest month from which anything was loaded, and the sheet of IDVA posts of its quarter:
    built, unless they are there and nothing new came."""
    found = runs.newest_first(connection)
    days = [run.business_date for run in found if run.state == "loaded"]
    if not days:
        return []
    nothing_new = all(run.run in before.known for run in found if run.state != "open")
    asked = ((MONTHLY, periods.month(max(days))), (IDVA, periods.quarter(max(days))))
    return [_built(service, connection, name, period, say, again=not nothing_new) for name, period in asked]


def _built(service: Settings, connection: Connection, name: str, period: Period, say: Say, *, again: bool) -> Built:
    there = versions.of_period(connection, name, period.name)
    if there and not again:
        return Built(there[0], _workbook(service, there[0]), built=False)
    from outputs import returns  # noqa: PLC0415 - scipy and workbooks, for who builds

    say(f"Building the return {returns.known(name).title}, {period.words()}")
    from exchange.returns import building  # noqa: PLC0415

    made = building.build(service, name, period.name)
    version = made if isinstance(made, Version) else made.version
    return Built(version, _workbook(service, version), built=made is version)


def _workbook(service: Settings, version: Version) -> Path:
    return versions.settle(service, version).folder / f"{version.stem}.xlsx"


def fingerprint(connection: Connection) -> tuple[int, str]:
    """How many referrals the CMS holds, and a hash of all of them and their records."""
    with transaction(connection, "reading the demo"):
        row = connection.execute(
            """
            select (select count(*) from cms.referral), md5(concat(
                (select string_agg(md5(r::text), '' order by source, referral_key) from cms.referral r),
                (select string_agg(md5(r::text), '' order by run, line) from cms.record r)))
            """
        ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def _ended(connection: Connection) -> frozenset[str]:
    return frozenset(run.run for run in runs.newest_first(connection) if run.state != "open")


def _read(stage: Stage, connection: Connection, before: Before, exit_code: int, built: list[Built]) -> Played:
    new = [run for run in runs.newest_first(connection) if run.run not in before.known]
    new.sort(key=lambda run: (list(FEEDS).index(run.source), run.file_order))
    now = fingerprint(connection)
    return Played(
        stage=stage,
        flow_exit=exit_code,
        seconds=0,
        runs=new,
        known=len(before.known),
        referrals=now[0],
        same_as_before=now == before.held,
        came=reports.files(connection, None),
        pages=[reports.page(connection, run) for run in new],
        not_passable=not_passable.outstanding(connection),
        high_risk=high_risk.of_runs(connection, [run.run for run in new]),
        returns=built,
    )


def _environment(stage: Stage) -> dict[str, str]:
    """No Prefect settings of the user's, no figures to its makers, and patience for a slow machine."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    if sys.dont_write_bytecode:  # two programs that import Prefect, each compiling it anew, take twice as long
        plain.pop("PYTHONDONTWRITEBYTECODE", None)
        plain["PYTHONPYCACHEPREFIX"] = str(stage.prefect / "bytecode")
    return {
        **plain,
        "PREFECT_HOME": str(stage.prefect),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }


def _show_progress(
    connection: Connection, progress: Progress, known: Collection[str], shown: set[tuple[str, str]]
) -> None:
    for run in sorted(runs.newest_first(connection), key=lambda run: (run.started_at, run.file_order)):
        if run.run not in known and run.state != "open" and (run.run, run.state) not in shown:
            shown.add((run.run, run.state))
            progress(run)


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens here, the program and Prefect's server, which it started, do not outlive us."""
    try:
        yield
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
