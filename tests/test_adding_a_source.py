"""docs/adding-a-source.md, followed to the letter in a copy of the project: files and one line, and the source loads."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.feeds import a_trailer
from tests.repository import ROOT
from tests.service import Service, running

PAGE = (ROOT / "docs" / "adding-a-source.md").read_text(encoding="utf-8")
SAMPLE = "HH_LVWS_20190603_000001.csv"


def blocks(language: str) -> dict[str, str]:
    """The page's blocks of a language, by the path in their first line."""
    found = re.findall(rf"```{language}\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL)
    return dict(found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the packages, with what the page says."""
    copy = tmp_path / "project"
    for package in ("exchange", "mappings", "validators"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    files = blocks("python") | blocks("csv")
    line = files.pop("exchange/sources.py")
    files.pop(SAMPLE)
    for name, text in files.items():
        path = copy / name
        path.parent.mkdir(exist_ok=True)
        assert not path.exists()
        path.write_text(text, encoding="utf-8")
    registry = copy / "exchange" / "sources.py"
    others = registry.read_text(encoding="utf-8")
    assert line.count("\n") == 1
    registry.write_text(others.replace(")\n# Activity comes last", f"{line})\n# Activity comes last"), encoding="utf-8")
    (command,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    program, *arguments = shlex.split(command)
    assert program == "python"
    subprocess.run([sys.executable, *arguments], cwd=copy, check=True, env=environment(copy))
    changed = {path.relative_to(copy).as_posix() for path, data in before.items() if path.read_bytes() != data}
    assert changed == {"exchange/sources.py", "mappings/versions.csv"}
    return copy


def environment(project: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project), "PYTHONSAFEPATH": "1", **more}


@pytest.fixture
def service(tmp_path: Path, database_url: str):
    with running(tmp_path, database_url) as made:
        made.configure("harbour_homes")
        yield made


def test_a_source_is_files_and_one_line(service: Service, project: Path):
    body = blocks("csv")[SAMPLE].encode()
    service.put("harbour_homes", SAMPLE, body + a_trailer(body, 3, end="\n"))
    ran = subprocess.run(
        [sys.executable, "-m", "exchange.cli", "ingest", "--source", "harbour_homes", "--json"],
        cwd=project,
        env=environment(project, LVWS_CONFIG=str(service.folder / "lvws.toml")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    with psycopg.connect(service.database_url) as connection:
        outcomes = connection.execute("select line, outcome, code from ledger.disposition order by line").fetchall()
        referrals = connection.execute(
            "select source, referral_key, channel, agency_type, crime_category, borough_code, phone_e164, received_on::text "
            "from cms.referral"
        ).fetchall()
    assert outcomes == [
        (2, "created", None),
        (3, "excluded", "consent_missing"),
        (4, "quarantined", "closed_list"),
    ]
    assert referrals == [
        (
            "harbour_homes",
            "HH1001",
            "agency",
            "housing",
            "burglary_dwelling",
            "E09000025",
            "+447700900987",
            "2019-06-03",
        )
    ]
    assert f"{SAMPLE}.ack.csv" in service.there("harbour_homes", "incoming")
