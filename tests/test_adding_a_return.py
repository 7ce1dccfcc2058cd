"""docs/adding-a-return.md, followed to the letter in a copy of the project: files and one line, and the return builds."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import a_police_file, a_stranger, police_key, police_name
from tests.repository import ROOT
from tests.service import Service, running

PAGE = (ROOT / "docs" / "adding-a-return.md").read_text(encoding="utf-8")
PACKAGES = ("exchange", "mappings", "outputs", "validators")
REGISTRY = "outputs/returns.py"
DEFINITIONS = "outputs/definitions/"


def blocks(language: str) -> dict[str, str]:
    """The page's blocks of a language, by the path in their first line."""
    return dict(re.findall(rf"```{language}\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the packages, with what the page says."""
    copy = tmp_path / "project"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    files = blocks("python") | blocks("csv") | blocks("sql")
    line = files.pop(REGISTRY)
    assert line.count("\n") == 1
    registry = (copy / REGISTRY).read_text(encoding="utf-8")
    mark, first = "        # The next one goes here.\n", "from outputs.asked import"
    registry = registry.replace(mark, line + mark).replace(first, f"from outputs import reach\n{first}")
    (copy / REGISTRY).write_text(registry, encoding="utf-8")
    for name, text in files.items():
        path = copy / name
        if name.startswith(DEFINITIONS):
            path.write_bytes(path.read_bytes() + text.encode())
        else:
            assert not path.exists()
            path.write_text(text, encoding="utf-8")
    after = {path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {REGISTRY, *(f"{DEFINITIONS}{name}.csv" for name in ("tables", "rows", "columns"))}
    assert after.keys() - before.keys() == {"outputs/reach.py", "outputs/reach.sql"}
    return copy


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def lvws(project: Path, service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    more = {
        "PYTHONPATH": str(project),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LVWS_CONFIG": str(service.folder / "lvws.toml"),
    }
    return subprocess.run(
        [sys.executable, "-m", "exchange.cli", *arguments],
        cwd=project,
        env=os.environ | more,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_return_is_files_and_one_line(service: Service, project: Path) -> None:
    without = {"mobile": "", "home_phone": ""}
    rows = [
        a_stranger(1, safe_to_contact=""),
        a_stranger(2, safe_to_contact="Y"),
        a_stranger(3, safe_to_contact="N", **without),
    ]
    service.put("mps", police_name(0, 20), a_police_file(rows))
    service.loaded("--source", "mps")
    (command,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    program, *arguments = shlex.split(command)
    assert program == "lvws"

    ran = lvws(project, service, *arguments, "--json")

    assert (ran.returncode, ran.stderr) == (0, ""), ran
    assert json.loads(ran.stdout)["return"] == "reach"
    folder = service.home / "returns" / "reach" / "2019-06" / "v1"
    assert {path.name for path in folder.iterdir()} == {"reach-2019-06-v1.xlsx", "figures.csv", "records.parquet"}
    lines = csv.DictReader(io.StringIO((folder / "figures.csv").read_text(encoding="utf-8")))
    assert {(line["row"], line["column"]): line["value"] for line in lines} == {
        ("phone", "referrals"): "2",
        ("phone", "safety_known"): "1",
        ("phone", "safety_known_rate"): "0.5000",
        ("no_phone", "referrals"): "1",
        ("no_phone", "safety_known"): "1",
        ("no_phone", "safety_known_rate"): "1.0000",
        ("total", "referrals"): "3",
        ("total", "safety_known"): "2",
        ("total", "safety_known_rate"): "0.6667",
    }
    period = ("--period", "2019-06", "--json")
    traced = lvws(project, service, "returns", "trace", "reach", "reachability", "no_phone", "referrals", *period)
    assert [line["key"] for line in json.loads(traced.stdout)["lines"]] == [police_key(3)], traced
    again = lvws(project, service, "returns", "rebuild", "reach", *period)
    assert set(json.loads(again.stdout)["files"].values()) == {True}, again
